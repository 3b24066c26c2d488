// What a key costs: on the posting thread (recent keys, the filters of the sealed ones) and on the sealing
// thread (sealing and merging, per key, all in).
#include "ledger/history/recent_keys.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
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

}  // namespace
}  // namespace ledger::history
