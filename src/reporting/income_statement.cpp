// See income_statement.hpp.
#include "ledger/reporting/income_statement.hpp"

#include "ledger/core/error.hpp"

namespace ledger {

namespace {

IncomeSection section(const TrialBalance& trial, AccountKind kind) {
    IncomeSection found{kind, {}, {}};
    for (const TrialRow& row : trial.rows) {
        if (row.kind != kind) continue;
        const Columns& turnover = row.figures.turnover;
        const Wide amount = normal_side_of(kind) == Side::debit
                                ? turnover.debits - turnover.credits
                                : turnover.credits - turnover.debits;
        found.rows.push_back({row, amount});
        if (row.level == 1) found.total += amount;
    }
    return found;
}

}  // namespace

IncomeStatement income_statement(const TrialBalance& trial) {
    if (trial.closes != PeriodCloses::left_out) {
        throw InvalidArgument(
            "an income statement was asked of sums with period closes, which empty income and "
            "expenses; make the sums with PeriodCloses::left_out");
    }
    IncomeStatement statement{trial.book, trial.currency, trial.range, trial.known_at, {}, {}, {}};
    statement.income = section(trial, AccountKind::income);
    statement.expenses = section(trial, AccountKind::expense);
    statement.result = statement.income.total - statement.expenses.total;
    return statement;
}

}  // namespace ledger
