// Month-end balances of a journal of 26 commodities, as hledger computes them. Its transactions are
// posted in an order of our own, most of them late, so that only book dates can give the answers.
#include "support/small_ledger.hpp"

#include "ledger/core/decimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

namespace ledger {
namespace {

const std::filesystem::path journals =
    std::filesystem::path(LEDGER_SOURCE_DIR) / ".." / "shared" / "data" / "journals";

/// One posting, with two decimals.
struct Posting {
    std::string account;
    std::string commodity;
    std::int64_t cents = 0;
};

struct Transaction {
    Date date;
    std::vector<Posting> postings;
};

std::int64_t cents_of(const std::string& text) {
    return static_cast<std::int64_t>(parse_amount(text, 2).minor);
}

/// "  ACCOUNT    AMOUNT COMMODITY [@ PRICE | @@ TOTAL ...]": the price is not posted.
Posting parse_posting(const std::string& line) {
    std::istringstream words(line);
    std::string amount;
    Posting posting;
    words >> posting.account >> amount >> posting.commodity;
    posting.cents = cents_of(amount);
    return posting;
}

std::vector<Transaction> read_journal() {
    std::ifstream file(journals / "1ktxns-100accts.journal");
    std::vector<Transaction> found;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == 'P') continue;
        if (line[0] == ' ') {
            found.back().postings.push_back(parse_posting(line));
        } else {
            found.push_back({parse_date(line.substr(0, 10)), {}});
        }
    }
    return found;
}

struct MonthEnd {
    std::string account;
    Date date;
    std::string commodity;
    std::int64_t cents = 0;
};

std::vector<MonthEnd> read_month_ends() {
    std::ifstream file(journals / "1ktxns-month-end-balances.csv");
    std::vector<MonthEnd> found;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::vector<std::string> fields(1);
        for (const char c : line) {
            if (c == ',') {
                fields.emplace_back();
            } else if (c != '"' && c != '\r') {
                fields.back() += c;
            }
        }
        found.push_back({fields[0], parse_date(fields[3]), fields[4], cents_of(fields[5])});
    }
    return found;
}

AccountId account_of(const std::string& account, const std::string& commodity) {
    return AccountId{id_from_text(commodity + " " + account)};
}
/// The exchange position of a commodity, against which other commodities are bought.
AccountId position_of(const std::string& commodity) { return account_of("position", commodity); }
CurrencyCode currency_of(const std::string& commodity) { return CurrencyCode("X" + commodity); }

/// Accounts are dealt to three groups of the chart.
std::string group_of(const std::string& account) {
    return "g" + std::to_string(account.size() % 3);
}

OpenAccount opening(const std::string& account, const std::string& commodity) {
    OpenAccount open;
    open.id = account_of(account, commodity);
    open.book = test::book;
    open.currency = currency_of(commodity);
    open.kind = AccountKind::common;
    open.code = group_of(account) + "." + std::to_string(open.id.low());
    return open;
}

Batch definitions(const std::vector<Transaction>& transactions) {
    Batch batch;
    batch.add(DefineBook{test::book, "hledger", false, 0, Date::none()});
    for (const char* group : {"g0", "g1", "g2"}) {
        batch.add(DefineGroup{group, AccountKind::common, {}});
    }
    std::map<std::string, std::map<std::string, bool>> opened;  // by commodity
    for (const Transaction& transaction : transactions) {
        for (const Posting& posting : transaction.postings) {
            auto& accounts = opened[posting.commodity];
            if (accounts.empty()) {
                batch.add(DefineCurrency{{currency_of(posting.commodity), 2, 0, "commodity"}});
                batch.add(opening("position", posting.commodity));
            }
            if (!std::exchange(accounts[posting.account], true)) {
                batch.add(opening(posting.account, posting.commodity));
            }
        }
    }
    return batch;
}

/// Balanced in each commodity by the exchange positions, where its postings do not cancel out.
void add_voucher(Batch& batch, const Transaction& transaction, std::uint64_t number) {
    auto voucher = batch.add_voucher(test::record_id(number), test::book);
    voucher.book_date(transaction.date);
    std::map<std::string, std::int64_t> sums;
    const auto post = [&](AccountId account, std::int64_t cents) {
        if (cents > 0) voucher.debit(account, Amount{cents});
        if (cents < 0) voucher.credit(account, Amount{-cents});
    };
    for (const Posting& posting : transaction.postings) {
        post(account_of(posting.account, posting.commodity), posting.cents);
        sums[posting.commodity] += posting.cents;
    }
    for (const auto& [commodity, sum] : sums) post(position_of(commodity), -sum);
}

void expect_month_ends(const View& view, const std::vector<MonthEnd>& wanted) {
    for (const MonthEnd& month_end : wanted) {
        const auto balance =
            view.balance_on(account_of(month_end.account, month_end.commodity), month_end.date);
        ASSERT_EQ(balance ? balance->total() : Amount{}, Amount{month_end.cents})
            << month_end.account << " on " << to_string(month_end.date) << ", "
            << month_end.commodity;
    }
}

/// The groups' rows are the sums of hledger's balances, and of the exchange position's, which is
/// theirs with the other sign.
void expect_trial_balances(const View& view, const std::vector<MonthEnd>& wanted) {
    std::map<Date, std::map<std::string, std::map<std::string, std::int64_t>>> sums;
    for (const MonthEnd& month_end : wanted) {
        auto& of_commodity = sums[month_end.date][month_end.commodity];
        of_commodity[group_of(month_end.account)] += month_end.cents;
        of_commodity[group_of("position")] -= month_end.cents;
    }
    for (const auto& [date, by_commodity] : sums) {
        const ChartSums chart = chart_sums(view, test::book, DateRange{date_min, date});
        for (const auto& [commodity, by_group] : by_commodity) {
            const TrialBalance trial = trial_balance(view, chart, currency_of(commodity), 1);
            ASSERT_EQ(trial.totals.closing.debits, trial.totals.closing.credits);
            std::map<std::string, Wide> closings;
            for (const TrialRow& row : trial.rows) closings[row.code] = row.figures.closing();
            for (const auto& [group, cents] : by_group) {
                ASSERT_EQ(closings[group], Wide(i128{cents}))
                    << group << " on " << to_string(date) << ", " << commodity;
            }
        }
    }
}

TEST(Hledger, EveryMonthEndBalanceIsItsOwn) {
    if (!std::filesystem::exists(journals)) {
        const std::string reason = "SKIPPED, NOT TESTED: hledger's journal is not at " +
                                   journals.string() + "; it is not part of this repository";
        std::cerr << reason << '\n';
        GTEST_SKIP() << reason;
    }
    std::vector<Transaction> transactions = read_journal();
    ASSERT_EQ(transactions.size(), 1000u);
    const std::vector<MonthEnd> wanted = read_month_ends();
    ASSERT_EQ(wanted.size(), 50'589u);

    const test::TemporaryDirectory home;
    Ledger ledger = Ledger::create(home / "books", test::small_options());
    for (const Result& result : ledger.post(definitions(transactions))) ASSERT_TRUE(result);
    std::mt19937_64 random(7);
    std::ranges::shuffle(transactions, random);
    Batch batch;
    for (std::uint64_t i = 0; i < transactions.size(); ++i) {
        add_voucher(batch, transactions[i], i + 1);
    }
    for (const Result& result : ledger.post(std::move(batch))) ASSERT_TRUE(result);
    expect_month_ends(ledger.view(), wanted);
    expect_trial_balances(ledger.view(), wanted);
    ledger.seal();
    expect_month_ends(ledger.view(), wanted);
    expect_trial_balances(ledger.view(), wanted);
}

}  // namespace
}  // namespace ledger
