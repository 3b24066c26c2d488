// Who pins which snapshot of a ledger's files, and since when. Invariant: a snapshot that is pinned
// from one look to the next keeps the instant of the look that found it first.
#pragma once

#include "ledger/stats.hpp"
#include "ledger/storage/environment.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace ledger {

/// Those of the slots that pin something, that farthest behind first. Since when is not known.
std::vector<PinnedSnapshot> pinned_snapshots(std::span<const storage::ReaderSlot> journal,
                                             std::span<const storage::ReaderSlot> checkpoint);

/// One thread at a time.
class SnapshotWatch {
public:
    /// Tells those that are there since when; `now` where they were not there at the last look.
    void look(std::vector<PinnedSnapshot>& pinned, Instant now);

private:
    using Name = std::tuple<PinnedSnapshot::File, std::uint64_t, std::uint64_t>;
    std::map<Name, Instant> seen_;  // file, process, snapshot -> first seen
};

}  // namespace ledger
