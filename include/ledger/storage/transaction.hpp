// Transactions and cursors over an environment. Invariants: a transaction ends exactly once, a
// write transaction that is not committed leaves no trace, and no cursor outlives its transaction.
#pragma once

#include "ledger/storage/database.hpp"
#include "ledger/storage/environment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

struct MDB_txn;
struct MDB_cursor;

namespace ledger::storage {

struct DatabaseStat {
    std::uint64_t entries = 0;
    std::uint64_t depth = 0;
    std::uint64_t branch_pages = 0;
    std::uint64_t leaf_pages = 0;
    std::uint64_t overflow_pages = 0;
};

/// What reading and writing transactions share: one consistent snapshot. One thread at a time.
class Transaction {
public:
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// The value under the key; none where there is no such key. The overload must match the
    /// table's kind.
    std::optional<Bytes> get(Database database, std::uint64_t key) const;
    std::optional<Bytes> get(Database database, Bytes key) const;
    DatabaseStat stat(Database database) const;
    /// Number of the snapshot: grows by one with every commit. A write transaction has the number
    /// that its commit will have.
    std::uint64_t number() const;
    /// Bytes of the list of free pages. A commit can rewrite all of it elsewhere.
    std::uint64_t free_list_bytes() const;
    const Environment& environment() const noexcept { return *environment_; }

protected:
    explicit Transaction(Environment& environment) noexcept : environment_(&environment) {}
    ~Transaction() = default;
    Transaction(Transaction&& other) noexcept;

    friend class Cursor;
    MDB_txn* active() const;

    Environment* environment_;
    MDB_txn* handle_ = nullptr;
    mutable int cursors_ = 0;
};

/// Pins a snapshot: pages freed since can't be reused while it is active, so keep it short, or
/// reset it. Can move between threads.
class ReadTransaction : public Transaction {
public:
    /// Throws StorageError where all reader slots are taken.
    explicit ReadTransaction(Environment& environment);
    ~ReadTransaction();
    ReadTransaction(ReadTransaction&& other) noexcept;
    ReadTransaction& operator=(ReadTransaction&& other) noexcept;

    bool is_active() const noexcept { return is_active_; }
    /// Lets the snapshot go but keeps the reader slot. All bytes given so far become invalid.
    void reset() noexcept;
    /// Takes the newest snapshot, after reset or instead of it.
    void renew();

private:
    void begin_anew();
    void settle();
    void end() noexcept;
    bool is_active_ = false;
};

/// The only changes of an environment. Begins by waiting for any other one; begin, use and end it
/// in one thread. Aborts on destruction.
class WriteTransaction : public Transaction {
public:
    /// Throws UsageError on a read-only environment, PoisonedError after a commit that failed.
    explicit WriteTransaction(Environment& environment);
    ~WriteTransaction();

    /// Sets the value under the key, replacing an old one.
    void put(Database database, std::uint64_t key, Bytes value);
    void put(Database database, Bytes key, Bytes value);
    /// The same for a key that lies after all others (UsageError otherwise): fills pages whole.
    void append(Database database, std::uint64_t key, Bytes value);
    void append(Database database, Bytes key, Bytes value);
    /// Room of `size` bytes for the value, to be filled by the caller before the next change or
    /// commit. What is not filled is stored as it is: fill all of it.
    [[nodiscard]] MutableBytes reserve(Database database, std::uint64_t key, std::size_t size);
    [[nodiscard]] MutableBytes reserve(Database database, Bytes key, std::size_t size);
    [[nodiscard]] MutableBytes append_reserve(Database database, std::uint64_t key,
                                              std::size_t size);
    [[nodiscard]] MutableBytes append_reserve(Database database, Bytes key, std::size_t size);
    /// Returns whether the key was there.
    bool erase(Database database, std::uint64_t key);
    bool erase(Database database, Bytes key);
    /// Erases all keys of the table.
    void clear(Database database);

    /// Returns when all changes are durable. Throws where they are not, or where that is unknown;
    /// the transaction has ended then as well. Destroy its cursors first.
    void commit();
    /// Forgets all changes. Destroy its cursors first.
    void abort() noexcept;
    bool is_active() const noexcept { return handle_ != nullptr; }
};

/// A place in a table, within a transaction. Every move returns whether there is an entry there;
/// `key` and `value` need one. One thread; destroy it before its transaction ends, resets, renews
/// or moves.
class Cursor {
public:
    Cursor(const Transaction& transaction, Database database);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    bool first();
    bool last();
    bool next();
    bool previous();
    /// The least key that is >= the given one.
    bool seek_at_least(std::uint64_t key);
    bool seek_at_least(Bytes key);
    /// The greatest key that is <= the given one.
    bool seek_at_most(std::uint64_t key);
    bool seek_at_most(Bytes key);

    bool is_placed() const noexcept { return is_placed_; }
    std::uint64_t integer_key() const;
    Bytes key() const;
    Bytes value() const;

    /// Erases the entry here (write transactions); `next` then moves to the one after it.
    void erase();

private:
    bool move(int operation, Bytes wanted);

    const Transaction* transaction_;
    Database database_;
    MDB_cursor* handle_ = nullptr;
    bool is_placed_ = false;
    Bytes key_;
    Bytes value_;
};

}  // namespace ledger::storage
