// Anonymous memory straight from the system, for the few big arrays that live as long as the
// ledger. Invariant: a page costs nothing until it is touched, and stays touched until the region
// goes, so that reuse never faults again.
#pragma once

#include <cstddef>

namespace ledger {

/// `bytes` of zeroed memory, page-aligned. Movable, not copyable.
class Region {
public:
    enum class Pages { small, huge };

    Region() = default;
    /// Huge pages, where the system offers them, suit what fills up: touching one byte takes all of
    /// one. Throws std::bad_alloc.
    explicit Region(std::size_t bytes, Pages pages = Pages::small);
    ~Region();
    Region(Region&& other) noexcept;
    Region& operator=(Region&& other) noexcept;

    void* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return bytes_; }
    template <class T>
    T* as() const noexcept {
        return static_cast<T*>(data_);
    }

private:
    void* mapping_ = nullptr;
    std::size_t mapping_bytes_ = 0;
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace ledger
