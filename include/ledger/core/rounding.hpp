// Named rounding and exact ratios. Invariant: a ratio is normalised and exact in two 128-bit
// integers; a result is rounded once, by the rule that the caller names, from the exact value.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/int128.hpp"
#include "ledger/core/wide.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

/// How an exact value becomes a whole one. Numbers are append-only: they may be stored.
enum class Rounding : std::uint8_t {
    half_even = 0,  ///< nearest; a half goes to the even neighbour (banker's rounding)
    half_up = 1,    ///< nearest; a half goes away from zero (四舍五入)
    half_down = 2,  ///< nearest; a half goes towards zero
    up = 3,         ///< away from zero
    down = 4,       ///< towards zero
    floor = 5,      ///< towards minus infinity
    ceiling = 6,    ///< towards plus infinity
};

/// "half_even" and so on.
std::string_view to_string(Rounding rounding) noexcept;
/// Throws InvalidArgument naming the text and the seven names.
Rounding parse_rounding(std::string_view text);

/// An exact rational number: a rate, a share, a remainder. Regular; the denominator is positive and
/// has no common factor with the numerator, so equal values are equal members. Arithmetic throws
/// OverflowError where the normalised result needs more than 128 bits, InvalidArgument for a
/// division by zero.
class Ratio {
public:
    constexpr Ratio() = default;
    constexpr explicit Ratio(i128 integer) noexcept : numerator_(integer) {}
    /// Throws InvalidArgument for the denominator 0.
    Ratio(i128 numerator, i128 denominator);

    constexpr i128 numerator() const noexcept { return numerator_; }
    constexpr i128 denominator() const noexcept { return denominator_; }
    constexpr bool is_zero() const noexcept { return numerator_ == 0; }

    friend constexpr bool operator==(const Ratio&, const Ratio&) = default;
    friend constexpr std::strong_ordering operator<=>(const Ratio& a, const Ratio& b) noexcept {
        return Wide::product(a.numerator_, b.denominator_) <=>
               Wide::product(b.numerator_, a.denominator_);
    }

private:
    i128 numerator_ = 0;
    i128 denominator_ = 1;
};

Ratio operator+(const Ratio& a, const Ratio& b);
Ratio operator-(const Ratio& a, const Ratio& b);
Ratio operator*(const Ratio& a, const Ratio& b);
Ratio operator/(const Ratio& a, const Ratio& b);
Ratio operator-(const Ratio& a);

/// "3/7", or "3" where the denominator is 1.
std::string to_string(const Ratio& ratio);
/// Reads what to_string prints, and decimals: "7.1043", "-1/3", "4/6" (normalised). Throws
/// InvalidArgument naming the text, the character and the remedy.
Ratio parse_ratio(std::string_view text);

/// What rounding made of an exact value: exact = amount + remainder, both in minor units, and
/// -1 < remainder < 1.
struct Rounded {
    Amount amount;
    Ratio remainder;

    friend constexpr bool operator==(const Rounded&, const Rounded&) = default;
};

/// The whole number that the rule makes of the ratio.
i128 round(const Ratio& ratio, Rounding rounding);
/// amount · ratio, rounded once. Throws OverflowError where the result needs more than 128 bits.
Amount multiply(Amount amount, const Ratio& ratio, Rounding rounding);
Rounded multiply_with_remainder(Amount amount, const Ratio& ratio, Rounding rounding);
/// sum / divisor, rounded once: an average. Throws OverflowError where the result needs more than
/// 128 bits, InvalidArgument for the divisor 0.
Amount divide(const Wide& sum, i128 divisor, Rounding rounding);

}  // namespace ledger
