// Asking a view: questions about accounts, instants and dates uniform over all history, timed or
// compared with the facts. Invariant: the same seed asks the same questions.
#pragma once

#include "facts.hpp"
#include "plan.hpp"
#include "year.hpp"

#include "cli/bench_latency.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace ledger::past {

using cli::bench::LatencyHistogram;
using Steady = std::chrono::steady_clock;

/// A kind of query: what to ask, the ledger's answer of an account, and that of its facts.
template <class Question, class Answer, class Expected>
struct Ask {
    Question question;
    Answer answer;
    Expected expected;
};
template <class Q, class A, class E>
Ask(Q, A, E) -> Ask<Q, A, E>;

class Asking {
public:
    Asking(const Plan& plan, const View& view, const Oracle& oracle,
           std::vector<std::uint64_t> checked)
        : plan_(plan), view_(view), oracle_(oracle), checked_(std::move(checked)) {}

    Instant any_instant() {
        return year_start + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                random_.below(static_cast<std::uint64_t>(year_nanoseconds))));
    }
    InstantRange any_range() {
        Instant a = any_instant();
        Instant b = any_instant();
        if (a > b) std::swap(a, b);
        return {a, b + std::chrono::nanoseconds(1)};
    }
    Date any_date() { return utc_date(year_start) + static_cast<std::int32_t>(random_.below(365)); }
    DateRange any_dates() {
        Date a = any_date();
        Date b = any_date();
        if (b < a) std::swap(a, b);
        return {a, b};
    }
    std::uint64_t any_account() { return random_.below(plan_.accounts); }
    std::uint64_t any_checked() { return checked_[random_.below(checked_.size())]; }

    /// Times `ask(account)` for `count` accounts that `pick` gives.
    template <class Pick, class Ask>
    void time(const char* what, std::uint64_t count, Pick&& pick, Ask&& ask) {
        LatencyHistogram histogram;
        std::int64_t sum = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t account = pick();
            const auto question = ask.question();
            const auto begin = Steady::now();
            sum += ask.answer(account_at(account), question);
            histogram.add(static_cast<std::uint64_t>((Steady::now() - begin).count()));
        }
        std::printf("%-30s p50 %7.2f us  p99 %7.2f us  longest %8.0f us  (%llu, sum %lld)\n", what,
                    double(histogram.quantile(50)) / 1000, double(histogram.quantile(99)) / 1000,
                    double(histogram.greatest()) / 1000,
                    static_cast<unsigned long long>(histogram.count()),
                    static_cast<long long>(sum));
        std::fflush(stdout);
    }
    /// Compares `count` answers with those of the facts.
    template <class Ask>
    void check(const char* what, std::uint64_t count, Ask&& ask) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t account = any_checked();
            const auto question = ask.question();
            const std::int64_t got = ask.answer(account_at(account), question);
            const std::int64_t wanted = ask.expected(oracle_.facts(account), question);
            demand(got == wanted, std::string(what) + " of account " + std::to_string(account) +
                                      ": " + std::to_string(got) + " where the vouchers make " +
                                      std::to_string(wanted));
        }
        std::printf("%-30s %llu answers checked\n", what, static_cast<unsigned long long>(count));
        std::fflush(stdout);
    }

    const Plan& plan() const { return plan_; }
    const View& view() const { return view_; }

private:
    const Plan& plan_;
    const View& view_;
    const Oracle& oracle_;
    std::vector<std::uint64_t> checked_;
    Random random_{99};
};

}  // namespace ledger::past
