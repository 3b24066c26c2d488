// See time_zone.hpp. The rules of places are those of Howard Hinnant's date library, which reads
// the machine's own database (package tzdata).
#include "ledger/core/time_zone.hpp"

#include "core/quoted.hpp"
#include "ledger/core/int128.hpp"

#include <date/tz.h>

#include <exception>

namespace ledger {

namespace {

using std::chrono::seconds;
using LocalTime = date::local_time<seconds>;

Instant instant_from(seconds since_epoch) noexcept {
    const i128 nanoseconds = i128{since_epoch.count()} * 1'000'000'000;
    if (nanoseconds > INT64_MAX) return {INT64_MAX};
    if (nanoseconds < INT64_MIN) return {INT64_MIN};
    return {static_cast<std::int64_t>(nanoseconds)};
}

}  // namespace

TimeZone::TimeZone(std::string_view name) : name_(name) {
    if (name == "Z" || name.starts_with('+') || name.starts_with('-')) {
        offset_ = seconds{parse_utc_offset(name)};
        return;
    }
    try {
        place_ = date::locate_zone(name_);
    } catch (const std::exception&) {  // the library's: no such name, or no database
        detail::refuse("time zone", name, "this machine's database does not have it",
                       "write a name such as Asia/Shanghai (package tzdata), or an offset such as "
                       "+08:00");
    }
}

Date TimeZone::date_at(Instant instant) const {
    const auto time = date::floor<seconds>(
        date::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{instant.nanoseconds}});
    const LocalTime local =
        place_ == nullptr ? LocalTime{time.time_since_epoch() + offset_} : place_->to_local(time);
    return Date{date::floor<date::days>(local).time_since_epoch().count()};
}

Instant TimeZone::instant_of(Date day, seconds into_day) const {
    const LocalTime local = LocalTime{date::days{day.days}} + into_day;
    if (place_ == nullptr) return instant_from(local.time_since_epoch() - offset_);
    const date::local_info info = place_->get_info(local);
    if (info.result == date::local_info::nonexistent) {
        return instant_from(info.first.end.time_since_epoch());
    }
    return instant_from(local.time_since_epoch() - info.first.offset);
}

}  // namespace ledger
