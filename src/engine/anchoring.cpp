// See anchoring.hpp.
#include "engine/anchoring.hpp"

#include "ledger/core/error.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/record/codec.hpp"

#include <vector>

namespace ledger::engine {

DigestChain::DigestChain(Digest algorithm, const std::string& previous) : hasher_(algorithm) {
    hasher_.add(std::as_bytes(std::span{previous}));
}

void DigestChain::add(const journal::BatchView& batch) {
    const journal::BatchHeader& header = batch.header;
    hasher_.add(header.first_position);
    hasher_.add(header.record_count);
    hasher_.add(header.instant.nanoseconds);
    hasher_.add(batch.payload);
}

// ---- anchoring

Anchoring::Anchoring(const Options& options, const journal::Store& store,
                     const history::History& history, Queue& queue)
    : algorithm_(options.digest),
      interval_(options.segment_records),
      store_(store),
      history_(history),
      queue_(queue) {
    if (algorithm_ != Digest::none) recover();
}

void Anchoring::recover() {
    const history::Pin pin = history_.pin();
    const auto key = static_cast<u128>(static_cast<std::uint8_t>(RecordKind::anchor));
    Position at;
    for (const auto& generation : *pin.generations) {
        if (!at) at = generation->table(posting::KeyTable::definition).find(key, pin.limit);
    }
    if (!at) at = pin.keys->find(posting::KeyTable::definition, key);
    if (!at) return;
    const auto reader = store_.reader();
    const auto batch = reader->find(at.value, journal::Check::checksum);
    Batch record;
    record::PayloadView{batch->payload}.read(at.value - batch->header.first_position, record);
    const auto* anchor = record.detail<Anchor>(record.records[0]);
    through_ = anchor->through;
    digest_ = anchor->digest;
}

/// Whether an anchor is under way. The chain goes on from it only when it is in the journal.
bool Anchoring::is_waiting() {
    if (post_.is_waiting()) return true;
    if (post_.take_outcome() == Outcome::accepted) {
        through_ = posted_through_;
        digest_ = posted_digest_;
    }
    return false;
}

bool Anchoring::step() {
    if (algorithm_ == Digest::none || is_waiting() || is_broken_) return false;
    const Position sealed = history_.sealed_through();
    if (sealed.value < through_.value + interval_) return false;
    DigestChain chain(algorithm_, digest_);
    journal::Scan scan(store_, through_.value + 1, journal::Check::checksum, sealed.value);
    try {
        for (auto batch = scan.next(); batch; batch = scan.next()) chain.add(*batch);
    } catch (const CorruptionError&) {
        is_broken_ = true;
        throw;
    }
    posted_through_ = sealed;
    posted_digest_ = chain.finish();
    Batch anchor;
    anchor.add(Anchor{sealed, name_of(algorithm_), posted_digest_});
    return post_.submit(queue_, anchor);
}

std::optional<std::string> verify_anchors(const journal::Store& store) {
    // Digests of what lies between anchors depend on where the next anchor ends, which is read
    // ahead.
    std::vector<Anchor> anchors;
    Batch batch;
    journal::Scan records(store, 1, journal::Check::checksum);
    for (auto stored = records.next(); stored; stored = records.next()) {
        record::decode(stored->payload, batch);
        for (const BatchRecord& record : batch.records) {
            if (const auto* anchor = batch.detail<Anchor>(record)) anchors.push_back(*anchor);
        }
    }
    std::string previous;
    Position from{1};
    for (const Anchor& anchor : anchors) {
        const Digest algorithm = digest_named(anchor.algorithm);
        if (algorithm == Digest::none)
            return "an anchor names the unknown digest " + anchor.algorithm;
        DigestChain chain(algorithm, previous);
        journal::Scan scan(store, from.value, journal::Check::header, anchor.through.value);
        for (auto stored = scan.next(); stored; stored = scan.next()) {
            chain.add(*stored);
            if (stored->header.last_position() >= anchor.through.value) break;
        }
        previous = chain.finish();
        if (previous != anchor.digest) {
            return "the anchor through position " + std::to_string(anchor.through.value) +
                   " does not match the journal's batches from position " +
                   std::to_string(from.value);
        }
        from = anchor.through + 1;
    }
    return std::nullopt;
}

}  // namespace ledger::engine
