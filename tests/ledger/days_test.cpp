// The states of a book's days through the public face: what closing asks of transit accounts, and
// what concerns a day that is closed.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace test;

/// Book 1 with accounts 1 and 2, transit accounts 3 and 4, and account 5 of book 2.
class Days : public ::testing::Test {
protected:
    Days() : ledger_(open()) {
        Batch batch = foundations(2);
        for (const std::uint64_t number : {3, 4}) {
            OpenAccount transit = plain_account(number);
            transit.transit = true;
            batch.add(transit);
        }
        batch.add(DefineBook{other_book, "client money", false, 0, Date::none()});
        OpenAccount elsewhere = plain_account(5);
        elsewhere.book = other_book;
        batch.add(elsewhere);
        EXPECT_TRUE(all_accepted(ledger_.post(batch)));
    }

    Ledger open() { return Ledger::open_or_create(directory_ / "l", small_options(&clock_)); }
    Result pay(std::uint64_t debit, std::uint64_t credit, std::int64_t amount, Date date) {
        Voucher voucher = transfer(++ids_, debit, credit, amount);
        voucher.book_date = date;
        return ledger_.post(voucher).result;
    }
    Result cut(Date date) { return ledger_.post(CutDay{book, date}).result; }
    Result close(Date date, std::vector<AccountId> exceptions = {}) {
        return ledger_.post(CloseDay{book, date, std::move(exceptions)}).result;
    }

    static constexpr BookId other_book{2};
    const Date day_ = make_date(2026, 11, 2);
    std::uint64_t ids_ = 0;
    TemporaryDirectory directory_;
    ManualClock clock_{start_instant};
    Ledger ledger_;
};

TEST_F(Days, ATransitAccountThatIsNotZeroKeepsTheDayOpenAndIsNamed) {
    ASSERT_TRUE(pay(1, 4, 50, day_));
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(cut(day_));
    const Result refused = close(day_);
    EXPECT_EQ(refused.outcome, Outcome::transit_not_zero);
    EXPECT_EQ(refused.account, account_id(3));  // opened first
    EXPECT_EQ(close(day_, {account_id(3)}).account, account_id(4));
    ASSERT_TRUE(pay(3, 2, 10, day_));
    EXPECT_TRUE(close(day_, {account_id(4)}));
    EXPECT_EQ(close(day_, {account_id(4)}).outcome, Outcome::already_posted);
    EXPECT_EQ(close(day_).outcome, Outcome::day_closed);
}

TEST_F(Days, ATransitAccountIsJudgedByBookDate) {
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(pay(3, 2, 10, day_ + 1));  // level today, but not on the day
    ASSERT_TRUE(pay(1, 4, 10, day_ + 1));  // level on the day, but not today
    ASSERT_TRUE(cut(day_ + 1));
    EXPECT_EQ(close(day_).account, account_id(3));
    EXPECT_EQ(close(day_, {account_id(3), account_id(4)}).outcome, Outcome::transit_is_zero);
    EXPECT_TRUE(close(day_, {account_id(3)}));
    EXPECT_EQ(close(day_ + 1, {account_id(3)}).account, account_id(4));
    const Result level = close(day_ + 1, {account_id(4), account_id(3)});
    EXPECT_EQ(level.outcome, Outcome::transit_is_zero);
    EXPECT_EQ(level.line, 1);
    EXPECT_TRUE(close(day_ + 1, {account_id(4)}));
}

TEST_F(Days, DaysClosedAtOnceAreJudgedOnTheLast) {
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(pay(3, 2, 10, day_ + 1));
    ASSERT_TRUE(cut(day_ + 1));
    EXPECT_TRUE(close(day_ + 1));
}

TEST_F(Days, AnExceptionIsATransitAccountOfTheBookNamedOnce) {
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(cut(day_));
    const auto refused = [&](Outcome outcome, std::vector<AccountId> exceptions) {
        const Result result = close(day_, exceptions);
        EXPECT_EQ(result.outcome, outcome) << to_string(result.outcome);
        EXPECT_EQ(result.line, exceptions.size() - 1);
    };
    refused(Outcome::account_unknown, {account_id(3), account_id(99)});
    refused(Outcome::book_mismatch, {account_id(3), account_id(5)});
    refused(Outcome::transit_mismatch, {account_id(3), account_id(1)});
    refused(Outcome::transit_mismatch, {account_id(3), account_id(3)});
    const std::vector<AccountId> many(bounds::close_exceptions_max + 1, account_id(3));
    EXPECT_EQ(close(day_, many).outcome, Outcome::value_out_of_range);
    EXPECT_TRUE(close(day_, {account_id(3)}));
}

TEST_F(Days, ATransitAccountClosesWhenItIsZeroOnEveryOpenDate) {
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(pay(3, 2, 10, day_ + 1));
    const CloseAccount end{account_id(3)};
    EXPECT_EQ(ledger_.post(record_id(900), end).result.outcome, Outcome::not_zero);
    ASSERT_TRUE(cut(day_ + 1));
    ASSERT_TRUE(close(day_, {account_id(3)}));
    EXPECT_EQ(ledger_.post(record_id(900), end).result.outcome, Outcome::not_zero);
    ASSERT_TRUE(close(day_ + 1));
    EXPECT_TRUE(ledger_.post(record_id(900), end));
    ASSERT_TRUE(cut(day_ + 2));
    EXPECT_EQ(close(day_ + 2, {account_id(3)}).outcome, Outcome::transit_is_zero);
    EXPECT_TRUE(close(day_ + 2));
}

TEST_F(Days, WhatATransitAccountIsOnEachDateSurvivesReopening) {
    ASSERT_TRUE(pay(1, 3, 10, day_));
    ASSERT_TRUE(pay(3, 2, 10, day_ + 1));
    ASSERT_TRUE(cut(day_));
    for (const bool sealed : {true, false}) {
        if (sealed) ledger_.seal();
        { const Ledger closed = std::move(ledger_); }
        ledger_ = open();
        EXPECT_EQ(close(day_).account, account_id(3));
        EXPECT_TRUE(ledger_.view().account(account_id(3))->transit);
        ASSERT_TRUE(pay(1, 2, 1, day_ + 1));
    }
    EXPECT_TRUE(close(day_, {account_id(3)}));
}

TEST_F(Days, AGroupThatFailsTakesItsDatedLinesBack) {
    Batch group;
    OpenAccount opened = plain_account(6);
    opened.transit = true;
    group.add(opened);
    group.add_voucher(record_id(800), book)
        .debit(account_id(1), minor(7))
        .credit(account_id(6), minor(7))
        .book_date(day_);
    group.add(CutDay{book, day_});
    group.add(CloseDay{book, day_, {}});
    group.link(0, group.size());
    const std::vector<Result> results = ledger_.post(group);
    EXPECT_EQ(results[3].outcome, Outcome::transit_not_zero);
    EXPECT_EQ(results[3].account, account_id(6));
    EXPECT_EQ(results[0].outcome, Outcome::group_failed);
    ASSERT_TRUE(cut(day_));
    EXPECT_TRUE(close(day_));
}

TEST_F(Days, AVoucherConcernsADayUpToItsOwn) {
    Voucher voucher = transfer(500, 1, 2, 10);
    voucher.book_date = day_;
    voucher.detail.concerns = day_ + 1;
    EXPECT_EQ(ledger_.post(voucher).result.outcome, Outcome::date_out_of_range);
    voucher.detail.concerns = date_min + -1;
    EXPECT_EQ(ledger_.post(voucher).result.outcome, Outcome::value_out_of_range);
    voucher.detail.concerns = day_;
    EXPECT_TRUE(ledger_.post(voucher));
    voucher.detail.concerns = day_ + -1;
    EXPECT_EQ(ledger_.post(voucher).result.outcome, Outcome::id_conflict);
    voucher.id = record_id(501);
    voucher.book_date = Date::none();
    voucher.detail.concerns = utc_date(start_instant) + 1;
    EXPECT_EQ(ledger_.post(voucher).result.outcome, Outcome::date_out_of_range);
}

TEST_F(Days, LateFactsAreFoundUnderTheClosedDayThatTheyConcern) {
    ASSERT_TRUE(pay(1, 2, 10, day_));
    ASSERT_TRUE(cut(day_));
    ASSERT_TRUE(close(day_));
    for (std::uint64_t id = 600; id < 605; ++id) {
        Voucher late = transfer(id, 1, 2, 5);
        late.detail.concerns = id == 602 ? day_ + -1 : day_;
        ASSERT_TRUE(ledger_.post(late));
        if (id == 601) ledger_.seal();
    }
    const View view = ledger_.view();
    const auto ids = [&](const Page<PostedVoucher>& page) {
        std::vector<RecordId> found;
        for (const PostedVoucher& one : page.items) found.push_back(one.voucher.id);
        return found;
    };
    const Page<PostedVoucher> first = view.vouchers_concerning(book, day_, {3, false, {}});
    EXPECT_EQ(ids(first), (std::vector{record_id(600), record_id(601), record_id(603)}));
    EXPECT_EQ(first.items[0].voucher.book_date, day_ + 1);
    EXPECT_EQ(first.items[0].voucher.detail.concerns, day_);
    const Page<PostedVoucher> rest = view.vouchers_concerning(book, day_, {3, false, first.cursor});
    EXPECT_EQ(ids(rest), (std::vector{record_id(604)}));
    EXPECT_EQ(ids(view.vouchers_concerning(book, day_, {1, true, {}})),
              (std::vector{record_id(604)}));
    EXPECT_TRUE(view.vouchers_concerning(other_book, day_).items.empty());
    EXPECT_TRUE(view.vouchers_concerning(book, day_ + 1).items.empty());
    const Position first_late = first.items[0].position;
    EXPECT_EQ(ids(view.at(first_late).vouchers_concerning(book, day_)),
              (std::vector{record_id(600)}));
}

}  // namespace
}  // namespace ledger
