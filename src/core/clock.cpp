// The machine's clocks, and the test kit's.
#include "ledger/core/clock.hpp"

#include "ledger/core/error.hpp"

#include <ctime>

namespace ledger {

Instant SystemClock::now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return Instant{std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count()};
}

std::chrono::nanoseconds SystemClock::steady() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
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
