// snapshot cut, list, export, verify, diff on the command line.
#include "ctl.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SnapshotCommands : public Ctl {
protected:
    SnapshotCommands() { make_small_ledger(); }
    void pay(const std::string& id, const std::string& amount, const std::string& date) const {
        ok({"post", "--book", "1", "--book-date", date, "--debit", "text:cash=" + amount,
            "--credit", "text:alice=" + amount, "--id", "text:" + id});
    }
    void close(const std::string& date) const {
        ok({"day", "cut", "1", date});
        ok({"day", "close", "1", date});
    }
};

TEST_F(SnapshotCommands, ASnapshotIsCutListedAndVerified) {
    EXPECT_EQ(json({"snapshot", "list"}).json()["items"].size(), 0u);
    pay("one", "5.00", "2026-03-01");
    EXPECT_THAT(ok({"snapshot", "cut", "month end"}).out, HasSubstr("snapshot 'month end' cut"));
    pay("two", "1.00", "2026-03-01");
    const Ran again = run({"snapshot", "cut", "month end"});
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.err, HasSubstr("id_conflict"));
    const auto items = json({"snapshot", "list"}).json()["items"];
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0]["name"], "month end");
    EXPECT_EQ(items[0]["accounts"], 4);
    EXPECT_EQ(items[0]["through"].get<int>() + 1, items[0]["position"].get<int>());
    const std::string digest = items[0]["digest"];
    EXPECT_THAT(ok({"snapshot", "list"}).out,
                AllOf(HasSubstr("month end"), HasSubstr(digest.substr(0, 16))));
    EXPECT_THAT(ok({"snapshot", "verify", "month end"}).out, HasSubstr(digest));
    EXPECT_EQ(json({"snapshot", "verify", "month end", "--digest", digest}).json()["ok"], true);
    const Ran other = run({"snapshot", "verify", "month end", "--digest", "00ff"});
    EXPECT_EQ(other.code, 5);
    EXPECT_THAT(other.err, HasSubstr("not 00ff"));
    EXPECT_EQ(run({"snapshot", "verify", "year end"}).code, 3);
    EXPECT_EQ(run({"snapshot", "verify", "3"}).code, 3);
    ok({"verify", "--deep"});
}

TEST_F(SnapshotCommands, AClosedDayIsOneToo) {
    pay("one", "5.00", "2026-03-01");
    pay("next", "7.00", "2026-03-02");
    close("2026-03-01");
    ok({"account", "open", "text:later", "--book", "1", "--currency", "CNY", "--code", "9",
        "--kind", "asset"});
    const auto days = json({"snapshot", "list", "--days", "1"}).json()["items"];
    ASSERT_EQ(days.size(), 1u);
    EXPECT_EQ(days[0]["date"], "2026-03-01");
    EXPECT_THAT(ok({"snapshot", "list", "--days", "1"}).out, HasSubstr("1/2026-03-01"));
    EXPECT_THAT(ok({"snapshot", "verify", "1/2026-03-01"}).out, HasSubstr("holds"));
    EXPECT_EQ(run({"snapshot", "verify", "1/2026-03-02"}).code, 3);
    const auto lines = json({"snapshot", "export", "1/2026-03-01"}).lines();
    ASSERT_EQ(lines.size(), 5u);  // the head and four accounts
    EXPECT_EQ(lines[0]["digest"], days[0]["digest"]);
    EXPECT_EQ(lines[1]["account"], id_of("cash"));
    EXPECT_EQ(lines[1]["balance"], "5.00");
    EXPECT_EQ(lines[2]["balance"], "5.00");
    const auto open = json({"snapshot", "export", "1/2026-03-02"}).lines();
    EXPECT_EQ(open[1]["balance"], "12.00");
}

TEST_F(SnapshotCommands, APositionIsExported) {
    pay("one", "5.00", "2026-03-01");
    ok({"snapshot", "cut", "first"});
    pay("two", "1.00", "2026-03-01");
    const auto lines = json({"snapshot", "export", "first"}).lines();
    EXPECT_EQ(lines[0]["name"], "first");
    EXPECT_EQ(lines[1]["debits"], "5.00");
    EXPECT_EQ(lines[1]["balance"], "5.00");
    const std::string position = std::to_string(lines[0]["position"].get<int>());
    EXPECT_EQ(json({"snapshot", "export", position}).lines()[1], lines[1]);
    EXPECT_THAT(ok({"snapshot", "export", "first"}).out,
                AllOf(HasSubstr(id_of("alice")), HasSubstr("5.00"), Not(HasSubstr("6.00"))));
    const std::string csv = ok({"snapshot", "export", "first", "--format", "csv"}).out;
    EXPECT_THAT(csv, HasSubstr("account,book,code,currency,debits,credits,side,balance\r\n"));
    EXPECT_THAT(csv, HasSubstr(id_of("cash") + ",1,"));
    EXPECT_THAT(csv, HasSubstr(",CNY,5.00,0.00,debit,5.00\r\n"));
    EXPECT_EQ(run({"snapshot", "export", "first", "--format", "xml"}).code, 2);
    EXPECT_EQ(run({"snapshot", "export", "second"}).code, 3);
    EXPECT_EQ(run({"snapshot", "export", "4000"}).code, 2);
    EXPECT_EQ(run({"snapshot", "export", "1/2026-02-30"}).code, 2);
}

TEST_F(SnapshotCommands, TwoAreCompared) {
    pay("one", "5.00", "2026-03-01");
    ok({"snapshot", "cut", "first"});
    pay("two", "1.00", "2026-03-02");
    pay("three", "2.00", "2026-03-01");
    ok({"snapshot", "cut", "second"});
    pay("four", "3.00", "2026-03-02");
    const auto lines = json({"snapshot", "diff", "first", "second", "--vouchers"}).lines();
    ASSERT_EQ(lines.size(), 5u);  // the head, two accounts, two vouchers
    EXPECT_EQ(lines[1]["account"], id_of("cash"));
    EXPECT_EQ(lines[1]["before"], "5.00");
    EXPECT_EQ(lines[1]["debits"], "3.00");
    EXPECT_EQ(lines[1]["after"], "8.00");
    EXPECT_EQ(lines[3]["id"], id_of("two"));
    EXPECT_EQ(lines[4]["id"], id_of("three"));
    const Ran text = ok({"snapshot", "diff", "first", "second"});
    EXPECT_THAT(text.out, AllOf(HasSubstr("8.00"), Not(HasSubstr(id_of("three")))));

    const auto days = json({"snapshot", "diff", "1/2026-03-01", "1/2026-03-02", "--vouchers"});
    EXPECT_EQ(days.lines()[1]["before"], "7.00");
    EXPECT_EQ(days.lines()[1]["after"], "11.00");
    EXPECT_EQ(days.lines()[3]["id"], id_of("two"));
    EXPECT_EQ(days.lines()[4]["id"], id_of("four"));

    const auto known =
        json({"snapshot", "diff", "first", "second", "--on", "1/2026-03-01", "--vouchers"});
    EXPECT_EQ(known.lines()[1]["before"], "5.00");
    EXPECT_EQ(known.lines()[1]["after"], "7.00");
    ASSERT_EQ(known.lines().size(), 4u);
    EXPECT_EQ(known.lines()[3]["id"], id_of("three"));

    EXPECT_EQ(run({"snapshot", "diff", "second", "first"}).code, 2);
    EXPECT_EQ(run({"snapshot", "diff", "first", "1/2026-03-01"}).code, 2);
    EXPECT_EQ(run({"snapshot", "diff", "first", "second", "--on", "3"}).code, 2);
}

}  // namespace
}  // namespace ledger::cli
