// Time driven by a manual clock: holds that expire, buffers that fold, clocks that jump, steps by
// hand.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace ledger {
namespace {

using namespace test;
using std::chrono::seconds;

class Time : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(all_accepted(ledger_.post(foundations(5))));
        ASSERT_TRUE(ledger_.post(transfer(1, 1, 2, 1000)));
    }
    Balance balance(std::uint64_t account) const {
        return *ledger_.view().balance(account_id(account));
    }
    Receipt hold(std::uint64_t id, std::int64_t amount, Instant expires) {
        PlaceHold place;
        place.account = account_id(1);
        place.amount = minor(amount);
        place.expires_at = expires;
        return ledger_.post(record_id(id), place, order_id(id));
    }

    /// As after a restart so much later, by the machine's clock.
    void reopen(std::chrono::nanoseconds later) {
        { const Ledger closed = std::move(ledger_); }
        clock_.set(start_instant + later);
        ledger_ = Ledger::open(temporary_ / "books", small_options(&clock_));
    }

    TemporaryDirectory temporary_;
    ManualClock clock_{start_instant};
    Ledger ledger_ = Ledger::create(temporary_ / "books", small_options(&clock_));
};

/// Whoever posts while the disk is busy may join a run that is being filled, but not one that was
/// refused: that has no instant of its own, and the journal would not take it.
TEST(ThreadsTime, ARefusedRunTakesNoMoreRecords) {
    constexpr std::uint64_t clients = 8;
    const TemporaryDirectory temporary;
    ManualClock clock{start_instant};
    Ledger ledger = Ledger::create(temporary / "books", small_options(&clock));
    ASSERT_TRUE(all_accepted(ledger.post(foundations(5))));
    std::atomic<bool> stop{false};
    std::array<std::map<Outcome, int>, clients> outcomes;
    std::vector<std::thread> threads;
    for (std::uint64_t client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            for (std::uint64_t id = 1'000'000 * (client + 1); !stop; ++id) {
                try {
                    ++outcomes[client][ledger.post(transfer(id, 1, 2, 1)).result.outcome];
                } catch (const PoisonedError&) {
                    ++outcomes[client][Outcome::outcome_unknown];
                    return;
                }
            }
        });
    }
    for (int round = 0; round < 100; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        clock.set(start_instant + std::chrono::hours{24});
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        clock.set(start_instant);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    for (std::map<Outcome, int>& counted : outcomes) {
        EXPECT_GT(counted[Outcome::accepted], 0);
        EXPECT_GT(counted[Outcome::clock_out_of_range], 0);
        EXPECT_EQ(counted.size(), 2u);
    }
}

TEST_F(Time, AHoldExpiresWithinASecondThoughNothingIsPosted) {
    ASSERT_TRUE(hold(10, 300, start_instant + seconds{60}));
    ASSERT_TRUE(hold(11, 200, start_instant + seconds{120}));
    EXPECT_EQ(balance(1).available(), minor(500));
    clock_.advance(seconds{61});
    const auto asked = std::chrono::steady_clock::now();
    ASSERT_TRUE(becomes_true([&] { return balance(1).held == minor(200); }));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, seconds{2});
    const View view = ledger_.view();
    EXPECT_EQ(view.hold(record_id(10))->remaining, Amount{});
    EXPECT_EQ(view.hold(record_id(11))->remaining, minor(200));
    EXPECT_EQ(view.record(view.position())->kind, RecordKind::time_passed);
    const Page<AccountEntry> newest = view.entries(account_id(1), {1, true, {}});
    ASSERT_EQ(newest.items.size(), 1u);
    EXPECT_EQ(newest.items[0].kind, EntryKind::hold_expired);
    EXPECT_EQ(newest.items[0].amount, minor(300));
    EXPECT_EQ(ledger_.post(record_id(12), ReleaseHold{record_id(10), {}, {}}).result.outcome,
              Outcome::hold_closed);
}

TEST_F(Time, NothingIsJudgedWhileMoreIsOverdueThanOneRunTakes) {
    constexpr std::uint64_t count = 9000;  // a run passes at most 8,192 of them
    Batch holds;
    for (std::uint64_t id = 100; id < 100 + count; ++id) {
        PlaceHold place;
        place.account = account_id(1);
        place.amount = minor(1);
        place.expires_at = start_instant + seconds{60};
        holds.add(record_id(id), place);
    }
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(holds))));
    clock_.advance(seconds{61});
    Batch late;
    for (std::uint64_t id = 100; id < 100 + count; ++id) {
        late.add(record_id(20'000 + id), ReleaseHold{record_id(id), {}, {}});
    }
    for (const Result& result : ledger_.post(std::move(late))) {
        ASSERT_EQ(result.outcome, Outcome::hold_closed) << to_string(result.outcome);
    }
    EXPECT_EQ(balance(1).held, Amount{});
}

TEST_F(Time, ADueHoldExpiresBeforeALaterRecordIsJudged) {
    ASSERT_TRUE(ledger_.post(record_id(9), SetLimits{account_id(1), {minor(0), {}}}));
    ASSERT_TRUE(hold(10, 1000, start_instant + seconds{60}));
    EXPECT_EQ(ledger_.post(transfer(2, 2, 1, 500)).result.outcome, Outcome::below_minimum);
    clock_.advance(seconds{60});
    EXPECT_TRUE(ledger_.post(transfer(2, 2, 1, 500)));
    EXPECT_EQ(balance(1).held, Amount{});
}

TEST_F(Time, HoldsOutliveReopeningAndExpireAfterIt) {
    ASSERT_TRUE(hold(10, 300, start_instant + seconds{60}));
    ledger_.close();
    { const Ledger gone = std::move(ledger_); }
    clock_.advance(seconds{100});
    ledger_ = Ledger::open(temporary_ / "books", small_options(&clock_));
    EXPECT_TRUE(becomes_true([&] { return balance(1).held == Amount{}; }));
}

TEST_F(Time, ABufferedLineIsInTheTotalAtOnceAndFoldsWithItsWindow) {
    ASSERT_TRUE(ledger_.post(record_id(10), SetBuffering{account_id(3), {seconds{30}, 0}}));
    const Receipt receipt = ledger_.post(transfer(2, 3, 2, 70));
    ASSERT_TRUE(receipt);
    const auto check = [&](const View& view) {
        const Balance seen = *view.balance(account_id(3));
        EXPECT_EQ(seen.total(), minor(70));
        EXPECT_EQ(seen.posted(), minor(0));
        EXPECT_EQ(seen.buffered_debits, minor(70));
        const Page<AccountEntry> lines = view.lines(account_id(3));
        ASSERT_EQ(lines.items.size(), 1u);
        EXPECT_TRUE(lines.items[0].buffered);
        EXPECT_EQ(lines.items[0].balance, seen);
    };
    check(ledger_.view());
    EXPECT_EQ(receipt.balances[0].balance.total(), minor(70));
    EXPECT_TRUE(ledger_.view().voucher(record_id(2)));
    EXPECT_TRUE(is_balanced(ledger_.view()));
    ledger_.seal();
    check(ledger_.view());
    ASSERT_TRUE(ledger_.post(transfer(3, 3, 2, 30)));
    clock_.advance(seconds{31});
    ASSERT_TRUE(becomes_true([&] { return balance(3).posted() == minor(100); }));
    EXPECT_EQ(balance(3).total(), minor(100));
    const Page<AccountEntry> newest = ledger_.view().entries(account_id(3), {1, true, {}});
    EXPECT_EQ(newest.items[0].kind, EntryKind::fold);
    EXPECT_EQ(newest.items[0].amount, minor(100));
    EXPECT_EQ(ledger_.view().lines(account_id(3)).items.size(), 2u) << "a fold counted as a line";
    check(ledger_.view().at(receipt.result.position));
}

TEST_F(Time, AnOutflowFoldsTheBufferFirst) {
    ASSERT_TRUE(
        ledger_.post(record_id(10), SetBuffering{account_id(3), {std::chrono::hours{1}, 0}}));
    ASSERT_TRUE(ledger_.post(record_id(11), SetLimits{account_id(3), {minor(0), {}}}));
    ASSERT_TRUE(ledger_.post(transfer(2, 3, 2, 70)));
    ASSERT_TRUE(ledger_.post(transfer(3, 2, 3, 60)));
    EXPECT_EQ(balance(3).posted(), minor(10));
    EXPECT_EQ(balance(3).buffered_debits, Amount{});
}

TEST_F(Time, AClockFarAheadRefusesPostsUntilItIsSetRight) {
    clock_.set(start_instant + std::chrono::hours{2});  // the steady clock has not moved
    EXPECT_EQ(ledger_.post(transfer(2, 1, 2, 1)).result.outcome, Outcome::clock_out_of_range);
    for (const Result& result : ledger_.post(transfers(100, 5, 5))) {
        EXPECT_EQ(result.outcome, Outcome::clock_out_of_range);
    }
    EXPECT_FALSE(ledger_.view().voucher(record_id(2)));
    clock_.set(start_instant + seconds{1});
    EXPECT_TRUE(ledger_.post(transfer(2, 1, 2, 1)));
    // Where the steady clock went with it, hours have really passed.
    clock_.advance(std::chrono::hours{5});
    EXPECT_TRUE(ledger_.post(transfer(3, 1, 2, 1)));
}

/// A machine that starts with a wrong year expires nothing.
TEST_F(Time, AClockFarAheadOfTheJournalAtOpeningRefusesPosts) {
    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(1);
    hold.expires_at = start_instant + std::chrono::hours{24 * 30};
    ASSERT_TRUE(ledger_.post(record_id(30), hold));
    reopen(std::chrono::hours{24 * 365 * 10});
    EXPECT_EQ(ledger_.post(transfer(2, 1, 2, 1)).result.outcome, Outcome::clock_out_of_range);
    EXPECT_EQ(ledger_.view().hold(record_id(30))->remaining, minor(1));
    reopen(std::chrono::hours{1});
    EXPECT_TRUE(ledger_.post(transfer(2, 1, 2, 1)));
    EXPECT_EQ(ledger_.view().hold(record_id(30))->remaining, minor(1));
}

TEST_F(Time, AClockThatGoesBackLeavesInstantsIncreasing) {
    Instant last = ledger_.view().instant();
    for (std::uint64_t id = 2; id < 12; ++id) {
        clock_.set(start_instant + seconds{-100 * static_cast<int>(id)});
        const Receipt receipt = ledger_.post(transfer(id, 1, 2, 1));
        ASSERT_TRUE(receipt);
        EXPECT_GT(receipt.result.instant, last);
        last = receipt.result.instant;
    }
    ledger_.close();
    { const Ledger gone = std::move(ledger_); }
    ledger_ = Ledger::open(temporary_ / "books", small_options(&clock_));
    EXPECT_GT(ledger_.post(transfer(50, 1, 2, 1)).result.instant, last);
}

TEST_F(Time, DaysAreCutAndClosed) {
    const Date day = utc_date(start_instant);
    ASSERT_TRUE(ledger_.post(CutDay{book, day}));
    const Receipt next = ledger_.post(transfer(2, 1, 2, 1));
    EXPECT_EQ(next.result.book_date, day + 1);
    EXPECT_EQ(next.result.number, 1u);
    Voucher late = transfer(3, 1, 2, 1);
    late.book_date = day;
    const Receipt entered = ledger_.post(late);
    EXPECT_EQ(entered.result.book_date, day);
    EXPECT_EQ(entered.result.number, 2u);  // after voucher 1 of SetUp
    ASSERT_TRUE(ledger_.post(CloseDay{book, day}));
    late.id = record_id(4);
    EXPECT_EQ(ledger_.post(late).result.outcome, Outcome::day_closed);
    EXPECT_EQ(ledger_.view().voucher(book, day, 2)->voucher.id, record_id(3));
    EXPECT_EQ(ledger_.view().voucher(book, day + 1, 1)->voucher.id, record_id(2));
}

TEST(Steps, SealOneByOneWhereTheBackgroundIsOff) {
    TemporaryDirectory temporary;
    ManualClock clock{start_instant};
    Options options = small_options(&clock);
    options.background = false;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", options);
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        std::uint64_t id = 1;
        for (int round = 0; round < 6; ++round) {
            ASSERT_TRUE(all_accepted(ledger.post(transfers(id, 1100, 10))));
            id += 1100;
            int steps = 0;
            while (ledger.step()) ASSERT_LT(++steps, 1000);
        }
        EXPECT_GT(ledger.stats().sealed_through, Position{4000});
        before = dump(ledger.view());
        ledger.seal();
        EXPECT_GE(ledger.stats().sealed_through.value, 6600u);
    }
    Ledger ledger = Ledger::open(temporary / "books", options);
    const std::string after = dump(ledger.view().at(dumped_position(before)));
    EXPECT_TRUE(before == after) << first_difference(before, after);
}

}  // namespace
}  // namespace ledger
