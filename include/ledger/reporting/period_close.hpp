// The period close (损益结转) as vouchers to be posted: they empty the income and expense accounts
// of a book into an equity account. Invariant: every voucher balances and empties each of its
// accounts; proposed twice from the same state they have the same ids and post once.
#pragma once

#include "ledger/history/view.hpp"

#include <string>
#include <vector>

namespace ledger {

struct PeriodClose {
    BookId book;
    Date last = Date::none();       ///< the period's last book date
    Date book_date = Date::none();  ///< of the vouchers; none: `last`. Later where that is closed
    std::vector<AccountId> equity;  ///< where the result goes: one account for each currency
    std::string summary;
    std::string made_by;
};

/// Vouchers of at most 4,096 lines, by currency and in the order in which accounts were opened:
/// what the accounts hold at the end of `last`, as known at the view, all earlier periods that were
/// not closed included. None: there is nothing to close. A view that shows some of them posted
/// proposes the rest. Each voucher `concerns` the period's last date. Throws InvalidArgument where
/// an equity account is missing, of another book or kind, or there are two of one currency;
/// OverflowError where a result leaves 128 bits.
std::vector<Voucher> propose_period_close(const View& view, const PeriodClose& close);

}  // namespace ledger
