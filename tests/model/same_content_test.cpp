// Repetition: what the caller gave is compared, what the engine gave is not.
#include "ledger/model/batch.hpp"
#include "support/random_records.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace ledger {
namespace {

using test::RandomRecords;

/// A voucher with a little of everything, resolved.
Batch voucher_batch() {
    Voucher voucher;
    voucher.id = VoucherId(1, 1);
    voucher.order = OrderId(1, 2);
    voucher.book = BookId{1};
    voucher.book_date = Date{100};
    voucher.lines.resize(2);
    for (VoucherLine& line : voucher.lines) line.amount = Amount{5};
    voucher.lines[1].side = Side::credit;
    voucher.lines[1].dimensions = {{"unit", "a"}};
    voucher.detail.captures = {{HoldId(2, 2), Amount{5}, Amount{}}};
    Batch batch;
    batch.add(voucher);
    batch.lines[0].handle.index = 3;
    batch.lines[1].handle.index = 4;
    return batch;
}

bool same_after(
    const std::function<void(Batch&)>& change_of_posted,
    const std::function<void(Batch&)>& change_of_journaled = [](Batch&) {}) {
    Batch posted = voucher_batch();
    Batch journaled = voucher_batch();
    change_of_posted(posted);
    change_of_journaled(journaled);
    return same_content(posted, 0, journaled, 0);
}

TEST(SameContent, RandomRecordsAreTheSameAsTheirCopies) {
    RandomRecords random(5);
    for (int i = 0; i < 500; ++i) {
        Batch posted;
        random.add_any(posted);
        for (BatchLine& line : posted.lines) {
            line.handle.index = static_cast<std::uint32_t>(line.account.low());
        }
        Batch journaled;
        journaled.add_copy(posted, 0);
        for (BatchLine& line : journaled.lines) line.account = {};
        journaled.records[0].number = 99;
        ASSERT_TRUE(same_content(posted, 0, journaled, 0)) << i;
    }
}

TEST(SameContent, WhatTheCallerGaveIsCompared) {
    EXPECT_TRUE(same_after([](Batch&) {}));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].order = OrderId(1, 3); }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].book = BookId{2}; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].book_date = Date{101}; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].code = 1; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].set(record_flag::manual, true); }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].set(record_flag::red, true); }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].line_count = 1; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.lines[0].amount = Amount{6}; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.lines[0].handle.index = 9; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.lines[0].ink = Ink::red; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.lines[0].side = Side::credit; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.line_details[0].opens = ItemId(1, 1); }));
    EXPECT_FALSE(same_after([](Batch& b) { b.lines[1].detail = no_detail; }));
    EXPECT_FALSE(same_after([](Batch& b) { b.records[0].detail = no_detail; }));
    EXPECT_FALSE(same_after(
        [](Batch& b) { std::get<VoucherDetail>(b.details[0]).captures[0].amount = Amount{4}; }));
}

TEST(SameContent, WhatTheEngineGaveIsNotCompared) {
    EXPECT_TRUE(same_after([](Batch&) {}, [](Batch& b) { b.records[0].number = 7; }));
    EXPECT_TRUE(same_after([](Batch&) {},
                           [](Batch& b) {
                               std::get<VoucherDetail>(b.details[0]).captures[0].remaining =
                                   Amount{50};
                           }));
    EXPECT_TRUE(same_after([](Batch& b) { b.records[0].set(record_flag::linked, true); }));
}

TEST(SameContent, ADetailOfDefaultsIsAsNone) {
    Batch posted;
    posted.add_voucher(VoucherId(1, 1), BookId{1}).detail();
    Batch journaled;
    journaled.add_voucher(VoucherId(1, 1), BookId{1});
    EXPECT_TRUE(same_content(posted, 0, journaled, 0));
    EXPECT_TRUE(same_content(journaled, 0, posted, 0));
}

TEST(SameContent, ADefaultedDateEqualsADefaultedDateOnly) {
    const auto defaulted = [](Batch& b) { b.records[0].set(record_flag::date_defaulted, true); };
    EXPECT_TRUE(same_after(
        [&](Batch& b) {
            defaulted(b);
            b.records[0].book_date = Date::none();
        },
        defaulted));
    EXPECT_FALSE(same_after([](Batch&) {}, defaulted));
    EXPECT_FALSE(same_after(defaulted));
}

TEST(SameContent, DerivedLinesEqualNoLines) {
    const auto derived = [](Batch& b) { b.records[0].set(record_flag::lines_derived, true); };
    const auto without_lines = [](Batch& b) { b.records[0].line_count = 0; };
    EXPECT_TRUE(same_after(without_lines, derived));
    EXPECT_TRUE(same_after(derived, derived));
    EXPECT_FALSE(same_after([](Batch&) {}, derived));
    EXPECT_FALSE(same_after(without_lines));
}

Batch hold_batch(Amount amount) {
    PlaceHold hold;
    hold.account = AccountId(0, 1);
    hold.amount = amount;
    hold.kind = HoldKind::precise;
    Batch batch;
    batch.add(HoldId(1, 1), hold);
    return batch;
}

TEST(SameContent, ADerivedHoldEqualsWhatWasRequested) {
    for (const Amount requested : {Amount{}, Amount{100}}) {
        Batch journaled = hold_batch(Amount{60});
        std::get<PlaceHold>(journaled.details[0]).requested = requested;
        journaled.records[0].set(record_flag::amount_derived, true);
        EXPECT_TRUE(same_content(hold_batch(requested), 0, journaled, 0));
        EXPECT_FALSE(same_content(hold_batch(Amount{60}), 0, journaled, 0));
    }
    EXPECT_TRUE(same_content(hold_batch(Amount{60}), 0, hold_batch(Amount{60}), 0));
}

TEST(SameContent, OrdersOfAHoldAreContentAndWhatTheyResolvedToIsNot) {
    const Batch given = hold_batch(Amount{60});
    Batch journaled = hold_batch(Amount{60});
    std::get<PlaceHold>(journaled.details[0]).resolved = {VoucherId(1, 9)};
    EXPECT_TRUE(same_content(given, 0, journaled, 0));
    std::get<PlaceHold>(journaled.details[0]).orders = {OrderId(1, 8)};
    EXPECT_FALSE(same_content(given, 0, journaled, 0));
    journaled.forget_given(0);
    EXPECT_TRUE(std::get<PlaceHold>(journaled.details[0]).resolved.empty());
}

TEST(SameContent, ADerivedReleaseEqualsAReleaseOfAll) {
    const auto release = [](Amount amount) {
        Batch batch;
        batch.add(RecordId(1, 1), ReleaseHold{HoldId(1, 2), amount, {}});
        return batch;
    };
    Batch journaled = release(Amount{60});
    journaled.records[0].set(record_flag::amount_derived, true);
    EXPECT_TRUE(same_content(release(Amount{}), 0, journaled, 0));
    EXPECT_FALSE(same_content(release(Amount{60}), 0, journaled, 0));
    EXPECT_TRUE(same_content(release(Amount{60}), 0, release(Amount{60}), 0));
}

TEST(SameContent, KindsAndDetailsOfOthersDiffer) {
    Batch a;
    a.add(RecordId(1, 1), CloseAccount{AccountId(0, 1)});
    a.add(RecordId(1, 1), SetLimits{AccountId(0, 1), {}});
    a.add(RecordId(1, 1), SetLimits{AccountId(0, 1), {Amount{0}, {}}});
    EXPECT_FALSE(same_content(a, 0, a, 1));
    EXPECT_FALSE(same_content(a, 1, a, 2));
    EXPECT_TRUE(same_content(a, 2, a, 2));
}

}  // namespace
}  // namespace ledger
