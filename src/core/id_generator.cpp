// The id generator: its layout, its lock that survives a fork, and the fork counter.
#include "ledger/core/id_generator.hpp"

#include <pthread.h>
#include <algorithm>

namespace ledger {

namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr unsigned counter_low_bits = 62;
constexpr u128 counter_max = (u128{1} << 74) - 1;
/// Fresh counters leave the top bit free, so that a millisecond has room for 2^73 ids at least.
constexpr u128 fresh_counter_mask = counter_max >> 1;
constexpr std::uint64_t version_7 = 7;
constexpr std::uint64_t variant_10 = 2;

constinit SystemClock system_clock;
constinit SystemRandom system_random;

/// Counts the forks that led to this process, from 1. Written only by the one thread a child begins
/// with.
std::atomic<std::uint32_t> fork_generation{1};

void count_fork() noexcept { fork_generation.fetch_add(1, std::memory_order_relaxed); }

void watch_forks() {
    [[maybe_unused]] static const int registered = ::pthread_atfork(nullptr, nullptr, count_fork);
}

constexpr u128 id_of(std::int64_t milliseconds, u128 counter) noexcept {
    const auto counter_high = static_cast<std::uint64_t>(counter >> counter_low_bits);
    const auto counter_low = static_cast<std::uint64_t>(counter) & (~std::uint64_t{0} >> 2);
    return from_words(
        (static_cast<std::uint64_t>(milliseconds) << 16) | (version_7 << 12) | counter_high,
        (variant_10 << counter_low_bits) | counter_low);
}

}  // namespace

/// The lock, held. A mutex would not do: one that another thread held at the fork stays locked in
/// the child for ever. Here a holder of an older generation is known to be gone.
class IdGenerator::Turn {
public:
    explicit Turn(std::atomic<std::uint32_t>& holder) : holder_(holder) {
        std::uint32_t seen = 0;
        while (!holder_.compare_exchange_weak(seen, generation_, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
            if (seen != generation_) continue;  // free again, or held by what the fork left behind
            holder_.wait(seen, std::memory_order_relaxed);
            seen = 0;
        }
    }
    ~Turn() {
        holder_.store(0, std::memory_order_release);
        holder_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    std::uint32_t generation() const noexcept { return generation_; }

private:
    std::atomic<std::uint32_t>& holder_;
    std::uint32_t generation_ = fork_generation.load(std::memory_order_relaxed);
};

IdGenerator::IdGenerator() : IdGenerator(system_clock, system_random) {}

IdGenerator::IdGenerator(Clock& clock, RandomSource& random) : clock_(clock), random_(random) {
    watch_forks();
}

u128 IdGenerator::next() {
    const Turn turn(holder_);
    const std::int64_t now = std::max<std::int64_t>(clock_.now().nanoseconds / millisecond_ns, 0);
    if (generation_ != turn.generation()) {
        begin_millisecond(std::max(now, milliseconds_ + 1));
        generation_ = turn.generation();
    } else if (now > milliseconds_) {
        begin_millisecond(now);
    } else if (counter_ == counter_max) {
        begin_millisecond(milliseconds_ + 1);
    } else {
        ++counter_;
    }
    return id_of(milliseconds_, counter_);
}

void IdGenerator::begin_millisecond(std::int64_t milliseconds) {
    const std::uint64_t high = random_.next();
    const std::uint64_t low = random_.next();
    counter_ = from_words(high, low) & fresh_counter_mask;
    milliseconds_ = milliseconds;
}

Instant instant_of_generated_id(u128 id) noexcept {
    const auto milliseconds = static_cast<std::int64_t>(high_word(id) >> 16);
    return Instant{milliseconds > INT64_MAX / millisecond_ns ? INT64_MAX
                                                             : milliseconds * millisecond_ns};
}

}  // namespace ledger
