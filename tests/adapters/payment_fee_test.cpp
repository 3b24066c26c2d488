// Fees: by a dated table, exact, rounded once, borne by whom the table names.
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

FeeRule rule(const char* channel, const char* card, Date from, Ratio rate,
             FeeBearer bearer = FeeBearer::merchant) {
    FeeRule rule;
    rule.channel = channel;
    rule.card_type = card;
    rule.from = from;
    rule.rate = rate;
    rule.bearer = bearer;
    return rule;
}

PaymentBooks books_with_fees() {
    PaymentBooks books = test_books();
    books.fees = {
        rule("card", "", make_date(2026, 1, 1), Ratio(6, 1000)),
        rule("card", "", make_date(2026, 1, 6), Ratio(5, 1000)),
        rule("card", "debit", make_date(2026, 1, 1), Ratio(4, 1000)),
        rule("wallet", "", make_date(2026, 1, 1), Ratio(38, 10'000), FeeBearer::platform)};
    books.fees[2].cap = Amount{20'00};
    return books;
}

class PaymentFeeTest : public PaymentTest {
protected:
    PaymentFeeTest() : PaymentTest(books_with_fees()) {}
};

TEST_F(PaymentFeeTest, AreThoseOfTheDateAndCardTypeRoundedOnceAndCapped) {
    const auto fee = [&](const char* card, Date date, std::int64_t amount) {
        return books_.find_fee("card", card, date, Amount{amount}).value_or(Fee{}).amount;
    };
    EXPECT_EQ(fee("credit", make_date(2025, 12, 31), 10'000), Amount{0});
    EXPECT_EQ(fee("credit", make_date(2026, 1, 5), 10'000), Amount{60});
    EXPECT_EQ(fee("credit", make_date(2026, 1, 6), 10'000), Amount{50});
    EXPECT_EQ(fee("debit", make_date(2026, 1, 6), 10'000), Amount{40});
    EXPECT_EQ(fee("debit", make_date(2026, 1, 6), 1'000'000), Amount{20'00});
    EXPECT_EQ(fee("credit", make_date(2026, 1, 5), 83), Amount{0});   // 0.498
    EXPECT_EQ(fee("credit", make_date(2026, 1, 6), 100), Amount{1});  // 0.5, half up
}

TEST_F(PaymentFeeTest, AreTakenFromTheMerchantOrThePlatformAndOwedToTheChannel) {
    ASSERT_EQ(
        create("P-1", 20'000, {{"card", Amount{10'000}, "credit"}, {"wallet", Amount{10'000}, ""}}),
        CreateOutcome::created);
    pay("P-1", 1, "card", "c1", 10'000);
    ASSERT_EQ(pay("P-1", 2, "wallet", "w1", 10'000), NoticeOutcome::paid);
    EXPECT_EQ(balance(test_shop), 19'940);
    EXPECT_EQ(balance(books_.fee_expense), 38);
    EXPECT_EQ(balance(books_.channel("card")->fees_payable), 60);
    EXPECT_EQ(balance(books_.channel("wallet")->fees_payable), 38);
    EXPECT_EQ(balance(books_.transit), 0);
}

TEST_F(PaymentFeeTest, ATableOutOfRangeIsRefused) {
    PaymentBooks books = test_books();
    books.fees = {rule("card", "", make_date(2026, 1, 1), Ratio(11, 10))};
    EXPECT_THAT([&] { Payments(*desk_, books); },
                ThrowsMessage<InvalidArgument>(HasSubstr("the rate 11/10 is not within 0..1")));
    books.fees = {rule("cash", "", make_date(2026, 1, 1), Ratio(1, 10))};
    EXPECT_THAT([&] { Payments(*desk_, books); },
                ThrowsMessage<InvalidArgument>(HasSubstr("no channel of these books")));
    books = test_books();
    books.channels[1].name = "card";
    EXPECT_THAT([&] { Payments(*desk_, books); },
                ThrowsMessage<InvalidArgument>(HasSubstr("stands twice")));
    books = test_books();
    books.refunds = books.transit;
    EXPECT_THAT([&] { Payments(*desk_, books); },
                ThrowsMessage<InvalidArgument>(HasSubstr("named twice")));
}

}  // namespace
}  // namespace ledger::adapters
