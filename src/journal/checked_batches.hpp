// Which batches were checked against their chain values lately, so that readers who come back to
// one need not pass over its bytes again. Invariant: a batch that it names was sound when some
// reader of this store looked; its size does not grow with the journal.
#pragma once

#include "ledger/journal/batch.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ledger::journal::detail {

/// Any thread. Names about as many batches as it has slots; one that takes another's slot is
/// forgotten with it.
class CheckedBatches {
public:
    bool has(Position first) const noexcept {
        return slots_[slot_of(first)].load(std::memory_order_relaxed) == first;
    }
    void add(Position first) noexcept {
        slots_[slot_of(first)].store(first, std::memory_order_relaxed);
    }

private:
    static constexpr unsigned slot_bits = 14;

    /// Spreads positions that lie at even distances (Fibonacci hashing, Knuth).
    static std::size_t slot_of(Position first) noexcept {
        return first * 0x9E37'79B9'7F4A'7C15U >> (64 - slot_bits);
    }

    std::array<std::atomic<Position>, std::size_t{1} << slot_bits> slots_{};
};

}  // namespace ledger::journal::detail
