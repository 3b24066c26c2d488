// Decimal strings: exact both ways, strict, and refused with text, place and remedy.
#include "ledger/core/decimal.hpp"

#include "ledger/core/error.hpp"
#include "oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>

namespace ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const DecimalStyle german(",", ".");
const DecimalStyle swiss(".", "\xE2\x80\x99");
const DecimalStyle french(",", "\xC2\xA0");

void expect_refused(std::string_view text, unsigned decimals, std::string_view part,
                    const DecimalStyle& style = {}) {
    EXPECT_THAT([&] { (void)parse_amount(text, decimals, style); },
                ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
        << text;
}

TEST(Decimal, ReadsAndPrintsTheSameAmount) {
    struct Case {
        std::string_view text;
        unsigned decimals;
        i128 minor;
    };
    for (const Case& c :
         {Case{"0", 0, 0}, Case{"-1", 0, -1}, Case{"0.00", 2, 0}, Case{"0.01", 2, 1},
          Case{"-0.01", 2, -1}, Case{"12.30", 2, 1230}, Case{"1234567.89", 2, 123456789},
          Case{"-1.234", 3, -1234}, Case{"0.000000000000000001", 18, 1},
          Case{"170141183460469231731687303715884105727", 0, i128_max},
          Case{"-170141183460469231731687303715884105728", 0, i128_min},
          Case{"1701411834604692317316873037158841057.27", 2, i128_max},
          Case{"-170141183460469231731.687303715884105728", 18, i128_min}}) {
        EXPECT_EQ(parse_amount(c.text, c.decimals), Amount{c.minor}) << c.text;
        EXPECT_EQ(to_decimal(Amount{c.minor}, c.decimals), c.text);
    }
}

TEST(Decimal, ReadsOtherFormsOfTheSameAmount) {
    EXPECT_EQ(parse_amount("+5", 2), Amount{500});
    EXPECT_EQ(parse_amount("5.1", 2), Amount{510});
    EXPECT_EQ(parse_amount("-0", 2), Amount{0});
    EXPECT_EQ(parse_amount("0007.10", 2), Amount{710});
    EXPECT_EQ(parse_amount(std::string(500, '0').append("1"), 0), Amount{1});
}

TEST(Decimal, RoundTripsEveryAmountAtEveryDecimalsAndStyle) {
    std::mt19937_64 random(18);
    for (int i = 0; i < 20000; ++i) {
        const Amount amount{test::any_i128(random)};
        const auto decimals = static_cast<unsigned>(random() % 19);
        for (const DecimalStyle* style : {&german, &swiss, &french}) {
            ASSERT_EQ(parse_amount(to_decimal(amount, decimals, *style), decimals, *style), amount);
        }
        ASSERT_EQ(parse_amount(to_decimal(amount, decimals), decimals), amount);
    }
}

TEST(Decimal, RefusesWhatIsNoAmount) {
    const std::string_view remedy =
        "write an optional sign and digits, with \".\" before at most 2";
    expect_refused("", 2, "amount \"\": the text is empty: " + std::string(remedy));
    expect_refused("12x", 2, "amount \"12x\": character 3 is \"x\": " + std::string(remedy));
    expect_refused("-", 2, "character 2 is the end of the text");
    expect_refused("+-1", 2, "character 2 is \"-\"");
    expect_refused(" 1", 2, "character 1 is \" \"");
    expect_refused("1 ", 2, "character 2 is \" \"");
    expect_refused(".5", 2, "character 1 is \".\"");
    expect_refused("5.", 2, "character 3 is the end of the text");
    expect_refused("1.2.3", 2, "character 4 is \".\"");
    expect_refused("1,5", 2, "character 2 is \",\"");
    expect_refused("1e3", 2, "character 2 is \"e\"");
    expect_refused("0x1", 2, "character 2 is \"x\"");
    expect_refused("NaN", 2, "character 1 is \"N\"");
    expect_refused(
        "\xE2\x88\x92"
        "5",
        2, "character 1 is \"\xE2\x88\x92\"");
    expect_refused("\xEF\xBC\x91", 2, "character 1 is \"\xEF\xBC\x91\"");
    expect_refused(std::string_view("1\0", 2), 2, "character 2 is \"\\x00\"");
}

TEST(Decimal, RefusesExcessDigitsEvenZeros) {
    expect_refused("1.234", 2, "amount \"1.234\": character 5 is decimal 3, at most 2 are exact");
    expect_refused("1.230", 2, "character 5 is decimal 3");
    expect_refused("1.0", 0, "character 3 is decimal 1, at most 0");
    expect_refused("1.2345678901234567890", 18, "character 21 is decimal 19, at most 18");
    expect_refused("1x", 0, "without decimals");
    EXPECT_THAT([] { (void)parse_amount("1", 19); },
                ThrowsMessage<InvalidArgument>(HasSubstr("19 decimals: at most 18")));
    EXPECT_THROW((void)to_decimal(Amount{1}, 19), InvalidArgument);
}

TEST(Decimal, RefusesWhatLeaves128Bits) {
    expect_refused("170141183460469231731687303715884105728", 0,
                   "at character 39 it leaves the range of 128 bits");
    expect_refused("-170141183460469231731687303715884105729", 0, "at character 40 it leaves");
    expect_refused("1701411834604692317316873037158841057.28", 2, "at character 40 it leaves");
    expect_refused("1701411834604692317316873037158841058", 2, "its last character leaves");
    expect_refused("-170141183460469231731.687303715884105729", 18, "leaves the range");
    expect_refused(std::string(5000, '9'), 0, "...\": at character 39 it leaves");
}

TEST(Decimal, ReadsConfiguredSeparators) {
    EXPECT_EQ(parse_amount("1.234,56", 2, german), Amount{123456});
    EXPECT_EQ(parse_amount("1234,56", 2, german), Amount{123456});
    EXPECT_EQ(parse_amount("-12.345.678,9", 2, german), Amount{-1234567890});
    EXPECT_EQ(parse_amount("123", 2, german), Amount{12300});
    EXPECT_EQ(parse_amount("1\xE2\x80\x99"
                           "234.56",
                           2, swiss),
              Amount{123456});
    EXPECT_EQ(to_decimal(Amount{-123456789}, 2, german), "-1.234.567,89");
    EXPECT_EQ(to_decimal(Amount{-12345}, 2, german), "-123,45");
    EXPECT_EQ(to_decimal(Amount{123456}, 3, german), "123,456");
    EXPECT_EQ(to_decimal(Amount{100000}, 2, french),
              "1\xC2\xA0"
              "000,00");
}

TEST(Decimal, RefusesBrokenGroups) {
    expect_refused("1.23,45", 2, "the group before character 5 has 2 digits", german);
    expect_refused("1234.567,00", 2, "the group before character 5 has 4 digits", german);
    expect_refused("1.2345,00", 2, "the group before character 7 has 4 digits", german);
    expect_refused("1..234,00", 2, "the group before character 3 has 0 digits", german);
    expect_refused("1.234.", 2, "the group before character 7 has 0 digits", german);
    expect_refused(".123", 2, "character 1 is \".\"", german);
    expect_refused("0.125", 3, "a grouped number begins with 0 at character 1: drop the zeros, or",
                   german);
    expect_refused("-012.125", 2, "begins with 0 at character 2", german);
    expect_refused("1234.56", 2, "the group before character 5 has 4 digits", german);
    expect_refused("1,234.56", 2, "character 5 is decimal 3, at most 2", german);
    expect_refused("1,234.56", 3, "character 6 is \".\": write an optional sign", german);
}

TEST(DecimalStyle, RefusesSeparatorsThatCannotWork) {
    const auto refused = [](std::string_view decimal, std::string_view grouping,
                            std::string_view part) {
        EXPECT_THAT([&] { DecimalStyle(decimal, grouping); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))));
    };
    refused("", "", "decimal separator \"\": it is not one character");
    refused("..", "", "decimal separator \"..\": it is not one character");
    refused("5", "", "decimal separator \"5\": character 1 is \"5\"");
    refused("-", "", "character 1 is \"-\"");
    refused(".", "\n", "grouping separator \"\\x0a\"");
    refused(",", ",", "grouping separator \",\": it is the decimal separator as well");
}

TEST(Decimal, IgnoresTheLocaleOfTheProcess) {
    const char* before = std::setlocale(LC_ALL, nullptr);
    const std::string saved = before == nullptr ? "C" : before;
    if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) (void)std::setlocale(LC_ALL, "C.UTF-8");
    EXPECT_EQ(parse_amount("1.5", 2), Amount{150});
    EXPECT_EQ(to_decimal(Amount{150}, 2), "1.50");
    std::setlocale(LC_ALL, saved.c_str());
}

}  // namespace
}  // namespace ledger
