// Anonymous mappings, aligned to huge pages where they are large.
#include "ledger/core/region.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>
#include <utility>

namespace ledger {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

}  // namespace

Region::Region(std::size_t bytes, Pages pages) : bytes_(bytes) {
    if (bytes == 0) return;
    const bool huge = pages == Pages::huge && bytes >= huge_page;
    mapping_bytes_ = huge ? bytes + huge_page : bytes;
    mapping_ = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping_ == MAP_FAILED) {
        mapping_ = nullptr;
        throw std::bad_alloc();
    }
    data_ = mapping_;
    if (huge) {
        const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
        const std::uintptr_t aligned = (address + huge_page - 1) & ~(huge_page - 1);
        data_ = static_cast<std::byte*>(mapping_) + (aligned - address);
        // Advice: where it is refused, small pages serve as well.
        static_cast<void>(madvise(data_, bytes, MADV_HUGEPAGE));
    }
}

Region::~Region() {
    if (mapping_ != nullptr) munmap(mapping_, mapping_bytes_);
}

Region::Region(Region&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_bytes_(std::exchange(other.mapping_bytes_, 0)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Region& Region::operator=(Region&& other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(mapping_bytes_, other.mapping_bytes_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

}  // namespace ledger
