// See compare_sweeps.hpp.
#include "compare_sweeps.hpp"

#include "pages.hpp"
#include "texts.hpp"

#include "ledger/reporting/trial_balance.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace ledger::oracle {

namespace {

/// What an account moved over a range, where it was open at its end.
struct Moved {
    const AccountFact* account = nullptr;
    LineSums before;
    LineSums through;
};

std::string text_of(const Moved& moved) {
    return to_string(moved.account->opened.id) + ": " + moved.before.text() + " before, " +
           moved.through.text() + " through";
}

std::string text_of(const AccountMovement& movement) {
    const auto sums = [](const Turnover& turnover) {
        return to_string(turnover.debits) + "/" + to_string(turnover.credits);
    };
    return to_string(movement.id) + ": " + sums(movement.before) + " before, " +
           sums(movement.through) + " through";
}

std::string text_of(const MovementRange& range) {
    if (const auto* dates = std::get_if<DateRange>(&range)) {
        return " on " + to_string(dates->first) + " to " + to_string(dates->last);
    }
    const Range& given = std::get<Range>(range);
    return " at " + std::to_string(given.from_position.value) + " to " +
           std::to_string(given.to_position.value) + ", " + to_string(given.from) + " to " +
           to_string(given.to);
}

class SweepComparison {
public:
    SweepComparison(const Expected& expected, const View& view, Questions questions)
        : expected_(expected), view_(view), questions_(questions) {}

    void movements(BookId book);
    void chart(BookId book);
    void vouchers(BookId book);

private:
    const NaiveLedger& naive() const { return expected_.naive(); }
    Position at() const { return expected_.position(); }
    std::uint64_t roll(std::uint64_t sides) { return questions_.random() % sides; }
    Date some_date();
    MovementRange some_range();
    std::vector<Moved> moved_on(BookId book, const DateRange& dates) const;
    std::vector<Moved> moved_at(BookId book, const Range& range) const;
    std::vector<Moved> moved(BookId book, const MovementRange& range) const;
    void trial_rows(const ChartSums& sums, const std::vector<Moved>& all);

    const Expected& expected_;
    const View& view_;
    Questions questions_;
};

Date SweepComparison::some_date() {
    const RecordFact& fact = naive().record_at({1 + roll(at().value)});
    const Date date = fact.record().kind == RecordKind::voucher ? fact.record().book_date
                                                                : utc_date(fact.instant);
    return std::clamp(date + static_cast<std::int32_t>(roll(3)) + -1, date_min, date_max);
}

MovementRange SweepComparison::some_range() {
    if (roll(2) == 0) {
        const Date first = some_date();
        return DateRange{first, std::min(date_max, first + static_cast<std::int32_t>(roll(60)))};
    }
    Range range;
    if (roll(2) == 0) range.from_position = {1 + roll(at().value + 1)};
    if (roll(2) == 0) range.to_position = {1 + roll(at().value + 1)};
    if (roll(3) == 0) range.from = naive().record_at({1 + roll(at().value)}).instant;
    if (roll(3) == 0) range.to = naive().record_at({1 + roll(at().value)}).instant;
    return range;
}

std::vector<Moved> SweepComparison::moved_on(BookId book, const DateRange& dates) const {
    std::vector<Moved> found;
    for (const AccountFact* account : expected_.accounts()) {
        if (account->opened.book != book) continue;
        const LineSums before = expected_.sum_of_lines(
            *account, [&](const EntryFact& line) { return line.book_date < dates.first; });
        found.push_back({account, before, expected_.sums_on(*account, dates.last, at())});
    }
    return found;
}

std::vector<Moved> SweepComparison::moved_at(BookId book, const Range& range) const {
    const auto is_after_start = [&](Position position, Instant instant) {
        return position >= range.from_position && instant >= range.from;
    };
    const auto is_after_end = [&](Position position, Instant instant) {
        return (range.to_position && position > range.to_position) ||
               (range.to && instant > range.to);
    };
    std::vector<Moved> found;
    for (const AccountFact* account : expected_.accounts()) {
        const Instant opened = naive().record_at(account->position).instant;
        if (account->opened.book != book || is_after_end(account->position, opened)) continue;
        const auto is_up_to_end = [&](const EntryFact& line) {
            return !is_after_end(line.position, line.instant);
        };
        const auto is_before = [&](const EntryFact& line) {
            return is_up_to_end(line) && !is_after_start(line.position, line.instant);
        };
        found.push_back({account, expected_.sum_of_lines(*account, is_before),
                         expected_.sum_of_lines(*account, is_up_to_end)});
    }
    return found;
}

/// Accounts of the book in the order of opening.
std::vector<Moved> SweepComparison::moved(BookId book, const MovementRange& range) const {
    const auto* dates = std::get_if<DateRange>(&range);
    return dates != nullptr ? moved_on(book, *dates) : moved_at(book, std::get<Range>(range));
}

/// By book date a side's sum can leave 128 bits, and the query has no answer then.
bool is_in_bounds(const std::vector<Moved>& all) {
    return std::ranges::all_of(all, [](const Moved& one) {
        return one.before.is_in_bounds() && one.through.is_in_bounds();
    });
}

void SweepComparison::movements(BookId book) {
    const MovementRange range = some_range();
    const std::vector<Moved> wanted = moved(book, range);
    if (!is_in_bounds(wanted)) return;
    const std::string where = " of book " + std::to_string(book.number) + text_of(range);
    PageRequest page;
    page.size = 1 + roll(20);
    const auto given = all_pages("movements" + where, page, [&](const PageRequest& request) {
        return view_.movements(book, range, request);
    });
    const auto texts = [](const auto& list) {
        std::vector<std::string> found;
        for (const auto& one : list) found.push_back(text_of(one));
        return found;
    };
    const std::vector<std::string> expected = texts(wanted);
    const std::vector<std::string> answered = texts(given);
    expect_same("number of movements" + where, std::to_string(expected.size()),
                std::to_string(answered.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expect_same("movement" + where, expected[i], answered[i]);
        const auto alone = view_.movement(wanted[i].account->opened.id, range);
        expect_same("movement alone" + where, expected[i], alone ? text_of(*alone) : "nothing");
    }
}

/// Each row is the sum of the accounts that have its code, or one below it.
void SweepComparison::trial_rows(const ChartSums& sums, const std::vector<Moved>& all) {
    const CurrencyCode currency = all[roll(all.size())].account->opened.currency;
    const TrialBalance trial = trial_balance(view_, sums, currency, static_cast<unsigned>(roll(4)));
    for (const TrialRow& row : trial.rows) {
        LineSums before, through;
        std::uint64_t accounts = 0;
        for (const Moved& one : all) {
            const OpenAccount& opened = one.account->opened;
            const bool is_below = (opened.code + ".").starts_with(row.code + ".");
            if (!is_below || opened.kind != row.kind || opened.currency != currency) continue;
            ++accounts;
            before += one.before;
            through += one.through;
        }
        const Big debits = through.debits - before.debits;
        const Big credits = through.credits - before.credits;
        const TrialFigures& figures = row.figures;
        expect_same(
            "row " + row.code + " of the trial balance" + text_of(sums.range),
            std::to_string(accounts) + " accounts, " + Big(before.debits - before.credits).str() +
                " + " + debits.str() + " - " + credits.str(),
            std::to_string(row.accounts) + " accounts, " + to_string(figures.opening) + " + " +
                to_string(figures.turnover.debits) + " - " + to_string(figures.turnover.credits));
    }
    if (trial.totals.closing.debits == trial.totals.closing.credits) return;
    throw Disagreement("the trial balance" + text_of(sums.range) + " does not balance");
}

void SweepComparison::chart(BookId book) {
    const MovementRange range = some_range();
    const std::vector<Moved> all = moved(book, range);
    if (!is_in_bounds(all)) return;
    using Place = std::tuple<std::string, AccountKind, CurrencyCode>;
    std::map<Place, std::pair<LineSums, LineSums>> wanted;
    for (const Moved& one : all) {
        const OpenAccount& opened = one.account->opened;
        auto& [before, through] = wanted[{opened.code, opened.kind, opened.currency}];
        before += one.before;
        through += one.through;
    }
    const ChartSums given = chart_sums(view_, book, range);
    const std::string where = " of book " + std::to_string(book.number) + text_of(range);
    expect_same("number of sums by code" + where, std::to_string(wanted.size()),
                std::to_string(given.sums.size()));
    for (const ChartSum& sum : given.sums) {
        const auto found = wanted.find({sum.code, sum.kind, sum.currency});
        if (found == wanted.end()) throw Disagreement("a sum of code " + sum.code + where);
        const auto text = [](const history::WideTurnover& of) {
            return to_string(of.debits) + "/" + to_string(of.credits);
        };
        expect_same("sum of code " + sum.code + where,
                    found->second.first.text() + ", " + found->second.second.text(),
                    text(sum.before) + ", " + text(sum.through));
    }
    if (!all.empty()) trial_rows(given, all);
}

void SweepComparison::vouchers(BookId book) {
    const Date date = some_date();
    std::map<std::uint64_t, PostedVoucher> wanted;
    for (const RecordFact& fact : naive().records()) {
        const BatchRecord& record = fact.record();
        if (fact.position <= at() && record.kind == RecordKind::voucher && record.book == book &&
            record.book_date == date) {
            wanted[record.number] = expected_.voucher(fact);
        }
    }
    std::vector<PostedVoucher> expected;
    for (auto& [number, posted] : wanted) expected.push_back(std::move(posted));
    PageRequest page;
    page.size = 1 + roll(9);
    const std::string question =
        "vouchers of book " + std::to_string(book.number) + " on " + to_string(date);
    expect_same(question, expected, all_pages(question, page, [&](const PageRequest& request) {
                    return view_.vouchers_on(book, date, request);
                }));
}

}  // namespace

void compare_sweeps(const Expected& expected, const View& view, Questions questions) {
    if (!expected.position()) return;
    SweepComparison comparison(expected, view, questions);
    for (const DefineBook& book : expected.definitions<DefineBook>()) {
        if (questions.random() % questions.share != 0) continue;
        comparison.movements(book.book);
        comparison.chart(book.book);
        comparison.vouchers(book.book);
    }
}

}  // namespace ledger::oracle
