// Posting instants of records, without their batches. Invariant: the instant is that of the
// record's batch, whether the tail or a segment has it; near positions do not find their segment
// again.
#pragma once

#include "history/segments_impl.hpp"
#include "ledger/history/account_history.hpp"

#include <optional>

namespace ledger::history {

/// One thread; the sources outlive it.
class InstantReader {
public:
    explicit InstantReader(const HistorySources& sources) noexcept : sources_(sources) {}

    /// Of a record at or before the limit; zero: there is none.
    Instant at(Position position) {
        if (first_ <= position && position <= last_) return finder_->at(position);
        for (const auto& generation : sources_.generations) {
            if (const Instant found = generation->instant_of(position)) return found;
        }
        if (sources_.segments == nullptr) return {};
        const std::uint32_t segment = sources_.segments->segment_of(position);
        if (segment == 0) return {};
        const SegmentMap& map = sources_.segments->impl().map(segment);
        first_ = {map.header.first};
        last_ = {map.header.last};
        finder_.emplace(sources_.segments->impl(), *sources_.transaction, map);
        return finder_->at(position);
    }

private:
    HistorySources sources_;
    Position first_{1};  // of the finder's segment; empty at the start
    Position last_{0};
    std::optional<InstantFinder> finder_;
};

}  // namespace ledger::history
