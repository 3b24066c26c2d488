// Open addressing with linear probing over atomic slots; see account_index.hpp for the invariant.
#include "ledger/posting/account_index.hpp"

#include "ledger/core/assert.hpp"

namespace ledger::posting {

namespace {

constexpr std::uint64_t tag_of(std::uint64_t hash) noexcept {
    return hash & ~std::uint64_t{UINT32_MAX};
}

}  // namespace

AccountIndex::AccountIndex()
    : id_chunks_(std::make_unique<std::atomic<AccountId*>[]>(accounts_max >> chunk_bits)),
      fact_chunks_(std::make_unique<std::atomic<AccountFacts*>[]>(accounts_max >> chunk_bits)) {
    auto table = std::make_unique<Table>();
    table->mask = 1023;
    table->slots = std::make_unique<std::atomic<std::uint64_t>[]>(1024);
    table_.store(table.get(), std::memory_order_release);
    tables_.push_back(std::move(table));
}

AccountIndex::~AccountIndex() {
    for (std::uint32_t chunk = 0; chunk < accounts_max >> chunk_bits; ++chunk) {
        AccountId* ids = id_chunks_[chunk].load(std::memory_order_relaxed);
        if (ids == nullptr) break;
        delete[] ids;
        delete[] fact_chunks_[chunk].load(std::memory_order_relaxed);
    }
}

AccountHandle AccountIndex::find(AccountId id) const noexcept {
    const Table* table = table_.load(std::memory_order_acquire);
    const std::uint64_t hash = mix(id.value);
    for (std::uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        const std::uint64_t slot = table->slots[at].load(std::memory_order_acquire);
        if (slot == 0) return {};
        if (tag_of(slot) != tag_of(hash)) continue;
        const AccountHandle handle{static_cast<std::uint32_t>(slot) - 1};
        if (id_of(handle) == id) return handle;
    }
}

void AccountIndex::place(Table& table, AccountId id, std::uint32_t handle) noexcept {
    const std::uint64_t hash = mix(id.value);
    std::uint64_t at = hash & table.mask;
    while (table.slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & table.mask;
    table.slots[at].store(tag_of(hash) | (handle + 1), std::memory_order_release);
}

void AccountIndex::insert(AccountId id, const AccountFacts& facts) {
    const std::uint32_t handle = size_.load(std::memory_order_relaxed);
    LEDGER_ASSERT(handle < accounts_max);
    auto& chunk = id_chunks_[handle >> chunk_bits];
    if (chunk.load(std::memory_order_relaxed) == nullptr) {
        chunk.store(new AccountId[chunk_size], std::memory_order_release);
        fact_chunks_[handle >> chunk_bits].store(new AccountFacts[chunk_size],
                                                 std::memory_order_release);
    }
    chunk.load(std::memory_order_relaxed)[handle & (chunk_size - 1)] = id;
    fact_chunks_[handle >> chunk_bits].load(std::memory_order_relaxed)[handle & (chunk_size - 1)] =
        facts;
    if ((std::uint64_t{handle} + 1) * 2 > tables_.back()->mask + 1) grow();
    place(*tables_.back(), id, handle);
    size_.store(handle + 1, std::memory_order_release);
}

void AccountIndex::grow() {
    auto table = std::make_unique<Table>();
    const std::uint64_t slots = (tables_.back()->mask + 1) * 2;
    table->mask = slots - 1;
    table->slots = std::make_unique<std::atomic<std::uint64_t>[]>(slots);
    const std::uint32_t count = size_.load(std::memory_order_relaxed);
    for (std::uint32_t handle = 0; handle < count; ++handle) {
        place(*table, id_of({handle}), handle);
    }
    table_.store(table.get(), std::memory_order_release);
    tables_.push_back(std::move(table));
}

}  // namespace ledger::posting
