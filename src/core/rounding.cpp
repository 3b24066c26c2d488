// Exact ratios and named rounding: small operands in 128 bits, all others in Boost's 512.
#include "ledger/core/rounding.hpp"

#include "core/big.hpp"
#include "core/decimal_scan.hpp"
#include "core/quoted.hpp"
#include "core/quotient.hpp"
#include "ledger/core/error.hpp"

#include <array>

namespace ledger {

namespace {

using detail::Big;
using detail::to_big;

/// By number.
constexpr std::array<std::string_view, 7> rounding_names{"half_even", "half_up", "half_down", "up",
                                                         "down",      "floor",   "ceiling"};
constexpr unsigned ratio_decimals_max = 38;

constexpr u128 greatest_common_divisor(u128 a, u128 b) noexcept {
    while (b != 0) {
        const u128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

[[noreturn]] void ratio_overflow(const Ratio& a, char operation, const Ratio& b) {
    throw OverflowError("ratios " + to_string(a) + " " + operation + " " + to_string(b) +
                        ": the result needs more than 128 bits; round a ratio first");
}

/// numerator / denominator, normalised; denominator > 0. The operands are for the message.
Ratio normalised(Big numerator, Big denominator, const Ratio& a, char operation, const Ratio& b) {
    const Big divisor = gcd(numerator, denominator);
    numerator /= divisor;
    denominator /= divisor;
    i128 n = 0;
    i128 d = 1;
    if (!detail::narrow(numerator, n) || !detail::narrow(denominator, d)) {
        ratio_overflow(a, operation, b);
    }
    return Ratio(n, d);
}

[[noreturn]] void product_overflow(Amount amount, const Ratio& ratio) {
    throw OverflowError("amount " + to_string(amount) + " (minor units) times ratio " +
                        to_string(ratio) +
                        " leaves the range of 128 bits; correct the amount or the ratio");
}

struct Product {
    Amount amount;
    i128 excess;  ///< over the ratio's denominator
};

Product rounded_product(Amount amount, const Ratio& ratio, Rounding rounding) {
    i128 product = 0;
    if (checked_multiply(amount.minor, ratio.numerator(), product)) {
        const auto [quotient, excess] =
            detail::rounded_quotient<i128>(product, ratio.denominator(), rounding);
        return {Amount{quotient}, excess};
    }
    const auto [quotient, excess] = detail::rounded_quotient<Big>(
        to_big(amount.minor) * to_big(ratio.numerator()), to_big(ratio.denominator()), rounding);
    Product result{};
    if (!detail::narrow(quotient, result.amount.minor) || !detail::narrow(excess, result.excess)) {
        product_overflow(amount, ratio);
    }
    return result;
}

}  // namespace

std::string_view to_string(Rounding rounding) noexcept {
    const auto number = static_cast<std::size_t>(rounding);
    return number < rounding_names.size() ? rounding_names[number] : "unknown";
}

Rounding parse_rounding(std::string_view text) {
    for (std::size_t number = 0; number < rounding_names.size(); ++number) {
        if (rounding_names[number] == text) return static_cast<Rounding>(number);
    }
    detail::refuse("rounding", text, "there is no such rule",
                   "use half_even, half_up, half_down, up, down, floor or ceiling");
}

Ratio::Ratio(i128 numerator, i128 denominator) {
    if (denominator == 0) {
        throw InvalidArgument("ratio " + ledger::to_string(numerator) +
                              "/0: a ratio over zero has no value; give another denominator");
    }
    const bool negative = (numerator < 0) != (denominator < 0);
    u128 n = magnitude(numerator);
    u128 d = magnitude(denominator);
    const u128 divisor = greatest_common_divisor(n, d);
    n /= divisor;
    d /= divisor;
    if (n > magnitude_max(negative) || d > magnitude_max(false)) {
        throw OverflowError("ratio " + ledger::to_string(numerator) + "/" +
                            ledger::to_string(denominator) +
                            ": normalised, it needs more than 128 bits; round it first");
    }
    numerator_ = static_cast<i128>(negative ? -n : n);
    denominator_ = static_cast<i128>(d);
}

Ratio operator+(const Ratio& a, const Ratio& b) {
    return normalised(to_big(a.numerator()) * to_big(b.denominator()) +
                          to_big(b.numerator()) * to_big(a.denominator()),
                      to_big(a.denominator()) * to_big(b.denominator()), a, '+', b);
}

Ratio operator-(const Ratio& a, const Ratio& b) {
    return normalised(to_big(a.numerator()) * to_big(b.denominator()) -
                          to_big(b.numerator()) * to_big(a.denominator()),
                      to_big(a.denominator()) * to_big(b.denominator()), a, '-', b);
}

Ratio operator*(const Ratio& a, const Ratio& b) {
    return normalised(to_big(a.numerator()) * to_big(b.numerator()),
                      to_big(a.denominator()) * to_big(b.denominator()), a, '*', b);
}

Ratio operator/(const Ratio& a, const Ratio& b) {
    if (b.is_zero()) {
        throw InvalidArgument("ratio " + to_string(a) +
                              " / 0: a division by zero has no value; give another divisor");
    }
    Big numerator = to_big(a.numerator()) * to_big(b.denominator());
    Big denominator = to_big(a.denominator()) * to_big(b.numerator());
    if (denominator < 0) {
        numerator = -numerator;
        denominator = -denominator;
    }
    return normalised(numerator, denominator, a, '/', b);
}

Ratio operator-(const Ratio& a) { return Ratio{} - a; }

std::string to_string(const Ratio& ratio) {
    std::string out = to_string(ratio.numerator());
    if (ratio.denominator() != 1) out += "/" + to_string(ratio.denominator());
    return out;
}

Ratio parse_ratio(std::string_view text) {
    constexpr std::string_view remedy = "write a decimal such as 7.1043 or a fraction such as 1/3";
    const DecimalStyle style;
    const auto slash = text.find('/');
    const bool is_fraction = slash != std::string_view::npos;
    const auto value = [&](std::string_view thing, std::string_view part, unsigned decimals_max,
                           i128& scale) {
        const auto scanned = detail::scan_decimal(thing, part, decimals_max, style);
        scale = static_cast<i128>(detail::power_of_ten(scanned.decimals));
        return static_cast<i128>(scanned.negative ? -scanned.magnitude : scanned.magnitude);
    };
    i128 scale = 1;
    if (!is_fraction) {
        const i128 digits = value("ratio", text, ratio_decimals_max, scale);
        return Ratio(digits, scale);
    }
    if (slash + 1 == text.size() || text[slash + 1] < '0' || text[slash + 1] > '9') {
        detail::refuse_at("ratio", text, slash + 1, remedy);
    }
    const i128 numerator = value("numerator of a ratio", text.substr(0, slash), 0, scale);
    const i128 denominator = value("denominator of a ratio", text.substr(slash + 1), 0, scale);
    if (denominator == 0) detail::refuse("ratio", text, "the denominator is zero", remedy);
    return Ratio(numerator, denominator);
}

i128 round(const Ratio& ratio, Rounding rounding) {
    return detail::rounded_quotient<i128>(ratio.numerator(), ratio.denominator(), rounding)
        .quotient;
}

Amount multiply(Amount amount, const Ratio& ratio, Rounding rounding) {
    return rounded_product(amount, ratio, rounding).amount;
}

Rounded multiply_with_remainder(Amount amount, const Ratio& ratio, Rounding rounding) {
    const Product product = rounded_product(amount, ratio, rounding);
    return {product.amount, Ratio(product.excess, ratio.denominator())};
}

Amount divide(const Wide& sum, i128 divisor, Rounding rounding) {
    if (divisor == 0) {
        throw InvalidArgument("sum " + to_string(sum) +
                              " / 0: a division by zero has no value; give another divisor");
    }
    const bool flipped = divisor < 0;
    const Big numerator = flipped ? Big(-to_big(sum)) : to_big(sum);
    const Big denominator = to_big(magnitude(divisor));
    i128 quotient = 0;
    if (!detail::narrow(detail::rounded_quotient<Big>(numerator, denominator, rounding).quotient,
                        quotient)) {
        throw OverflowError("sum " + to_string(sum) + " / " + to_string(divisor) +
                            " leaves the range of 128 bits; give a larger divisor");
    }
    return Amount{quotient};
}

}  // namespace ledger
