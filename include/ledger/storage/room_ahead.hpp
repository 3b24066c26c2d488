// Keeps an append-only environment's file allocated, and written with zeros, ahead of its use: a
// commit into blocks that were written before needs no commit of the file system's own journal,
// which waits for everybody else's data. Invariants: zeros are written only beyond the frontier,
// transactions write only before it, and the frontier moves under one lock; a full disk is found
// before a transaction writes anything.
#pragma once

#include "ledger/storage/environment.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace ledger::storage {

struct RoomPolicy {
    /// The file is extended by `first` bytes, then by twice as much each time, up to `max`. Zero:
    /// never.
    std::uint64_t first = std::uint64_t{1} << 20;
    std::uint64_t max = std::uint64_t{256} << 20;
    /// Left free on the disk by whatever is extended or appended.
    std::uint64_t disk_reserve = 0;
    /// Somebody calls `step` when it is wanted. Otherwise blocks are allocated only.
    bool writes_zeros = true;
};

/// One for an environment, which must be the only writer of its file over all processes as long as
/// this lives: it takes a lock on the file that says so.
class RoomAhead {
public:
    /// Bytes written by one step.
    static constexpr std::uint64_t step_bytes = std::uint64_t{256} << 10;

    /// Throws LockedError where another process has one for the same file.
    RoomAhead(Environment& environment, const RoomPolicy& policy);
    ~RoomAhead();
    RoomAhead(const RoomAhead&) = delete;
    RoomAhead& operator=(const RoomAhead&) = delete;

    /// To be called before each write transaction, with a bound of what it adds to the file: makes
    /// room for it. Throws StorageFull where the disk (less the reserve), the map or the process's
    /// file size limit has none; nothing is written then.
    void require(std::uint64_t bytes);
    /// Whether require would find room now. Any thread.
    bool has_room(std::uint64_t bytes) const { return shortage(bytes).empty(); }

    /// Whether the policy asks for zeros and the file system can take them so.
    bool writes_zeros() const noexcept { return writes_zeros_.load(std::memory_order_relaxed); }
    /// Whether less than half of what is aimed at is ready. Any thread.
    bool is_wanted() const;
    /// Writes the next zeros, bounded by step_bytes; returns whether there is more to do now. Does
    /// nothing where the file system can't, or the disk is filling up. One thread, beside require
    /// and any transaction.
    bool step();

    /// Bytes beyond the used size that are ready to be written into.
    std::uint64_t ahead() const;

private:
    struct File;

    std::string shortage(std::uint64_t bytes) const;
    bool can_extend(std::uint64_t used, std::uint64_t bytes);
    void extend(std::uint64_t used, std::uint64_t bytes);
    bool begin_round(std::uint64_t used);
    std::uint64_t free_with_ahead() const;

    Environment& environment_;
    RoomPolicy policy_;
    std::unique_ptr<File> file_;
    std::mutex frontier_moves_;
    std::atomic<std::uint64_t> frontier_;
    std::atomic<std::uint64_t> target_;  // bytes ahead aimed at
    std::uint64_t round_end_ = 0;        // under frontier_moves_: where this round of zeros ends
    std::atomic<bool> writes_zeros_ = true;
};

}  // namespace ledger::storage
