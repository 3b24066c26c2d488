// What a key costs: on the posting thread (recent keys, the filters of the sealed ones) and on the
// sealing thread (sealing and merging, per key, all in).
#include "ledger/history/key_index.hpp"
#include "ledger/history/recent_keys.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"
#include "support.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace ledger::history {
namespace {

constexpr std::size_t look_ahead = 16;  // keys between prefetch and use, as the posting loop has it

u128 random_key(std::uint64_t i) { return from_words(mix(i), mix(i + (u128{1} << 64))); }
u128 sequential_key(std::uint64_t i) { return (u128{1} << 100) + i; }

/// One generation: check that each key is new, insert it; clear at the end. Time a key.
void recent_keys_insert(benchmark::State& state) {
    const auto capacity = static_cast<std::uint32_t>(state.range(0));
    RecentKeys keys(capacity);
    std::vector<u128> ids(capacity);
    for (std::uint32_t i = 0; i < capacity; ++i) {
        ids[i] = state.range(1) != 0 ? random_key(i) : sequential_key(i);
    }
    std::uint64_t position = 1;
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < capacity; ++i) {
            if (i + look_ahead < capacity) keys.prefetch(ids[i + look_ahead]);
            if (!keys.find(ids[i])) keys.insert(ids[i], {position + i});
        }
        state.PauseTiming();
        position += capacity;
        keys.clear();
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * capacity);
}
BENCHMARK(recent_keys_insert)
    ->ArgNames({"capacity", "random"})
    ->Args({1 << 18, 0})
    ->Args({1 << 18, 1})
    ->Args({1 << 20, 1});

void recent_keys_clear(benchmark::State& state) {
    const auto capacity = static_cast<std::uint32_t>(state.range(0));
    RecentKeys keys(capacity);
    for (auto _ : state) {
        state.PauseTiming();
        for (std::uint32_t i = 0; i < capacity; ++i) keys.insert(random_key(i), {i + 1});
        state.ResumeTiming();
        keys.clear();
    }
    state.SetItemsProcessed(state.iterations() * capacity);
}
BENCHMARK(recent_keys_clear)->Arg(1 << 18)->Iterations(30);

/// All insertions under one key, as an order that every voucher names.
void recent_keys_hot_key(benchmark::State& state) {
    constexpr std::uint32_t capacity = 200'000;
    RecentKeys keys(capacity);
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < capacity; ++i) keys.insert(u128{7} << 90, {i + 1});
        keys.clear();
    }
    state.SetItemsProcessed(state.iterations() * capacity);
}
BENCHMARK(recent_keys_hot_key);

// ---- sealed keys

constexpr std::size_t seal_rows = std::size_t{1} << 18;

u128 key_at(bool random, std::uint64_t i) { return random ? random_key(i) : sequential_key(i); }

/// A checkpoint with keys only, in a directory of its own.
class Store {
public:
    Store() {
        storage::EnvironmentOptions options;
        options.no_meta_sync = true;
        options.databases = KeyIndex::databases();
        storage::create_environment(home_.path() / "checkpoint.mdb", options,
                                    [](storage::Environment&, storage::WriteTransaction&) {});
        environment_ =
            std::make_unique<storage::Environment>(home_.path() / "checkpoint.mdb", options);
        index_ = std::make_unique<KeyIndex>(*environment_);
        rows_.reserve(seal_rows);
        snapshot_ = take();
    }
    ~Store() {
        snapshot_.reset();
        index_.reset();
        environment_.reset();
    }

    /// Seals the next keys, merges as much as is due, publishes a snapshot: what the sealing thread
    /// does.
    void seal(bool random) {
        rows_.clear();
        for (std::size_t i = 0; i < seal_rows; ++i) {
            ++position_;
            rows_.emplace_back(key_at(random, position_), Position{position_});
        }
        const auto started = std::chrono::steady_clock::now();
        const double cpu_started = bench::thread_cpu_seconds();
        {
            storage::WriteTransaction transaction(*environment_);
            index_->seal(transaction, KeyTable::record, rows_);
            transaction.commit();
        }
        const auto sealed = std::chrono::steady_clock::now();
        snapshot_ = take();
        for (bool more = true; more;) {
            storage::WriteTransaction transaction(*environment_);
            more = index_->step(transaction, std::size_t{1} << 20);
            transaction.commit();
            snapshot_ = take();
        }
        const auto merged = std::chrono::steady_clock::now();
        cpu_seconds_ += bench::thread_cpu_seconds() - cpu_started;
        seal_seconds_ += std::chrono::duration<double>(sealed - started).count();
        merge_seconds_ += std::chrono::duration<double>(merged - sealed).count();
    }

    const KeyIndex::Snapshot& snapshot() const { return *snapshot_; }
    std::uint64_t positions() const { return position_; }
    std::uint64_t file_bytes() const { return environment_->used_bytes(); }
    double seal_seconds() const { return seal_seconds_; }
    double merge_seconds() const { return merge_seconds_; }
    double cpu_seconds() const { return cpu_seconds_; }

private:
    std::shared_ptr<const KeyIndex::Snapshot> take() {
        return index_->snapshot(std::make_shared<const storage::ReadTransaction>(*environment_));
    }

    bench::TemporaryDirectory home_;
    std::unique_ptr<storage::Environment> environment_;
    std::unique_ptr<KeyIndex> index_;
    std::shared_ptr<const KeyIndex::Snapshot> snapshot_;
    std::vector<KeyRow> rows_;
    std::uint64_t position_ = 0;
    double seal_seconds_ = 0;
    double merge_seconds_ = 0;
    double cpu_seconds_ = 0;
};

/// Seals of 2^18 keys up to the number given, merging all that is due after each, durable. All in,
/// a key: ns_seal and ns_merge by the wall clock, ns_cpu of the thread (`Time` is that of one whole
/// history).
void key_index_build(benchmark::State& state) {
    const auto seals = static_cast<std::uint64_t>(state.range(0)) / seal_rows;
    for (auto _ : state) {
        Store store;
        std::uint64_t runs_max = 0;
        for (std::uint64_t i = 0; i < seals; ++i) {
            store.seal(state.range(1) != 0);
            runs_max = std::max(runs_max, store.snapshot().facts(KeyTable::record).runs);
        }
        const auto keys = static_cast<double>(store.positions());
        state.counters["ns_seal"] = store.seal_seconds() / keys * 1e9;
        state.counters["ns_merge"] = store.merge_seconds() / keys * 1e9;
        state.counters["ns_cpu"] = store.cpu_seconds() / keys * 1e9;
        state.counters["bytes_a_key"] = static_cast<double>(store.file_bytes()) / keys;
        state.counters["runs_max"] = static_cast<double>(runs_max);
    }
}
BENCHMARK(key_index_build)
    ->ArgNames({"keys", "random"})
    ->Args({20'000'000, 0})
    ->Args({20'000'000, 1})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// The store that the queries below share, made once for each kind of key.
const Store& sealed_store(std::uint64_t keys, bool random) {
    static std::unique_ptr<Store> stores[2];
    std::unique_ptr<Store>& store = stores[random];
    if (!store) store = std::make_unique<Store>();
    while (store->positions() + seal_rows <= keys) store->seal(random);
    return *store;
}

/// The duplicate check: a key that is not there, one call to prefetch and one to find.
void key_index_find_absent(benchmark::State& state) {
    const bool random = state.range(1) != 0;
    const Store& store = sealed_store(static_cast<std::uint64_t>(state.range(0)), random);
    std::uint64_t next = store.positions() + 1;
    for (auto _ : state) {
        store.snapshot().prefetch(KeyTable::record, key_at(random, next + look_ahead));
        benchmark::DoNotOptimize(store.snapshot().find(KeyTable::record, key_at(random, next)));
        ++next;
    }
    state.counters["runs"] = static_cast<double>(store.snapshot().facts(KeyTable::record).runs);
}
BENCHMARK(key_index_find_absent)
    ->ArgNames({"keys", "random"})
    ->Args({20'000'000, 0})
    ->Args({20'000'000, 1});

/// A key that is there, anywhere in the history.
void key_index_find_present(benchmark::State& state) {
    const bool random = state.range(1) != 0;
    const Store& store = sealed_store(static_cast<std::uint64_t>(state.range(0)), random);
    std::uint64_t i = 0;
    for (auto _ : state) {
        const std::uint64_t position = 1 + mix(++i) % store.positions();
        benchmark::DoNotOptimize(store.snapshot().find(KeyTable::record, key_at(random, position)));
    }
}
BENCHMARK(key_index_find_present)
    ->ArgNames({"keys", "random"})
    ->Args({20'000'000, 0})
    ->Args({20'000'000, 1});

}  // namespace
}  // namespace ledger::history
