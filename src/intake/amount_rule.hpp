// Amounts in the forms that files have them, with their sign. Invariant: exact and strict, as
// parse_amount is; where two sources of the sign disagree, the row is refused.
#pragma once

#include "intake/text_template.hpp"
#include "ledger/core/amount.hpp"
#include "ledger/core/decimal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

/// How one named amount of a mapping is read.
struct AmountRule {
    enum class Sign {
        value,     ///< the number's own
        inverted,  ///< the opposite of the number's own
        column,    ///< a column's value says; the number has none
    };
    enum class Negative { leading, trailing, parentheses };

    std::string name;
    TextTemplate value;  ///< either this
    TextTemplate plus;   ///< or these two, of which at most one is filled and not zero
    TextTemplate minus;
    DecimalStyle style;
    bool minor_units = false;        ///< the number counts minor units and has no decimals
    std::vector<std::string> strip;  ///< texts that may stand before or after the number
    Negative negative = Negative::leading;
    Sign sign = Sign::value;
    TextTemplate sign_value;               ///< of Sign::column
    std::vector<std::string> plus_values;  ///< of Sign::column
    std::vector<std::string> minus_values;
    bool skip_zero = false;  ///< a row whose amount is zero is passed over, not refused

    bool has_two_columns() const noexcept { return value.empty(); }
    /// Minor units with the sign; throws Refusal.
    Amount read(const Row& row, unsigned decimals) const;

private:
    Amount read_number(const TextTemplate& from, const Row& row, unsigned decimals) const;
    Amount read_two(const Row& row, unsigned decimals) const;
};

}  // namespace ledger::intake
