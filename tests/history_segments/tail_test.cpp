// The tail: linking, walking back from any position, pages by ordinal, reuse.
#include "fixture.hpp"

#include "ledger/history/tail.hpp"

namespace ledger::history {

using posting::Entry;

namespace {

constexpr TailCapacity small{.entries = 200'000, .reserved = 200'000, .batches = 10'000};

posting::Effects lines(AccountHandle account, Position first, std::size_t count) {
    posting::Effects effects;
    for (std::size_t i = 0; i < count; ++i) {
        Entry& entry = effects.entries.emplace_back();
        entry.position = first + i;
        entry.account = account;
        entry.debits = static_cast<i128>(first.value + i);
    }
    return effects;
}

}  // namespace

TEST(Tail, EmptyGenerationKnowsNothing) {
    const TailGeneration tail(small);
    EXPECT_TRUE(tail.empty());
    EXPECT_EQ(tail.first_position(), Position{});
    EXPECT_EQ(tail.last_at({0}, {UINT64_MAX}), nullptr);
    EXPECT_EQ(tail.last_at({4'000'000'000}, {UINT64_MAX}), nullptr);
    EXPECT_EQ(tail.instant_of({1}), Instant{});
}

TEST(Tail, KeepsReservedOfSeveralEffects) {
    TailGeneration tail(small);
    for (std::uint64_t round = 1; round <= 3; ++round) {
        posting::Effects effects = lines({7}, {round * 10}, 2);
        effects.reserved.push_back({static_cast<i128>(round), 0, 0});
        effects.entries[1].reserved = 1;
        tail.append(effects, {{round * 10}, {round * 10 + 9}, {static_cast<std::int64_t>(round)}});
    }
    for (std::uint64_t round = 1; round <= 3; ++round) {
        const Entry* second = tail.last_at({7}, {round * 10 + 1});
        ASSERT_NE(second, nullptr);
        EXPECT_EQ(tail.reserved_of(*second).held, static_cast<i128>(round));
        EXPECT_EQ(tail.reserved_of(*tail.previous(*second)).held, 0);
        EXPECT_EQ(tail.instant_of({round * 10 + 5}).nanoseconds, static_cast<std::int64_t>(round));
    }
    EXPECT_EQ(tail.first_position(), Position{10});
    EXPECT_EQ(tail.last_position(), Position{39});
}

TEST(Tail, FitsTellsWhatAppendTakes) {
    TailGeneration tail({.entries = 10, .reserved = 2, .batches = 2});
    EXPECT_TRUE(tail.fits(10, 2));
    EXPECT_FALSE(tail.fits(11, 0));
    EXPECT_FALSE(tail.fits(0, 3));
    tail.append(lines({0}, {1}, 8), {{1}, {8}, {1}});
    EXPECT_TRUE(tail.fits(2, 0));
    EXPECT_FALSE(tail.fits(3, 0));
    tail.append({}, {{9}, {9}, {2}});
    EXPECT_FALSE(tail.fits(1, 0)) << "a third batch has no room";
}

TEST(Tail, HotAccountIsReachedAtEveryPosition) {
    TailGeneration tail(small);
    constexpr std::size_t count = 100'000;
    tail.append(lines({3}, {1}, count), {{1}, {count}, {5}});
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const Position at{random() % (count + 10)};
        const Entry* found = tail.last_at({3}, at);
        if (at.value == 0) {
            EXPECT_EQ(found, nullptr);
            continue;
        }
        const std::uint64_t expected = std::min<std::uint64_t>(at.value, count);
        ASSERT_NE(found, nullptr);
        ASSERT_EQ(found->position.value, expected);
        ASSERT_EQ(tail.ordinal(*found), expected);
        const auto earlier = static_cast<std::uint32_t>(1 + random() % expected);
        ASSERT_EQ(tail.at_ordinal(*found, earlier)->position.value, earlier);
    }
}

TEST(Tail, CollectGivesPagesInOrder) {
    TailGeneration tail(small);
    tail.append(lines({3}, {1}, 1'000), {{1}, {1'000}, {5}});
    std::vector<const Entry*> page(64);
    std::uint32_t after = 0;
    while (const std::size_t got = tail.collect({3}, after, {777}, page)) {
        for (std::size_t i = 0; i < got; ++i) ASSERT_EQ(page[i]->position.value, after + i + 1);
        after += static_cast<std::uint32_t>(got);
    }
    EXPECT_EQ(after, 777U);
    EXPECT_EQ(tail.collect({4}, 0, {777}, page), 0U);
}

TEST(Tail, ClearedGenerationStartsAgain) {
    TailGeneration tail(small);
    const std::vector<std::uint32_t> accounts{0, 65'535, 65'536, 4'000'000'000};
    for (std::uint64_t round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            ASSERT_EQ(tail.last_at({accounts[i]}, {UINT64_MAX}), nullptr);
            const Position first{1 + i * 1'000};
            tail.append(lines({accounts[i]}, first, 700),
                        {first, first + 999, {static_cast<std::int64_t>(i + 1)}});
        }
        for (const std::uint32_t account : accounts) {
            ASSERT_NE(tail.last_at({account}, {UINT64_MAX}), nullptr);
            EXPECT_EQ(tail.ordinal(*tail.last_at({account}, {UINT64_MAX})), 700U);
        }
        tail.clear();
        EXPECT_TRUE(tail.empty());
        EXPECT_EQ(tail.entry_count(), 0U);
    }
}

TEST(Tail, FewEntriesOverManyAccountsAreClearedOneByOne) {
    TailGeneration tail(small);
    posting::Effects effects;
    for (std::uint32_t i = 0; i < 100; ++i) {
        Entry& entry = effects.entries.emplace_back();
        entry.position = {1};
        entry.account = {i * 65'536};
    }
    tail.append(effects, {{1}, {1}, {1}});
    tail.clear();
    for (std::uint32_t i = 0; i < 100; ++i) {
        ASSERT_EQ(tail.last_at({i * 65'536}, {UINT64_MAX}), nullptr);
    }
}

}  // namespace ledger::history
