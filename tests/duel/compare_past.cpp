// See compare_past.hpp.
#include "compare_past.hpp"

#include "pages.hpp"
#include "texts.hpp"

#include "ledger/core/error.hpp"
#include "ledger/reporting/statement.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger::oracle {

namespace {

/// A query's answer as text; where it has none that fits, "overflow".
template <class Ask>
std::string answer_of(const Ask& ask) {
    try {
        return ask();
    } catch (const OverflowError&) {
        return "overflow";
    }
}

std::string text_of_figure(const Big& value) { return fits(value) ? value.str() : "overflow"; }

std::string text_of_amount(const std::optional<Amount>& answer) {
    return answer ? to_string(*answer) : "nothing";
}

struct Sums {
    Big debits = 0;
    Big credits = 0;

    std::string text() const {
        const std::string debit = text_of_figure(debits);
        const std::string credit = text_of_figure(credits);
        if (debit == "overflow" || credit == "overflow") return "overflow";
        return debit + "/" + credit;
    }
};

/// Rounds to the nearest, a half to the even neighbour.
Big divide_half_even(const Big& sum, const Big& divisor) {
    Big quotient = sum / divisor;
    Big rest = sum % divisor;
    if (rest < 0) {
        rest += divisor;
        quotient -= 1;  // not --: Boost 1.74 loses signs where a limb becomes zero
    }
    const Big twice = 2 * rest;
    if (twice > divisor || (twice == divisor && quotient % 2 != 0)) quotient += 1;
    return quotient;
}

class PastComparison {
public:
    PastComparison(const Expected& expected, const View& view, Questions questions)
        : expected_(expected), view_(view), questions_(questions) {}

    void account(const AccountFact& account);
    void several(const std::vector<const AccountFact*>& accounts);
    void lines_by_date(const AccountFact& account);
    void statements(const AccountFact& account);

private:
    const NaiveLedger& naive() const { return expected_.naive(); }
    Position at() const { return expected_.position(); }
    std::uint64_t roll(std::uint64_t sides) { return questions_.random() % sides; }
    Instant some_instant();
    Date some_date(const std::vector<AccountEntry>& entries);
    Sums dated(const std::vector<AccountEntry>& entries, Date date, Position known) const;
    void by_instant(const std::vector<AccountId>& ids, Side side,
                    const std::vector<std::vector<AccountEntry>>& entries);
    void by_date(const std::vector<AccountId>& ids, Side side,
                 const std::vector<std::vector<AccountEntry>>& entries);
    Big threshold_near(const std::vector<Big>& balances);

    const Expected& expected_;
    const View& view_;
    Questions questions_;
};

Instant PastComparison::some_instant() {
    const Instant near = naive().record_at({1 + roll(at().value)}).instant;
    return near + std::chrono::nanoseconds{static_cast<int>(roll(5)) - 2};
}

Date PastComparison::some_date(const std::vector<AccountEntry>& entries) {
    if (!entries.empty() && roll(5) != 0) {
        const Date near = entries[roll(entries.size())].book_date;
        if (near) {
            return std::clamp(near + static_cast<std::int32_t>(roll(5)) + -2, date_min, date_max);
        }
    }
    return utc_date(some_instant());
}

/// The lines of the day and the days before, posted up to `known`.
Sums PastComparison::dated(const std::vector<AccountEntry>& entries, Date date,
                           Position known) const {
    Sums sums;
    for (const AccountEntry& entry : entries) {
        if (entry.kind != EntryKind::line || entry.position > known || entry.book_date > date) {
            continue;
        }
        Big amount = big(entry.amount);
        if (entry.ink == Ink::red) amount = -amount;
        (entry.side == Side::debit ? sums.debits : sums.credits) += amount;
    }
    return sums;
}

void PastComparison::account(const AccountFact& account) {
    const AccountId id = account.opened.id;
    const std::vector<AccountEntry> entries = expected_.entries(account);
    const auto balance_then = [&](Position position) {
        return account.position > position
                   ? "nothing"
                   : text_of(public_balance(NaiveLedger::normal_side(account),
                                            naive().balance(account, position)));
    };
    for (int i = 0; i < 3; ++i) {
        const Position position{roll(at().value + 1)};
        expect_same("balance of " + to_string(id) + " at " + std::to_string(position.value),
                    balance_then(position), text_of(view_.balance_at(id, position)));
        const Instant instant = some_instant();
        const Position then = expected_.position_at(instant);
        expect_same("balance of " + to_string(id) + " at instant " + to_string(instant),
                    balance_then(then), text_of(view_.balance_at(id, instant)));

        const Date date = some_date(entries);
        const auto expected_on = [&](Position known) {
            return account.position > known ? "nothing" : dated(entries, date, known).text();
        };
        const auto given = [](const std::optional<DatedBalance>& balance) {
            return balance ? to_string(balance->debits) + "/" + to_string(balance->credits)
                           : "nothing";
        };
        const std::string on = "balance of " + to_string(id) + " on " + to_string(date);
        expect_same(on, expected_on(at()),
                    answer_of([&] { return given(view_.balance_on(id, date)); }));
        expect_same(on + " known at " + std::to_string(position.value), expected_on(position),
                    answer_of([&] { return given(view_.balance_on(id, date, position)); }));
        expect_same(on + " known at " + to_string(instant), expected_on(then),
                    answer_of([&] { return given(view_.balance_on(id, date, instant)); }));
    }
}

/// Now and then exactly one of the balances, where above and not above meet.
Big PastComparison::threshold_near(const std::vector<Big>& balances) {
    const Big& near = balances[roll(balances.size())];
    const Big threshold = near + static_cast<int>(roll(3)) - 1;
    static const Big bound = Big(1) << 126;
    return std::clamp<Big>(threshold, -bound, bound);
}

void PastComparison::by_instant(const std::vector<AccountId>& ids, Side side,
                                const std::vector<std::vector<AccountEntry>>& entries) {
    Instant from = some_instant();
    Instant to = some_instant();
    if (from == to) return;
    if (from > to) std::swap(from, to);
    // The natural balance after each record, with its instant.
    std::map<Position, std::pair<Instant, Sums>> changes;
    for (const std::vector<AccountEntry>& one : entries) {
        Sums before;
        for (const AccountEntry& entry : one) {
            const Sums after{big(entry.balance.debits) + big(entry.balance.buffered_debits),
                             big(entry.balance.credits) + big(entry.balance.buffered_credits)};
            auto& change = changes[entry.position];
            change.first = entry.instant;
            change.second.debits += after.debits - before.debits;
            change.second.credits += after.credits - before.credits;
            before = after;
        }
    }
    const auto natural = [&](const Sums& sums) -> Big {
        return side == Side::debit ? sums.debits - sums.credits : sums.credits - sums.debits;
    };
    Sums opening, turnover;
    std::vector<std::pair<Instant, Big>> steps;  // the balance from this instant on
    for (const auto& [position, change] : changes) {
        if (change.first <= from) {
            opening.debits += change.second.debits;
            opening.credits += change.second.credits;
        }
    }
    Big balance = natural(opening);
    steps.emplace_back(from, balance);
    for (const auto& [position, change] : changes) {
        if (change.first < from || change.first >= to) continue;
        turnover.debits += change.second.debits;
        turnover.credits += change.second.credits;
        if (change.first == from) continue;
        balance += natural(change.second);
        steps.emplace_back(change.first, balance);
    }
    std::vector<Big> balances;
    Big area = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Instant until = i + 1 < steps.size() ? steps[i + 1].first : to;
        balances.push_back(steps[i].second);
        area += steps[i].second * (until - steps[i].first).count();
    }
    const InstantRange range{from, to};
    const std::string where = " of " + std::to_string(ids.size()) + " accounts, first " +
                              to_string(ids[0]) + ", from " + to_string(from) + " to " +
                              to_string(to);
    expect_same("lowest" + where, text_of_figure(*std::ranges::min_element(balances)),
                answer_of([&] { return text_of_amount(view_.lowest(ids, range)); }));
    expect_same("highest" + where, text_of_figure(*std::ranges::max_element(balances)),
                answer_of([&] { return text_of_amount(view_.highest(ids, range)); }));
    expect_same(
        "average" + where, text_of_figure(divide_half_even(area, (to - from).count())),
        answer_of([&] { return text_of_amount(view_.average(ids, range, Rounding::half_even)); }));
    expect_same("turnover" + where, turnover.text(), answer_of([&] {
                    const Turnover given = view_.turnover(ids, range).value();
                    return to_string(given.debits) + "/" + to_string(given.credits);
                }));
    const Big threshold = threshold_near(balances);
    InstantRange longest{from, from};
    Instant since;
    bool is_above = false;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Instant until = i + 1 < steps.size() ? steps[i + 1].first : to;
        if (steps[i].second <= threshold) {
            is_above = false;
            continue;
        }
        if (!std::exchange(is_above, true)) since = steps[i].first;
        if (until - since > longest.to - longest.from) longest = {since, until};
    }
    const InstantRange given =
        view_.longest_run_above(ids, range, Amount{narrow(threshold)}).value();
    expect_same("longest run above " + threshold.str() + where,
                to_string(longest.from) + " to " + to_string(longest.to),
                to_string(given.from) + " to " + to_string(given.to));
}

void PastComparison::by_date(const std::vector<AccountId>& ids, Side side,
                             const std::vector<std::vector<AccountEntry>>& entries) {
    Date first = some_date(entries[0]);
    Date last = first + static_cast<std::int32_t>(roll(40));
    if (last > date_max) return;
    std::vector<Big> balances;
    Sums opening, closing;
    for (Date date = first + -1; date <= last; date = date + 1) {
        Sums sums;
        for (const std::vector<AccountEntry>& one : entries) {
            const Sums of_one = dated(one, date, at());
            sums.debits += of_one.debits;
            sums.credits += of_one.credits;
        }
        if (date < first) {
            opening = sums;
        } else {
            balances.push_back(side == Side::debit ? sums.debits - sums.credits
                                                   : sums.credits - sums.debits);
        }
        closing = sums;
    }
    const DateRange range{first, last};
    const std::string where = " of " + std::to_string(ids.size()) + " accounts, first " +
                              to_string(ids[0]) + ", from date " + to_string(first) + " to " +
                              to_string(last);
    Big sum = 0;
    for (const Big& balance : balances) sum += balance;
    expect_same("lowest" + where, text_of_figure(*std::ranges::min_element(balances)),
                answer_of([&] { return text_of_amount(view_.lowest(ids, range)); }));
    expect_same("highest" + where, text_of_figure(*std::ranges::max_element(balances)),
                answer_of([&] { return text_of_amount(view_.highest(ids, range)); }));
    expect_same(
        "average" + where,
        text_of_figure(divide_half_even(sum, static_cast<std::int64_t>(balances.size()))),
        answer_of([&] { return text_of_amount(view_.average(ids, range, Rounding::half_even)); }));
    closing.debits -= opening.debits;
    closing.credits -= opening.credits;
    expect_same("turnover" + where, closing.text(), answer_of([&] {
                    const Turnover given = view_.turnover(ids, range).value();
                    return to_string(given.debits) + "/" + to_string(given.credits);
                }));
    const Big threshold = threshold_near(balances);
    std::size_t run = 0, longest = 0, end = 0;
    for (std::size_t i = 0; i < balances.size(); ++i) {
        run = balances[i] > threshold ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            end = i;
        }
    }
    const DateRange given = view_.longest_run_above(ids, range, Amount{narrow(threshold)}).value();
    const std::string who = "longest run above " + threshold.str() + where;
    expect_same(who, std::to_string(longest), std::to_string(given.days()));
    if (longest != 0) {
        expect_same(who, to_string(first + static_cast<std::int32_t>(end)), to_string(given.last));
    }
}

void PastComparison::lines_by_date(const AccountFact& account) {
    const AccountId id = account.opened.id;
    const std::vector<AccountEntry> entries = expected_.entries(account);
    const Date first = some_date(entries);
    const DateRange dates{first, std::min(date_max, first + static_cast<std::int32_t>(roll(60)))};
    const Position since{roll(2) == 0 ? 0 : roll(at().value + 1)};
    std::vector<AccountEntry> wanted;
    for (const AccountEntry& entry : entries) {
        if (entry.kind == EntryKind::line && entry.position > since &&
            entry.book_date >= dates.first && entry.book_date <= dates.last) {
            wanted.push_back(entry);
        }
    }
    std::ranges::stable_sort(wanted, {}, &AccountEntry::book_date);
    PageRequest page;
    page.size = 1 + roll(20);
    const std::string question = "lines of " + to_string(id) + " by date from " +
                                 to_string(dates.first) + " to " + to_string(dates.last) +
                                 " since " + std::to_string(since.value);
    expect_same(question, wanted, all_pages(question, page, [&](const PageRequest& request) {
                    return view_.lines_on(id, dates, since, request);
                }));
}

/// A statement adds up, or throws; and it has the lines of its period.
void PastComparison::statements(const AccountFact& account) {
    const std::vector<AccountEntry> entries = expected_.entries(account);
    Instant from = some_instant();
    Instant to = some_instant();
    if (from > to) std::swap(from, to);
    to = to + std::chrono::nanoseconds{1};
    const Date first = some_date(entries);
    const DateRange dates{first, std::min(date_max, first + static_cast<std::int32_t>(roll(60)))};
    const Position since{roll(at().value + 1)};
    for (const StatementPeriod& period : {StatementPeriod{InstantRange{from, to}},
                                          StatementPeriod{dates}, StatementPeriod{Since{since}}}) {
        const std::string given = answer_of([&] {
            Statement statement(view_, account.opened.id, period);
            std::vector<StatementLine> lines;
            while (statement.next(1 + roll(50), lines)) {
            }
            return std::to_string(lines.size());
        });
        if (given == "overflow") continue;  // dates in their order can leave 128 bits
        const auto is_in = [&](const AccountEntry& entry) {
            if (entry.kind != EntryKind::line) return false;
            if (period.index() == 0) return entry.instant >= from && entry.instant < to;
            if (period.index() == 2) return entry.position > since;
            return entry.book_date >= dates.first && entry.book_date <= dates.last;
        };
        expect_same("lines of statement " + std::to_string(period.index()) + " of " +
                        to_string(account.opened.id),
                    std::to_string(std::ranges::count_if(entries, is_in)), given);
    }
}

void PastComparison::several(const std::vector<const AccountFact*>& accounts) {
    std::vector<AccountId> ids;
    std::vector<std::vector<AccountEntry>> entries;
    for (const AccountFact* account : accounts) {
        ids.push_back(account->opened.id);
        entries.push_back(expected_.entries(*account));
    }
    const Side side = NaiveLedger::normal_side(*accounts[0]);
    by_instant(ids, side, entries);
    by_date(ids, side, entries);
}

}  // namespace

void compare_past(const Expected& expected, const View& view, Questions questions) {
    if (!expected.position()) return;
    PastComparison comparison(expected, view, questions);
    std::map<CurrencyCode, std::vector<const AccountFact*>> by_currency;
    for (const AccountFact* account : expected.accounts()) {
        by_currency[account->opened.currency].push_back(account);
        if (questions.random() % questions.share != 0) continue;
        comparison.account(*account);
        comparison.lines_by_date(*account);
        comparison.statements(*account);
        comparison.several({account});
    }
    for (auto& [currency, accounts] : by_currency) {
        std::ranges::shuffle(accounts, questions.random);
        accounts.resize(std::min<std::size_t>(accounts.size(), 1 + questions.random() % 4));
        comparison.several(accounts);
    }
}

}  // namespace ledger::oracle
