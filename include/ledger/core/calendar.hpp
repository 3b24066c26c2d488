// The calendar of a book: which book date a posting instant belongs to, decided before the record
// is applied. Invariant: pure functions of the rules; the days that instants belong to never go
// back, and each is a business day.
#pragma once

#include "ledger/core/time.hpp"
#include "ledger/core/time_zone.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace ledger {

/// What a calendar goes by.
struct CalendarRules {
    TimeZone time_zone;
    /// When a day ends, by the clocks of the zone, from its midnight: more than zero, at most 36
    /// hours. 17:30: what comes later belongs to the next business day; 26:00: the day goes on
    /// until two in the morning.
    std::chrono::minutes cut_off = std::chrono::hours{24};
    std::vector<std::chrono::weekday> weekend;  ///< no business days, not all seven
    std::vector<Date> holidays;                 ///< no business days either
    std::vector<Date> worked_days;  ///< 调休: days of the weekend that are business days
    friend bool operator==(const CalendarRules&, const CalendarRules&) = default;
};

/// Immutable; may be used by many threads.
class Calendar {
public:
    static constexpr std::size_t listed_days_max = 20'000;  ///< holidays; worked days
    static constexpr std::size_t due_cuts_max = 366;        ///< that one call names

    /// Throws InvalidArgument that begins with the name of the rule at fault.
    explicit Calendar(CalendarRules rules = {});

    const CalendarRules& rules() const noexcept { return rules_; }
    bool is_business_day(Date date) const noexcept;
    /// The first business day after it.
    Date next_business_day(Date date) const noexcept;
    /// The first instant after the day, be it a business day or not.
    Instant end_of(Date date) const;
    /// The business day that goes on at this instant: the first that has not ended.
    Date date_of(Instant instant) const;
    /// The days to be cut, oldest first, where `last_cut` was cut last (none: never) and it is
    /// `now`: a cut falls on the day before a business day, so that the book's current day becomes
    /// that one, days without business behind it. Never cut, only the last; else at most
    /// due_cuts_max: ask again with the last of them.
    std::vector<Date> due_cuts(Date last_cut, Instant now) const;

private:
    CalendarRules rules_;  // with its dates sorted
};

}  // namespace ledger
