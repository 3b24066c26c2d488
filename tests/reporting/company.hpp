// A small company for the tests of reports: accounts and vouchers by short texts. Invariant: an
// account's id follows from its code and currency, a voucher's from its number.
#pragma once

#include "support/small_ledger.hpp"

#include "ledger/core/clock.hpp"
#include "ledger/core/decimal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ledger::test {

inline AccountId account(const std::string& code, const std::string& currency = "CNY") {
    return AccountId{id_from_text(code + " " + currency)};
}

/// "1001" or, in another currency than CNY, "1001 USD"; an amount with two decimals.
struct Move {
    std::string account;
    std::string amount;
    bool is_red = false;
};

class Company : public testing::Test {
protected:
    Company() {
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("CNY")});
        batch.add(DefineCurrency{*find_iso_currency("USD")});
        batch.add(DefineCurrency{*find_iso_currency("EUR")});
        batch.add(DefineBook{book, "company", false, 0, Date::none()});
        EXPECT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    }

    void group(const std::string& code, AccountKind kind, const std::string& name = "") {
        EXPECT_TRUE(ledger_.post(DefineGroup{code, kind, name}));
    }
    AccountId open(const std::string& code, AccountKind kind, const std::string& currency = "CNY",
                   const std::string& parent = "") {
        OpenAccount opening;
        opening.id = account(code, currency);
        opening.book = book;
        opening.currency = CurrencyCode(currency);
        opening.code = code;
        opening.kind = kind;
        if (!parent.empty()) opening.parent = account(parent, currency);
        EXPECT_TRUE(ledger_.post(opening));
        return opening.id;
    }

    static VoucherLine line_of(const Move& move, Side side) {
        const auto space = move.account.find(' ');
        const std::string currency =
            space == std::string::npos ? "CNY" : move.account.substr(space + 1);
        VoucherLine line;
        line.account = account(move.account.substr(0, space), currency);
        line.side = side;
        line.amount = parse_amount(move.amount, 2);
        line.ink = move.is_red ? Ink::red : Ink::black;
        return line;
    }
    Voucher voucher(const std::string& date, const std::vector<Move>& debits,
                    const std::vector<Move>& credits) {
        Voucher made;
        made.id = record_id(++vouchers_);
        made.book = book;
        made.book_date = parse_date(date);
        for (const Move& move : debits) made.lines.push_back(line_of(move, Side::debit));
        for (const Move& move : credits) made.lines.push_back(line_of(move, Side::credit));
        return made;
    }
    /// Posts it a minute after the one before.
    Position post(const Voucher& made) {
        clock_.advance(std::chrono::minutes{1});
        const Receipt receipt = ledger_.post(made);
        EXPECT_TRUE(receipt) << to_string(receipt.result.outcome);
        return receipt.result.position;
    }
    Position post(const std::string& date, const std::vector<Move>& debits,
                  const std::vector<Move>& credits) {
        return post(voucher(date, debits, credits));
    }

    /// The textbook company: share capital, a purchase, sales, wages.
    void open_textbook_chart() {
        group("1", AccountKind::asset, "assets");
        open("1.01", AccountKind::asset);  // cash
        open("1.02", AccountKind::asset);  // goods
        group("2", AccountKind::liability, "liabilities");
        open("2.01", AccountKind::liability);  // suppliers
        open("4001", AccountKind::equity);     // capital
        open("4103", AccountKind::equity);     // profit of the year
        open("6001", AccountKind::income);     // sales
        group("66", AccountKind::expense, "expenses");
        open("66.01", AccountKind::expense);  // goods sold
        open("66.02", AccountKind::expense);  // wages
    }
    void post_textbook_january() {
        post("2026-01-02", {{"1.01", "1000.00"}}, {{"4001", "1000.00"}});
        post("2026-01-05", {{"1.02", "400.00"}}, {{"2.01", "400.00"}});
        post("2026-01-12", {{"1.01", "300.00"}}, {{"6001", "300.00"}});
        post("2026-01-12", {{"66.01", "180.00"}}, {{"1.02", "180.00"}});
        post("2026-01-31", {{"66.02", "50.00"}}, {{"1.01", "50.00"}});
    }

    static DateRange january() { return {parse_date("2026-01-01"), parse_date("2026-01-31")}; }
    static DateRange february() { return {parse_date("2026-02-01"), parse_date("2026-02-28")}; }
    static Wide cents(std::int64_t amount) { return Wide(i128{amount}); }
    static CurrencyCode cny() { return CurrencyCode("CNY"); }

    TemporaryDirectory home_;
    ManualClock clock_{parse_instant("2026-03-01T08:00:00Z")};
    Ledger ledger_ = Ledger::create(home_ / "books", small_options(&clock_));
    std::uint64_t vouchers_ = 0;
};

}  // namespace ledger::test
