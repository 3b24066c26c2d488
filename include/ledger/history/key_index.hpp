// The sealed keys: for every key table a few sorted runs of (128-bit key -> position) in the
// checkpoint, found through filters, merged in bounded steps. Invariant: every key that was sealed
// by a committed transaction is found in every snapshot taken since, before, during and after any
// merge; an interrupted merge is continued from what is stored, and what a snapshot reads never
// changes under it.
//
// A table has *runs*. A run is an ordered list of *blocks* whose key ranges do not overlap. A block
// is one value of 64 pages at most: a header with two checksums, a blocked Bloom filter (12 bits a
// key, one cache line a probe), some 10,000 rows of 24 bytes sorted by key and position. *Shelves*
// (values too, never rewritten) list the blocks of a run, the table's manifest lists the runs. Only
// the manifest's cut of that, the lowest key and the address of each block, is kept in memory:
// about 3 bytes for 1,000 keys.
//
// Sealing sorts. Keys that all lie beyond one end of a run (time-ordered ids) are added to it and
// never merged. Other keys become a new run. Where four runs of similar size have gathered, step()
// merges them into one of the next size: block by block, each with the manifest that takes it over,
// so that there is no merge state apart from the manifest; blocks that overlap with no other input
// change hands without being copied.
#pragma once

#include "ledger/history/key_row.hpp"
#include "ledger/posting/effects.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace ledger::storage {
class Environment;
class ReadTransaction;
class Transaction;
class WriteTransaction;
struct DatabaseName;
}  // namespace ledger::storage

namespace ledger::history {

using posting::KeyTable;

/// What a snapshot holds of one table.
struct KeyTableFacts {
    std::uint64_t rows = 0;  ///< a row that an unfinished merge has in two runs counts once
    std::uint64_t runs = 0;  ///< at most so many filters are probed
    std::uint64_t blocks = 0;
    std::uint64_t merging = 0;  ///< runs that take part in an unfinished merge
};

/// The sealed keys of one checkpoint. seal() and step() are for the sealing thread; snapshot() is
/// for any thread.
class KeyIndex {
public:
    class Snapshot;

    /// The tables to name in storage::EnvironmentOptions::databases.
    static std::vector<storage::DatabaseName> databases();

    /// The environment has the databases and outlives the index and its snapshots.
    explicit KeyIndex(const storage::Environment& environment);
    ~KeyIndex();
    KeyIndex(const KeyIndex&) = delete;
    KeyIndex& operator=(const KeyIndex&) = delete;

    /// The index as this transaction sees it; shares the transaction for as long as it lives. Reads
    /// nothing but a version where no commit changed the index since the snapshot before, otherwise
    /// what changed. Throws CorruptionError.
    std::shared_ptr<const Snapshot> snapshot(
        std::shared_ptr<const storage::ReadTransaction> transaction) const;

    /// Counts seals and merges: what says so much had all that came before.
    std::uint64_t version(const storage::Transaction& transaction) const;

    /// Adds rows, in any order, to the table; reorders them. No position is zero; the same row
    /// twice counts once. At most seal_rows_max at once. Dirties about 26 bytes a row, and up to 1
    /// MiB more.
    void seal(storage::WriteTransaction& transaction, KeyTable table, std::span<KeyRow> rows);
    static constexpr std::size_t seal_rows_max = std::size_t{1} << 24;

    /// Goes on with the merges that are due, the smallest first: writes about `budget` rows at most
    /// (it ends with a whole block of some 10,000). Returns whether work is left. Nothing of it
    /// shows before the commit. Throws CorruptionError.
    bool step(storage::WriteTransaction& transaction, std::size_t budget);
    /// Whether step() has anything to do.
    bool has_work(const storage::Transaction& transaction) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The sealed keys as one read transaction sees them. Immutable; every member from any thread.
/// Throws CorruptionError where a value that it touches for the first time fails its checksum; the
/// remedy is to rebuild the checkpoint.
class KeyIndex::Snapshot {
public:
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// Starts loading the filter lines that find(table, key) will probe.
    void prefetch(KeyTable table, u128 key) const noexcept;
    /// The key's newest position, or none (zero).
    Position find(KeyTable table, u128 key) const;

    /// Fills `page` with the key's newest positions at or before `limit`, newest first; returns how
    /// many. The next page has the last position minus one as its limit.
    std::size_t newest_first(KeyTable table, u128 key, Position limit,
                             std::span<Position> page) const;
    /// Fills `page` with the key's oldest positions at or after `from`, oldest first; returns how
    /// many. The next page begins at the last position plus one.
    std::size_t oldest_first(KeyTable table, u128 key, Position from,
                             std::span<Position> page) const;
    /// Fills `page` with rows in the order of keys, from the least at or after `from`; returns how
    /// many. The next page begins at the key after the last row, or the same key and the position
    /// after.
    std::size_t rows_from(KeyTable table, KeyRow from, std::span<KeyRow> page) const;

    KeyTableFacts facts(KeyTable table) const;
    /// Reads every value and checks checksums, order, counts and filters; throws CorruptionError.
    void verify() const;

    const storage::ReadTransaction& transaction() const noexcept { return *transaction_; }

private:
    friend class KeyIndex;
    struct Catalog;
    Snapshot(std::shared_ptr<const storage::ReadTransaction> transaction,
             std::shared_ptr<const Catalog> catalog) noexcept;

    std::shared_ptr<const storage::ReadTransaction> transaction_;
    std::shared_ptr<const Catalog> catalog_;
};

}  // namespace ledger::history
