// Trial balances: a textbook month, groups and levels, the reporting currency and its rounding; and
// random vouchers, whose sums are made here by code of its own.
#include "company.hpp"
#include "support/seeds.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace ledger {
namespace {

using test::account;
using test::Company;
using testing::ElementsAre;

class TrialBalances : public Company {
protected:
    TrialBalance trial(const MovementRange& range, const Valuation& money = CurrencyCode("CNY"),
                       unsigned levels = 0) {
        const View view = ledger_.view();
        return trial_balance(view, chart_sums(view, test::book, range), money, levels);
    }
    static const TrialRow& row(const TrialBalance& trial, const std::string& code) {
        for (const TrialRow& row : trial.rows) {
            if (row.code == code) return row;
        }
        throw std::runtime_error("no row " + code);
    }
    static std::vector<std::string> codes(const TrialBalance& trial) {
        std::vector<std::string> found;
        for (const TrialRow& row : trial.rows) found.push_back(row.code);
        return found;
    }
    static void expect_balanced(const TrialBalance& trial) {
        for (const Columns& columns :
             {trial.totals.opening, trial.totals.turnover, trial.totals.closing}) {
            EXPECT_EQ(columns.debits, columns.credits);
        }
    }
};

TEST_F(TrialBalances, ATextbookMonth) {
    open_textbook_chart();
    post_textbook_january();
    for (const bool is_sealed : {false, true}) {
        if (is_sealed) ledger_.seal();
        const TrialBalance january = trial(Company::january());
        expect_balanced(january);
        EXPECT_THAT(codes(january), ElementsAre("1", "1.01", "1.02", "2", "2.01", "4001", "4103",
                                                "6001", "66", "66.01", "66.02"));
        EXPECT_EQ(row(january, "1").figures, (TrialFigures{{}, {cents(1700'00), cents(230'00)}}));
        EXPECT_EQ(row(january, "1").name, "assets");
        EXPECT_EQ(row(january, "1").accounts, 2u);
        EXPECT_TRUE(row(january, "1").is_group);
        EXPECT_EQ(row(january, "1.01").figures.closing(), cents(1250'00));
        EXPECT_EQ(row(january, "1.01").account, account("1.01"));
        EXPECT_EQ(row(january, "66").figures.closing(), cents(230'00));
        EXPECT_TRUE(row(january, "4103").figures.is_zero());
        EXPECT_EQ(january.totals.turnover.debits, cents(1930'00));
        EXPECT_EQ(january.totals.closing.debits, cents(1700'00));
        const TrialBalance february = trial(Company::february());
        expect_balanced(february);
        EXPECT_EQ(row(february, "1.01").figures, (TrialFigures{cents(1250'00), {}}));
        EXPECT_EQ(february.totals.opening.credits, cents(1700'00));
    }
}

TEST_F(TrialBalances, LevelsAreStoodForByGroups) {
    open_textbook_chart();
    post_textbook_january();
    const TrialBalance full = trial(Company::january());
    const TrialBalance folded = trial(Company::january(), cny(), 1);
    EXPECT_THAT(codes(folded), ElementsAre("1", "2", "4001", "4103", "6001", "66"));
    EXPECT_EQ(row(folded, "1").figures, row(full, "1").figures);
    expect_balanced(folded);
    EXPECT_EQ(folded.totals.closing.debits, cents(1700'00));
}

TEST_F(TrialBalances, ByInstantSaysWhatTheLedgerSaidThen) {
    open_textbook_chart();
    post("2026-01-02", {{"1.01", "1000.00"}}, {{"4001", "1000.00"}});
    const Position then = ledger_.view().position();
    post("2026-01-01", {{"1.01", "7.00"}}, {{"4001", "7.00"}});  // late
    EXPECT_EQ(row(trial(Range{{}, then, {}, {}}), "1.01").figures.closing(), cents(1000'00));
    EXPECT_EQ(row(trial(Range{then + 1, {}, {}, {}}), "1.01").figures,
              (TrialFigures{cents(1000'00), {cents(7'00), {}}}));
    const DateRange new_year{parse_date("2026-01-01"), parse_date("2026-01-01")};
    EXPECT_EQ(row(trial(new_year), "1.01").figures.closing(), cents(7'00));
    const View earlier = ledger_.view().at(then);
    EXPECT_TRUE(chart_sums(earlier, test::book, new_year).sums.front().through.debits.is_zero());
}

TEST_F(TrialBalances, RedInkLowersItsOwnSide) {
    open_textbook_chart();
    post("2026-01-02", {{"1.01", "100.00"}}, {{"4001", "100.00"}});
    post("2026-01-02", {{"1.01", "30.00", true}}, {{"4001", "30.00", true}});
    EXPECT_EQ(row(trial(Company::january()), "1.01").figures,
              (TrialFigures{{}, {cents(70'00), {}}}));
}

/// 1 USD = 7.1 CNY: of 0.05, 0.05 and 0.10 USD the first two come to 0.355, and are rounded up.
TEST_F(TrialBalances, RoundingStandsInALineOfItsOwn) {
    open("1", AccountKind::asset, "USD");
    open("2", AccountKind::liability, "USD");
    open("3", AccountKind::liability, "USD");
    open("4", AccountKind::asset);
    open("5", AccountKind::equity);
    post("2026-01-02", {{"1 USD", "0.10"}}, {{"2 USD", "0.05"}, {"3 USD", "0.05"}});
    post("2026-01-02", {{"4", "1.00"}}, {{"5", "1.00"}});
    Rates rates(*find_iso_currency("CNY"), Rounding::half_up);
    rates.set(*find_iso_currency("USD"), Ratio(71, 10));
    for (const auto& [range, opening] :
         {std::pair{Company::january(), false}, std::pair{Company::february(), true}}) {
        const TrialBalance report = trial(range, rates);
        expect_balanced(report);
        EXPECT_EQ(row(report, "1").figures.closing(), cents(71));
        EXPECT_EQ(row(report, "2").figures.closing(), cents(-36));
        EXPECT_EQ(row(report, "3").figures.closing(), cents(-36));
        EXPECT_EQ(row(report, "4").figures.closing(), cents(100));
        EXPECT_EQ(report.rounding.closing(), cents(1));
        EXPECT_EQ(report.rounding.opening, cents(opening ? 1 : 0));
        EXPECT_EQ(report.totals.closing.debits, cents(172));
    }
    EXPECT_EQ(trial(Company::january(), rates).totals.turnover.credits, cents(171));
    EXPECT_TRUE(trial(Company::january(), CurrencyCode("USD")).rounding.is_zero());
}

TEST_F(TrialBalances, RefuseWhatTheyCannotValue) {
    open("1", AccountKind::asset, "USD");
    EXPECT_THROW(trial(Company::january(), CurrencyCode("XYZ")), InvalidArgument);
    EXPECT_THROW(chart_sums(ledger_.view(), BookId{9}, Range{}), InvalidArgument);
    Rates rates(*find_iso_currency("CNY"), Rounding::half_up);
    EXPECT_THROW(trial(Company::january(), rates), InvalidArgument);
    EXPECT_THROW(rates.set(*find_iso_currency("CNY"), Ratio(2)), InvalidArgument);
    EXPECT_THROW(rates.set(*find_iso_currency("USD"), Ratio(0)), InvalidArgument);
}

// ---- random vouchers

/// Accounts of a chart of three levels in two currencies, several to a code.
class RandomTrials : public TrialBalances {
protected:
    struct Line {
        std::size_t account;
        std::int64_t debit;  // negative: a credit
        Date date;
        Position position;
    };
    struct Account {
        AccountId id;
        std::string code;
        std::string currency;
    };

    RandomTrials() {
        for (const char* code : {"1", "1.1", "1.2", "2", "2.1"}) {
            group(code, code[0] == '1' ? AccountKind::asset : AccountKind::liability);
        }
        for (const char* currency : {"CNY", "USD"}) {
            for (const char* code : {"1.1.a", "1.1.b", "1.2.a", "1.9", "2.1.a", "2.2", "3"}) {
                for (std::uint64_t i = 0; i < 3; ++i) open_one(code, currency);
            }
        }
    }
    void open_one(const std::string& code, const std::string& currency) {
        OpenAccount opening;
        opening.id = AccountId{77, accounts_.size() + 1};
        opening.book = test::book;
        opening.currency = CurrencyCode(currency);
        opening.code = code;
        opening.kind = code[0] == '1'   ? AccountKind::asset
                       : code[0] == '2' ? AccountKind::liability
                                        : AccountKind::equity;
        EXPECT_TRUE(ledger_.post(opening));
        accounts_.push_back({opening.id, code, currency});
    }
    void post_random(std::size_t count) {
        Batch batch;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t half = accounts_.size() / 2;
            const std::size_t base = random_() % 2 * half;
            const std::size_t debit = base + random_() % half;
            const std::size_t credit = base + random_() % half;
            const auto amount = static_cast<std::int64_t>(random_() % 100'000 + 1);
            const Date date = parse_date("2026-01-01") + static_cast<std::int32_t>(random_() % 60);
            batch.add_voucher(test::record_id(++vouchers_), test::book)
                .debit(accounts_[debit].id, Amount{amount})
                .credit(accounts_[credit].id, Amount{amount})
                .book_date(date);
            lines_.push_back({debit, amount, date, {}});
            lines_.push_back({credit, -amount, date, {}});
        }
        const std::vector<Result> results = ledger_.post(std::move(batch));
        ASSERT_TRUE(test::all_accepted(results));
        for (std::size_t i = 0; i < 2 * count; ++i) {
            lines_[lines_.size() - 2 * count + i].position = results[i / 2].position;
        }
    }

    /// Of all accounts at or below the code: opening, debits and credits.
    template <class IsBefore, class IsThrough>
    TrialFigures expected(const std::string& code, const std::string& currency, IsBefore before,
                          IsThrough through) const {
        std::int64_t opening = 0, debits = 0, credits = 0;
        for (const Line& line : lines_) {
            const Account& of = accounts_[line.account];
            const bool is_below = of.code == code || of.code.starts_with(code + ".");
            if (!is_below || of.currency != currency || !through(line)) continue;
            if (before(line)) {
                opening += line.debit;
            } else {
                (line.debit > 0 ? debits : credits) += std::abs(line.debit);
            }
        }
        return {cents(opening), {cents(debits), cents(credits)}};
    }
    template <class IsBefore, class IsThrough>
    void expect(const MovementRange& range, IsBefore before, IsThrough through) {
        for (const char* currency : {"CNY", "USD"}) {
            const TrialBalance report = trial(range, CurrencyCode(currency));
            expect_balanced(report);
            EXPECT_THAT(codes(report), ElementsAre("1", "1.1", "1.1.a", "1.1.b", "1.2", "1.2.a",
                                                   "1.9", "2", "2.1", "2.1.a", "2.2", "3"));
            for (const TrialRow& row : report.rows) {
                EXPECT_EQ(row.figures, expected(row.code, currency, before, through)) << row.code;
            }
        }
    }

    std::mt19937_64 random_{oracle::chosen_seeds(1).first};
    std::vector<Account> accounts_;
    std::vector<Line> lines_;
};

TEST_F(RandomTrials, AreTheSumsOfTheLines) {
    for (int turn = 0; turn < 6; ++turn) {
        post_random(400);
        if (turn == 3) ledger_.seal();
        for (int i = 0; i < 8; ++i) {
            const Position last = ledger_.view().position();
            Position from{60 + random_() % last.value}, to{60 + random_() % last.value};
            if (to < from) std::swap(from, to);
            if (to <= last) {
                expect(
                    Range{from, to, {}, {}}, [&](const Line& line) { return line.position < from; },
                    [&](const Line& line) { return line.position <= to; });
            }
            Date first = parse_date("2026-01-01") + static_cast<std::int32_t>(random_() % 60);
            Date end = parse_date("2026-01-01") + static_cast<std::int32_t>(random_() % 60);
            if (end < first) std::swap(first, end);
            expect(
                DateRange{first, end}, [&](const Line& line) { return line.date < first; },
                [&](const Line& line) { return line.date <= end; });
        }
    }
}

}  // namespace
}  // namespace ledger
