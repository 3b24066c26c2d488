// Settlement: a trial names what is unmet, a file is booked whole, and what nothing explains is an
// open item.
#include "ledger/adapters/payment_settlement.hpp"
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

#include <utility>
#include <vector>

namespace ledger::adapters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

const Date next_day = make_date(2026, 1, 6);

PaymentBooks books_with_card_fees() {
    PaymentBooks books = test_books();
    FeeRule rule;
    rule.channel = "card";
    rule.from = make_date(2026, 1, 1);
    rule.rate = Ratio(6, 1000);
    books.fees = {rule};
    return books;
}

class PaymentSettlementTest : public PaymentTest {
protected:
    PaymentSettlementTest()
        : PaymentTest(books_with_card_fees()),
          calendar_({TimeZone("+08:00"),
                     std::chrono::hours{24},
                     {std::chrono::Saturday, std::chrono::Sunday},
                     {},
                     {}}) {}

    SettlementTrial trial(const char* channel, Date today) {
        return Settlements(*desk_, books_).trial(channel, test_day, today, calendar_);
    }
    SettlementResult settle(const SettlementFile& file) {
        return Settlements(*desk_, books_).settle(file, next_day, calendar_);
    }
    static std::vector<SettlementCondition> conditions(const SettlementTrial& trial) {
        std::vector<SettlementCondition> named;
        for (const UnmetCondition& unmet : trial.unmet) named.push_back(unmet.condition);
        return named;
    }
    static std::vector<std::pair<SettlementDifference, std::string>> differences(
        const SettlementResult& result) {
        std::vector<std::pair<SettlementDifference, std::string>> named;
        for (const SettlementDiscrepancy& one : result.discrepancies) {
            named.emplace_back(one.difference, one.serial);
        }
        return named;
    }
    std::size_t open_items(AccountId account) const {
        return desk_->view().open_items(account).items.size();
    }
    /// A refund that went out: its number.
    std::string refund(const std::string& order, std::int64_t amount) {
        EXPECT_EQ(payments().refund(order, "R-1", Amount{amount}), RefundOutcome::asked);
        const RecordId part = payments().open_refunds().items.at(0).id;
        const SendResult sent = payments().send_refund(part);
        EXPECT_EQ(payments().refund_answered({part, 1, RefundStatus::success}),
                  RefundReplyOutcome::booked);
        return sent.instruction.refund_number;
    }

    Calendar calendar_;
};

TEST_F(PaymentSettlementTest, ATrialForecastsWhatTheChannelPaysAndWhen) {
    make_paid("P-1", 10'000);
    make_paid("P-2", 5'000);
    refund("P-2", 1'000);
    const SettlementTrial card = trial("card", next_day);
    EXPECT_EQ(card.received, Amount{15'000});
    EXPECT_EQ(card.refunded, Amount{1'000});
    EXPECT_EQ(card.fees, Amount{90});
    EXPECT_EQ(card.expected, Amount{13'910});
    EXPECT_EQ(card.due, next_day);
    EXPECT_THAT(card.unmet, IsEmpty());
}

TEST_F(PaymentSettlementTest, ATrialNamesEveryUnmetCondition) {
    using C = SettlementCondition;
    EXPECT_THAT(conditions(trial("card", test_day)),
                ElementsAre(C::nothing_received, C::day_not_over, C::not_due));
    ASSERT_EQ(create("P-1", 500, {{"wallet", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 1, "wallet", "w1", 500), NoticeOutcome::paid);
    EXPECT_THAT(conditions(trial("wallet", test_day)), ElementsAre(C::fee_unknown));  // D0

    make_paid("P-2", 1'000);
    EXPECT_EQ(pay("P-2", 1, "card", "S-P-2", 999), NoticeOutcome::contradiction);
    ASSERT_EQ(create("P-3", 300, {{"card", Amount{300}, ""}}), CreateOutcome::created);
    ASSERT_EQ(payments().reverse("P-3", 1, "card"), ReversalOutcome::asked);
    ASSERT_EQ(pay("P-3", 1, "card", "c3", 300), NoticeOutcome::waits_for_reversal);
    ASSERT_EQ(payments().refund("P-2", "R-1", Amount{100}), RefundOutcome::asked);
    const RecordId part = payments().open_refunds().items.at(0).id;
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    move(test_bank, books_.channel("card")->funds, 1'200);
    const SettlementTrial named = trial("card", next_day);
    EXPECT_THAT(conditions(named), ElementsAre(C::reversal_unanswered, C::refunds_in_flight,
                                               C::contradictions_open, C::funds_short));
    EXPECT_EQ(named.unmet[0].what, "c3");
    EXPECT_EQ(named.unmet[1].amount, Amount{100});
    EXPECT_EQ(named.unmet[2].amount, Amount{999});
    EXPECT_EQ(named.unmet[3].amount, Amount{1'200});
    const SettlementTrial later =
        Settlements(*desk_, books_).trial("card", next_day, next_day, calendar_);
    EXPECT_EQ(later.unmet.at(3).condition, C::older_open);
    EXPECT_EQ(later.unmet.at(3).amount, Amount{1'300});
}

TEST_F(PaymentSettlementTest, DueDaysAreBusinessDays) {
    const Date friday = make_date(2026, 1, 9);
    Settlements settlements(*desk_, books_);
    EXPECT_EQ(settlements.trial("card", friday, friday, calendar_).due, make_date(2026, 1, 12));
    EXPECT_EQ(settlements.trial("wallet", friday, friday, calendar_).due, friday);
    EXPECT_THAT([&] { (void)settlements.trial("fund", friday, friday, calendar_); },
                ThrowsMessage<InvalidArgument>(HasSubstr("no settlement terms")));
}

TEST_F(PaymentSettlementTest, AFileThatAgreesIsBookedNetOfFeesOnce) {
    make_paid("P-1", 10'000);
    make_paid("P-2", 5'000);
    const std::string number = refund("P-2", 1'000);
    const SettlementFile file{"card",
                              test_day,
                              {{false, "S-P-1", Amount{10'000}, Amount{60}},
                               {false, "S-P-2", Amount{5'000}, Amount{30}},
                               {true, number, Amount{1'000}, {}}},
                              Amount{13'910}};
    const SettlementResult result = settle(file);
    EXPECT_EQ(result.outcome, SettlementOutcome::settled);
    EXPECT_EQ(result.matched, 3u);
    EXPECT_EQ(result.trial.expected, file.paid);
    EXPECT_THAT(result.discrepancies, IsEmpty());
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(balance(test_bank), 13'910);
    EXPECT_EQ(balance(books_.channel("card")->fees_payable), 0);
    EXPECT_EQ(open_items(books_.channel("card")->settlement->unsettled.items), 0u);
    restart();
    EXPECT_EQ(settle(file).outcome, SettlementOutcome::repeated);
    SettlementFile other = file;
    other.paid = Amount{13'911};
    EXPECT_EQ(settle(other).outcome, SettlementOutcome::conflict);
    EXPECT_EQ(balance(test_bank), 13'910);
}

TEST_F(PaymentSettlementTest, AGrossFileLeavesTheFeesToBePaid) {
    ASSERT_EQ(create("P-1", 500, {{"wallet", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 1, "wallet", "w1", 500), NoticeOutcome::paid);
    const SettlementResult result =
        settle({"wallet", test_day, {{false, "w1", Amount{500}, Amount{3}}}, Amount{500}});
    EXPECT_THAT(differences(result),
                ElementsAre(std::pair(SettlementDifference::fee_differs, std::string("w1"))));
    EXPECT_EQ(balance(test_bank), 500);
    EXPECT_EQ(funds("wallet"), 0);
}

TEST_F(PaymentSettlementTest, WhatNothingExplainsIsBookedAsAnOpenItem) {
    using D = SettlementDifference;
    make_paid("P-1", 10'000);
    make_paid("P-2", 5'000);
    make_paid("P-3", 1'000);
    const SettlementResult result = settle({"card",
                                            test_day,
                                            {{false, "S-P-1", Amount{10'001}, Amount{60}},
                                             {false, "S-P-2", Amount{5'000}, Amount{31}},
                                             {false, "c9", Amount{700}, Amount{}}},
                                            Amount{15'600}});
    EXPECT_EQ(result.outcome, SettlementOutcome::settled);
    EXPECT_EQ(result.matched, 2u);
    EXPECT_THAT(differences(result),
                ElementsAre(std::pair(D::amount_differs, std::string("S-P-1")),
                            std::pair(D::fee_differs, std::string("S-P-2")),
                            std::pair(D::missing_in_books, std::string("c9")),
                            std::pair(D::missing_in_file, std::string("S-P-3")),
                            std::pair(D::total_differs, std::string())));
    EXPECT_EQ(balance(test_bank), 15'600);
    EXPECT_EQ(funds("card"), 1'000);
    EXPECT_EQ(open_items(books_.differences), 3u);
    EXPECT_EQ(balance(books_.differences), 1 + 700 - 10);
    EXPECT_EQ(trial("card", next_day).received, Amount{1'000});
}

TEST_F(PaymentSettlementTest, WaitsForRefundsThatHoldTheMoney) {
    make_paid("P-1", 1'000);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{1'000}), RefundOutcome::merchant_short);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{900}), RefundOutcome::asked);
    const RecordId part = payments().open_refunds().items.at(0).id;
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    const SettlementFile file{
        "card", test_day, {{false, "S-P-1", Amount{1'000}, Amount{6}}}, Amount{994}};
    EXPECT_EQ(settle(file).outcome, SettlementOutcome::funds_short);
    EXPECT_EQ(balance(test_bank), 0);
    ASSERT_EQ(payments().refund_answered({part, 1, RefundStatus::failure}),
              RefundReplyOutcome::requeued);
    EXPECT_EQ(settle(file).outcome, SettlementOutcome::settled);
}

TEST_F(PaymentSettlementTest, ManyRowsAreOneGroupOfSeveralVouchers) {
    SettlementFile file{"card", test_day, {}, {}};
    for (int i = 0; i < 2'500; ++i) {
        file.rows.push_back({false, "c" + std::to_string(i), Amount{2}, Amount{}});
        file.paid += Amount{2};
    }
    EXPECT_EQ(settle(file).discrepancies.size(), 2'500u);
    EXPECT_EQ(balance(test_bank), 5'000);
    EXPECT_EQ(balance(books_.differences), 5'000);
}

TEST_F(PaymentSettlementTest, AFileThatMakesNoSenseIsRefused) {
    EXPECT_THAT(
        [&] {
            settle({"card", test_day, {{false, "c1", Amount{}, Amount{}}}, {}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("row c1 has no amount within")));
    EXPECT_THAT(
        [&] {
            settle({"card",
                    test_day,
                    {{false, "c1", Amount{1}, Amount{}}, {true, "c1", Amount{1}, Amount{}}},
                    {}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("c1 stands twice")));
    EXPECT_THAT(
        [&] {
            settle({"card", Date::none(), {}, {}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("has no date")));
}

}  // namespace
}  // namespace ledger::adapters
