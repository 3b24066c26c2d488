// The income statement (利润表): what a book earned and spent over a range. Invariant: income -
// expenses = result; the vouchers of a period close (损益结转), which empty these accounts, and
// their reversals are left out, so that it says the same before and after the close.
#pragma once

#include "ledger/reporting/trial_balance.hpp"

#include <vector>

namespace ledger {

struct IncomeSection {
    struct Row {
        TrialRow trial;
        Wide amount;  ///< of the range, on the side on which accounts of this kind normally grow
    };
    AccountKind kind = AccountKind::income;
    std::vector<Row> rows;
    Wide total;
};

struct IncomeStatement {
    BookId book;
    Currency currency;
    MovementRange range;
    Position known_at;
    IncomeSection income;
    IncomeSection expenses;
    Wide result;
};

/// Of the range of a trial balance, which must be made of sums without period closes
/// (InvalidArgument).
IncomeStatement income_statement(const TrialBalance& trial);

}  // namespace ledger
