// See comparison.hpp.
#include "ledger/reporting/comparison.hpp"

#include "reporting/numbered_cursor.hpp"

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

void require_dates(Date after, Date through) {
    if (date_min <= after && after < through && through <= date_max) return;
    throw InvalidArgument("book dates " + to_string(after) + " and " + to_string(through) +
                          " were to be compared; the first must be before the second, and both "
                          "within " +
                          to_string(date_min) + " to " + to_string(date_max));
}

}  // namespace

Comparison::Comparison(const View& view, const ComparedSpan& span) : view_(view), span_(span) {
    if (const auto* positions = std::get_if<PositionSpan>(&span)) {
        require_positions(view, positions->after, positions->through);
    } else if (const auto* days = std::get_if<DaySpan>(&span)) {
        require_dates(days->after, days->through);
    } else {
        const auto& known = std::get<KnownSpan>(span);
        require_positions(view, known.after, known.through);
        require_dates(known.date + -1, known.date);
    }
}

// ---- accounts

Page<BookMovement> Comparison::all_accounts(const PageRequest& page) const {
    if (const auto* positions = std::get_if<PositionSpan>(&span_)) {
        const View then = view_.at(positions->through);
        return movements(then, books_of(then), Range{positions->after + 1, {}, {}, {}}, page);
    }
    if (const auto* days = std::get_if<DaySpan>(&span_)) {
        const DateRange between{days->after + 1, days->through};
        return movements(view_, std::span(&days->book, 1), between, page);
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

// ---- vouchers

Page<PostedVoucher> Comparison::posted(Position after, Position through,
                                       const PageRequest& page) const {
    std::uint64_t at = after.value;
    if (!page.cursor.empty()) {
        at = static_cast<std::uint64_t>(NumberedCursor::parse(page.cursor).number);
    }
    const std::uint64_t last = std::min(through.value, at + page.size);
    Page<PostedVoucher> found;
    while (at < last) {
        if (auto voucher = view_.voucher(Position{++at})) {
            found.items.push_back(std::move(*voucher));
        }
    }
    if (last < through.value) {
        found.cursor = NumberedCursor{static_cast<std::int64_t>(last), {}}.text();
    }
    return found;
}

Page<PostedVoucher> Comparison::dated(const DaySpan& days, const PageRequest& page) const {
    NumberedCursor at{days.after.days + 1, {}};
    if (!page.cursor.empty()) at = NumberedCursor::parse(page.cursor);
    const Date date{static_cast<std::int32_t>(at.number)};
    Page<PostedVoucher> found = view_.vouchers_on(days.book, date, {page.size, false, at.cursor});
    if (!found.cursor.empty()) {
        found.cursor = NumberedCursor{at.number, std::move(found.cursor)}.text();
    } else if (date < days.through) {
        found.cursor = NumberedCursor{at.number + 1, {}}.text();
    }
    return found;
}

Page<PostedVoucher> Comparison::vouchers(const PageRequest& page) const {
    check_page(page);
    if (page.backward) {
        throw InvalidArgument(
            "the vouchers of a comparison are read in their order; ask for pages "
            "forward");
    }
    if (const auto* days = std::get_if<DaySpan>(&span_)) return dated(*days, page);
    if (const auto* positions = std::get_if<PositionSpan>(&span_)) {
        return posted(positions->after, positions->through, page);
    }
    const auto& known = std::get<KnownSpan>(span_);
    Page<PostedVoucher> found = posted(known.after, known.through, page);
    std::erase_if(found.items, [&](const PostedVoucher& one) {
        return one.voucher.book != known.book || one.voucher.book_date > known.date;
    });
    return found;
}

}  // namespace ledger
