// Little-endian byte streams for state images. Invariant: what the writer puts, the reader takes in
// the same order; a reader that runs out of bytes throws CorruptionError instead of reading past
// the end.
#pragma once

#include "ledger/core/error.hpp"
#include "ledger/core/int128.hpp"

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ledger {

static_assert(std::endian::native == std::endian::little,
              "stored integers are little-endian and copied as they stand in memory");

/// Appends trivially copyable values and strings to a buffer.
class ByteWriter {
public:
    template <class T>
    void put(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
    }
    void put_text(std::string_view text) {
        put(static_cast<std::uint32_t>(text.size()));
        const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
        bytes_.insert(bytes_.end(), bytes, bytes + text.size());
    }
    std::span<const std::byte> bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    void clear() noexcept { bytes_.clear(); }

private:
    std::vector<std::byte> bytes_;
};

/// Takes values back; the bytes must outlive the reader.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    template <class T>
    T take() {
        static_assert(std::is_trivially_copyable_v<T>);
        T value;
        std::memcpy(&value, advance(sizeof value), sizeof value);
        return value;
    }
    std::string take_text() {
        const auto size = take<std::uint32_t>();
        const auto* at = reinterpret_cast<const char*>(advance(size));
        return {at, size};
    }
    bool at_end() const noexcept { return used_ == bytes_.size(); }

private:
    const std::byte* advance(std::size_t size) {
        if (bytes_.size() - used_ < size) {
            throw CorruptionError("a stored state image ends early; rebuild the checkpoint");
        }
        const std::byte* at = bytes_.data() + used_;
        used_ += size;
        return at;
    }
    std::span<const std::byte> bytes_;
    std::size_t used_ = 0;
};

}  // namespace ledger
