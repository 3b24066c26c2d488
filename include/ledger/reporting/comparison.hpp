// What changed between two points of the past, on which accounts and by which vouchers (diff).
// Invariant: the two points lie on one axis: two positions, two book dates of a book, or one book
// date as it was known at two positions; memory is bounded by the page that is asked for.
#pragma once

#include "ledger/reporting/movements.hpp"
#include "ledger/reporting/voucher_journal.hpp"

#include <cstddef>
#include <variant>
#include <vector>

namespace ledger {

/// What was posted after one position and up to another, in all books.
struct PositionSpan {
    Position after;
    Position through;
};
/// What belongs to the days after one book date and up to another, as known at the view.
struct DaySpan {
    BookId book;
    Date after = Date::none();
    Date through = Date::none();
};
/// What came to the balances at the end of a book date between two positions.
struct KnownSpan {
    BookId book;
    Date date = Date::none();
    Position after;
    Position through;
};
using ComparedSpan = std::variant<PositionSpan, DaySpan, KnownSpan>;

/// The view outlives it. One thread.
class Comparison {
public:
    /// Throws InvalidArgument where the first point is not before the second, or the second is
    /// after the view or no date.
    Comparison(const View& view, const ComparedSpan& span);

    const ComparedSpan& span() const noexcept { return span_; }
    /// The accounts whose debits or credits differ, `before` at the first point and `through` at
    /// the second; book by book, in the order of opening. Forward only. Others are left out: a page
    /// may have none, and a cursor.
    Page<BookMovement> accounts(const PageRequest& page = {}) const;
    /// Reads on: appends at most `size` vouchers (1..10,000), perhaps none, and returns whether
    /// there may be more. By position, in the order of posting: looks at every record in between.
    /// By book date, in the order of date and number.
    bool next_vouchers(std::size_t size, std::vector<PostedVoucher>& into);

private:
    Page<BookMovement> all_accounts(const PageRequest& page) const;
    const View& view_;
    ComparedSpan span_;
    VoucherJournal vouchers_;
};

}  // namespace ledger
