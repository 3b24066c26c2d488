// The one place where an exact quotient is rounded. Invariant: n = quotient · d + excess, exactly,
// and the quotient is the neighbour of n / d that the rule names.
#pragma once

#include "ledger/core/rounding.hpp"

namespace ledger::detail {

/// Whether the magnitude of a truncated quotient grows by one. `half` is the discarded part
/// compared with one half; it is not zero.
constexpr bool rounds_away(Rounding rounding, bool negative, bool odd,
                           std::strong_ordering half) noexcept {
    switch (rounding) {
        case Rounding::half_even: return half > 0 || (half == 0 && odd);
        case Rounding::half_up: return half >= 0;
        case Rounding::half_down: return half > 0;
        case Rounding::up: return true;
        case Rounding::down: return false;
        case Rounding::floor: return negative;
        case Rounding::ceiling: return !negative;
    }
    return false;
}

template <class Int>
struct Quotient {
    Int quotient;
    Int excess;  ///< n - quotient · d; its magnitude is below d
};

/// n / d for d > 0. `Int` truncates towards zero: i128 or Big; no step overflows i128.
template <class Int>
Quotient<Int> rounded_quotient(const Int& n, const Int& d, Rounding rounding) {
    Int quotient = n / d;
    Int excess = n - quotient * d;
    if (excess == 0) return {quotient, excess};
    const bool negative = n < 0;
    const Int discarded = negative ? Int(-excess) : excess;
    const Int rest = d - discarded;
    const auto half = discarded == rest  ? std::strong_ordering::equal
                      : discarded < rest ? std::strong_ordering::less
                                         : std::strong_ordering::greater;
    const bool odd = quotient % 2 != 0;
    if (!rounds_away(rounding, negative, odd, half)) return {quotient, excess};
    if (negative) return {Int(quotient - 1), Int(excess + d)};
    return {Int(quotient + 1), Int(excess - d)};
}

}  // namespace ledger::detail
