// How a ledger is opened: sizes, bounds, clock, logger. Invariant: every bound of memory, queue and
// disk that the engine keeps is a field here; nothing is read from the environment.
#pragma once

#include "ledger/core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace spdlog {
class logger;
}

namespace ledger {

/// The cryptographic digest of the tamper-evident chain; all from OpenSSL.
enum class Digest : std::uint8_t {
    none,         ///< no anchors, no certificates
    blake2b_512,  ///< the fastest
    sha256,
    sm3,  ///< 国密 GB/T 32905
};

/// Defaults suit a machine with a few gigabytes and one busy ledger; a small ledger uses little of
/// them, because memory is touched only as it fills.
struct Options {
    // ---- memory
    /// Records of one segment: the unit in which the tail is sealed into the checkpoint.
    /// 1,024..1,048,576.
    std::size_t segment_records = std::size_t{1} << 18;
    /// Segments the tail may hold, the one being filled included; posting waits while all are full.
    /// 2..8.
    std::size_t tail_segments_max = 3;
    /// Records that may wait in the queue; beyond it a post is `overloaded`.
    std::size_t queue_records_max = 131'072;
    /// Waiting records from which a caller who blocks is slowed before it is refused; 0: three
    /// quarters.
    std::size_t queue_records_soft = 0;

    // ---- disk
    /// Address space for each of the two files. Costs nothing until used.
    std::size_t map_bytes = std::size_t{1} << 40;
    /// Free space that posting never touches: below it, `storage_full`.
    std::uint64_t disk_reserve_bytes = std::uint64_t{64} << 20;
    /// How far the journal's file is extended ahead of its end, which makes commits several times
    /// cheaper. 0: not at all.
    std::uint64_t preallocate_bytes = std::uint64_t{256} << 20;
    /// Views that may be held at the same time, in all processes, and a few for the engine: a view
    /// takes one reader of the checkpoint, and one of the journal once it reads records; a feed
    /// keeps one of the journal.
    unsigned readers_max = 126;

    // ---- time
    /// Where posting instants come from; null: the system's clocks. Must outlive the ledger.
    Clock* clock = nullptr;
    /// A wall clock further than this ahead of where the steady clock expects it refuses posts.
    std::chrono::nanoseconds clock_jump_max = std::chrono::minutes{10};
    /// A wall clock further than this ahead of the journal's last batch (or its creation) refuses
    /// posts: a machine that starts with a wrong year must not expire every hold. Raise it for a
    /// ledger that was left for longer.
    std::chrono::nanoseconds clock_gap_max = std::chrono::hours{24} * 400;

    // ---- threads
    /// Seal, expire and fold in background threads. When false, the owner calls Ledger::step(),
    /// also while other threads wait for a post: with a full tail posts wait for it, for at most 30
    /// seconds.
    bool background = true;

    // ---- proof
    /// Sealed batches are digested in the background, and an anchor record with the digest is
    /// journaled after each segment; after each day close, the day's balances, in a certificate.
    Digest digest = Digest::blake2b_512;

    /// Receives what the engine has to say; null: silence. The library never prints.
    std::shared_ptr<spdlog::logger> logger;
};

}  // namespace ledger
