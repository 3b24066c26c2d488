// Checked amounts and the decimal digits of 128-bit integers.
#include "ledger/core/amount.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>

namespace ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

static_assert(sizeof(Amount) == 16 && std::is_trivially_copyable_v<Amount>);
static_assert(std::regular<Amount> && std::totally_ordered<Amount>);
static_assert(Amount{3} + Amount{4} == Amount{7} && Amount{3} - Amount{4} == -Amount{1});

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
    a == b;
};
// The twin that must compile stands first.
static_assert(Addable<Amount, Amount>);
static_assert(!Addable<Amount, int> && !Addable<int, Amount>);
static_assert(Comparable<Amount, Amount> && !Comparable<Amount, int>);
static_assert(!std::convertible_to<int, Amount> && !std::convertible_to<Amount, i128>);

TEST(Int128, PrintsTheEndsOfItsRange) {
    EXPECT_EQ(to_string(i128{0}), "0");
    EXPECT_EQ(to_string(i128{-1}), "-1");
    EXPECT_EQ(to_string(i128_max), "170141183460469231731687303715884105727");
    EXPECT_EQ(to_string(i128_min), "-170141183460469231731687303715884105728");
    EXPECT_EQ(to_string(~u128{0}), "340282366920938463463374607431768211455");
    EXPECT_EQ(to_string(u128{10}), "10");
}

TEST(Amount, SumsReachTheEndsOfTheRange) {
    const Amount largest{i128_max};
    const Amount smallest{i128_min};
    EXPECT_EQ(largest + Amount{0}, largest);
    EXPECT_EQ(largest + smallest, Amount{-1});
    EXPECT_EQ(smallest - smallest, Amount{0});
    EXPECT_EQ(-largest, smallest + Amount{1});
    Amount sum{5};
    sum += Amount{6};
    sum -= Amount{1};
    EXPECT_EQ(sum, Amount{10});
}

TEST(Amount, OverflowNamesBothOperands) {
    const Amount largest{i128_max};
    const Amount smallest{i128_min};
    EXPECT_THAT([&] { (void)(largest + Amount{1}); },
                ThrowsMessage<OverflowError>(
                    HasSubstr("170141183460469231731687303715884105727 + 1 (minor units)")));
    EXPECT_THROW((void)(smallest - Amount{1}), OverflowError);
    EXPECT_THROW((void)-smallest, OverflowError);
    Amount unchanged = largest;
    EXPECT_THROW(unchanged += Amount{1}, OverflowError);
    EXPECT_EQ(unchanged, largest);
}

TEST(Amount, OrdersBySignedValue) {
    EXPECT_LT(Amount{i128_min}, Amount{-1});
    EXPECT_LT(Amount{-1}, Amount{0});
    EXPECT_LT(Amount{0}, Amount{i128_max});
}

}  // namespace
}  // namespace ledger
