// Filling, copying, linking and extracting: the flat form holds what the values held.
#include "ledger/model/batch.hpp"
#include "ledger/core/error.hpp"
#include "ledger/model/extract.hpp"
#include "ledger/model/natural_ids.hpp"
#include "support/random_records.hpp"
#include "support/same_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ledger {
namespace {

using test::RandomRecords;
using ::testing::HasSubstr;

template <class Act>
std::string usage_error_of(const Act& act) {
    try {
        act();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no UsageError";
}

TEST(Batch, APlainVoucherCarriesNoDetail) {
    Voucher voucher;
    voucher.id = VoucherId(1, 1);
    voucher.book = BookId{1};
    voucher.lines.resize(2);
    Batch batch;
    batch.add(voucher);
    EXPECT_EQ(batch.records[0].detail, no_detail);
    EXPECT_TRUE(batch.details.empty());
    EXPECT_TRUE(batch.line_details.empty());
}

TEST(Batch, OnlyWhatDiffersGetsADetail) {
    Voucher voucher;
    voucher.id = VoucherId(1, 1);
    voucher.lines.resize(3);
    voucher.lines[1].clears = ItemId(1, 7);
    voucher.detail.summary = "fee";
    Batch batch;
    batch.add(voucher);
    EXPECT_EQ(batch.lines[0].detail, no_detail);
    EXPECT_EQ(batch.lines[1].detail, 0u);
    EXPECT_EQ(batch.lines[2].detail, no_detail);
    ASSERT_NE(batch.detail<VoucherDetail>(batch.records[0]), nullptr);
    EXPECT_EQ(batch.detail<VoucherDetail>(batch.records[0])->summary, "fee");
}

TEST(Batch, ARecordValueIsTheValueThatWasAdded) {
    Voucher voucher;
    voucher.id = VoucherId(1, 1);
    voucher.lines.resize(2);
    voucher.detail.summary = "fee";
    const RegisterEntry entry{7, "paid"};
    Batch batch;
    batch.add(voucher);
    batch.add(RecordId(1, 2), entry);
    batch.add(CutDay{BookId{3}, Date{20'000}});
    batch.add_time_passed();
    EXPECT_EQ(std::get<Voucher>(record_value_at(batch, 0)), voucher);
    EXPECT_EQ(std::get<RegisterEntry>(record_value_at(batch, 1)), entry);
    EXPECT_EQ(std::get<CutDay>(record_value_at(batch, 2)), (CutDay{BookId{3}, Date{20'000}}));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(record_value_at(batch, 3)));
    EXPECT_THAT(usage_error_of([&] { (void)record_value_at(batch, 4); }),
                HasSubstr("none at index 4"));
}

TEST(Batch, FlagsSayWhatTheCallerGave) {
    Voucher voucher;
    voucher.manual = true;
    Batch batch;
    batch.add(voucher);
    EXPECT_TRUE(batch.records[0].has(record_flag::date_defaulted));
    EXPECT_TRUE(batch.records[0].has(record_flag::manual));
    EXPECT_FALSE(batch.records[0].has(record_flag::red));
    voucher.book_date = Date{10};
    voucher.manual = false;
    voucher.red = true;
    batch.add(voucher);
    EXPECT_FALSE(batch.records[1].has(record_flag::date_defaulted));
    EXPECT_FALSE(batch.records[1].has(record_flag::manual));
    EXPECT_TRUE(batch.records[1].has(record_flag::red));
}

TEST(Batch, TheBuilderDefaultsTheDateUntilOneIsGiven) {
    Batch batch;
    auto voucher = batch.add_voucher(VoucherId(1, 1), BookId{1});
    EXPECT_TRUE(batch.records[0].has(record_flag::date_defaulted));
    voucher.book_date(Date{5});
    EXPECT_FALSE(batch.records[0].has(record_flag::date_defaulted));
    voucher.book_date(Date::none());
    EXPECT_TRUE(batch.records[0].has(record_flag::date_defaulted));
}

TEST(Batch, LinesOverTheBoundAreNotKept) {
    Batch batch;
    auto voucher = batch.add_voucher(VoucherId(1, 1), BookId{1});
    for (int i = 0; i < 70'000; ++i) voucher.debit(AccountId(0, 1), Amount{1});
    EXPECT_EQ(batch.records[0].line_count, bounds::voucher_lines_max + 1);
    EXPECT_EQ(batch.lines.size(), bounds::voucher_lines_max + 1);
    Voucher large;
    large.lines.resize(70'000);
    batch.add(large);
    EXPECT_EQ(batch.records[1].line_count, bounds::voucher_lines_max + 1);
}

TEST(Batch, RandomVouchersAreExtractedAsTheyWereAdded) {
    RandomRecords random(1);
    Batch batch;
    std::vector<Voucher> vouchers;
    for (int i = 0; i < 200; ++i) {
        vouchers.push_back(random.voucher());
        EXPECT_EQ(batch.add(vouchers.back()), static_cast<std::uint32_t>(i));
    }
    for (std::size_t i = 0; i < vouchers.size(); ++i) {
        ASSERT_EQ(voucher_at(batch, i), vouchers[i]) << i;
    }
}

TEST(Batch, ValuesAreExtractedAsTheyWereAdded) {
    RandomRecords random(2);
    Batch batch;
    const OpenAccount account = random.open_account();
    const PlaceHold hold = random.place_hold();
    const DefineRelation relation = random.define_relation();
    batch.add(account);
    batch.add(HoldId(1, 1), hold, OrderId(1, 2));
    batch.add(relation);
    EXPECT_EQ(value_at<OpenAccount>(batch, 0), account);
    EXPECT_EQ(value_at<PlaceHold>(batch, 1), hold);
    EXPECT_EQ(value_at<DefineRelation>(batch, 2), relation);
    EXPECT_EQ(batch.records[0].book, account.book);
    EXPECT_EQ(batch.records[1].order, OrderId(1, 2));
}

TEST(Batch, ExtractionAsksForAccountIdsOfJournaledLines) {
    Batch batch;
    batch.add_voucher(VoucherId(1, 1), BookId{1})
        .debit(AccountId(0, 5), Amount{1})
        .credit(AccountId{}, Amount{1});
    batch.lines[1].handle.index = 3;
    const Voucher voucher =
        voucher_at(batch, 0, [](AccountHandle handle) { return AccountId(9, handle.index); });
    EXPECT_EQ(voucher.lines[0].account, AccountId(0, 5));
    EXPECT_EQ(voucher.lines[1].account, AccountId(9, 3));
    EXPECT_THAT(usage_error_of([&] { voucher_at(batch, 0); }), HasSubstr("by handle 3 only"));
}

TEST(Batch, ExtractionOfAnotherKindIsRefusedByName) {
    Batch batch;
    batch.add(CutDay{BookId{1}, Date{100}});
    EXPECT_THAT(usage_error_of([&] { voucher_at(batch, 0); }), HasSubstr("of the kind cut_day"));
    EXPECT_THAT(usage_error_of([&] { value_at<PlaceHold>(batch, 0); }),
                HasSubstr("of the kind cut_day"));
    EXPECT_THAT(usage_error_of([&] { voucher_at(batch, 4); }), HasSubstr("none at index 4"));
}

TEST(Batch, CopiesHaveTheirOwnLinesAndDetails) {
    RandomRecords random(3);
    Batch from;
    for (int i = 0; i < 100; ++i) random.add_any(from);
    random.resolve(from);
    Batch to;
    random.add_any(to);
    for (std::size_t i = from.size(); i-- > 0;) {
        const std::uint32_t copy = to.add_copy(from, i);
        ASSERT_TRUE(test::same_record(from, i, to, copy)) << i;
    }
    const std::size_t copied = to.size();
    from.clear();
    EXPECT_EQ(to.size(), copied);
}

TEST(Batch, LinkingMarksAllButTheLast) {
    Batch batch;
    for (std::uint64_t i = 1; i <= 4; ++i) batch.add_voucher(VoucherId(1, i), BookId{1});
    batch.link(1, 4);
    const auto linked = [&](std::size_t i) { return batch.records[i].has(record_flag::linked); };
    EXPECT_FALSE(linked(0));
    EXPECT_TRUE(linked(1));
    EXPECT_TRUE(linked(2));
    EXPECT_FALSE(linked(3));
}

TEST(Batch, ClearingKeepsTheMemory) {
    RandomRecords random(4);
    Batch batch;
    for (int i = 0; i < 100; ++i) random.add_any(batch);
    const auto* records = batch.records.data();
    const std::size_t lines = batch.lines.capacity();
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_TRUE(batch.lines.empty());
    EXPECT_EQ(batch.lines.capacity(), lines);
    batch.add_voucher(VoucherId(1, 1), BookId{1});
    EXPECT_EQ(batch.records.data(), records);
}

TEST(NaturalIds, AreTheHashOfTheDocumentedText) {
    const auto of = [](const char* text) { return RecordId{id_from_text(text)}; };
    const Date date = make_date(2026, 11, 21);
    EXPECT_EQ(natural_id::of_currency(CurrencyCode{"CNY"}), of("currency:CNY"));
    EXPECT_EQ(natural_id::of_book(BookId{7}), of("book:7"));
    EXPECT_EQ(natural_id::of_group("1001.01"), of("group:1001.01"));
    EXPECT_EQ(natural_id::of_relation(12), of("relation:12"));
    EXPECT_EQ(natural_id::of_cut_day(BookId{7}, date), of("cut_day:7:2026-11-21"));
    EXPECT_EQ(natural_id::of_close_day(BookId{7}, date), of("close_day:7:2026-11-21"));
    EXPECT_EQ(natural_id::of_certificate(BookId{7}, date), of("certificate:7:2026-11-21"));
    EXPECT_EQ(natural_id::of_snapshot("2026-Q3"), of("snapshot:2026-Q3"));
    EXPECT_EQ(natural_id::of_cut_day(BookId{7}, Date{-30'000}), of("cut_day:7:#-30000"));
    EXPECT_EQ(natural_id::of_account(AccountId(1, 2)), RecordId(1, 2));
}

TEST(NaturalIds, AreGivenByTheAddFunctions) {
    Batch batch;
    batch.add(DefineBook{BookId{7}, "", false, 0, Date::none()});
    batch.add(CloseDay{BookId{7}, Date{100}});
    OpenAccount account;
    account.id = AccountId(3, 4);
    batch.add(account);
    batch.add_time_passed();
    batch.add(Anchor{});
    EXPECT_EQ(batch.records[0].id, natural_id::of_book(BookId{7}));
    EXPECT_EQ(batch.records[1].id, natural_id::of_close_day(BookId{7}, Date{100}));
    EXPECT_EQ(batch.records[1].book_date, Date{100});
    EXPECT_EQ(batch.records[2].id, RecordId(3, 4));
    EXPECT_FALSE(batch.records[3].id);
    EXPECT_FALSE(batch.records[4].id);
}

}  // namespace
}  // namespace ledger
