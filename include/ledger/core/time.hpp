// The ledger's two kinds of time: posting instants (nanoseconds, UTC) and book dates (days).
// Invariant: the two never convert into each other without a named rule.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

/// A moment: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted. Zero means "none".
struct Instant {
    std::int64_t nanoseconds = 0;

    constexpr explicit operator bool() const noexcept { return nanoseconds != 0; }
    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant at, std::chrono::nanoseconds span) noexcept {
        return {at.nanoseconds + span.count()};
    }
    friend constexpr std::chrono::nanoseconds operator-(Instant a, Instant b) noexcept {
        return std::chrono::nanoseconds{a.nanoseconds - b.nanoseconds};
    }
};

/// A calendar day: days since 1970-01-01 in the proleptic Gregorian calendar.
/// `Date::none()` means "not given".
struct Date {
    std::int32_t days = none_days;

    static constexpr std::int32_t none_days = INT32_MIN;
    static constexpr Date none() noexcept { return {}; }
    constexpr explicit operator bool() const noexcept { return days != none_days; }
    friend constexpr auto operator<=>(Date, Date) = default;
    friend constexpr Date operator+(Date date, std::int32_t count) noexcept {
        return {date.days + count};
    }
};

/// The first and last date a voucher may carry: 1900-01-01 and 9999-12-31.
inline constexpr Date date_min{-25567};
inline constexpr Date date_max{2932896};

/// The day with this year (0..9999), month (1..12) and day of month. Throws InvalidArgument where
/// none exists.
Date make_date(int year, int month, int day);
/// The UTC day that contains the instant.
Date utc_date(Instant instant) noexcept;
/// The first instant of the UTC day; days outside 1677-09-22..2262-04-11 give the end of the range.
Instant start_of_utc_day(Date date) noexcept;

/// ISO 8601: 2026-11-21, and 2026-11-21T08:30:00.123456789Z (fraction without trailing zeros).
/// Date::none() prints "none", a day outside years 0..9999 its number, "#-800000".
std::string to_string(Date date);
std::string to_string(Instant instant);
/// Reads the ISO form, whole and strict; instants also with an offset (+08:00). Throws
/// InvalidArgument naming the text, the character and the form that is wanted.
Date parse_date(std::string_view text);
Instant parse_instant(std::string_view text);

/// An offset from UTC in seconds east: "+08:00", "-03:30" (or with seconds, "+08:05:43") or "Z".
/// Throws InvalidArgument.
std::int32_t parse_utc_offset(std::string_view text);
/// The same back; zero as "+00:00".
std::string print_utc_offset(std::int32_t seconds);

/// A span of time: a whole number and its unit, ns, us, ms, s, m, h or d ("500ms"); "0" needs none.
/// Throws InvalidArgument, also where it is longer than 292 years.
std::chrono::nanoseconds parse_span(std::string_view text);
/// The same text back, in the greatest unit that is exact; the span is not negative.
std::string print_span(std::chrono::nanoseconds span);

}  // namespace ledger
