// See calendar.hpp.
#include "ledger/core/calendar.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <string>

namespace ledger {

namespace {

constexpr std::chrono::minutes cut_off_max = std::chrono::hours{36};

[[noreturn]] void refuse(const std::string& rule, const std::string& problem) {
    throw InvalidArgument(rule + ": " + problem);
}

std::chrono::weekday weekday_of(Date date) noexcept {
    return std::chrono::weekday{std::chrono::sys_days{std::chrono::days{date.days}}};
}

bool is_listed(const std::vector<Date>& sorted, Date date) noexcept {
    return std::binary_search(sorted.begin(), sorted.end(), date);
}

bool is_weekend(const CalendarRules& rules, Date date) noexcept {
    return std::find(rules.weekend.begin(), rules.weekend.end(), weekday_of(date)) !=
           rules.weekend.end();
}

void sort_dates(const char* rule, std::vector<Date>& dates) {
    if (dates.size() > Calendar::listed_days_max) {
        refuse(rule, "has " + std::to_string(dates.size()) + " days; list at most " +
                         std::to_string(Calendar::listed_days_max) + ", of the years needed");
    }
    std::sort(dates.begin(), dates.end());
    const auto twice = std::adjacent_find(dates.begin(), dates.end());
    if (twice != dates.end()) refuse(rule, to_string(*twice) + " stands twice; remove one");
    if (!dates.empty() && (dates.front() < date_min || dates.back() > date_max)) {
        const Date wrong = dates.front() < date_min ? dates.front() : dates.back();
        refuse(rule, to_string(wrong) + " lies outside " + to_string(date_min) + ".." +
                         to_string(date_max) + "; correct it");
    }
}

void check_weekend(const CalendarRules& rules) {
    for (const std::chrono::weekday day : rules.weekend) {
        if (!day.ok()) refuse("weekend", "has what is no day of the week; name Monday to Sunday");
        if (std::count(rules.weekend.begin(), rules.weekend.end(), day) > 1) {
            refuse("weekend", "names a day twice; remove one");
        }
    }
    if (rules.weekend.size() == 7) refuse("weekend", "leaves no business day; name six at most");
}

}  // namespace

Calendar::Calendar(CalendarRules rules) : rules_(std::move(rules)) {
    if (rules_.cut_off.count() <= 0 || rules_.cut_off > cut_off_max) {
        refuse("cut_off", "must be after 00:00 and not after 36:00 of the day");
    }
    check_weekend(rules_);
    sort_dates("holidays", rules_.holidays);
    sort_dates("worked_days", rules_.worked_days);
    for (const Date worked : rules_.worked_days) {
        if (!is_weekend(rules_, worked)) {
            refuse("worked_days", to_string(worked) + " is no day of the weekend; remove it");
        }
        if (is_listed(rules_.holidays, worked)) {
            refuse("worked_days", to_string(worked) + " is among the holidays, too; remove one");
        }
    }
}

bool Calendar::is_business_day(Date date) const noexcept {
    if (is_listed(rules_.holidays, date)) return false;
    return !is_weekend(rules_, date) || is_listed(rules_.worked_days, date);
}

/// Of seven days one is no weekend, and holidays are few: this ends.
Date Calendar::next_business_day(Date date) const noexcept {
    do {
        date = date + 1;
    } while (!is_business_day(date));
    return date;
}

Instant Calendar::end_of(Date date) const {
    return rules_.time_zone.instant_of(date, rules_.cut_off);
}

Date Calendar::date_of(Instant instant) const {
    Date date = rules_.time_zone.date_at(instant) + -2;  // which has ended at 36:00
    while (end_of(date) <= instant) date = date + 1;
    return is_business_day(date) ? date : next_business_day(date);
}

std::vector<Date> Calendar::due_cuts(Date last_cut, Instant now) const {
    const Date current = date_of(now);
    if (!last_cut) return {current + -1};
    std::vector<Date> due;
    for (Date next = next_business_day(last_cut + 1); next <= current && due.size() < due_cuts_max;
         next = next_business_day(next)) {
        due.push_back(next + -1);
    }
    return due;
}

}  // namespace ledger
