// Random histories through the posting machine and the naive model: every result, resolved record,
// entry, key, saved state and replay is compared. Set LEDGER_TEST_SEEDS=first:count to run others
// than the usual.
#include "duel.hpp"

#include "support/seeds.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ledger::oracle {
namespace {

/// One history; the state is saved and loaded every now and then, and all is replayed at the end.
void run_history(std::uint64_t seed, int steps, int steps_between_saves,
                 const Capacity& capacity = {}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed);
    Duel duel(capacity);
    for (int i = 0; i < steps; ++i) {
        const Step step = history.next(duel.naive());
        const std::string difference = duel.post(step);
        ASSERT_TRUE(difference.empty()) << "step " << i << ": " << difference;
        if (i % steps_between_saves != steps_between_saves - 1) continue;
        const std::string loss = duel.save_and_load();
        ASSERT_TRUE(loss.empty()) << "after step " << i << ": " << loss;
    }
    const std::string drift = duel.replay();
    ASSERT_TRUE(drift.empty()) << drift;
}

TEST(PostingProperty, TheMachineAgreesWithTheNaiveModel) {
    const Seeds seeds = chosen_seeds(40);
    for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        run_history(seed, 150, 29);
        if (HasFatalFailure()) return;
    }
}

TEST(PostingProperty, TheMachineAgreesOverALongHistory) { run_history(1'000'003, 700, 101); }

/// A ledger that is full after some steps, at another place with each seed.
TEST(PostingProperty, TheMachineAgreesWhereALedgerHoldsLittle) {
    const Seeds seeds = chosen_seeds(20);
    for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        run_history(seed, 120, 29, little_capacity(seed));
        if (HasFatalFailure()) return;
    }
}

/// More holds fall due at once than one time_passed record may close.
TEST(PostingProperty, TimePassesInAsManyRecordsAsItsBoundAsks) {
    constexpr unsigned accounts = 20;
    constexpr unsigned holds = 210;  // of each account: 4,200 in all
    Instant now{1'800'000'000'000'000'000};
    Duel duel;
    Step step{now, {}};
    step.batch.add(DefineCurrency{{CurrencyCode{"CNY"}, 2, 156, "Yuan"}});
    step.batch.add(DefineBook{BookId{1}, "book", false, 0, Date::none()});
    for (unsigned i = 1; i <= accounts; ++i) {
        OpenAccount account;
        account.id = AccountId{i};
        account.book = BookId{1};
        account.currency = CurrencyCode{"CNY"};
        account.code = "A";
        step.batch.add(account);
    }
    ASSERT_EQ(duel.post(step), "");
    for (unsigned i = 0; i < accounts * holds; ++i) {
        if (i % 1000 == 0) step = {step.instant + std::chrono::nanoseconds{1}, {}};
        PlaceHold hold;
        hold.account = AccountId{1 + i % accounts};
        hold.amount = Amount{1 + i};
        hold.expires_at = now + std::chrono::seconds{1 + i % 7};
        step.batch.add(HoldId{u128{1000} + (i * 7919u) % 65536u}, hold);
        if (i % 1000 != 999 && i + 1 != accounts * holds) continue;
        ASSERT_EQ(duel.post(step), "");
    }
    step = {now + std::chrono::seconds{60}, {}};
    step.batch.add(RecordId{900}, RegisterEntry{1, "after all of them"});
    const Position before = duel.naive().last_position();
    ASSERT_EQ(duel.post(step), "");
    EXPECT_EQ(duel.naive().last_position(), before + 3);  // two time_passed, then the register
    ASSERT_EQ(duel.replay(), "");
}

/// A currency, a book and accounts 1 to `accounts`, the first of which keep open items.
Step first_step(unsigned accounts, unsigned with_items = 0) {
    Step step{Instant{1'800'000'000'000'000'000}, {}};
    step.batch.add(DefineCurrency{{CurrencyCode{"CNY"}, 2, 156, "Yuan"}});
    step.batch.add(DefineBook{BookId{1}, "book", false, 0, Date::none()});
    for (unsigned i = 1; i <= accounts; ++i) {
        OpenAccount account;
        account.id = AccountId{i};
        account.book = BookId{1};
        account.currency = CurrencyCode{"CNY"};
        account.code = "A";
        account.open_items = i <= with_items;
        step.batch.add(account);
    }
    return step;
}

/// Orders of a precise freeze, with vouchers of the past, of the same group, and too many of them.
TEST(PostingProperty, OrdersOfAPreciseFreezeAreResolvedWithinABound) {
    Duel duel;
    Step step = first_step(2);
    std::uint64_t id = 1000;
    const auto next = [&] { step = {step.instant + std::chrono::seconds{1}, {}}; };
    const auto pay = [&](OrderId order) {
        step.batch.add_voucher(RecordId{++id}, BookId{1})
            .debit(AccountId{1}, Amount{5})
            .credit(AccountId{2}, Amount{5})
            .order(order);
    };
    const auto hold = [&](std::vector<OrderId> orders) {
        PlaceHold value;
        value.account = AccountId{1};
        value.kind = HoldKind::precise;
        value.orders = std::move(orders);
        step.batch.add(HoldId{++id}, value);
    };
    for (int i = 0; i < 20; ++i) pay(OrderId{1});
    ASSERT_EQ(duel.post(step), "");
    // A group that finds some of the order in itself, over keys that are few and then many.
    for (int round = 0; round < 2; ++round) {
        next();
        for (int i = 0; i < 4 + 26 * round; ++i) pay(OrderId{1});
        for (int i = 0; i < 40 * round; ++i) pay(OrderId{2});
        hold({OrderId{1}});
        step.batch.link(0, step.batch.size());
        ASSERT_EQ(duel.post(step), "");
        EXPECT_EQ(duel.naive().records().back().result.outcome, Outcome::accepted);
    }
    const std::size_t records = duel.naive().records().size();
    next();
    hold({OrderId{1}, OrderId{2}});  // 54 and 40 vouchers
    hold({OrderId{2}, OrderId{9}});  // nobody's order
    for (int i = 0; i < 257; ++i) {
        step.batch.add(RecordId{++id}, RegisterEntry{1, "x"}, OrderId{3});
    }
    pay(OrderId{3});
    hold({OrderId{3}});
    hold({OrderId{3}, OrderId{9}});
    ASSERT_EQ(duel.post(step), "");
    EXPECT_EQ(duel.naive().records().size(), records + 258);
    ASSERT_EQ(duel.replay(), "");
}

/// The account of a closed item is known from the past only.
TEST(PostingProperty, AClosedItemOfAnotherAccountIsAMismatch) {
    Duel duel;
    Step step = first_step(3, 2);
    const auto clear = [&](RecordId id, AccountId from) {
        Step next{step.instant + std::chrono::seconds{1}, {}};
        next.batch.add_voucher(id, BookId{1})
            .debit(AccountId{3}, Amount{5})
            .credit(from, Amount{5});
        LineDetail detail;
        detail.clears = ItemId{10};
        next.batch.lines.back().detail = 0;
        next.batch.line_details.push_back(detail);
        step = next;
    };
    step.batch.add_voucher(RecordId{10}, BookId{1})
        .debit(AccountId{1}, Amount{5})
        .credit(AccountId{3}, Amount{5});
    ASSERT_EQ(duel.post(step), "");
    clear(RecordId{11}, AccountId{1});
    ASSERT_EQ(duel.post(step), "");
    ASSERT_EQ(duel.naive().last_position(), Position{7});
    clear(RecordId{12}, AccountId{2});  // item_mismatch
    EXPECT_EQ(duel.post(step), "");
    clear(RecordId{13}, AccountId{1});  // item_exceeded
    EXPECT_EQ(duel.post(step), "");
    EXPECT_EQ(duel.naive().last_position(), Position{7});
}

}  // namespace
}  // namespace ledger::oracle
