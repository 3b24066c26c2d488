// The shape check: every bound and range from both sides, and which of several faults is reported.
#include "ledger/model/shape.hpp"
#include "support/random_records.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace ledger {
namespace {

using test::RandomRecords;

struct Shape {
    Outcome outcome;
    std::uint16_t line;
    friend bool operator==(const Shape&, const Shape&) = default;
};

std::ostream& operator<<(std::ostream& to, const Shape& shape) {
    return to << to_string(shape.outcome) << " at line " << shape.line;
}

Shape shape_of(const Batch& batch, std::size_t index = 0) {
    std::uint16_t line = 99;
    const Outcome outcome = check_shape(batch, index, line);
    return {outcome, line};
}

template <class Value>
Outcome judge(const Value& value) {
    Batch batch;
    if constexpr (requires { batch.add(value); }) {
        batch.add(value);
    } else {
        batch.add(RecordId(1, 1), value);
    }
    return shape_of(batch).outcome;
}

Voucher voucher_of(std::size_t lines) {
    Voucher voucher;
    voucher.id = VoucherId(1, 1);
    voucher.book = BookId{1};
    voucher.lines.resize(lines);
    for (VoucherLine& line : voucher.lines) line.amount = Amount{1};
    return voucher;
}

Shape shape_of(const Voucher& voucher) {
    Batch batch;
    batch.add(voucher);
    return shape_of(batch);
}

Attributes attributes_of(std::size_t count) {
    Attributes attributes;
    for (std::size_t i = 0; i < count; ++i) attributes.push_back({"k" + std::to_string(i), ""});
    return attributes;
}

std::string text_of(std::size_t bytes) { return std::string(bytes, 'x'); }

TEST(Shape, RandomRecordsPass) {
    RandomRecords random(1);
    Batch batch;
    for (int i = 0; i < 2'000; ++i) random.add_any(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        ASSERT_EQ(shape_of(batch, i), (Shape{Outcome::accepted, Result::no_line})) << i;
    }
}

TEST(Shape, LinesAreBetween2And4096) {
    EXPECT_EQ(shape_of(voucher_of(0)).outcome, Outcome::too_few_lines);
    EXPECT_EQ(shape_of(voucher_of(1)).outcome, Outcome::too_few_lines);
    EXPECT_EQ(shape_of(voucher_of(2)).outcome, Outcome::accepted);
    EXPECT_EQ(shape_of(voucher_of(4096)).outcome, Outcome::accepted);
    EXPECT_EQ(shape_of(voucher_of(4097)).outcome, Outcome::too_many_lines);
    EXPECT_EQ(shape_of(voucher_of(70'000)).outcome, Outcome::too_many_lines);
}

TEST(Shape, OnlyAReversalLeavesItsLinesOut) {
    Voucher voucher = voucher_of(0);
    voucher.detail.reverses = VoucherId(1, 2);
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
    voucher.lines = voucher_of(1).lines;
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::too_few_lines);
}

TEST(Shape, AmountsArePositive) {
    for (const i128 minor : {i128{0}, i128{-1}, i128_min}) {
        Voucher voucher = voucher_of(3);
        voucher.lines[2].amount = Amount{minor};
        EXPECT_EQ(shape_of(voucher), (Shape{Outcome::amount_not_positive, 2}));
    }
    Voucher voucher = voucher_of(3);
    voucher.lines[2].amount = Amount{i128_max};
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
    voucher.detail.captures = {{HoldId(1, 1), Amount{0}, {}}};
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::amount_not_positive, Result::no_line}));
}

TEST(Shape, HoldsArePositiveAndPreciseOnesMayBeZero) {
    PlaceHold hold;
    EXPECT_EQ(judge(hold), Outcome::amount_not_positive);
    hold.kind = HoldKind::precise;
    EXPECT_EQ(judge(hold), Outcome::accepted);
    hold.amount = Amount{-1};
    EXPECT_EQ(judge(hold), Outcome::amount_not_positive);
    EXPECT_EQ(judge(ReleaseHold{HoldId(1, 1), Amount{0}, {}}), Outcome::accepted);
    EXPECT_EQ(judge(ReleaseHold{HoldId(1, 1), Amount{-1}, {}}), Outcome::amount_not_positive);
}

TEST(Shape, TextsOfAVoucherAreBounded) {
    using Change = std::function<void(VoucherDetail&, std::string)>;
    const std::pair<std::size_t, Change> texts[] = {
        {512, [](VoucherDetail& d, std::string t) { d.summary = std::move(t); }},
        {512, [](VoucherDetail& d, std::string t) { d.source_document = std::move(t); }},
        {64, [](VoucherDetail& d, std::string t) { d.made_by = std::move(t); }},
        {64, [](VoucherDetail& d, std::string t) { d.checked_by = std::move(t); }},
        {32,
         [](VoucherDetail& d, std::string t) {
             d.attributes = {{std::move(t), ""}};
         }},
        {256,
         [](VoucherDetail& d, std::string t) {
             d.attributes = {{"k", std::move(t)}};
         }},
    };
    for (const auto& [bytes, change] : texts) {
        Voucher voucher = voucher_of(2);
        change(voucher.detail, text_of(bytes));
        EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted) << bytes;
        change(voucher.detail, text_of(bytes + 1));
        EXPECT_EQ(shape_of(voucher).outcome, Outcome::text_too_long) << bytes;
    }
}

TEST(Shape, TextsOfOtherRecordsAreBounded) {
    EXPECT_EQ(judge(RegisterEntry{1, text_of(65'536)}), Outcome::accepted);
    EXPECT_EQ(judge(RegisterEntry{1, text_of(65'537)}), Outcome::text_too_long);
    EXPECT_EQ(judge(SetFreeze{{}, Freeze::none, text_of(512)}), Outcome::accepted);
    EXPECT_EQ(judge(SetFreeze{{}, Freeze::none, text_of(513)}), Outcome::text_too_long);
    EXPECT_EQ(judge(SetAttributes{{}, text_of(65), {}}), Outcome::text_too_long);
    EXPECT_EQ(judge(DefineBook{BookId{1}, text_of(65), false, 0, {}}), Outcome::text_too_long);
    EXPECT_EQ(judge(DefineGroup{"1", AccountKind::asset, text_of(65)}), Outcome::text_too_long);
    EXPECT_EQ(judge(DefineGroup{text_of(32), AccountKind::asset, ""}), Outcome::accepted);
    EXPECT_EQ(judge(DefineGroup{text_of(33), AccountKind::asset, ""}), Outcome::text_too_long);
}

TEST(Shape, AllTextsOfARecordTogetherAreBounded) {
    Voucher voucher = voucher_of(1200);
    for (VoucherLine& line : voucher.lines) {
        for (int i = 0; i < 4; ++i) line.dimensions.push_back({std::to_string(i), text_of(250)});
    }
    const auto first = (std::size_t{1} << 20) / (4 * 251);
    EXPECT_EQ(shape_of(voucher),
              (Shape{Outcome::text_too_long, static_cast<std::uint16_t>(first)}));
    voucher.lines.resize(1000);
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
}

TEST(Shape, AttributesAreBoundedAndDistinct) {
    Voucher voucher = voucher_of(2);
    voucher.lines[1].dimensions = attributes_of(8);
    voucher.detail.attributes = attributes_of(16);
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
    voucher.detail.attributes = attributes_of(17);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::too_many_attributes, Result::no_line}));
    voucher.detail.attributes.clear();
    voucher.lines[1].dimensions = attributes_of(9);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::too_many_attributes, 1}));
    voucher.lines[1].dimensions = {{"a", "1"}, {"b", "1"}, {"a", "2"}};
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::duplicate_attribute, 1}));
    voucher.lines[1].dimensions = {{"", "1"}};
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::text_missing, 1}));
    OpenAccount account;
    account.code = "1";
    account.attributes = attributes_of(17);
    EXPECT_EQ(judge(account), Outcome::too_many_attributes);
}

TEST(Shape, CapturesAreBounded) {
    Voucher voucher = voucher_of(2);
    voucher.detail.captures.resize(64, {HoldId(1, 1), Amount{1}, {}});
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
    voucher.detail.captures.resize(65, {HoldId(1, 1), Amount{1}, {}});
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::too_many_captures);
}

TEST(Shape, CodesAreSegmentsOfPrintableAscii) {
    for (const char* code : {"1", "1001", "1001.01.7", "a-b_c", "~!"})
        EXPECT_TRUE(is_code(code)) << code;
    for (const char* code : {"", ".", "1.", ".1", "1..2", "1 2", "1\t", "账", "\x7f"}) {
        EXPECT_FALSE(is_code(code)) << code;
    }
    EXPECT_EQ(judge(DefineGroup{"", AccountKind::asset, ""}), Outcome::text_missing);
    EXPECT_EQ(judge(DefineGroup{"1..2", AccountKind::asset, ""}), Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineCurrency{}), Outcome::text_missing);
}

TEST(Shape, EnumeratorsAreKnown) {
    Voucher voucher = voucher_of(2);
    voucher.lines[1].side = static_cast<Side>(2);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::value_out_of_range, 1}));
    voucher = voucher_of(2);
    voucher.lines[0].ink = static_cast<Ink>(255);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::value_out_of_range, 0}));
    EXPECT_EQ(judge(DefineGroup{"1", static_cast<AccountKind>(0), ""}),
              Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineGroup{"1", static_cast<AccountKind>(8), ""}),
              Outcome::value_out_of_range);
    EXPECT_EQ(judge(SetFreeze{{}, static_cast<Freeze>(4), ""}), Outcome::value_out_of_range);
    PlaceHold hold;
    hold.amount = Amount{1};
    hold.kind = static_cast<HoldKind>(3);
    EXPECT_EQ(judge(hold), Outcome::value_out_of_range);
    OpenAccount account;
    account.code = "1";
    account.normal_side = static_cast<Side>(2);
    EXPECT_EQ(judge(account), Outcome::value_out_of_range);
}

TEST(Shape, DatesAndNumbersAreInTheirRanges) {
    Voucher voucher = voucher_of(2);
    voucher.detail.value_date = date_max;
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::accepted);
    voucher.detail.value_date = date_max + 1;
    EXPECT_EQ(shape_of(voucher).outcome, Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineBook{BookId{}, "", false, 0, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineBook{BookId{1}, "", false, 50'400, date_min}), Outcome::accepted);
    EXPECT_EQ(judge(DefineBook{BookId{1}, "", false, 50'401, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineBook{BookId{1}, "", false, -50'401, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(judge(DefineBook{BookId{1}, "", false, 0, date_min + -1}),
              Outcome::value_out_of_range);
    DefineCurrency currency{{CurrencyCode{"X"}, 18, 999, ""}};
    EXPECT_EQ(judge(currency), Outcome::accepted);
    currency.currency.decimals = 19;
    EXPECT_EQ(judge(currency), Outcome::value_out_of_range);
    currency.currency.decimals = 0;
    currency.currency.numeric = 1000;
    EXPECT_EQ(judge(currency), Outcome::value_out_of_range);
}

TEST(Shape, BufferWindowsAreAtMostADay) {
    const auto judge_window = [](std::chrono::nanoseconds window, std::uint32_t lines) {
        return judge(SetBuffering{{}, {window, lines}});
    };
    EXPECT_EQ(judge_window(std::chrono::hours{24}, 1'000'000), Outcome::accepted);
    EXPECT_EQ(judge_window(std::chrono::hours{24} + std::chrono::nanoseconds{1}, 0),
              Outcome::value_out_of_range);
    EXPECT_EQ(judge_window(std::chrono::nanoseconds{-1}, 0), Outcome::value_out_of_range);
    EXPECT_EQ(judge_window(std::chrono::seconds{1}, 1'000'001), Outcome::value_out_of_range);
}

TEST(Shape, RelationsAreWellFormed) {
    DefineRelation relation;
    relation.number = 1;
    EXPECT_EQ(judge(relation), Outcome::value_out_of_range) << "no terms";
    relation.terms.resize(64, {1, AccountId(0, 1), "", {}, {}});
    EXPECT_EQ(judge(relation), Outcome::accepted);
    relation.terms.resize(65, {1, AccountId(0, 1), "", {}, {}});
    EXPECT_EQ(judge(relation), Outcome::value_out_of_range);
    const auto with_term = [&](const RelationTerm& term) {
        relation.terms = {term};
        return judge(relation);
    };
    EXPECT_EQ(with_term({-1000, {}, "1001", BookId{1}, CurrencyCode{"CNY"}}), Outcome::accepted);
    EXPECT_EQ(with_term({0, AccountId(0, 1), "", {}, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(with_term({1001, AccountId(0, 1), "", {}, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(with_term({1, {}, "", {}, {}}), Outcome::value_out_of_range);
    EXPECT_EQ(with_term({1, AccountId(0, 1), "1001", {}, {}}), Outcome::value_out_of_range);
    relation.terms = {{1, AccountId(0, 1), "", {}, {}}};
    relation.number = 65'536;
    EXPECT_EQ(judge(relation), Outcome::value_out_of_range);
    relation.number = 0;
    EXPECT_EQ(judge(relation), Outcome::value_out_of_range);
}

TEST(Shape, SourcesOfAPreciseFreezeAreBounded) {
    PlaceHold hold;
    hold.kind = HoldKind::precise;
    hold.sources.resize(64, VoucherId(1, 1));
    EXPECT_EQ(judge(hold), Outcome::accepted);
    hold.orders.resize(16, OrderId(1, 1));
    EXPECT_EQ(judge(hold), Outcome::accepted);
    hold.orders.resize(17, OrderId(1, 1));
    EXPECT_EQ(judge(hold), Outcome::value_out_of_range);
    hold.orders.clear();
    hold.sources.resize(65, VoucherId(1, 1));
    EXPECT_EQ(judge(hold), Outcome::value_out_of_range);
}

TEST(Shape, KindAndDetailBelongTogether) {
    RandomRecords random(6);
    for (int of = 1; of < record_kinds; ++of) {
        for (int as = 0; as <= record_kinds; ++as) {
            Batch batch;
            random.add(batch, static_cast<RecordKind>(of));
            batch.records[0].kind = static_cast<RecordKind>(as);
            const bool plain = batch.records[0].detail == no_detail;
            if (as == of) {
                EXPECT_EQ(shape_of(batch).outcome, Outcome::accepted);
            } else if (plain && as == static_cast<int>(RecordKind::voucher)) {
                EXPECT_EQ(shape_of(batch).outcome, Outcome::too_few_lines);
            } else {
                EXPECT_NE(shape_of(batch).outcome, Outcome::accepted) << of << " as " << as;
            }
        }
    }
}

TEST(Shape, LinesBelongToVouchersOnly) {
    Batch batch;
    batch.add(voucher_of(2));
    batch.records[0].kind = RecordKind::time_passed;
    EXPECT_EQ(shape_of(batch).outcome, Outcome::value_out_of_range);
}

TEST(Shape, OfSeveralFaultsTheLowestNumberAndItsFirstLineAreReported) {
    Voucher voucher = voucher_of(4);
    voucher.lines[0].side = static_cast<Side>(9);
    voucher.lines[2].amount = Amount{0};
    voucher.lines[3].amount = Amount{0};
    voucher.detail.summary = text_of(513);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::amount_not_positive, 2}));
    voucher.lines.resize(1);
    EXPECT_EQ(shape_of(voucher), (Shape{Outcome::too_few_lines, Result::no_line}));
}

}  // namespace
}  // namespace ledger
