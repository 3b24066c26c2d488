// The balance sheet (资产负债表): what a book owns, owes and is worth at the beginning and at the
// end of a range. Invariant: assets + common = liabilities + equity + result + rounding +
// difference, where the difference is that of memorandum accounts not balanced among themselves,
// else zero.
#pragma once

#include "ledger/reporting/trial_balance.hpp"

#include <vector>

namespace ledger {

/// A balance at the beginning and at the end, in minor units.
struct OpeningClosing {
    Wide opening;
    Wide closing;
    OpeningClosing& operator+=(const OpeningClosing& other);
    friend bool operator==(const OpeningClosing&, const OpeningClosing&) = default;
};

/// The rows of one kind; balances are on the side on which accounts of this kind normally grow.
struct SheetSection {
    struct Row {
        TrialRow trial;  ///< its figures are debit-positive
        OpeningClosing balance;
    };
    AccountKind kind = AccountKind::asset;
    std::vector<Row> rows;
    OpeningClosing total;
};

struct BalanceSheet {
    BookId book;
    Currency currency;
    MovementRange range;
    Position known_at;
    SheetSection assets;
    SheetSection common;  ///< exchange positions and the like, on the asset side
    SheetSection liabilities;
    SheetSection equity;
    OpeningClosing result;    ///< income less expenses that no period close took to equity yet
    OpeningClosing rounding;  ///< of figures brought to the reporting currency
    SheetSection memorandum;  ///< off the balance sheet
    OpeningClosing
        difference;  ///< what memorandum accounts owe to the others: not zero is a mistake

    OpeningClosing owned() const;  ///< assets + common
    OpeningClosing owed() const;   ///< all the others
};

/// The sheet that a trial balance makes. Throws CorruptionError where both sides differ.
BalanceSheet balance_sheet(const TrialBalance& trial);

}  // namespace ledger
