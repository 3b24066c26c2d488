// Balance sheet and income statement: the textbook company before and after its period close,
// exchange positions, memorandum accounts.
#include "company.hpp"

#include <gmock/gmock.h>

namespace ledger {
namespace {

using test::account;
using test::Company;

class Sheets : public Company {
protected:
    BalanceSheet sheet(const MovementRange& range, const Valuation& money = CurrencyCode("CNY")) {
        const View view = ledger_.view();
        return balance_sheet(trial_balance(view, chart_sums(view, test::book, range), money));
    }
    IncomeStatement income(const MovementRange& range,
                           const Valuation& money = CurrencyCode("CNY")) {
        const View view = ledger_.view();
        return income_statement(trial_balance(
            view, chart_sums(view, test::book, range, PeriodCloses::left_out), money));
    }
    void close_january(Date book_date = Date::none()) {
        PeriodClose close{test::book, january().last, book_date, {account("4103")}, {}, {}};
        for (const Voucher& voucher : propose_period_close(ledger_.view(), close)) post(voucher);
    }
};

TEST_F(Sheets, ATextbookMonth) {
    open_textbook_chart();
    post_textbook_january();
    const BalanceSheet january = sheet(Company::january());
    EXPECT_EQ(january.assets.total, (OpeningClosing{{}, cents(1470'00)}));
    EXPECT_EQ(january.liabilities.total.closing, cents(400'00));
    EXPECT_EQ(january.equity.total.closing, cents(1000'00));
    EXPECT_EQ(january.result.closing, cents(70'00));
    EXPECT_EQ(january.owned(), january.owed());
    EXPECT_EQ(january.assets.rows.size(), 3u);  // the group and its two codes
    EXPECT_EQ(january.assets.rows[0].balance.closing, cents(1470'00));

    const IncomeStatement statement = income(Company::january());
    EXPECT_EQ(statement.income.total, cents(300'00));
    EXPECT_EQ(statement.expenses.total, cents(230'00));
    EXPECT_EQ(statement.result, cents(70'00));
    EXPECT_EQ(income(Company::february()).result, cents(0));
}

TEST_F(Sheets, ThePeriodCloseChangesTheSheetNotTheStatement) {
    open_textbook_chart();
    post_textbook_january();
    close_january();
    EXPECT_EQ(income(Company::january()).result, cents(70'00));
    EXPECT_EQ(income(Company::january()).expenses.total, cents(230'00));
    EXPECT_EQ(income(Range{}).result, cents(70'00));
    const BalanceSheet january = sheet(Company::january());
    EXPECT_EQ(january.result.closing, cents(0));
    EXPECT_EQ(january.equity.total.closing, cents(1070'00));
    const View view = ledger_.view();
    EXPECT_THROW(income_statement(
                     trial_balance(view, chart_sums(view, test::book, Company::january()), cny())),
                 InvalidArgument);
}

TEST_F(Sheets, ACloseThatIsPostedLaterOrReversedIsLeftOutToo) {
    open_textbook_chart();
    post_textbook_january();
    close_january(parse_date("2026-02-03"));
    EXPECT_EQ(income(Company::january()).result, cents(70'00));
    EXPECT_EQ(income(Company::february()).result, cents(0));
    EXPECT_EQ(sheet(Company::january()).result.closing, cents(70'00));
    EXPECT_EQ(sheet(Company::february()).result.closing, cents(0));
    Voucher undoing;
    undoing.id = test::record_id(900);
    undoing.book = test::book;
    undoing.book_date = parse_date("2026-02-04");
    undoing.detail.reverses =
        ledger_.view().vouchers_concerning(test::book, january().last).items.at(0).voucher.id;
    post(undoing);
    EXPECT_EQ(income(Company::february()).result, cents(0));
    EXPECT_EQ(income(Range{}).result, cents(70'00));
    EXPECT_EQ(sheet(Company::february()).result.closing, cents(70'00));
}

/// 100 USD bought for 700 CNY; at 7.1 they are worth 710, and the position shows the gain.
TEST_F(Sheets, ExchangePositionsAreCommonAndCarryTheGain) {
    open("1", AccountKind::asset);
    open("1", AccountKind::asset, "USD");
    open("3", AccountKind::common);
    open("3", AccountKind::common, "USD");
    open("4", AccountKind::equity);
    post("2026-01-02", {{"1", "1000.00"}}, {{"4", "1000.00"}});
    post("2026-01-03", {{"1 USD", "100.00"}, {"3", "700.00"}},
         {{"3 USD", "100.00"}, {"1", "700.00"}});
    const BalanceSheet in_cny = sheet(Company::january());
    EXPECT_EQ(in_cny.common.total.closing, cents(700'00));
    EXPECT_EQ(in_cny.owned().closing, cents(1000'00));
    Rates rates(*find_iso_currency("CNY"), Rounding::half_up);
    rates.set(*find_iso_currency("USD"), Ratio(71, 10));
    const BalanceSheet all = sheet(Company::january(), rates);
    EXPECT_EQ(all.assets.total.closing, cents(1010'00));
    EXPECT_EQ(all.common.total.closing, cents(-10'00));
    EXPECT_EQ(all.owned(), all.owed());
}

TEST_F(Sheets, MemorandumAccountsStandBesideTheSheet) {
    open("1", AccountKind::asset);
    open("4", AccountKind::equity);
    open("9", AccountKind::memorandum);
    open("99", AccountKind::memorandum);
    post("2026-01-02", {{"9", "5.00"}}, {{"99", "5.00"}});
    post("2026-01-02", {{"1", "1.00"}}, {{"4", "1.00"}});
    EXPECT_EQ(sheet(Company::january()).difference, OpeningClosing{});
    EXPECT_EQ(sheet(Company::january()).memorandum.rows.size(), 2u);
    post("2026-01-02", {{"9", "0.30"}}, {{"4", "0.30"}});  // a mistake that the rules let pass
    EXPECT_EQ(sheet(Company::january()).difference.closing, cents(-30));
}

}  // namespace
}  // namespace ledger
