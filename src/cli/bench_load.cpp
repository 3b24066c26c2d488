// Set-up, load and queries.
#include "cli/bench_load.hpp"

#include "cli/bench_clients.hpp"
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <fstream>
#include <thread>

namespace ledger::cli::bench {

namespace {

constexpr std::chrono::milliseconds watch_interval{20};
constexpr std::chrono::microseconds lag_interval{200};
/// Lines of one history query: the newest of an account, in one page.
constexpr std::size_t history_lines = 8190;

double seconds_between(SteadyClock::time_point begin, SteadyClock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

void demand_all_accepted(const std::vector<Result>& results) {
    for (const Result& result : results) {
        if (!result) {
            throw std::runtime_error("setting up was refused: " +
                                     std::string(to_string(result.outcome)));
        }
    }
}

OpenAccount account_of(const Plan& plan, const Workload& workload, std::uint64_t number) {
    OpenAccount account;
    account.id = workload.account(number);
    account.book = Workload::book;
    account.currency = CurrencyCode("USD");
    account.code = fmt::format("A{}", number);
    account.kind = AccountKind::liability;
    if (plan.is_buffered && workload.is_hot(number)) {
        account.buffering.window = std::chrono::milliseconds{100};
    }
    return account;
}

void set_up(Ledger& ledger, const Plan& plan, const Workload& workload) {
    Progress progress("opening accounts", plan.accounts, "accounts");
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("USD")});
    DefineBook book;
    book.book = Workload::book;
    book.name = "bench";
    batch.add(book);
    for (std::uint64_t number = 0; number < plan.accounts; ++number) {
        batch.add(account_of(plan, workload, number));
        if (batch.size() < bounds::batch_records_max && number + 1 < plan.accounts) continue;
        demand_all_accepted(ledger.post(std::exchange(batch, {})));
        progress.at(number);
    }
    ledger.seal();
}

// ---- load

struct LoadFigures {
    Tally tally;
    Stats before;
    Stats after;
    SteadyClock::time_point end;  // of the clock
    std::uint64_t memory_peak = 0;
};

LoadFigures run_clients(Ledger& ledger, const Plan& plan, const Workload& workload,
                        std::size_t segment_records) {
    LoadFigures figures;
    figures.before = ledger.stats();
    std::atomic<std::uint64_t> answered{0};
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < plan.clients; ++i) {
        clients.push_back(Client::make(plan, workload, ledger, i, answered));
    }
    std::atomic<std::size_t> running{plan.clients};
    std::vector<std::thread> threads;
    for (const auto& client : clients) {
        threads.emplace_back([&client, &running] {
            client->run();
            running.fetch_sub(1, std::memory_order_release);
        });
    }
    Progress progress("posting", plan.vouchers, "records");
    while (running.load(std::memory_order_acquire) != 0) {
        figures.memory_peak = std::max(figures.memory_peak, anonymous_memory());
        progress.at(answered.load(std::memory_order_relaxed));
        std::this_thread::sleep_for(watch_interval);
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& client : clients) figures.tally.add(client->tally());
    figures.after = ledger.stats();
    figures.end = figures.tally.last_answer;
    while (figures.tally.failure.empty() &&
           figures.after.committed_through.value >
               figures.after.sealed_through.value + segment_records) {
        std::this_thread::sleep_for(lag_interval);
        figures.after = ledger.stats();
        figures.end = SteadyClock::now();
    }
    figures.memory_peak = std::max(figures.memory_peak, anonymous_memory());
    // Callbacks may still be touching a client that failed: they are left to the end of the
    // process.
    if (!figures.tally.failure.empty()) {
        for (auto& client : clients) static_cast<void>(client.release());
    }
    return figures;
}

Json describe_load(const Plan& plan, const LoadFigures& figures) {
    const Tally& tally = figures.tally;
    const double elapsed = seconds_between(tally.first_post, figures.end);
    const double generation =
        plan.is_closed_loop() ? std::chrono::duration<double>(tally.generation).count() : 0;
    const double counted = elapsed - generation;
    const auto rate = [counted](std::uint64_t count) {
        return counted > 0 ? static_cast<double>(count) / counted : 0;
    };
    const auto milliseconds = [](std::uint64_t nanoseconds) {
        return static_cast<double>(nanoseconds) / 1e6;
    };
    return {
        {"accepted", tally.accepted},
        {"vouchers", tally.vouchers},
        {"holds", tally.holds},
        {"releases", tally.accepted - tally.vouchers - tally.holds},
        {"seconds", elapsed},
        {"acknowledged_seconds", seconds_between(tally.first_post, tally.last_answer)},
        {"generation_subtracted_seconds", generation},
        {"accepted_per_second", rate(tally.accepted)},
        {"vouchers_per_second", rate(tally.vouchers)},
        {"holds_per_second", rate(tally.holds)},
        {"repeats", tally.repeats},
        {"repeats_already_posted", tally.repeats_recognised},
        {"overloaded", tally.overloaded},
        {"latency_ms_p50", milliseconds(tally.latency.quantile(50))},
        {"latency_ms_p99", milliseconds(tally.latency.quantile(99))},
        {"latency_ms_p100", milliseconds(tally.latency.greatest())},
        {"answers", tally.answers},
        {"anonymous_memory_bytes_peak", figures.memory_peak},
        {"journal_batches", figures.after.batches - figures.before.batches},
        {"journal_bytes_appended", figures.after.bytes_appended - figures.before.bytes_appended},
        {"committed_through", figures.after.committed_through.value},
        {"sealed_through", figures.after.sealed_through.value}};
}

// ---- queries

/// Calls `query` until the time is over; the number of calls a second.
template <class Query>
double measure(double seconds, Query query) {
    if (seconds <= 0) return 0;
    const auto begin = SteadyClock::now();
    std::uint64_t count = 0;
    double elapsed = 0;
    do {
        for (int i = 0; i < 16; ++i, ++count) query();
        elapsed = seconds_between(begin, SteadyClock::now());
    } while (elapsed < seconds);
    return static_cast<double>(count) / elapsed;
}

[[noreturn]] void lost(const std::string& what) {
    throw CorruptionError(what +
                          " was acknowledged and is not in a view taken afterwards; run "
                          "verify --deep");
}

/// A random voucher among the records that were accepted.
VoucherId random_voucher(const Plan& plan, const Workload& workload, Random& random) {
    for (;;) {
        const std::uint64_t batch = random.below(plan.batches());
        const Place place{static_cast<std::size_t>(batch % plan.clients), batch / plan.clients,
                          static_cast<std::size_t>(random.below(plan.fresh_in(batch)))};
        if (workload.is_voucher(place)) return workload.id(place);
    }
}

Json run_queries(const Ledger& ledger, const Plan& plan, const Workload& workload) {
    const View view = ledger.view();
    Random random(plan.seed + 99);
    Progress progress("querying", 0, "");
    const double balances = measure(plan.query_seconds, [&] {
        const AccountId account = workload.account(random.below(plan.accounts));
        if (!view.balance(account)) lost("account " + to_string(account));
    });
    const double vouchers = measure(plan.query_seconds, [&] {
        const VoucherId id = random_voucher(plan, workload, random);
        if (!view.voucher(id)) lost("voucher " + to_string(id));
    });
    std::uint64_t lines = 0;
    std::uint64_t histories = 0;
    const double history_rate = measure(plan.query_seconds, [&] {
        const AccountId account =
            workload.account(plan.hot_accounts + random.below(plan.accounts - plan.hot_accounts));
        lines += view.lines(account, {history_lines, true, {}}).items.size();
        ++histories;
    });
    return {{"balances_per_second", balances},
            {"vouchers_by_id_per_second", vouchers},
            {"histories_per_second", history_rate},
            {"lines_a_history",
             histories == 0 ? 0.0 : static_cast<double>(lines) / static_cast<double>(histories)}};
}

}  // namespace

std::uint64_t anonymous_memory() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word != "RssAnon:") continue;
        std::uint64_t kibibytes = 0;
        status >> kibibytes;
        return kibibytes * 1024;
    }
    return 0;
}

Json run_load(const Plan& plan, const Options& options) {
    const Workload workload(plan);
    // Not destroyed: the process is killed with it open.
    auto* const ledger = new Ledger(Ledger::create(plan.directory, options));
    set_up(*ledger, plan, workload);
    const LoadFigures figures = run_clients(*ledger, plan, workload, options.segment_records);
    if (!figures.tally.failure.empty()) throw std::runtime_error(figures.tally.failure);
    Json report{{"load", describe_load(plan, figures)}};
    report["queries"] = run_queries(*ledger, plan, workload);
    return report;
}

}  // namespace ledger::cli::bench
