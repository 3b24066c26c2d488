// See comparison.hpp.
#include "ledger/reporting/comparison.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <string>

namespace ledger {

namespace {

void require_positions(const View& view, Position after, Position through) {
    if (after < through && through <= view.position()) return;
    throw InvalidArgument("positions " + std::to_string(after.value) + " and " +
                          std::to_string(through.value) +
                          " were to be compared; the first must be before the second, and that at "
                          "most " +
                          std::to_string(view.position().value));
}

void require_date_of_balance(Date date) {
    if (date_min <= date && date <= date_max) return;
    throw InvalidArgument("the balances on book date " + to_string(date) +
                          " were to be compared; give a date within " + to_string(date_min) +
                          " to " + to_string(date_max));
}

void require_dates(Date after, Date through) {
    if (date_min <= after && after < through && through <= date_max) return;
    throw InvalidArgument("book dates " + to_string(after) + " and " + to_string(through) +
                          " were to be compared; the first must be before the second, and both "
                          "within " +
                          to_string(date_min) + " to " + to_string(date_max));
}

const ComparedSpan& checked(const View& view, const ComparedSpan& span) {
    if (const auto* positions = std::get_if<PositionSpan>(&span)) {
        require_positions(view, positions->after, positions->through);
    } else if (const auto* days = std::get_if<DaySpan>(&span)) {
        require_dates(days->after, days->through);
    } else {
        const auto& known = std::get<KnownSpan>(span);
        require_positions(view, known.after, known.through);
        require_date_of_balance(known.date);
    }
    return span;
}

Range between(Position after, Position through) { return {after + 1, through, {}, {}}; }

VoucherJournal vouchers_of(const View& view, const ComparedSpan& span) {
    if (const auto* positions = std::get_if<PositionSpan>(&span)) {
        return {view, BookId{}, between(positions->after, positions->through)};
    }
    if (const auto* days = std::get_if<DaySpan>(&span)) {
        return {view, days->book, DateRange{days->after + 1, days->through}};
    }
    const auto& known = std::get<KnownSpan>(span);
    return {view, known.book, between(known.after, known.through)};
}

}  // namespace

Comparison::Comparison(const View& view, const ComparedSpan& span)
    : view_(view), span_(checked(view, span)), vouchers_(vouchers_of(view, span)) {}

// ---- accounts

Page<BookMovement> Comparison::all_accounts(const PageRequest& page) const {
    if (const auto* positions = std::get_if<PositionSpan>(&span_)) {
        return movements(view_, books_of(view_), between(positions->after, positions->through),
                         page);
    }
    if (const auto* days = std::get_if<DaySpan>(&span_)) {
        const DateRange dates{days->after + 1, days->through};
        return movements(view_, std::span(&days->book, 1), dates, page);
    }
    const auto& known = std::get<KnownSpan>(span_);
    const DateRange day{known.date, known.date};
    auto found = movements(view_.at(known.through), std::span(&known.book, 1), day, page);
    for (BookMovement& one : found.items) {
        const auto before = view_.balance_on(one.movement.id, known.date, known.after);
        one.movement.before = before ? Turnover{before->debits, before->credits} : Turnover{};
    }
    return found;
}

Page<BookMovement> Comparison::accounts(const PageRequest& page) const {
    Page<BookMovement> found = all_accounts(page);
    std::erase_if(found.items, [](const BookMovement& one) {
        return one.movement.before == one.movement.through;
    });
    return found;
}

bool Comparison::next_vouchers(std::size_t size, std::vector<PostedVoucher>& into) {
    const std::size_t before = into.size();
    const bool has_more = vouchers_.next(size, into);
    if (const auto* known = std::get_if<KnownSpan>(&span_)) {
        const auto first = into.begin() + static_cast<std::ptrdiff_t>(before);
        const auto is_later = [&](const PostedVoucher& one) {
            return one.voucher.book_date > known->date;
        };
        into.erase(std::remove_if(first, into.end(), is_later), into.end());
    }
    return has_more;
}

}  // namespace ledger
