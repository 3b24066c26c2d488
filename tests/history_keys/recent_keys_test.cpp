// RecentKeys against a list, and readers beside a writer that inserts.
#include "ledger/history/recent_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace ledger::history {
namespace {

std::vector<std::uint64_t> newest_first(const RecentKeys& keys, u128 key, std::uint64_t limit,
                                        std::size_t page_size) {
    std::vector<std::uint64_t> all;
    std::vector<Position> page(page_size);
    while (true) {
        const std::size_t count = keys.newest_first(key, {limit}, page);
        for (std::size_t i = 0; i < count; ++i) all.push_back(page[i].value);
        if (count < page_size) return all;
        limit = all.back() - 1;
    }
}

std::vector<std::uint64_t> oldest_first(const RecentKeys& keys, u128 key, std::uint64_t from,
                                        std::uint64_t limit, std::size_t page_size) {
    std::vector<std::uint64_t> all;
    std::vector<Position> page(page_size);
    while (true) {
        const std::size_t count = keys.oldest_first(key, {from}, {limit}, page);
        for (std::size_t i = 0; i < count; ++i) all.push_back(page[i].value);
        if (count < page_size) return all;
        from = all.back() + 1;
    }
}

TEST(RecentKeys, FindsWhatWasInsertedAndNothingElse) {
    RecentKeys keys(1000);
    for (std::uint64_t i = 1; i <= 1000; ++i) EXPECT_FALSE(keys.insert(i * 7, {i}));
    EXPECT_TRUE(keys.full());
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        EXPECT_EQ(keys.find(i * 7), Position{i});
        EXPECT_FALSE(keys.find(i * 7 + 1));
    }
    EXPECT_FALSE(keys.find(0));
}

TEST(RecentKeys, KeysThatDifferOnlyInTheHighWordAreDifferent) {
    RecentKeys keys(10);
    keys.insert(from_words(1, 5), {1});
    EXPECT_FALSE(keys.find(from_words(2, 5)));
    EXPECT_FALSE(keys.find(from_words(1, 6)));
    EXPECT_EQ(keys.find(from_words(1, 5)), Position{1});
}

TEST(RecentKeys, ALimitHidesNewerPositions) {
    RecentKeys keys(100);
    for (std::uint64_t p = 10; p < 60; p += 5) keys.insert(3, {p});
    EXPECT_FALSE(keys.find(3, {9}));
    EXPECT_EQ(keys.find(3, {10}), Position{10});
    EXPECT_EQ(keys.find(3, {34}), Position{30});
    EXPECT_EQ(keys.find(3), Position{55});
}

TEST(RecentKeys, TheSamePositionTwiceCountsOnce) {
    RecentKeys keys(10);
    EXPECT_FALSE(keys.insert(3, {1}));
    EXPECT_TRUE(keys.insert(3, {1}));
    EXPECT_EQ(keys.size(), 1u);
}

TEST(RecentKeys, ClearForgetsEverything) {
    for (const std::uint64_t count : {3u, 4000u}) {
        RecentKeys keys(4096);
        for (std::uint64_t i = 1; i <= count; ++i) keys.insert(i, {i});
        keys.clear();
        EXPECT_EQ(keys.size(), 0u);
        for (std::uint64_t i = 1; i <= count; ++i) EXPECT_FALSE(keys.find(i));
        for (std::uint64_t i = 1; i <= 4096; ++i) EXPECT_FALSE(keys.insert(i, {i + 77}));
    }
}

TEST(RecentKeys, AHotKeyIsReachedAtAnyLimitAndPagedBothWays) {
    constexpr std::uint64_t count = 200'000;
    RecentKeys keys(count + 1);
    for (std::uint64_t i = 1; i <= count; ++i) keys.insert(42, {i * 2});
    keys.insert(43, {count * 2});
    for (std::uint64_t limit = 2; limit < count * 2; limit += 9973) {
        EXPECT_EQ(keys.find(42, {limit}).value, limit / 2 * 2);
    }
    const auto back = newest_first(keys, 42, UINT64_MAX, 100);
    auto forth = oldest_first(keys, 42, 0, UINT64_MAX, 100);
    ASSERT_EQ(back.size(), count);
    std::reverse(forth.begin(), forth.end());
    EXPECT_EQ(back, forth);
}

TEST(RecentKeys, AgreesWithAListUnderInsertsAndClears) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        RecentKeys keys(500);
        std::vector<KeyRow> inserted;
        std::uint64_t position = random() >> 8;
        for (int round = 0; round < 300; ++round) {
            const auto what = random() % 20;
            if (what == 0) {
                keys.clear();
                inserted.clear();
            }
            for (auto n = random() % 20; n-- > 0 && !keys.full();) {
                position += 1 + random() % 3;
                const u128 key = from_words(random() % 2, random() % 30);
                const bool known = std::any_of(inserted.begin(), inserted.end(),
                                               [&](const KeyRow& r) { return r.key() == key; });
                EXPECT_EQ(keys.insert(key, {position}), known);
                inserted.emplace_back(key, Position{position});
            }
            ASSERT_EQ(keys.size(), inserted.size());
            const u128 key = from_words(random() % 2, random() % 30);
            const std::uint64_t limit = position - random() % 100;
            std::vector<std::uint64_t> expected;
            for (const KeyRow& r : inserted)
                if (r.key() == key && r.position_value <= limit)
                    expected.push_back(r.position_value);
            EXPECT_EQ(keys.find(key, {limit}).value, expected.empty() ? 0 : expected.back());
            EXPECT_EQ(oldest_first(keys, key, 0, limit, 1 + random() % 5), expected);
            std::reverse(expected.begin(), expected.end());
            EXPECT_EQ(newest_first(keys, key, limit, 1 + random() % 5), expected);
        }
        std::vector<KeyRow> rows;
        keys.append_rows(rows);
        EXPECT_EQ(rows, inserted);
    }
}

// The writer inserts beyond what is committed; readers must see at their limit exactly what was
// committed: for key k the newest position p <= limit with key_of(p) == k.
TEST(ThreadsRecentKeys, ReadersSeeExactlyTheCommittedEntries) {
    constexpr std::uint32_t capacity = 40'000;
    constexpr std::uint64_t key_count = 37;
    RecentKeys keys(capacity);
    const auto key_of = [](std::uint64_t p) { return u128{mix(p) % key_count} << 60; };
    std::atomic<std::uint64_t> committed{0};
    std::atomic<std::uint64_t> lookups{0};
    std::atomic<bool> failed{false};

    std::vector<std::thread> readers;
    for (unsigned r = 0; r < 3; ++r) {
        readers.emplace_back([&, r] {
            std::mt19937_64 random(r);
            Position page[4];
            while (committed.load(std::memory_order_acquire) < capacity && !failed) {
                const std::uint64_t limit = committed.load(std::memory_order_acquire);
                const u128 key = u128{random() % key_count} << 60;
                std::uint64_t expected = limit;
                while (expected > 0 && key_of(expected) != key) --expected;
                if (keys.find(key, {limit}).value != expected) failed = true;
                lookups.fetch_add(1, std::memory_order_relaxed);
                const std::size_t count = keys.newest_first(key, {limit}, page);
                if ((count > 0 ? page[0].value : 0) != expected) failed = true;
                for (std::size_t i = 0; i < count; ++i)
                    if (key_of(page[i].value) != key) failed = true;
            }
        });
    }
    std::mt19937_64 random(99);
    std::uint64_t position = 0;
    while (position < capacity) {
        for (auto n = 1 + random() % 6; n-- > 0 && position < capacity;) {
            ++position;
            keys.insert(key_of(position), {position});
        }
        while (lookups.load(std::memory_order_relaxed) < position * 10 && !failed) {
        }
        committed.store(position, std::memory_order_release);
    }
    for (auto& reader : readers) reader.join();
    EXPECT_FALSE(failed);
}

// What the first insert of a generation publishes last is the key; who has seen that one knows the
// generation's base as well.
TEST(ThreadsRecentKeys, WhatIsNotCommittedIsNotSeenBesideTheFirstInsertEither) {
    constexpr u128 key = 7;
    constexpr Position committed{1'000};
    std::atomic<int> seen{0};
    for (std::uint64_t round = 0; round < 50 && seen == 0; ++round) {
        RecentKeys keys(4);
        keys.insert(key, {1});  // an earlier generation's, whose base is far back
        keys.clear();
        std::atomic<int> ready{0};
        std::atomic<bool> inserted{false};
        const auto read = [&](const auto& count) {
            ++ready;
            while (!inserted.load(std::memory_order_relaxed)) seen += count() != 0 ? 1 : 0;
        };
        Position page[4];
        Position other[4];
        std::thread newest([&] { read([&] { return keys.newest_first(key, committed, page); }); });
        std::thread oldest(
            [&] { read([&] { return keys.oldest_first(key, {}, committed, other); }); });
        while (ready != 2) std::this_thread::yield();
        for (std::uint64_t i = 0; i < round % 64; ++i) (void)keys.full();
        keys.insert(key, {committed.value + 1});
        for (int i = 0; i < 200; ++i) (void)keys.full();
        inserted = true;
        newest.join();
        oldest.join();
    }
    EXPECT_EQ(seen, 0);
}

}  // namespace
}  // namespace ledger::history
