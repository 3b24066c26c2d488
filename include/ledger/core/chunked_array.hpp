// An array that grows by whole chunks and never moves what it holds. Invariant: the address of an element
// is stable until it is popped.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace ledger {

/// Elements of `T` in chunks of 2^chunk_bits, value-initialised. Single-threaded.
template <class T, unsigned chunk_bits>
class ChunkedArray {
public:
    static constexpr std::size_t chunk_size = std::size_t{1} << chunk_bits;

    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t index) noexcept {
        return chunks_[index >> chunk_bits][index & (chunk_size - 1)];
    }
    const T& operator[](std::size_t index) const noexcept {
        return chunks_[index >> chunk_bits][index & (chunk_size - 1)];
    }
    T& push_back(const T& value) {
        if (size_ == chunks_.size() * chunk_size) {
            chunks_.push_back(std::make_unique<T[]>(chunk_size));
        }
        T& slot = (*this)[size_];
        slot = value;
        ++size_;
        return slot;
    }
    void pop_back() noexcept { --size_; }
    void clear() noexcept {
        size_ = 0;
        chunks_.clear();
    }

private:
    std::vector<std::unique_ptr<T[]>> chunks_;
    std::size_t size_ = 0;
};

}  // namespace ledger
