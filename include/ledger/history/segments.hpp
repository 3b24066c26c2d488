// Sealed segments: the account entries of one tail generation, sorted by account, immutable in the
// checkpoint, under a directory whose rows summarise each account's run of entries and point back
// to its older runs (Myers' skew-binary jump pointers). Invariant: a value of a committed segment
// is never rewritten or deleted, and heads never point to a segment that is not committed.
#pragma once

#include "ledger/history/summary.hpp"
#include "ledger/history/tail.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace ledger::storage {
class Environment;
class ReadTransaction;
class WriteTransaction;
struct DatabaseName;
}  // namespace ledger::storage

namespace ledger::history {

/// Where the directory row of a run lies. Segments count from 1; segment 0 is "none".
struct RunAddress {
    std::uint32_t segment = 0;
    std::uint32_t row = 0;

    constexpr explicit operator bool() const noexcept { return segment != 0; }
    constexpr std::uint64_t packed() const noexcept {
        return static_cast<std::uint64_t>(segment) << 32 | row;
    }
    static constexpr RunAddress unpacked(std::uint64_t value) noexcept {
        return {static_cast<std::uint32_t>(value >> 32), static_cast<std::uint32_t>(value)};
    }
    friend constexpr auto operator<=>(RunAddress, RunAddress) = default;
};

/// A committed segment.
struct SegmentFacts {
    std::uint32_t number = 0;
    Position first;  ///< records it covers
    Position last;
    Instant first_instant;  ///< of its first and last batch
    Instant last_instant;
    std::uint64_t entries = 0;
    std::uint64_t runs = 0;
    std::uint64_t bytes = 0;  ///< of all its values
};

/// All sealed segments of one checkpoint and the newest run of every account. Segments are added by
/// one thread (the sealing thread, or a reader's refresh); everything const is for any thread, each
/// with a read transaction of its own, begun after the environment was opened.
class Segments {
public:
    /// The tables to name in storage::EnvironmentOptions::databases.
    static std::vector<storage::DatabaseName> databases();

    /// The environment has the databases and outlives this. Nothing is loaded yet.
    explicit Segments(const storage::Environment& environment);
    ~Segments();
    Segments(const Segments&) = delete;
    Segments& operator=(const Segments&) = delete;

    /// Makes every segment known that is committed in this snapshot, and brings the heads up to it:
    /// saved head blocks first, then the directories of the segments since. Call it once after
    /// opening, and in a reader process at every refresh; there it stops in the newest segment
    /// after about so many runs of accounts and says false: the next call goes on, and a segment is
    /// known when it is done.
    /// Throws CorruptionError naming segment and value.
    bool load(const storage::ReadTransaction& transaction,
              std::size_t runs_max = std::numeric_limits<std::size_t>::max());

    /// Writes head blocks that changed since they were last written, at most about `budget` bytes,
    /// into the transaction; returns whether all are written. Sealing thread. What is written
    /// counts when the transaction commits: call heads_saved() then. Without it load() scans all
    /// directories.
    bool save_heads(storage::WriteTransaction& transaction,
                    std::size_t budget = std::size_t{32} << 20);
    /// The transaction of the last save_heads() was committed (true) or dropped (false).
    void heads_saved(bool committed);

    /// Number of the newest segment, 0: none; and the last position it covers.
    std::uint32_t last_segment() const noexcept;
    Position sealed_through() const noexcept;
    SegmentFacts facts(std::uint32_t segment) const;
    /// The account's newest run in any published segment.
    RunAddress head(AccountHandle account) const noexcept;
    /// Number of the segment that covers this record; 0 where none does.
    std::uint32_t segment_of(Position position) const;
    /// The posting instant of a record that a segment covers; none where no segment does.
    Instant instant_of(const storage::ReadTransaction& transaction, Position position) const;
    /// The last record of a segment posted at or before the instant; none where there is none.
    Position position_at(const storage::ReadTransaction& transaction, Instant instant) const;

    /// Reads every value of a segment, checks checksums and that directory, rows and summaries
    /// agree. Throws CorruptionError naming segment, value and what does not hold.
    void verify(const storage::ReadTransaction& transaction, std::uint32_t segment) const;

    struct Impl;
    Impl& impl() const noexcept { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

/// Writes one generation as one segment. Reuses its buffers from seal to seal. Sealing thread.
///
///     writer.begin(generation);
///     do { WriteTransaction t(...); done = writer.write(t, budget); t.commit(); } while (!done);
///     writer.publish(ReadTransaction(...));
class SegmentWriter {
public:
    explicit SegmentWriter(Segments& segments);
    ~SegmentWriter();
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;

    /// Sorts the generation, which must not change any more and must follow what is sealed without
    /// a gap. Both it and the read transaction must live until write() has returned true; a read
    /// transaction from after the last publish() serves, and is used to look up the accounts' older
    /// runs.
    void begin(const TailGeneration& generation, const storage::ReadTransaction& older);
    /// Puts values into the transaction until about `budget` bytes are dirty or the segment is
    /// complete; returns whether it is. The segment exists once the transaction in which it is
    /// complete commits. When a transaction fails, begin() again: what was committed half is
    /// overwritten.
    bool write(storage::WriteTransaction& transaction, std::size_t budget = std::size_t{48} << 20);
    /// The completing transaction is committed: makes the segment known and moves the heads.
    /// `transaction` was begun after that commit. From here on, and not before, the generation may
    /// be taken from the list of generations that views read.
    void publish(const storage::ReadTransaction& transaction);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::history
