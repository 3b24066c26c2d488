// Amounts at the end of 128 bits through the machine and the naive model, which counts without
// bounds. Invariant tested: what fits is exact, however far outside the sums on the way to it are,
// and what does not fit is refused.
#include "duel.hpp"

#include <gtest/gtest.h>

namespace ledger::oracle {
namespace {

constexpr BookId book{1};
constexpr AccountId a{1};
constexpr AccountId b{2};
/// 1.5e38: one fits, two do not.
constexpr Amount most{i128{15} * 1'000'000'000'000'000'000 * 1'000'000'000'000'000'000 * 10};

class PostingOverflow : public testing::Test {
protected:
    void SetUp() override {
        Batch batch;
        batch.add(DefineCurrency{{CurrencyCode{"CNY"}, 2, 156, "Yuan"}});
        batch.add(DefineBook{book, "book", false, 0, Date::none()});
        for (const AccountId id : {a, b}) {
            OpenAccount open;
            open.id = id;
            open.book = book;
            open.currency = CurrencyCode{"CNY"};
            open.code = "A";
            batch.add(open);
        }
        EXPECT_EQ(outcome(batch), Outcome::accepted);
    }
    void TearDown() override { EXPECT_EQ(duel_.replay(), ""); }

    /// Of the batch's last record, on which both agree.
    Outcome outcome(const Batch& batch) {
        now_ = now_ + std::chrono::seconds{1};
        NaiveLedger expected = duel_.naive();
        const Outcome last = expected.post_batch(batch, now_).back().outcome;
        EXPECT_EQ(duel_.post({now_, batch}), "");
        return last;
    }
    Outcome transfer(RecordId id, AccountId to, AccountId from, Amount amount,
                     Ink ink = Ink::black) {
        Batch batch;
        batch.add_voucher(id, book).debit(to, amount, ink).credit(from, amount, ink);
        return outcome(batch);
    }
    /// All that is left of the sources, or at most so much.
    Outcome hold_precisely(HoldId id, std::vector<VoucherId> sources, Amount amount = {}) {
        PlaceHold hold;
        hold.account = a;
        hold.amount = amount;
        hold.kind = HoldKind::precise;
        hold.sources = std::move(sources);
        Batch batch;
        batch.add(id, hold);
        return outcome(batch);
    }
    Outcome set_minimum(RecordId id, Amount minimum) {
        Batch batch;
        batch.add(id, SetLimits{a, {minimum, {}}});
        return outcome(batch);
    }
    Big held() const { return duel_.naive().held(*duel_.naive().find_account(a)); }

    Duel duel_;
    Instant now_{1'800'000'000'000'000'000};
};

TEST_F(PostingOverflow, AVoucherMayBringMoreThanATotalHolds) {
    Batch batch;
    batch.add_voucher(RecordId{10}, book)
        .debit(a, most)
        .debit(a, most, Ink::red)
        .debit(a, most)
        .credit(b, most);
    ASSERT_EQ(outcome(batch), Outcome::accepted);
    EXPECT_EQ(hold_precisely(HoldId{11}, {RecordId{10}}), Outcome::accepted);
    EXPECT_EQ(held(), big(most));
}

/// -2^127 has no opposite: whoever looks at the account from its other side could not say it.
TEST_F(PostingOverflow, ABalanceFitsOnBothSides) {
    constexpr AccountId liability{3};
    Batch batch;
    OpenAccount open;
    open.id = liability;
    open.book = book;
    open.currency = CurrencyCode{"CNY"};
    open.code = "L";
    open.kind = AccountKind::liability;
    batch.add(open);
    ASSERT_EQ(outcome(batch), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{10}, liability, a, Amount{i128_max}), Outcome::accepted);
    EXPECT_EQ(transfer(RecordId{11}, a, liability, Amount{1}, Ink::red), Outcome::overflow);
    EXPECT_EQ(transfer(RecordId{12}, a, liability, Amount{1}), Outcome::accepted);
}

TEST_F(PostingOverflow, ATotalMayHaveFallenByMoreThanItHoldsSinceTheSource) {
    ASSERT_EQ(transfer(RecordId{10}, a, b, most), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{11}, a, b, most, Ink::red), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{12}, a, b, most, Ink::red), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{13}, b, a, most, Ink::red), Outcome::accepted);
    ASSERT_EQ(set_minimum(RecordId{14}, Amount{-most.minor}), Outcome::accepted);
    EXPECT_EQ(hold_precisely(HoldId{15}, {RecordId{10}}), Outcome::accepted);
    EXPECT_EQ(held(), big(most));
}

TEST_F(PostingOverflow, MoreIsLeftOfTwoSourcesThanCanBeHeld) {
    ASSERT_EQ(transfer(RecordId{10}, a, b, most), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{11}, a, b, most, Ink::red), Outcome::accepted);
    ASSERT_EQ(transfer(RecordId{12}, a, b, most), Outcome::accepted);
    ASSERT_EQ(set_minimum(RecordId{13}, Amount{-most.minor}), Outcome::accepted);
    const std::vector<VoucherId> sources{RecordId{10}, RecordId{12}};
    EXPECT_EQ(hold_precisely(HoldId{14}, sources), Outcome::overflow);
    const Amount wanted{most.minor + most.minor / 100};
    EXPECT_EQ(hold_precisely(HoldId{15}, sources, wanted), Outcome::accepted);
    EXPECT_EQ(held(), big(wanted));
}

TEST_F(PostingOverflow, APlainVoucherLeavesTheAvailableAmountWithin128Bits) {
    PlaceHold hold;
    hold.account = a;
    hold.amount = most;
    Batch batch;
    batch.add(HoldId{10}, hold);
    ASSERT_EQ(outcome(batch), Outcome::accepted);
    const Amount tenth{most.minor / 10};
    EXPECT_EQ(transfer(RecordId{11}, b, a, Amount{tenth.minor * 7}), Outcome::overflow);
    EXPECT_EQ(transfer(RecordId{12}, b, a, tenth), Outcome::accepted);
    EXPECT_EQ(transfer(RecordId{13}, b, a, tenth), Outcome::overflow);

    // Line by line, whatever the voucher as a whole does.
    Batch out_first;
    out_first.add_voucher(RecordId{14}, book).credit(a, tenth).debit(a, tenth);
    EXPECT_EQ(outcome(out_first), Outcome::overflow);
    Batch in_first;
    in_first.add_voucher(RecordId{15}, book).debit(a, tenth).credit(a, tenth);
    EXPECT_EQ(outcome(in_first), Outcome::accepted);
}

/// What the captures before the first refused one took is no longer held when overflow is judged.
TEST_F(PostingOverflow, CapturesBeforeAClosedHoldCount) {
    Batch holds;
    PlaceHold hold;
    hold.account = a;
    hold.amount = Amount{1};
    holds.add(HoldId{10}, hold);
    holds.add(RecordId{11}, ReleaseHold{HoldId{10}, {}, {}});
    holds.add(HoldId{12}, hold);
    hold.amount = Amount{i128_max - 1};
    holds.add(HoldId{13}, hold);
    ASSERT_EQ(outcome(holds), Outcome::accepted);
    const auto capture_and_a_closed_one = [&](RecordId id, HoldId first) {
        Batch batch;
        auto voucher = batch.add_voucher(id, book);
        voucher.credit(a, Amount{3}).debit(b, Amount{3});
        voucher.detail().captures = {{first, Amount{2}, {}}, {HoldId{10}, Amount{1}, {}}};
        return outcome(batch);
    };
    EXPECT_EQ(capture_and_a_closed_one(RecordId{14}, HoldId{13}), Outcome::hold_closed);
    EXPECT_EQ(capture_and_a_closed_one(RecordId{15}, HoldId{12}), Outcome::overflow);  // exceeded
}

}  // namespace
}  // namespace ledger::oracle
