// See balance_sheet.hpp.
#include "ledger/reporting/balance_sheet.hpp"

#include "ledger/core/error.hpp"

namespace ledger {

namespace {

/// On the side on which accounts of this kind grow.
OpeningClosing balance_of(const TrialFigures& figures, AccountKind kind) {
    if (normal_side_of(kind) == Side::debit) return {figures.opening, figures.closing()};
    return {-figures.opening, -figures.closing()};
}

}  // namespace

OpeningClosing& OpeningClosing::operator+=(const OpeningClosing& other) {
    opening += other.opening;
    closing += other.closing;
    return *this;
}

OpeningClosing BalanceSheet::owned() const {
    OpeningClosing sum = assets.total;
    return sum += common.total;
}

OpeningClosing BalanceSheet::owed() const {
    OpeningClosing sum = liabilities.total;
    for (const OpeningClosing& part : {equity.total, result, rounding, difference}) sum += part;
    return sum;
}

BalanceSheet balance_sheet(const TrialBalance& trial) {
    BalanceSheet sheet;
    sheet.book = trial.book;
    sheet.currency = trial.currency;
    sheet.range = trial.range;
    sheet.known_at = trial.known_at;
    const auto section = [&](AccountKind kind) -> SheetSection {
        SheetSection found{kind, {}, {}};
        for (const TrialRow& row : trial.rows) {
            if (row.kind != kind) continue;
            found.rows.push_back({row, balance_of(row.figures, kind)});
            if (row.level == 1) found.total += found.rows.back().balance;
        }
        return found;
    };
    sheet.assets = section(AccountKind::asset);
    sheet.common = section(AccountKind::common);
    sheet.liabilities = section(AccountKind::liability);
    sheet.equity = section(AccountKind::equity);
    sheet.memorandum = section(AccountKind::memorandum);
    const OpeningClosing income = section(AccountKind::income).total;
    const OpeningClosing expense = section(AccountKind::expense).total;
    sheet.result = {income.opening - expense.opening, income.closing - expense.closing};
    sheet.rounding = balance_of(trial.rounding, AccountKind::liability);
    sheet.difference = {-sheet.memorandum.total.opening, -sheet.memorandum.total.closing};
    if (sheet.owned() != sheet.owed()) {
        throw CorruptionError("the balance sheet of book " + std::to_string(trial.book.number) +
                              " has " + to_string(sheet.owned().closing) + " and " +
                              to_string(sheet.owed().closing) +
                              " minor units on its sides; run verify --deep");
    }
    return sheet;
}

}  // namespace ledger
