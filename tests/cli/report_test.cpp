// trial-balance, day-book, balance-sheet, income, journal, control-check, reserve, period-close,
// revalue, over the company of docs/reports.md.
#include "ctl.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace ledger::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Reports : public Ctl {
protected:
    void SetUp() override {
        std::ifstream file(std::string(LEDGER_SOURCE_DIR) + "/examples/first/company.jsonl");
        std::stringstream text;
        text << file.rdbuf();
        ok({"init"});
        ok({"post"}, text.str());
    }
    /// `report`, of book 1 and January in CNY.
    std::vector<std::string> january(const std::string& report,
                                     const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words{report,         "--book",     "1",
                                       "--first-date", "2026-01-01", "--last-date",
                                       "2026-01-31",   "--currency", "CNY"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    static nlohmann::ordered_json row(const nlohmann::ordered_json& rows, const std::string& code) {
        for (const auto& one : rows) {
            if (one["code"] == code) return one;
        }
        return {};
    }
};

TEST_F(Reports, TrialBalance) {
    const auto january_ = json(january("trial-balance")).json();
    EXPECT_EQ(january_["first_date"], "2026-01-01");
    EXPECT_EQ(january_["position"], 26);
    const auto bank = row(january_["rows"], "10.01");
    EXPECT_EQ(bank["name"], "bank");
    EXPECT_EQ(bank["debits"], "1012.00");
    EXPECT_EQ(bank["credits"], "745.00");
    EXPECT_EQ(bank["closing_debit"], "267.00");
    EXPECT_EQ(row(january_["rows"], "22")["closing_credit"], "488.00");
    EXPECT_EQ(january_["totals"]["closing_debit"], january_["totals"]["closing_credit"]);
    const auto known = json(january("trial-balance", {"--known-at", "25"})).json();
    EXPECT_EQ(row(known["rows"], "10.01")["closing_debit"], "312.00");
    const std::vector<std::string> on{"trial-balance", "--book", "1", "--on", "2026-01-31"};
    EXPECT_EQ(json(on).lines().size(), 2u);  // CNY and USD
    const auto then =
        json({"trial-balance", "--book", "1", "--at", "25", "--levels", "1", "--currency", "CNY"})
            .json();
    EXPECT_EQ(row(then["rows"], "10")["closing_debit"], "262.00");
    EXPECT_TRUE(row(then["rows"], "10.01").empty());
    EXPECT_THAT(ok(january("trial-balance")).out, HasSubstr("  10.01"));
}

TEST_F(Reports, OneReportingCurrency) {
    const auto all =
        json(january("trial-balance", {"--rate", "USD=7.1", "--rounding", "half_even"})).json();
    EXPECT_EQ(row(all["rows"], "10.02")["closing_debit"], "710.00");
    EXPECT_EQ(row(all["rows"], "3001")["closing_credit"], "10.00");
    EXPECT_EQ(run({"trial-balance", "--book", "1", "--rate", "USD=7.1"}).code, 2);
    EXPECT_EQ(run(january("trial-balance", {"--rate", "USD=x"})).code, 2);
    EXPECT_EQ(run(january("trial-balance", {"--rate", "JPY=1"})).code, 3);
}

TEST_F(Reports, TablesAsCsv) {
    const std::string csv =
        ok({"trial-balance", "--book", "1", "--on", "2026-01-31", "--format", "csv"}).out;
    EXPECT_THAT(csv, StartsWith("code,name,currency,debits,credits,closing_debit,closing_credit\r\n"
                                "10,own money,CNY,"));
    EXPECT_THAT(csv, HasSubstr("\r\n10.02,dollar account,USD,100.00,,100.00,\r\n"));
    EXPECT_EQ(csv.find("code", 1), std::string::npos);  // titles once
    EXPECT_THAT(ok(january("trial-balance", {"--format", "csv"})).out,
                StartsWith("code,name,currency,opening_debit,opening_credit,debits,"));
    EXPECT_EQ(run(january("trial-balance", {"--format", "xml"})).code, 2);
}

TEST_F(Reports, DayBook) {
    const auto day = json({"day-book", "2026-01-12", "--book", "1", "--currency", "CNY"}).json();
    EXPECT_EQ(row(day["rows"], "22.01")["debits"], "12.00");
    EXPECT_EQ(row(day["rows"], "22.01")["closing_credit"], "488.00");
    EXPECT_FALSE(row(day["rows"], "22.01").contains("opening_credit"));
    EXPECT_EQ(day["totals"]["debits"], "24.00");
}

TEST_F(Reports, BalanceSheetAndIncome) {
    const auto sheet = json(january("balance-sheet")).json();
    EXPECT_EQ(sheet["sums"]["assets and common"]["closing"], "1455.00");
    EXPECT_EQ(sheet["sums"]["current result"]["closing"], "-33.00");
    EXPECT_EQ(sheet["sums"]["liabilities, equity and result"]["closing"], "1455.00");
    EXPECT_EQ(row(sheet["liabilities"], "22")["closing"], "488.00");
    const auto income = json(january("income")).json();
    EXPECT_EQ(income["sums"]["result"]["amount"], "-33.00");
    EXPECT_EQ(row(income["expenses"], "66.02")["amount"], "45.00");
    EXPECT_THAT(ok(january("income")).out, HasSubstr("total expenses"));
}

TEST_F(Reports, Journal) {
    const auto posted = json({"journal", "--book", "1"}).lines();
    ASSERT_EQ(posted.size(), 6u);
    EXPECT_EQ(posted[4]["summary"], "rent");
    const auto dated =
        json({"journal", "--book", "1", "--first-date", "2026-01-31", "--last-date", "2026-02-01"})
            .lines();
    ASSERT_EQ(dated.size(), 2u);
    EXPECT_EQ(dated[0]["summary"], "rent of January, told late");
    EXPECT_THAT(ok({"journal", "--book", "1"}).out, HasSubstr("customers pay in"));
    EXPECT_THAT(ok({"journal", "--book", "1", "--format", "csv"}).out,
                HasSubstr(",customers pay in,22.01,Bob,CNY,,200.00\r\n"));
    EXPECT_EQ(run({"journal", "--book", "1", "--first-date", "2026-01-31"}).code, 2);
}

TEST_F(Reports, ControlCheckAndReserve) {
    EXPECT_THAT(ok({"control-check", "--book", "1"}).out, HasSubstr("no difference"));
    const auto check = json({"control-check", "--book", "1", "--on", "2026-01-03"}).json();
    EXPECT_EQ(check["holds"], true);
    EXPECT_EQ(check["items"][0]["left"], "500.00");
    const auto reserve = json({"reserve", "1", "--accounts"}).lines();
    ASSERT_EQ(reserve.size(), 4u);
    EXPECT_EQ(reserve[0]["left"], "488.00");
    EXPECT_EQ(reserve[0]["difference"], "0.00");
    EXPECT_EQ(reserve[2]["account"], id_of("alice"));
    EXPECT_EQ(reserve[2]["balance"], "288.00");
    EXPECT_EQ(run({"reserve", "9"}).code, 3);
    // A control account that is kept at day close differs in between.
    ok({"post"},
       R"({"record": "open_account", "id": "text:control", "book": 1, "currency": "CNY", "code": "20", "kind": "liability"}
{"record": "open_account", "id": "text:detail", "book": 1, "currency": "CNY", "code": "21", "kind": "liability"}
{"record": "define_relation", "number": 2, "at_day_close": true, "terms": [{"account": "text:control"}, {"account": "text:detail", "coefficient": -1}]}
{"id": "text:v7", "book": 1, "book_date": "2026-02-02", "lines": [{"account": "text:bank", "side": "debit", "amount": "1.00"}, {"account": "text:detail", "side": "credit", "amount": "1.00"}]})");
    const Ran differs = run({"control-check", "--book", "1"});
    EXPECT_EQ(differs.code, 1);
    EXPECT_THAT(differs.out, HasSubstr("-1.00"));
    EXPECT_EQ(run({"reserve", "2"}).code, 1);
    EXPECT_EQ(ok({"reserve", "2", "--at", "29"}).code, 0);
}

TEST_F(Reports, PeriodCloseIsWhatPostTakes) {
    const std::vector<std::string> close{"period-close", "2026-01-31", "--book", "1",
                                         "--to",         "text:profit"};
    const Ran proposed = ok(close);
    ASSERT_EQ(proposed.lines().size(), 1u);
    EXPECT_EQ(proposed.lines()[0]["lines"].size(), 3u);
    EXPECT_THAT(json({"post"}, proposed.out).out, HasSubstr("accepted"));
    EXPECT_THAT(json({"post"}, proposed.out).out, HasSubstr("already_posted"));
    EXPECT_EQ(ok(close).out, "");
    EXPECT_EQ(json({"balance", "text:profit"}).json()["total"], "-33.00");
    EXPECT_EQ(json(january("income")).json()["sums"]["result"]["amount"], "-33.00");
    EXPECT_THAT(
        ok({"period-close", "2026-02-28", "--book", "1", "--to", "text:profit", "--post"}).out,
        HasSubstr("accepted"));
    EXPECT_EQ(json({"balance", "text:rent"}).json()["total"], "0.00");
    EXPECT_EQ(run({"period-close", "2026-01-31", "--book", "1", "--to", "text:bank"}).code, 2);
}

TEST_F(Reports, Revaluation) {
    const std::vector<std::string> revalue{
        "revalue",    "2026-01-31",    "--book",     "1",
        "--currency", "CNY",           "--rate",     "USD=7.1",
        "--to",       "text:exchange", "--position", "text:position-usd=text:position"};
    const Ran proposed = ok(revalue);
    EXPECT_THAT(proposed.err, HasSubstr("-710.00"));
    ASSERT_EQ(proposed.lines().size(), 1u);
    EXPECT_EQ(proposed.lines()[0]["lines"][0]["amount"], "10.00");
    std::vector<std::string> post = revalue;
    post.push_back("--post");
    EXPECT_THAT(ok(post).out, HasSubstr("accepted"));
    EXPECT_THAT(ok(post).err, HasSubstr("nothing to be posted"));
    EXPECT_EQ(json({"balance", "text:exchange"}).json()["total"], "-10.00");
}

TEST_F(Reports, RefuseMixedAxes) {
    EXPECT_EQ(run({"trial-balance", "--book", "1", "--at", "5", "--on", "2026-01-31"}).code, 2);
    EXPECT_EQ(run({"trial-balance", "--book", "1", "--known-at", "5"}).code, 2);
    EXPECT_EQ(run({"trial-balance", "--book", "9"}).code, 2);
    EXPECT_EQ(run({"income", "--book", "1", "--from", "2026-01-01T00:00:00Z"}).code, 2);
}

}  // namespace
}  // namespace ledger::cli
