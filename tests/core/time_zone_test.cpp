// Time zones: places and fixed offsets, the hours that clocks skip or show twice, bad names.
#include "ledger/core/time_zone.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

namespace ledger {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

Instant at(const char* text) { return parse_instant(text); }

TEST(TimeZone, AFixedOffsetMovesTheDay) {
    const TimeZone beijing("+08:00");
    EXPECT_EQ(beijing.date_at(at("2026-11-21T15:59:59.999999999Z")), make_date(2026, 11, 21));
    EXPECT_EQ(beijing.date_at(at("2026-11-21T16:00:00Z")), make_date(2026, 11, 22));
    EXPECT_EQ(beijing.instant_of(make_date(2026, 11, 22), hours{0}), at("2026-11-21T16:00:00Z"));
    EXPECT_EQ(beijing.instant_of(make_date(2026, 11, 21), hours{26}), at("2026-11-21T18:00:00Z"));
    EXPECT_EQ(TimeZone("-03:30").date_at(at("2026-11-21T03:29:59Z")), make_date(2026, 11, 20));
    EXPECT_EQ(TimeZone().date_at(at("2026-11-21T00:00:00Z")), make_date(2026, 11, 21));
    EXPECT_EQ(TimeZone(), TimeZone("Z"));
}

TEST(TimeZone, APlaceIsAsItsClocksAre) {
    const TimeZone shanghai("Asia/Shanghai");
    EXPECT_EQ(shanghai.name(), "Asia/Shanghai");
    EXPECT_EQ(shanghai.date_at(at("2026-11-21T16:00:00Z")), make_date(2026, 11, 22));
    const TimeZone berlin("Europe/Berlin");
    EXPECT_EQ(berlin.date_at(at("2026-07-01T22:00:00Z")), make_date(2026, 7, 2));
    EXPECT_EQ(berlin.date_at(at("2026-12-01T22:59:59Z")), make_date(2026, 12, 1));
    EXPECT_EQ(berlin.date_at(at("2026-12-01T23:00:00Z")), make_date(2026, 12, 2));
}

TEST(TimeZone, WhatClocksSkipIsTheMomentOfTheJump) {
    const TimeZone berlin("Europe/Berlin");  // 2026-03-29: 02:00 is 03:00
    const Date day = make_date(2026, 3, 29);
    EXPECT_EQ(berlin.instant_of(day, minutes{150}), at("2026-03-29T01:00:00Z"));
    EXPECT_EQ(berlin.instant_of(day, minutes{119}), at("2026-03-29T00:59:00Z"));
    EXPECT_EQ(berlin.instant_of(day, minutes{181}), at("2026-03-29T01:01:00Z"));
}

TEST(TimeZone, WhatClocksShowTwiceIsTheFirst) {
    const TimeZone berlin("Europe/Berlin");  // 2026-10-25: 03:00 is 02:00 again
    EXPECT_EQ(berlin.instant_of(make_date(2026, 10, 25), minutes{150}), at("2026-10-25T00:30:00Z"));
}

TEST(TimeZone, AWholeDayCanBeSkipped) {
    const TimeZone apia("Pacific/Apia");  // there was no 2011-12-30
    EXPECT_EQ(apia.instant_of(make_date(2011, 12, 30), hours{0}),
              apia.instant_of(make_date(2011, 12, 31), hours{0}));
    EXPECT_EQ(apia.date_at(at("2011-12-30T09:59:59Z")), make_date(2011, 12, 29));
    EXPECT_EQ(apia.date_at(at("2011-12-30T10:00:00Z")), make_date(2011, 12, 31));
}

TEST(TimeZone, WhatNoInstantReachesIsTheEndOfTheRange) {
    EXPECT_EQ(TimeZone("+08:00").instant_of(date_max, hours{24}), Instant{INT64_MAX});
    EXPECT_EQ(TimeZone("Asia/Shanghai").instant_of(date_max, hours{24}), Instant{INT64_MAX});
}

TEST(TimeZone, ABadNameIsRefusedWithTheRemedy) {
    for (const char* bad :
         {"", "Asia/Shangai", "CST8", "+8", "+08:60", "-24:00", "../../etc/passwd"}) {
        try {
            const TimeZone zone{std::string_view(bad)};
            FAIL() << bad;
        } catch (const InvalidArgument& error) {
            EXPECT_THAT(error.what(), HasSubstr(bad));
            EXPECT_THAT(error.what(), HasSubstr("+08:00"));
        }
    }
}

}  // namespace
}  // namespace ledger
