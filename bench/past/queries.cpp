// See queries.hpp.
#include "queries.hpp"

#include <algorithm>
#include <optional>

namespace ledger::past {

namespace {

std::int64_t small(const std::optional<Amount>& amount) {
    return static_cast<std::int64_t>(amount.value().minor);
}

/// Checks and times one kind of query.
template <class Ask>
void ask_each(Asking& asking, std::uint64_t hot, const char* name, const Ask& ask) {
    const Plan& plan = asking.plan();
    asking.check(name, plan.checks, ask);
    asking.time(
        name, plan.queries, [&] { return asking.any_account(); }, ask);
    asking.time(
        "  of the hot account", plan.queries / 20, [&] { return hot; }, ask);
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
                 debits_in});
    ask_each(asking, hot, "average by instants",
             Ask{any_range,
                 [&](AccountId id, const InstantRange& range) {
                     return small(view.average(id, range, Rounding::floor));
                 },
                 [](const std::vector<Fact>& facts, const InstantRange& range) {
                     return average_in(facts, range);
                 }});
    // Balances between vouchers of one batch stand for no time, but they stood.
    asking.time(
        "lowest by instants", asking.plan().queries, [&] { return asking.any_account(); },
        Ask{any_range,
            [&](AccountId id, const InstantRange& range) { return small(view.lowest(id, range)); },
            0});
}

void ask_date_ranges(Asking& asking, std::uint64_t hot) {
    const View& view = asking.view();
    const auto any_dates = [&] { return asking.any_dates(); };
    ask_each(
        asking, hot, "lowest by dates",
        Ask{any_dates,
            [&](AccountId id, const DateRange& range) { return small(view.lowest(id, range)); },
            lowest_in});
    ask_each(asking, hot, "average by dates",
             Ask{any_dates,
                 [&](AccountId id, const DateRange& range) {
                     return small(view.average(id, range, Rounding::down));
                 },
                 [](const std::vector<Fact>& facts, const DateRange& range) {
                     return average_in(facts, range);
                 }});
}

}  // namespace

void ask_all(Asking& asking, std::uint64_t hot, const std::vector<std::uint64_t>& busy) {
    ask_balances(asking, hot);
    ask_instant_ranges(asking, hot);
    ask_date_ranges(asking, hot);
    std::size_t next = 0;
    asking.time(
        "history of ~2,000 lines", 20'000, [&] { return busy[next++ % busy.size()]; },
        Ask{[] { return 0; },
            [&](AccountId id, int) {
                return static_cast<std::int64_t>(
                    asking.view().lines(id, PageRequest{10'000, false, {}}).items.size());
            },
            0});
}

void stream(const View& view, std::uint64_t account) {
    PageRequest request;
    request.size = 10'000;
    std::uint64_t lines = 0;
    const auto begin = Steady::now();
    do {
        const Page<AccountEntry> page = view.lines(account_at(account), request);
        lines += page.items.size();
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    std::printf("streaming the hot account      %10.0f lines/s (%llu lines)\n",
                double(lines) / seconds, static_cast<unsigned long long>(lines));
}

void trial(const View& view, Instant instant) {
    const View then = view.at(view.position_at(instant));
    const auto begin = Steady::now();
    const std::vector<TrialSum> sums = then.trial_sums();
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    demand(sums.size() == 1 && sums[0].balanced, "the trial balance does not balance");
    std::printf("trial balance at an instant    %10.3f s for %llu accounts\n", seconds,
                static_cast<unsigned long long>(sums[0].accounts));
}

}  // namespace ledger::past
