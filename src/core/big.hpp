// Boost's 512-bit integers behind 128- and 256-bit values. Invariant: this header, and with it
// Boost, is included by .cpp files only; every conversion is exact or says that it is not. 512 bits
// hold amount · numerator · 10^18 (314 bits) and all else that core computes.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/core/wide.hpp"

#include <boost/multiprecision/cpp_int.hpp>

namespace ledger::detail {

/// Checked: Boost throws std::overflow_error instead of wrapping.
using Big = boost::multiprecision::checked_int512_t;

inline Big to_big(u128 value) {
    Big big = high_word(value);
    big <<= 64;
    big += low_word(value);
    return big;
}
inline Big to_big(i128 value) {
    const Big big = to_big(magnitude(value));
    return value < 0 ? Big(-big) : big;
}
inline Big to_big(const Wide& value) {
    const Big big = to_big(value.high);
    return Big(big * (Big(1) << 128)) + to_big(value.low);
}

/// Stores the value and returns true, or returns false where it is negative or needs more than 128
/// bits.
[[nodiscard]] inline bool narrow(const Big& big, u128& value) {
    if (big < 0 || big > to_big(~u128{0})) return false;
    const auto high = static_cast<std::uint64_t>(Big(big >> 64));
    const auto low = static_cast<std::uint64_t>(Big(big & Big(~std::uint64_t{0})));
    value = from_words(high, low);
    return true;
}

/// Stores the value and returns true, or returns false where it needs more than 128 bits.
[[nodiscard]] inline bool narrow(const Big& big, i128& value) {
    const bool negative = big < 0;
    u128 size = 0;
    if (!narrow(negative ? Big(-big) : big, size) || size > magnitude_max(negative)) return false;
    value = static_cast<i128>(negative ? -size : size);
    return true;
}

}  // namespace ledger::detail
