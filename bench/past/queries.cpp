// See queries.hpp.
#include "queries.hpp"

#include "ledger/reporting/statement.hpp"

#include <algorithm>
#include <optional>

namespace ledger::past {

namespace {

std::int64_t small(const std::optional<Amount>& amount) {
    return static_cast<std::int64_t>(amount.value().minor);
}

/// Each goes over all the lines of the hot account.
constexpr std::uint64_t hot_checks = 20;

/// Checks and times one kind of query.
template <class Ask>
void ask_each(Asking& asking, std::uint64_t hot, const char* name, const Ask& ask) {
    const Plan& plan = asking.plan();
    const auto only_hot = [&] { return hot; };
    asking.check(
        name, plan.checks, [&] { return asking.any_checked(); }, ask);
    asking.time(
        name, plan.queries, [&] { return asking.any_account(); }, ask);
    asking.check("  of the hot account", std::min(plan.checks, hot_checks), only_hot, ask);
    asking.time("  of the hot account", plan.queries, only_hot, ask);
}

void ask_balances(Asking& asking, std::uint64_t hot) {
    const View& view = asking.view();
    using Known = std::pair<Date, Instant>;
    ask_each(asking, hot, "balance_at",
             Ask{[&] { return asking.any_instant(); },
                 [&](AccountId id, Instant instant) {
                     const auto balance = view.balance_at(id, instant);
                     return balance ? small(balance->total()) : 0;
                 },
                 balance_then});
    ask_each(asking, hot, "balance_on",
             Ask{[&] { return asking.any_date(); },
                 [&](AccountId id, Date date) { return small(view.balance_on(id, date)->total()); },
                 [](const std::vector<Fact>& facts, Date date) {
                     return balance_on(facts, date, Instant{INT64_MAX});
                 }});
    ask_each(asking, hot, "balance_on known at",
             Ask{[&] {
                     return Known{asking.any_date(), asking.any_instant()};
                 },
                 [&](AccountId id, const Known& question) {
                     const auto balance = view.balance_on(id, question.first, question.second);
                     return balance ? small(balance->total()) : 0;
                 },
                 [](const std::vector<Fact>& facts, const Known& question) {
                     return balance_on(facts, question.first, question.second);
                 }});
}

void ask_instant_ranges(Asking& asking, std::uint64_t hot) {
    const View& view = asking.view();
    const auto any_range = [&] { return asking.any_range(); };
    ask_each(asking, hot, "turnover by instants",
             Ask{any_range,
                 [&](AccountId id, const InstantRange& range) {
                     return small(view.turnover(id, range)->debits);
                 },
                 [](const std::vector<Fact>& facts, const InstantRange& range) {
                     return debits_in(facts, range);
                 }});
    ask_each(asking, hot, "average by instants",
             Ask{any_range,
                 [&](AccountId id, const InstantRange& range) {
                     return small(view.average(id, range, Rounding::floor));
                 },
                 [](const std::vector<Fact>& facts, const InstantRange& range) {
                     return average_in(facts, range);
                 }});
    ask_each(
        asking, hot, "lowest by instants",
        Ask{any_range,
            [&](AccountId id, const InstantRange& range) { return small(view.lowest(id, range)); },
            [](const std::vector<Fact>& facts, const InstantRange& range) {
                return lowest_in(facts, range);
            }});
}

void ask_date_ranges(Asking& asking, std::uint64_t hot) {
    const View& view = asking.view();
    const auto any_dates = [&] { return asking.any_dates(); };
    ask_each(
        asking, hot, "lowest by dates",
        Ask{any_dates,
            [&](AccountId id, const DateRange& range) { return small(view.lowest(id, range)); },
            [](const std::vector<Fact>& facts, const DateRange& range) {
                return lowest_in(facts, range);
            }});
    ask_each(asking, hot, "turnover by dates",
             Ask{any_dates,
                 [&](AccountId id, const DateRange& range) {
                     return small(view.turnover(id, range)->debits);
                 },
                 [](const std::vector<Fact>& facts, const DateRange& range) {
                     return debits_in(facts, range);
                 }});
    ask_each(asking, hot, "average by dates",
             Ask{any_dates,
                 [&](AccountId id, const DateRange& range) {
                     return small(view.average(id, range, Rounding::down));
                 },
                 [](const std::vector<Fact>& facts, const DateRange& range) {
                     return average_in(facts, range);
                 }});
}

/// All lines of accounts in one page each.
void ask_history(Asking& asking, const std::vector<std::uint64_t>& busy) {
    const auto history = [&](AccountId account) {
        return asking.view().lines(account, PageRequest{10'000, false, {}}).items;
    };
    for (const std::uint64_t account : busy) {
        const std::vector<AccountEntry> lines = history(account_at(account));
        const std::vector<Fact>& facts = asking.oracle().facts(account);
        demand(lines.size() == std::min<std::size_t>(facts.size(), 10'000), "a history is cut");
        std::int64_t balance = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            balance += facts[i].amount;
            demand(lines[i].instant.nanoseconds == facts[i].instant &&
                       lines[i].book_date.days == facts[i].date &&
                       lines[i].balance.total() == Amount{balance},
                   "a history has a wrong line");
        }
    }
    std::printf("%-30s %zu accounts checked\n", "history of ~2,000 lines", busy.size());
    std::size_t next = 0;
    asking.time(
        "history of ~2,000 lines", 20'000, [&] { return busy[next++ % busy.size()]; },
        Ask{[] { return 0; },
            [&](AccountId id, int) { return static_cast<std::int64_t>(history(id).size()); }, 0});
}

}  // namespace

void ask_all(Asking& asking, std::uint64_t hot, const std::vector<std::uint64_t>& busy) {
    ask_balances(asking, hot);
    ask_instant_ranges(asking, hot);
    ask_date_ranges(asking, hot);
    ask_history(asking, busy);
}

void stream(const Asking& asking, std::uint64_t account) {
    const std::vector<Fact>& facts = asking.oracle().facts(account);
    const InstantRange always{Instant{1}, Instant{INT64_MAX}};
    std::vector<StatementLine> page;
    std::size_t count = 0;
    std::int64_t balance = 0;
    const auto begin = Steady::now();
    Statement statement(asking.view(), account_at(account), always);
    for (bool has_more = true; has_more;) {
        page.clear();
        has_more = statement.next(1'000, page);
        for (const StatementLine& line : page) {
            demand(count < facts.size(), "the statement has lines too many");
            balance += facts[count++].amount;
            demand(line.balance == Amount{balance}, "the statement has a wrong line");
        }
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    demand(count == facts.size(), "the statement lacks lines");
    std::printf("statement of the hot account   %10.0f lines/s (%zu lines, all checked)\n",
                double(count) / seconds, count);
}

void trial(const Asking& asking, Instant instant) {
    const View then = asking.view().at(asking.view().position_at(instant));
    const auto begin = Steady::now();
    const std::vector<TrialSum> sums = then.trial_sums();
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    const std::string wanted = std::to_string(asking.oracle().debits_at(instant));
    demand(sums.size() == 1 && sums[0].debits == wanted && sums[0].credits == wanted,
           "the trial balance is not that of the vouchers");
    std::printf("trial balance at an instant    %10.3f s for %llu accounts, checked\n", seconds,
                static_cast<unsigned long long>(sums[0].accounts));
}

}  // namespace ledger::past
