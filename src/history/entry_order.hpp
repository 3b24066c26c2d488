// The entries of a generation in the order of accounts. Invariant: stable, so that an account's
// entries keep the order of posting.
#pragma once

#include "ledger/posting/effects.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ledger::history {

/// Sorts pairs of account and index, not the entries; keeps its memory from sort to sort.
class EntryOrder {
public:
    /// Fewer than 2^32 entries.
    void sort(std::span<const posting::Entry> entries);

    std::size_t size() const noexcept { return size_; }
    std::uint32_t account(std::size_t at) const noexcept {
        return static_cast<std::uint32_t>(pairs_[at] >> 32);
    }
    std::uint32_t index(std::size_t at) const noexcept {
        return static_cast<std::uint32_t>(pairs_[at]);
    }

private:
    std::vector<std::uint64_t> pairs_;  // account << 32 | index
    std::vector<std::uint64_t> scratch_;
    std::size_t size_ = 0;
};

}  // namespace ledger::history
