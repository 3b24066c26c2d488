// Clocks and random sources: what they promise to those who are given one.
#include "ledger/core/clock.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace ledger {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(SystemClock, AgreesWithTheMachine) {
    SystemClock clock;
    const auto before = std::chrono::system_clock::now().time_since_epoch();
    const Instant now = clock.now();
    const auto after = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_GE(now.nanoseconds, nanoseconds(before).count());
    EXPECT_LE(now.nanoseconds, nanoseconds(after).count());
    const nanoseconds first = clock.steady();
    EXPECT_LE(first, clock.steady());
}

TEST(ManualClock, StandsUntilItIsMoved) {
    const Instant start = parse_instant("2026-11-21T00:00:00Z");
    ManualClock clock(start);
    Clock& face = clock;
    EXPECT_EQ(face.now(), start);
    EXPECT_EQ(face.now(), start);
    EXPECT_EQ(face.steady(), nanoseconds{0});
    clock.advance(hours{2});
    EXPECT_EQ(to_string(face.now()), "2026-11-21T02:00:00Z");
    EXPECT_EQ(face.steady(), hours{2});
}

TEST(ManualClock, SettingTheWallClockLeavesTheSteadyOne) {
    ManualClock clock(parse_instant("2026-11-21T00:00:00Z"));
    clock.advance(hours{1});
    clock.set(parse_instant("2020-01-01T00:00:00Z"));
    EXPECT_EQ(to_string(clock.now()), "2020-01-01T00:00:00Z");
    EXPECT_EQ(clock.steady(), hours{1});
    EXPECT_THAT([&] { clock.advance(nanoseconds{-5}); },
                ThrowsMessage<InvalidArgument>(HasSubstr("advance by -5 ns")));
    EXPECT_EQ(clock.steady(), hours{1});
}

TEST(SeededRandom, GivesTheSameNumbersForTheSameSeed) {
    // The reference values of SplitMix64 for seed 1234567 (Vigna, prng.di.unimi.it).
    SeededRandom random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317ull);
    EXPECT_EQ(random.next(), 3203168211198807973ull);
    EXPECT_EQ(random.next(), 9817491932198370423ull);
    SeededRandom other(1234568);
    EXPECT_NE(other.next(), 6457827717110365317ull);
}

TEST(SystemRandom, DoesNotRepeat) {
    SystemRandom random;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.next());
    EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace ledger
