// What history costs: appending account entries to the tail, sealing them, and asking for a past
// balance. Two-line vouchers over random accounts, 2^18 vouchers a segment, batches of 8,190;
// figures are per voucher.
#include "ledger/history/account_history.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"
#include "support.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace ledger;
using namespace ledger::history;

constexpr std::size_t segment_vouchers = std::size_t{1} << 18;
constexpr std::size_t batch_vouchers = 8190;

double wall_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// An endless stream of batches of vouchers, and the tail they go to.
class Vouchers {
public:
    explicit Vouchers(std::size_t accounts) : debits_(accounts), credits_(accounts) {}

    /// Fills a generation; returns the seconds that append() took.
    double fill(TailGeneration& tail, bool holds = false) {
        double seconds = 0;
        for (std::size_t left = segment_vouchers; left > 0;) {
            const std::size_t count = std::min(left, batch_vouchers);
            const Position first = next_;
            make(count, holds);
            const double start = bench::thread_cpu_seconds();
            tail.append(
                effects_,
                {first, {next_.value - 1}, {static_cast<std::int64_t>(next_.value) * 1'000'000}});
            seconds += bench::thread_cpu_seconds() - start;
            left -= count;
        }
        return seconds;
    }
    Position last() const { return {next_.value - 1}; }
    std::uint32_t accounts() const { return static_cast<std::uint32_t>(debits_.size()); }

private:
    void make(std::size_t count, bool holds) {
        effects_.clear();
        for (std::size_t i = 0; i < count; ++i, next_ = next_ + 1) {
            for (std::uint16_t line = 0; line < 2; ++line) {
                const std::size_t account = random_() % debits_.size();
                (line == 0 ? debits_ : credits_)[account] += 1 + random_() % 9973;
                posting::Entry& entry = effects_.entries.emplace_back();
                entry.position = next_;
                entry.account = {static_cast<std::uint32_t>(account)};
                entry.line = line;
                entry.flags = line == 0 ? std::uint8_t{0} : posting::entry_flag::credit;
                entry.book_date_days = 20'000;
                entry.debits = debits_[account];
                entry.credits = credits_[account];
                if (!holds) continue;
                effects_.reserved.push_back({static_cast<i128>(random_() % 1000), 0, 0});
                entry.reserved = static_cast<std::uint32_t>(effects_.reserved.size());
            }
        }
    }

    std::mt19937_64 random_{42};
    std::vector<std::int64_t> debits_;
    std::vector<std::int64_t> credits_;
    posting::Effects effects_;
    Position next_{1};
};

/// A checkpoint with nothing but segments, in a directory of its own.
class Checkpoint {
    bench::TemporaryDirectory home_;  // the first member: gone last

public:
    Checkpoint() {
        storage::EnvironmentOptions options;
        options.no_meta_sync = true;
        options.databases = Segments::databases();
        const std::filesystem::path file = home_.path() / "checkpoint.mdb";
        storage::create_environment(file, options,
                                    [](storage::Environment&, storage::WriteTransaction&) {});
        environment = std::make_unique<storage::Environment>(file, options);
        segments = std::make_unique<Segments>(*environment);
        segments->load(storage::ReadTransaction(*environment));
        writer = std::make_unique<SegmentWriter>(*segments);
    }
    ~Checkpoint() {
        writer.reset();
        segments.reset();
        environment.reset();
    }
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Seconds: of this thread's processor, and of waiting for the disk.
    struct Times {
        double begin = 0, write = 0, commit = 0, commit_wall = 0, publish = 0;
    };
    void seal(const TailGeneration& tail, Times& times) {
        double start = bench::thread_cpu_seconds();
        const storage::ReadTransaction older(*environment);
        writer->begin(tail, older);
        times.begin += bench::thread_cpu_seconds() - start;
        for (bool done = false; !done;) {
            start = bench::thread_cpu_seconds();
            storage::WriteTransaction transaction(*environment);
            done = writer->write(transaction);
            times.write += bench::thread_cpu_seconds() - start;
            start = bench::thread_cpu_seconds();
            const double wall = wall_now();
            transaction.commit();
            times.commit += bench::thread_cpu_seconds() - start;
            times.commit_wall += wall_now() - wall;
        }
        start = bench::thread_cpu_seconds();
        writer->publish(storage::ReadTransaction(*environment));
        times.publish += bench::thread_cpu_seconds() - start;
    }

    std::unique_ptr<storage::Environment> environment;
    std::unique_ptr<Segments> segments;
    std::unique_ptr<SegmentWriter> writer;
};

TailCapacity capacity() {
    return {.entries = 2 * segment_vouchers, .reserved = 2 * segment_vouchers, .batches = 1024};
}

void tail_append(benchmark::State& state) {
    Vouchers vouchers(static_cast<std::size_t>(state.range(0)));
    TailGeneration tail(capacity());
    vouchers.fill(tail);  // touches the memory
    double seconds = 0;
    for (auto round : state) {
        tail.clear();
        const double taken = vouchers.fill(tail);
        seconds += taken;
        state.SetIterationTime(taken);
    }
    state.counters["ns/voucher"] =
        benchmark::Counter(static_cast<double>(state.iterations() * segment_vouchers) * 1e-9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void tail_clear(benchmark::State& state) {
    Vouchers vouchers(static_cast<std::size_t>(state.range(0)));
    TailGeneration tail(capacity());
    for (auto round : state) {
        vouchers.fill(tail);
        const double start = bench::thread_cpu_seconds();
        tail.clear();
        state.SetIterationTime(bench::thread_cpu_seconds() - start);
    }
}

/// Sealing on top of some segments, so that accounts have older runs.
void seal_segment(benchmark::State& state) {
    const bool holds = state.range(1) != 0;
    Vouchers vouchers(static_cast<std::size_t>(state.range(0)));
    Checkpoint checkpoint;
    TailGeneration tail(capacity());
    Checkpoint::Times warm_up;
    for (int i = 0; i < 4; ++i) {
        vouchers.fill(tail, holds);
        checkpoint.seal(tail, warm_up);
        tail.clear();
    }
    Checkpoint::Times times;
    for (auto round : state) {
        vouchers.fill(tail, holds);
        const double start = bench::thread_cpu_seconds();
        checkpoint.seal(tail, times);
        state.SetIterationTime(bench::thread_cpu_seconds() - start);
        tail.clear();
    }
    const auto count = static_cast<double>(state.iterations() * segment_vouchers);
    state.counters["ns/voucher"] =
        (times.begin + times.write + times.commit + times.publish) * 1e9 / count;
    state.counters["sort"] = times.begin * 1e9 / count;
    state.counters["write"] = times.write * 1e9 / count;
    state.counters["commit"] = times.commit * 1e9 / count;
    state.counters["commit_wall"] = times.commit_wall * 1e9 / count;
    state.counters["publish"] = times.publish * 1e9 / count;
    const SegmentFacts facts = checkpoint.segments->facts(checkpoint.segments->last_segment());
    state.counters["bytes/voucher"] =
        static_cast<double>(facts.bytes) / static_cast<double>(segment_vouchers);
}

/// Balance at a random past position over 76 segments (20 M vouchers), single calls timed.
void balance_at_random_position(benchmark::State& state) {
    Vouchers vouchers(static_cast<std::size_t>(state.range(0)));
    Checkpoint checkpoint;
    TailGeneration tail(capacity());
    Checkpoint::Times times;
    const auto segments = static_cast<int>(state.range(1));
    for (int i = 0; i < segments; ++i) {
        vouchers.fill(tail);
        checkpoint.seal(tail, times);
        tail.clear();
    }
    const storage::ReadTransaction transaction(*checkpoint.environment);
    const HistorySources sources{{}, checkpoint.segments.get(), &transaction, vouchers.last()};
    std::mt19937_64 random(7);
    std::vector<double> latencies;
    const auto ask = [&] {
        const AccountHandle account{static_cast<std::uint32_t>(random() % vouchers.accounts())};
        const Position at{1 + random() % vouchers.last().value};
        const double start = wall_now();
        benchmark::DoNotOptimize(AccountHistory(sources, account).standing_at(at));
        return wall_now() - start;
    };
    for (int i = 0; i < 200'000; ++i) ask();
    for (auto round : state) {
        latencies.push_back(ask());
        state.SetIterationTime(latencies.back());
    }
    std::sort(latencies.begin(), latencies.end());
    state.counters["p50_us"] = latencies[latencies.size() / 2] * 1e6;
    state.counters["p99_us"] = latencies[latencies.size() * 99 / 100] * 1e6;
}

BENCHMARK(tail_append)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Iterations(20)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(tail_clear)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(seal_segment)
    ->Args({10'000, 0})
    ->Args({1'000'000, 0})
    ->Args({10'000, 1})
    ->UseManualTime()
    ->Iterations(12)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(balance_at_random_position)
    ->Args({10'000, 76})
    ->Args({1'000'000, 76})
    ->UseManualTime()
    ->Iterations(100'000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
