// See beside_export.hpp.
#include "beside_export.hpp"

#include "year.hpp"

#include "cli/bench_latency.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

namespace ledger::past {

namespace {

using cli::bench::LatencyHistogram;
using Steady = std::chrono::steady_clock;

constexpr std::array kinds{"balance_at", "newest 100 lines", "voucher by id"};
using Latencies = std::array<LatencyHistogram, kinds.size()>;

void ask(const Plan& plan, const View& view, std::size_t kind, Random& random) {
    const AccountId account = account_at(random.below(plan.accounts));
    if (kind == 0) {
        const std::uint64_t into_year = random.below(static_cast<std::uint64_t>(year_nanoseconds));
        const auto balance =
            view.balance_at(account, year_start + std::chrono::nanoseconds(into_year));
        demand(!balance || balance->debits.minor >= 0, "a balance is wrong");
    } else if (kind == 1) {
        demand(view.lines(account, {100, true, {}}).items.size() <= 100, "a page is too long");
    } else {
        const VoucherId id{2, 1 + random.below(plan.vouchers())};
        demand(view.voucher(id)->voucher.lines.size() == 2, "a voucher lacks its lines");
    }
}

Latencies ask_all_kinds(const Plan& plan, const Ledger& ledger) {
    Latencies latencies;
    Random random(17);
    for (std::uint64_t i = 0; i < plan.queries / 5; ++i) {
        for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
            const auto begin = Steady::now();
            ask(plan, ledger.view(), kind, random);
            latencies[kind].add(static_cast<std::uint64_t>((Steady::now() - begin).count()));
        }
    }
    return latencies;
}

/// Writes all there is, again and again; returns the records.
std::uint64_t export_until(const Ledger& ledger, const std::atomic<bool>& is_over) {
    std::ofstream out("/dev/null");
    std::vector<FeedRecord> records;
    std::uint64_t exported = 0;
    while (!is_over) {
        Feed feed = ledger.follow({});
        while (!is_over && feed.next(records, 1000) != 0) {
            for (const FeedRecord& record : records) {
                out << record.position.value << ',' << to_string(record.id) << '\n';
                for (const FeedEntry& entry : record.entries) {
                    out << to_string(entry.account) << ',' << to_string(entry.entry.amount) << ','
                        << to_string(entry.entry.balance.debits) << ','
                        << to_string(entry.entry.balance.credits) << '\n';
                }
            }
            exported += records.size();
        }
    }
    return exported;
}

double microseconds(const LatencyHistogram& latencies, unsigned percent) {
    return static_cast<double>(latencies.quantile(percent)) / 1000;
}

}  // namespace

void ask_beside_export(const Plan& plan, const Ledger& ledger) {
    (void)ask_all_kinds(plan, ledger);  // warm
    const Latencies alone = ask_all_kinds(plan, ledger);
    std::atomic<bool> is_over{false};
    std::uint64_t exported = 0;
    std::thread exporter([&] { exported = export_until(ledger, is_over); });
    const auto begin = Steady::now();
    const Latencies beside = ask_all_kinds(plan, ledger);
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    is_over = true;
    exporter.join();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        std::printf(
            "%-20s alone p50 %6.2f us, p99 %6.2f us; beside an export p50 %6.2f us, p99 %6.2f us: "
            "%.2f times\n",
            kinds[kind], microseconds(alone[kind], 50), microseconds(alone[kind], 99),
            microseconds(beside[kind], 50), microseconds(beside[kind], 99),
            microseconds(beside[kind], 99) / microseconds(alone[kind], 99));
    }
    std::printf("the export meanwhile %20.0f records/s with their entries\n",
                static_cast<double>(exported) / seconds);
}

}  // namespace ledger::past
