// Strong ids: what they refuse to mix with, and their texts.
#include "ledger/core/id.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <random>
#include <unordered_set>

namespace ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

template <class A, class B>
concept Comparable = requires(A a, B b) {
    a == b;
};
template <class A, class B>
concept Assignable = requires(A& a, B b) {
    a = b;
};
// Each twin that must compile stands beside the one that must not.
static_assert(Comparable<AccountId, AccountId> && !Comparable<AccountId, OrderId>);
static_assert(Assignable<AccountId, AccountId> && !Assignable<AccountId, OrderId>);
static_assert(Assignable<VoucherId, HoldId>, "both are keys of records");
static_assert(!Assignable<AccountId, u128> && !Comparable<AccountId, u128>);
static_assert(!std::convertible_to<AccountId, u128> && !std::convertible_to<u128, AccountId>);
static_assert(!std::convertible_to<AccountId, bool> && std::constructible_from<bool, AccountId>);
static_assert(sizeof(AccountId) == 16 && std::is_trivially_copyable_v<AccountId>);

TEST(Id, OrdersByItsUnsignedValue) {
    EXPECT_LT(AccountId(0, 5), AccountId(1, 0));
    EXPECT_LT(AccountId(1, 0), AccountId(~std::uint64_t{0}, 0));
    EXPECT_FALSE(AccountId{});
    EXPECT_TRUE(AccountId(0, 1));
    EXPECT_EQ(AccountId(3, 4).high(), 3u);
    EXPECT_EQ(AccountId(3, 4).low(), 4u);
}

TEST(Id, PrintsThirtyTwoDigitsAndReadsThemBack) {
    EXPECT_EQ(to_string(AccountId(0x0123456789abcdef, 0xfedcba9876543210)),
              "0123456789abcdeffedcba9876543210");
    EXPECT_EQ(id_to_string(0), std::string(32, '0'));
    std::mt19937_64 random(7);
    for (int i = 0; i < 1000; ++i) {
        const u128 value = from_words(random(), random());
        EXPECT_TRUE(id_from_hex(id_to_string(value)) == value);
    }
}

TEST(Id, ReadsShortDigitsBothCasesAndUuids) {
    EXPECT_TRUE(id_from_hex("0") == 0);
    EXPECT_TRUE(id_from_hex("fF") == 255);
    EXPECT_TRUE(id_from_hex("01234567-89ab-cdef-FEDC-ba9876543210") ==
                from_words(0x0123456789abcdef, 0xfedcba9876543210));
}

TEST(Id, RefusesOtherTextAndNamesThePlace) {
    const auto refused = [](std::string_view text, std::string_view part) {
        EXPECT_THAT([&] { id_from_hex(text); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
            << text;
    };
    refused("", "id \"\": there are no digits");
    refused("12g4", "id \"12g4\": character 3 is \"g\": write 1 to 32 hexadecimal digits");
    refused("0x12", "character 2 is \"x\"");
    refused(std::string(33, '1'), "it has 33 bytes");
    refused("0123-4567", "it has 9 bytes");
    refused("01234567-89ab-cdef-fedc-ba987654321-", "character 36 is \"-\"");
    refused("012345678-9ab-cdef-fedc-ba9876543210", "character 9 is \"8\"");
    refused("\xC3\xA9z", "character 1 is \"\xC3\xA9\"");
    refused(std::string("1\0", 2), "character 2 is \"\\x00\"");
    refused(std::string(500, 'f'), "...\": it has 500 bytes");
}

TEST(Id, OfTextIsXxh3AndNeverChanges) {
    // XXH3-128 with seed 0, as `xxh128sum` prints it: these values are in journals.
    EXPECT_EQ(id_to_string(id_from_text("a")), "a96faf705af16834e6c632b61e964e1f");
    EXPECT_EQ(id_to_string(id_from_text("abc")), "06b05ab6733a618578af5f94892f3950");
    EXPECT_THAT([] { id_from_text(""); }, ThrowsMessage<InvalidArgument>(HasSubstr("is empty")));
}

TEST(Id, MixSpreadsSequentialKeys) {
    std::unordered_set<std::uint64_t> low_bits;
    for (std::uint64_t i = 1; i <= 4096; ++i) low_bits.insert(mix(i) & 0xFFFF);
    EXPECT_GT(low_bits.size(), 3800u);
}

}  // namespace
}  // namespace ledger
