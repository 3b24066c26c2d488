// The state machine at its bounds. Invariant tested: what is unbounded for a caller is bounded for
// one record, and long groups cost no more a record than short ones.
#include "duel.hpp"

#include "support/memory_past.hpp"

#include "ledger/posting/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {
namespace {

constexpr BookId book{1};

/// A machine with one book and one currency.
class MachineBounds : public testing::Test {
protected:
    explicit MachineBounds(const Capacity& capacity = {}) : machine_(past_, capacity) {}
    void SetUp() override {
        Batch batch;
        batch.add(DefineCurrency{{CurrencyCode{"CNY"}, 2, 156, "Yuan"}});
        batch.add(DefineBook{book, "book", false, 0, Date::none()});
        ASSERT_TRUE(post(batch));
    }
    Result post(Batch& batch) {
        Result result;
        instant_ = instant_ + std::chrono::nanoseconds{1};
        effects_.clear();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            result = machine_.post(batch, i, past_.last_position() + 1, instant_, effects_);
            if (result.outcome != Outcome::accepted) return result;
            past_.add_record(batch, i, instant_);
        }
        past_.add_effects(effects_, 0, 0);
        return result;
    }
    template <class Record>
    Outcome post_one(const Record& record) {
        Batch batch;
        if constexpr (requires { batch.add(record); }) {
            batch.add(record);
        } else {
            batch.add(RecordId{++id_}, record);
        }
        return post(batch).outcome;
    }
    static PlaceHold hold_on_first(HoldKind kind, std::vector<VoucherId> sources) {
        PlaceHold hold;
        hold.account = AccountId{1};
        hold.amount = Amount{1};
        hold.kind = kind;
        hold.sources = std::move(sources);
        return hold;
    }
    static OpenAccount account(std::uint64_t number, bool buffered) {
        OpenAccount open;
        open.id = AccountId{number};
        open.book = book;
        open.currency = CurrencyCode{"CNY"};
        open.code = "A";
        if (buffered) open.buffering = {std::chrono::hours{1}, 0};
        return open;
    }

    MemoryPast past_;
    posting::Machine machine_;
    posting::Effects effects_;
    Instant instant_{1'800'000'000'000'000'000};
    std::uint64_t id_ = 1'000'000;
};

TEST_F(MachineBounds, SoManyAccountsAreBufferedAndNoMore) {
    constexpr std::uint64_t most = bounds::buffered_accounts_max;
    Batch batch;
    for (std::uint64_t number = 1; number <= most; ++number) batch.add(account(number, true));
    ASSERT_EQ(post(batch).outcome, Outcome::accepted);
    EXPECT_EQ(post_one(account(most + 1, true)), Outcome::too_many_buffered);
    ASSERT_EQ(post_one(account(most + 1, false)), Outcome::accepted);
    const Buffering on{std::chrono::hours{1}, 0}, other{std::chrono::hours{2}, 10};
    EXPECT_EQ(post_one(SetBuffering{AccountId{most + 1}, on}), Outcome::too_many_buffered);
    EXPECT_EQ(post_one(SetBuffering{AccountId{5}, other}), Outcome::accepted);  // has it already
    EXPECT_EQ(post_one(SetBuffering{AccountId{5}, {}}), Outcome::accepted);
    EXPECT_EQ(post_one(SetBuffering{AccountId{most + 1}, on}), Outcome::accepted);
    EXPECT_EQ(post_one(SetBuffering{AccountId{5}, on}), Outcome::too_many_buffered);
    EXPECT_EQ(post_one(CloseAccount{AccountId{7}}), Outcome::accepted);
    EXPECT_EQ(post_one(SetBuffering{AccountId{5}, on}), Outcome::accepted);
    EXPECT_EQ(post_one(account(most + 2, true)), Outcome::too_many_buffered);

    // All of them have something to fold when the day is closed, in one record.
    const Date day = make_date(2026, 11, 2);
    const std::uint64_t vouchers = 2000;
    for (std::uint64_t i = 0; i < vouchers; ++i) {
        Batch one;
        one.add_voucher(RecordId{2'000'000 + i}, book)
            .debit(AccountId{10 + i}, Amount{5})
            .credit(AccountId{6}, Amount{5})
            .book_date(day);
        ASSERT_EQ(post(one).outcome, Outcome::accepted) << i;
    }
    ASSERT_EQ(post_one(CutDay{book, day}), Outcome::accepted);
    ASSERT_EQ(post_one(CloseDay{book, day}), Outcome::accepted);
    EXPECT_EQ(effects_.entries.size(), vouchers);
}

/// A ledger that holds little of everything.
class FullLedger : public MachineBounds {
protected:
    FullLedger() : MachineBounds(Capacity{3, 2, 2, 1, 2, 2, 2}) {}
    Outcome post_voucher(Date date, std::uint64_t to = 1) {
        Batch batch;
        batch.add_voucher(RecordId{++id_}, book)
            .debit(AccountId{to}, Amount{5})
            .credit(AccountId{3 - to}, Amount{5})
            .book_date(date);
        return post(batch).outcome;
    }
};

TEST_F(FullLedger, RefusesDefinitionsBeyondItsCapacityAndLivesOn) {
    EXPECT_EQ(post_one(DefineCurrency{{CurrencyCode{"EUR"}, 2, 978, ""}}), Outcome::accepted);
    EXPECT_EQ(post_one(DefineCurrency{{CurrencyCode{"USD"}, 2, 840, ""}}),
              Outcome::too_many_definitions);
    EXPECT_EQ(post_one(DefineGroup{"B", AccountKind::asset, ""}), Outcome::accepted);
    EXPECT_EQ(post_one(DefineGroup{"C", AccountKind::asset, ""}), Outcome::accepted);
    EXPECT_EQ(post_one(DefineGroup{"D", AccountKind::asset, ""}), Outcome::too_many_definitions);
    for (std::uint64_t number = 1; number <= 3; ++number) {
        EXPECT_EQ(post_one(account(number, false)), Outcome::accepted);
    }
    EXPECT_EQ(post_one(account(4, false)), Outcome::too_many_definitions);
    EXPECT_EQ(post_one(account(3, false)), Outcome::already_posted);
    EXPECT_EQ(post_voucher(Date::none()), Outcome::accepted);
}

TEST_F(FullLedger, CountsOpenTransitAccounts) {
    OpenAccount transit = account(1, false);
    transit.transit = true;
    ASSERT_EQ(post_one(transit), Outcome::accepted);
    transit.id = AccountId{2};
    EXPECT_EQ(post_one(transit), Outcome::too_many_definitions);
    EXPECT_EQ(post_one(CloseAccount{AccountId{1}}), Outcome::accepted);
    EXPECT_EQ(post_one(transit), Outcome::accepted);
}

TEST_F(FullLedger, CountsTheOpenDatesOfABook) {
    for (std::uint64_t number = 1; number <= 2; ++number) {
        ASSERT_EQ(post_one(account(number, false)), Outcome::accepted);
    }
    const Date first = make_date(2026, 11, 2);
    EXPECT_EQ(post_voucher(first), Outcome::accepted);
    EXPECT_EQ(post_voucher(first + 3), Outcome::accepted);
    EXPECT_EQ(post_voucher(first + 1), Outcome::too_many_dates);
    EXPECT_EQ(post_voucher(first + 3), Outcome::accepted);
    ASSERT_EQ(post_one(CutDay{book, first}), Outcome::accepted);
    ASSERT_EQ(post_one(CloseDay{book, first}), Outcome::accepted);
    EXPECT_EQ(post_voucher(first + 1), Outcome::accepted);
    EXPECT_EQ(post_voucher(first + 2), Outcome::too_many_dates);
}

TEST_F(FullLedger, CountsOpenHoldsAndItems) {
    ASSERT_EQ(post_one(account(1, false)), Outcome::accepted);
    OpenAccount items = account(2, false);
    items.open_items = true;
    ASSERT_EQ(post_one(items), Outcome::accepted);
    const PlaceHold hold = hold_on_first(HoldKind::ordinary, {});
    ASSERT_EQ(post_one(hold), Outcome::accepted);
    const HoldId second{id_ + 1};
    ASSERT_EQ(post_one(hold), Outcome::accepted);
    EXPECT_EQ(post_one(hold), Outcome::too_many_holds);
    EXPECT_EQ(post_one(ReleaseHold{second, {}, {}}), Outcome::accepted);
    EXPECT_EQ(post_one(hold), Outcome::accepted);

    EXPECT_EQ(post_voucher(Date::none()), Outcome::accepted);
    EXPECT_EQ(post_voucher(Date::none(), 2), Outcome::accepted);
    EXPECT_EQ(post_voucher(Date::none()), Outcome::too_many_items);
}

/// What this thread has worked so far: waiting for a processor that others use does not count.
std::chrono::nanoseconds worked() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// The least of several times: what the machine takes that is busy with nothing else.
template <class Measure>
auto fastest(Measure measure) {
    auto least = measure();
    for (int i = 0; i < 6; ++i) least = std::min(least, measure());
    return least;
}

/// Long vouchers, and precise holds on vouchers of the same run.
class LongJudging : public MachineBounds {
protected:
    void SetUp() override {
        MachineBounds::SetUp();
        for (std::uint64_t number = 1; number <= 2; ++number) {
            OpenAccount open = account(number, false);
            open.open_items = number == 2;
            ASSERT_EQ(post_one(open), Outcome::accepted);
        }
    }
    /// Opens so many items in one voucher.
    auto time_of_items(std::uint64_t count) {
        Batch batch;
        auto voucher = batch.add_voucher(RecordId{++id_}, book);
        voucher.credit(AccountId{1}, Amount{static_cast<i128>(count)});
        for (std::uint64_t i = 0; i < count; ++i) {
            voucher.debit(AccountId{2}, Amount{1});
            LineDetail detail;
            detail.opens = ItemId{id_ * 1'000'000 + i};
            batch.lines.back().detail = static_cast<std::uint32_t>(batch.line_details.size());
            batch.line_details.push_back(detail);
        }
        const auto start = worked();
        EXPECT_EQ(post(batch).outcome, Outcome::accepted);
        return worked() - start;
    }
    /// Posts vouchers that pay account 1, then precise holds on what the first of them brought.
    auto time_of_holds(std::uint64_t count) {
        Batch batch;
        const std::uint64_t first = id_ + 1;
        for (std::uint64_t i = 0; i < count; ++i) {
            batch.add_voucher(RecordId{++id_}, book)
                .debit(AccountId{1}, Amount{5})
                .credit(AccountId{2}, Amount{5});
            batch.lines.back().detail = no_detail;
        }
        PlaceHold hold = hold_on_first(HoldKind::precise, {});
        for (std::uint64_t i = 0; i < 16; ++i) hold.sources.push_back(VoucherId{first + i});
        for (std::uint64_t i = 0; i < count; ++i) batch.add(HoldId{++id_}, hold);
        effects_.clear();
        instant_ = instant_ + std::chrono::nanoseconds{1};
        std::chrono::nanoseconds time{};
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (i == count) past_.add_effects(effects_, 0, 0);
            const auto start = worked();
            const Result result =
                machine_.post(batch, i, past_.last_position() + 1, instant_, effects_);
            if (i >= count) time += worked() - start;
            EXPECT_EQ(result.outcome, Outcome::accepted) << to_string(result.outcome);
            past_.add_record(batch, i, instant_);
        }
        return time;
    }
};

TEST_F(LongJudging, AVoucherThatOpensManyItemsCostsNoMoreALineThanAShortOne) {
    const auto few = fastest([&] { return time_of_items(400); });
    EXPECT_LT(fastest([&] { return time_of_items(4000); }), 40 * few);  // 100 were it quadratic
}

TEST_F(LongJudging, ASourceInTheSameRunIsFoundWithoutLookingThroughTheRun) {
    const auto few = fastest([&] { return time_of_holds(400); });
    EXPECT_LT(fastest([&] { return time_of_holds(4000); }), 40 * few);  // 100 were it quadratic
}

TEST_F(LongJudging, WhatIsAskedOfThePastIsCounted) {
    (void)time_of_holds(16);
    const std::uint64_t before = machine_.old_facts_asked();
    Batch plain;
    plain.add_voucher(RecordId{++id_}, book)
        .debit(AccountId{1}, Amount{5})
        .credit(AccountId{2}, Amount{5});
    ASSERT_EQ(post(plain).outcome, Outcome::accepted);
    EXPECT_EQ(machine_.old_facts_asked(), before);
    const VoucherId source{id_};
    const PlaceHold hold = hold_on_first(HoldKind::precise, {source});
    ASSERT_EQ(post_one(hold), Outcome::accepted);
    EXPECT_EQ(machine_.old_facts_asked(), before + 2);  // the voucher, and the totals after it
}

/// Each record of a group looks for keys of those before it.
TEST_F(MachineBounds, ALongGroupIsJudgedInTimeProportionalToIt) {
    Batch accounts;
    for (std::uint64_t number = 1; number <= 2; ++number) accounts.add(account(number, false));
    ASSERT_EQ(post(accounts).outcome, Outcome::accepted);
    const auto time_of = [&](std::uint64_t records) {
        Batch batch;
        for (std::uint64_t i = 0; i < records; ++i) {
            batch.add_voucher(RecordId{100 + i}, book)
                .debit(AccountId{1}, Amount{1})
                .credit(AccountId{2}, Amount{1})
                .order(OrderId{7 + i});
        }
        effects_.clear();
        const auto start = worked();
        machine_.begin_group(batch, effects_, past_.last_position() + 1);
        for (std::uint64_t i = 0; i < records; ++i) {
            const Result result = machine_.post(batch, i, past_.last_position() + 1 + i,
                                                instant_ + std::chrono::seconds{1}, effects_);
            EXPECT_EQ(result.outcome, Outcome::accepted);
        }
        // A repetition within the group, and one after a part was taken back.
        Batch copy;
        copy.add_copy(batch, 3);
        machine_.begin_group(copy, effects_, past_.last_position() + 1);
        copy.forget_given(0);
        EXPECT_EQ(
            machine_.post(copy, 0, past_.last_position() + 1 + records, instant_, effects_).outcome,
            Outcome::already_posted);
        machine_.roll_back_group();
        machine_.roll_back_group();
        return worked() - start;
    };
    (void)time_of(8000);
    const auto is_linear = [&] { return time_of(16'000) < 12 * time_of(4'000); };
    EXPECT_TRUE(is_linear() || is_linear() || is_linear());  // 16 times where it is quadratic
}

TEST_F(MachineBounds, KeysOfAnInnerGroupThatWasTakenBackAreForgotten) {
    Batch accounts;
    for (std::uint64_t number = 1; number <= 2; ++number) accounts.add(account(number, false));
    ASSERT_EQ(post(accounts).outcome, Outcome::accepted);
    Batch batch;
    for (std::uint64_t i = 0; i < 600; ++i) {
        batch.add_voucher(RecordId{100 + i % 300}, book)
            .debit(AccountId{1}, Amount{1})
            .credit(AccountId{2}, Amount{1});
    }
    effects_.clear();
    Position at = past_.last_position() + 1;
    machine_.begin_group(batch, effects_, at);
    for (std::size_t first = 0; first < 300; first += 10) {
        const bool kept = first % 20 == 0;
        machine_.begin_group(batch, effects_, at);
        for (std::size_t i = first; i < first + 10; ++i) {
            ASSERT_EQ(machine_.post(batch, i, at + (i - first), instant_, effects_).outcome,
                      Outcome::accepted);
        }
        if (kept) {
            machine_.commit_group();
            at = at + 10;
        } else {
            machine_.roll_back_group();
        }
    }
    for (std::size_t i = 300; i < 600; ++i) {
        const bool kept = (i - 300) / 10 % 2 == 0;
        const Result result = machine_.post(batch, i, at, instant_, effects_);
        ASSERT_EQ(result.outcome, kept ? Outcome::already_posted : Outcome::accepted) << i;
        if (!kept) at = at + 1;
    }
    machine_.roll_back_group();
}

/// Every window that an outflow folds leaves its due moment in the queue, behind that of a window
/// that stays.
class DueWindows : public MachineBounds {
protected:
    static constexpr std::uint64_t stays = 1, alternates = 2, other = 3;
    static constexpr std::chrono::hours window{24};

    void SetUp() override {
        MachineBounds::SetUp();
        for (const std::uint64_t number : {stays, alternates, other}) {
            OpenAccount open = account(number, false);
            if (number != other) open.buffering = {window, 0};
            ASSERT_EQ(post_one(open), Outcome::accepted);
        }
        for (Position at{1}; at <= past_.last_position(); at = at + 1) {
            Batch batch;
            batch.add_copy(past_.record_at(at), 0);
            effects_.clear();
            replayed_.apply(batch, 0, at, past_.instant_of(at), effects_);
        }
        position_ = past_.last_position();
    }
    /// Posts it, and applies it to the machine that replays; the past does not learn of it.
    void post_and_replay(Batch& batch) {
        position_ = position_ + 1;
        effects_.clear();
        ASSERT_EQ(machine_.post(batch, 0, position_, instant_, effects_).outcome,
                  Outcome::accepted);
        entries_posted_ = effects_.entries.size();
        effects_.clear();
        replayed_.apply(batch, 0, position_, instant_, effects_);
    }
    void transfer(std::uint64_t to, std::uint64_t from) {
        Batch batch;
        batch.add_voucher(RecordId{++id_}, book)
            .debit(AccountId{to}, Amount{1})
            .credit(AccountId{from}, Amount{1});
        post_and_replay(batch);
    }
    void check_queues_are_short() {
        EXPECT_LE(machine_.state().buffer_due.size(), 1100);
        EXPECT_LE(replayed_.state().buffer_due.size(), 1100);
    }
    /// That both windows are due as they should, also after loading; then folds them.
    void check_both_fold_once(Instant first_due) {
        SavedState posted, replayed;
        machine_.save(posted);
        replayed_.save(replayed);
        EXPECT_EQ(posted.first_difference(replayed), "");
        posting::Machine loaded(past_);
        loaded.load(posted);
        for (posting::Machine* machine : {&machine_, &replayed_, &loaded}) {
            EXPECT_EQ(machine->next_due(), first_due);
        }
        instant_ = first_due + window;
        Batch batch;
        batch.add_time_passed();
        ASSERT_NO_FATAL_FAILURE(post_and_replay(batch));
        EXPECT_EQ(entries_posted_, 2);
        for (posting::Machine* machine : {&machine_, &replayed_}) {
            EXPECT_EQ(machine->next_due(), std::nullopt);
        }
    }

    posting::Machine replayed_{past_};
    Position position_;
    std::size_t entries_posted_ = 0;
};

TEST_F(DueWindows, FoldedOnesDoNotPileUp) {
    transfer(stays, other);
    const Instant first_due = instant_ + window;
    for (int i = 0; i < 100'000; ++i) {
        instant_ = instant_ + std::chrono::nanoseconds{1};
        ASSERT_NO_FATAL_FAILURE(transfer(alternates, other));
        if (i % 7 == 0) {
            ASSERT_EQ(machine_.next_due(), first_due);
        }
        ASSERT_NO_FATAL_FAILURE(transfer(other, alternates));
    }
    check_queues_are_short();
    transfer(alternates, other);
    check_both_fold_once(first_due);
}

TEST_F(DueWindows, WindowsOpenedAtOneInstantAreOneInTheQueue) {
    transfer(stays, other);
    const Instant first_due = instant_ + window;
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_NO_FATAL_FAILURE(transfer(alternates, other));
        ASSERT_EQ(machine_.next_due(), first_due);  // with the window open
        ASSERT_NO_FATAL_FAILURE(transfer(other, alternates));
    }
    check_queues_are_short();
    transfer(alternates, other);
    check_both_fold_once(first_due);
}

}  // namespace
}  // namespace ledger::oracle
