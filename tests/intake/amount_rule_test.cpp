// Amounts and signs in the forms of files.
#include "intake/amount_rule.hpp"

#include "intake/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ledger::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string read(AmountRule rule, const char* text, unsigned decimals = 2) {
    rule.value = TextTemplate(text, "here");
    try {
        return to_string(rule.read(Row{}, decimals));
    } catch (const Refusal& refusal) {
        return std::string("refused: ") + refusal.what();
    }
}

TEST(AmountRule, ReadsTheNumberWithItsSign) {
    const AmountRule plain;
    EXPECT_EQ(read(plain, "700.00"), "70000");
    EXPECT_EQ(read(plain, "-12.3"), "-1230");
    EXPECT_EQ(read(plain, " +5 "), "500");
    AmountRule inverted;
    inverted.sign = AmountRule::Sign::inverted;
    EXPECT_EQ(read(inverted, "-12.30"), "1230");
}

TEST(AmountRule, KnowsOtherSeparatorsUnitsAndDecoration) {
    AmountRule german;
    german.style = DecimalStyle(",", ".");
    EXPECT_EQ(read(german, "1.234.567,89"), "123456789");
    AmountRule minor;
    minor.minor_units = true;
    EXPECT_EQ(read(minor, "2133600"), "2133600");
    EXPECT_THAT(read(minor, "21.5"), HasSubstr("refused"));
    AmountRule decorated;
    decorated.strip = {"¥", "CNY"};
    EXPECT_EQ(read(decorated, "¥ 8.80"), "880");
    EXPECT_EQ(read(decorated, "8.80 CNY"), "880");
}

TEST(AmountRule, KnowsTrailingMinusAndParentheses) {
    AmountRule trailing;
    trailing.negative = AmountRule::Negative::trailing;
    EXPECT_EQ(read(trailing, "12.30-"), "-1230");
    EXPECT_EQ(read(trailing, "12.30"), "1230");
    EXPECT_THAT(read(trailing, "-12.30-"), HasSubstr("two signs"));
    AmountRule parentheses;
    parentheses.negative = AmountRule::Negative::parentheses;
    EXPECT_EQ(read(parentheses, "(12.30)"), "-1230");
    EXPECT_THAT(read(parentheses, "(12.30"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "(12.30)"), HasSubstr("refused"));
}

TEST(AmountRule, RefusesExcessDigitsEmptyAndOversizedNumbers) {
    EXPECT_THAT(read(AmountRule{}, "1.234"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "1.230"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "1,5"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "x"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "1e3"), HasSubstr("refused"));
    EXPECT_THAT(read(AmountRule{}, "99999999999999999999999999999999999999999"),
                HasSubstr("refused"));
    AmountRule inverted;
    inverted.sign = AmountRule::Sign::inverted;
    EXPECT_THAT(read(inverted, "-170141183460469231731687303715884105728", 0),
                HasSubstr("refused"));
}

TEST(AmountRule, TakesTheSignFromAColumnsValue) {
    AmountRule rule;
    rule.sign = AmountRule::Sign::column;
    rule.plus_values = {"in", "refund"};
    rule.minus_values = {"out"};
    rule.sign_value = TextTemplate("out", "here");
    EXPECT_EQ(read(rule, "5.00"), "-500");
    EXPECT_THAT(read(rule, "-5.00"), HasSubstr("is negative, but its sign is given by \"out\""));
    rule.sign_value = TextTemplate("refund", "here");
    EXPECT_EQ(read(rule, "5.00"), "500");
    rule.sign_value = TextTemplate("", "here");
    EXPECT_THAT(read(rule, "5.00"), HasSubstr("neither as plus nor as minus"));
}

TEST(AmountRule, TakesTheSignFromTwoColumns) {
    const auto both = [](const char* plus, const char* minus) {
        AmountRule rule;
        rule.plus = TextTemplate(plus, "here");
        rule.minus = TextTemplate(minus, "here");
        return rule.read(Row{}, 2);
    };
    EXPECT_EQ(both("5.00", " "), Amount{500});
    EXPECT_EQ(both("0.00", "5.00"), Amount{-500});
    EXPECT_EQ(both("", ""), Amount{});
    EXPECT_THAT([&] { both("1", "2"); },
                ThrowsMessage<Refusal>(HasSubstr("amounts stand in both columns")));
    EXPECT_THAT([&] { both("-1", ""); },
                ThrowsMessage<Refusal>(HasSubstr("its column already gives the sign")));
}

}  // namespace
}  // namespace ledger::intake
