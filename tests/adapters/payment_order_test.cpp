// Orders and what channels tell about them: paid once, by money that equals the payable; whatever
// else arrives goes back; what contradicts is named.
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using PaymentOrderTest = PaymentTest;

const Instant long_after = start_of_utc_day(test_day) + std::chrono::hours{24};

TEST_F(PaymentOrderTest, IsPaidOnlyWhenItsLegsTogetherEqualThePayable) {
    ASSERT_EQ(create("P-1", 1000,
                     {{"card", Amount{600}, ""},
                      {"coins", Amount{}, ""},
                      {"wallet", Amount{300}, ""},
                      {"fund", Amount{100}, ""}}),
              CreateOutcome::created);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 600), NoticeOutcome::booked);
    EXPECT_EQ(pay("P-1", 4, "fund", "f1", 100), NoticeOutcome::booked);
    EXPECT_EQ(balance(test_shop), 0);
    EXPECT_EQ(balance(books_.transit), 700);
    EXPECT_EQ(payments().open_orders().items.size(), 1u);
    restart();
    EXPECT_EQ(pay("P-1", 3, "wallet", "w1", 300), NoticeOutcome::paid);
    EXPECT_EQ(balance(test_shop), 1000);
    EXPECT_EQ(balance(books_.transit), 0);
    EXPECT_EQ(funds("card"), 600);
    EXPECT_EQ(order("P-1").state, PaymentState::paid);
    EXPECT_TRUE(order("P-1").is_final);
    EXPECT_TRUE(payments().open_orders().items.empty());
}

TEST_F(PaymentOrderTest, ZeroLegsAreNotPosted) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}, {"coins", Amount{}, ""}}),
              CreateOutcome::created);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::paid);
    EXPECT_TRUE(desk_->view().lines(books_.channel("coins")->funds).items.empty());
}

TEST_F(PaymentOrderTest, AForgedClaimOfAZeroAmountPaysNothing) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_THAT([&] { pay("P-1", 1, "card", "c1", 0); },
                ThrowsMessage<InvalidArgument>(HasSubstr("amount 0: is not more than zero")));
    EXPECT_THAT(
        [&] {
            create("P-2", 0, {{"card", Amount{}, ""}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("payable 0")));
    EXPECT_EQ(order("P-1").state, PaymentState::open);
}

TEST_F(PaymentOrderTest, LegsThatDoNotAddUpToThePayableAreRefused) {
    EXPECT_THAT(
        [&] {
            create("P-1", 500, {{"card", Amount{499}, ""}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("add up to 499, the payable is 500")));
    EXPECT_THAT(
        [&] {
            create("P-1", 500, {{"cash", Amount{500}, ""}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("channel \"cash\"")));
    EXPECT_THAT(
        [&] {
            create("P 1", 500, {{"card", Amount{500}, ""}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("order \"P 1\"")));
    EXPECT_FALSE(payments().order("P-1"));
}

TEST_F(PaymentOrderTest, IsCreatedOnceAndAnotherOneOfItsKeyIsAConflict) {
    EXPECT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    restart();
    EXPECT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::repeated);
    EXPECT_EQ(create("P-1", 400, {{"card", Amount{400}, ""}}), CreateOutcome::conflict);
    EXPECT_EQ(order("P-1").request.payable, Amount{500});
}

TEST_F(PaymentOrderTest, TheSameNoticeIsBookedOnceHoweverOftenItComes) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::paid);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::repeated);
    restart();
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::repeated);
    EXPECT_EQ(funds("card"), 500);
    EXPECT_EQ(balance(test_shop), 500);
}

TEST_F(PaymentOrderTest, ASerialThatComesWithAnotherAmountOrOrderIsAContradiction) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(create("P-2", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::paid);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 400), NoticeOutcome::contradiction);
    EXPECT_EQ(pay("P-2", 1, "card", "c1", 500), NoticeOutcome::contradiction);
    EXPECT_EQ(pay("P-2", 1, "card", "c1", 500), NoticeOutcome::contradiction);
    EXPECT_EQ(payments().notify(failure("P-1", 1, "card", "c1")), NoticeOutcome::contradiction);
    EXPECT_EQ(funds("card"), 500);
    EXPECT_EQ(order("P-2").state, PaymentState::open);

    const Page<OpenContradiction> open = payments().open_contradictions();
    ASSERT_EQ(open.items.size(), 3u);
    EXPECT_EQ(open.items[0].claim,
              "card says c1 brought 400 for leg 1 of P-1, but said before that it brought 500 "
              "for leg 1 of P-1");
    EXPECT_EQ(open.items[1].order, "P-2");
    EXPECT_EQ(open.items[2].amount, Amount{500});
    EXPECT_TRUE(payments().resolve(open.items[0].id, "anna", "the file says 500"));
    EXPECT_FALSE(payments().resolve(open.items[0].id, "anna", "the file says 500"));
    EXPECT_EQ(payments().open_contradictions().items.size(), 2u);
}

TEST_F(PaymentOrderTest, SuccessAfterFailureIsBookedAndNamed) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().notify(failure("P-1", 1, "card", "c1")), NoticeOutcome::failure_recorded);
    EXPECT_EQ(payments().notify(failure("P-1", 1, "card", "c1")), NoticeOutcome::repeated);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::contradiction);
    EXPECT_EQ(order("P-1").state, PaymentState::paid);
    EXPECT_EQ(payments().open_contradictions().items.size(), 1u);
}

TEST_F(PaymentOrderTest, AnUnknownOrderIsNamedAndItsMoneyIsBookedOnceItIsCreated) {
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::order_unknown);
    EXPECT_EQ(payments().notify(failure("P-1", 1, "card", "c2")), NoticeOutcome::order_unknown);
    ASSERT_EQ(payments().open_contradictions().items.size(), 1u);
    EXPECT_EQ(payments().open_contradictions().items[0].order, "P-1");
    EXPECT_EQ(funds("card"), 0);
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::paid);
}

TEST_F(PaymentOrderTest, LateSuccessAfterCloseIsBookedAndGoesBack) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().close("P-1", CloseReason::timeout, start_of_utc_day(test_day)),
              CloseOutcome::not_due);
    EXPECT_EQ(payments().close("P-1", CloseReason::timeout, long_after), CloseOutcome::closed);
    EXPECT_EQ(payments().close("P-1", CloseReason::timeout, long_after), CloseOutcome::repeated);
    EXPECT_TRUE(payments().open_orders().items.empty());
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::refunding);
    EXPECT_EQ(order("P-1").state, PaymentState::closed);
    EXPECT_EQ(balance(test_shop), 0);
    EXPECT_EQ(balance(books_.refunds), 500);
    const Page<RefundPart> refunds = payments().open_refunds();
    ASSERT_EQ(refunds.items.size(), 1u);
    EXPECT_EQ(refunds.items[0].channel, "card");
    EXPECT_EQ(refunds.items[0].serial, "c1");
    EXPECT_EQ(refunds.items[0].amount, Amount{500});
}

TEST_F(PaymentOrderTest, SuccessOnASecondChannelIsBookedAndGoesBack) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_TRUE(payments().offer("P-1", 1, "wallet"));
    EXPECT_EQ(pay("P-1", 1, "wallet", "w1", 500), NoticeOutcome::paid);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::refunding);
    EXPECT_FALSE(payments().offer("P-1", 1, "fund"));
    EXPECT_EQ(balance(test_shop), 500);
    EXPECT_EQ(order("P-1").surplus, Amount{500});
    EXPECT_EQ(payments().open_refunds().items.at(0).channel, "card");
}

TEST_F(PaymentOrderTest, AWrongAmountIsBookedAndGoesBackWhole) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 499), NoticeOutcome::refunding);
    EXPECT_EQ(pay("P-1", 1, "card", "c2", 501), NoticeOutcome::refunding);
    EXPECT_EQ(pay("P-1", 2, "card", "c3", 500), NoticeOutcome::refunding);
    EXPECT_EQ(pay("P-1", 1, "wallet", "w1", 500), NoticeOutcome::refunding);  // never offered
    EXPECT_EQ(balance(books_.refunds), 2000);
    EXPECT_EQ(order("P-1").state, PaymentState::open);
    EXPECT_EQ(pay("P-1", 1, "card", "c4", 500), NoticeOutcome::paid);
}

TEST_F(PaymentOrderTest, ClosingSendsBackTheLegsThatWerePaid) {
    ASSERT_EQ(create("P-1", 900, {{"card", Amount{600}, ""}, {"wallet", Amount{300}, ""}}),
              CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 2, "wallet", "w1", 300), NoticeOutcome::booked);
    EXPECT_EQ(payments().close("P-1", CloseReason::voided, {}), CloseOutcome::closed);
    EXPECT_EQ(balance(books_.transit), 0);
    EXPECT_EQ(payments().open_refunds().items.at(0).amount, Amount{300});
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 600), NoticeOutcome::refunding);
    EXPECT_EQ(order("P-1").refunded, Amount{});
    EXPECT_EQ(order("P-1").surplus, Amount{900});
}

TEST_F(PaymentOrderTest, VoidOfAPaidOrderRefundsAllOfItOnce) {
    make_paid("P-1", 500);
    EXPECT_EQ(payments().close("P-1", CloseReason::timeout, long_after),
              CloseOutcome::already_paid);
    EXPECT_EQ(payments().close("P-1", CloseReason::voided, {}), CloseOutcome::refunding);
    EXPECT_EQ(payments().close("P-1", CloseReason::voided, {}), CloseOutcome::repeated);
    EXPECT_EQ(balance(test_shop), 0);
    EXPECT_EQ(order("P-1").refunded, Amount{500});
    make_paid("P-2", 500);
    ASSERT_EQ(payments().refund("P-2", "R-1", Amount{1}), RefundOutcome::asked);
    EXPECT_EQ(payments().close("P-2", CloseReason::voided, {}), CloseOutcome::partly_refunded);
    make_paid("P-3", 500);
    move(test_shop, test_bank, 600);
    EXPECT_EQ(payments().close("P-3", CloseReason::voided, {}), CloseOutcome::merchant_short);
    EXPECT_EQ(payments().close("P-4", CloseReason::voided, {}), CloseOutcome::order_unknown);
}

TEST_F(PaymentOrderTest, AReversalUndoesTheSuccessThatComesWhileItIsUnanswered) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::asked);
    EXPECT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::repeated);
    ASSERT_EQ(payments().open_orders().items.at(0).reversals.size(), 1u);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::waits_for_reversal);
    EXPECT_EQ(payments().close("P-1", CloseReason::timeout, long_after), CloseOutcome::closed);
    EXPECT_FALSE(order("P-1").is_final);
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::unknown),
              ReversalReplyOutcome::still_unknown);
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::recorded);
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::repeated);
    EXPECT_EQ(funds("card"), 0);
    EXPECT_EQ(balance(books_.transit), 0);
    EXPECT_TRUE(order("P-1").is_final);
    EXPECT_TRUE(payments().open_refunds().items.empty());
}

TEST_F(PaymentOrderTest, ARefusedReversalLetsTheSuccessGoBackAsARefund) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_TRUE(payments().offer("P-1", 1, "wallet"));
    ASSERT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::asked);
    ASSERT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::waits_for_reversal);
    EXPECT_EQ(pay("P-1", 1, "wallet", "w1", 500), NoticeOutcome::paid);
    EXPECT_FALSE(order("P-1").is_final);
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::refused),
              ReversalReplyOutcome::recorded);
    EXPECT_EQ(payments().open_refunds().items.at(0).serial, "c1");
    EXPECT_TRUE(payments().open_orders().items.empty());
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::contradiction);
    EXPECT_EQ(payments().open_contradictions().items.size(), 1u);
}

TEST_F(PaymentOrderTest, SuccessAfterAConfirmedReversalIsAContradiction) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::not_asked);
    ASSERT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::asked);
    ASSERT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::recorded);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::contradiction);
    EXPECT_EQ(funds("card"), 0);
}

TEST_F(PaymentOrderTest, WhatIsKnownToHaveSucceededIsVoidedAndNotReversed) {
    make_paid("P-1", 500);
    EXPECT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::success_known);
    ASSERT_EQ(create("P-2", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(payments().close("P-2", CloseReason::voided, {}), CloseOutcome::closed);
    EXPECT_EQ(payments().reverse("P-2", 1, "card"), ReversalOutcome::order_final);
    EXPECT_EQ(payments().reverse("P-3", 1, "card"), ReversalOutcome::order_unknown);
}

using ThreadsPayment = PaymentTest;

TEST_F(ThreadsPayment, OneSerialToldOfTwoOrdersAtOnceIsBookedForOne) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(create("P-2", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    std::atomic<int> paid = 0;
    std::atomic<int> contradicted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const NoticeOutcome outcome = pay(i % 2 == 0 ? "P-1" : "P-2", 1, "card", "c1", 500);
            if (outcome == NoticeOutcome::paid) ++paid;
            if (outcome == NoticeOutcome::contradiction) ++contradicted;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(paid, 1);
    EXPECT_EQ(contradicted, 2);
    EXPECT_EQ(funds("card"), 500);
}

}  // namespace
}  // namespace ledger::adapters
