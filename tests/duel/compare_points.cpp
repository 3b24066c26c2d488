// See compare_points.hpp.
#include "compare_points.hpp"

#include "pages.hpp"
#include "texts.hpp"

#include "ledger/core/error.hpp"
#include "ledger/reporting/bridge.hpp"
#include "ledger/reporting/comparison.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace ledger::oracle {

namespace {

std::string place_text(Position position, Instant instant) {
    return " at " + std::to_string(position.value) + ", instant " +
           std::to_string(instant.nanoseconds);
}

std::string close_text(const CloseDay& close, Position position, Instant instant) {
    std::string text = "close of " + to_string(close.date) + " of book " +
                       std::to_string(close.book.number) + place_text(position, instant);
    for (const AccountId id : close.exceptions) text += ", except " + to_string(id);
    return text;
}

std::string close_text(const std::optional<DayClose>& one) {
    return one ? close_text(one->close, one->position, one->instant) : "nothing";
}

std::string certificate_text(const std::optional<Certificate>& made) {
    if (!made) return "nothing";
    return "certificate of " + to_string(made->date) + " of book " +
           std::to_string(made->book.number) + ", closed at " + std::to_string(made->close.value) +
           ": " + made->algorithm + " of " + std::to_string(made->accounts) + ", " + made->digest;
}

std::string snapshot_text(const Snapshot& cut, Position position, Instant instant) {
    return "snapshot " + cut.name + " of " + std::to_string(cut.position.value) + ": " +
           cut.algorithm + " of " + std::to_string(cut.accounts) + ", " + cut.digest +
           place_text(position, instant);
}

std::string snapshot_text(const SnapshotCut& cut) {
    return snapshot_text(cut.snapshot, cut.position, cut.instant);
}

std::string sums_text(const Turnover& sums) {
    return to_string(sums.debits) + "/" + to_string(sums.credits);
}

/// An account on a bridge, or in a comparison: what it had, what came, or what it has then.
std::string account_text(AccountId id, const std::string& before, const std::string& between,
                         const std::string& through) {
    return to_string(id) + ": " + before + ", " + between + ", " + through;
}

template <class List, class Text>
std::vector<std::string> texts_of(const List& list, const Text& text) {
    std::vector<std::string> texts;
    for (const auto& one : list) texts.push_back(text(one));
    return texts;
}

void expect_same_texts(const std::string& question, const std::vector<std::string>& expected,
                       const std::vector<std::string>& answered) {
    for (std::size_t i = 0; i < std::max(expected.size(), answered.size()); ++i) {
        expect_same(question + ", item " + std::to_string(i),
                    i < expected.size() ? expected[i] : "the end",
                    i < answered.size() ? answered[i] : "the end");
    }
}

class PointComparison {
public:
    PointComparison(const Expected& expected, const View& view, Questions questions)
        : expected_(expected), view_(view), questions_(questions) {}

    void snapshots();
    void closes(BookId book);
    void bridge(BookId book);
    void compare_positions();
    void compare_dates(BookId book);
    void compare_knowledge(BookId book);

private:
    /// A voucher, and the record that it is.
    using IsOfSpan = std::function<bool(const RecordFact& fact)>;
    struct Change {
        const AccountFact* account = nullptr;
        LineSums before;
        LineSums through;
    };

    const NaiveLedger& naive() const { return expected_.naive(); }
    Position at() const { return expected_.position(); }
    std::uint64_t roll(std::uint64_t sides) { return questions_.random() % sides; }
    PageRequest some_page(std::size_t size_max) { return {1 + roll(size_max), false, {}}; }
    Date some_date(BookId book);
    std::pair<Position, Position> two_positions();
    std::vector<const AccountFact*> accounts_of(BookId book, Position known) const;
    std::vector<const RecordFact*> vouchers(const IsOfSpan& is_of_span) const;
    void bridged_accounts(const std::string& of, const Bridge& bridge,
                          const std::vector<PostedVoucher>& late);
    void compare(const std::string& what, const ComparedSpan& span,
                 const std::vector<Change>& changes, const std::vector<const RecordFact*>& by);

    const Expected& expected_;
    const View& view_;
    Questions questions_;
};

// ---- snapshots and closed days

void PointComparison::snapshots() {
    std::vector<std::string> cuts;
    for (const auto& [cut, fact] : expected_.records_of<Snapshot>()) {
        cuts.push_back(snapshot_text(*cut, fact->position, fact->instant));
        const auto named = view_.snapshot(cut->name);
        expect_same("snapshot by name", cuts.back(), named ? snapshot_text(*named) : "nothing");
    }
    PageRequest page = some_page(5);
    page.backward = roll(2) == 0;
    if (page.backward) std::ranges::reverse(cuts);
    const auto answered = all_pages(
        "snapshots", page, [&](const PageRequest& request) { return view_.snapshots(request); });
    expect_same_texts("snapshots", cuts, texts_of(answered, [](const SnapshotCut& cut) {
                          return snapshot_text(cut);
                      }));
}

/// Near some voucher of the book, or some close.
Date PointComparison::some_date(BookId book) {
    std::vector<Date> dates;
    for (const RecordFact* fact :
         vouchers([&](const RecordFact& one) { return one.record().book == book; })) {
        dates.push_back(fact->record().book_date);
    }
    const std::size_t vouchers = dates.size();
    for (const auto& [close, fact] : expected_.records_of<CloseDay>()) {
        if (close->book == book) dates.push_back(close->date);
    }
    if (dates.empty()) return utc_date(naive().record_at(at()).instant);
    const bool is_of_close = dates.size() > vouchers && roll(2) == 0;
    const Date near =
        is_of_close ? dates[vouchers + roll(dates.size() - vouchers)] : dates[roll(dates.size())];
    return std::clamp(near + static_cast<std::int32_t>(roll(3)) + -1, date_min + 1, date_max);
}

void PointComparison::closes(BookId book) {
    const std::string of = " of book " + std::to_string(book.number);
    const Date asked = some_date(book);
    std::string closed_by = "nothing";
    std::vector<std::string> closes;
    for (const auto& [close, fact] : expected_.records_of<CloseDay>()) {
        if (close->book != book) continue;
        closes.push_back(close_text(*close, fact->position, fact->instant));
        if (close->date >= asked && closed_by == "nothing") closed_by = closes.back();
        std::optional<Certificate> certificate;
        for (const auto& [made, record] : expected_.records_of<Certificate>()) {
            if (made->book == book && made->date == close->date) certificate = *made;
        }
        expect_same("certificate" + of, certificate_text(certificate),
                    certificate_text(view_.certificate(book, close->date)));
    }
    expect_same("what closed " + to_string(asked) + of, closed_by,
                close_text(view_.closed_by(book, asked)));
    PageRequest page = some_page(4);
    page.backward = roll(2) == 0;
    if (page.backward) std::ranges::reverse(closes);
    const auto answered = all_pages("closes" + of, page, [&](const PageRequest& request) {
        return view_.day_closes(book, request);
    });
    expect_same_texts("closes" + of, closes,
                      texts_of(answered, [](const DayClose& one) { return close_text(one); }));
}

std::vector<const RecordFact*> PointComparison::vouchers(const IsOfSpan& is_of_span) const {
    std::vector<const RecordFact*> found;
    for (const RecordFact& fact : naive().records()) {
        if (fact.position > at()) break;
        if (fact.record().kind == RecordKind::voucher && is_of_span(fact)) found.push_back(&fact);
    }
    return found;
}

// ---- bridges

/// A day that is not closed has no bridge.
void PointComparison::bridge(BookId book) {
    const Date day = some_date(book);
    const std::string of =
        " of the bridge of " + to_string(day) + " of book " + std::to_string(book.number);
    std::optional<Bridge> bridge;
    try {
        bridge.emplace(view_, book, day);
    } catch (const InvalidArgument&) {
    }
    std::string closed = "nothing";
    for (const auto& [close, fact] : expected_.records_of<CloseDay>()) {
        if (close->book != book || close->date < day) continue;
        closed = close_text(*close, fact->position, fact->instant);
        break;
    }
    expect_same("the close" + of, closed, bridge ? close_text(bridge->head().close) : "nothing");
    if (!bridge) return;
    std::vector<PostedVoucher> late;
    for (const RecordFact* fact : vouchers([&](const RecordFact& one) {
             const auto* detail = one.stored.detail<VoucherDetail>(one.record());
             return one.record().book == book && one.record().book_date > day &&
                    detail != nullptr && detail->concerns && detail->concerns <= day;
         })) {
        late.push_back(expected_.voucher(*fact));
    }
    expect_same("vouchers" + of, late,
                all_pages("vouchers" + of, some_page(4),
                          [&](const PageRequest& request) { return bridge->vouchers(request); }));
    bridged_accounts(of, *bridge, late);
}

/// Certified and late make what is seen, unless a figure leaves 128 bits.
void PointComparison::bridged_accounts(const std::string& of, const Bridge& bridge,
                                       const std::vector<PostedVoucher>& late) {
    std::map<AccountId, LineSums> sums;
    for (const PostedVoucher& posted : late) {
        for (const VoucherLine& line : posted.voucher.lines) {
            const Big amount = big(line.amount);
            sums[line.account].add(line.side, line.ink == Ink::red ? Big(-amount) : amount);
        }
    }
    std::vector<std::string> expected;
    for (const auto& [id, sum] : sums) {
        const AccountFact& account = *naive().find_account(id, at());
        const Side side = NaiveLedger::normal_side(account);
        const Big certified =
            expected_.sums_on(account, bridge.head().date, bridge.head().close.position)
                .on_side(side);
        const Big seen = certified + sum.on_side(side);
        if (!sum.is_in_bounds() || !fits(certified) || !fits(seen)) return;
        expected.push_back(account_text(id, certified.str(), sum.text(), seen.str()));
    }
    const auto answered = all_pages("accounts" + of, some_page(5), [&](const PageRequest& request) {
        return bridge.accounts(request);
    });
    expect_same_texts("accounts" + of, expected, texts_of(answered, [](const BridgedAccount& one) {
                          return account_text(one.account.id, to_string(one.certified),
                                              sums_text(one.late), to_string(one.seen));
                      }));
}

// ---- what lies between two points

std::vector<const AccountFact*> PointComparison::accounts_of(BookId book, Position known) const {
    std::vector<const AccountFact*> found;
    for (const AccountFact* account : expected_.accounts()) {
        if (account->opened.book == book && account->position <= known) found.push_back(account);
    }
    return found;
}

std::pair<Position, Position> PointComparison::two_positions() {
    const std::uint64_t through = 1 + roll(at().value);
    return {{roll(through)}, {through}};
}

void PointComparison::compare(const std::string& what, const ComparedSpan& span,
                              const std::vector<Change>& changes,
                              const std::vector<const RecordFact*>& by) {
    std::vector<PostedVoucher> vouchers;
    for (const RecordFact* fact : by) vouchers.push_back(expected_.voucher(*fact));
    Comparison comparison(view_, span);
    std::vector<PostedVoucher> given;
    while (comparison.next_vouchers(1 + roll(20), given)) {
    }
    expect_same("vouchers " + what, vouchers, given);

    std::vector<std::string> expected;
    for (const auto& [account, before, through] : changes) {
        if (!before.is_in_bounds() || !through.is_in_bounds()) return;
        if (before == through) continue;
        expected.push_back(account_text(account->opened.id,
                                        "book " + std::to_string(account->opened.book.number),
                                        before.text(), through.text()));
    }
    const auto answered =
        all_pages("accounts " + what, some_page(30),
                  [&](const PageRequest& page) { return comparison.accounts(page); });
    expect_same_texts("accounts " + what, expected, texts_of(answered, [](const BookMovement& one) {
                          return account_text(
                              one.movement.id, "book " + std::to_string(one.book.number),
                              sums_text(one.movement.before), sums_text(one.movement.through));
                      }));
}

void PointComparison::compare_positions() {
    const auto [after, through] = two_positions();
    std::vector<Change> changes;
    for (const DefineBook& book : expected_.definitions<DefineBook>()) {
        for (const AccountFact* account : accounts_of(book.book, through)) {
            changes.push_back({account, expected_.sums_on(*account, date_max, after),
                               expected_.sums_on(*account, date_max, through)});
        }
    }
    const auto is_between = [from = after, to = through](const RecordFact& fact) {
        return from < fact.position && fact.position <= to;
    };
    compare("from position " + std::to_string(after.value) + " to " + std::to_string(through.value),
            PositionSpan{after, through}, changes, vouchers(is_between));
}

void PointComparison::compare_dates(BookId book) {
    Date after = some_date(book);
    Date through = some_date(book);
    if (through < after) std::swap(after, through);
    if (after == through) after = after + -1;
    std::vector<Change> changes;
    for (const AccountFact* account : accounts_of(book, at())) {
        changes.push_back({account, expected_.sums_on(*account, after, at()),
                           expected_.sums_on(*account, through, at())});
    }
    auto between = vouchers([&](const RecordFact& fact) {
        const BatchRecord& record = fact.record();
        return record.book == book && after < record.book_date && record.book_date <= through;
    });
    std::ranges::sort(between, {}, [](const RecordFact* fact) {
        return std::pair{fact->record().book_date, fact->record().number};
    });
    compare("of book " + std::to_string(book.number) + " from " + to_string(after) + " to " +
                to_string(through),
            DaySpan{book, after, through}, changes, between);
}

void PointComparison::compare_knowledge(BookId book) {
    const Date day = some_date(book);
    const auto [after, through] = two_positions();
    std::vector<Change> changes;
    for (const AccountFact* account : accounts_of(book, through)) {
        changes.push_back({account, expected_.sums_on(*account, day, after),
                           expected_.sums_on(*account, day, through)});
    }
    const auto is_of_day = [&, from = after, to = through](const RecordFact& fact) {
        return from < fact.position && fact.position <= to && fact.record().book == book &&
               fact.record().book_date <= day;
    };
    compare("of book " + std::to_string(book.number) + " on " + to_string(day) +
                ", from what was known at " + std::to_string(after.value) + " to " +
                std::to_string(through.value),
            KnownSpan{book, day, after, through}, changes, vouchers(is_of_day));
}

}  // namespace

void compare_points(const Expected& expected, const View& view, Questions questions) {
    if (!expected.position()) return;
    PointComparison comparison(expected, view, questions);
    comparison.snapshots();
    if (questions.random() % questions.share == 0) comparison.compare_positions();
    for (const DefineBook& book : expected.definitions<DefineBook>()) {
        comparison.closes(book.book);
        comparison.bridge(book.book);
        if (questions.random() % questions.share != 0) continue;
        comparison.compare_dates(book.book);
        comparison.compare_knowledge(book.book);
    }
}

}  // namespace ledger::oracle
