// ledger_past_bench: a ledger with a year behind it, and what it costs to ask for the past.
//
// The year: vouchers of two lines over accounts by a Zipf law (exponent 1.06, so that with 100 M
// lines and 1 M accounts the first account has 10 M of them and a thousand about 2,000), 1 % dated
// up to 30 days back. Every answer that is checked is worked out from the vouchers as they are
// generated again from the seed, by code that shares nothing with the engine.
//
//   ledger_past_bench DIR [--lines N] [--accounts N] [--queries N] [--checks N]
//
// DIR is made, or reused where it was made with the same numbers.
#include "ledger/ledger.hpp"

#include "cli/bench_latency.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using namespace ledger;
using cli::bench::LatencyHistogram;
using Steady = std::chrono::steady_clock;

constexpr BookId book{1};
constexpr std::size_t batch_vouchers = 8190;
constexpr double zipf_exponent = 1.06;
constexpr std::int64_t year_nanoseconds = std::int64_t{365} * 86'400 * 1'000'000'000;
const Instant year_start = parse_instant("2025-01-01T00:00:00Z");

struct Plan {
    std::string directory;
    std::uint64_t lines = 100'000'000;
    std::uint64_t accounts = 1'000'000;
    std::uint64_t queries = 1'000'000;
    std::uint64_t checks = 10'000;

    std::uint64_t vouchers() const { return lines / 2; }
    std::uint64_t batches() const { return (vouchers() + batch_vouchers - 1) / batch_vouchers; }
    Instant instant_of(std::uint64_t batch) const {
        const auto step = year_nanoseconds / static_cast<std::int64_t>(batches() + 1);
        return year_start + std::chrono::nanoseconds(step * static_cast<std::int64_t>(batch + 1));
    }
};

AccountId account_at(std::uint64_t number) { return {1, number + 1}; }

/// SplitMix64 (Steele, Lea, Flood 2014): a stream for each batch.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }
    double unit() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

/// Ranks from 0 by a Zipf law: rejection-inversion (Hörmann and Derflinger 1996).
class Zipf {
public:
    explicit Zipf(std::uint64_t count)
        : count_(static_cast<double>(count)),
          from_(integral(1.5) - 1),
          to_(integral(count_ + 0.5)),
          accepted_(2 - inverse(integral(2.5) - power(2))) {}

    std::uint64_t operator()(Random& random) const {
        while (true) {
            const double u = to_ + random.unit() * (from_ - to_);
            const double x = inverse(u);
            const double k = std::clamp(std::floor(x + 0.5), 1.0, count_);
            if (k - x <= accepted_ || u >= integral(k + 0.5) - power(k)) {
                return static_cast<std::uint64_t>(k) - 1;
            }
        }
    }

private:
    static double power(double x) { return std::pow(x, -zipf_exponent); }
    static double integral(double x) {
        return (std::pow(x, 1 - zipf_exponent) - 1) / (1 - zipf_exponent);
    }
    static double inverse(double y) {
        return std::pow(1 + y * (1 - zipf_exponent), 1 / (1 - zipf_exponent));
    }
    double count_, from_, to_, accepted_;
};

/// A voucher of the year. Ranks are spread over the handles, so that neighbours differ.
struct Payment {
    std::uint64_t debit = 0;
    std::uint64_t credit = 0;
    std::int64_t amount = 0;
    Date date;
};

class Year {
public:
    explicit Year(const Plan& plan) : plan_(plan), zipf_(plan.accounts) {}

    std::uint64_t account_of_rank(std::uint64_t rank) const {
        return rank * 999'983 % plan_.accounts;  // a prime that divides no round number
    }
    /// Calls `visit(Payment)` for each voucher of a batch, in order.
    template <class Visit>
    void batch(std::uint64_t number, Visit&& visit) const {
        Random random(number * 0x1234567 + 1);
        const Date today = utc_date(plan_.instant_of(number));
        const std::uint64_t first = number * batch_vouchers;
        const std::uint64_t count =
            std::min<std::uint64_t>(batch_vouchers, plan_.vouchers() - first);
        for (std::uint64_t i = 0; i < count; ++i) {
            Payment payment;
            payment.debit = account_of_rank(zipf_(random));
            do payment.credit = account_of_rank(zipf_(random));
            while (payment.credit == payment.debit);
            payment.amount = static_cast<std::int64_t>(1 + random.below(100'000));
            payment.date = today;
            if (random.below(100) == 0) {
                payment.date = today + -static_cast<std::int32_t>(1 + random.below(30));
            }
            visit(payment);
        }
    }

private:
    const Plan& plan_;
    Zipf zipf_;
};

Options options_of(Clock& clock) {
    Options options;
    options.clock = &clock;
    return options;
}

// ---- loading

void demand(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

void open_accounts(Ledger& ledger, const Plan& plan) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("USD")});
    DefineBook definition;
    definition.book = book;
    batch.add(definition);
    for (std::uint64_t number = 0; number < plan.accounts; ++number) {
        OpenAccount account;
        account.id = account_at(number);
        account.book = book;
        account.currency = CurrencyCode("USD");
        account.code = "2202";
        account.kind = AccountKind::asset;
        batch.add(account);
    }
    for (const Result& result : ledger.post(std::move(batch))) demand(bool(result), "refused");
}

/// Posts the year, the clock going on from batch to batch.
void load(const Plan& plan) {
    ManualClock clock(year_start);
    Ledger ledger = Ledger::create(plan.directory, options_of(clock));
    open_accounts(ledger, plan);
    const Year year(plan);
    bool is_refused = false;
    const auto start = Steady::now();
    for (std::uint64_t number = 0; number < plan.batches(); ++number) {
        Batch batch;
        std::uint64_t id = number * batch_vouchers;
        year.batch(number, [&](const Payment& payment) {
            batch.add_voucher({2, ++id}, book)
                .debit(account_at(payment.debit), Amount{payment.amount})
                .credit(account_at(payment.credit), Amount{payment.amount})
                .book_date(payment.date);
        });
        clock.advance(plan.instant_of(number) - clock.now());
        for (const Result& result : ledger.post(std::move(batch))) is_refused |= !result;
        demand(!is_refused, "a voucher was refused");
        if (number % 500 == 0)
            std::fprintf(stderr, "\r%5.1f %%", 100.0 * double(number) / double(plan.batches()));
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
    std::fprintf(stderr, "\r");
    std::printf("loaded                         %10.0f vouchers/s, one batch at a time\n",
                static_cast<double>(plan.vouchers()) / seconds);
    ledger.seal();
}

// ---- the independent answers

/// What is needed to answer any question about an account: every line of it.
struct Fact {
    std::int64_t instant;
    std::int32_t date;
    std::int64_t amount;  ///< debit-positive
};

class Oracle {
public:
    /// Posting instants are the ledger's own, as a receipt tells them: a batch can join the run
    /// that an anchor began.
    Oracle(const Plan& plan, const View& view, const std::vector<std::uint64_t>& accounts) {
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
    const std::vector<Fact>& facts(std::uint64_t account) const { return facts_.at(account); }

private:
    void add(std::uint64_t account, const Fact& fact) {
        const auto found = facts_.find(account);
        if (found != facts_.end()) found->second.push_back(fact);
    }
    std::unordered_map<std::uint64_t, std::vector<Fact>> facts_;
};

// ---- asking

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

    const View& view() const { return view_; }

private:
    const Plan& plan_;
    const View& view_;
    const Oracle& oracle_;
    std::vector<std::uint64_t> checked_;
    Random random_{99};
};

std::int64_t small(const std::optional<Amount>& amount) {
    return static_cast<std::int64_t>(amount.value().minor);
}

template <class Question, class Answer, class Expected>
struct Ask {
    Question question;
    Answer answer;
    Expected expected;
};
template <class Q, class A, class E>
Ask(Q, A, E) -> Ask<Q, A, E>;

std::int64_t balance_then(const std::vector<Fact>& facts, Instant instant) {
    std::int64_t balance = 0;
    for (const Fact& fact : facts) {
        if (fact.instant <= instant.nanoseconds) balance += fact.amount;
    }
    return balance;
}

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

void ask_all(const Plan& plan, Asking& asking, std::uint64_t hot,
             const std::vector<std::uint64_t>& busy) {
    const View& view = asking.view();
    const auto any = [&] { return asking.any_account(); };
    const auto only_hot = [&] { return hot; };
    const auto all_of = [&](const char* name, auto ask) {
        asking.check(name, plan.checks, ask);
        asking.time(name, plan.queries, any, ask);
        asking.time("  of the hot account", plan.queries / 20, only_hot, ask);
    };
    const auto known_question = [&] { return std::pair{asking.any_date(), asking.any_instant()}; };

    all_of("balance_at", Ask{[&] { return asking.any_instant(); },
                             [&](AccountId id, Instant instant) {
                                 const auto balance = view.balance_at(id, instant);
                                 return balance ? static_cast<std::int64_t>(balance->total().minor)
                                                : 0;
                             },
                             balance_then});
    all_of("balance_on",
           Ask{[&] { return asking.any_date(); },
               [&](AccountId id, Date date) { return small(view.balance_on(id, date)->total()); },
               [](const std::vector<Fact>& facts, Date date) {
                   std::int64_t balance = 0;
                   for (const Fact& fact : facts) {
                       if (fact.date <= date.days) balance += fact.amount;
                   }
                   return balance;
               }});
    all_of("balance_on known at",
           Ask{known_question,
               [&](AccountId id, const std::pair<Date, Instant>& question) {
                   const auto balance = view.balance_on(id, question.first, question.second);
                   return balance ? static_cast<std::int64_t>(balance->total().minor) : 0;
               },
               [](const std::vector<Fact>& facts, const std::pair<Date, Instant>& question) {
                   std::int64_t balance = 0;
                   for (const Fact& fact : facts) {
                       if (fact.date <= question.first.days &&
                           fact.instant <= question.second.nanoseconds) {
                           balance += fact.amount;
                       }
                   }
                   return balance;
               }});
    all_of("turnover by instants",
           Ask{[&] { return asking.any_range(); },
               [&](AccountId id, const InstantRange& range) {
                   return static_cast<std::int64_t>(view.turnover(id, range)->debits.minor);
               },
               [](const std::vector<Fact>& facts, const InstantRange& range) {
                   std::int64_t sum = 0;
                   for (const Fact& fact : facts) {
                       if (fact.instant >= range.from.nanoseconds &&
                           fact.instant < range.to.nanoseconds && fact.amount > 0) {
                           sum += fact.amount;
                       }
                   }
                   return sum;
               }});
    all_of("average by instants",
           Ask{[&] { return asking.any_range(); },
               [&](AccountId id, const InstantRange& range) {
                   return small(view.average(id, range, Rounding::floor));
               },
               [](const std::vector<Fact>& facts, const InstantRange& range) {
                   i128 area = 0;
                   stand(facts, range, [&](std::int64_t balance, std::int64_t span) {
                       area += static_cast<i128>(balance) * span;
                   });
                   const i128 length = range.to.nanoseconds - range.from.nanoseconds;
                   i128 quotient = area / length;
                   if (area % length < 0) --quotient;
                   return static_cast<std::int64_t>(quotient);
               }});
    // Balances between vouchers of one batch stand for no time, but they stood.
    asking.time(
        "lowest by instants", plan.queries, any,
        Ask{[&] { return asking.any_range(); },
            [&](AccountId id, const InstantRange& range) { return small(view.lowest(id, range)); },
            0});
    all_of("lowest by dates",
           Ask{[&] { return asking.any_dates(); },
               [&](AccountId id, const DateRange& range) { return small(view.lowest(id, range)); },
               [](const std::vector<Fact>& facts, const DateRange& range) {
                   std::int64_t least = INT64_MAX;
                   each_day(facts, range,
                            [&](std::int64_t balance) { least = std::min(least, balance); });
                   return least;
               }});
    all_of("average by dates", Ask{[&] { return asking.any_dates(); },
                                   [&](AccountId id, const DateRange& range) {
                                       return small(view.average(id, range, Rounding::down));
                                   },
                                   [](const std::vector<Fact>& facts, const DateRange& range) {
                                       std::int64_t sum = 0;
                                       each_day(facts, range,
                                                [&](std::int64_t balance) { sum += balance; });
                                       return sum / range.days();
                                   }});
    std::size_t next = 0;
    asking.time(
        "history of ~2,000 lines", 20'000, [&] { return busy[next++ % busy.size()]; },
        Ask{[] { return 0; },
            [&](AccountId id, int) {
                return static_cast<std::int64_t>(
                    view.lines(id, PageRequest{10'000, false, {}}).items.size());
            },
            0});
}

void stream_hot(const View& view, std::uint64_t hot) {
    PageRequest request;
    request.size = 10'000;
    std::uint64_t lines = 0;
    const auto begin = Steady::now();
    do {
        const Page<AccountEntry> page = view.lines(account_at(hot), request);
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

Plan parse(int count, char** arguments) {
    Plan plan;
    for (int i = 1; i < count; ++i) {
        const std::string option = arguments[i];
        const auto number = [&] {
            if (++i == count) throw std::runtime_error(option + " needs a number");
            return std::stoull(arguments[i]);
        };
        if (option == "--lines")
            plan.lines = number();
        else if (option == "--accounts")
            plan.accounts = number();
        else if (option == "--queries")
            plan.queries = number();
        else if (option == "--checks")
            plan.checks = number();
        else
            plan.directory = option;
    }
    demand(!plan.directory.empty(), "give a directory");
    return plan;
}

void run(const Plan& plan) {
    if (!std::filesystem::exists(plan.directory)) load(plan);
    ManualClock clock(plan.instant_of(plan.batches()));
    const Ledger ledger = Ledger::open(plan.directory, options_of(clock));
    const Stats stats = ledger.stats();
    std::printf("%llu vouchers, %llu segments; bytes a voucher: journal %.0f, checkpoint %.0f\n",
                static_cast<unsigned long long>(plan.vouchers()),
                static_cast<unsigned long long>(stats.segments),
                double(stats.journal_bytes) / double(plan.vouchers()),
                double(stats.checkpoint_bytes) / double(plan.vouchers()));
    const Year year(plan);
    const std::uint64_t hot = year.account_of_rank(0);
    // The ranks that have about 2,000 lines of 100 M over 1 M accounts, scaled.
    std::vector<std::uint64_t> busy, checked;
    for (std::uint64_t rank = 2'600; rank < 3'600 && rank < plan.accounts; ++rank) {
        busy.push_back(year.account_of_rank(rank));
    }
    for (std::uint64_t i = 0; i < 1000; ++i) {
        checked.push_back(i * 7919 % plan.accounts);
        checked.push_back(busy[i % busy.size()]);
    }
    for (std::uint64_t rank = 10; rank < 40; ++rank) checked.push_back(year.account_of_rank(rank));
    const View view = ledger.view();
    const Oracle oracle(plan, view, checked);
    Asking asking(plan, view, oracle, checked);
    ask_all(plan, asking, hot, busy);
    stream_hot(view, hot);
    for (const int month : {3, 6, 11}) {
        trial(view, plan.instant_of(plan.batches() * static_cast<std::uint64_t>(month) / 12));
    }
}

}  // namespace

int main(int count, char** arguments) {
    try {
        run(parse(count, arguments));
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledger_past_bench: %s\n", failure.what());
        return 1;
    }
}
