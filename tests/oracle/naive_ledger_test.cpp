// Examples from docs/posting-rules.md, worked by hand, for the naive model: the oracle of the
// property tests must itself be right by something other than the engine. Invariant: every expected
// figure here was computed on paper.
#include "support/naive_ledger.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {
namespace {

constexpr BookId book{1};
const CurrencyCode cny{"CNY"};
constexpr Instant noon{1'800'000'000'000'000'000};  // 2027-01-15T08:00:00Z
const Date today = utc_date(noon);

AccountId account_id(unsigned number) { return AccountId{number}; }
RecordId record_id(unsigned number) { return RecordId{1000 + number}; }

/// One ledger with book 1, CNY, and a few accounts: 1 cash (asset), 2 client and 3 other client
/// (liability).
class Naive : public ::testing::Test {
protected:
    Naive() {
        Batch batch;
        batch.add(DefineCurrency{{cny, 2, 156, "Yuan"}});
        DefineBook define;
        define.book = book;
        batch.add(define);
        for (const Result& result : ledger.post_batch(batch, noon)) EXPECT_TRUE(result);
        open(1, AccountKind::asset);
        open(2, AccountKind::liability);
        open(3, AccountKind::liability);
    }

    template <class Change>
    Result try_open(unsigned number, AccountKind kind, Change change) {
        OpenAccount value;
        value.id = account_id(number);
        value.book = book;
        value.currency = cny;
        value.code = "A" + std::to_string(number);
        value.kind = kind;
        change(value);
        Batch batch;
        batch.add(value);
        return post(batch);
    }
    static void unchanged(OpenAccount&) {}
    template <class Change = void (*)(OpenAccount&)>
    void open(unsigned number, AccountKind kind, Change change = unchanged) {
        EXPECT_TRUE(try_open(number, kind, change));
    }

    Result post(const Batch& batch) { return ledger.post_batch(batch, tick()).front(); }
    template <class Value>
    Result post(unsigned id, const Value& value) {
        Batch batch;
        batch.add(record_id(id), value);
        return post(batch);
    }
    template <class Value>
    Result post(const Value& value) {
        Batch batch;
        batch.add(value);
        return post(batch);
    }

    Voucher transfer(unsigned id, unsigned debit, unsigned credit, i128 amount) {
        Voucher voucher;
        voucher.id = record_id(id);
        voucher.book = book;
        voucher.lines = {
            {account_id(debit), Side::debit, Amount{amount}, Ink::black, {}, {}, {}},
            {account_id(credit), Side::credit, Amount{amount}, Ink::black, {}, {}, {}}};
        return voucher;
    }
    Voucher reversal(unsigned id, unsigned of) {
        Voucher voucher;
        voucher.id = record_id(id);
        voucher.book = book;
        voucher.detail.reverses = record_id(of);
        return voucher;
    }
    PlaceHold hold(unsigned account, i128 amount, HoldKind kind = HoldKind::ordinary) {
        PlaceHold value;
        value.account = account_id(account);
        value.amount = Amount{amount};
        value.kind = kind;
        return value;
    }
    Result minimum(unsigned id, unsigned account, i128 amount) {
        return post(id, SetLimits{account_id(account), {Amount{amount}, {}}});
    }

    const AccountFact& account(unsigned number) { return *ledger.find_account(account_id(number)); }
    std::vector<std::pair<EntryKind, Big>> entries(unsigned number) {
        std::vector<std::pair<EntryKind, Big>> result;
        for (const EntryFact& entry : account(number).entries)
            result.emplace_back(entry.kind, entry.amount);
        return result;
    }
    Instant tick() { return now = now + std::chrono::seconds{1}; }

    NaiveLedger ledger;
    Instant now = noon;
};

TEST_F(Naive, PostsABalancedVoucherAndNumbersItWithinItsDay) {
    const Result first = post(transfer(1, 1, 2, 100));
    EXPECT_EQ(first.outcome, Outcome::accepted);
    EXPECT_EQ(first.number, 1U);
    EXPECT_EQ(first.book_date, today);
    EXPECT_EQ(first.position, Position{6});
    Voucher tomorrow = transfer(2, 1, 2, 10);
    tomorrow.book_date = today + 1;
    EXPECT_EQ(post(tomorrow).number, 1U);
    EXPECT_EQ(post(transfer(3, 1, 2, 1)).number, 2U);
    EXPECT_EQ(ledger.natural(account(1)), 111);
    EXPECT_EQ(ledger.natural(account(2)), 111);
    EXPECT_EQ(ledger.natural(account(2), Position{6}), 100);
    EXPECT_EQ(ledger.trial().at({book, cny}), (TrialSums{111, 111}));
}

TEST_F(Naive, ReportsTheLowestOutcomeAndItsFirstLine) {
    Voucher voucher = transfer(1, 8, 9, 100);
    voucher.lines[0].amount = Amount{99};
    EXPECT_EQ(post(voucher).outcome, Outcome::account_unknown);
    EXPECT_EQ(post(voucher).line, 0);
    voucher.lines[0].account = account_id(1);
    EXPECT_EQ(post(voucher).line, 1);
    voucher.lines[1].account = account_id(2);
    EXPECT_EQ(post(voucher).outcome, Outcome::unbalanced);
    voucher.lines[1].amount = Amount{0};
    EXPECT_EQ(post(voucher).outcome, Outcome::amount_not_positive);
    voucher.book = BookId{9};
    EXPECT_EQ(post(voucher).outcome, Outcome::amount_not_positive);
    voucher.id = {};
    EXPECT_EQ(post(voucher).outcome, Outcome::id_missing);
}

TEST_F(Naive, ARedLineLowersItsSidesTurnover) {
    EXPECT_TRUE(post(transfer(1, 1, 2, 100)));
    Voucher red = transfer(2, 1, 2, 150);
    red.lines[0].ink = red.lines[1].ink = Ink::red;
    EXPECT_TRUE(post(red));
    EXPECT_EQ(ledger.balance(account(1)).debits, -50);
    EXPECT_EQ(ledger.natural(account(2)), -50);
}

TEST_F(Naive, ARepeatedRecordGetsTheFirstReceipt) {
    const Result first = post(transfer(1, 1, 2, 100));
    Result again = post(transfer(1, 1, 2, 100));
    EXPECT_EQ(again.outcome, Outcome::already_posted);
    again.outcome = Outcome::accepted;
    EXPECT_EQ(again, first);
    const Result other = post(transfer(1, 1, 2, 101));
    EXPECT_EQ(other.outcome, Outcome::id_conflict);
    EXPECT_EQ(other.position, first.position);
    Voucher dated = transfer(1, 1, 2, 100);
    dated.book_date = today;  // the first one gave none
    EXPECT_EQ(post(dated).outcome, Outcome::id_conflict);
    EXPECT_EQ(try_open(2, AccountKind::liability, unchanged).outcome, Outcome::already_posted);
    EXPECT_EQ(try_open(2, AccountKind::asset, unchanged).outcome, Outcome::account_exists);
    EXPECT_EQ(ledger.natural(account(1)), 100);
}

TEST_F(Naive, AGroupPostsAllOrNone) {
    Batch batch;
    batch.add(transfer(1, 1, 2, 100));
    batch.add(transfer(2, 1, 9, 5));
    batch.add(transfer(3, 9, 9, 0));
    batch.link(0, 3);
    const Position before = ledger.last_position();
    const auto results = ledger.post_batch(batch, tick());
    EXPECT_EQ(results[0].outcome, Outcome::group_failed);
    EXPECT_EQ(results[1].outcome, Outcome::account_unknown);
    EXPECT_EQ(results[2].outcome, Outcome::group_failed);
    EXPECT_EQ(ledger.last_position(), before);
    EXPECT_EQ(ledger.natural(account(1)), 0);
    EXPECT_EQ(ledger.find_record(record_id(1)), nullptr);
    EXPECT_TRUE(post(transfer(1, 1, 2, 7)));
}

TEST_F(Naive, AHoldLowersWhatIsAvailableAndIsCapturedInParts) {
    EXPECT_TRUE(minimum(1, 2, 0));
    EXPECT_TRUE(post(transfer(2, 1, 2, 100)));
    EXPECT_EQ(post(3, hold(2, 101)).outcome, Outcome::below_minimum);
    EXPECT_TRUE(post(3, hold(2, 70)));
    EXPECT_EQ(ledger.available(account(2)), 30);
    EXPECT_EQ(post(transfer(4, 2, 1, 31)).outcome, Outcome::below_minimum);
    Voucher capture = transfer(5, 2, 1, 50);
    capture.detail.captures = {{record_id(3), Amount{40}, {}}};
    EXPECT_TRUE(post(capture));
    EXPECT_EQ(ledger.find_hold(record_id(3))->remaining(), 30);
    EXPECT_EQ(ledger.available(account(2)), 20);
    capture = transfer(6, 2, 1, 20);
    capture.detail.captures = {{record_id(3), Amount{21}, {}}};
    EXPECT_EQ(post(capture).outcome, Outcome::hold_mismatch);
    capture = transfer(6, 2, 1, 31);
    capture.detail.captures = {{record_id(3), Amount{31}, {}}};
    EXPECT_EQ(post(capture).outcome, Outcome::hold_exceeded);
    EXPECT_TRUE(post(7, ReleaseHold{record_id(3), {}, {}}));
    EXPECT_EQ(post(8, ReleaseHold{record_id(3), {}, {}}).outcome, Outcome::hold_closed);
    EXPECT_EQ(entries(2).back(), (std::pair<EntryKind, Big>{EntryKind::hold_released, 0}));
}

TEST_F(Naive, JudicialHoldsQueueAndExceedTheBalance) {
    EXPECT_TRUE(post(transfer(1, 1, 2, 100)));
    EXPECT_TRUE(post(2, hold(2, 60, HoldKind::judicial)));
    EXPECT_TRUE(post(3, hold(2, 500, HoldKind::judicial)));
    EXPECT_EQ(ledger.cover(account(2), *ledger.find_hold(record_id(2))), 60);
    EXPECT_EQ(ledger.cover(account(2), *ledger.find_hold(record_id(3))), 40);
    EXPECT_EQ(post(transfer(4, 2, 1, 1)).outcome, Outcome::below_minimum);  // -460 falls under 0
    EXPECT_TRUE(post(transfer(5, 1, 2, 10)));                               // inflow is caught
    EXPECT_EQ(ledger.cover(account(2), *ledger.find_hold(record_id(3))), 50);
    Voucher both = transfer(6, 2, 1, 111);
    both.detail.captures = {{record_id(2), Amount{60}, {}}, {record_id(3), Amount{51}, {}}};
    const Result refused = post(both);
    EXPECT_EQ(refused.outcome, Outcome::hold_exceeded);
    EXPECT_EQ(refused.line, 1);
    both = transfer(6, 2, 1, 110);
    both.detail.captures = {{record_id(2), Amount{60}, {}}, {record_id(3), Amount{50}, {}}};
    EXPECT_TRUE(post(both));
    EXPECT_EQ(ledger.natural(account(2)), 0);
    EXPECT_EQ(ledger.held(account(2)), 450);
}

TEST_F(Naive, APreciseFreezeCatchesWhatIsLeftOfNamedMoney) {
    EXPECT_TRUE(post(transfer(1, 1, 2, 100)));
    EXPECT_TRUE(post(transfer(2, 1, 2, 50)));
    EXPECT_TRUE(post(transfer(3, 2, 1, 120)));  // first in first out: 30 of voucher 2 are left
    PlaceHold of_first = hold(2, 0, HoldKind::precise);
    of_first.sources = {record_id(1)};
    EXPECT_EQ(post(4, of_first).outcome, Outcome::nothing_to_hold);
    PlaceHold of_second = hold(2, 45, HoldKind::precise);
    of_second.sources = {record_id(2), record_id(2)};
    EXPECT_TRUE(post(5, of_second));
    EXPECT_EQ(ledger.find_hold(record_id(5))->amount, 30);
    EXPECT_EQ(post(5, of_second).outcome, Outcome::already_posted);
    of_second.amount = Amount{30};
    EXPECT_EQ(post(5, of_second).outcome, Outcome::id_conflict);
    PlaceHold of_outflow = hold(2, 0, HoldKind::precise);
    of_outflow.sources = {record_id(3)};
    EXPECT_EQ(post(6, of_outflow).outcome, Outcome::voucher_unknown);
}

TEST_F(Naive, APreciseFreezeCatchesWhatVouchersOfAnOrderBroughtSoFar) {
    const auto of_order = [&](unsigned id, unsigned from, unsigned to, int amount) {
        Voucher voucher = transfer(id, from, to, amount);
        voucher.order = OrderId{7};
        return voucher;
    };
    EXPECT_TRUE(post(of_order(1, 1, 2, 100)));
    EXPECT_TRUE(post(of_order(2, 2, 1, 30)));  // brings nothing: does not matter
    EXPECT_TRUE(post(of_order(3, 1, 2, 50)));
    PlaceHold both = hold(2, 0, HoldKind::precise);
    both.orders = {OrderId{7}, OrderId{7}};
    both.sources = {record_id(3)};
    EXPECT_TRUE(post(4, both));
    EXPECT_EQ(ledger.find_hold(record_id(4))->amount, 120);
    EXPECT_EQ(ledger.find_hold(record_id(4))->resolved, (std::vector{record_id(1)}));
    EXPECT_EQ(post(4, both).outcome, Outcome::already_posted);
    EXPECT_TRUE(post(of_order(5, 1, 2, 9)));  // too late for the hold
    EXPECT_EQ(post(4, both).outcome, Outcome::already_posted);
    both.orders[1] = OrderId{8};
    const Result refused = post(6, both);
    EXPECT_EQ(refused.outcome, Outcome::voucher_unknown);
    EXPECT_EQ(refused.line, 2);
}

TEST_F(Naive, AHotAccountBuffersInflowAndFoldsBeforeOutflow) {
    open(4, AccountKind::liability, [](OpenAccount& value) {
        value.buffering = {std::chrono::seconds{60}, 3};
    });
    EXPECT_TRUE(minimum(1, 4, 0));
    EXPECT_TRUE(post(transfer(2, 1, 4, 10)));
    EXPECT_TRUE(post(transfer(3, 1, 4, 5)));
    EXPECT_EQ(ledger.natural(account(4)), 15);
    EXPECT_EQ(ledger.natural_posted(account(4)), 0);
    EXPECT_EQ(post(4, hold(4, 1)).outcome, Outcome::below_minimum);
    EXPECT_TRUE(post(transfer(5, 4, 1, 12)));
    EXPECT_EQ(ledger.natural_posted(account(4)), 3);
    for (unsigned id = 6; id < 9; ++id) EXPECT_TRUE(post(transfer(id, 1, 4, 1)));
    using K = EntryKind;
    const std::vector<std::pair<EntryKind, Big>> expected = {
        {K::opened, 0}, {K::limits, 0}, {K::line, 10}, {K::line, 5}, {K::fold, 0},
        {K::line, 12},  {K::line, 1},   {K::line, 1},  {K::line, 1}, {K::fold, 0}};
    EXPECT_EQ(entries(4), expected);
    EXPECT_TRUE(post(transfer(9, 1, 4, 1)));
    EXPECT_EQ(ledger.next_due(), now + std::chrono::seconds{60});
    now = now + std::chrono::seconds{59};
    EXPECT_TRUE(post(transfer(10, 1, 2, 1)));  // time_passed comes first
    EXPECT_EQ(ledger.record_at({ledger.last_position().value - 1}).record().kind,
              RecordKind::time_passed);
    EXPECT_EQ(entries(4).back().first, EntryKind::fold);
}

TEST_F(Naive, HoldsExpireInOrderWhenTimePasses) {
    PlaceHold late = hold(2, 5);
    late.expires_at = now + std::chrono::seconds{20};
    PlaceHold soon = hold(3, 5);
    soon.expires_at = now + std::chrono::seconds{10};
    EXPECT_TRUE(post(1, late));
    EXPECT_TRUE(post(2, soon));
    EXPECT_EQ(ledger.next_due(), soon.expires_at);
    now = late.expires_at;
    EXPECT_EQ(post(3, soon).outcome, Outcome::value_out_of_range);
    EXPECT_EQ(ledger.held(account(2)), 0);
    EXPECT_EQ(ledger.held(account(3)), 0);
    EXPECT_EQ(ledger.next_due(), std::nullopt);
    EXPECT_EQ(ledger.held(account(2), {ledger.last_position().value - 1}), 5);
}

TEST_F(Naive, ALineOnAnOpenItemAccountOpensOrClears) {
    open(4, AccountKind::liability, [](OpenAccount& value) { value.open_items = true; });
    EXPECT_TRUE(post(transfer(1, 1, 4, 100)));
    const ItemId item{record_id(1).value};
    Voucher clear = transfer(2, 4, 1, 60);
    clear.lines[0].clears = item;
    EXPECT_TRUE(post(clear));
    EXPECT_EQ(ledger.find_item(item)->remaining(), 40);
    clear = transfer(3, 4, 1, 41);
    clear.lines[0].clears = item;
    EXPECT_EQ(post(clear).outcome, Outcome::item_exceeded);
    Voucher same_way = transfer(3, 1, 4, 1);
    same_way.lines[1].clears = item;
    EXPECT_EQ(post(same_way).outcome, Outcome::item_mismatch);
    EXPECT_TRUE(post(reversal(4, 2)));
    EXPECT_EQ(ledger.find_item(item)->remaining(), 100);
    EXPECT_TRUE(post(reversal(5, 1)));
    EXPECT_TRUE(ledger.open_items(account(4)).empty());
    EXPECT_EQ(ledger.natural(account(4)), 0);
}

TEST_F(Naive, AVoucherIsReversedOnceAndThenReplaced) {
    EXPECT_TRUE(post(transfer(1, 1, 2, 100)));
    Voucher correction = transfer(2, 1, 2, 90);
    correction.detail.replaces = record_id(1);
    EXPECT_EQ(post(correction).outcome, Outcome::reversal_mismatch);
    Voucher wrong = transfer(3, 2, 1, 99);
    wrong.detail.reverses = record_id(1);
    EXPECT_EQ(post(wrong).outcome, Outcome::reversal_mismatch);
    Voucher red = reversal(3, 1);
    red.red = true;
    EXPECT_TRUE(post(red));
    EXPECT_EQ(ledger.balance(account(1)).debits, 0);
    EXPECT_EQ(post(red).outcome, Outcome::already_posted);
    EXPECT_EQ(post(reversal(4, 1)).outcome, Outcome::already_reversed);
    EXPECT_EQ(post(reversal(5, 3)).outcome, Outcome::not_reversible);
    EXPECT_EQ(post(reversal(6, 99)).outcome, Outcome::voucher_unknown);
    EXPECT_TRUE(post(correction));
    EXPECT_EQ(ledger.reversal_of(record_id(1)), Position{7});
}

TEST_F(Naive, AParentEqualsItsChildrenAtEveryVoucher) {
    open(4, AccountKind::liability);
    open(5, AccountKind::liability, [](OpenAccount& value) { value.parent = account_id(4); });
    const Result broken = post(transfer(1, 1, 5, 10));
    EXPECT_EQ(broken.outcome, Outcome::relation_broken);
    EXPECT_EQ(broken.line, 1);
    EXPECT_EQ(broken.culprit, 0U);
    Voucher kept = transfer(2, 1, 4, 10);
    kept.lines.push_back({account_id(1), Side::debit, Amount{10}, Ink::black, {}, {}, {}});
    kept.lines.push_back({account_id(5), Side::credit, Amount{10}, Ink::black, {}, {}, {}});
    EXPECT_TRUE(post(kept));
    EXPECT_EQ(try_open(6, AccountKind::liability,
                       [](OpenAccount& value) { value.parent = account_id(2); })
                  .outcome,
              Outcome::accepted);
    EXPECT_EQ(try_open(7, AccountKind::liability,
                       [](OpenAccount& value) { value.parent = account_id(5); })
                  .outcome,
              Outcome::parent_mismatch);
}

TEST_F(Naive, ARelationIsKeptAndNamesItself) {
    DefineRelation relation;
    relation.number = 12;
    relation.terms = {{1, account_id(1), {}, {}, {}}, {-1, account_id(2), {}, {}, {}}};
    EXPECT_TRUE(post(relation));
    EXPECT_TRUE(post(transfer(1, 1, 2, 10)));
    const Result broken = post(transfer(2, 1, 3, 10));
    EXPECT_EQ(broken.outcome, Outcome::relation_broken);
    EXPECT_EQ(broken.culprit, 12U);
}

TEST_F(Naive, ADayIsCutThenClosed) {
    EXPECT_EQ(post(CloseDay{book, today}).outcome, Outcome::day_not_cut);
    EXPECT_TRUE(post(CutDay{book, today}));
    EXPECT_EQ(post(transfer(1, 1, 2, 1)).book_date, today + 1);
    Voucher late = transfer(2, 1, 2, 1);
    late.book_date = today;
    EXPECT_TRUE(post(late));
    EXPECT_TRUE(post(CloseDay{book, today}));
    late.id = record_id(3);
    EXPECT_EQ(post(late).outcome, Outcome::day_closed);
    EXPECT_EQ(post(CutDay{book, today + -1}).outcome, Outcome::day_closed);
    EXPECT_EQ(post(CloseDay{book, today + -1}).outcome, Outcome::day_closed);
    EXPECT_EQ(post(CloseDay{book, today}).outcome, Outcome::already_posted);
}

TEST_F(Naive, ATransitAccountIsZeroOnTheDayToCloseOrExcepted) {
    open(4, AccountKind::liability, [](OpenAccount& value) { value.transit = true; });
    Voucher in = transfer(1, 1, 4, 10);
    in.book_date = today;
    EXPECT_TRUE(post(in));
    Voucher out = transfer(2, 4, 2, 10);
    out.book_date = today + 1;
    EXPECT_TRUE(post(out));
    EXPECT_TRUE(post(CutDay{book, today + 1}));
    const Result refused = post(CloseDay{book, today});
    EXPECT_EQ(refused.outcome, Outcome::transit_not_zero);
    EXPECT_EQ(refused.account, account_id(4));
    const CloseDay wrong{book, today, {account_id(4), account_id(1)}};
    EXPECT_EQ(post(wrong).outcome, Outcome::transit_mismatch);
    EXPECT_EQ(post(wrong).line, 1);
    EXPECT_TRUE(post(CloseDay{book, today, {account_id(4)}}));
    EXPECT_EQ(post(CloseDay{book, today + 1, {account_id(4)}}).outcome, Outcome::transit_is_zero);
    EXPECT_EQ(post(7, CloseAccount{account_id(4)}).outcome, Outcome::not_zero);
    EXPECT_TRUE(post(CloseDay{book, today + 1}));
    EXPECT_TRUE(post(7, CloseAccount{account_id(4)}));
}

TEST_F(Naive, OverflowIsJudgedByValueAfterEachLine) {
    EXPECT_TRUE(post(transfer(1, 1, 2, i128_max)));
    const Result over = post(transfer(2, 1, 3, 1));
    EXPECT_EQ(over.outcome, Outcome::overflow);
    EXPECT_EQ(over.line, 0);
    EXPECT_TRUE(post(transfer(3, 2, 1, i128_max)));
    EXPECT_EQ(ledger.natural(account(1)), 0);
    EXPECT_EQ(narrow(big(i128_min)), i128_min);
    EXPECT_FALSE(fits(big(i128_max) + 1));
    EXPECT_THROW(narrow(big(i128_min) - 1), std::overflow_error);
}

TEST_F(Naive, AnAccountClosesOnlyAtZero) {
    EXPECT_TRUE(post(transfer(1, 1, 2, 10)));
    EXPECT_EQ(post(2, CloseAccount{account_id(2)}).outcome, Outcome::not_zero);
    EXPECT_TRUE(post(transfer(3, 2, 1, 10)));
    EXPECT_TRUE(post(4, CloseAccount{account_id(2)}));
    EXPECT_EQ(post(transfer(5, 1, 2, 10)).outcome, Outcome::account_closed);
    EXPECT_EQ(minimum(6, 2, 0).outcome, Outcome::account_closed);
    EXPECT_TRUE(ledger.status(account(2)).closed);
    EXPECT_FALSE(ledger.status(account(2), Position{7}).closed);
}

TEST_F(Naive, AFreezeForbidsItsDirection) {
    EXPECT_TRUE(post(1, SetFreeze{account_id(2), Freeze::inflow_only, "court"}));
    EXPECT_EQ(post(transfer(2, 2, 1, 1)).outcome, Outcome::account_frozen);
    EXPECT_TRUE(post(transfer(3, 1, 2, 1)));
    EXPECT_TRUE(post(4, SetFreeze{account_id(2), Freeze::outflow_only, ""}));
    EXPECT_TRUE(post(transfer(5, 2, 1, 1)));
    EXPECT_EQ(post(transfer(6, 1, 2, 1)).outcome, Outcome::account_frozen);
}

}  // namespace
}  // namespace ledger::oracle
