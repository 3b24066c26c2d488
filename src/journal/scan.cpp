// Walking the journal batch by batch, holding each snapshot for a bounded number of them.
#include "ledger/journal/scan.hpp"

#include "ledger/core/error.hpp"

#include <string>

namespace ledger::journal {

Scan::Scan(const Store& store, Position from, Check check, Position through)
    : reader_(store.reader()),
      place_(store.place()),
      next_(from == 0 ? 1 : from),
      through_(through),
      check_(check) {}

std::optional<BatchView> Scan::next() {
    if (next_ > through_) return std::nullopt;
    bool is_fresh = false;
    const auto refresh = [&] {
        reader_->refresh();
        given_ = 0;
        is_fresh = true;
    };
    if (given_ == batches_per_snapshot) refresh();
    auto batch = reader_->find(next_, check_);
    if (!batch && !is_fresh) {
        // The end of this snapshot; the head may have moved on since.
        refresh();
        batch = reader_->find(next_, check_);
    }
    if (!batch) {
        check_end();
        return std::nullopt;
    }
    check_chain(batch->header);
    previous_ = batch->header;
    next_ = batch->header.next_position();
    ++given_;
    return batch;
}

void Scan::release() noexcept {
    reader_->release();
    given_ = batches_per_snapshot;  // the next call takes a new one
}

void Scan::check_end() const {
    const Head head = reader_->head();
    if (next_ > head.position) return;
    const Position first = reader_->first_position();
    if (next_ < first) {
        throw UsageError(place_ + ": position " + std::to_string(next_) +
                         " was trimmed away; the first one kept is " + std::to_string(first));
    }
    throw CorruptionError(place_ + ": the batch at position " + std::to_string(next_) +
                          " is missing, the journal goes on to " + std::to_string(head.position) +
                          "; run verify and restore a backup");
}

void Scan::check_chain(const BatchHeader& header) const {
    const char* problem = nullptr;
    if (previous_) {
        if (header.first_position != previous_->next_position())
            problem = "overlaps the one before";
        if (header.previous != previous_->chain) problem = "does not chain to the one before";
        if (header.instant <= previous_->instant) problem = "is not later than the one before";
    } else if (header.first_position == 1 && header.previous != 0) {
        problem = "is the first, yet chains to another";
    }
    if (problem == nullptr) return;
    throw CorruptionError(place_ + ": the batch at position " +
                          std::to_string(header.first_position) + " " + problem +
                          "; run verify and restore a backup");
}

}  // namespace ledger::journal
