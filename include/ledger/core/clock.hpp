// Where time comes from. Invariant: every instant that a ledger keeps or judges by (posting,
// expiry, windows, book dates) comes through this interface, so that a test or a simulator can
// drive it. Deadlines and the waits of threads for each other are real time.
#pragma once

#include "ledger/core/time.hpp"

#include <atomic>
#include <chrono>

namespace ledger {

/// Two clocks: the wall clock, which people read and which may jump, and the steady one, which only
/// measures spans. Thread rule: both calls may come from any threads at once, so an implementation
/// must allow that; neither may block or throw. Must outlive whatever it was given to.
class Clock {
public:
    virtual ~Clock() = default;

    /// The moment now, UTC. May go back or leap ahead when someone sets the machine's clock.
    virtual Instant now() = 0;
    /// Time since an unspecified start. Never goes back, whatever happens to `now`.
    virtual std::chrono::nanoseconds steady() = 0;

protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

/// The machine's clocks (CLOCK_REALTIME and CLOCK_BOOTTIME, which goes on while the machine
/// sleeps). Stateless; any threads.
class SystemClock final : public Clock {
public:
    Instant now() override;
    std::chrono::nanoseconds steady() override;
};

/// A clock that stands still until it is told otherwise: the test kit's. Any threads may read and
/// set it at once; one `advance` moves both clocks, but not in one step for a reader of both.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start) noexcept : now_(start.nanoseconds) {}

    Instant now() override { return Instant{now_.load(std::memory_order_acquire)}; }
    std::chrono::nanoseconds steady() override {
        return std::chrono::nanoseconds{steady_.load(std::memory_order_acquire)};
    }

    /// Time passes: both clocks move on. Throws InvalidArgument for a negative span; `set` goes
    /// back.
    void advance(std::chrono::nanoseconds span);
    /// Someone sets the wall clock, forward or back; the steady clock does not notice.
    void set(Instant instant) noexcept {
        now_.store(instant.nanoseconds, std::memory_order_release);
    }

private:
    std::atomic<std::int64_t> now_;
    std::atomic<std::int64_t> steady_{0};
};

}  // namespace ledger
