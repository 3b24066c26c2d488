// What others do to the books: foreign registers, accounts that refuse, other books beside these.
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class PaymentGuardTest : public PaymentTest {
protected:
    void freeze(AccountId account, Freeze freeze, std::uint64_t number) {
        Batch batch;
        batch.add(RecordId{6, number}, SetFreeze{account, freeze, ""});
        ASSERT_TRUE(desk_->post(std::move(batch)));
    }
    OrderId order_of_item(AccountId account) const {
        const View view = desk_->view();
        return view.record(view.open_items(account).items.at(0).position)->order;
    }
};

TEST_F(PaymentGuardTest, ARegisterThatNoPaymentPostedIsNotBelieved) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(create("P-2", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    const OrderId order = order_of_item(books_.open_orders.items);  // of P-1
    RegisterEntry paid;
    paid.type = 0x500f;
    paid.payload = R"({"merchant_fee":"0","order":"P-1","version":1})";
    Batch batch;
    batch.add(RecordId{5, 5}, paid, order);
    ASSERT_TRUE(desk_->post(std::move(batch)));
    EXPECT_THAT([&] { (void)payments().order("P-1"); },
                ThrowsMessage<CorruptionError>(HasSubstr("no payment of these books posted it")));

    // Its order is seen in the list, and the others are as before.
    const Page<OpenPayment> open = payments().open_orders();
    ASSERT_EQ(open.items.size(), 2u);
    EXPECT_THAT(open.items[0].problem, HasSubstr("no payment of these books posted it"));
    EXPECT_EQ(open.items[1].order, "P-2");
    EXPECT_EQ(open.items[1].problem, "");
    EXPECT_EQ(pay("P-2", 1, "card", "c2", 500), NoticeOutcome::paid);
}

TEST_F(PaymentGuardTest, AnItemThatNoPaymentOpenedIsNamedInTheList) {
    Batch batch;
    batch.add_voucher(VoucherId{5, 5}, BookId{1})
        .debit(test_bank, Amount{7})
        .credit(books_.refunds, Amount{7});
    ASSERT_TRUE(desk_->post(std::move(batch)));
    EXPECT_THAT(payments().open_refunds().items.at(0).problem,
                HasSubstr("no payment of these books opened it"));
}

TEST_F(PaymentGuardTest, AMerchantIsALiabilityOfTheseBooksThatCannotFallBelowZero) {
    const auto create_for = [&](AccountId merchant) {
        (void)payments().create(
            {"P-1", merchant, Amount{500}, {{"card", Amount{500}, ""}}, expires_});
    };
    EXPECT_THAT(
        [&] {
            create_for(AccountId{7, 7});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("is no account")));
    EXPECT_THAT([&] { create_for(test_bank); },
                ThrowsMessage<InvalidArgument>(HasSubstr("is no liability")));
    EXPECT_THAT([&] { create_for(books_.refunds); },
                ThrowsMessage<InvalidArgument>(HasSubstr("without open items")));
    EXPECT_THAT([&] { create_for(books_.channel("card")->fees_payable); },
                ThrowsMessage<InvalidArgument>(HasSubstr("may fall below zero")));
}

TEST_F(PaymentGuardTest, MoneyForAMerchantWhoseAccountRefusesItIsBookedAndWaits) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    freeze(test_shop, Freeze::outflow_only, 1);  // refuses inflow
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::merchant_refuses);
    EXPECT_EQ(pay("P-1", 1, "card", "c1", 500), NoticeOutcome::repeated);
    EXPECT_EQ(balance(books_.transit), 500);
    EXPECT_EQ(order("P-1").state, PaymentState::open);
    EXPECT_FALSE(payments().finish("P-1"));
    freeze(test_shop, Freeze::none, 2);
    EXPECT_TRUE(payments().finish("P-1"));
    EXPECT_TRUE(payments().finish("P-1"));
    EXPECT_EQ(balance(test_shop), 500);
    EXPECT_TRUE(order("P-1").is_final);
    EXPECT_FALSE(payments().finish("P-2"));
}

TEST_F(PaymentGuardTest, CoinsNeverBecomeMoney) {
    ASSERT_EQ(create("P-1", 500, {{"coins", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(pay("P-1", 1, "coins", "k1", 500), NoticeOutcome::paid);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}, RefundRoute::payout),
              RefundOutcome::asked);
    const RefundPart part = payments().open_refunds().items.at(0);
    EXPECT_EQ(part.channel, "coins");
    ASSERT_EQ(payments().send_refund(part.id).outcome, SendOutcome::sent);
    ASSERT_EQ(payments().refund_answered({part.id, 1, RefundStatus::impossible}),
              RefundReplyOutcome::requeued);
    EXPECT_EQ(payments().open_refunds().items.at(0).channel, "coins");
}

TEST_F(PaymentGuardTest, NothingIsSentFromAnAccountThatIsFrozen) {
    make_paid("P-1", 500);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = payments().open_refunds().items.at(0).id;
    freeze(books_.channel("card")->funds, Freeze::inflow_only, 1);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::funds_blocked);
    freeze(books_.channel("card")->funds, Freeze::none, 2);
    EXPECT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
}

TEST_F(PaymentGuardTest, TwoBooksOfOneLedgerKnowTheSameOrdersAndSerials) {
    PaymentBooks other = test_books();
    other.book = BookId{2};
    const auto moved = [](AccountId& id) { id = AccountId{id.high() + 100, id.low()}; };
    for (AccountId* id : {&other.transit, &other.refunds, &other.fee_expense, &other.differences,
                          &other.open_orders.items, &other.open_orders.counterpart,
                          &other.refundable.items, &other.refundable.counterpart,
                          &other.contradictions.items, &other.contradictions.counterpart}) {
        moved(*id);
    }
    for (PaymentChannel& channel : other.channels) {
        moved(channel.funds);
        if (channel.fees_payable) moved(channel.fees_payable);
        channel.settlement.reset();
    }
    const AccountId shop{102, 1};
    Batch batch;
    DefineBook book;
    book.book = BookId{2};
    batch.add(book);
    OpenAccount account = test_account(shop, AccountKind::liability, "2202");
    account.book = BookId{2};
    account.limits.minimum = Amount{};
    batch.add(account);
    other.define(batch, "Q");
    desk_->define(std::move(batch));

    Payments beside(*desk_, other);
    make_paid("P-1", 500);
    ASSERT_EQ(beside.create({"P-1", shop, Amount{300}, {{"card", Amount{300}, ""}}, expires_}),
              CreateOutcome::created);
    EXPECT_EQ(beside.notify(success("P-1", 1, "card", "S-P-1", 300)), NoticeOutcome::paid);
    EXPECT_EQ(balance(shop), 300);
    EXPECT_EQ(balance(test_shop), 500);
}

TEST_F(PaymentGuardTest, UnknownEnumeratorsAndHugeAmountsAreRefused) {
    make_paid("P-1", 500);
    EXPECT_THAT([&] { (void)payments().close("P-1", CloseReason{9}, {}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("reason 9")));
    EXPECT_THAT([&] { (void)payments().refund("P-1", "R-1", Amount{1}, RefundRoute{7}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("route 7")));
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{500}), RefundOutcome::asked);
    const RecordId part = payments().open_refunds().items.at(0).id;
    ASSERT_EQ(payments().send_refund(part).outcome, SendOutcome::sent);
    EXPECT_THAT(
        [&] {
            (void)payments().refund_answered({part, 1, RefundStatus{0}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("status 0")));
    EXPECT_THAT([&] { (void)pay("P-1", 1, "card", "c9", INT64_MAX); },
                ThrowsMessage<InvalidArgument>(HasSubstr("is not within 1..")));
}

TEST_F(PaymentGuardTest, AContradictionOfNoOrderIsResolvedToo) {
    ASSERT_EQ(pay("P-9", 1, "card", "c1", 500), NoticeOutcome::order_unknown);
    const RecordId id = payments().open_contradictions().items.at(0).id;
    EXPECT_THAT([&] { (void)payments().resolve(id, "anna", "\xff"); },
                ThrowsMessage<InvalidArgument>(HasSubstr("UTF-8")));
    EXPECT_TRUE(payments().resolve(id, "anna", "not ours"));
    EXPECT_FALSE(payments().resolve(RecordId{9, 9}, "anna", "not ours"));
    EXPECT_TRUE(payments().open_contradictions().items.empty());
}

TEST_F(PaymentGuardTest, WhatWasReversedIsNotOfferedAgain) {
    ASSERT_EQ(create("P-1", 500, {{"card", Amount{500}, ""}}), CreateOutcome::created);
    ASSERT_EQ(payments().reverse("P-1", 1, "card"), ReversalOutcome::asked);
    ASSERT_EQ(payments().reversal_answered("P-1", 1, "card", ReversalAnswer::reversed),
              ReversalReplyOutcome::recorded);
    EXPECT_FALSE(payments().offer("P-1", 1, "card"));
    EXPECT_TRUE(payments().offer("P-1", 1, "wallet"));
}

}  // namespace
}  // namespace ledger::adapters
