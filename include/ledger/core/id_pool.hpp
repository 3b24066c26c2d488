// Values found by a 128-bit key: a dense pool of slots under an open-addressing index. Invariant:
// the index's load stays under one half, and freed slots are reused before the pool grows.
#pragma once

#include "ledger/core/id.hpp"

#include <cstdint>
#include <vector>

namespace ledger {

/// Pool of `T`, which has a member `u128 key` that is not zero while the slot is in use.
/// Single-threaded; pointers are valid until the next insert.
template <class T>
class IdPool {
public:
    T* find(u128 key) noexcept {
        const std::size_t at = probe(key);
        return slots_[at] == 0 ? nullptr : &pool_[slots_[at] - 1];
    }
    const T* find(u128 key) const noexcept { return const_cast<IdPool*>(this)->find(key); }

    /// Adds a value whose key is not present.
    T& insert(const T& value) {
        if ((size_ + 1) * 2 > slots_.size()) grow();
        std::uint32_t index;
        if (free_.empty()) {
            pool_.push_back(value);
            index = static_cast<std::uint32_t>(pool_.size());
        } else {
            index = free_.back() + 1;
            free_.pop_back();
            pool_[index - 1] = value;
        }
        slots_[probe(value.key)] = index;
        ++size_;
        return pool_[index - 1];
    }

    /// Removes the value with this key, which is present.
    void erase(u128 key) noexcept {
        std::size_t hole = probe(key);
        const std::uint32_t index = slots_[hole] - 1;
        pool_[index].key = 0;
        free_.push_back(index);
        --size_;
        const std::size_t mask = slots_.size() - 1;
        // Backward-shift deletion: keeps every probe sequence unbroken without tombstones.
        for (std::size_t at = (hole + 1) & mask; slots_[at] != 0; at = (at + 1) & mask) {
            const std::size_t home = mix(pool_[slots_[at] - 1].key) & mask;
            if (((at - home) & mask) >= ((at - hole) & mask)) {
                slots_[hole] = slots_[at];
                hole = at;
            }
        }
        slots_[hole] = 0;
    }

    void prefetch(u128 key) const noexcept {
        __builtin_prefetch(&slots_[mix(key) & (slots_.size() - 1)]);
    }
    std::size_t size() const noexcept { return size_; }

    /// Calls `visit(const T&)` for every value, in no order that means anything.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const T& value : pool_) {
            if (value.key != 0) visit(value);
        }
    }

private:
    std::size_t probe(u128 key) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = mix(key) & mask;
        while (slots_[at] != 0 && pool_[slots_[at] - 1].key != key) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<std::uint32_t> old(slots_.size() * 2, 0);
        old.swap(slots_);
        for (std::uint32_t slot : old) {
            if (slot != 0) slots_[probe(pool_[slot - 1].key)] = slot;
        }
    }

    std::vector<T> pool_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(16, 0);
    std::size_t size_ = 0;
};

}  // namespace ledger
