// day cut, close, status, late: the days of a book on the command line.
#include "ctl.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Book 1 with text:cash and text:alice, and the transit account text:way.
class Day : public Ctl {
protected:
    Day() {
        make_small_ledger();
        ok({"account", "open", "text:way", "--book", "1", "--currency", "CNY", "--code", "3001",
            "--kind", "liability", "--transit"});
    }
    void pay(const std::string& debit, const std::string& credit, const std::string& id,
             const std::string& date, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {
            "post",     "--book",         "1",    "--book-date", date, "--debit", debit + "=5.00",
            "--credit", credit + "=5.00", "--id", "text:" + id};
        arguments.insert(arguments.end(), more.begin(), more.end());
        ok(arguments);
    }
};

TEST_F(Day, IsCutThenClosed) {
    EXPECT_THAT(run({"day", "close", "1", "2026-03-01"}).err, HasSubstr("day_not_cut"));
    EXPECT_THAT(ok({"day", "cut", "1", "2026-03-01"}).out, HasSubstr("day 2026-03-01 cut"));
    EXPECT_THAT(ok({"day", "close", "1", "2026-03-01"}).out, HasSubstr("day 2026-03-01 closed"));
    EXPECT_EQ(run({"day", "cut", "1", "2026-02-30"}).code, 2);
    EXPECT_EQ(run({"day", "cut", "0", "2026-03-02"}).code, 2);
    EXPECT_EQ(run({"day", "cut", "8", "2026-03-02"}).code, 1);
    EXPECT_EQ(run({"day", "cut", "1"}).code, 2);
    EXPECT_EQ(run({"day", "cut", "1", "2026-03-02", "--now", "2026-03-02T00:00:00Z"}).code, 2);
}

TEST_F(Day, ClosesWithTransitAccountsAtZeroOrExcepted) {
    pay("text:cash", "text:way", "one", "2026-03-01");
    ok({"day", "cut", "1", "2026-03-01"});
    const Ran refused = run({"day", "close", "1", "2026-03-01"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr("transit_not_zero"), HasSubstr("account " + id_of("way"))));
    const Ran as_json = run({"--json", "day", "close", "1", "2026-03-01"});
    EXPECT_EQ(as_json.json()["account"], id_of("way"));
    const Ran wrong =
        run({"day", "close", "1", "2026-03-01", "--except", "text:way", "--except", "text:cash"});
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("transit_mismatch"), HasSubstr("part 2")));
    ok({"day", "close", "1", "2026-03-01", "--except", "text:way"});
    EXPECT_THAT(ok({"account", "show", "text:way"}).out, HasSubstr("transit"));
    EXPECT_EQ(json({"account", "show", "text:way"}).json()["transit"], true);
}

TEST_F(Day, ClosesFromARecordAsWell) {
    pay("text:cash", "text:way", "one", "2026-03-01");
    const Ran posted = run({"post", "-"},
                           R"({"record": "cut_day", "book": 1, "date": "2026-03-01"}
{"record": "close_day", "book": 1, "date": "2026-03-01"}
{"record": "close_day", "book": 1, "date": "2026-03-01", "exceptions": ["text:way"]}
)");
    EXPECT_EQ(posted.code, 1);
    EXPECT_THAT(posted.out, HasSubstr("transit_not_zero"));
    EXPECT_EQ(json({"day", "status", "1"}).json()["closed_through"], "2026-03-01");
}

TEST_F(Day, StatusShowsOpenDatesWithTheirVouchers) {
    ok({"book", "define", "2", "--first-date", "2026-01-01"});
    for (const char* id : {"one", "two"}) pay("text:cash", "text:alice", id, "2026-03-01");
    pay("text:cash", "text:alice", "three", "2026-03-05");
    ok({"day", "cut", "1", "2026-03-02"});
    const auto books = json({"day", "status"}).lines();
    ASSERT_EQ(books.size(), 2u);
    EXPECT_EQ(books[0].dump(),
              R"({"book":1,"current":"2026-03-03","open_dates":[)"
              R"({"date":"2026-03-01","vouchers":2},{"date":"2026-03-05","vouchers":1}]})");
    EXPECT_EQ(books[1].dump(), R"({"book":2,"first_date":"2026-01-01","open_dates":[]})");
    ok({"day", "close", "1", "2026-03-02"});
    EXPECT_THAT(ok({"day", "status", "1"}).out,
                AllOf(HasSubstr("2026-03-02"), HasSubstr("2026-03-05"), Not(HasSubstr("03-01"))));
    EXPECT_EQ(run({"day", "status", "3"}).code, 3);
}

TEST_F(Day, ACertificateFollowsAClose) {
    pay("text:cash", "text:alice", "one", "2026-03-01");
    ok({"day", "cut", "1", "2026-03-01"});
    EXPECT_EQ(run({"day", "certificate", "1", "2026-03-01"}).code, 3);
    ok({"day", "close", "1", "2026-03-01"});
    const Ran made = json({"day", "certificate", "1", "2026-03-01"});
    EXPECT_EQ(made.json()["accounts"], 5);
    EXPECT_EQ(made.json()["digest"].get<std::string>().size(), 128u);
    EXPECT_THAT(ok({"day", "certificate", "1", "2026-03-01"}).out, HasSubstr("BLAKE2b-512"));
    ok({"verify", "--deep"});
}

TEST_F(Day, LateFactsAreListedUnderTheDayThatTheyConcern) {
    ok({"day", "cut", "1", "2026-03-01"});
    ok({"day", "close", "1", "2026-03-01"});
    pay("text:cash", "text:alice", "late", "2026-03-02", {"--concerns", "2026-03-01"});
    pay("text:cash", "text:alice", "other", "2026-03-02");
    const auto late = json({"day", "late", "1", "2026-03-01"}).json()["items"];
    ASSERT_EQ(late.size(), 1u);
    EXPECT_EQ(late[0]["id"], id_of("late"));
    EXPECT_EQ(late[0]["concerns"], "2026-03-01");
    EXPECT_THAT(ok({"voucher", "text:late"}).out, HasSubstr("concerns"));
    ok({"reverse", "text:late", "--concerns", "2026-03-01"});
    EXPECT_EQ(json({"day", "late", "1", "2026-03-01"}).json()["items"].size(), 2u);
    EXPECT_EQ(run({"post", "--book", "1", "--book-date", "2026-03-02", "--debit", "text:cash=1.00",
                   "--credit", "text:alice=1.00", "--concerns", "2026-03-03"})
                  .code,
              1);
}

TEST_F(Day, ABridgeLeadsFromTheCertificateToTheDayAsSeenToday) {
    pay("text:cash", "text:alice", "one", "2026-03-01");
    ok({"day", "cut", "1", "2026-03-01"});
    EXPECT_EQ(run({"day", "bridge", "1", "2026-03-01"}).code, 2);
    ok({"day", "close", "1", "2026-03-01"});
    pay("text:cash", "text:alice", "late", "2026-03-02", {"--concerns", "2026-03-01"});
    pay("text:cash", "text:alice", "other", "2026-03-02");
    const auto lines = json({"day", "bridge", "1", "2026-03-01"}).lines();
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[0]["date"], "2026-03-01");
    EXPECT_EQ(lines[0]["digest"], json({"day", "certificate", "1", "2026-03-01"}).json()["digest"]);
    for (const std::size_t at : {1, 2}) {
        EXPECT_EQ(lines[at]["certified"], "5.00");
        EXPECT_EQ(lines[at]["seen"], "10.00");
    }
    EXPECT_EQ(lines[3]["id"], id_of("late"));
    EXPECT_THAT(
        ok({"day", "bridge", "1", "2026-03-01"}).out,
        AllOf(HasSubstr("10.00"), HasSubstr(id_of("late")), Not(HasSubstr(id_of("other")))));
}

TEST_F(Day, IsCutByACalendarAsOftenAsOneLikes) {
    const std::string calendar = write("calendar.json", R"({
        "time_zone": "+08:00", "cut_off": "17:30", "weekend": ["saturday", "sunday"]})");
    const auto cut = [&](const std::string& now) {
        return run({"day", "cut", "1", "--calendar", calendar, "--now", now});
    };
    EXPECT_THAT(cut("2026-03-05T12:00:00+08:00").out, HasSubstr("day 2026-03-04 cut"));
    const Ran nothing = cut("2026-03-05T17:29:59+08:00");
    EXPECT_EQ(nothing.code, 0);
    EXPECT_THAT(nothing.out, HasSubstr("nothing is due: the current day of book 1 is 2026-03-05"));
    const Ran two = cut("2026-03-06T17:30:00+08:00");
    EXPECT_THAT(two.out, AllOf(HasSubstr("day 2026-03-05 cut"), HasSubstr("day 2026-03-08 cut")));
    EXPECT_EQ(json({"day", "status", "1"}).json()["current"], "2026-03-09");
    EXPECT_EQ(run({"day", "cut", "7", "--calendar", calendar}).code, 1);
    EXPECT_EQ(run({"day", "cut", "1", "2026-03-09", "--calendar", calendar}).code, 2);
    const std::string bad = write("bad.json", R"({"time_zone": "+08:00", "cutoff": "17:30"})");
    const Ran refused = run({"day", "cut", "1", "--calendar", bad});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("bad.json"), HasSubstr("/cutoff: is no field")));
}

}  // namespace
}  // namespace ledger::cli
