// balance --on, lowest, highest, average, turnover, longest-run, statement: what was.
#include "ctl.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Alice is paid 100.00 and pays 30.00 on the 2nd; 40.00 of the 2nd come late, after 5.00 of the
/// 3rd.
class Past : public Ctl {
protected:
    void SetUp() override {
        make_small_ledger();
        post("text:r1", "100.00", true, "2026-03-02");
        post("text:r2", "30.00", false, "2026-03-02");
        known_ = json({"stats"}).json()["committed_through"].get<std::uint64_t>();
        post("text:r3", "5.00", true, "2026-03-03");
        post("text:r4", "40.00", true, "2026-03-02");
    }
    void post(const std::string& id, const std::string& amount, bool in, const std::string& date) {
        ok({"post", "--book", "1", "--debit", (in ? "text:cash=" : "text:alice=") + amount,
            "--credit", (in ? "text:alice=" : "text:cash=") + amount, "--id", id, "--book-date",
            date, "--summary", "note, \"" + id + "\""});
    }
    std::string known() const { return std::to_string(known_); }

    std::uint64_t known_ = 0;
};

TEST_F(Past, BalanceOnABookDate) {
    const auto now = json({"balance", "text:alice", "--on", "2026-03-02"}).json();
    EXPECT_EQ(now["total"], "110.00");
    EXPECT_EQ(now["debits"], "30.00");
    EXPECT_EQ(now["book_date"], "2026-03-02");
    EXPECT_EQ(json({"balance", "text:alice", "--on", "2026-03-02", "--known-at", known()})
                  .json()["total"],
              "70.00");
    EXPECT_EQ(json({"balance", "text:alice", "--on", "2026-03-03"}).json()["total"], "115.00");
    EXPECT_EQ(json({"balance", "text:alice", "--on", "2026-03-01"}).json()["total"], "0.00");
    EXPECT_THAT(ok({"balance", "text:alice", "--on", "2026-03-02"}).out,
                HasSubstr("book date    2026-03-02\n"));
    EXPECT_THAT(run({"balance", "text:alice", "--known-at", "5"}).err, HasSubstr("--on DATE"));
    EXPECT_EQ(run({"balance", "text:alice", "--on", "2026-03-02", "--at", "5"}).code, 2);
    EXPECT_EQ(run({"balance", "text:alice", "--on", "2026-02-30"}).code, 2);
}

TEST_F(Past, RangesOfDates) {
    const std::vector<std::string> range{"--first-date", "2026-03-01", "--last-date", "2026-03-04"};
    const auto asked = [&](std::vector<std::string> words) {
        words.insert(words.end(), range.begin(), range.end());
        return json(words).json();
    };
    EXPECT_EQ(asked({"lowest", "text:alice"})["lowest"], "0.00");
    EXPECT_EQ(asked({"highest", "text:alice"})["highest"], "115.00");
    EXPECT_EQ(asked({"average", "text:alice"})["average"], "85.00");  // (0 + 110 + 115 + 115) / 4
    const auto turnover = asked({"turnover", "text:alice"});
    EXPECT_EQ(turnover["debits"], "30.00");
    EXPECT_EQ(turnover["credits"], "145.00");
    const auto run_of_days = asked({"longest-run", "text:alice", "--above", "100.00"});
    EXPECT_EQ(run_of_days["days_above"], 3);
    EXPECT_EQ(run_of_days["above_first"], "2026-03-02");
    EXPECT_EQ(asked({"longest-run", "text:alice", "--above", "115.00"})["days_above"], 0);
    EXPECT_EQ(asked({"lowest", "text:alice", "text:bob"})["accounts"].size(), 2u);
    EXPECT_EQ(
        run({"lowest", "text:alice", "text:yen", range[0], range[1], range[2], range[3]}).code, 2);
    EXPECT_THAT(ok({"highest", "text:alice", range[0], range[1], range[2], range[3]}).out,
                HasSubstr("highest"));
}

TEST_F(Past, RangesOfInstants) {
    const std::string from = json({"voucher", "text:r1"}).json()["instant"];
    const std::string to = json({"voucher", "text:r4"}).json()["instant"];
    const auto highest = json({"highest", "text:alice", "--from", from, "--to", to}).json();
    EXPECT_EQ(highest["highest"], "100.00");
    EXPECT_EQ(highest["from"], from);
    EXPECT_EQ(json({"turnover", "text:alice", "--from", from, "--to", to}).json()["credits"],
              "105.00");
    EXPECT_EQ(run({"lowest", "text:alice", "--from", to, "--to", from}).code, 2);
    EXPECT_EQ(run({"lowest", "text:alice", "--from", from}).code, 2);
    EXPECT_EQ(run({"lowest", "text:alice", "--from", from, "--last-date", "2026-03-02"}).code, 2);
}

TEST_F(Past, AStatementByDateAddsUpAndStaysTheSame) {
    const std::vector<std::string> words{"statement",  "text:alice",  "--first-date",
                                         "2026-03-02", "--last-date", "2026-03-02"};
    const std::vector<nlohmann::ordered_json> lines = json(words).lines();
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[0]["opening"], "0.00");
    EXPECT_EQ(lines[0]["closing"], "110.00");
    EXPECT_EQ(lines[3]["balance"], "110.00");
    EXPECT_EQ(lines[3]["summary"], "note, \"text:r4\"");
    const std::string at = std::to_string(lines[0]["position"].get<std::uint64_t>());
    std::vector<std::string> csv = words;
    csv.insert(csv.end(), {"--at", at, "--format", "csv"});
    const std::string before = ok(csv).out;
    EXPECT_THAT(before, StartsWith("book_date,instant,position,line,voucher,number,order,summary,"
                                   "debit,credit,balance\r\n,,,,,,,opening,,,0.00\r\n2026-03-02,"));
    EXPECT_THAT(before, HasSubstr(",\"note, \"\"text:r2\"\"\",30.00,,70.00\r\n"));
    post("text:r5", "1.00", true, "2026-03-02");
    EXPECT_EQ(ok(csv).out, before);
    EXPECT_THAT(ok(words).out, HasSubstr("closing 111.00\n"));
}

TEST_F(Past, AStatementGoesOnWhereAnEarlierOneEnded) {
    const auto lines = json({"statement", "text:alice", "--since", known()}).lines();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0]["opening"], "70.00");
    EXPECT_EQ(lines[1]["amount"], "5.00");
    EXPECT_EQ(lines[2]["book_date"], "2026-03-02");
    EXPECT_EQ(lines[0]["closing"], "115.00");
    EXPECT_EQ(run({"statement", "text:alice"}).code, 2);
    EXPECT_EQ(run({"statement", "text:alice", "--since", "1", "--format", "pdf"}).code, 2);
    EXPECT_EQ(run({"statement", "text:nobody", "--since", "1"}).code, 3);
    EXPECT_EQ(run({"statement", "text:alice", "--since", "99999"}).code, 2);
}

}  // namespace
}  // namespace ledger::cli
