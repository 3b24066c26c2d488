// One case for each refusal that the public face can give. Invariant tested: the outcome named in
// docs/outcomes.md comes back, its explanation is a sentence, and nothing of the ledger changed.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <type_traits>

namespace ledger {
namespace {

using namespace test;

constexpr BookId other_book{2};
const CurrencyCode cny("CNY");

/// Accounts: 1..4 plain, 5 closed, 6 frozen, 7 of book 2, 8 with open items, 9 limited to 0..1000,
/// 10 parent of 11, 12 under group g, 13 of relation 1 with 14, 15 with a hold, 16 with a judicial
/// hold that holds nothing. Vouchers: 1 plain, 2 reversed by 3, 4 opens item 1.
void found(Ledger& ledger) {
    ASSERT_TRUE(all_accepted(ledger.post(foundations(6))));
    ASSERT_TRUE(ledger.post(DefineBook{other_book, "clients", true, 0, make_date(2026, 1, 1)}));
    ASSERT_TRUE(ledger.post(DefineCurrency{{CurrencyCode("POINTS"), 0, 0, "points"}}));
    ASSERT_TRUE(ledger.post(DefineGroup{"g", AccountKind::asset, "group"}));
    for (std::uint64_t number = 7; number <= 16; ++number) {
        OpenAccount open = plain_account(number);
        if (number == 7) open.book = other_book;
        if (number == 8) open.open_items = true;
        if (number == 9) open.limits = {minor(0), minor(1000)};
        if (number == 11) open.parent = account_id(10);
        if (number == 12) open.code = "g.1";
        ASSERT_TRUE(ledger.post(open));
    }
    DefineRelation relation;
    relation.number = 1;
    relation.terms = {{1, account_id(13), {}, {}, {}}, {-1, account_id(14), {}, {}, {}}};
    ASSERT_TRUE(ledger.post(relation));
    ASSERT_TRUE(ledger.post(record_id(900), CloseAccount{account_id(5)}));
    ASSERT_TRUE(ledger.post(record_id(901), SetFreeze{account_id(6), Freeze::all, "order 6"}));
    ASSERT_TRUE(ledger.post(transfer(1, 1, 2, 100)));
    ASSERT_TRUE(ledger.post(transfer(2, 1, 2, 100)));
    Voucher reversal;
    reversal.id = record_id(3);
    reversal.book = book;
    reversal.detail.reverses = record_id(2);
    ASSERT_TRUE(ledger.post(reversal));
    Voucher opening = transfer(4, 8, 2, 50);
    opening.lines[0].opens = ItemId{1};
    ASSERT_TRUE(ledger.post(opening));
    ASSERT_TRUE(ledger.post(transfer(5, 15, 2, 500)));
    PlaceHold hold;
    hold.account = account_id(15);
    hold.amount = minor(200);
    ASSERT_TRUE(ledger.post(record_id(910), hold));
    ASSERT_TRUE(ledger.post(record_id(911), hold));
    ASSERT_TRUE(ledger.post(record_id(912), ReleaseHold{record_id(911), {}, {}}));
}

Voucher with(const std::function<void(Voucher&)>& change) {
    Voucher voucher = transfer(1000, 1, 2, 10);
    change(voucher);
    return voucher;
}

class BadInput : public testing::Test {
protected:
    void SetUp() override { ASSERT_NO_FATAL_FAILURE(found(ledger_)); }

    template <class Make>
    void expect(Outcome outcome, Make make) {
        const Position before = ledger_.view().position();
        const Result result = make();
        EXPECT_EQ(result.outcome, outcome)
            << "got " << to_string(result.outcome) << ", wanted " << to_string(outcome);
        EXPECT_GT(explain(result.outcome).size(), 20u);
        EXPECT_FALSE(result);
        EXPECT_EQ(ledger_.view().position(), before) << to_string(outcome) << " changed the ledger";
        seen_.insert(result.outcome);
    }
    void refused(Outcome outcome, const std::function<void(Voucher&)>& change) {
        expect(outcome, [&] { return ledger_.post(with(change)).result; });
    }
    template <class Record>
    requires(!std::is_invocable_v<const Record&, Voucher&>) void refused(Outcome outcome,
                                                                         const Record& record) {
        expect(outcome, [&] { return ledger_.post(record).result; });
    }
    template <class Record>
    void refused_with_id(Outcome outcome, const Record& record, std::uint64_t id = 1000) {
        expect(outcome, [&] { return ledger_.post(record_id(id), record).result; });
    }

    TemporaryDirectory temporary_;
    Ledger ledger_ = Ledger::create(temporary_ / "books", small_options());
    std::set<Outcome> seen_;
};

TEST_F(BadInput, OfIdentityAndShape) {
    refused(Outcome::id_missing, [](Voucher& v) { v.id = {}; });
    refused(Outcome::id_conflict, [](Voucher& v) { v.id = record_id(1); });
    refused(Outcome::too_few_lines, [](Voucher& v) { v.lines.pop_back(); });
    refused(Outcome::too_few_lines, [](Voucher& v) { v.lines.clear(); });
    refused(Outcome::too_many_lines, [](Voucher& v) { v.lines.resize(4097, v.lines[0]); });
    refused(Outcome::too_many_lines, [](Voucher& v) { v.lines.resize(100'000, v.lines[0]); });
    refused(Outcome::amount_not_positive,
            [](Voucher& v) { v.lines[0].amount = v.lines[1].amount = {}; });
    refused(Outcome::amount_not_positive, [](Voucher& v) { v.lines[0].amount = minor(-5); });
    refused(Outcome::text_too_long, [](Voucher& v) { v.detail.summary.assign(513, 's'); });
    refused(Outcome::text_too_long, [](Voucher& v) { v.detail.made_by.assign(65, 's'); });
    refused(Outcome::text_too_long, [](Voucher& v) {
        v.detail.attributes = {{"k", std::string(257, 'v')}};
    });
    refused(Outcome::text_too_long, [](Voucher& v) {
        v.detail.attributes = {{std::string(33, 'k'), "v"}};
    });
    refused(Outcome::too_many_attributes, [](Voucher& v) {
        for (int i = 0; i < 17; ++i) v.detail.attributes.push_back({"k" + std::to_string(i), "v"});
    });
    refused(Outcome::too_many_attributes, [](Voucher& v) {
        for (int i = 0; i < 9; ++i) v.lines[1].dimensions.push_back({"k" + std::to_string(i), "v"});
    });
    refused(Outcome::duplicate_attribute, [](Voucher& v) {
        v.detail.attributes = {{"k", "1"}, {"k", "2"}};
    });
    for (const char* broken : {"\xFF", "caf\xE9", "\xC0\xAF", "\xED\xA0\x80"}) {
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.summary = broken; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.made_by = broken; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.checked_by = broken; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.source_document = broken; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.attributes = {{"k", broken}}; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) { v.detail.attributes = {{broken, "v"}}; });
        refused(Outcome::text_not_utf8, [&](Voucher& v) {
            v.lines[1].dimensions = {{"k", broken}};
        });
        refused(Outcome::text_not_utf8, DefineBook{BookId{9}, broken, false, 0, Date::none()});
        refused(Outcome::text_not_utf8, DefineGroup{"u", AccountKind::asset, broken});
        refused(Outcome::text_not_utf8, DefineCurrency{{CurrencyCode("WRONG"), 2, 0, broken}});
        OpenAccount open = plain_account(60);
        open.name = broken;
        refused(Outcome::text_not_utf8, open);
        refused_with_id(Outcome::text_not_utf8, SetFreeze{account_id(1), Freeze::all, broken});
        refused_with_id(Outcome::text_not_utf8, SetAttributes{account_id(1), broken, {}});
    }
    refused(Outcome::text_missing, [](Voucher& v) { v.detail.attributes = {{"", "1"}}; });
    refused(Outcome::too_many_captures, [](Voucher& v) {
        v.detail.captures.resize(65, {record_id(910), minor(1), {}});
    });
    refused(Outcome::value_out_of_range,
            [](Voucher& v) { v.lines[0].side = static_cast<Side>(7); });
    refused(Outcome::value_out_of_range,
            DefineCurrency{{CurrencyCode("MANY"), 19, 0, "19 decimals"}});
    refused_with_id(Outcome::text_too_long, RegisterEntry{1, std::string(65'537, 'x')});
}

TEST_F(BadInput, OfReferences) {
    refused(Outcome::book_unknown, [](Voucher& v) { v.book = BookId{9}; });
    refused(Outcome::account_unknown, [](Voucher& v) { v.lines[1].account = account_id(99); });
    refused(Outcome::hold_unknown, [](Voucher& v) {
        v.detail.captures = {{record_id(77), minor(1), {}}};
    });
    refused(Outcome::item_unknown, [](Voucher& v) {
        v.lines[1].account = account_id(8);
        v.lines[1].clears = ItemId{77};
    });
    refused(Outcome::voucher_unknown, [](Voucher& v) { v.detail.replaces = record_id(77); });
    refused(Outcome::voucher_unknown,
            [](Voucher& v) { v.detail.reverses = record_id(910); });  // a hold's id
    OpenAccount open = plain_account(50);
    open.currency = CurrencyCode("XYZ");
    refused(Outcome::currency_unknown, open);
    open = plain_account(50);
    open.book = BookId{9};
    refused(Outcome::book_unknown, open);
    open = plain_account(50);
    open.code = "nothing.1";
    refused(Outcome::group_unknown, open);
    refused(Outcome::group_unknown, DefineGroup{"no.such", AccountKind::asset, ""});
    refused_with_id(Outcome::account_unknown, SetFreeze{account_id(99), Freeze::all, ""});
    refused_with_id(Outcome::hold_unknown, ReleaseHold{record_id(77), {}, {}});
}

TEST_F(BadInput, OfDefinitions) {
    refused(Outcome::book_exists, DefineBook{book, "another name", false, 0, Date::none()});
    refused(Outcome::currency_exists, DefineCurrency{{cny, 3, 0, "other decimals"}});
    OpenAccount open = plain_account(1);
    open.name = "another name";
    refused(Outcome::account_exists, open);
    refused(Outcome::group_exists, DefineGroup{"g", AccountKind::asset, "another name"});
    refused(Outcome::item_exists, [](Voucher& v) {
        v.lines[0].account = account_id(8);
        v.lines[0].opens = ItemId{1};
    });
    DefineRelation relation;
    relation.number = 1;
    relation.terms = {{1, account_id(3), {}, {}, {}}};
    refused(Outcome::relation_exists, relation);
    open = plain_account(50);
    open.code = "g";
    refused(Outcome::code_is_group, open);
    refused(Outcome::code_is_group, DefineGroup{plain_account(1).code, AccountKind::asset, ""});
    open.code = "g.2";
    open.kind = AccountKind::income;
    refused(Outcome::kind_mismatch, open);
    open = plain_account(50);
    open.parent = account_id(11);  // itself a child
    refused(Outcome::parent_mismatch, open);
    open.parent = account_id(7);  // of another book
    refused(Outcome::parent_mismatch, open);
}

TEST_F(BadInput, OfCurrenciesThatDisagree) {
    OpenAccount points = plain_account(17);
    points.currency = CurrencyCode("POINTS");
    ASSERT_TRUE(ledger_.post(points));
    // As much on both sides, but each currency stands on one side only.
    refused(Outcome::unbalanced, [](Voucher& v) { v.lines[1].account = account_id(17); });
}

TEST_F(BadInput, OfPartsThatDisagree) {
    refused(Outcome::book_mismatch, [](Voucher& v) { v.lines[1].account = account_id(7); });
    refused(Outcome::reversal_mismatch, [](Voucher& v) { v.detail.reverses = record_id(1); });
    refused(Outcome::reversal_mismatch, [](Voucher& v) { v.detail.replaces = record_id(1); });
    refused(Outcome::already_reversed, [](Voucher& v) {
        v.lines.clear();
        v.detail.reverses = record_id(2);
    });
    refused(Outcome::not_reversible, [](Voucher& v) {
        v.lines.clear();
        v.detail.reverses = record_id(3);
    });
    refused(Outcome::second_principal_required, [](Voucher& v) {
        v.book = other_book;
        v.manual = true;
        v.detail.made_by = v.detail.checked_by = "one person";
        v.lines = {line(7, Side::debit, 1), line(7, Side::credit, 1)};
    });
    refused(Outcome::hold_mismatch, [](Voucher& v) {
        v.detail.captures = {{record_id(910), minor(1), {}}};
    });
    refused(Outcome::item_mismatch, [](Voucher& v) { v.lines[0].opens = ItemId{5}; });
    refused(Outcome::item_mismatch, [](Voucher& v) {
        v.lines[0].account = account_id(8);
        v.lines[0].clears = ItemId{1};  // on the side that opened it
    });
}

TEST_F(BadInput, OfStatusAndDays) {
    refused(Outcome::account_closed, [](Voucher& v) { v.lines[1].account = account_id(5); });
    refused(Outcome::account_frozen, [](Voucher& v) { v.lines[1].account = account_id(6); });
    refused(Outcome::account_frozen, [](Voucher& v) { v.lines[0].account = account_id(6); });
    refused_with_id(Outcome::account_closed, SetFreeze{account_id(5), Freeze::none, ""});
    refused(Outcome::date_out_of_range, [](Voucher& v) { v.book_date = Date{date_max.days + 1}; });
    refused(Outcome::day_closed, [](Voucher& v) {
        v.book = other_book;
        v.book_date = make_date(2025, 12, 31);  // before its first date
        v.lines = {line(7, Side::debit, 1), line(7, Side::credit, 1)};
    });
    refused(Outcome::day_not_cut, CloseDay{book, make_date(2026, 11, 2)});
    refused(Outcome::book_unknown, CutDay{BookId{9}, make_date(2026, 11, 2)});
    refused(Outcome::date_out_of_range, CutDay{book, Date{date_max.days + 1}});
    refused_with_id(Outcome::not_zero, CloseAccount{account_id(1)});
    refused_with_id(Outcome::not_zero, CloseAccount{account_id(10)});  // has an open child
}

TEST_F(BadInput, OfSums) {
    refused(Outcome::unbalanced, [](Voucher& v) { v.lines[0].amount = minor(11); });
    refused(Outcome::unbalanced, [](Voucher& v) { v.lines[1].ink = Ink::red; });
    const Amount giant{i128_max};
    refused(Outcome::overflow, [&](Voucher& v) { v.lines[0].amount = v.lines[1].amount = giant; });
}

TEST_F(BadInput, OfMoney) {
    refused(Outcome::below_minimum, [](Voucher& v) { v.lines[1].account = account_id(9); });
    refused(Outcome::above_maximum, [](Voucher& v) {
        v.lines[0].account = account_id(9);
        v.lines[0].amount = v.lines[1].amount = minor(1001);
    });
    refused(Outcome::relation_broken, [](Voucher& v) { v.lines[0].account = account_id(13); });
    refused(Outcome::relation_broken,
            [](Voucher& v) { v.lines[0].account = account_id(10); });  // parent alone
    refused(Outcome::hold_closed, [](Voucher& v) {
        v.lines[1].account = account_id(15);
        v.detail.captures = {{record_id(911), minor(5), {}}};
    });
    refused(Outcome::hold_exceeded, [](Voucher& v) {
        v.lines[0].amount = v.lines[1].amount = minor(300);
        v.lines[1].account = account_id(15);
        v.detail.captures = {{record_id(910), minor(201), {}}};
    });
    refused_with_id(Outcome::hold_closed, ReleaseHold{record_id(911), {}, {}});
    refused_with_id(Outcome::hold_exceeded, ReleaseHold{record_id(910), minor(201), {}});
    refused(Outcome::item_exceeded, [](Voucher& v) {
        v.lines[0].amount = v.lines[1].amount = minor(51);
        v.lines[1].account = account_id(8);
        v.lines[1].clears = ItemId{1};
    });
    PlaceHold precise;
    precise.account = account_id(15);
    precise.kind = HoldKind::precise;
    precise.sources = {record_id(1)};  // brought nothing to this account
    refused_with_id(Outcome::voucher_unknown, precise);
    ASSERT_TRUE(ledger_.post(transfer(50, 16, 2, 30)));
    ASSERT_TRUE(ledger_.post(transfer(51, 2, 16, 30)));
    precise.account = account_id(16);
    precise.sources = {record_id(50)};  // its money has gone
    refused_with_id(Outcome::nothing_to_hold, precise);
    PlaceHold judicial;
    judicial.account = account_id(16);
    judicial.kind = HoldKind::judicial;
    judicial.amount = minor(1);
    for (std::uint64_t id = 2000; id < 2064; ++id)
        ASSERT_TRUE(ledger_.post(record_id(id), judicial));
    refused_with_id(Outcome::too_many_holds, judicial);
    PlaceHold late = judicial;
    late.account = account_id(15);
    late.expires_at = parse_instant("2020-01-01T00:00:00Z");
    refused_with_id(Outcome::value_out_of_range, late);
    PlaceHold ordinary;
    ordinary.account = account_id(9);
    ordinary.amount = minor(1);
    refused_with_id(Outcome::below_minimum, ordinary);
}

TEST_F(BadInput, OfTheSubmission) {
    Batch group;
    group.add(transfer(1000, 1, 2, 10));
    group.add(transfer(1001, 1, 99, 10));
    group.link(0, 2);
    const Position before = ledger_.view().position();
    const std::vector<Result> results = ledger_.post(group);
    EXPECT_EQ(results[0].outcome, Outcome::group_failed);
    EXPECT_EQ(results[1].outcome, Outcome::account_unknown);
    EXPECT_EQ(results[1].line, 1);
    for (const std::size_t size : {bounds::batch_records_max + 1, std::size_t{9000}}) {
        Batch large;
        for (std::uint64_t id = 3000; id < 3000 + size; ++id) large.add(transfer(id, 1, 2, 1));
        large.link(0, large.size());
        EXPECT_THROW((void)ledger_.dry_run(large), InvalidArgument);
        EXPECT_THROW((void)ledger_.post_async(large, BatchDone{}), InvalidArgument);
        for (const Result& result : ledger_.post(std::move(large))) {
            ASSERT_EQ(result.outcome, Outcome::group_too_large);
        }
    }
    Batch late;
    late.add(transfer(1000, 1, 2, 10));
    EXPECT_EQ(
        ledger_.post(late, std::chrono::steady_clock::now() - std::chrono::seconds{1})[0].outcome,
        Outcome::deadline_passed);
    EXPECT_EQ(ledger_.view().position(), before);
    // The ids of what was refused are free.
    EXPECT_TRUE(ledger_.post(transfer(1000, 1, 2, 10)));
}

/// Records of kinds that only the engine makes, each beside a sound one, and in a group with it.
TEST_F(BadInput, ForgedRecordsOfTheEngineAreRefusedInDryRunsToo) {
    for (const bool linked : {false, true}) {
        for (const RecordKind kind : {RecordKind::time_passed, RecordKind::anchor,
                                      RecordKind::certificate, RecordKind::snapshot}) {
            Batch batch;
            if (kind == RecordKind::anchor) {
                batch.add(Anchor{Position{1}, "SHA-256", "digest"});
            } else if (kind == RecordKind::certificate) {
                batch.add(Certificate{book, date_min, Position{1}, 0, "SHA-256", "digest"});
            } else if (kind == RecordKind::snapshot) {
                batch.add(Snapshot{"forged", Position{1}, 0, "SHA-256", "digest"});
            } else {
                batch.add_time_passed();
            }
            batch.add(transfer(1000, 1, 2, 10));
            if (linked) batch.link(0, 2);
            const Position before = ledger_.view().position();
            const std::vector<Result> dry = ledger_.dry_run(batch);
            EXPECT_EQ(ledger_.view().position(), before);
            EXPECT_EQ(dry[0].outcome, Outcome::value_out_of_range);
            EXPECT_EQ(dry[1].outcome, linked ? Outcome::value_out_of_range : Outcome::accepted);
            batch.records.pop_back();
            batch.records[0].flags = 0;
            EXPECT_EQ(ledger_.post(batch)[0].outcome, Outcome::value_out_of_range);
            EXPECT_EQ(ledger_.view().position(), before);
        }
    }
}

TEST_F(BadInput, OfQueriesThrowsWithAClearMessageOrFindsNothing) {
    const View view = ledger_.view();
    EXPECT_THROW((void)view.at(view.position() + 1), InvalidArgument);
    EXPECT_THROW((void)view.entries(account_id(1), {0, false, {}}), InvalidArgument);
    EXPECT_THROW((void)view.entries(account_id(1), {10'001, false, {}}), InvalidArgument);
    EXPECT_THROW((void)view.entries(account_id(1), {10, false, "nonsense"}), InvalidArgument);
    EXPECT_THROW((void)view.records_of(order_id(1), {10, false, "1"}), InvalidArgument);
    EXPECT_THROW((void)view.accounts("", {10, false, "1.x"}), InvalidArgument);
    EXPECT_THROW((void)view.accounts("", {10, false, "99999999.0"}), InvalidArgument);
    EXPECT_THROW((void)view.accounts("", {10, false, "0.0"}), InvalidArgument);
    EXPECT_FALSE(view.account(account_id(99)));
    EXPECT_FALSE(view.balance(account_id(99)));
    EXPECT_FALSE(view.voucher(record_id(99)));
    EXPECT_FALSE(view.voucher(record_id(910)));  // a hold's id
    EXPECT_FALSE(view.voucher(Position{0}));
    EXPECT_FALSE(view.voucher(view.position() + 1));
    EXPECT_FALSE(view.voucher(book, make_date(2026, 1, 1), 1));
    EXPECT_FALSE(view.record(RecordId{}));
    EXPECT_FALSE(view.hold(record_id(1)));  // a voucher's id
    EXPECT_FALSE(view.item(ItemId{99}));
    EXPECT_TRUE(view.entries(account_id(99)).items.empty());
    EXPECT_TRUE(view.records_of(order_id(99)).items.empty());
    EXPECT_TRUE(view.holds(account_id(99)).items.empty());
    EXPECT_TRUE(view.open_items(account_id(99)).items.empty());
    EXPECT_TRUE(view.accounts("zzz").items.empty());
    EXPECT_TRUE(ledger_.post(Batch{}).empty());
    Batch empty;
    EXPECT_THROW((void)ledger_.post_async(empty, BatchDone{}), InvalidArgument);
    Batch pair;  // one answer could not say what became of both
    pair.add(transfer(920, 1, 2, 1));
    pair.add(transfer(921, 1, 2, 1));
    EXPECT_THROW((void)ledger_.post_async(pair, RecordDone{}), InvalidArgument);
    EXPECT_FALSE(ledger_.view().record(record_id(920)));
}

TEST(BadOptions, AreRefusedByName) {
    TemporaryDirectory temporary;
    const auto refused = [&](const char* name, const std::function<void(Options&)>& change) {
        Options options = small_options();
        change(options);
        try {
            Ledger ledger = Ledger::create(temporary / "books", options);
            FAIL() << name << " was taken";
        } catch (const InvalidArgument& refusal) {
            EXPECT_NE(std::string(refusal.what()).find(name), std::string::npos) << refusal.what();
        }
        EXPECT_FALSE(std::filesystem::exists(temporary / "books"));
    };
    refused("segment_records", [](Options& o) { o.segment_records = 1023; });
    refused("tail_segments_max", [](Options& o) { o.tail_segments_max = 1; });
    refused("queue_records_max", [](Options& o) { o.queue_records_max = 0; });
    refused("map_bytes", [](Options& o) { o.map_bytes = 1; });
    refused("readers_max", [](Options& o) { o.readers_max = 0; });
}

}  // namespace
}  // namespace ledger
