// See facts.hpp.
#include "facts.hpp"

#include "year.hpp"

#include <algorithm>

namespace ledger::past {

namespace {

/// Balances from `from` on, each with how long it stood within the range.
template <class Visit>
void stand(const std::vector<Fact>& facts, const InstantRange& range, Visit&& visit) {
    std::int64_t balance = 0;
    std::int64_t since = range.from.nanoseconds;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        if (facts[i].instant > range.from.nanoseconds) {
            if (facts[i].instant >= range.to.nanoseconds) break;
            visit(balance, facts[i].instant - since);
            since = facts[i].instant;
        }
        balance += facts[i].amount;
    }
    visit(balance, range.to.nanoseconds - since);
}

/// The balance at the end of each day.
template <class Visit>
void each_day(const std::vector<Fact>& facts, const DateRange& range, Visit&& visit) {
    std::vector<std::int64_t> days(static_cast<std::size_t>(range.days()));
    std::int64_t balance = 0;
    for (const Fact& fact : facts) {
        if (fact.date < range.first.days) {
            balance += fact.amount;
        } else if (fact.date <= range.last.days) {
            days[static_cast<std::size_t>(fact.date - range.first.days)] += fact.amount;
        }
    }
    for (const std::int64_t day : days) visit(balance += day);
}

}  // namespace

Oracle::Oracle(const Plan& plan, const View& view, const std::vector<std::uint64_t>& accounts) {
    for (const std::uint64_t account : accounts) facts_[account];
    const Year year(plan);
    const auto instant_of = [&](std::uint64_t id) {
        return view.voucher_head(view.record({2, id})->position)->instant.nanoseconds;
    };
    for (std::uint64_t number = 0; number < plan.batches(); ++number) {
        std::uint64_t id = number * batch_vouchers;
        const std::uint64_t last = std::min(id + batch_vouchers, plan.vouchers());
        std::int64_t instant = instant_of(id + 1);
        const bool is_one_run = instant == instant_of(last);
        year.batch(number, [&](const Payment& payment) {
            if (++id; !is_one_run) instant = instant_of(id);
            add(payment.debit, {instant, payment.date.days, payment.amount});
            add(payment.credit, {instant, payment.date.days, -payment.amount});
        });
    }
}

void Oracle::add(std::uint64_t account, const Fact& fact) {
    const auto found = facts_.find(account);
    if (found != facts_.end()) found->second.push_back(fact);
}

std::int64_t balance_then(const std::vector<Fact>& facts, Instant instant) {
    std::int64_t balance = 0;
    for (const Fact& fact : facts) {
        if (fact.instant <= instant.nanoseconds) balance += fact.amount;
    }
    return balance;
}

std::int64_t balance_on(const std::vector<Fact>& facts, Date date, Instant known_at) {
    std::int64_t balance = 0;
    for (const Fact& fact : facts) {
        if (fact.date <= date.days && fact.instant <= known_at.nanoseconds) balance += fact.amount;
    }
    return balance;
}

std::int64_t debits_in(const std::vector<Fact>& facts, const InstantRange& range) {
    std::int64_t sum = 0;
    for (const Fact& fact : facts) {
        const bool is_inside =
            fact.instant >= range.from.nanoseconds && fact.instant < range.to.nanoseconds;
        if (is_inside && fact.amount > 0) sum += fact.amount;
    }
    return sum;
}

std::int64_t average_in(const std::vector<Fact>& facts, const InstantRange& range) {
    i128 area = 0;
    stand(facts, range, [&](std::int64_t balance, std::int64_t span) {
        area += static_cast<i128>(balance) * span;
    });
    const i128 length = range.to.nanoseconds - range.from.nanoseconds;
    i128 quotient = area / length;
    if (area % length < 0) --quotient;
    return static_cast<std::int64_t>(quotient);
}

std::int64_t lowest_in(const std::vector<Fact>& facts, const DateRange& range) {
    std::int64_t least = INT64_MAX;
    each_day(facts, range, [&](std::int64_t balance) { least = std::min(least, balance); });
    return least;
}

std::int64_t average_in(const std::vector<Fact>& facts, const DateRange& range) {
    std::int64_t sum = 0;
    each_day(facts, range, [&](std::int64_t balance) { sum += balance; });
    return sum / range.days();
}

}  // namespace ledger::past
