// The two 128-bit integers of the project under short names, and the checked arithmetic on them.
// Invariant: no operation here wraps silently; an overflow is reported to the caller.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace ledger {

__extension__ using i128 = __int128;
__extension__ using u128 = unsigned __int128;

inline constexpr i128 i128_max = static_cast<i128>(~u128{0} >> 1);
inline constexpr i128 i128_min = -i128_max - 1;

/// Stores a + b in `sum` and returns true, or returns false (leaving `sum` unspecified) on
/// overflow.
[[nodiscard]] constexpr bool checked_add(i128 a, i128 b, i128& sum) noexcept {
    return !__builtin_add_overflow(a, b, &sum);
}

/// Stores a - b in `difference` and returns true, or returns false on overflow.
[[nodiscard]] constexpr bool checked_subtract(i128 a, i128 b, i128& difference) noexcept {
    return !__builtin_sub_overflow(a, b, &difference);
}

/// Stores a * b in `product` and returns true, or returns false on overflow.
[[nodiscard]] constexpr bool checked_multiply(i128 a, i128 b, i128& product) noexcept {
    return !__builtin_mul_overflow(a, b, &product);
}

constexpr std::uint64_t low_word(u128 value) noexcept { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t high_word(u128 value) noexcept {
    return static_cast<std::uint64_t>(value >> 64);
}
constexpr u128 from_words(std::uint64_t high, std::uint64_t low) noexcept {
    return (static_cast<u128>(high) << 64) | low;
}

/// The absolute value; i128_min has one, too.
constexpr u128 magnitude(i128 value) noexcept {
    return value < 0 ? -static_cast<u128>(value) : static_cast<u128>(value);
}
/// The largest magnitude that an i128 with this sign has.
constexpr u128 magnitude_max(bool negative) noexcept {
    return static_cast<u128>(i128_max) + (negative ? 1 : 0);
}

/// Decimal digits of the value, with a leading minus where negative.
std::string to_string(i128 value);
std::string to_string(u128 value);

}  // namespace ledger
