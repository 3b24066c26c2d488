// 256-bit integers for sums and products of amounts: group sums, trial balances, balance × time.
// Invariant: exact; what leaves the 256 bits throws OverflowError, it never wraps.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/int128.hpp"

#include <compare>
#include <string>

namespace ledger {

/// A signed 256-bit integer in two's complement: high · 2^128 + low. Regular, 32 bytes, trivially
/// copyable; its two words are what is stored. 2^128 amounts can be summed before it overflows.
struct Wide {
    u128 low = 0;
    i128 high = 0;

    constexpr Wide() = default;
    constexpr explicit Wide(i128 value) noexcept
        : low(static_cast<u128>(value)), high(value < 0 ? -1 : 0) {}
    constexpr explicit Wide(Amount amount) noexcept : Wide(amount.minor) {}

    static constexpr Wide of_words(i128 high, u128 low) noexcept {
        Wide value;
        value.high = high;
        value.low = low;
        return value;
    }
    /// a · b; every product of two 128-bit integers fits.
    static constexpr Wide product(i128 a, i128 b) noexcept;

    constexpr bool is_negative() const noexcept { return high < 0; }
    constexpr bool is_zero() const noexcept { return high == 0 && low == 0; }
    /// Whether the value is one of 128 bits, and so to_amount succeeds.
    constexpr bool fits_amount() const noexcept {
        return high == (static_cast<i128>(low) < 0 ? -1 : 0);
    }

    friend constexpr bool operator==(const Wide&, const Wide&) = default;
    friend constexpr std::strong_ordering operator<=>(const Wide& a, const Wide& b) noexcept {
        if (a.high != b.high) {
            return a.high < b.high ? std::strong_ordering::less : std::strong_ordering::greater;
        }
        if (a.low == b.low) return std::strong_ordering::equal;
        return a.low < b.low ? std::strong_ordering::less : std::strong_ordering::greater;
    }
};

inline constexpr Wide wide_max = Wide::of_words(i128_max, ~u128{0});
inline constexpr Wide wide_min = Wide::of_words(i128_min, 0);

/// Decimal digits of the value, with a leading minus where negative.
std::string to_string(const Wide& value);

namespace detail {

/// Throws OverflowError naming both operands.
[[noreturn]] void wide_overflow(const Wide& a, char operation, const Wide& b);
/// Throws OverflowError naming the value.
[[noreturn]] void wide_exceeds_amount(const Wide& value);

constexpr Wide wrapping_add(const Wide& a, const Wide& b) noexcept {
    Wide sum;
    const u128 carry = __builtin_add_overflow(a.low, b.low, &sum.low) ? 1 : 0;
    sum.high = static_cast<i128>(static_cast<u128>(a.high) + static_cast<u128>(b.high) + carry);
    return sum;
}
constexpr Wide wrapping_negate(const Wide& a) noexcept {
    return Wide::of_words(static_cast<i128>(~static_cast<u128>(a.high) + (a.low == 0 ? 1 : 0)),
                          ~a.low + 1);
}

}  // namespace detail

constexpr Wide operator+(const Wide& a, const Wide& b) {
    const Wide sum = detail::wrapping_add(a, b);
    if (a.is_negative() == b.is_negative() && sum.is_negative() != a.is_negative()) {
        detail::wide_overflow(a, '+', b);
    }
    return sum;
}
constexpr Wide operator-(const Wide& a, const Wide& b) {
    const Wide difference = detail::wrapping_add(a, detail::wrapping_negate(b));
    if (a.is_negative() != b.is_negative() && difference.is_negative() != a.is_negative()) {
        detail::wide_overflow(a, '-', b);
    }
    return difference;
}
constexpr Wide operator-(const Wide& a) { return Wide{} - a; }
constexpr Wide& operator+=(Wide& a, const Wide& b) { return a = a + b; }
constexpr Wide& operator-=(Wide& a, const Wide& b) { return a = a - b; }
constexpr Wide& operator+=(Wide& a, Amount b) { return a = a + Wide(b); }
constexpr Wide& operator-=(Wide& a, Amount b) { return a = a - Wide(b); }

/// Throws OverflowError naming the value where it needs more than 128 bits.
constexpr Amount to_amount(const Wide& value) {
    if (!value.fits_amount()) detail::wide_exceeds_amount(value);
    return Amount{static_cast<i128>(value.low)};
}

constexpr Wide Wide::product(i128 a, i128 b) noexcept {
    const u128 x = magnitude(a);
    const u128 y = magnitude(b);
    const u128 low_low = u128{low_word(x)} * low_word(y);
    const u128 low_high = u128{low_word(x)} * high_word(y);
    const u128 high_low = u128{high_word(x)} * low_word(y);
    const u128 high_high = u128{high_word(x)} * high_word(y);
    // Three addends below 2^64 each: the sum fits.
    const u128 middle = u128{high_word(low_low)} + low_word(low_high) + low_word(high_low);
    const u128 low = from_words(low_word(middle), low_word(low_low));
    const u128 high = high_high + high_word(low_high) + high_word(high_low) + high_word(middle);
    const Wide value = of_words(static_cast<i128>(high), low);
    return (a < 0) != (b < 0) ? detail::wrapping_negate(value) : value;
}

}  // namespace ledger
