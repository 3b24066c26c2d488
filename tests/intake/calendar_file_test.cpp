// Calendar files: what is accepted, and that every slip is answered with file, field and remedy.
#include "ledger/intake/calendar_file.hpp"

#include "fixture.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

namespace ledger::intake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const std::string& text) {
    try {
        parse_calendar(text, "bank.json");
        return "accepted";
    } catch (const InvalidArgument& failure) {
        return failure.what();
    }
}

TEST(CalendarFile, SaysWhatTheRulesAre) {
    const Calendar calendar = parse_calendar(R"({
        "time_zone": "Asia/Shanghai",  // comments are fine
        "cut_off": "17:30",
        "weekend": ["saturday", "sunday"],
        "holidays": ["2026-10-01", "2026-10-02"],
        "worked_days": ["2026-10-10"]
    })",
                                             "bank.json");
    CalendarRules rules;
    rules.time_zone = TimeZone("Asia/Shanghai");
    rules.cut_off = std::chrono::minutes{17 * 60 + 30};
    rules.weekend = {std::chrono::Saturday, std::chrono::Sunday};
    rules.holidays = {make_date(2026, 10, 1), make_date(2026, 10, 2)};
    rules.worked_days = {make_date(2026, 10, 10)};
    EXPECT_EQ(calendar.rules(), rules);
}

TEST(CalendarFile, OnlyTheTimeZoneHasToBeThere) {
    CalendarRules rules;
    rules.time_zone = TimeZone("+08:00");
    EXPECT_EQ(parse_calendar(R"({"time_zone": "+08:00"})", "x").rules(), rules);
    EXPECT_EQ(refusal("{}"), "calendar bank.json: /time_zone: is missing");
}

TEST(CalendarFile, ASlipIsNamedWithItsPlace) {
    const auto with = [](const std::string& fields) {
        return refusal(R"({"time_zone": "Asia/Shanghai", )" + fields + "}");
    };
    EXPECT_THAT(refusal("{"), StartsWith("calendar bank.json: is no JSON: "));
    EXPECT_THAT(refusal("[]"), StartsWith("calendar bank.json: must be an object"));
    EXPECT_THAT(refusal(R"({"time_zone": "Asia/Shangai"})"),
                AllOf(StartsWith("calendar bank.json: /time_zone: "), HasSubstr("Asia/Shangai"),
                      HasSubstr("write a name such as Asia/Shanghai")));
    EXPECT_THAT(with(R"("cut_off": "5pm")"),
                StartsWith("calendar bank.json: /cut_off: \"5pm\" is no time of day; write"));
    for (const char* bad : {"17:60", "1730", "7:30", "17:3x", "-1:30"}) {
        EXPECT_THAT(with("\"cut_off\": \"" + std::string(bad) + "\""), HasSubstr("/cut_off: "));
    }
    EXPECT_THAT(with(R"("cut_off": "00:00")"), HasSubstr("/cut_off: must be after 00:00"));
    EXPECT_THAT(with(R"("weekend": ["saturday", "sun"])"),
                StartsWith("calendar bank.json: /weekend/1: \"sun\" is no day of the week"));
    EXPECT_THAT(with(R"("weekend": "saturday")"), HasSubstr("/weekend: must be a list"));
    EXPECT_THAT(with(R"("holidays": ["2026-10-01", "2026-02-29"])"),
                StartsWith("calendar bank.json: /holidays/1: "));
    EXPECT_THAT(with(R"("holidays": [20261001])"), HasSubstr("/holidays/0: must be a text"));
    EXPECT_THAT(with(R"("weekend": ["sunday"], "worked_days": ["2026-10-10"])"),
                HasSubstr("/worked_days: 2026-10-10 is no day of the weekend"));
    EXPECT_THAT(with(R"("holiday": [])"), HasSubstr("/holiday: is no field here; there are: "));
    EXPECT_THAT(with(R"("cut_off": "17:00", "cut_off": "18:00")"), HasSubstr("stands twice"));
}

TEST(CalendarFile, ThePageShowsOne) {
    const Calendar calendar = load_calendar(std::filesystem::path(LEDGER_SOURCE_DIR) / "examples" /
                                            "first" / "calendar.json");
    EXPECT_EQ(calendar.date_of(parse_instant("2026-09-30T17:30:00+08:00")), make_date(2026, 10, 8));
    EXPECT_TRUE(calendar.is_business_day(make_date(2026, 10, 10)));
}

TEST(CalendarFile, AFileIsReadOrNamed) {
    const TemporaryDirectory directory;
    const auto file = write_file(directory / "c.json", R"({"time_zone": "Z"})");
    EXPECT_EQ(load_calendar(file).rules(), CalendarRules{});
    try {
        load_calendar(directory / "none.json");
        FAIL();
    } catch (const StorageError& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("none.json: cannot be read: "));
    }
}

}  // namespace
}  // namespace ledger::intake
