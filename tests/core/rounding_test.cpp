// Ratios and named rounding against tables made by Python's decimal and against Boost's rationals.
#include "ledger/core/rounding.hpp"

#include "ledger/core/error.hpp"
#include "oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <concepts>

namespace ledger {
namespace {

using test::any_i128;
using test::cpp_int;
using test::cpp_rational;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

static_assert(std::regular<Ratio> && std::totally_ordered<Ratio>);
static_assert(std::is_trivially_copyable_v<Ratio> && sizeof(Ratio) == 32);
static_assert(!std::convertible_to<double, Ratio> && !std::convertible_to<Amount, Ratio>);
template <class A, class B>
concept Multipliable = requires(A a, B b) {
    a* b;
};
static_assert(Multipliable<Ratio, Ratio>);
static_assert(!Multipliable<Amount, Ratio>, "rounding is always a named argument");

constexpr std::array all_rules{Rounding::half_even, Rounding::half_up, Rounding::half_down,
                               Rounding::up,        Rounding::down,    Rounding::floor,
                               Rounding::ceiling};

cpp_rational oracle(const Ratio& ratio) {
    return cpp_rational(test::oracle(ratio.numerator()), test::oracle(ratio.denominator()));
}

/// The rule by its definition, without the code under test.
cpp_int rounded(const cpp_rational& value, Rounding rule) {
    const cpp_int n = numerator(value);
    const cpp_int d = denominator(value);
    cpp_int below = n / d;
    if (below * d > n) --below;
    if (below * d == n) return below;
    const cpp_int above = below + 1;
    const cpp_int away = n < 0 ? below : above;
    const cpp_int towards = n < 0 ? above : below;
    const cpp_rational to_below = value - cpp_rational(below);
    const cpp_rational half(1, 2);
    const cpp_int& nearest = to_below < half ? below : above;
    switch (rule) {
        case Rounding::floor: return below;
        case Rounding::ceiling: return above;
        case Rounding::up: return away;
        case Rounding::down: return towards;
        case Rounding::half_up: return to_below == half ? away : nearest;
        case Rounding::half_down: return to_below == half ? towards : nearest;
        case Rounding::half_even:
            if (to_below != half) return nearest;
            return below % 2 == 0 ? below : above;
    }
    return 0;
}

/// Ratios whose halves are frequent.
Ratio any_ratio(std::mt19937_64& random) {
    if (random() % 2 == 0) {
        const auto n = static_cast<i128>(random() % 4001) - 2000;
        return Ratio(n, static_cast<i128>(random() % 40 + 1));
    }
    while (true) {
        const i128 n = any_i128(random);
        const i128 d = any_i128(random);
        if (d != 0 && n != i128_min && d != i128_min) return Ratio(n, d);
    }
}

TEST(Rounding, FollowsTheTableMadeByPython) {
    struct Case {
        Ratio ratio;
        std::array<int, 7> whole;  ///< by Rounding's numbers
    };
    // python3: int(Decimal(v).quantize(Decimal(1), rounding)) for the seven rules of module
    // decimal.
    const std::array cases{Case{Ratio(-11, 4), {-3, -3, -3, -3, -2, -3, -2}},
                           Case{Ratio(-5, 2), {-2, -3, -2, -3, -2, -3, -2}},
                           Case{Ratio(-9, 4), {-2, -2, -2, -3, -2, -3, -2}},
                           Case{Ratio(-3, 2), {-2, -2, -1, -2, -1, -2, -1}},
                           Case{Ratio(-1, 2), {0, -1, 0, -1, 0, -1, 0}},
                           Case{Ratio(-1, 4), {0, 0, 0, -1, 0, -1, 0}},
                           Case{Ratio(0, 1), {0, 0, 0, 0, 0, 0, 0}},
                           Case{Ratio(1, 4), {0, 0, 0, 1, 0, 0, 1}},
                           Case{Ratio(1, 2), {0, 1, 0, 1, 0, 0, 1}},
                           Case{Ratio(3, 2), {2, 2, 1, 2, 1, 1, 2}},
                           Case{Ratio(9, 4), {2, 2, 2, 3, 2, 2, 3}},
                           Case{Ratio(5, 2), {2, 3, 2, 3, 2, 2, 3}},
                           Case{Ratio(11, 4), {3, 3, 3, 3, 2, 2, 3}},
                           Case{Ratio(3, 1), {3, 3, 3, 3, 3, 3, 3}}};
    for (const Case& c : cases) {
        for (std::size_t rule = 0; rule < all_rules.size(); ++rule) {
            EXPECT_TRUE(round(c.ratio, all_rules[rule]) == c.whole[rule])
                << to_string(c.ratio) << " " << to_string(all_rules[rule]);
        }
    }
}

TEST(Rounding, NamesRoundTrip) {
    for (Rounding rule : all_rules) EXPECT_EQ(parse_rounding(to_string(rule)), rule);
    EXPECT_EQ(to_string(Rounding::half_even), "half_even");
    EXPECT_EQ(static_cast<int>(Rounding::ceiling), 6) << "numbers are stored: append only";
    EXPECT_THAT([] { (void)parse_rounding("bankers"); },
                ThrowsMessage<InvalidArgument>(
                    HasSubstr("rounding \"bankers\": there is no such rule: use half_even")));
}

TEST(Rounding, ProductsEqualTheOracleOrThrow) {
    std::mt19937_64 random(128);
    int thrown = 0;
    for (int i = 0; i < 20000; ++i) {
        const Amount amount{any_i128(random)};
        const Ratio ratio = any_ratio(random);
        const Rounding rule = all_rules[random() % all_rules.size()];
        const cpp_rational exact = cpp_rational(test::oracle(amount.minor)) * oracle(ratio);
        const cpp_int expected = rounded(exact, rule);
        if (!test::fits_i128(expected)) {
            ASSERT_THROW((void)multiply(amount, ratio, rule), OverflowError);
            ++thrown;
            continue;
        }
        ASSERT_EQ(test::oracle(multiply(amount, ratio, rule).minor), expected);
        const Rounded both = multiply_with_remainder(amount, ratio, rule);
        ASSERT_EQ(test::oracle(both.amount.minor), expected);
        ASSERT_EQ(oracle(both.remainder), exact - cpp_rational(expected));
    }
    EXPECT_GT(thrown, 100);
    EXPECT_LT(thrown, 10000);
}

TEST(Rounding, AveragesEqualTheOracleOrThrow) {
    std::mt19937_64 random(129);
    int returned = 0;
    for (int i = 0; i < 20000; ++i) {
        const i128 a = any_i128(random);
        const i128 b = any_i128(random);
        const i128 divisor = any_i128(random);
        if (divisor == 0) continue;
        const Rounding rule = all_rules[random() % all_rules.size()];
        const Wide sum = Wide::product(a, b);
        const cpp_int product = test::oracle(a) * test::oracle(b);
        const cpp_int expected =
            rounded(cpp_rational(product) / cpp_rational(test::oracle(divisor)), rule);
        if (!test::fits_i128(expected)) {
            ASSERT_THROW((void)divide(sum, divisor, rule), OverflowError);
            continue;
        }
        ASSERT_EQ(test::oracle(divide(sum, divisor, rule).minor), expected);
        ++returned;
    }
    EXPECT_GT(returned, 5000);
    EXPECT_THAT([] { (void)divide(Wide(i128{5}), 0, Rounding::down); },
                ThrowsMessage<InvalidArgument>(HasSubstr("sum 5 / 0")));
}

TEST(Ratio, IsNormalised) {
    EXPECT_EQ(Ratio(4, 6), Ratio(2, 3));
    EXPECT_EQ(Ratio(4, -6), Ratio(-2, 3));
    EXPECT_EQ(Ratio(-4, -6), Ratio(2, 3));
    EXPECT_EQ(Ratio(0, -6), Ratio{});
    EXPECT_EQ(Ratio(i128_min, i128_min), Ratio(1));
    EXPECT_EQ(Ratio(i128_min, 2).numerator(), i128_min / 2);
    EXPECT_EQ(to_string(Ratio(i128_min, 3)), to_string(i128_min) + "/3");
    EXPECT_THROW(Ratio(1, i128_min), OverflowError);
    EXPECT_THROW(Ratio(i128_min, -1), OverflowError);
    EXPECT_THAT([] { Ratio(5, 0); }, ThrowsMessage<InvalidArgument>(HasSubstr("ratio 5/0")));
}

template <class Operation>
void expect_same(const cpp_rational& expected, Operation operation) {
    if (test::fits_i128(numerator(expected)) && denominator(expected) <= test::oracle_max) {
        ASSERT_EQ(oracle(operation()), expected);
    } else {
        ASSERT_THROW((void)operation(), OverflowError) << expected;
    }
}

TEST(Ratio, ArithmeticEqualsTheOracleOrThrows) {
    std::mt19937_64 random(130);
    for (int i = 0; i < 10000; ++i) {
        const Ratio a = any_ratio(random);
        const Ratio b = any_ratio(random);
        expect_same(oracle(a) + oracle(b), [&] { return a + b; });
        expect_same(oracle(a) - oracle(b), [&] { return a - b; });
        expect_same(oracle(a) * oracle(b), [&] { return a * b; });
        if (!b.is_zero()) expect_same(oracle(a) / oracle(b), [&] { return a / b; });
        ASSERT_EQ(a < b, oracle(a) < oracle(b));
    }
    EXPECT_EQ(-Ratio(1, 3), Ratio(-1, 3));
    EXPECT_THAT([] { (void)(Ratio(1, 3) / Ratio{}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("ratio 1/3 / 0")));
    EXPECT_THAT([] { (void)(Ratio(i128_max) * Ratio(2)); },
                ThrowsMessage<OverflowError>(HasSubstr("needs more than 128 bits")));
}

TEST(Ratio, ReadsDecimalsAndFractions) {
    EXPECT_EQ(parse_ratio("7.1043"), Ratio(71043, 10000));
    EXPECT_EQ(parse_ratio("-0.50"), Ratio(-1, 2));
    EXPECT_EQ(parse_ratio("3"), Ratio(3));
    EXPECT_EQ(parse_ratio("4/6"), Ratio(2, 3));
    EXPECT_EQ(parse_ratio("-1/3"), Ratio(-1, 3));
    std::mt19937_64 random(131);
    for (int i = 0; i < 2000; ++i) {
        const Ratio ratio = any_ratio(random);
        ASSERT_EQ(parse_ratio(to_string(ratio)), ratio);
    }
}

TEST(Ratio, RefusesOtherText) {
    const auto refused = [](std::string_view text, std::string_view part) {
        EXPECT_THAT([&] { (void)parse_ratio(text); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
            << text;
    };
    refused("", "ratio \"\": the text is empty");
    refused("7,1", "ratio \"7,1\": character 2 is \",\"");
    refused("2.5%", "character 4 is \"%\"");
    refused("1/0", "ratio \"1/0\": the denominator is zero");
    refused("1/", "ratio \"1/\": character 3 is the end of the text: write a decimal such as");
    refused("1/-3", "character 3 is \"-\"");
    refused("1/3x", "denominator of a ratio \"3x\": character 2 is \"x\"");
    refused("1.5/3", "numerator of a ratio \"1.5\": character 3 is decimal 1");
    refused("/3", "numerator of a ratio \"\": the text is empty");
    refused("1/2/3", "denominator of a ratio \"2/3\": character 2 is \"/\"");
}

}  // namespace
}  // namespace ledger
