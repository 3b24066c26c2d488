// See replay.hpp.
#include "ledger/history/replay.hpp"

#include "ledger/core/error.hpp"
#include "ledger/record/codec.hpp"

#include <string>

namespace ledger::history {

void decode_batch(const journal::BatchView& stored, Batch& into) {
    record::decode(stored.payload, into);
    if (into.size() == stored.header.record_count) return;
    throw CorruptionError("the batch at position " + std::to_string(stored.header.first_position) +
                          " has another number of records than its header says; run verify");
}

bool Replay::read(Position through) {
    if (applied_ >= through) return false;
    try {
        if (!scan_) scan_.emplace(store_, applied_.value + 1, journal::Check::checksum);
        const auto stored = scan_->next();
        if (!stored) {
            throw CorruptionError("position " + std::to_string(applied_.value + 1) +
                                  " is missing in " + store_.place() + "; run verify");
        }
        decode_batch(*stored, batch_);
        header_ = stored->header;
        return true;
    } catch (...) {
        scan_.reset();  // it is past the batch that was not read
        throw;
    }
}

BatchSpan Replay::apply(posting::Effects& effects) {
    for (std::size_t i = 0; i < batch_.size(); ++i) {
        machine_.look_ahead(batch_, i);
        machine_.apply(batch_, i, {header_.first_position + i}, header_.instant, effects);
    }
    applied_ = {header_.last_position()};
    return {{header_.first_position}, applied_, header_.instant};
}

void Replay::release() noexcept {
    if (scan_) scan_->release();
}

}  // namespace ledger::history
