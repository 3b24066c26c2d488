// Dates and instants: the calendar, the text form, what is refused.
#include "ledger/core/time.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <random>

namespace ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

template <class A, class B>
concept Comparable = requires(A a, B b) {
    a == b;
};
static_assert(Comparable<Date, Date> && !Comparable<Date, Instant>);
static_assert(!std::convertible_to<Date, Instant> && !std::convertible_to<Instant, Date>);
static_assert(sizeof(Instant) == 8 && sizeof(Date) == 4);

TEST(Date, KnownDaysHaveKnownNumbers) {
    EXPECT_EQ(make_date(1970, 1, 1).days, 0);
    EXPECT_EQ(make_date(2000, 3, 1).days, 11017);
    EXPECT_EQ(make_date(2026, 11, 21).days, 20778);
    EXPECT_EQ(make_date(1969, 12, 31).days, -1);
    EXPECT_EQ(make_date(1900, 1, 1), date_min);
    EXPECT_EQ(make_date(9999, 12, 31), date_max);
    EXPECT_FALSE(Date::none());
    EXPECT_TRUE(make_date(1970, 1, 1));
}

TEST(Date, EveryDayRoundTripsInOrder) {
    std::string last;
    for (Date day = date_min; day <= make_date(2110, 1, 1); day = day + 1) {
        const std::string text = to_string(day);
        ASSERT_LT(last, text);
        ASSERT_EQ(parse_date(text), day);
        last = text;
    }
    EXPECT_EQ(parse_date("0000-01-01").days, -719528);
    EXPECT_EQ(to_string(parse_date("0000-01-01")), "0000-01-01");
}

TEST(Date, LeapYearsFollowTheGregorianRule) {
    EXPECT_NO_THROW((void)make_date(2000, 2, 29));
    EXPECT_NO_THROW((void)make_date(2024, 2, 29));
    EXPECT_THROW((void)make_date(1900, 2, 29), InvalidArgument);
    EXPECT_THROW((void)make_date(2023, 2, 29), InvalidArgument);
}

TEST(Date, PrintsWhatIsNoCalendarDay) {
    EXPECT_EQ(to_string(Date::none()), "none");
    EXPECT_EQ(to_string(Date{-800000}), "#-800000");
    EXPECT_EQ(to_string(date_max + 1), "#2932897");
}

TEST(Date, RefusesOtherTextAndNamesThePlace) {
    const auto refused = [](std::string_view text, std::string_view part) {
        EXPECT_THAT([&] { (void)parse_date(text); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
            << text;
    };
    refused("", "date \"\": character 1 is the end of the text: write a date as YYYY-MM-DD");
    refused("2026-13-01", "date \"2026-13-01\": the calendar has no such day");
    refused("2026-02-30", "no such day");
    refused("2026-00-10", "no such day");
    refused("2026-1-1", "character 7 is \"-\"");
    refused("20261121", "character 5 is \"1\"");
    refused("2026-11-21 ", "character 11 is \" \"");
    refused("2026-11-2", "character 10 is the end of the text");
    refused("none", "character 1 is \"n\"");
    EXPECT_THAT([] { (void)make_date(2026, 2, -1); },
                ThrowsMessage<InvalidArgument>(HasSubstr("date \"2026-2--1\"")));
    EXPECT_THROW((void)make_date(10000, 1, 1), InvalidArgument);
    EXPECT_THROW((void)make_date(2026, 257, 1), InvalidArgument);
    EXPECT_THROW((void)make_date(-1, 1, 1), InvalidArgument);
}

TEST(Instant, PrintsTheFractionWithoutTrailingZeros) {
    EXPECT_EQ(to_string(Instant{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_string(Instant{1}), "1970-01-01T00:00:00.000000001Z");
    EXPECT_EQ(to_string(Instant{-1}), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(to_string(Instant{1'500'000'000}), "1970-01-01T00:00:01.5Z");
    EXPECT_EQ(to_string(Instant{INT64_MAX}), "2262-04-11T23:47:16.854775807Z");
    EXPECT_EQ(to_string(Instant{INT64_MIN}), "1677-09-21T00:12:43.145224192Z");
}

TEST(Instant, RoundTripsOverTheWholeRange) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 20000; ++i) {
        const Instant instant{static_cast<std::int64_t>(random())};
        ASSERT_EQ(parse_instant(to_string(instant)), instant);
    }
    for (std::int64_t end : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
        EXPECT_EQ(parse_instant(to_string(Instant{end})), Instant{end});
    }
}

TEST(Instant, ReadsOffsets) {
    const Instant instant = parse_instant("2026-11-21T00:30:00Z");
    EXPECT_EQ(parse_instant("2026-11-21T08:30:00+08:00"), instant);
    EXPECT_EQ(parse_instant("2026-11-20T19:00:00.000-05:30"), instant);
    EXPECT_EQ(parse_instant("2026-11-21T00:30:00-00:00"), instant);
    EXPECT_EQ(utc_date(parse_instant("2026-11-21T07:59:59+08:00")), make_date(2026, 11, 20));
}

TEST(Instant, RefusesOtherTextAndNamesThePlace) {
    const auto refused = [](std::string_view text, std::string_view part) {
        EXPECT_THAT([&] { (void)parse_instant(text); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
            << text;
    };
    refused("2026-11-21T08:30:00", "character 20 is the end of the text: write an instant as");
    refused("2026-11-21 08:30:00Z", "character 11 is \" \"");
    refused("2026-11-21T24:00:00Z", "the hour is 24, at most 23 exists");
    refused("2026-11-21T23:60:00Z", "the minute is 60");
    refused("2026-11-21T23:59:60Z", "leap seconds");
    refused("2026-11-21T23:59:59.Z", "character 21 is \"Z\"");
    refused("2026-11-21T23:59:59.1234567890Z", "more than 9 digits");
    refused("2026-11-21T23:59:59+0800", "character 23 is \"0\"");
    refused("2026-11-21T23:59:59+24:00", "the offset's hour is 24");
    refused("2026-11-21T23:59:59+08:60", "the offset's minute is 60");
    refused("2026-11-21T23:59:59z", "character 20 is \"z\"");
    refused("2026-11-21T23:59:59Z ", "character 21 is \" \"");
    refused("2262-04-11T23:47:16.854775808Z", "outside 1677-09-21T00:12:43Z");
    refused("9999-12-31T00:00:00Z", "outside 1677");
    refused("2026-02-29T00:00:00Z", "no such day");
}

TEST(Instant, UtcDaysBeginAtMidnight) {
    const Date date = make_date(1969, 7, 20);
    const Instant start = start_of_utc_day(date);
    EXPECT_EQ(to_string(start), "1969-07-20T00:00:00Z");
    EXPECT_EQ(utc_date(start), date);
    EXPECT_EQ(utc_date(Instant{start.nanoseconds - 1}), date + -1);
    EXPECT_EQ(utc_date(start + std::chrono::hours{24}), date + 1);
    EXPECT_EQ(start_of_utc_day(date_max), Instant{INT64_MAX});
    EXPECT_EQ(start_of_utc_day(Date{-2'000'000}), Instant{INT64_MIN});
}

TEST(Span, IsPrintedInItsGreatestExactUnitAndReadBack) {
    using namespace std::chrono_literals;
    const std::pair<std::chrono::nanoseconds, const char*> cases[] = {
        {0ns, "0"},         {1ns, "1ns"},
        {1500ns, "1500ns"}, {7us, "7us"},
        {500ms, "500ms"},   {90s, "90s"},
        {120s, "2m"},       {36h, "36h"},
        {48h, "2d"},        {std::chrono::nanoseconds::max(), "9223372036854775807ns"}};
    for (const auto& [span, text] : cases) {
        EXPECT_EQ(print_span(span), text);
        EXPECT_EQ(parse_span(text), span);
    }
    EXPECT_EQ(parse_span("0d"), 0ns);
    for (const char* bad : {"", "5", "ms", "-5s", "+5s", "1.5s", "5 s", "5S", "106752d", "5sx"}) {
        EXPECT_THROW(parse_span(bad), InvalidArgument) << bad;
    }
}

}  // namespace
}  // namespace ledger
