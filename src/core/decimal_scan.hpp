// The one reader of decimal digits, behind amounts and ratios. Invariant: it consumes the whole
// text or throws InvalidArgument naming the text, the character and the remedy.
#pragma once

#include "ledger/core/decimal.hpp"
#include "ledger/core/int128.hpp"

#include <string>
#include <string_view>

namespace ledger::detail {

/// ±magnitude / 10^decimals, where the value ±magnitude fits 128 bits.
struct ScannedDecimal {
    u128 magnitude = 0;
    unsigned decimals = 0;
    bool negative = false;
};

/// Reads `[+-]digits[.digits]` in this style with at most `decimals_max` digits after the
/// separator. `thing` begins the message: "amount".
ScannedDecimal scan_decimal(std::string_view thing, std::string_view text, unsigned decimals_max,
                            const DecimalStyle& style);

/// 10^exponent for 0..38.
constexpr u128 power_of_ten(unsigned exponent) noexcept {
    u128 power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

}  // namespace ledger::detail
