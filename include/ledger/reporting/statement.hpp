// Statements (对账单): opening balance, lines with the balance after each, closing balance, of one
// account over one period. Invariant: opening + lines = closing, and a statement of a view pinned
// to a position is the same for ever.
#pragma once

#include "ledger/history/view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ledger {

/// What a statement covers: what was posted in a range of instants; what belongs to a range of book
/// dates, as known at the view; or what came since an earlier position, whatever its date.
struct Since {
    Position position;
};
using StatementPeriod = std::variant<InstantRange, DateRange, Since>;

struct StatementLine {
    AccountEntry entry;  ///< its `balance` is in the order of posting
    Amount balance;      ///< after the line, in the statement's order, on the normal side
    VoucherHead voucher;
};

/// What stands above the lines and below them. Amounts are on the account's normal side, buffered
/// lines included.
struct StatementHead {
    AccountInfo account;
    Currency currency;
    StatementPeriod period;
    Position known_at;  ///< the view's position: a later statement goes on `Since` it
    Amount opening;
    Amount closing;
    Turnover turnover;
};

/// Reads on, page by page, in memory bounded by the page, however many lines there are. The view
/// outlives it. One thread.
class Statement {
public:
    /// Throws InvalidArgument where the account is unknown in this view or the period is none.
    Statement(const View& view, AccountId account, const StatementPeriod& period);

    const StatementHead& head() const noexcept { return head_; }
    /// Appends at most `size` lines (1..10,000), and returns whether there may be more.
    bool next(std::size_t size, std::vector<StatementLine>& into);

private:
    Page<AccountEntry> page_of(const PageRequest& page) const;

    const View& view_;
    StatementHead head_;
    Range positions_;  // of periods in the order of posting
    std::string cursor_;
    bool is_over_ = false;
    Amount balance_;
};

}  // namespace ledger
