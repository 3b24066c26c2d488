// Open addressing with linear probing over atomic slots; see account_index.hpp for the invariant.
#include "ledger/posting/account_index.hpp"

#include "ledger/core/assert.hpp"

#include <bit>

namespace ledger::posting {

namespace {

constexpr std::uint64_t tag_of(std::uint64_t hash) noexcept {
    return hash & ~std::uint64_t{UINT32_MAX};
}

}  // namespace

AccountIndex::Table::Table(std::uint64_t count)
    : mask(count - 1),
      memory(count * sizeof(std::atomic<std::uint64_t>), Region::Pages::huge),
      slots(memory.as<std::atomic<std::uint64_t>>()) {}

AccountIndex::AccountIndex()
    : id_chunks_(std::make_unique<std::atomic<AccountId*>[]>(chunks_max)),
      fact_chunks_(std::make_unique<std::atomic<AccountFacts*>[]>(chunks_max)) {
    tables_.push_back(std::make_unique<Table>(1024));
    table_.store(tables_.back().get(), std::memory_order_release);
}

AccountIndex::~AccountIndex() = default;

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

/// The first account whose slot has the tag of this hash.
AccountHandle AccountIndex::candidate(std::uint64_t hash) const noexcept {
    const Table* table = table_.load(std::memory_order_acquire);
    for (std::uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        const std::uint64_t slot = table->slots[at].load(std::memory_order_acquire);
        if (slot == 0) return {};
        if (tag_of(slot) == tag_of(hash)) return {static_cast<std::uint32_t>(slot) - 1};
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
    LEDGER_ASSERT(handle < bounds::accounts_max);
    const std::uint32_t chunk = handle >> chunk_bits;
    if (id_chunks_[chunk].load(std::memory_order_relaxed) == nullptr) add_chunk(chunk);
    const std::uint32_t at = handle & (chunk_size - 1);
    std::construct_at(id_chunks_[chunk].load(std::memory_order_relaxed) + at, id);
    std::construct_at(fact_chunks_[chunk].load(std::memory_order_relaxed) + at, facts);
    if ((std::uint64_t{handle} + 1) * 2 > tables_.back()->mask + 1) {
        grow((tables_.back()->mask + 1) * 2);
    }
    place(*tables_.back(), id, handle);
    size_.store(handle + 1, std::memory_order_release);
}

void AccountIndex::add_chunk(std::uint32_t number) {
    chunk_memory_.emplace_back(chunk_size * sizeof(AccountId), Region::Pages::huge);
    id_chunks_[number].store(chunk_memory_.back().as<AccountId>(), std::memory_order_release);
    chunk_memory_.emplace_back(chunk_size * sizeof(AccountFacts));
    fact_chunks_[number].store(chunk_memory_.back().as<AccountFacts>(), std::memory_order_release);
}

void AccountIndex::reserve(std::uint32_t count) {
    const std::uint64_t slots = std::bit_ceil(std::uint64_t{count} * 2);
    if (slots > tables_.back()->mask + 1) grow(slots);
}

void AccountIndex::grow(std::uint64_t slots) {
    auto table = std::make_unique<Table>(slots);
    const std::uint32_t count = size_.load(std::memory_order_relaxed);
    for (std::uint32_t handle = 0; handle < count; ++handle) {
        place(*table, id_of({handle}), handle);
    }
    table_.store(table.get(), std::memory_order_release);
    tables_.push_back(std::move(table));
}

}  // namespace ledger::posting
