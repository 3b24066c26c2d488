// A view's queries on the days of books and on snapshots. Invariant: they rest on the records of
// cuts and closes and on voucher numbers, which have no gaps: the last number of a date is the
// count of its vouchers.
#include "history/view_impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/model/natural_ids.hpp"

#include <algorithm>
#include <array>

namespace ledger {

namespace {

/// Rows of voucher numbers that one look for the next date brings.
constexpr std::size_t rows_looked_at = 16;

std::uint64_t cursor_of(Date date) noexcept {
    return static_cast<std::uint64_t>(std::int64_t{date.days} - date_min.days);
}
Date date_of_cursor(const std::string& text) {
    const PageCursor cursor = parse_cursor(text);
    if (cursor.position > cursor_of(date_max)) {
        throw InvalidArgument("'" + text +
                              "' is no cursor of this query; pass the cursor of the page before "
                              "as it is");
    }
    return date_min + static_cast<std::int32_t>(cursor.position);
}

}  // namespace

template <class Mark>
Date View::Impl::last_marked(RecordKind kind, BookId book) const {
    const Position at = newest(KeyTable::definition, posting::day_mark_key(kind, book));
    return at ? scratch.detail<Mark>(read(at))->date : Date::none();
}

std::optional<BookDays> View::days(BookId book) const {
    const Position defined = impl_->newest(KeyTable::record, natural_id::of_book(book).value);
    if (!defined) return std::nullopt;
    const auto* define = impl_->scratch.detail<DefineBook>(impl_->read(defined));
    if (define == nullptr) return std::nullopt;  // somebody's record with this id
    BookDays days;
    days.first_date = define->first_date;
    days.closed_through = impl_->last_marked<CloseDay>(RecordKind::close_day, book);
    const Date cut = impl_->last_marked<CutDay>(RecordKind::cut_day, book);
    if (cut) days.current = cut + 1;
    return days;
}

std::uint64_t View::Impl::last_number(Position from, BookId book, Date date) const {
    const std::uint64_t last = last_in_batch(from);
    std::uint64_t number = 0;
    for (Position at = from; at.value <= last; at = at + 1) {
        const BatchRecord& record = read(at);
        const bool counts =
            record.kind == RecordKind::voucher && record.book == book && record.book_date == date;
        if (counts) number = record.number;
    }
    return number;
}

Page<OpenDate> View::open_dates(BookId book, const PageRequest& page) const {
    check_page(page);
    if (page.backward) {
        throw InvalidArgument("open dates are listed in their order; ask for pages forward");
    }
    constexpr std::uint64_t least_key_number = UINT64_MAX;  // numbers descend in their keys
    const Date closed = impl_->last_marked<CloseDay>(RecordKind::close_day, book);
    Date from = page.cursor.empty() ? date_min : date_of_cursor(page.cursor);
    if (closed) from = std::max(from, closed + 1);
    Page<OpenDate> found;
    while (from <= date_max) {
        const history::KeyRow first{posting::number_key(book, from, least_key_number), Position{0}};
        const auto rows = impl_->rows(KeyTable::number, first,
                                      posting::number_key(book, date_max, 0), rows_looked_at);
        if (rows.empty()) break;
        const Position newest = rows[0].position();
        const Date date = impl_->read(newest).book_date;
        if (found.items.size() == page.size) {
            found.cursor = cursor_text({cursor_of(date), 0});
            break;
        }
        found.items.push_back({date, impl_->last_number(newest, book, date)});
        from = date + 1;
    }
    return found;
}

DayClose View::Impl::day_close(Position position) const {
    const BatchRecord& record = read(position);
    return {*scratch.detail<CloseDay>(record), position, instant_of(position)};
}

Page<DayClose> View::day_closes(BookId book, const PageRequest& page) const {
    const Page<Position> found = impl_->positions(
        KeyTable::definition, posting::day_mark_key(RecordKind::close_day, book), page);
    Page<DayClose> closes;
    closes.cursor = found.cursor;
    for (const Position position : found.items) closes.items.push_back(impl_->day_close(position));
    return closes;
}

std::optional<DayClose> View::closed_by(BookId book, Date date) const {
    std::optional<DayClose> found;
    const u128 key = posting::day_mark_key(RecordKind::close_day, book);
    for (Position at = impl_->newest(KeyTable::definition, key); at;) {
        const DayClose close = impl_->day_close(at);
        if (close.close.date < date) break;
        found = close;
        at = impl_->newest(KeyTable::definition, key, {at.value - 1});
    }
    return found;
}

std::optional<Certificate> View::certificate(BookId book, Date date) const {
    const RecordId id = natural_id::of_certificate(book, date);
    const Position position = impl_->newest(KeyTable::record, id.value);
    if (!position) return std::nullopt;
    const auto* found = impl_->scratch.detail<Certificate>(impl_->read(position));
    return found == nullptr ? std::nullopt : std::optional{*found};
}

SnapshotCut View::Impl::snapshot_cut(Position position) const {
    const BatchRecord& record = read(position);
    return {*scratch.detail<Snapshot>(record), position, instant_of(position)};
}

Page<SnapshotCut> View::snapshots(const PageRequest& page) const {
    const auto key = static_cast<u128>(static_cast<std::uint8_t>(RecordKind::snapshot));
    const Page<Position> found = impl_->positions(KeyTable::definition, key, page);
    Page<SnapshotCut> cuts;
    cuts.cursor = found.cursor;
    for (const Position position : found.items) cuts.items.push_back(impl_->snapshot_cut(position));
    return cuts;
}

std::optional<SnapshotCut> View::snapshot(std::string_view name) const {
    const Position at = impl_->newest(KeyTable::record, natural_id::of_snapshot(name).value);
    if (!at || impl_->read(at).kind != RecordKind::snapshot) return std::nullopt;
    return impl_->snapshot_cut(at);
}

Page<PostedVoucher> View::Impl::voucher_page(const Page<Position>& positions) const {
    Page<PostedVoucher> vouchers;
    vouchers.cursor = positions.cursor;
    for (const Position position : positions.items) {
        read(position);
        vouchers.items.push_back(voucher_in_scratch(position));
    }
    return vouchers;
}

Page<PostedVoucher> View::vouchers_concerning(BookId book, Date date,
                                              const PageRequest& page) const {
    return impl_->voucher_page(
        impl_->positions(KeyTable::concerns, posting::day_key(book, date), page));
}

Page<PostedVoucher> View::late_vouchers(BookId book, Date date, const PageRequest& page) const {
    require_date(date);
    std::array<u128, posting::stretch_levels> stretches;
    for (unsigned level = 0; level < stretches.size(); ++level) {
        stretches[level] = posting::stretch_key(book, level, date);
    }
    return impl_->voucher_page(impl_->positions(KeyTable::late, stretches, page));
}

}  // namespace ledger
