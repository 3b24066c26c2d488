// Money: currencies do not mix, shares add up, exchange names rate, rounding and remainder.
#include "ledger/core/money.hpp"

#include "ledger/core/error.hpp"
#include "oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <numeric>

namespace ledger {
namespace {

using test::any_i128;
using test::cpp_int;
using test::cpp_rational;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const CurrencyCode cny("CNY");
const CurrencyCode usd("USD");
const Currency& iso(std::string_view code) { return *find_iso_currency(code); }

static_assert(std::regular<Money>);
template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
static_assert(Addable<Money, Money> && !Addable<Money, Amount> && !Addable<Amount, Money>);

TEST(Money, RefusesToMixCurrenciesNamingBoth) {
    const Money yuan{Amount{100}, cny};
    const Money dollars{Amount{200}, usd};
    EXPECT_EQ(yuan + yuan, (Money{Amount{200}, cny}));
    EXPECT_EQ(yuan - yuan, (Money{Amount{0}, cny}));
    EXPECT_EQ(-yuan, (Money{Amount{-100}, cny}));
    EXPECT_LT(-yuan, yuan);
    EXPECT_NE(yuan, dollars);
    EXPECT_NE(yuan, (Money{Amount{100}, usd}));
    EXPECT_THAT([&] { (void)(yuan + dollars); },
                ThrowsMessage<InvalidArgument>(
                    "money 100 minor units of CNY + 200 minor units of USD: the currencies differ; "
                    "exchange one of them first"));
    EXPECT_THROW((void)(yuan - dollars), InvalidArgument);
    EXPECT_THROW((void)(yuan < dollars), InvalidArgument);
    EXPECT_THAT([&] { (void)(yuan + Money{}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("0 minor units of no currency")));
    EXPECT_THROW((void)(Money{Amount{i128_max}, cny} + yuan), OverflowError);
}

TEST(Money, PrintsDecimalsAndCode) {
    EXPECT_EQ(to_string(Money{Amount{-1230}, cny}, 2), "-12.30 CNY");
    EXPECT_EQ(to_string(Money{Amount{5}, CurrencyCode("POINTS")}, 0), "5 POINTS");
}

std::vector<long> longs(const std::vector<Amount>& amounts) {
    std::vector<long> out;
    for (Amount amount : amounts) out.push_back(static_cast<long>(amount.minor));
    return out;
}

std::vector<long> allocated(long whole, std::vector<i128> weights) {
    return longs(allocate(Amount{whole}, weights));
}

TEST(Allocation, GivesTheUnitsLeftToTheLargestFractions) {
    EXPECT_THAT(allocated(100, {1, 1, 1}), ElementsAre(34, 33, 33));
    EXPECT_THAT(allocated(-100, {1, 1, 1}), ElementsAre(-34, -33, -33));
    EXPECT_THAT(allocated(100, {1, 2, 4}), ElementsAre(14, 29, 57));  // .29 .57 .14
    EXPECT_THAT(allocated(5, {3, 0, 7}), ElementsAre(2, 0, 3)) << "halves: the first one gets it";
    EXPECT_THAT(allocated(5, {7, 0, 3}), ElementsAre(4, 0, 1));
    EXPECT_THAT(allocated(1, {0, 0, 5, 5}), ElementsAre(0, 0, 1, 0));
    EXPECT_THAT(allocated(0, {1, 2}), ElementsAre(0, 0));
    EXPECT_THAT(allocated(7, {9}), ElementsAre(7));
}

TEST(Allocation, AddsUpToTheWholeAndStaysWithinOneUnit) {
    std::mt19937_64 random(99);
    for (int i = 0; i < 3000; ++i) {
        const Amount whole{any_i128(random)};
        std::vector<i128> weights(random() % 12 + 1);
        for (i128& weight : weights) {
            const i128 any = any_i128(random);
            weight = any == i128_min ? 0 : any < 0 ? -any : any;
            if (random() % 2 == 0) weight %= 1000;
        }
        weights.back() += weights.back() == 0 ? 1 : 0;
        cpp_int sum_of_weights = 0;
        for (i128 weight : weights) sum_of_weights += test::oracle(weight);
        const auto parts = allocate(whole, weights);
        ASSERT_EQ(parts.size(), weights.size());
        cpp_int sum = 0;
        for (std::size_t at = 0; at < parts.size(); ++at) {
            const cpp_int part = test::oracle(parts[at].minor);
            sum += part;
            const cpp_int error =
                part * sum_of_weights - test::oracle(whole.minor) * test::oracle(weights[at]);
            ASSERT_LT(abs(error), sum_of_weights);
            ASSERT_TRUE(weights[at] != 0 || part == 0);
        }
        ASSERT_EQ(sum, test::oracle(whole.minor));
    }
}

TEST(Allocation, WideAndNarrowArithmeticAgree) {
    // The same proportions with weights scaled up to where only 512 bits hold the products.
    std::mt19937_64 random(98);
    for (int i = 0; i < 500; ++i) {
        const Amount whole{static_cast<i128>(random() % 1'000'000)};
        std::vector<i128> weights(random() % 6 + 2);
        for (i128& weight : weights) weight = static_cast<i128>(random() % 100 + 1);
        std::vector<i128> scaled = weights;
        for (i128& weight : scaled) weight *= i128{1} << 119;
        ASSERT_EQ(allocate(whole, weights), allocate(whole, scaled));
    }
}

TEST(Allocation, RefusesWeightsThatShareNothing) {
    const auto refused = [](std::vector<i128> weights, std::string_view part) {
        EXPECT_THAT([&] { (void)allocate(Amount{10}, weights); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))));
    };
    refused({}, "allocation into 0 parts");
    refused({1, -2}, "allocation weight 2 is -2");
    refused({0, 0, 0}, "by 3 weights that are all 0");
    refused(std::vector<i128>(allocation_parts_max + 1, 1), "allocation into 65537 parts");
    EXPECT_THROW((void)split(Amount{10}, 0), InvalidArgument);
    EXPECT_THROW((void)split(Amount{10}, allocation_parts_max + 1), InvalidArgument);
}

TEST(Allocation, SplitsIntoEqualParts) {
    EXPECT_THAT(longs(split(Amount{10}, 4)), ElementsAre(3, 3, 2, 2));
    EXPECT_THAT(longs(split(Amount{-10}, 4)), ElementsAre(-3, -3, -2, -2));
    EXPECT_THAT(longs(split(Amount{2}, 3)), ElementsAre(1, 1, 0));
    std::mt19937_64 random(97);
    for (int i = 0; i < 1000; ++i) {
        const Amount whole{any_i128(random)};
        const std::size_t parts = random() % 50 + 1;
        const std::vector<i128> equal(parts, 1);
        ASSERT_EQ(split(whole, parts), allocate(whole, equal));
    }
    EXPECT_EQ(split(Amount{i128_min}, 1).front(), Amount{i128_min});
    EXPECT_EQ(allocate(Amount{i128_min}, std::vector<i128>{i128_max}).front(), Amount{i128_min});
}

TEST(Allocation, KeepsTheCurrency) {
    const Money whole{Amount{100}, cny};
    EXPECT_EQ(split(whole, 3).at(2), (Money{Amount{33}, cny}));
    EXPECT_EQ(allocate(whole, std::vector<i128>{1, 3}).at(1), (Money{Amount{75}, cny}));
}

TEST(Exchange, ScalesByTheDecimalsOfBothCurrencies) {
    // 100.00 USD at 7.1043 = 710.43 CNY; 1000 JPY at 0.00671 = 6.71 USD; 1.000 BHD at 398 = 398
    // JPY.
    const auto exact = exchange({Amount{10000}, usd}, iso("USD"), iso("CNY"), parse_ratio("7.1043"),
                                Rounding::half_even);
    EXPECT_EQ(exact, (Exchanged{{Amount{71043}, cny}, Ratio{}}));
    EXPECT_EQ(exchange({Amount{1000}, CurrencyCode("JPY")}, iso("JPY"), iso("USD"),
                       parse_ratio("0.00671"), Rounding::half_even),
              (Exchanged{{Amount{671}, usd}, Ratio{}}));
    EXPECT_EQ(exchange({Amount{1000}, CurrencyCode("BHD")}, iso("BHD"), iso("JPY"), Ratio(398),
                       Rounding::half_even),
              (Exchanged{{Amount{398}, CurrencyCode("JPY")}, Ratio{}}));
}

TEST(Exchange, ReturnsTheRemainderExactly) {
    // 0.05 USD at 7.1043 = 0.355215 CNY.
    const Money five_cents{Amount{5}, usd};
    const Ratio rate = parse_ratio("7.1043");
    const auto down = exchange(five_cents, iso("USD"), iso("CNY"), rate, Rounding::down);
    EXPECT_EQ(down, (Exchanged{{Amount{35}, cny}, parse_ratio("0.5215")}));
    const auto nearest = exchange(five_cents, iso("USD"), iso("CNY"), rate, Rounding::half_even);
    EXPECT_EQ(nearest, (Exchanged{{Amount{36}, cny}, parse_ratio("-0.4785")}));
    const auto owed = exchange(-five_cents, iso("USD"), iso("CNY"), rate, Rounding::floor);
    EXPECT_EQ(owed, (Exchanged{{Amount{-36}, cny}, parse_ratio("0.4785")}));
}

TEST(Exchange, EqualsTheOracleAtEveryScale) {
    std::mt19937_64 random(7);
    int returned = 0;
    for (int i = 0; i < 5000; ++i) {
        const Currency source{CurrencyCode("FROM"), static_cast<std::uint8_t>(random() % 19), 0,
                              ""};
        const Currency target{CurrencyCode("TO"), static_cast<std::uint8_t>(random() % 19), 0, ""};
        const Amount amount{any_i128(random) >> (random() % 100)};
        const Ratio rate(static_cast<i128>(random() % 1'000'000'000 + 1),
                         static_cast<i128>(random() % 1'000'000'000 + 1));
        const cpp_rational exact =
            cpp_rational(test::oracle(amount.minor)) *
            cpp_rational(test::oracle(rate.numerator()), test::oracle(rate.denominator())) *
            cpp_rational(pow(cpp_int(10), target.decimals), pow(cpp_int(10), source.decimals));
        cpp_int floor = numerator(exact) / denominator(exact);
        if (exact < cpp_rational(floor)) --floor;
        if (!test::fits_i128(floor)) {
            ASSERT_THROW(
                (void)exchange({amount, source.code}, source, target, rate, Rounding::floor),
                OverflowError);
            continue;
        }
        const Exchanged got =
            exchange({amount, source.code}, source, target, rate, Rounding::floor);
        ASSERT_EQ(test::oracle(got.money.amount.minor), floor);
        ASSERT_EQ(got.money.currency, target.code);
        ASSERT_EQ(cpp_rational(test::oracle(got.remainder.numerator()),
                               test::oracle(got.remainder.denominator())),
                  exact - cpp_rational(floor));
        ++returned;
    }
    EXPECT_GT(returned, 2500);
}

TEST(Exchange, RefusesWhatIsNoExchange) {
    const Money dollars{Amount{100}, usd};
    const auto refused = [&](const Currency& source, const Currency& target, const Ratio& rate,
                             std::string_view part) {
        EXPECT_THAT([&] { (void)exchange(dollars, source, target, rate, Rounding::half_up); },
                    ThrowsMessage<InvalidArgument>(
                        AllOf(HasSubstr("exchange of 100 minor units of USD from"),
                              HasSubstr(std::string(part)))));
    };
    refused(iso("EUR"), iso("CNY"), Ratio(7), "the money is in another currency");
    refused(iso("USD"), iso("USD"), Ratio(1), "they are the same");
    refused(iso("USD"), iso("CNY"), Ratio(0), "the rate is 0");
    refused(iso("USD"), iso("CNY"), Ratio(-7), "the rate is -7");
    EXPECT_THROW((void)exchange({Amount{i128_max}, usd}, iso("USD"), iso("CNY"), Ratio(7),
                                Rounding::half_up),
                 OverflowError);
}

}  // namespace
}  // namespace ledger
