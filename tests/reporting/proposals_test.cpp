// Period close and revaluation: what is proposed, that it posts once, what is proposed afterwards.
#include "company.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace ledger {
namespace {

using test::account;
using test::Company;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PeriodCloseProposals : public Company {
protected:
    PeriodClose january_close() {
        return {test::book, january().last, {}, {account("4103")}, "close", "bookkeeper"};
    }
    std::vector<Voucher> propose(const PeriodClose& close) {
        return propose_period_close(ledger_.view(), close);
    }
    Wide balance(const std::string& code) {
        return Wide(ledger_.view().balance(account(code))->total());
    }
};

TEST_F(PeriodCloseProposals, EmptiesIncomeAndExpensesIntoEquity) {
    open_textbook_chart();
    post_textbook_january();
    post("2026-02-01", {{"66.02", "8.00"}}, {{"1.01", "8.00"}});  // not January's
    const std::vector<Voucher> vouchers = propose(january_close());
    ASSERT_THAT(vouchers, SizeIs(1));
    const Voucher& voucher = vouchers[0];
    EXPECT_EQ(voucher.book_date, january().last);
    EXPECT_EQ(voucher.detail.concerns, january().last);
    EXPECT_EQ(voucher.detail.summary, "close");
    EXPECT_EQ(voucher.detail.made_by, "bookkeeper");
    ASSERT_THAT(voucher.lines, SizeIs(4));
    EXPECT_EQ(voucher.lines[0], line_of({"6001", "300.00"}, Side::debit));
    EXPECT_EQ(voucher.lines[1], line_of({"66.01", "180.00"}, Side::credit));
    EXPECT_EQ(voucher.lines[2], line_of({"66.02", "50.00"}, Side::credit));
    EXPECT_EQ(voucher.lines[3], line_of({"4103", "70.00"}, Side::credit));
    post(voucher);
    EXPECT_EQ(balance("4103"), cents(70'00));
    EXPECT_EQ(balance("66.02"), cents(8'00));
    EXPECT_EQ(ledger_.view().balance_on(account("66.02"), january().last)->total(), Amount{});
}

TEST_F(PeriodCloseProposals, ProposedTwicePostsOnceAndLateFactsAreClosedAfterwards) {
    open_textbook_chart();
    post_textbook_january();
    const std::vector<Voucher> first = propose(january_close());
    EXPECT_EQ(first, propose(january_close()));
    post(first[0]);
    EXPECT_EQ(ledger_.post(first[0]).result.outcome, Outcome::already_posted);
    EXPECT_THAT(propose(january_close()), IsEmpty());
    post("2026-01-20", {{"1.01", "1.00"}}, {{"6001", "1.00"}});
    const std::vector<Voucher> second = propose(january_close());
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_NE(second[0].id, first[0].id);
    post(second[0]);
    EXPECT_EQ(balance("4103"), cents(71'00));
}

TEST_F(PeriodCloseProposals, AClosedDayIsClosedOnALaterOne) {
    open_textbook_chart();
    post_textbook_january();
    PeriodClose close = january_close();
    close.book_date = parse_date("2026-02-02");
    post(propose(close).at(0));
    EXPECT_EQ(balance("4103"), cents(70'00));
    EXPECT_THAT(propose(close), IsEmpty());
    // Reversed, it is to be done again, under a further id.
    Voucher undoing;
    undoing.id = test::record_id(900);
    undoing.book = test::book;
    undoing.book_date = parse_date("2026-02-03");
    undoing.detail.reverses =
        ledger_.view().vouchers_concerning(test::book, january().last).items.at(0).voucher.id;
    post(undoing);
    EXPECT_EQ(balance("4103"), cents(0));
    close.book_date = parse_date("2026-02-04");
    post(propose(close).at(0));
    EXPECT_EQ(balance("4103"), cents(70'00));
    EXPECT_THAT(propose(close), IsEmpty());
}

TEST_F(PeriodCloseProposals, EachCurrencyHasItsOwnVoucherAndManyAccountsHaveSeveral) {
    open("1", AccountKind::asset);
    open("4103", AccountKind::equity);
    open("1", AccountKind::asset, "USD");
    open("4103", AccountKind::equity, "USD");
    open("5", AccountKind::income, "USD");
    constexpr std::uint64_t accounts = 5000;
    Batch batch;
    for (std::uint64_t i = 0; i < accounts; ++i) {
        OpenAccount opening;
        opening.id = AccountId{99, i + 1};
        opening.book = test::book;
        opening.currency = cny();
        opening.code = "6";
        opening.kind = AccountKind::income;
        batch.add(opening);
        batch.add_voucher(test::record_id(++vouchers_), test::book)
            .debit(account("1"), Amount{1})
            .credit(opening.id, Amount{1})
            .book_date(january().first);
        if (batch.size() < 8000 && i + 1 < accounts) continue;
        ASSERT_TRUE(test::all_accepted(ledger_.post(std::exchange(batch, {}))));
    }
    post("2026-01-05", {{"1 USD", "7.00"}}, {{"5 USD", "7.00"}});
    PeriodClose close = january_close();
    try {
        propose(close);
        FAIL() << "the result in USD has nowhere to go";
    } catch (const InvalidArgument& error) {
        EXPECT_THAT(error.what(), HasSubstr("USD"));
    }
    close.equity.push_back(account("4103", "USD"));
    const std::vector<Voucher> vouchers = propose(close);
    ASSERT_THAT(vouchers, SizeIs(3));
    EXPECT_THAT(vouchers[0].lines, SizeIs(4096));
    EXPECT_THAT(vouchers[1].lines, SizeIs(906));
    EXPECT_THAT(vouchers[2].lines, SizeIs(2));
    post(vouchers[0]);
    // The rest is proposed as it was: posted by whomever, it posts once.
    const std::vector<Voucher> rest = propose(close);
    ASSERT_THAT(rest, SizeIs(2));
    EXPECT_EQ(rest[0], vouchers[1]);
    EXPECT_EQ(rest[1], vouchers[2]);
    for (const Voucher& voucher : rest) post(voucher);
    EXPECT_EQ(balance("4103"), cents(accounts));
    EXPECT_THAT(propose(close), IsEmpty());
}

TEST_F(PeriodCloseProposals, RefusesAnEquityAccountThatIsNone) {
    open_textbook_chart();
    PeriodClose close = january_close();
    close.equity = {account("4103"), account("4001")};
    EXPECT_THROW(propose(close), InvalidArgument);
    close.equity = {account("1.01")};
    EXPECT_THROW(propose(close), InvalidArgument);
    close.equity = {AccountId{1}};
    EXPECT_THROW(propose(close), InvalidArgument);
}

// ---- revaluation

class Revaluations : public Company {
protected:
    Revaluations() {
        open("1", AccountKind::asset);
        open("4", AccountKind::equity);
        open("6603", AccountKind::expense);  // exchange gains and losses
        open("3", AccountKind::common);      // what dollars cost
        for (const char* currency : {"USD", "EUR"}) {
            open("1", AccountKind::asset, currency);
            open("3", AccountKind::common, currency);
        }
        post("2026-01-02", {{"1", "5000.00"}}, {{"4", "5000.00"}});
    }
    Revaluation at(const Ratio& usd, const char* date = "2026-01-31") {
        Rates rates(*find_iso_currency("CNY"), Rounding::half_up);
        rates.set(*find_iso_currency("USD"), usd);
        rates.set(*find_iso_currency("EUR"), Ratio(8));
        return {test::book, parse_date(date), {}, {{account("3", "USD"), account("3")}},
                rates,      account("6603"),  {}, {}};
    }
    RevaluationProposal propose(const Revaluation& revaluation) {
        return propose_revaluation(ledger_.view(), revaluation);
    }
    /// 100.00 dollars for so many yuan.
    void buy_dollars(const std::string& date, const std::string& yuan) {
        post(date, {{"1 USD", "100.00"}, {"3", yuan}}, {{"3 USD", "100.00"}, {"1", yuan}});
    }
};

TEST_F(Revaluations, BringThePositionToTheRate) {
    buy_dollars("2026-01-03", "700.00");
    buy_dollars("2026-02-03", "900.00");  // not January's
    const RevaluationProposal gain = propose(at(Ratio(71, 10)));
    ASSERT_TRUE(gain.voucher);
    EXPECT_EQ(gain.positions.at(0).balance, cents(-100'00));
    EXPECT_EQ(gain.positions.at(0).value, cents(-710'00));
    EXPECT_EQ(gain.homes.at(0).balance, cents(700'00));
    EXPECT_EQ(gain.homes.at(0).adjustment, cents(10'00));
    ASSERT_THAT(gain.voucher->lines, SizeIs(2));
    EXPECT_EQ(gain.voucher->lines[0], line_of({"3", "10.00"}, Side::debit));
    EXPECT_EQ(gain.voucher->lines[1], line_of({"6603", "10.00"}, Side::credit));
    EXPECT_EQ(propose(at(Ratio(71, 10))).voucher, gain.voucher);
    post(*gain.voucher);
    EXPECT_FALSE(propose(at(Ratio(71, 10))).voucher);
    // February's closing rate: 200 dollars at 6.9 are 1380; 1610 stand on the home position.
    const RevaluationProposal loss = propose(at(Ratio(69, 10), "2026-02-28"));
    EXPECT_EQ(loss.homes.at(0).adjustment, cents(-230'00));
    EXPECT_EQ(loss.voucher->lines[0], line_of({"3", "230.00"}, Side::credit));
}

TEST_F(Revaluations, OnALaterDayAndThenAtAnotherRate) {
    buy_dollars("2026-01-03", "700.00");
    Revaluation january = at(Ratio(71, 10));
    january.book_date = parse_date("2026-02-02");
    post(*propose(january).voucher);
    EXPECT_FALSE(propose(january).voucher);
    january.rates.set(*find_iso_currency("USD"), Ratio(72, 10));  // a rate was wrong
    const RevaluationProposal correction = propose(january);
    EXPECT_EQ(correction.homes.at(0).adjustment, cents(10'00));
    post(*correction.voucher);
    EXPECT_FALSE(propose(january).voucher);
}

TEST_F(Revaluations, SeveralPositionsCanShareAHomeAccount) {
    buy_dollars("2026-01-03", "700.00");
    post("2026-01-04", {{"1 EUR", "10.00"}, {"3", "75.00"}}, {{"3 EUR", "10.00"}, {"1", "75.00"}});
    Revaluation both = at(Ratio(71, 10));
    both.positions.push_back({account("3", "EUR"), account("3")});
    const RevaluationProposal proposal = propose(both);
    ASSERT_THAT(proposal.homes, SizeIs(1));
    EXPECT_EQ(proposal.homes[0].value, cents(-790'00));
    EXPECT_EQ(proposal.homes[0].adjustment, cents(15'00));
}

TEST_F(Revaluations, RefuseWhatDoesNotFit) {
    Revaluation wrong = at(Ratio(7));
    wrong.positions.push_back(wrong.positions[0]);
    EXPECT_THROW(propose(wrong), InvalidArgument);
    wrong = at(Ratio(7));
    wrong.positions[0].home = account("3", "EUR");
    EXPECT_THROW(propose(wrong), InvalidArgument);
    wrong = at(Ratio(7));
    wrong.positions[0].foreign = account("3");
    EXPECT_THROW(propose(wrong), InvalidArgument);
    wrong = at(Ratio(7));
    wrong.result = account("1", "USD");
    EXPECT_THROW(propose(wrong), InvalidArgument);
    wrong = at(Ratio(7));
    wrong.rates = Rates(*find_iso_currency("CNY"), Rounding::half_up);
    EXPECT_THROW(propose(wrong), InvalidArgument);
}

}  // namespace
}  // namespace ledger
