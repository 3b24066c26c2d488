// The past, asked at the public face: the worked example of docs/time.md, ranges, several accounts,
// what is refused. That the answers are right on long histories is for tests/property to show.
#include "support/small_ledger.hpp"

#include "ledger/core/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ledger {
namespace {

using test::account_id;
using test::all_accepted;
using test::minor;
using testing::HasSubstr;

class Past : public testing::Test {
protected:
    Past() {
        Batch batch = test::foundations(5);
        DefineCurrency yen{*find_iso_currency("JPY")};
        batch.add(yen);
        OpenAccount account = test::plain_account(6);
        account.currency = CurrencyCode("JPY");
        batch.add(account);
        account = test::plain_account(7, AccountKind::liability);
        batch.add(account);
        EXPECT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    }

    static Instant at(const char* text) { return parse_instant(text); }

    void go_to(const char* when) { clock_.advance(at(when) - clock_.now()); }
    /// Moves money to `account` (from it, where negative), against account 2.
    void pay(const char* when, const char* book_date, std::int64_t amount,
             std::uint64_t account = 1) {
        go_to(when);
        Batch batch;
        auto voucher = batch.add_voucher(test::record_id(++id_), test::book);
        voucher.book_date(parse_date(book_date));
        const AccountId to = amount > 0 ? account_id(account) : account_id(2);
        const AccountId from = amount > 0 ? account_id(2) : account_id(account);
        voucher.debit(to, minor(std::abs(amount))).credit(from, minor(std::abs(amount)));
        ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    }
    /// Monday is 2026-11-02.
    void post_the_example() {
        pay("2026-11-02T17:00:00Z", "2026-11-02", 100);
        pay("2026-11-03T09:00:00Z", "2026-11-03", 30);
        pay("2026-11-03T17:30:00Z", "2026-11-03", -50);
        pay("2026-11-04T10:00:00Z", "2026-11-02", 40);
    }

    test::TemporaryDirectory home_;
    ManualClock clock_{test::start_instant};
    Ledger ledger_ = Ledger::create(home_ / "books", test::small_options(&clock_));
    std::uint64_t id_ = 0;
};

TEST_F(Past, TheExampleOfTheTimePage) {
    post_the_example();
    const AccountId account = account_id(1);
    const Date monday = parse_date("2026-11-02");
    const Instant tuesday_evening = at("2026-11-03T18:00:00Z");
    for (const bool is_sealed : {false, true}) {
        if (is_sealed) ledger_.seal();
        const View view = ledger_.view();
        EXPECT_EQ(view.balance_at(account, tuesday_evening)->total(), minor(80));
        EXPECT_EQ(view.balance_on(account, monday)->total(), minor(140));
        EXPECT_EQ(view.balance_on(account, monday, tuesday_evening)->total(), minor(100));
        EXPECT_EQ(view.balance_on(account, monday + 1)->total(), minor(120));
        EXPECT_EQ(view.balance(account)->total(), minor(120));
    }
}

TEST_F(Past, RangesByInstantHaveTheBalanceAtTheirBeginning) {
    post_the_example();
    const View view = ledger_.view();
    const AccountId account = account_id(1);
    const InstantRange tuesday{at("2026-11-03T00:00:00Z"), at("2026-11-04T00:00:00Z")};
    EXPECT_EQ(view.lowest(account, tuesday), minor(80));
    EXPECT_EQ(view.highest(account, tuesday), minor(130));
    EXPECT_EQ(view.turnover(account, tuesday), (Turnover{minor(30), minor(50)}));
    // 9 h at 100, 8.5 h at 130, 6.5 h at 80.
    EXPECT_EQ(view.average(account, tuesday, Rounding::half_up), minor(105));
    EXPECT_EQ(view.longest_run_above(account, tuesday, minor(80)),
              (InstantRange{tuesday.from, at("2026-11-03T17:30:00Z")}));
    EXPECT_EQ(view.longest_run_above(account, tuesday, minor(130)),
              (InstantRange{tuesday.from, tuesday.from}));
    // A range ends before its end: what happens then is the next one's.
    const InstantRange morning{tuesday.from, at("2026-11-03T09:00:00Z")};
    EXPECT_EQ(view.highest(account, morning), minor(100));
}

TEST_F(Past, RangesByDateAreOfTheEndsOfDays) {
    post_the_example();
    const View view = ledger_.view();
    const DateRange week{parse_date("2026-11-01"), parse_date("2026-11-05")};
    EXPECT_EQ(view.lowest(account_id(1), week), minor(0));
    EXPECT_EQ(view.highest(account_id(1), week), minor(140));
    EXPECT_EQ(view.turnover(account_id(1), week), (Turnover{minor(170), minor(50)}));
    EXPECT_EQ(view.average(account_id(1), week, Rounding::half_even), minor(100));  // 500 / 5
    EXPECT_EQ(view.longest_run_above(account_id(1), week, minor(119)),
              (DateRange{parse_date("2026-11-02"), parse_date("2026-11-05")}));
    EXPECT_EQ(view.longest_run_above(account_id(1), week, minor(140))->days(), 0);
}

TEST_F(Past, AccountsOfACustomerAreAddedUp) {
    pay("2026-11-02T10:00:00Z", "2026-11-02", 100, 1);
    pay("2026-11-02T11:00:00Z", "2026-11-02", 60, 3);
    pay("2026-11-02T12:00:00Z", "2026-11-02", -70, 1);
    const View view = ledger_.view();
    const std::vector<AccountId> customer{account_id(1), account_id(3), account_id(1)};
    const InstantRange day{at("2026-11-02T10:30:00Z"), at("2026-11-03T00:00:00Z")};
    EXPECT_EQ(view.highest(customer, day), minor(160));
    EXPECT_EQ(view.lowest(customer, day), minor(90));
    EXPECT_EQ(view.highest({account_id(1), account_id(2)}, day), minor(0));
    EXPECT_EQ(view.lowest({account_id(1), account_id(2)}, day), minor(-60));
    EXPECT_EQ(view.lowest({account_id(1), account_id(2), account_id(3)}, day), minor(0));
}

/// A voucher is atomic: the balance between two of its lines never stood.
TEST_F(Past, BalancesWithinAVoucherDoNotCount) {
    go_to("2026-11-02T10:00:00Z");
    Batch batch;
    batch.add_voucher(test::record_id(++id_), test::book)
        .debit(account_id(1), minor(500))
        .credit(account_id(1), minor(400))
        .credit(account_id(2), minor(100));
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    const InstantRange day{at("2026-11-02T00:00:00Z"), at("2026-11-03T00:00:00Z")};
    EXPECT_EQ(ledger_.view().highest(account_id(1), day), minor(100));
    EXPECT_EQ(ledger_.view().lowest({account_id(1), account_id(2)}, day), minor(0));
    ledger_.seal();
    EXPECT_EQ(ledger_.view().highest(account_id(1), day), minor(100));
}

TEST_F(Past, CreditAccountsGrowOnTheirOwnSide) {
    go_to("2026-11-02T10:00:00Z");
    Batch batch;
    batch.add_voucher(test::record_id(++id_), test::book)
        .debit(account_id(1), minor(300))
        .credit(account_id(7), minor(300));
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    const View view = ledger_.view();
    const InstantRange day{at("2026-11-02T09:00:00Z"), at("2026-11-02T11:00:00Z")};
    EXPECT_EQ(view.highest(account_id(7), day), minor(300));
    EXPECT_EQ(view.lowest(account_id(7), day), minor(0));
    EXPECT_EQ(view.average(account_id(7), day, Rounding::half_even), minor(150));
    EXPECT_EQ(view.longest_run_above(account_id(7), day, minor(299)),
              (InstantRange{at("2026-11-02T10:00:00Z"), day.to}));
    EXPECT_EQ(view.balance_on(account_id(7), parse_date("2026-11-02"))->total(), minor(300));
}

template <class Ask>
std::string message_of(const Ask& ask) {
    try {
        ask();
    } catch (const InvalidArgument& refused) {
        return refused.what();
    }
    return "nothing was thrown";
}

TEST_F(Past, WhatIsNoQuestionIsRefusedByName) {
    post_the_example();
    const View view = ledger_.view();
    const AccountId account = account_id(1);
    const Date monday = parse_date("2026-11-02");
    EXPECT_THAT(message_of([&] { view.balance_at(account, view.position() + 1); }),
                HasSubstr("take a newer view"));
    EXPECT_THAT(message_of([&] { view.balance_on(account, monday, view.position() + 1); }),
                HasSubstr("take a newer view"));
    EXPECT_THAT(message_of([&] { view.balance_on(account, Date::none()); }), HasSubstr("none"));
    EXPECT_THAT(message_of([&] {
                    view.lowest(account, InstantRange{at("2026-11-03T00:00:00Z"),
                                                      at("2026-11-03T00:00:00Z")});
                }),
                HasSubstr("is empty"));
    EXPECT_THAT(message_of([&] {
                    view.lowest(account, DateRange{monday, monday + -1});
                }),
                HasSubstr("ends before it starts"));
    EXPECT_THAT(message_of([&] {
                    view.highest(account, DateRange{date_min, date_max});
                }),
                HasSubstr("146400 days"));
    EXPECT_THAT(message_of([&] {
                    view.lowest(std::vector<AccountId>{}, DateRange{monday, monday});
                }),
                HasSubstr("no account"));
    EXPECT_THAT(message_of([&] {
                    view.lowest({account, account_id(6)}, DateRange{monday, monday});
                }),
                HasSubstr("different currencies"));
}

TEST_F(Past, WhatIsUnknownHasNoAnswer) {
    post_the_example();
    const View view = ledger_.view();
    const Date monday = parse_date("2026-11-02");
    const AccountId nobody{9, 9};
    EXPECT_FALSE(view.balance_at(nobody, view.position()));
    EXPECT_FALSE(view.balance_on(nobody, monday));
    EXPECT_FALSE(view.lowest({account_id(1), nobody}, DateRange{monday, monday}));
    EXPECT_FALSE(view.balance_at(account_id(1), Position{1})) << "it was not open yet";
    EXPECT_FALSE(view.balance_at(account_id(1), Instant{1}));
    EXPECT_FALSE(view.balance_on(account_id(1), monday, Instant{1}));
    EXPECT_EQ(view.position_at(Instant{1}), Position{});
}

TEST_F(Past, GroupsHaveBalancesOnADate) {
    DefineGroup group;
    group.code = "b";
    group.kind = AccountKind::asset;
    Batch batch;
    batch.add(group);
    for (std::uint64_t i = 11; i <= 12; ++i) {
        OpenAccount account = test::plain_account(i);
        account.code = "b." + std::to_string(i);
        batch.add(account);
    }
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    pay("2026-11-02T10:00:00Z", "2026-11-02", 5, 11);
    pay("2026-11-03T10:00:00Z", "2026-11-03", 7, 12);
    pay("2026-11-03T11:00:00Z", "2026-11-02", 11, 12);
    const View view = ledger_.view();
    const CurrencyCode yuan("CNY");
    const Date monday = parse_date("2026-11-02");
    EXPECT_EQ(view.balance_of_group_on("b", test::book, yuan, monday)->total(), minor(16));
    EXPECT_EQ(view.balance_of_group_on("b", test::book, yuan, monday + 1)->total(), minor(23));
    EXPECT_FALSE(view.balance_of_group_on("c", test::book, yuan, monday));
}

}  // namespace
}  // namespace ledger
