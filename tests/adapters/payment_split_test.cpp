// Splits (分账): shared out to the last unit, never beyond the order, and returned before a refund.
#include "payment_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const AccountId driver{2, 11};
const AccountId agent{2, 12};
const AccountId platform{2, 13};

class PaymentSplitTest : public PaymentTest {
protected:
    PaymentSplitTest() {
        Batch batch;
        for (const AccountId id : {driver, agent, platform}) {
            OpenAccount account = test_account(id, AccountKind::liability, "2203");
            account.limits.minimum = Amount{};
            batch.add(account);
        }
        desk_->define(std::move(batch));
    }
};

TEST_F(PaymentSplitTest, GivesAmountsAndSharesOfTheRestToTheLastUnit) {
    make_paid("P-1", 1000);
    const std::vector<SplitPart> parts{{platform, Amount{100}, 0}, {driver, {}, 1}, {agent, {}, 2}};
    EXPECT_EQ(payments().split("P-1", "S-1", Amount{600}, parts), SplitOutcome::split);
    EXPECT_EQ(balance(platform), 100);
    EXPECT_EQ(balance(driver), 167);
    EXPECT_EQ(balance(agent), 333);
    EXPECT_EQ(balance(test_shop), 400);
    restart();
    EXPECT_EQ(payments().split("P-1", "S-1", Amount{600}, parts), SplitOutcome::repeated);
    EXPECT_EQ(payments().split("P-1", "S-1", Amount{100}, {{driver, Amount{100}, 0}}),
              SplitOutcome::conflict);
    EXPECT_EQ(order("P-1").split, Amount{600});
}

TEST_F(PaymentSplitTest, IsNeverMoreThanTheOrderLeavesToItsMerchant) {
    make_paid("P-1", 1000);
    make_paid("P-2", 1000);  // the merchant has enough for more
    const auto split = [&](const char* key, std::int64_t amount) {
        return payments().split("P-1", key, Amount{amount}, {{driver, Amount{amount}, 0}});
    };
    EXPECT_EQ(split("S-1", 1001), SplitOutcome::exceeds_order);
    EXPECT_EQ(split("S-1", 700), SplitOutcome::split);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{100}), RefundOutcome::asked);
    EXPECT_EQ(split("S-2", 201), SplitOutcome::exceeds_order);
    EXPECT_EQ(split("S-2", 200), SplitOutcome::split);
    move(test_shop, test_bank, 1000);
    ASSERT_EQ(create("P-3", 100, {{"card", Amount{100}, ""}}), CreateOutcome::created);
    EXPECT_EQ(payments().split("P-3", "S-1", Amount{1}, {{driver, Amount{1}, 0}}),
              SplitOutcome::not_paid);
    EXPECT_EQ(payments().split("P-4", "S-1", Amount{1}, {{driver, Amount{1}, 0}}),
              SplitOutcome::order_unknown);
    make_paid("P-5", 100);
    move(test_shop, test_bank, 100);
    EXPECT_EQ(payments().split("P-5", "S-1", Amount{1}, {{driver, Amount{1}, 0}}),
              SplitOutcome::merchant_short);
}

TEST_F(PaymentSplitTest, IsReturnedBeforeARefundThatNeedsIt) {
    make_paid("P-1", 1000);
    ASSERT_EQ(payments().split("P-1", "S-1", Amount{600},
                               {{driver, Amount{200}, 0}, {agent, Amount{400}, 0}}),
              SplitOutcome::split);
    ASSERT_EQ(payments().refund("P-1", "R-1", Amount{400}), RefundOutcome::asked);
    EXPECT_EQ(balance(test_shop), 0);
    EXPECT_EQ(order("P-1").split, Amount{600});
    ASSERT_EQ(payments().refund("P-1", "R-2", Amount{300}), RefundOutcome::asked);
    EXPECT_EQ(balance(driver), 100);
    EXPECT_EQ(balance(agent), 200);
    EXPECT_EQ(balance(test_shop), 0);
    move(driver, test_bank, 1);
    EXPECT_EQ(payments().refund("P-1", "R-3", Amount{300}), RefundOutcome::merchant_short);
    EXPECT_EQ(order("P-1").split, Amount{300});
    move(test_bank, driver, 1);
    EXPECT_EQ(payments().refund("P-1", "R-3", Amount{300}), RefundOutcome::asked);
    EXPECT_EQ(order("P-1").split, Amount{});
    EXPECT_EQ(balance(agent), 0);
}

TEST_F(PaymentSplitTest, PartsThatMakeNoWholeAreRefused) {
    make_paid("P-1", 1000);
    const auto split = [&](std::int64_t whole, const std::vector<SplitPart>& parts) {
        return payments().split("P-1", "S-1", Amount{whole}, parts);
    };
    EXPECT_THAT([&] { split(100, {}); }, ThrowsMessage<InvalidArgument>(HasSubstr("0 of them")));
    EXPECT_THAT(
        [&] {
            split(100, {{driver, Amount{99}, 0}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("whole 100")));
    EXPECT_THAT(
        [&] {
            split(100, {{driver, Amount{100}, 0}, {agent, {}, 1}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("whole 100")));
    EXPECT_THAT(
        [&] {
            split(100, {{driver, Amount{50}, 1}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("either an amount or a share")));
    EXPECT_THAT(
        [&] {
            split(100, {{driver, Amount{50}, 0}, {driver, Amount{50}, 0}});
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("stands twice")));
}

}  // namespace
}  // namespace ledger::adapters
