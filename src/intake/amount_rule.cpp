// See amount_rule.hpp.
#include "intake/amount_rule.hpp"

#include "core/quoted.hpp"
#include "intake/refusal.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>

namespace ledger::intake {

namespace {

void trim(std::string_view& text) noexcept {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
}

bool contains(const std::vector<std::string>& values, std::string_view value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

Amount AmountRule::read_number(const TextTemplate& from, const Row& row, unsigned decimals) const {
    const std::string whole = from.expand(row);
    std::string_view text = whole;
    trim(text);
    for (const std::string& extra : strip) {
        if (text.starts_with(extra)) text.remove_prefix(extra.size());
        if (text.ends_with(extra)) text.remove_suffix(extra.size());
        trim(text);
    }
    bool negate = false;
    if (negative == Negative::trailing && text.ends_with('-')) {
        negate = true;
        text.remove_suffix(1);
        trim(text);
    } else if (negative == Negative::parentheses && text.starts_with('(') && text.ends_with(')')) {
        negate = true;
        text = text.substr(1, text.size() - 2);
        trim(text);
    }
    try {
        if (negate && (text.starts_with('-') || text.starts_with('+'))) {
            throw InvalidArgument("amount " + detail::quoted(whole) + " has two signs");
        }
        const Amount amount = parse_amount(text, minor_units ? 0 : decimals, style);
        if (amount.minor == i128_min)
            throw InvalidArgument("amount " + detail::quoted(whole) + " is too large");
        return negate ? -amount : amount;
    } catch (const Error& failure) {
        throw Refusal(from.column(), failure.what());
    }
}

Amount AmountRule::read_two(const Row& row, unsigned decimals) const {
    const auto read_side = [&](const TextTemplate& from) {
        std::string text = from.expand(row);
        std::string_view left = text;
        trim(left);
        if (left.empty()) return Amount{};
        const Amount amount = read_number(from, row, decimals);
        if (amount < Amount{}) {
            throw Refusal(from.column(), "amount " + detail::quoted(text) +
                                             " is negative, but its column already gives the sign");
        }
        return amount;
    };
    const Amount positive = read_side(plus);
    const Amount negative_side = read_side(minus);
    if (positive != Amount{} && negative_side != Amount{}) {
        throw Refusal(minus.column(),
                      "amounts stand in both columns, " + detail::quoted(plus.expand(row)) +
                          " and " + detail::quoted(minus.expand(row)) + "; only one may be filled");
    }
    return positive - negative_side;
}

Amount AmountRule::read(const Row& row, unsigned decimals) const {
    if (has_two_columns()) return read_two(row, decimals);
    const Amount amount = read_number(value, row, decimals);
    if (sign == Sign::value) return amount;
    if (sign == Sign::inverted) return -amount;
    const std::string said = sign_value.expand(row);
    const bool is_minus = contains(minus_values, said);
    if (!is_minus && !contains(plus_values, said)) {
        throw Refusal(sign_value.column(),
                      "the sign is given by " + detail::quoted(said) +
                          ", which the mapping lists neither as plus nor as minus");
    }
    if (amount < Amount{}) {
        throw Refusal(value.column(),
                      "amount " + to_string(amount) +
                          " (in minor units) is negative, but its sign is given by " +
                          detail::quoted(said));
    }
    return is_minus ? -amount : amount;
}

}  // namespace ledger::intake
