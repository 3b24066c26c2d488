// The revaluation (期末调汇) of a book's exchange positions at closing rates, as a voucher to be
// posted. Invariant: once it is posted, every home account holds just the value of its foreign
// positions, so that proposing again proposes nothing; only accounts in the home currency are
// moved.
//
// A voucher in two currencies balances in each, so what is bought of a foreign currency stands on
// an exchange position (外汇买卖, kind common) of that currency, and what was paid for it on one of
// the home currency. All that the book has in the foreign currency is the opposite of its position:
// at the closing rate that is the position's value now, while the home position keeps what it once
// cost. The difference is gain or loss of exchange (汇兑损益).
#pragma once

#include "ledger/history/view.hpp"
#include "ledger/reporting/rates.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ledger {

/// The exchange position of a foreign currency, and that of the home currency which keeps what it
/// cost. Several can share one home account.
struct ExchangePosition {
    AccountId foreign;
    AccountId home;
};

struct Revaluation {
    BookId book;
    Date date = Date::none();       ///< of the closing rates
    Date book_date = Date::none();  ///< of the voucher; none: `date`. Later where that is closed
    std::vector<ExchangePosition> positions;
    Rates rates;       ///< to the home currency
    AccountId result;  ///< gain and loss of exchange, in the home currency
    std::string summary;
    std::string made_by;
};

/// What one position is worth. Balances are debit-positive, at the end of the date.
struct RevaluedPosition {
    ExchangePosition position;
    CurrencyCode currency;
    Wide balance;
    Ratio rate;
    Wide value;  ///< in the home currency, rounded
};

/// What one home account holds, and how it is moved: up to the opposite of its positions' value.
struct RevaluedHome {
    AccountId account;
    Wide balance;
    Wide value;       ///< of its foreign positions
    Wide adjustment;  ///< debit: a gain
};

struct RevaluationProposal {
    std::vector<RevaluedPosition> positions;
    std::vector<RevaluedHome> homes;
    std::optional<Voucher> voucher;  ///< none: nothing is to be adjusted
};

/// As known at the view. The voucher `concerns` the date. Throws InvalidArgument where an account
/// is unknown, of another book, or in the wrong currency, a position is named twice, or a rate is
/// missing; OverflowError where a value leaves 128 bits.
RevaluationProposal propose_revaluation(const View& view, const Revaluation& revaluation);

}  // namespace ledger
