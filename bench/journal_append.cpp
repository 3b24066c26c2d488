// Appending batches to the journal beside the yardstick of the same bytes in the same pieces:
// pwrite and fdatasync on a bare file. The argument is vouchers a batch, 96 bytes each.
#include "ledger/journal/lmdb_store.hpp"
#include "support.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace ledger;

constexpr std::size_t voucher_bytes = 96;
constexpr std::uint64_t ahead_bytes = std::uint64_t{256} << 20;

/// Times of single appends, reported as percentiles: the mean says little on a shared disk.
class Latencies {
public:
    template <class Append>
    void measure(Append append) {
        const auto start = std::chrono::steady_clock::now();
        append();
        times_.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                .count());
    }
    void report(benchmark::State& state, std::size_t batch_bytes) {
        std::ranges::sort(times_);
        const auto at = [&](double share) {
            return times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
        };
        state.counters["p10_ms"] = at(0.10);
        state.counters["p50_ms"] = at(0.50);
        state.counters["p99_ms"] = at(0.99);
        state.SetBytesProcessed(static_cast<std::int64_t>(batch_bytes * times_.size()));
    }

private:
    std::vector<double> times_;
};

std::vector<std::byte> payload_of(std::size_t size) {
    std::vector<std::byte> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 131 >> 3);
    return payload;
}

/// The yardstick: what the disk and file system take for these bytes alone.
void raw_append(benchmark::State& state, bool is_allocated_ahead) {
    const bench::TemporaryDirectory directory;
    const auto payload = payload_of(static_cast<std::size_t>(state.range(0)) * voucher_bytes);
    const std::string name = directory.path() / "raw";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    Latencies latencies;
    off_t at = 0;
    off_t allocated = 0;
    for (auto _ : state) {
        if (is_allocated_ahead && at + off_t(payload.size()) > allocated) {
            if (::fallocate(file, 0, allocated, ahead_bytes) == 0) allocated += ahead_bytes;
        }
        latencies.measure([&] {
            const ssize_t written = ::pwrite(file, payload.data(), payload.size(), at);
            if (written != static_cast<ssize_t>(payload.size()) || ::fdatasync(file) != 0) {
                throw std::runtime_error("cannot write the yardstick");
            }
        });
        at += off_t(payload.size());
    }
    ::close(file);
    latencies.report(state, payload.size());
}

void raw_append_growing(benchmark::State& state) { raw_append(state, false); }
void raw_append_allocated(benchmark::State& state) { raw_append(state, true); }

void journal_append(benchmark::State& state) {
    const bench::TemporaryDirectory directory;
    journal::LmdbStore::create(directory.path(), {1, Instant{1}}, {});
    journal::LmdbStoreOptions options;
    options.disk_reserve_bytes = 0;
    options.ahead_bytes_first = static_cast<std::uint64_t>(state.range(1)) << 20;
    options.ahead_bytes_max = options.ahead_bytes_first;
    const auto store = journal::LmdbStore::open(directory.path(), options);
    const journal::Epoch epoch = store->acquire();
    const auto records = static_cast<std::uint32_t>(state.range(0));
    const auto payload = payload_of(records * voucher_bytes);
    const std::span<const std::byte> pieces[] = {payload};
    Latencies latencies;
    for (auto _ : state) {
        const journal::Head head = store->head();
        latencies.measure([&] {
            const auto result = store->append(
                epoch, {head.position + 1, records, Instant{head.instant.nanoseconds + 1}}, pieces);
            if (result.status != journal::AppendStatus::appended) {
                throw std::runtime_error("cannot append: " + result.reason);
            }
        });
    }
    latencies.report(state, payload.size());
}

BENCHMARK(raw_append_growing)->Arg(8190)->Iterations(300)->UseRealTime();
BENCHMARK(raw_append_allocated)
    ->Arg(8190)
    ->Arg(1000)
    ->Arg(100)
    ->Arg(1)
    ->Iterations(300)
    ->UseRealTime();
BENCHMARK(journal_append)
    ->ArgNames({"vouchers", "ahead_mib"})
    ->Args({8190, 256})
    ->Args({8190, 0})
    ->Args({1000, 256})
    ->Args({100, 256})
    ->Args({1, 256})
    ->Iterations(300)
    ->UseRealTime();

}  // namespace
