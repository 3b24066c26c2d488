// An array that grows by whole chunks and never moves what it holds. Invariant: the address of an
// element is stable until it is popped.
#pragma once

#include "ledger/core/region.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace ledger {

/// Elements of `T` in chunks of 2^chunk_bits, straight from the system: chunks of 2 MiB stand on
/// huge pages, so that reaching any of millions of elements seldom walks page tables.
/// Single-threaded.
template <class T, unsigned chunk_bits>
class ChunkedArray {
public:
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static constexpr std::size_t chunk_size = std::size_t{1} << chunk_bits;

    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t index) noexcept {
        return chunks_[index >> chunk_bits].template as<T>()[index & (chunk_size - 1)];
    }
    const T& operator[](std::size_t index) const noexcept {
        return chunks_[index >> chunk_bits].template as<T>()[index & (chunk_size - 1)];
    }
    T& push_back(const T& value) {
        if (size_ == chunks_.size() * chunk_size) {
            chunks_.emplace_back(chunk_size * sizeof(T), Region::Pages::huge);
        }
        T* slot =
            std::construct_at(chunks_.back().template as<T>() + (size_ & (chunk_size - 1)), value);
        ++size_;
        return *slot;
    }
    void pop_back() noexcept { --size_; }
    void clear() noexcept {
        size_ = 0;
        chunks_.clear();
    }

private:
    std::vector<Region> chunks_;
    std::size_t size_ = 0;
};

}  // namespace ledger
