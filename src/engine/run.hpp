// One run of the writer: what one journal batch takes up, from the first record judged to the last
// submission completed. Invariant: `payload` and the positions stay readable until the posting
// thread begins the run anew.
#pragma once

#include "engine/queue.hpp"

#include "ledger/posting/effects.hpp"
#include "ledger/record/codec.hpp"

#include <span>
#include <utility>
#include <vector>

namespace ledger::engine {

struct Run {
    Position first;
    std::uint32_t count = 0;  ///< records accepted
    Instant instant;
    Batch own;  ///< records that the engine made: time passed
    record::Encoder encoder;
    record::Footprint footprint;
    std::vector<std::pair<const Batch*, std::uint32_t>> accepted;  ///< until encoded
    std::span<const std::byte> payload;                            ///< once encoded
    std::vector<SubmissionPtr> finished;  ///< to be completed once the batch is durable
    std::uint32_t days_closed = 0;        ///< by the records accepted
    std::size_t records_done = 0;         ///< judged, refused ones included
    std::uint64_t old_facts_before = 0;   ///< posting::Machine::old_facts_asked() when it began

    void begin(Position first_position, Instant posting_instant);
    Position next() const noexcept { return first + count; }
    Position last() const noexcept { return {first.value + count - 1}; }
    bool contains(Position position) const noexcept {
        return position >= first && position < next();
    }
    /// Whether a group of callers' records fits into an empty run, and into this one: own records
    /// come on top of bounds::batch_records_max.
    static bool can_hold(const record::Footprint& group) noexcept {
        return group.records <= bounds::batch_records_max &&
               (record::footprint_of_empty_batch + group).fits();
    }
    bool has_room(const record::Footprint& group) const noexcept {
        return footprint.records - own.size() + group.records <= bounds::batch_records_max &&
               (footprint + group).fits();
    }
    /// Records that `batch`'s record `index` was accepted at next().
    void add(const Batch& batch, std::size_t index);
    void encode();
    /// Clears `into` and copies the accepted record at this position.
    void read(Position position, Batch& into) const;
};

}  // namespace ledger::engine
