// See snapshot_watch.hpp.
#include "snapshot_watch.hpp"

#include <algorithm>
#include <utility>

namespace ledger {

std::vector<PinnedSnapshot> pinned_snapshots(std::span<const storage::ReaderSlot> journal,
                                             std::span<const storage::ReaderSlot> checkpoint) {
    std::vector<PinnedSnapshot> pinned;
    const auto add = [&](PinnedSnapshot::File file, std::span<const storage::ReaderSlot> slots) {
        for (const storage::ReaderSlot& slot : slots) {
            if (slot.transaction == 0) continue;
            pinned.push_back({file, slot.process, slot.transaction, slot.behind, {}});
        }
    };
    add(PinnedSnapshot::File::journal, journal);
    add(PinnedSnapshot::File::checkpoint, checkpoint);
    std::stable_sort(pinned.begin(), pinned.end(), [](const auto& one, const auto& other) {
        return one.commits_behind > other.commits_behind;
    });
    return pinned;
}

void SnapshotWatch::look(std::vector<PinnedSnapshot>& pinned, Instant now) {
    std::map<Name, Instant> seen;
    for (PinnedSnapshot& one : pinned) {
        const Name name{one.file, one.process, one.snapshot};
        const auto known = seen_.find(name);
        one.since = known == seen_.end() ? now : known->second;
        seen.emplace(name, one.since);
    }
    seen_ = std::move(seen);
}

}  // namespace ledger
