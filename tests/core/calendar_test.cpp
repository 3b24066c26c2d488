// Calendars: which business day an instant belongs to, and which days are to be cut.
#include "ledger/core/calendar.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <random>

namespace ledger {
namespace {

using std::chrono::Friday;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::Saturday;
using std::chrono::Sunday;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Instant at(const char* text) { return parse_instant(text); }
Date date(const char* text) { return parse_date(text); }

/// A bank's week in Shanghai in 2026 around the holidays of October: 1 to 7 are free, Saturday 10
/// is worked for it.
CalendarRules bank() {
    CalendarRules rules;
    rules.time_zone = TimeZone("Asia/Shanghai");
    rules.cut_off = hours{17} + minutes{30};
    rules.weekend = {Saturday, Sunday};
    for (int day = 1; day <= 7; ++day) rules.holidays.push_back(make_date(2026, 10, day));
    rules.worked_days = {make_date(2026, 10, 10)};
    return rules;
}

TEST(Calendar, EveryDayIsABusinessDayUnlessItIsSaid) {
    const Calendar calendar;
    EXPECT_TRUE(calendar.is_business_day(date("2026-10-03")));
    EXPECT_EQ(calendar.date_of(at("2026-10-03T23:59:59Z")), date("2026-10-03"));
    EXPECT_EQ(calendar.date_of(at("2026-10-04T00:00:00Z")), date("2026-10-04"));
    EXPECT_EQ(calendar.next_business_day(date("2026-12-31")), date("2027-01-01"));
}

TEST(Calendar, KnowsWeekendsHolidaysAndWorkedDays) {
    const Calendar calendar(bank());
    EXPECT_TRUE(calendar.is_business_day(date("2026-09-30")));
    EXPECT_FALSE(calendar.is_business_day(date("2026-10-01")));
    EXPECT_FALSE(calendar.is_business_day(date("2026-10-04")));
    EXPECT_TRUE(calendar.is_business_day(date("2026-10-10")));
    EXPECT_FALSE(calendar.is_business_day(date("2026-10-11")));
    EXPECT_EQ(calendar.next_business_day(date("2026-09-30")), date("2026-10-08"));
    EXPECT_EQ(calendar.next_business_day(date("2026-10-09")), date("2026-10-10"));
    EXPECT_EQ(calendar.next_business_day(date("2026-10-10")), date("2026-10-12"));
}

TEST(Calendar, AfterTheCutOffItIsTheNextBusinessDay) {
    const Calendar calendar(bank());
    EXPECT_EQ(calendar.date_of(at("2026-09-30T09:29:59.999999999Z")), date("2026-09-30"));
    EXPECT_EQ(calendar.date_of(at("2026-09-30T09:30:00Z")), date("2026-10-08"));
    EXPECT_EQ(calendar.date_of(at("2026-10-03T04:00:00Z")), date("2026-10-08"));
    EXPECT_EQ(calendar.date_of(at("2026-10-10T09:29:00Z")), date("2026-10-10"));
    EXPECT_EQ(calendar.end_of(date("2026-09-30")), at("2026-09-30T09:30:00Z"));
}

TEST(Calendar, ADayCanGoOnIntoTheNextMorning) {
    CalendarRules rules;
    rules.time_zone = TimeZone("+08:00");
    rules.cut_off = hours{26};
    const Calendar calendar(rules);
    EXPECT_EQ(calendar.date_of(at("2026-09-30T17:59:59Z")), date("2026-09-30"));
    EXPECT_EQ(calendar.date_of(at("2026-09-30T18:00:00Z")), date("2026-10-01"));
    rules.cut_off = hours{36};
    EXPECT_EQ(Calendar(rules).date_of(at("2026-10-01T03:59:59Z")), date("2026-09-30"));
    EXPECT_EQ(Calendar(rules).date_of(at("2026-10-01T04:00:00Z")), date("2026-10-01"));
}

TEST(Calendar, DaysAreDueToBeCutUpToTheNextBusinessDay) {
    const Calendar calendar(bank());
    const Instant before = at("2026-09-30T09:29:59Z");
    const Instant after = at("2026-09-30T09:30:00Z");
    EXPECT_THAT(calendar.due_cuts(date("2026-09-29"), before), IsEmpty());
    EXPECT_THAT(calendar.due_cuts(date("2026-09-29"), after), ElementsAre(date("2026-10-07")));
    EXPECT_THAT(calendar.due_cuts(date("2026-10-07"), after), IsEmpty());
    EXPECT_THAT(calendar.due_cuts(date("2026-11-07"), after), IsEmpty());  // cut ahead by hand
    // A missed week is caught up with, one cut for each business day.
    EXPECT_THAT(calendar.due_cuts(date("2026-09-28"), at("2026-10-12T12:00:00Z")),
                ElementsAre(date("2026-09-29"), date("2026-10-07"), date("2026-10-08"),
                            date("2026-10-09"), date("2026-10-11"), date("2026-10-12")));
    // Cut by hand before the weekend: the current day is moved on to Monday.
    EXPECT_THAT(calendar.due_cuts(date("2026-10-16"), at("2026-10-16T10:00:00Z")),
                ElementsAre(date("2026-10-18")));
}

TEST(Calendar, ABookThatWasNeverCutIsCutOnce) {
    const Calendar calendar(bank());
    EXPECT_THAT(calendar.due_cuts(Date::none(), at("2026-10-05T00:00:00Z")),
                ElementsAre(date("2026-10-07")));
    EXPECT_THAT(calendar.due_cuts(Date::none(), at("2026-10-09T00:00:00Z")),
                ElementsAre(date("2026-10-08")));
}

TEST(Calendar, ALongPauseIsCaughtUpWithInParts) {
    const Calendar calendar;
    const Instant now = at("2030-01-01T12:00:00Z");
    Date last = date("2026-01-01");
    std::size_t cuts = 0;
    for (auto due = calendar.due_cuts(last, now); !due.empty();
         due = calendar.due_cuts(last, now)) {
        EXPECT_LE(due.size(), Calendar::due_cuts_max);
        EXPECT_EQ(due.front(), last + 1);
        cuts += due.size();
        last = due.back();
    }
    EXPECT_EQ(last, date("2029-12-31"));
    EXPECT_EQ(cuts, static_cast<std::size_t>(last.days - date("2026-01-01").days));
}

/// Against the plainest reading of the rules, and always forward.
TEST(Calendar, DaysOfInstantsNeverGoBack) {
    std::mt19937_64 random(7);
    for (const char* zone :
         {"Asia/Shanghai", "Europe/Berlin", "Pacific/Apia", "+14:00", "-12:00"}) {
        CalendarRules rules = bank();
        rules.time_zone = TimeZone(zone);
        rules.cut_off = minutes{1 + static_cast<int>(random() % 2160)};
        const Calendar calendar(rules);
        Instant now = at("2026-09-20T00:00:00Z");
        Date before = date_min;
        Date last_cut = calendar.date_of(now) + -1;
        for (int i = 0; i < 2000; ++i) {
            now = now + minutes{random() % 60};
            const Date day = calendar.date_of(now);
            EXPECT_GE(day, before) << zone;
            EXPECT_TRUE(calendar.is_business_day(day));
            EXPECT_GT(calendar.end_of(day), now);
            for (Date other = before; other < day; other = other + 1) {
                EXPECT_TRUE(!calendar.is_business_day(other) || calendar.end_of(other) <= now);
            }
            for (const Date cut : calendar.due_cuts(last_cut, now)) {
                EXPECT_GT(cut, last_cut);
                last_cut = cut;
            }
            EXPECT_EQ(last_cut + 1, day);  // so the book's current day is the calendar's
            before = day;
        }
    }
}

TEST(Calendar, RefusesRulesThatContradictThemselves) {
    const auto refused = [](const char* text, const std::function<void(CalendarRules&)>& change) {
        CalendarRules rules = bank();
        change(rules);
        try {
            const Calendar calendar(rules);
            ADD_FAILURE() << text;
        } catch (const InvalidArgument& error) {
            EXPECT_THAT(error.what(), ::testing::StartsWith(text));
        }
    };
    refused("cut_off: ", [](CalendarRules& rules) { rules.cut_off = minutes{0}; });
    refused("cut_off: ", [](CalendarRules& rules) { rules.cut_off = minutes{36 * 60 + 1}; });
    refused("weekend: leaves no", [](CalendarRules& rules) {
        rules.weekend.clear();
        for (unsigned day = 0; day < 7; ++day) rules.weekend.emplace_back(day);
    });
    refused("weekend: names", [](CalendarRules& rules) { rules.weekend = {Friday, Friday}; });
    refused("weekend: has", [](CalendarRules& rules) { rules.weekend.emplace_back(9U); });
    refused("holidays: 2026-10-01 stands twice",
            [](CalendarRules& rules) { rules.holidays.push_back(make_date(2026, 10, 1)); });
    refused("holidays: 1887-11-12 lies outside",
            [](CalendarRules& rules) { rules.holidays = {Date{-30'000}}; });
    refused("holidays: has 20001", [](CalendarRules& rules) {
        for (int i = 0; rules.holidays.size() <= Calendar::listed_days_max; ++i) {
            rules.holidays.push_back(Date{30'000 + i});
        }
    });
    refused("worked_days: 2026-10-09 is no",
            [](CalendarRules& rules) { rules.worked_days = {make_date(2026, 10, 9)}; });
    refused("worked_days: 2026-10-03 is among",
            [](CalendarRules& rules) { rules.worked_days = {make_date(2026, 10, 3)}; });
}

}  // namespace
}  // namespace ledger
