// Account id <-> handle. Invariant: insert-only; an entry that a reader finds is complete and never
// changes, so any thread may look up without a lock while the posting thread inserts.
#pragma once

#include "ledger/core/id.hpp"
#include "ledger/core/prefetch.hpp"
#include "ledger/core/region.hpp"
#include "ledger/model/bounds.hpp"
#include "ledger/model/kinds.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace ledger::posting {

/// What never changes about an account. Eight bytes.
struct AccountFacts {
    BookId book;
    std::uint16_t currency = 0;  ///< number of its define_currency record, from 0
    AccountKind kind = AccountKind::asset;
    Side normal_side = Side::debit;
    bool open_items = false;
};
static_assert(sizeof(AccountFacts) == 8);

/// One writer thread; any number of reader threads. About 50 bytes an account. A reader pinned to a
/// position must compare it with the account's opening, which this index does not know.
class AccountIndex {
public:
    AccountIndex();
    ~AccountIndex();
    AccountIndex(const AccountIndex&) = delete;
    AccountIndex& operator=(const AccountIndex&) = delete;

    /// The account's handle, or none.
    AccountHandle find(AccountId id) const noexcept;
    /// The id of a handle below size().
    AccountId id_of(AccountHandle handle) const noexcept { return id_at(handle); }
    const AccountFacts& facts_of(AccountHandle handle) const noexcept {
        return fact_chunks_[handle.index >> chunk_bits].load(
            std::memory_order_acquire)[handle.index & (chunk_size - 1)];
    }
    /// Starts loading the slot that find() looks at first.
    void prefetch(AccountId id) const noexcept {
        const Table* table = table_.load(std::memory_order_acquire);
        prefetch_line(&table->slots[mix(id.value) & table->mask]);
    }
    /// The account's handle, very probably: only what a slot keeps of the id is compared. Starts
    /// loading what find() compares then.
    AccountHandle guess(AccountId id) const noexcept {
        const AccountHandle handle = candidate(mix(id.value));
        if (handle) prefetch_line(&id_at(handle));
        return handle;
    }
    /// Number of handles given; handles are dense.
    std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

    /// Makes room for so many ids at once. Writer thread only.
    void reserve(std::uint32_t count);
    /// Gives the next handle, size(), which is below bounds::accounts_max, to an id that is not
    /// present. Writer thread only.
    void insert(AccountId id, const AccountFacts& facts);

private:
    static constexpr unsigned chunk_bits = 17;  // two megabytes of ids
    static constexpr std::uint32_t chunk_size = 1u << chunk_bits;
    static constexpr std::size_t chunks_max = bounds::accounts_max >> chunk_bits;
    struct Table {
        explicit Table(std::uint64_t count);
        std::uint64_t mask;
        Region memory;
        std::atomic<std::uint64_t>* slots;  // tag << 32 | handle + 1
    };
    static void place(Table& table, AccountId id, std::uint32_t handle) noexcept;
    const AccountId& id_at(AccountHandle handle) const noexcept {
        return id_chunks_[handle.index >> chunk_bits].load(
            std::memory_order_acquire)[handle.index & (chunk_size - 1)];
    }
    AccountHandle candidate(std::uint64_t hash) const noexcept;
    void add_chunk(std::uint32_t number);
    void grow(std::uint64_t slots);

    std::unique_ptr<std::atomic<AccountId*>[]> id_chunks_;
    std::unique_ptr<std::atomic<AccountFacts*>[]> fact_chunks_;
    std::vector<Region> chunk_memory_;
    std::atomic<Table*> table_;
    // The current one last; older ones may still be read.
    std::vector<std::unique_ptr<Table>> tables_;
    std::atomic<std::uint32_t> size_{0};
};

}  // namespace ledger::posting
