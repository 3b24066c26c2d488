// The chronological journal (序时账): all vouchers of a book over a range, in the order of posting
// or, of book dates, in the order of date and number. Invariant: each once; memory is bounded by
// the page.
#pragma once

#include "ledger/history/view.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ledger {

/// Reads on, page by page. The view outlives it. One thread.
class VoucherJournal {
public:
    /// Throws InvalidArgument where the range of dates is none.
    VoucherJournal(const View& view, BookId book, const MovementRange& range);

    /// Appends at most `size` vouchers (1..10,000), perhaps none, and returns whether there may be
    /// more.
    bool next(std::size_t size, std::vector<PostedVoucher>& into);

private:
    bool next_posted(std::size_t size, std::vector<PostedVoucher>& into);
    bool next_dated(std::size_t size, std::vector<PostedVoucher>& into);

    const View& view_;
    BookId book_;
    bool is_by_date_ = false;
    std::pair<Position, Position> positions_;  // not read yet
    DateRange dates_;                          // not read yet
    std::string cursor_;                       // within the first of them
};

}  // namespace ledger
