// The trial balance (科目余额表): of each code of the chart the opening balance, the turnover on
// both sides and the closing balance, groups adding up what is below them; and the day book
// (日计表), which is that of one day. Invariant: opening + debits - credits = closing in every row,
// and the totals of both sides are equal in every column.
#pragma once

#include "ledger/reporting/chart_sums.hpp"
#include "ledger/reporting/rates.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ledger {

/// One figure in two columns, debits and credits.
using Columns = history::WideTurnover;
/// A debit-positive balance in its column.
Columns in_columns(const Wide& balance);

/// What a code comes to, in minor units of the report's currency. Balances are debit-positive.
struct TrialFigures {
    Wide opening;
    Columns turnover;

    Wide closing() const { return opening + turnover.debits - turnover.credits; }
    bool is_zero() const { return *this == TrialFigures{}; }
    TrialFigures& operator+=(const TrialFigures& other);
    friend bool operator==(const TrialFigures&, const TrialFigures&) = default;
};

struct TrialRow {
    std::string code;
    std::string name;  ///< of a group
    AccountKind kind = AccountKind::asset;
    unsigned level = 1;     ///< segments of the code
    bool is_group = false;  ///< the sum of what is below, shown or not
    std::uint64_t accounts = 0;
    AccountId account;  ///< where it is the only one; else zero
    TrialFigures figures;
};

/// Sums over the rows of accounts, or of the last level that is shown, and the rounding.
struct TrialTotals {
    Columns opening;
    Columns turnover;
    Columns closing;
};

struct TrialBalance {
    BookId book;
    Currency currency;  ///< of all figures
    MovementRange range;
    PeriodCloses closes = PeriodCloses::counted;
    Position known_at;           ///< the view's position
    std::vector<TrialRow> rows;  ///< in the order of codes
    /// What rounding each figure to the reporting currency left over: with it the columns add up.
    TrialFigures rounding;
    TrialTotals totals;
};

/// `levels` leaves out what is deeper in the chart than so many levels, which its groups stand for;
/// 0: nothing. The view, that of the sums, gives the names of groups. Throws what Rates::convert
/// throws, and InvalidArgument where the currency is unknown.
TrialBalance trial_balance(const View& view, const ChartSums& sums, const Valuation& valuation,
                           unsigned levels = 0);

}  // namespace ledger
