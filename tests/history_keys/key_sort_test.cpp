// Sorting of key rows against std::sort.
#include "history/key_sort.hpp"

#include "ledger/core/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

namespace ledger::history::sealed {
namespace {

TEST(KeySort, SortsAndDropsRepetitionsWhateverTheSpread) {
    std::mt19937_64 random(7);
    const std::vector<std::function<u128(std::uint64_t)>> spreads = {
        [&](std::uint64_t) { return from_words(random(), random()); },
        [&](std::uint64_t i) { return u128{i}; },
        [&](std::uint64_t i) { return ~u128{i}; },
        [&](std::uint64_t) { return u128{random() % 3}; },
        [&](std::uint64_t) { return u128{17}; },
        [&](std::uint64_t) { return ~u128{0} - random() % 1000; },
        // nearly all in one place, a few far away
        [&](std::uint64_t i) { return random() % 1000 == 0 ? from_words(random(), 0) : u128{i}; },
        [&](std::uint64_t) {
            return random() % 1000 == 0 ? from_words(random(), 0) : u128{random() % 100'000};
        },
        // in order with small disorder, as several clients' time-ordered ids
        [&](std::uint64_t i) { return (u128{i * 100 + random() % 5000} << 60) + random(); },
    };
    std::vector<KeyRow> scratch;
    for (std::size_t spread = 0; spread < spreads.size(); ++spread) {
        for (const std::size_t size : {0, 1, 2, 13, 500, 3'000, 100'000}) {
            SCOPED_TRACE(std::to_string(spread) + " of size " + std::to_string(size));
            std::vector<KeyRow> rows;
            for (std::size_t i = 0; i < size; ++i) {
                rows.emplace_back(spreads[spread](i), Position{1 + random() % (i + 1)});
                if (random() % 50 == 0) rows.push_back(rows[random() % rows.size()]);
            }
            auto expected = rows;
            std::sort(expected.begin(), expected.end());
            expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
            EXPECT_TRUE(std::ranges::equal(sort_rows(rows, scratch), expected));
        }
    }
}

}  // namespace
}  // namespace ledger::history::sealed
