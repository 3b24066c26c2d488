// Time zones: from posting instants to what the clocks of a place show, and back. Invariant: an
// instant has one local time; a local time that clocks show twice is the first of the two, one that
// they skip is the moment of the jump, so that later local times are never earlier instants.
#pragma once

#include "ledger/core/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace ledger {

/// Immutable, cheap to copy, may be used by many threads.
class TimeZone {
public:
    /// UTC.
    TimeZone() = default;
    /// A name of the IANA database, as installed on this machine ("Asia/Shanghai"), or a fixed
    /// offset ("+08:00", "Z"). Throws InvalidArgument where it is neither.
    explicit TimeZone(std::string_view name);

    const std::string& name() const noexcept { return name_; }
    /// The day that calendars there show at this instant.
    Date date_at(Instant instant) const;
    /// The instant at which so much of the day has passed by the clocks there; a span beyond the
    /// day reaches into the next ones. What lies outside the range of instants gives its end.
    Instant instant_of(Date day, std::chrono::seconds into_day) const;

    friend bool operator==(const TimeZone& a, const TimeZone& b) noexcept {
        return a.name_ == b.name_;
    }

private:
    std::string name_ = "Z";
    std::chrono::seconds offset_{0};          // of a fixed one
    const date::time_zone* place_ = nullptr;  // of a database that lives as long as the program
};

}  // namespace ledger
