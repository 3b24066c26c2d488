// How often something may be done. Invariant: over any span of time at most its rate times the
// span, and what a second allows on top, plus one request, is let go; requests go in the order in
// which they were made.
#pragma once

#include <kj/time.h>

#include <algorithm>
#include <cstdint>

namespace ledger::rpc {

/// The generic cell rate algorithm (ITU-T I.371): the time at which all that was let go would have
/// been done at the rate is kept, and may be a second ahead. Not thread-safe.
class Rate {
public:
    /// 0: as often as one likes.
    explicit Rate(std::uint64_t per_second) noexcept : per_second_(per_second) {}

    /// How long to wait until so many may be done, which counts as done then.
    kj::Duration reserve(kj::TimePoint now, std::uint64_t count) {
        if (per_second_ == 0) return 0 * kj::NANOSECONDS;
        done_ = std::max(done_, now);
        const kj::Duration ahead = done_ - now;
        done_ = done_ +
                static_cast<std::int64_t>(count * 1'000'000'000 / per_second_) * kj::NANOSECONDS;
        return ahead > 1 * kj::SECONDS ? ahead - 1 * kj::SECONDS : 0 * kj::NANOSECONDS;
    }

private:
    std::uint64_t per_second_;
    kj::TimePoint done_ = kj::origin<kj::TimePoint>();
};

}  // namespace ledger::rpc
