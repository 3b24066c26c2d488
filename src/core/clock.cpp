// The machine's clocks, and the test kit's.
#include "ledger/core/clock.hpp"

#include "ledger/core/error.hpp"

namespace ledger {

namespace {

template <class TimePoint>
std::int64_t nanoseconds_of(TimePoint point) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(point.time_since_epoch()).count();
}

}  // namespace

Instant SystemClock::now() { return Instant{nanoseconds_of(std::chrono::system_clock::now())}; }

std::chrono::nanoseconds SystemClock::steady() {
    return std::chrono::nanoseconds{nanoseconds_of(std::chrono::steady_clock::now())};
}

void ManualClock::advance(std::chrono::nanoseconds span) {
    if (span.count() < 0) {
        throw InvalidArgument("advance by " + std::to_string(span.count()) +
                              " ns: time does not pass backwards; set the wall clock instead");
    }
    steady_.fetch_add(span.count(), std::memory_order_acq_rel);
    now_.fetch_add(span.count(), std::memory_order_acq_rel);
}

}  // namespace ledger
