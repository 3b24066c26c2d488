// Amounts in minor units. Invariant: an amount is an exact 128-bit integer; arithmetic that would
// leave the range throws OverflowError, it never wraps and never rounds.
#pragma once

#include "ledger/core/int128.hpp"

#include <compare>

namespace ledger {

/// A signed count of minor units (cents, haléř, satoshi) of a currency that the context names: the
/// account's. Regular, 16 bytes, trivially copyable. Money (core/money.hpp) carries its currency.
struct Amount {
    i128 minor = 0;

    constexpr Amount() = default;
    constexpr explicit Amount(i128 minor_units) noexcept : minor(minor_units) {}

    friend constexpr bool operator==(Amount, Amount) = default;
    friend constexpr std::strong_ordering operator<=>(Amount a, Amount b) noexcept {
        if (a.minor == b.minor) return std::strong_ordering::equal;
        return a.minor < b.minor ? std::strong_ordering::less : std::strong_ordering::greater;
    }
};

namespace detail {
/// Throws OverflowError naming both operands.
[[noreturn]] void amount_overflow(Amount a, char operation, Amount b);
}  // namespace detail

/// Checked; each throws OverflowError naming both operands.
constexpr Amount operator+(Amount a, Amount b) {
    i128 sum = 0;
    if (!checked_add(a.minor, b.minor, sum)) detail::amount_overflow(a, '+', b);
    return Amount{sum};
}
constexpr Amount operator-(Amount a, Amount b) {
    i128 difference = 0;
    if (!checked_subtract(a.minor, b.minor, difference)) detail::amount_overflow(a, '-', b);
    return Amount{difference};
}
constexpr Amount operator-(Amount a) { return Amount{} - a; }
constexpr Amount& operator+=(Amount& a, Amount b) { return a = a + b; }
constexpr Amount& operator-=(Amount& a, Amount b) { return a = a - b; }

/// Decimal digits of the minor units.
inline std::string to_string(Amount amount) { return to_string(amount.minor); }

}  // namespace ledger
