// Decimal strings to amounts and back. Invariant: exact and locale-free: nothing is rounded,
// nothing is guessed, and what to_decimal prints parse_amount reads back to the same amount.
#pragma once

#include "ledger/core/amount.hpp"

#include <string>
#include <string_view>

namespace ledger {

/// How decimals and groups of three digits are set apart: "." and nothing, or "," and "." for
/// 1.234,56. A separator is one character, in UTF-8, that is no digit and no sign: also "’" or a
/// no-break space.
class DecimalStyle {
public:
    /// A point before the decimals, no groups.
    DecimalStyle() = default;
    /// Throws InvalidArgument where a separator breaks the rule above or both are the same.
    explicit DecimalStyle(std::string_view decimal_separator,
                          std::string_view grouping_separator = {});

    const std::string& decimal_separator() const noexcept { return decimal_separator_; }
    /// Empty where digits are not grouped.
    const std::string& grouping_separator() const noexcept { return grouping_separator_; }

    friend bool operator==(const DecimalStyle&, const DecimalStyle&) = default;

private:
    std::string decimal_separator_ = ".";
    std::string grouping_separator_;
};

/// Reads `[+-]digits[.digits]`, whole and strict, into minor units of a currency with this many
/// decimals (0..18): "12.3" with 2 decimals is 1230. Throws InvalidArgument naming the text, the
/// character and the remedy for: empty text, anything but these characters, a separator without a
/// digit on both sides, more digits after the separator than the currency has (also zeros), a value
/// beyond 128 bits. Digits may be grouped, where the style has a grouping separator, but then all
/// of them and in threes, and a grouped number does not begin with 0 ("0,125" is more likely a
/// fraction than 125).
Amount parse_amount(std::string_view text, unsigned decimals);
Amount parse_amount(std::string_view text, unsigned decimals, const DecimalStyle& style);

/// The amount with exactly this many digits after the separator (0..18), a minus where it is
/// negative, at least one digit before the separator. Throws InvalidArgument for more than 18
/// decimals.
std::string to_decimal(Amount amount, unsigned decimals);
std::string to_decimal(Amount amount, unsigned decimals, const DecimalStyle& style);

}  // namespace ledger
