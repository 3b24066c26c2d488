// One fact of the key index: a 128-bit key and the position of a record found under it. Invariant:
// 24 bytes without padding, little-endian, as rows lie in memory and in the checkpoint.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <type_traits>

namespace ledger::history {

/// Ordered by key (unsigned), then position. Stored.
struct KeyRow {
    std::uint64_t key_low = 0;
    std::uint64_t key_high = 0;
    std::uint64_t position_value = 0;

    constexpr KeyRow() = default;
    constexpr KeyRow(u128 key, Position position) noexcept
        : key_low(low_word(key)), key_high(high_word(key)), position_value(position.value) {}

    constexpr u128 key() const noexcept { return from_words(key_high, key_low); }
    constexpr Position position() const noexcept { return {position_value}; }

    friend constexpr bool operator==(const KeyRow&, const KeyRow&) = default;
    friend constexpr bool operator<(const KeyRow& a, const KeyRow& b) noexcept {
        const u128 key_a = a.key();
        const u128 key_b = b.key();
        return key_a < key_b || (key_a == key_b && a.position_value < b.position_value);
    }
};
static_assert(sizeof(KeyRow) == 24 && std::is_trivially_copyable_v<KeyRow>);

}  // namespace ledger::history
