// 256-bit sums and products against Boost's unbounded integers.
#include "ledger/core/wide.hpp"

#include "ledger/core/error.hpp"
#include "oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>

namespace ledger {
namespace {

using test::any_i128;
using test::cpp_int;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

static_assert(sizeof(Wide) == 32 && std::is_trivially_copyable_v<Wide> && std::regular<Wide>);
static_assert(!std::convertible_to<i128, Wide> && !std::convertible_to<Wide, Amount>);
static_assert(Wide::product(i128_min, i128_min) == Wide::of_words(i128{1} << 126, 0));
static_assert(to_amount(Wide(Amount{-7}) + Wide(i128{9})) == Amount{2});

Wide any_wide(std::mt19937_64& random) {
    if (random() % 2 == 0) return Wide(any_i128(random));
    return Wide::of_words(any_i128(random), static_cast<u128>(any_i128(random)));
}

cpp_int oracle(const Wide& value) {
    return test::oracle(value.high) * (cpp_int(1) << 128) + cpp_int(to_string(value.low));
}

const cpp_int wide_limit = cpp_int(1) << 255;
bool fits_wide(const cpp_int& value) { return value >= -wide_limit && value < wide_limit; }

template <class Operation>
void expect_same(const cpp_int& expected, Operation operation) {
    if (fits_wide(expected)) {
        ASSERT_EQ(oracle(operation()), expected);
    } else {
        ASSERT_THROW((void)operation(), OverflowError) << expected;
    }
}

TEST(Wide, SumsEqualTheOracleOrThrow) {
    std::mt19937_64 random(256);
    for (int i = 0; i < 20000; ++i) {
        const Wide a = any_wide(random);
        const Wide b = any_wide(random);
        expect_same(oracle(a) + oracle(b), [&] { return a + b; });
        expect_same(oracle(a) - oracle(b), [&] { return a - b; });
        expect_same(-oracle(a), [&] { return -a; });
        ASSERT_EQ(a < b, oracle(a) < oracle(b));
        ASSERT_EQ(a == b, oracle(a) == oracle(b));
        ASSERT_EQ(to_string(a), oracle(a).str());
        ASSERT_EQ(a.fits_amount(), test::fits_i128(oracle(a)));
    }
}

TEST(Wide, ProductsEqualTheOracle) {
    std::mt19937_64 random(257);
    for (int i = 0; i < 20000; ++i) {
        const i128 a = any_i128(random);
        const i128 b = any_i128(random);
        ASSERT_EQ(oracle(Wide::product(a, b)), test::oracle(a) * test::oracle(b));
    }
}

TEST(Wide, HoldsWhatAmountsCannot) {
    Wide sum;
    for (int i = 0; i < 1000; ++i) sum += Amount{i128_max};
    EXPECT_FALSE(sum.fits_amount());
    EXPECT_EQ(oracle(sum), test::oracle_max * 1000);
    for (int i = 0; i < 999; ++i) sum -= Amount{i128_max};
    EXPECT_EQ(to_amount(sum), Amount{i128_max});
    sum += Amount{1};
    EXPECT_THAT(
        [&] { (void)to_amount(sum); },
        ThrowsMessage<OverflowError>(HasSubstr("the sum 170141183460469231731687303715884105728")));
}

TEST(Wide, OverflowsAtBothEndsNamingBoth) {
    EXPECT_THAT([] { (void)(wide_max + Wide(i128{1})); },
                ThrowsMessage<OverflowError>(HasSubstr(to_string(wide_max) + " + 1")));
    EXPECT_THROW((void)(wide_min - Wide(i128{1})), OverflowError);
    EXPECT_THROW((void)-wide_min, OverflowError);
    EXPECT_EQ(wide_max + wide_min, Wide(i128{-1}));
    EXPECT_EQ(wide_min - wide_min, Wide{});
}

}  // namespace
}  // namespace ledger
