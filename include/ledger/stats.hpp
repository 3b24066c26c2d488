// Sizes and counts of an open ledger. Invariant: each figure was true at a moment of the call, not
// all at the same one.
#pragma once

#include "ledger/core/time.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <vector>

namespace ledger {

/// Somebody, in any process, who pins a snapshot of one of the two files: a view, a feed that reads
/// a page, a copy under way. What commits have freed since is not used again before he lets go, so
/// the file grows.
struct PinnedSnapshot {
    enum class File : std::uint8_t { journal, checkpoint };

    File file = File::checkpoint;
    std::uint64_t process = 0;         ///< its id
    std::uint64_t snapshot = 0;        ///< the commit of the file that it shows
    std::uint64_t commits_behind = 0;  ///< commits since
    Instant since;                     ///< when the writer saw it first; zero from a Reader
    friend bool operator==(const PinnedSnapshot&, const PinnedSnapshot&) = default;
};

/// Of a Ledger, or as far as another process can know it, of a Reader: what only the writer knows
/// is zero there.
struct Stats {
    Position committed_through;
    Position sealed_through;
    std::uint64_t accounts = 0;
    std::uint64_t open_holds = 0;
    std::uint64_t journal_bytes = 0;  ///< used, not preallocated
    std::uint64_t checkpoint_bytes = 0;
    std::uint64_t records_waiting = 0;  ///< in the writer's queue
    std::uint64_t tail_entries = 0;
    std::uint64_t segments = 0;
    std::uint64_t readers = 0;  ///< slots of the checkpoint that are taken, in all processes
    std::vector<PinnedSnapshot> pinned;  ///< what is pinned now, that farthest behind first
    std::uint64_t batches = 0;           ///< committed by the writer since opening
    std::uint64_t bytes_appended = 0;    ///< to the journal since opening
};

}  // namespace ledger
