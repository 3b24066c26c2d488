// Dates in the forms of files.
#include "intake/date_format.hpp"

#include "intake/refusal.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ledger::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string read(const char* format, const char* text, int pivot = 0) {
    const auto reading = DateFormat(format, pivot, "here").read(text);
    return reading ? to_string(reading->date) + " " + std::to_string(reading->seconds) : "refused";
}

TEST(DateFormat, ReadsTheFormsOfFiles) {
    EXPECT_EQ(read("%Y-%m-%d", "2026-11-21"), "2026-11-21 0");
    EXPECT_EQ(read("%d.%m.%Y", "1.2.2026"), "2026-02-01 0");
    EXPECT_EQ(read("%d/%m/%Y", "01/12/1999"), "1999-12-01 0");
    EXPECT_EQ(read("%Y%m%d", "20240229"), "2024-02-29 0");
    EXPECT_EQ(read("%Y-%m-%d %H:%M:%S", "2026-11-21 23:59:58"), "2026-11-21 86398");
    EXPECT_EQ(read("%Y年%m月%d日", "2026年1月9日"), "2026-01-09 0");
    EXPECT_EQ(read("100%% %Y %m %d", "100% 2026 11 21"), "2026-11-21 0");
}

TEST(DateFormat, TwoDigitYearsLieInTheCenturyFromThePivot) {
    EXPECT_EQ(read("%y%m%d", "930101", 1970), "1993-01-01 0");
    EXPECT_EQ(read("%y%m%d", "690101", 1970), "2069-01-01 0");
    EXPECT_EQ(read("%y%m%d", "700101", 1970), "1970-01-01 0");
    EXPECT_EQ(read("%y%m%d", "000101", 1900), "1900-01-01 0");
    EXPECT_EQ(read("%y%m%d", "990101", 1900), "1999-01-01 0");
}

TEST(DateFormat, RefusesWhatIsNotWhollyOfTheForm) {
    for (const char* text :
         {"", "2026-11", "2026-11-21 ", " 2026-11-21", "26-11-21", "2026/11/21", "2026-13-01",
          "2026-02-30", "2026-00-10", "2026-1121", "20261121", "2026-11-2x"}) {
        EXPECT_EQ(read("%Y-%m-%d", text), "refused") << text;
    }
    // Numbers that touch have all their digits: 93111 could be two days.
    EXPECT_EQ(read("%y%m%d", "93111", 1970), "refused");
    EXPECT_EQ(read("%y%m%d", "9301011", 1970), "refused");
    EXPECT_EQ(read("%Y-%m-%d %H:%M", "2026-11-21 24:00"), "refused");
}

TEST(DateFormat, RefusesFormatsThatNameNoDay) {
    const auto make = [](const char* format, int pivot = 0) {
        return [=] { DateFormat(format, pivot, "mapping x: /date/format"); };
    };
    EXPECT_THAT(make("%m-%d"), ThrowsMessage<InvalidArgument>(HasSubstr("one of %Y and %y")));
    EXPECT_THAT(make("%Y %y %m %d", 1970),
                ThrowsMessage<InvalidArgument>(HasSubstr("one of %Y and %y")));
    EXPECT_THAT(make("%Y-%d"), ThrowsMessage<InvalidArgument>(HasSubstr("needs %m and %d")));
    EXPECT_THAT(make("%Y-%m-%m"),
                ThrowsMessage<InvalidArgument>(HasSubstr("%m stands in it twice")));
    EXPECT_THAT(make("%Y-%b-%d"),
                ThrowsMessage<InvalidArgument>(HasSubstr("after % there can be only")));
    EXPECT_THAT(make("%Y-%m-%d%"),
                ThrowsMessage<InvalidArgument>(HasSubstr("after % there can be only")));
    EXPECT_THAT(make("%y%m%d"),
                ThrowsMessage<InvalidArgument>(::testing::AllOf(
                    HasSubstr("mapping x: /date/format"), HasSubstr("needs \"pivot\""))));
}

TEST(DateRule, TriesItsFormatsInOrderAndKnowsTheOffset) {
    DateRule rule;
    rule.value = TextTemplate("21.11.2026 01:30", "here");
    rule.formats = {DateFormat("%Y-%m-%d", 0, "here"), DateFormat("%d.%m.%Y %H:%M", 0, "here")};
    rule.utc_offset_seconds = 2 * 3600;
    const Row none;
    EXPECT_EQ(to_string(rule.read_date(none, false)), "2026-11-21");
    EXPECT_EQ(to_string(rule.read_instant(none)), "2026-11-20T23:30:00Z");
    rule.value = TextTemplate("yesterday", "here");
    EXPECT_THAT(
        [&] { rule.read_date(none, false); },
        ThrowsMessage<Refusal>(HasSubstr("\"yesterday\" is no day of the form \"%Y-%m-%d\" or")));
    rule.value = TextTemplate("", "here");
    EXPECT_EQ(rule.read_date(none, true), Date::none());
    EXPECT_EQ(rule.read_instant(none), Instant{});
}

}  // namespace
}  // namespace ledger::intake
