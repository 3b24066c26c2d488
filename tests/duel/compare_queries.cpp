// See compare_queries.hpp.
#include "compare_queries.hpp"

#include "compare_past.hpp"
#include "compare_points.hpp"
#include "compare_sweeps.hpp"
#include "expected.hpp"
#include "pages.hpp"
#include "texts.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace ledger::oracle {

namespace {

template <class T>
std::vector<T> reversed(std::vector<T> list) {
    std::reverse(list.begin(), list.end());
    return list;
}

class Comparison {
public:
    Comparison(const NaiveLedger& naive, const View& view, Questions questions)
        : expected_(naive, view.position()), view_(view), questions_(questions) {}

    void whole();
    void accounts();
    void records();
    void unknown_things();

private:
    const NaiveLedger& naive() const { return expected_.naive(); }
    Position at() const { return expected_.position(); }
    std::uint64_t roll(std::uint64_t sides) { return questions_.random() % sides; }
    bool is_asked() { return roll(questions_.share) == 0; }
    PageRequest some_page(std::size_t size_max);
    Range some_range(const std::vector<AccountEntry>& entries);

    void figures(const AccountFact& account);
    void entries(const AccountFact& account);
    void ranges(const std::string& who, const AccountFact& account,
                const std::vector<AccountEntry>& all);
    void holds(const AccountFact& account);
    void items(const AccountFact& account);
    void accounts_by_code();
    void groups();
    void voucher(const RecordFact& fact);
    void orders();
    void late_vouchers();
    void days();
    void instants();

    Expected expected_;
    const View& view_;
    Questions questions_;
};

PageRequest Comparison::some_page(std::size_t size_max) {
    PageRequest page;
    page.size = 1 + roll(size_max);
    page.backward = roll(2) == 0;
    return page;
}

// ---- the whole

void Comparison::whole() {
    const auto sorted_sums = [&] {
        std::vector<TrialSum> sums = view_.trial_sums();
        std::sort(sums.begin(), sums.end(), [](const TrialSum& a, const TrialSum& b) {
            return std::pair{a.book, a.currency} < std::pair{b.book, b.currency};
        });
        return sums;
    };
    expect_same("trial sums", expected_.trial_sums(), sorted_sums());
    const auto expect_definitions = [](const char* what, bool same) {
        if (!same) throw Disagreement(std::string("the definitions of ") + what + " differ");
    };
    std::vector<DefineCurrency> currencies;
    for (const Currency& one : view_.currencies()) currencies.push_back({one});
    expect_definitions("currencies", currencies == expected_.definitions<DefineCurrency>());
    expect_definitions("books", view_.books() == expected_.definitions<DefineBook>());
    expect_definitions("groups", view_.groups() == expected_.definitions<DefineGroup>());
    expect_definitions("relations", view_.relations() == expected_.definitions<DefineRelation>());
    instants();
}

void Comparison::instants() {
    if (!at()) return;
    expect_same("instant", std::to_string(naive().record_at(at()).instant.nanoseconds),
                std::to_string(view_.instant().nanoseconds));
    for (int i = 0; i < 5; ++i) {
        const Instant near = naive().record_at({1 + roll(at().value)}).instant;
        const Instant asked = near + std::chrono::nanoseconds{static_cast<int>(roll(3)) - 1};
        expect_same("position at " + std::to_string(asked.nanoseconds),
                    std::to_string(expected_.position_at(asked).value),
                    std::to_string(view_.position_at(asked).value));
    }
}

// ---- accounts

void Comparison::accounts() {
    for (const AccountFact* account : expected_.accounts()) {
        if (!is_asked()) continue;
        const AccountId id = account->opened.id;
        expect_same("account", text_of(expected_.account(*account)), text_of(view_.account(id)));
        expect_same("balance of " + to_string(id), text_of(expected_.balance(*account)),
                    text_of(view_.balance(id)));
        figures(*account);
        entries(*account);
        holds(*account);
        items(*account);
    }
    accounts_by_code();
    groups();
}

void Comparison::figures(const AccountFact& account) {
    const std::string who = " of " + to_string(account.opened.id);
    const auto balance = view_.balance(account.opened.id);
    const auto expect_figure = [&](const char* what, const Big& expected, const Amount& answered) {
        expect_same(what + who, expected.str(), to_string(answered));
    };
    expect_figure("total", naive().natural(account, at()), balance->total());
    expect_figure("posted", naive().natural_posted(account, at()), balance->posted());
    expect_figure("available", naive().available(account, at()), balance->available());
    if (naive().children_of(account, at()).empty()) return;
    Big children = 0;
    for (const AccountFact* child : naive().children_of(account, at())) {
        children += big(view_.balance(child->opened.id)->total());
    }
    expect_figure("sum of the children", children, balance->total());
}

void Comparison::entries(const AccountFact& account) {
    const AccountId id = account.opened.id;
    const std::string who = " of " + to_string(id);
    const std::vector<AccountEntry> all = expected_.entries(account);
    PageRequest page = some_page(40);
    const auto ask = [&](const PageRequest& request) { return view_.entries(id, request); };
    page.backward = false;
    expect_same("entries" + who, all, all_pages("entries" + who, page, ask));
    page.backward = true;
    expect_same("entries backward" + who, reversed(all), all_pages("entries" + who, page, ask));
    for (int i = 0; i < 3; ++i) ranges(who, account, all);
}

Range Comparison::some_range(const std::vector<AccountEntry>& entries) {
    const auto some_position = [&] {
        if (entries.empty() || roll(4) == 0) return Position{1 + roll(at().value + 2)};
        return Position{entries[roll(entries.size())].position.value + roll(2)};
    };
    const auto some_instant = [&] {
        const Instant near = naive().record_at({1 + roll(at().value)}).instant;
        return near + std::chrono::nanoseconds{static_cast<int>(roll(3)) - 1};
    };
    Range range;
    if (roll(3) == 0) range.from_position = some_position();
    if (roll(3) == 0) range.to_position = some_position();
    if (roll(3) == 0) range.from = some_instant();
    if (roll(3) == 0) range.to = some_instant();
    return range;
}

void Comparison::ranges(const std::string& who, const AccountFact& account,
                        const std::vector<AccountEntry>& all) {
    const Range range = some_range(all);
    const PageRequest page = some_page(9);
    const bool lines_only = roll(2) == 0;
    std::vector<AccountEntry> inside;
    for (const AccountEntry& entry : all) {
        const bool is_inside = (!range.from_position || entry.position >= range.from_position) &&
                               (!range.to_position || entry.position <= range.to_position) &&
                               (!range.from || entry.instant >= range.from) &&
                               (!range.to || entry.instant <= range.to) &&
                               (!lines_only || entry.kind == EntryKind::line);
        if (is_inside) inside.push_back(entry);
    }
    if (page.backward) inside = reversed(inside);
    const std::string question =
        (lines_only ? "lines" : "entries") + who + (page.backward ? " backward" : "") +
        " by positions " + std::to_string(range.from_position.value) + ".." +
        std::to_string(range.to_position.value) + " and instants " +
        std::to_string(range.from.nanoseconds) + ".." + std::to_string(range.to.nanoseconds) +
        ", pages of " + std::to_string(page.size);
    const auto ask = [&](const PageRequest& request) {
        return lines_only ? view_.lines(account.opened.id, request, range)
                          : view_.entries(account.opened.id, request, range);
    };
    expect_same(question, inside, all_pages(question, page, ask));
}

void Comparison::accounts_by_code() {
    std::vector<std::string> prefixes = {"", "liab", "liab.client.", "liab.client.vip.1", "nobody"};
    if (!naive().accounts().empty()) {
        const std::string& code = naive().accounts()[roll(naive().accounts().size())].opened.code;
        prefixes.push_back(code.substr(0, roll(code.size() + 1)));
    }
    for (const std::string& prefix : prefixes) {
        if (!is_asked()) continue;
        // Codes are told apart by their first 16 bytes; accounts alike in these come as they were
        // opened.
        std::map<std::pair<std::string, Position>, AccountInfo> sorted;
        for (const AccountFact* account : naive().accounts_by_code(prefix, at())) {
            sorted[{account->opened.code.substr(0, 16), account->position}] =
                expected_.account(*account);
        }
        std::vector<AccountInfo> expected;
        for (const auto& [key, account] : sorted) expected.push_back(account);
        PageRequest page = some_page(20);
        page.backward = false;
        const std::string question = "accounts by code '" + prefix + "'";
        const auto ask = [&](const PageRequest& request) {
            return view_.accounts(prefix, request);
        };
        expect_same(question, expected, all_pages(question, page, ask));
    }
}

void Comparison::groups() {
    std::set<std::pair<BookId, CurrencyCode>> moneys;
    for (const AccountFact* account : expected_.accounts()) {
        moneys.insert({account->opened.book, account->opened.currency});
    }
    for (const DefineGroup& group : expected_.definitions<DefineGroup>()) {
        for (const auto& [book, currency] : moneys) {
            if (!is_asked()) continue;
            const auto expected = expected_.group_balance(group, book, currency);
            if (!expected) continue;
            expect_same("balance of group " + group.code + " in book " +
                            std::to_string(book.number) + ' ' + std::string(currency.text()),
                        text_of(expected),
                        text_of(view_.balance_of_group(group.code, book, currency)));
        }
    }
}

// ---- holds and open items

void Comparison::holds(const AccountFact& account) {
    const AccountId id = account.opened.id;
    for (const bool open_only : {true, false}) {
        std::vector<HoldInfo> expected = expected_.holds(account, open_only);
        const PageRequest page = some_page(7);
        if (page.backward) expected = reversed(expected);
        const std::string question = (open_only ? "open holds of " : "holds of ") + to_string(id) +
                                     (page.backward ? " backward" : "");
        const auto ask = [&](const PageRequest& request) {
            return view_.holds(id, open_only, request);
        };
        expect_same(question, expected, all_pages(question, page, ask));
    }
    for (const HoldFact& hold : account.holds) {
        if (hold.placed > at() || !is_asked()) continue;
        expect_same("hold", text_of(expected_.hold(account, hold)), text_of(view_.hold(hold.id)));
    }
}

void Comparison::items(const AccountFact& account) {
    const AccountId id = account.opened.id;
    std::vector<ItemInfo> expected = expected_.open_items(account);
    const PageRequest page = some_page(7);
    if (page.backward) expected = reversed(expected);
    const std::string question =
        "open items of " + to_string(id) + (page.backward ? " backward" : "");
    const auto ask = [&](const PageRequest& request) { return view_.open_items(id, request); };
    expect_same(question, expected, all_pages(question, page, ask));
    for (const ItemFact& item : account.items) {
        if (item.opened > at() || !is_asked()) continue;
        expect_same("item", text_of(expected_.item(account, item)), text_of(view_.item(item.id)));
    }
}

// ---- records

void Comparison::records() {
    for (const RecordFact& fact : naive().records()) {
        if (fact.position > at()) break;
        if (!is_asked()) continue;
        const std::string expected = text_of(expected_.record(fact));
        const RecordId id = fact.record().id;
        expect_same("record by position", expected, text_of(view_.record(fact.position)));
        if (id) expect_same("record by id", expected, text_of(view_.record(id)));
        if (fact.record().kind == RecordKind::voucher) {
            voucher(fact);
        } else {
            const std::string where =
                "no voucher, but record " + std::to_string(fact.position.value);
            expect_same(where, "nothing", text_of(view_.voucher(fact.position)));
            if (id) expect_same(where, "nothing", text_of(view_.voucher(id)));
        }
    }
    orders();
    late_vouchers();
    days();
}

void Comparison::days() {
    std::set<BookId> books = {BookId{40'000}};
    for (const auto& [book, defined] : naive().books()) books.insert(book);
    for (const BookId book : books) {
        const std::string of = " of book " + std::to_string(book.number);
        const auto expected = naive().days(book, at());
        std::optional<ledger::BookDays> days;
        if (expected) {
            days = ledger::BookDays{expected->first_date, expected->closed_through, Date::none()};
            if (expected->last_cut) days->current = expected->last_cut + 1;
        }
        if (view_.days(book) != days) throw Disagreement("the days" + of);
        std::map<Date, std::uint64_t> open;
        for (const RecordFact& fact : naive().records()) {
            const BatchRecord& record = fact.record();
            const bool counts = record.kind == RecordKind::voucher && record.book == book &&
                                fact.position <= at() &&
                                (!expected || record.book_date > expected->closed_through);
            if (counts) ++open[record.book_date];
        }
        PageRequest page = some_page(3);
        page.backward = false;
        const std::string question = "open dates" + of;
        std::string answered;
        for (const OpenDate& one : all_pages(question, page, [&](const PageRequest& request) {
                 return view_.open_dates(book, request);
             })) {
            answered += to_string(one.date) + " with " + std::to_string(one.vouchers) + "; ";
        }
        std::string wanted;
        for (const auto& [date, vouchers] : open) {
            wanted += to_string(date) + " with " + std::to_string(vouchers) + "; ";
        }
        expect_same(question, wanted, answered);
    }
}

/// The vouchers that name a day as the one they concern, and those that the day lacks for it.
void Comparison::late_vouchers() {
    std::set<std::pair<BookId, Date>> days{{BookId{1}, Date{20'000}}};
    std::vector<PostedVoucher> all;
    for (const RecordFact& fact : naive().records()) {
        const auto* detail = fact.stored.detail<VoucherDetail>(fact.record());
        if (detail == nullptr || !detail->concerns || fact.position > at()) continue;
        all.push_back(expected_.voucher(fact));
        const BookId book = fact.record().book;
        days.insert({{book, detail->concerns}, {book, detail->concerns + 1}});
    }
    for (const auto& asked : days) {
        if (!is_asked()) continue;
        const BookId book = asked.first;
        const Date day = asked.second;
        std::vector<PostedVoucher> concerning;
        std::vector<PostedVoucher> late;
        for (const PostedVoucher& one : all) {
            if (one.voucher.book != book) continue;
            const Date concerned = one.voucher.detail.concerns;
            if (concerned == day) concerning.push_back(one);
            if (concerned <= day && day < one.voucher.book_date) late.push_back(one);
        }
        const PageRequest page = some_page(4);
        if (page.backward) {
            concerning = reversed(concerning);
            late = reversed(late);
        }
        const std::string of = to_string(day) + " of book " + std::to_string(book.number);
        const std::string question = "vouchers concerning " + of;
        expect_same(question, concerning,
                    all_pages(question, page, [&](const PageRequest& request) {
                        return view_.vouchers_concerning(book, day, request);
                    }));
        const std::string second = "vouchers late for " + of;
        expect_same(second, late, all_pages(second, page, [&](const PageRequest& request) {
                        return view_.late_vouchers(book, day, request);
                    }));
    }
}

void Comparison::voucher(const RecordFact& fact) {
    const BatchRecord& record = fact.record();
    const std::string expected = text_of(expected_.voucher(fact));
    expect_same("voucher by position", expected, text_of(view_.voucher(fact.position)));
    expect_same("voucher by id", expected, text_of(view_.voucher(record.id)));
    expect_same("voucher by number", expected,
                text_of(view_.voucher(record.book, record.book_date, record.number)));
    const RecordFact* next =
        naive().find_voucher(record.book, record.book_date, record.number + 1, at());
    expect_same("voucher by the next number",
                next == nullptr ? "nothing" : text_of(expected_.voucher(*next)),
                text_of(view_.voucher(record.book, record.book_date, record.number + 1)));
}

void Comparison::orders() {
    std::set<OrderId> orders = {OrderId{}, OrderId{0xABCDEF}};
    for (const RecordFact& fact : naive().records()) {
        if (is_asked()) orders.insert(fact.record().order);
    }
    for (const OrderId order : orders) {
        std::vector<PostedRecord> records;
        std::vector<HoldInfo> holds;
        for (const Position position : naive().records_of(order, at())) {
            const RecordFact& fact = naive().record_at(position);
            records.push_back(expected_.record(fact));
            if (fact.record().kind != RecordKind::place_hold) continue;
            const HoldId id = fact.record().id;
            holds.push_back(expected_.hold(naive().account_of_hold(id), *naive().find_hold(id)));
        }
        const PageRequest page = some_page(9);
        if (page.backward) {
            records = reversed(records);
            holds = reversed(holds);
        }
        const std::string of = " of order " + to_string(order);
        expect_same("records" + of, records,
                    all_pages("records" + of, page, [&](const PageRequest& request) {
                        return view_.records_of(order, request);
                    }));
        expect_same("holds" + of, holds,
                    all_pages("holds" + of, page, [&](const PageRequest& request) {
                        return view_.holds_of(order, request);
                    }));
    }
}

// ---- what is not there

/// Ids of nothing, and of what came after the view's position.
void Comparison::unknown_things() {
    const auto expect_nothing = [&](const char* what, u128 id) {
        expect_same(std::string("account ") + what, "nothing",
                    text_of(view_.account(AccountId{id})));
        expect_same(std::string("balance ") + what, "nothing",
                    text_of(view_.balance(AccountId{id})));
        expect_same(std::string("record ") + what, "nothing", text_of(view_.record(RecordId{id})));
        expect_same(std::string("voucher ") + what, "nothing",
                    text_of(view_.voucher(VoucherId{id})));
        expect_same(std::string("hold ") + what, "nothing", text_of(view_.hold(HoldId{id})));
        expect_same(std::string("item ") + what, "nothing", text_of(view_.item(ItemId{id})));
        const bool is_empty = view_.entries(AccountId{id}).items.empty() &&
                              view_.holds(AccountId{id}).items.empty() &&
                              view_.open_items(AccountId{id}).items.empty();
        if (!is_empty) throw Disagreement(std::string("an account ") + what + " has entries");
    };
    expect_nothing("zero", 0);
    expect_nothing("unknown", from_words(questions_.random(), questions_.random()));
    expect_same("record at zero", "nothing", text_of(view_.record(Position{})));
    expect_same("record after all", "nothing", text_of(view_.record(at() + 1)));
    expect_same("voucher after all", "nothing", text_of(view_.voucher(at() + 1)));
    for (const RecordFact& fact : naive().records()) {
        if (fact.position > at() && fact.record().id && is_asked()) {
            expect_same("later record", "nothing", text_of(view_.record(fact.record().id)));
        }
    }
    for (const AccountFact& account : naive().accounts()) {
        if (account.position <= at() || !is_asked()) continue;
        expect_same("later account", "nothing", text_of(view_.account(account.opened.id)));
        expect_same("later account", "nothing", text_of(view_.balance(account.opened.id)));
    }
}

}  // namespace

void compare_queries(const NaiveLedger& naive, const View& view, Questions questions) {
    if (naive.last_position() < view.position()) {
        throw Disagreement("the view is at position " + std::to_string(view.position().value) +
                           ", but only " + std::to_string(naive.last_position().value) +
                           " records were accepted");
    }
    Comparison comparison(naive, view, questions);
    comparison.whole();
    comparison.accounts();
    comparison.records();
    comparison.unknown_things();
    const Expected expected(naive, view.position());
    compare_past(expected, view, questions);
    compare_sweeps(expected, view, questions);
    compare_points(expected, view, questions);
}

}  // namespace ledger::oracle
