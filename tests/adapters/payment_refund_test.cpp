// Refunds: never more than was paid, over all routes; they wait for the channel's money; what a
// channel answers, it answers once.
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class PaymentRefundTest : public PaymentTest {
protected:
    RecordId only_part() { return payments().open_refunds().items.at(0).id; }
    RefundReplyOutcome answer(RecordId part, std::uint32_t attempt, RefundStatus status) {
        return payments().refund_answered({part, attempt, status});
    }
};

TEST_F(PaymentRefundTest, AreNeverMoreThanWasPaidOverAllRoutes) {
    make_paid("P-1", 500);
    make_paid("P-2", 500);  // the merchant has enough for more
    EXPECT_EQ(payments().refund("P-1", "R-1", Amount{300}), RefundOutcome::asked);
    EXPECT_EQ(payments().refund("P-1", "R-1", Amount{300}), RefundOutcome::repeated);
    EXPECT_EQ(payments().refund("P-1", "R-1", Amount{200}), RefundOutcome::conflict);
    EXPECT_EQ(payments().refund("P-1", "R-2", Amount{201}, RefundRoute::payout),
              RefundOutcome::exceeds_paid);
    EXPECT_EQ(payments().refund("P-1", "R-2", Amount{200}, RefundRoute::payout),
              RefundOutcome::asked);
    EXPECT_EQ(payments().refund("P-1", "R-3", Amount{1}), RefundOutcome::exceeds_paid);
    EXPECT_EQ(balance(test_shop), 500);
    const Page<RefundPart> parts = payments().open_refunds();
    ASSERT_EQ(parts.items.size(), 2u);
    EXPECT_EQ(parts.items[0].channel, "card");
    EXPECT_EQ(parts.items[1].channel, "bank");
}

TEST_F(PaymentRefundTest, TheBooksThemselvesRefuseMoreThanWasPaid) {
    make_paid("P-1", 500);
    Voucher voucher;
    voucher.id = VoucherId{9, 9};
    voucher.book = BookId{1};
    const ItemInfo item = desk_->view().open_items(books_.refundable.items).items.at(0);
    books_.refundable.clear(voucher, item.id, Amount{501});
    Batch batch;
    batch.add(voucher);
    EXPECT_EQ(desk_->post(std::move(batch)).refusal().outcome, Outcome::item_exceeded);
}

TEST_F(PaymentRefundTest, NeedAPaidOrderAndAMerchantWhoHasTheMoney) {
    EXPECT_EQ(payments().refund("P-1", "R-1", Amount{1}), RefundOutcome::order_unknown);
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().refund("P-1", "R-1", Amount{1}), RefundOutcome::not_paid);
    make_paid("P-2", 500);
    move(test_shop, test_bank, 450);
    EXPECT_EQ(payments().refund("P-2", "R-1", Amount{51}), RefundOutcome::merchant_short);
    EXPECT_EQ(payments().refund("P-2", "R-1", Amount{50}), RefundOutcome::asked);
    EXPECT_THAT([&] { (void)payments().refund("P-2", "R-2", Amount{0}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("amount 0: is not within 1..")));
    EXPECT_THAT([&] { (void)payments().refund("P-2", "#void", Amount{1}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("begins with #")));
}

TEST_F(PaymentRefundTest, AreSharedOutOverTheLegsToTheLastUnit) {
    ASSERT_EQ(
        create(
            "P-1", 1000,
            {{"card", Amount{500}, ""}, {"wallet", Amount{300}, ""}, {"coins", Amount{200}, ""}}),
        CreateOutcome::created);
    pay("P-1", 1, "card", "c1", 500);
    pay("P-1", 2, "wallet", "w1", 300);
    ASSERT_EQ(pay("P-1", 3, "coins", "k1", 200), NoticeOutcome::paid);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{333}), RefundOutcome::asked);
    ASSERT_EQ(payments().refund("P-1", "R-2", Amount{667}), RefundOutcome::asked);
    const PaymentOrder after = order("P-1");
    ASSERT_EQ(after.refunds.size(), 6u);
    EXPECT_EQ(after.refunds[0].amount, Amount{166});
    EXPECT_EQ(after.refunds[1].amount, Amount{100});
    EXPECT_EQ(after.refunds[2].amount, Amount{67});
    EXPECT_EQ(after.refunds[3].amount, Amount{334});
    EXPECT_EQ(after.refunded, Amount{1000});
    for (const RefundPart& part : after.refunds) {
        ASSERT_EQ(payments().send_refund(part.id).outcome, SendOutcome::sent);
        ASSERT_EQ(answer(part.id, 1, RefundStatus::success), RefundReplyOutcome::booked);
    }
    EXPECT_EQ(funds("card") + funds("wallet") + funds("coins"), 0);
    EXPECT_TRUE(desk_->view().open_items(books_.refundable.items).items.empty());
}

TEST_F(PaymentRefundTest, WaitForTheChannelsMoneyAndGoOnWhenItIsToppedUp) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    move(test_bank, books_.channel("card")->funds, 400);  // settled to the bank
    const RecordId part = only_part();
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::short_of_funds);
    restart();
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::short_of_funds);
    EXPECT_EQ(payments().open_refunds().items.at(0).attempts, 0u);
    move(books_.channel("card")->funds, test_bank, 400);  // topped up
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::booked);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(balance(books_.refunds), 0);
    EXPECT_TRUE(payments().open_refunds().items.empty());
}

TEST_F(PaymentRefundTest, TwoRefundsNeverCountOnTheSameMoney) {
    make_paid("P-1", 500);
    make_paid("P-2", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    ASSERT_EQ(payments().refund("P-2", "R-1", Amount{500}), RefundOutcome::asked);
    move(test_bank, books_.channel("card")->funds, 300);
    const Page<RefundPart> parts = payments().open_refunds();
    EXPECT_EQ(payments().send_refund(parts.items.at(0).id).outcome, SendOutcome::sent);
    EXPECT_EQ(payments().send_refund(parts.items.at(1).id).outcome, SendOutcome::short_of_funds);
}

TEST_F(PaymentRefundTest, UnknownStaysUnknownAndTheSameInstructionIsGivenAgain) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::not_sent);
    const SendResult sent = payments().send_refund(part);
    ASSERT_EQ(sent.outcome, SendOutcome::sent);
    EXPECT_EQ(sent.instruction.serial, "S-P-1");
    EXPECT_EQ(answer(part, 1, RefundStatus::unknown), RefundReplyOutcome::still_unknown);
    restart();
    const SendResult again = payments().send_refund(part);
    EXPECT_EQ(again.outcome, SendOutcome::in_flight);
    EXPECT_EQ(again.instruction.refund_number, sent.instruction.refund_number);
    EXPECT_EQ(again.instruction.attempt, 1u);
    EXPECT_EQ(answer(part, 2, RefundStatus::success), RefundReplyOutcome::not_sent);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::booked);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::repeated);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::done);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(payments().send_refund(RecordId{8, 8}).outcome, SendOutcome::part_unknown);
}

TEST_F(PaymentRefundTest, AFailureIsSentAgainUnderANewNumber) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    const SendResult first = payments().send_refund(part);
    EXPECT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::requeued);
    EXPECT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::repeated);
    EXPECT_EQ(desk_->view().balance(books_.channel("card")->funds)->held, Amount{});
    const SendResult second = payments().send_refund(part);
    EXPECT_EQ(second.outcome, SendOutcome::sent);
    EXPECT_EQ(second.instruction.attempt, 2u);
    EXPECT_NE(second.instruction.refund_number, first.instruction.refund_number);
}

TEST_F(PaymentRefundTest, WhatTheChannelCannotRefundIsPaidOutFromTheBank) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    EXPECT_EQ(answer(part, 1, RefundStatus::impossible), RefundReplyOutcome::requeued);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::short_of_funds);
    move(books_.channel("bank")->funds, test_bank, 500);
    const SendResult sent = payments().send_refund(part);
    ASSERT_EQ(sent.outcome, SendOutcome::sent);
    EXPECT_EQ(sent.instruction.channel, "bank");
    EXPECT_EQ(answer(part, 2, RefundStatus::success), RefundReplyOutcome::booked);
    EXPECT_EQ(funds("bank"), 0);
    EXPECT_EQ(funds("card"), 500);
}

TEST_F(PaymentRefundTest, SuccessAfterFailureIsBookedSoThatItIsNotPaidTwice) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    ASSERT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::requeued);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::contradiction);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::repeated);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::done);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(payments().open_contradictions().items.size(), 1u);
}

TEST_F(PaymentRefundTest, AClaimedSuccessIsNotPaidAgainWhereTheChannelIsShort) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    ASSERT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::requeued);
    move(test_bank, books_.channel("card")->funds, 500);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::contradiction);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::short_of_funds);
    move(books_.channel("card")->funds, test_bank, 500);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::done);
    EXPECT_EQ(order("P-1").refunds.at(0).attempts, 1u);
}

TEST_F(PaymentRefundTest, AClaimedSuccessCountsWhenTheAttemptAfterItFails) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    ASSERT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::requeued);
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    EXPECT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::contradiction);
    EXPECT_EQ(funds("card"), 500);
    EXPECT_EQ(answer(part, 2, RefundStatus::failure), RefundReplyOutcome::booked);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_TRUE(payments().open_refunds().items.empty());
}

TEST_F(PaymentRefundTest, FailureAfterSuccessChangesNothingAndIsNamed) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    ASSERT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::booked);
    EXPECT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::contradiction);
    EXPECT_EQ(answer(part, 1, RefundStatus::failure), RefundReplyOutcome::contradiction);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(payments().open_contradictions().items.size(), 1u);
}

TEST_F(PaymentRefundTest, MoneyThatPaysNoLegIsRefundedWithoutTheMerchant) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 1, "card", "c1", 400), NoticeOutcome::refunding);
    const RecordId part = only_part();
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    ASSERT_EQ(answer(part, 1, RefundStatus::success), RefundReplyOutcome::booked);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(balance(books_.refunds), 0);
}

}  // namespace
}  // namespace ledger::adapters
