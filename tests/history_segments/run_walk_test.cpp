// Walking back over runs: every depth once, from anywhere to anywhere, with and without passing
// over the spans of jumps.
#include "fixture.hpp"

#include "history/run_walk.hpp"

#include <vector>

namespace ledger::history {

namespace {

/// An account with one run in each of so many segments.
class ManyRuns {
public:
    explicit ManyRuns(std::uint32_t count) {
        EntryMaker maker(3);
        maker.accounts = {account.index};
        maker.hot_percent = 100;
        TailGeneration tail({.entries = 1'000, .reserved = 1'000, .batches = 10});
        Position next{1};
        for (std::uint32_t i = 0; i < count; ++i) {
            posting::Effects effects;
            // Some records have no entries.
            while (effects.entries.empty()) effects = maker.batch(next, 1, {1 + i}, naive);
            tail.append(effects, {next, next, {1 + i}});
            file.seal(tail);
            tail.clear();
            next = next + 1;
        }
        transaction = std::make_unique<storage::ReadTransaction>(file.read());
    }
    RunReader reader() const { return {file.segments->impl(), *transaction}; }
    Run newest() const { return reader().open(file.segments->head(account)); }

    AccountHandle account{5};
    NaiveHistory naive;
    SegmentFile file;
    std::unique_ptr<storage::ReadTransaction> transaction;
};

constexpr std::uint32_t count = 150;

}  // namespace

TEST(RunWalk, VisitsEveryRunOnce) {
    const ManyRuns runs(count);
    const RunReader reader = runs.reader();
    for (std::uint32_t from = 0; from < count; ++from) {
        const auto newest = reader.at_depth(runs.newest(), from);
        for (std::uint32_t oldest = 0; oldest <= from; ++oldest) {
            std::vector<int> visits(count);
            walk_back(
                reader, newest, oldest, [&](const auto& run) { ++visits[run.head.depth]; },
                [](const auto&) { return false; });
            for (std::uint32_t depth = 0; depth < count; ++depth) {
                ASSERT_EQ(visits[depth], oldest <= depth && depth <= from ? 1 : 0)
                    << "depth " << depth << " from " << from << " to " << oldest;
            }
        }
    }
}

TEST(RunWalk, WhatIsPassedOverIsNotVisited) {
    const ManyRuns runs(count);
    const RunReader reader = runs.reader();
    std::mt19937_64 random(11);
    for (int round = 0; round < 2'000; ++round) {
        const auto from = static_cast<std::uint32_t>(random() % count);
        const auto oldest = static_cast<std::uint32_t>(random() % (from + 1));
        std::vector<int> touched(count);
        const auto passes = [&](const auto& run) {
            if (random() % 3 != 0) return false;
            for (std::uint32_t depth = reader.open(run.jump()).head.depth; depth < run.head.depth;
                 ++depth) {
                ++touched[depth];
            }
            return true;
        };
        walk_back(
            reader, reader.at_depth(runs.newest(), from), oldest,
            [&](const auto& run) { ++touched[run.head.depth]; }, passes);
        for (std::uint32_t depth = 0; depth < count; ++depth) {
            ASSERT_EQ(touched[depth], oldest <= depth && depth <= from ? 1 : 0)
                << "depth " << depth << " from " << from << " to " << oldest;
        }
    }
}

}  // namespace ledger::history
