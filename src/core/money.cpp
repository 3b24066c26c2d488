// Money: what refuses to mix, sharing out, exchange.
#include "ledger/core/money.hpp"

#include "core/big.hpp"
#include "core/decimal_scan.hpp"
#include "core/quotient.hpp"
#include "ledger/core/assert.hpp"
#include "ledger/core/decimal.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <type_traits>

namespace ledger {

namespace {

using detail::Big;
using detail::to_big;

std::string shown(const Money& money) {
    return to_string(money.amount) + " minor units of " +
           (money.currency ? std::string(money.currency.text()) : "no currency");
}

void check_same(const Money& a, std::string_view operation, const Money& b) {
    if (a.currency == b.currency) return;
    throw InvalidArgument("money " + shown(a) + " " + std::string(operation) + " " + shown(b) +
                          ": the currencies differ; exchange one of them first");
}

std::vector<Money> with_currency(const std::vector<Amount>& amounts, CurrencyCode currency) {
    std::vector<Money> parts;
    parts.reserve(amounts.size());
    for (const Amount amount : amounts) parts.push_back({amount, currency});
    return parts;
}

void check_part_count(std::size_t parts) {
    if (parts >= 1 && parts <= allocation_parts_max) return;
    throw InvalidArgument("allocation into " + std::to_string(parts) +
                          " parts: give 1 to 65536; share a larger number out in steps");
}

/// The sum of the weights, which are checked.
Wide sum_of_weights(std::span<const i128> weights) {
    Wide sum;
    for (std::size_t at = 0; at < weights.size(); ++at) {
        if (weights[at] < 0) {
            throw InvalidArgument("allocation weight " + std::to_string(at + 1) + " is " +
                                  to_string(weights[at]) + "; give weights of 0 or more");
        }
        sum += Wide(weights[at]);
    }
    if (sum.is_zero()) {
        throw InvalidArgument("allocation by " + std::to_string(weights.size()) +
                              " weights that are all 0; give one that is not");
    }
    return sum;
}

/// One share of a whole: its units, and the fraction cut off over the sum of the weights.
template <class Int>
struct Share {
    u128 units;
    Int fraction;
    std::size_t place;
};

template <class Int>
Int exact(u128 value) {
    if constexpr (std::is_same_v<Int, u128>) {
        return value;
    } else {
        return to_big(value);
    }
}

template <class Int>
u128 units_of(const Int& quotient) {
    if constexpr (std::is_same_v<Int, u128>) {
        return quotient;
    } else {
        u128 units = 0;
        LEDGER_ASSERT(detail::narrow(quotient, units));  // a share never exceeds the whole
        return units;
    }
}

/// The parts of a magnitude by largest remainder, in the order of the weights. `Int` holds the
/// whole times the largest weight.
template <class Int>
std::vector<u128> allocate_magnitude(u128 whole, const Int& sum, std::span<const i128> weights) {
    const Int exact_whole = exact<Int>(whole);
    std::vector<Share<Int>> shares;
    shares.reserve(weights.size());
    u128 left = whole;
    for (std::size_t at = 0; at < weights.size(); ++at) {
        const Int product = exact_whole * exact<Int>(magnitude(weights[at]));
        const Int quotient = product / sum;
        shares.push_back({units_of<Int>(quotient), product - quotient * sum, at});
        left -= shares.back().units;
    }
    const auto first_without = shares.begin() + static_cast<std::ptrdiff_t>(left);
    std::nth_element(shares.begin(), first_without, shares.end(), [](const auto& a, const auto& b) {
        return a.fraction == b.fraction ? a.place < b.place : a.fraction > b.fraction;
    });
    std::for_each(shares.begin(), first_without, [](Share<Int>& share) { ++share.units; });
    std::vector<u128> parts(weights.size());
    for (const Share<Int>& share : shares) parts[share.place] = share.units;
    return parts;
}

Amount with_sign(u128 size, bool negative) noexcept {
    return Amount{static_cast<i128>(negative ? -size : size)};
}

}  // namespace

std::strong_ordering operator<=>(const Money& a, const Money& b) {
    check_same(a, "compared with", b);
    return a.amount <=> b.amount;
}

Money operator+(const Money& a, const Money& b) {
    check_same(a, "+", b);
    return {a.amount + b.amount, a.currency};
}

Money operator-(const Money& a, const Money& b) {
    check_same(a, "-", b);
    return {a.amount - b.amount, a.currency};
}

Money operator-(const Money& a) { return {-a.amount, a.currency}; }

std::string to_string(const Money& money, unsigned decimals) {
    return to_decimal(money.amount, decimals) + " " + std::string(money.currency.text());
}

std::vector<Amount> allocate(Amount whole, std::span<const i128> weights) {
    check_part_count(weights.size());
    const Wide sum = sum_of_weights(weights);
    const u128 size = magnitude(whole.minor);
    const auto largest = static_cast<u128>(*std::max_element(weights.begin(), weights.end()));
    u128 product = 0;
    const bool fits = sum.high == 0 && !__builtin_mul_overflow(size, largest, &product);
    const std::vector<u128> parts = fits ? allocate_magnitude<u128>(size, sum.low, weights)
                                         : allocate_magnitude<Big>(size, to_big(sum), weights);
    std::vector<Amount> amounts;
    amounts.reserve(parts.size());
    for (const u128 part : parts) amounts.push_back(with_sign(part, whole.minor < 0));
    return amounts;
}

std::vector<Money> allocate(const Money& whole, std::span<const i128> weights) {
    return with_currency(allocate(whole.amount, weights), whole.currency);
}

std::vector<Amount> split(Amount whole, std::size_t parts) {
    check_part_count(parts);
    const u128 size = magnitude(whole.minor);
    const bool negative = whole.minor < 0;
    const u128 each = size / parts;
    const auto larger = static_cast<std::size_t>(size % parts);
    std::vector<Amount> amounts(parts, with_sign(each, negative));
    std::fill_n(amounts.begin(), larger, with_sign(each + 1, negative));
    return amounts;
}

std::vector<Money> split(const Money& whole, std::size_t parts) {
    return with_currency(split(whole.amount, parts), whole.currency);
}

Exchanged exchange(const Money& money, const Currency& source, const Currency& target,
                   const Ratio& rate, Rounding rounding) {
    const auto refuse = [&](const std::string& problem) {
        throw InvalidArgument("exchange of " + shown(money) + " from " +
                              std::string(source.code.text()) + " to " +
                              std::string(target.code.text()) + ": " + problem);
    };
    if (money.currency != source.code) refuse("the money is in another currency; name its own");
    if (source.code == target.code) refuse("they are the same; no exchange is needed");
    if (rate.numerator() <= 0) {
        refuse("the rate is " + to_string(rate) + "; give a rate above zero");
    }
    if (std::max(source.decimals, target.decimals) > currency_decimals_max) {
        refuse("a currency has over 18 decimals; correct it");
    }
    const Big numerator = to_big(money.amount.minor) * to_big(rate.numerator()) *
                          to_big(detail::power_of_ten(target.decimals));
    const Big denominator =
        to_big(rate.denominator()) * to_big(detail::power_of_ten(source.decimals));
    const auto [quotient, excess] = detail::rounded_quotient<Big>(numerator, denominator, rounding);
    const Big divisor = gcd(excess, denominator);
    i128 minor = 0;
    i128 n = 0;
    i128 d = 1;
    if (!detail::narrow(quotient, minor) || !detail::narrow(Big(excess / divisor), n) ||
        !detail::narrow(Big(denominator / divisor), d)) {
        throw OverflowError("exchange of " + shown(money) + " at " + to_string(rate) + " to " +
                            std::string(target.code.text()) +
                            " leaves the range of 128 bits; correct the amount, or give the rate "
                            "with fewer digits");
    }
    return {Money{Amount{minor}, target.code}, Ratio(n, d)};
}

}  // namespace ledger
