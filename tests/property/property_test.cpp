// Random histories through the ledger, by its public face, and through the naive model: every
// result, balance and query is compared, in the writer, in a reader beside a writer in another
// process, before and after closing, killing and reopening, with and without the checkpoint. Each
// seed is a test of its own, so that they run side by side. Run this program with
// LEDGER_TEST_SEEDS=first:count for others than the usual, and with LEDGER_TEST_STEPS for their
// length.
#include "duel/ledger_duel.hpp"

#include "support/seeds.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <exception>
#include <string>

namespace ledger::oracle {
namespace {

HistoryOptions history_options() {
    HistoryOptions options;
    options.anchors = false;  // a caller's would be refused: the engine makes its own
    return options;
}

class History {
public:
    History(std::uint64_t seed, bool background)
        : seed_(seed),
          history_(seed, history_options()),
          duel_(seed, background, home_.path()),
          dice_(~seed) {}

    /// Posts so many steps, with all else that can happen in between, and every end at last.
    void run(int steps) {
        try {
            for (done_ = 0; done_ < steps; ++done_) {
                post();
                work();
                if (chance(10)) duel_.compare(16);
                if (chance(2)) duel_.compare();
                if (chance(3)) duel_.compare_earlier(4);
                if (chance(8)) duel_.compare_feed();
                if (chance(5)) end_somehow(roll(7));  // killed most often: read beside meanwhile
            }
            for (unsigned end = 0; end < 5; ++end) end_somehow(end);
            duel_.seal();
            duel_.compare();
            duel_.compare_earlier();
            duel_.compare_feed();
            duel_.verify_points();
            duel_.verify();
        } catch (const std::exception& found) {
            FAIL() << "seed " << seed_ << ", after " << done_ << " steps and "
                   << duel_.naive().last_position().value << " records: " << found.what();
        }
        expect_variety(steps);
    }

private:
    std::uint64_t roll(std::uint64_t sides) { return dice_() % sides; }
    bool chance(unsigned percent) { return roll(100) < percent; }

    void post() {
        const Step step = history_.next(duel_.naive());
        if (chance(10)) {
            duel_.dry_run_and_post(step);
        } else {
            duel_.post(step);
        }
    }

    void work() {
        if (chance(3)) duel_.cut_snapshot();
        if (chance(8)) duel_.seal();
        for (std::uint64_t i = chance(20) ? roll(4) : 0; i > 0; --i) duel_.step();
    }

    void end_somehow(std::uint64_t end) {
        switch (end) {
            case 0: return duel_.reopen();
            case 1: return duel_.reopen_without_checkpoint();
            case 2: return duel_.reopen_with_earlier_checkpoint();
            case 3: return duel_.compare_copies();
            default: return duel_.kill(history_, 2 + static_cast<int>(roll(7)));
        }
    }

    void expect_variety(int steps) const {
        const Tally& tally = duel_.tally();
        EXPECT_GE(tally.refused * 5, tally.records) << "fewer than a fifth were refused";
        EXPECT_GT(tally.repeated, 0u);
        EXPECT_GT(tally.kills, 0u);
        EXPECT_GT(tally.read_beside, 0u);
        EXPECT_GT(tally.segments_max, steps >= 100 ? 1u : 0u);
        std::printf(
            "seed %llu: %llu records posted, %llu refused, %llu repeated, %llu accepted or "
            "the engine's own, %llu segments, %llu dry runs, %llu kills (%llu after the "
            "commit), %llu steps read beside\n",
            static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(tally.records),
            static_cast<unsigned long long>(tally.refused),
            static_cast<unsigned long long>(tally.repeated),
            static_cast<unsigned long long>(duel_.naive().last_position().value),
            static_cast<unsigned long long>(tally.segments_max),
            static_cast<unsigned long long>(tally.dry_runs),
            static_cast<unsigned long long>(tally.kills),
            static_cast<unsigned long long>(tally.durable_at_kill),
            static_cast<unsigned long long>(tally.read_beside));
    }

    std::uint64_t seed_;
    test::TemporaryDirectory home_;
    RandomHistory history_;
    LedgerDuel duel_;
    std::mt19937_64 dice_;
    int done_ = 0;
};

int chosen_steps(int usual) {
    const char* text = std::getenv("LEDGER_TEST_STEPS");
    return text == nullptr ? usual : std::stoi(text);
}

/// By seed. Every other one leaves the sealing to the background threads.
class LedgerProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LedgerProperty, TheLedgerAgreesWithTheNaiveModel) {
    History(GetParam(), GetParam() % 2 == 0).run(chosen_steps(150));
}

auto all_seeds() {
    const Seeds seeds = chosen_seeds(6);
    return testing::Range(seeds.first, seeds.first + seeds.count);
}

INSTANTIATE_TEST_SUITE_P(Seed, LedgerProperty, all_seeds());

/// Long enough that segments fill by themselves.
TEST(LongLedgerProperty, TheLedgerAgreesWithTheNaiveModel) {
    if (std::getenv("LEDGER_TEST_SEEDS") != nullptr) GTEST_SKIP() << "other seeds were asked for";
    History(1'000'003, true).run(chosen_steps(700));
}

}  // namespace
}  // namespace ledger::oracle
