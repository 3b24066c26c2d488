// A keeper cuts the days of its book when they are due, once each, whoever else cuts them.
#include "ledger/day_keeper.hpp"

#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace test;

class Keeper : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(all_accepted(ledger_.post(foundations(2)))); }

    static Calendar shanghai() {
        CalendarRules rules;
        rules.time_zone = TimeZone("Asia/Shanghai");
        rules.weekend = {std::chrono::Saturday, std::chrono::Sunday};
        return Calendar(rules);
    }
    /// The dates that were cut.
    static std::vector<Date> cut(DayKeeper& keeper, const char* now) {
        std::vector<Date> dates;
        for (const DayKeeper::Cut& one : keeper.cut_due(parse_instant(now))) {
            EXPECT_EQ(one.result.outcome, Outcome::accepted);
            dates.push_back(one.date);
        }
        return dates;
    }
    Date current() { return ledger_.view().days(book)->current; }

    TemporaryDirectory directory_;
    ManualClock clock_{start_instant};
    Ledger ledger_ = Ledger::create(directory_ / "l", small_options(&clock_));
};

TEST_F(Keeper, CutsWhatIsDueAndNothingTwice) {
    DayKeeper keeper(ledger_, book, shanghai());
    EXPECT_EQ(cut(keeper, "2026-11-05T08:00:00+08:00"), (std::vector{make_date(2026, 11, 4)}));
    EXPECT_EQ(current(), make_date(2026, 11, 5));
    EXPECT_TRUE(cut(keeper, "2026-11-05T23:59:59+08:00").empty());
    EXPECT_EQ(cut(keeper, "2026-11-07T00:00:00+08:00"),
              (std::vector{make_date(2026, 11, 5), make_date(2026, 11, 8)}));
    EXPECT_EQ(current(), make_date(2026, 11, 9));
    EXPECT_TRUE(cut(keeper, "2026-11-07T00:00:00+08:00").empty());
    EXPECT_TRUE(cut(keeper, "2026-11-01T00:00:00+08:00").empty());  // a clock that went back
}

TEST_F(Keeper, VouchersWithoutADateGoToTheCurrentDay) {
    DayKeeper keeper(ledger_, book, shanghai());
    cut(keeper, "2026-11-05T08:00:00+08:00");
    EXPECT_EQ(ledger_.post(transfer(1, 1, 2, 5)).result.book_date, make_date(2026, 11, 5));
    cut(keeper, "2026-11-06T00:00:01+08:00");
    EXPECT_EQ(ledger_.post(transfer(2, 1, 2, 5)).result.book_date, make_date(2026, 11, 6));
}

TEST_F(Keeper, TwoKeepersAndAHandDoNoHarm) {
    DayKeeper one(ledger_, book, shanghai()), other(ledger_, book, shanghai());
    cut(one, "2026-11-05T08:00:00+08:00");
    EXPECT_TRUE(cut(other, "2026-11-05T08:00:00+08:00").empty());
    ASSERT_TRUE(ledger_.post(CutDay{book, make_date(2026, 11, 10)}));  // ahead, by hand
    EXPECT_TRUE(cut(one, "2026-11-10T12:00:00+08:00").empty());
    EXPECT_EQ(cut(other, "2026-11-12T00:00:00+08:00"), (std::vector{make_date(2026, 11, 11)}));
}

TEST_F(Keeper, ARefusalIsGivenBackAndEndsIt) {
    DayKeeper keeper(ledger_, BookId{77}, shanghai());
    const auto cuts = keeper.cut_due(parse_instant("2026-11-12T00:00:00+08:00"));
    ASSERT_EQ(cuts.size(), 1u);
    EXPECT_EQ(cuts[0].result.outcome, Outcome::book_unknown);
}

}  // namespace
}  // namespace ledger
