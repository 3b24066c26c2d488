// See voucher_journal.hpp.
#include "ledger/reporting/voucher_journal.hpp"

#include "ledger/core/error.hpp"

#include <iterator>
#include <optional>

namespace ledger {

VoucherJournal::VoucherJournal(const View& view, BookId book, const MovementRange& range)
    : view_(view), book_(book), is_by_date_(std::holds_alternative<DateRange>(range)) {
    if (!is_by_date_) {
        positions_ = view.positions_of(std::get<Range>(range));
        return;
    }
    dates_ = std::get<DateRange>(range);
    if (dates_.days() >= 1) return;
    throw InvalidArgument("the range of book dates " + to_string(dates_.first) + " to " +
                          to_string(dates_.last) + " ends before it starts");
}

bool VoucherJournal::next(std::size_t size, std::vector<PostedVoucher>& into) {
    return is_by_date_ ? next_dated(size, into) : next_posted(size, into);
}

/// Looks at a bounded number of records, some of which may be of other kinds and books.
bool VoucherJournal::next_posted(std::size_t size, std::vector<PostedVoucher>& into) {
    auto& [at, last] = positions_;
    for (std::size_t left = 4 * size + 4096; left > 0 && size > 0 && at <= last; --left) {
        std::optional<PostedVoucher> posted = view_.voucher(at);
        at = at + 1;
        if (!posted || posted->voucher.book != book_) continue;
        into.push_back(std::move(*posted));
        --size;
    }
    return at <= last;
}

/// A page never reaches over the end of a day; days without vouchers are passed by.
bool VoucherJournal::next_dated(std::size_t size, std::vector<PostedVoucher>& into) {
    for (std::size_t left = 366; left > 0 && dates_.days() > 0; --left) {
        Page<PostedVoucher> page = view_.vouchers_on(book_, dates_.first, {size, false, cursor_});
        cursor_ = std::move(page.cursor);
        if (cursor_.empty()) dates_.first = dates_.first + 1;
        into.insert(into.end(), std::make_move_iterator(page.items.begin()),
                    std::make_move_iterator(page.items.end()));
        if (!page.items.empty()) break;
    }
    return dates_.days() > 0;
}

}  // namespace ledger
