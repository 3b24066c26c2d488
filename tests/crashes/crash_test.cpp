// A ledger after a crash of the machine at any moment. Invariant tested: each acknowledged record
// is there once with its content, nothing else is half visible, and posting goes on. Each seed is a
// test of its own; LEDGER_TEST_SEEDS=first:count runs others than the usual, LEDGER_TEST_STATES
// tries more or fewer states of each, LEDGER_TEST_STEPS records longer runs.
#include "proof/crash_hunt.hpp"

#include "support/seeds.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace ledger::proof {
namespace {

constexpr std::uint64_t usual_seeds = 8;
constexpr std::uint64_t usual_states = 3'000;  // of each
constexpr std::uint64_t usual_steps = 24;

std::uint64_t chosen(const char* variable, std::uint64_t usual) {
    const char* text = std::getenv(variable);
    return text == nullptr ? usual : std::stoull(text);
}

/// In memory, where the machine has such a place.
std::filesystem::path fast_place() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

RecordedRun record(std::uint64_t seed) {
    const test::TemporaryDirectory home(fast_place());
    const auto steps = static_cast<int>(chosen("LEDGER_TEST_STEPS", usual_steps));
    return record_run(seed, steps, home.path());
}

void print(std::uint64_t seed, const RecordedRun& run, const Hunted& hunted) {
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "seed %llu: %zu records in %zu batches, %zu events; %llu passes of %llu moments, %llu "
        "crash states, %llu distinct (%llu before there was a ledger), %llu lost, %llu failed\n",
        number(seed), run.expected.records.size(), run.expected.ends.size() - 1,
        run.trace.events.size(), number(hunted.passes), number(hunted.moments),
        number(hunted.states), number(hunted.distinct), number(hunted.without_ledger),
        number(hunted.lost), number(hunted.failed));
}

class Crash : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Crash, LosesNothingThatWasAcknowledged) {
    const RecordedRun run = record(GetParam());
    const std::uint64_t wanted = chosen("LEDGER_TEST_STATES", usual_states);
    const test::TemporaryDirectory home(fast_place());
    const Hunted hunted = hunt(run, GetParam(), wanted, home.path());
    print(GetParam(), run, hunted);
    EXPECT_GE(hunted.distinct, wanted);
    EXPECT_EQ(hunted.lost + hunted.failed, 0u);
    for (const std::string& finding : hunted.findings) ADD_FAILURE() << finding;
}

auto all_seeds() {
    const oracle::Seeds seeds = oracle::chosen_seeds(usual_seeds);
    return testing::Range(seeds.first, seeds.first + seeds.count);
}

INSTANTIATE_TEST_SUITE_P(Seed, Crash, all_seeds());

TEST(CrashRun, TheSameSeedGivesTheSameTrace) {
    const RecordedRun one = record(1);
    const RecordedRun two = record(1);
    ASSERT_EQ(one.trace.events.size(), two.trace.events.size());
    for (std::size_t i = 0; i < one.trace.events.size(); ++i) {
        const Event& a = one.trace.events[i];
        const Event& b = two.trace.events[i];
        ASSERT_TRUE(a.kind == b.kind && a.node == b.node && a.offset == b.offset &&
                    a.bytes == b.bytes && a.taken == b.taken && a.given == b.given &&
                    a.value == b.value)
            << "event " << i;
    }
}

}  // namespace
}  // namespace ledger::proof
