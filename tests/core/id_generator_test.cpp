// Generated ids: their order, their layout, and that neither a clock, nor threads, nor a fork makes
// one come twice.
#include "ledger/core/id_generator.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ledger {
namespace {

const Instant start = parse_instant("2026-11-21T08:30:00.123456789Z");

/// Returns what it is told: 0s and 1s at the ends of the counter, or an exception.
class ScriptedRandom final : public RandomSource {
public:
    std::uint64_t next() override {
        if (fails) throw std::runtime_error("no randomness");
        ++calls;
        return bits;
    }
    std::uint64_t bits = 0;
    int calls = 0;
    bool fails = false;
};

TEST(IdGenerator, HasTheLayoutOfUuidVersion7) {
    ManualClock clock(start);
    ScriptedRandom random;
    random.bits = ~std::uint64_t{0};
    IdGenerator ids(clock, random);
    // 1795249800123 ms; version 7; a fresh counter of 73 ones below a zero; variant 10.
    EXPECT_EQ(id_to_string(ids.next()), "01a1fd3a03bb77ffbfffffffffffffff");
    EXPECT_EQ(instant_of_generated_id(ids.next()), parse_instant("2026-11-21T08:30:00.123Z"));
    EXPECT_EQ(instant_of_generated_id(~u128{0}), Instant{INT64_MAX});
}

TEST(IdGenerator, CountsWithinAMillisecondAndDrawsAfreshInTheNext) {
    ManualClock clock(start);
    ScriptedRandom random;
    random.bits = 41;
    IdGenerator ids(clock, random);
    const u128 first = ids.next();
    EXPECT_TRUE(ids.next() == first + 1);
    EXPECT_EQ(random.calls, 2) << "one draw of two words a millisecond";
    clock.advance(std::chrono::milliseconds{1});
    EXPECT_TRUE(ids.next() == first + (u128{1} << 80));
    EXPECT_EQ(random.calls, 4);
}

TEST(IdGenerator, CarriesTheCounterAcrossTheVariantBits) {
    ManualClock clock(start);
    ScriptedRandom random;
    random.bits = ~std::uint64_t{0} >> 2;  // the low part is all ones
    IdGenerator ids(clock, random);
    const u128 first = ids.next();
    const u128 second = ids.next();
    EXPECT_LT(first, second);
    EXPECT_EQ(low_word(first), 0xBFFFFFFFFFFFFFFFull);
    EXPECT_EQ(low_word(second), 0x8000000000000000ull);
    EXPECT_EQ(high_word(second), high_word(first) + 1);
}

TEST(IdGenerator, IncreasesWhateverItsClockDoes) {
    ManualClock clock(start);
    SeededRandom random(5);
    SeededRandom jumps(6);
    IdGenerator ids(clock, random);
    u128 last = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto jump = static_cast<std::int64_t>(jumps.next() % 20'000'000) - 9'000'000;
        clock.set(clock.now() + std::chrono::nanoseconds{jump});
        if (i % 5000 == 4999) clock.set(Instant{-1});
        const u128 id = ids.next();
        ASSERT_LT(last, id);
        ASSERT_EQ(high_word(id) >> 12 & 15, 7u);
        ASSERT_EQ(low_word(id) >> 62, 2u);
        last = id;
    }
}

TEST(IdGenerator, MakesAnIdBefore1970) {
    ManualClock clock(Instant{-5'000'000'000});
    SeededRandom random(5);
    IdGenerator ids(clock, random);
    const u128 id = ids.next();
    EXPECT_TRUE(id != 0);
    EXPECT_EQ(instant_of_generated_id(id), Instant{0});
    EXPECT_LT(id, ids.next());
}

TEST(IdGenerator, LosesAndRepeatsNothingWhereRandomnessFails) {
    ManualClock clock(start);
    ScriptedRandom random;
    IdGenerator ids(clock, random);
    const u128 first = ids.next();
    clock.advance(std::chrono::milliseconds{1});
    random.fails = true;
    EXPECT_THROW((void)ids.next(), std::runtime_error);
    random.fails = false;
    EXPECT_TRUE(ids.next() == first + (u128{1} << 80)) << "the lock was released";
}

TEST(IdGenerator, GivesStrongIds) {
    IdGenerator ids;
    const auto voucher = ids.next<VoucherId>();
    const auto account = ids.next<AccountId>();
    static_assert(std::is_same_v<decltype(voucher), const VoucherId>);
    EXPECT_LT(voucher.value, account.value);
    SystemClock clock;
    const auto age = clock.now() - instant_of_generated_id(voucher.value);
    EXPECT_LT(std::chrono::abs(age), std::chrono::hours{1});
}

TEST(IdGenerator, TwoGeneratorsInTheSameMillisecondDiffer) {
    ManualClock clock(start);
    SystemRandom random;
    IdGenerator one(clock, random);
    IdGenerator other(clock, random);
    std::set<u128> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(one.next());
        seen.insert(other.next());
    }
    EXPECT_EQ(seen.size(), 2000u);
}

/// Runs `make` in a forked child and returns the ids it wrote; empty where the child failed or
/// hung.
template <class Make>
std::vector<u128> ids_of_child(Make make) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);  // a child that waits for a lock for ever is killed, and the test fails
        const std::vector<u128> ids = make();
        const auto size = static_cast<ssize_t>(ids.size() * sizeof(u128));
        const bool written = ::write(pipe[1], ids.data(), static_cast<std::size_t>(size)) == size;
        ::_exit(written ? 0 : 1);
    }
    ::close(pipe[1]);
    std::vector<u128> ids;
    u128 id = 0;
    while (::read(pipe[0], &id, sizeof id) == static_cast<ssize_t>(sizeof id)) ids.push_back(id);
    ::close(pipe[0]);
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ids : std::vector<u128>{};
}

std::vector<u128> take(IdGenerator& ids, int count) {
    std::vector<u128> taken;
    for (int i = 0; i < count; ++i) taken.push_back(ids.next());
    return taken;
}

TEST(IdGenerator, AForkedChildDoesNotRepeatItsParent) {
    ManualClock clock(start);  // stands still, so only the fork can tell the two apart
    SystemRandom random;
    IdGenerator ids(clock, random);
    std::vector<u128> all = take(ids, 100);
    const u128 last_before = all.back();
    for (int child = 0; child < 3; ++child) {
        const auto made = ids_of_child([&] { return take(ids, 100); });
        ASSERT_EQ(made.size(), 100u);
        EXPECT_LT(last_before, made.front());
        EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
        all.insert(all.end(), made.begin(), made.end());
    }
    const auto more = take(ids, 100);
    EXPECT_TRUE(more.front() == last_before + 1) << "the parent goes on as if nothing were";
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(std::set<u128>(all.begin(), all.end()).size(), all.size());
}

TEST(IdGenerator, AGrandchildDoesNotRepeatEither) {
    ManualClock clock(start);
    SystemRandom random;
    IdGenerator ids(clock, random);
    const u128 first = ids.next();
    const auto made = ids_of_child([&] {
        std::vector<u128> both = take(ids, 10);
        const auto inner = ids_of_child([&] { return take(ids, 10); });
        both.insert(both.end(), inner.begin(), inner.end());
        return both;
    });
    ASSERT_EQ(made.size(), 20u);
    EXPECT_LT(first, made.front());
    EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
    EXPECT_EQ(std::set<u128>(made.begin(), made.end()).size(), 20u);
}

/// Keeps the first caller inside `now` until it is let go, so that a fork meets a held lock.
class StoppingClock final : public Clock {
public:
    Instant now() override {
        if (stops.exchange(false)) {
            inside = true;
            while (!let_go) std::this_thread::yield();
        }
        return start;
    }
    std::chrono::nanoseconds steady() override { return {}; }
    std::atomic<bool> stops{true};
    std::atomic<bool> inside{false};
    std::atomic<bool> let_go{false};
};

TEST(IdGenerator, AForkWhileAnotherThreadHoldsTheLockDoesNotHangTheChild) {
    StoppingClock clock;
    SystemRandom random;
    IdGenerator ids(clock, random);
    u128 of_thread = 0;
    std::thread holder([&] { of_thread = ids.next(); });
    while (!clock.inside) std::this_thread::yield();
    const auto made = ids_of_child([&] { return take(ids, 100); });
    clock.let_go = true;
    holder.join();
    ASSERT_EQ(made.size(), 100u);
    EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
    EXPECT_EQ(std::count(made.begin(), made.end(), of_thread), 0);
}

TEST(ThreadsIdGenerator, NoIdComesTwiceAndEachThreadSeesItsOwnIncrease) {
    constexpr int thread_count = 8;
    constexpr int ids_each = 5000;
    IdGenerator ids;
    std::vector<std::vector<u128>> made(thread_count);
    std::vector<std::thread> threads;
    for (auto& own : made) {
        threads.emplace_back([&ids, &own] { own = take(ids, ids_each); });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<u128> all;
    for (const auto& own : made) {
        EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
        all.insert(all.end(), own.begin(), own.end());
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
    EXPECT_EQ(all.size(), std::size_t{thread_count} * ids_each);
}

TEST(ThreadsManualClock, MayBeMovedWhileOthersRead) {
    ManualClock clock(start);
    std::thread mover([&] {
        for (int i = 0; i < 10000; ++i) clock.advance(std::chrono::nanoseconds{1});
    });
    Instant last = start;
    for (int i = 0; i < 10000; ++i) {
        const Instant now = clock.now();
        EXPECT_LE(last, now);
        last = now;
    }
    mover.join();
    EXPECT_EQ(clock.now(), start + std::chrono::nanoseconds{10000});
}

}  // namespace
}  // namespace ledger
