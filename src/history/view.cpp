// Taking and moving views, reading records, and merging the keys of tail and checkpoint.
#include "history/view_impl.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "ledger/model/extract.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace ledger {

using history::KeyRow;

// ---- cursors

std::string cursor_text(const PageCursor& cursor) {
    return std::to_string(cursor.position) + "." + std::to_string(cursor.index);
}

PageCursor parse_cursor(const std::string& text) {
    PageCursor cursor;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, cursor.position);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '.') {
        const auto second = std::from_chars(first.ptr + 1, end, cursor.index);
        if (second.ec == std::errc{} && second.ptr == end) return cursor;
    }
    throw InvalidArgument("'" + text +
                          "' is no page cursor; pass the cursor of the page before as it is");
}

void check_page(const PageRequest& page) {
    if (page.size >= 1 && page.size <= 10'000) return;
    throw InvalidArgument("a page of " + std::to_string(page.size) +
                          " items was asked for; ask for 1 to 10000 and follow the cursor");
}

std::size_t examined_max(const PageRequest& page) noexcept { return 4 * page.size + 4096; }

// ---- taking views

View history::ViewSource::view() const {
    return View{std::make_unique<View::Impl>(*this, pins_.pin())};
}

View::Impl::Impl(const history::ViewSource& from, history::Pin pinned)
    : source(&from), pin(std::make_shared<Pinned>(std::move(pinned))), limit(pin->limit) {
    if (pin->expiry != history::never_expires) from.pins().watch(pin.revocable(), pin->expiry);
}

history::HistorySources Pinned::sources() const {
    history::HistorySources held = Pin::sources();
    if (expiry != history::never_expires) held.keeper = shared_from_this();
    return held;
}

View::View(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
View::~View() = default;
View::View(View&&) noexcept = default;
View& View::operator=(View&&) noexcept = default;

Position View::position() const noexcept { return impl_->limit; }

Instant View::instant() const { return impl_->limit ? impl_->instant_of(impl_->limit) : Instant{}; }

View View::at(Position position) const {
    impl_->require_not_after(position);
    history::Pin earlier = *impl_->pin.hold();
    earlier.limit = position;
    return View{std::make_unique<Impl>(*impl_->source, std::move(earlier))};
}

void View::Impl::require_not_after(Position position) const {
    if (position <= limit) return;
    throw InvalidArgument("position " + std::to_string(position.value) +
                          " lies after this view's position " + std::to_string(limit.value) +
                          "; take a newer view");
}

Position View::position_at(Instant instant) const {
    return impl_->pin->sources().position_at(instant);
}

std::pair<Position, Position> View::Impl::positions_of(const Range& range) const {
    const history::HistorySources sources = pin->sources();
    Position first = range.from_position ? range.from_position : Position{1};
    Position last = range.to_position ? std::min(range.to_position, limit) : limit;
    if (range.from.nanoseconds > std::numeric_limits<std::int64_t>::min() && range.from) {
        first = std::max(first, sources.position_at({range.from.nanoseconds - 1}) + 1);
    }
    if (range.to) last = std::min(last, sources.position_at(range.to));
    return {first, last};
}

std::pair<Position, Position> View::positions_of(const Range& range) const {
    return impl_->positions_of(range);
}

// ---- records

const journal::BatchView& View::Impl::batch_of(Pinned& pinned, Position position) const {
    LEDGER_ASSERT(position && position <= limit);
    auto& batch = pinned.batch;
    if (batch && position.value >= batch->header.first_position &&
        position.value < batch->header.next_position()) {
        return *batch;
    }
    pinned.payload.reset();
    if (pinned.journal == nullptr) pinned.journal = source->pins().store().reader();
    batch = pinned.journal->find(position.value, journal::Check::once);
    if (!batch) {
        throw CorruptionError("position " + std::to_string(position.value) + " is missing in " +
                              source->pins().store().place() + "; run verify");
    }
    return *batch;
}

const record::PayloadView& View::Impl::payload_of(Pinned& pinned, Position position) const {
    const journal::BatchView& found = batch_of(pinned, position);
    if (!pinned.payload) pinned.payload.emplace(found.payload);
    return *pinned.payload;
}

std::uint64_t View::Impl::last_in_batch(Position position) const {
    const history::Held<Pinned> held = pin.hold();
    return std::min(batch_of(*held, position).header.last_position(), limit.value);
}

void View::Impl::read(Position position, Batch& into) const {
    const history::Held<Pinned> held = pin.hold();
    const record::PayloadView& found = payload_of(*held, position);
    found.read(position.value - held->batch->header.first_position, into);
}

const BatchRecord& View::Impl::read(Position position) const {
    scratch.clear();
    read(position, scratch);
    return scratch.records[0];
}

PostedRecord View::Impl::summary_of(Position position) const {
    const BatchRecord& record = read(position);
    return {position, instant_of(position), record.kind, record.id, record.order};
}

PostedVoucher View::Impl::voucher_in_scratch(Position position) const {
    PostedVoucher posted;
    posted.voucher = voucher_at(
        scratch, 0, [&](AccountHandle handle) { return source->accounts().id_of(handle); });
    posted.position = position;
    posted.number = scratch.records[0].number;
    posted.instant = instant_of(position);
    const u128 id = posted.voucher.id.value;
    if (const Position by = newest(KeyTable::reversed_by, id)) posted.reversed_by = read(by).id;
    if (const Position by = newest(KeyTable::replaced_by, id)) posted.replaced_by = read(by).id;
    return posted;
}

std::optional<PostedVoucher> View::voucher(Position position) const {
    if (!position || position > impl_->limit) return std::nullopt;
    if (impl_->read(position).kind != RecordKind::voucher) return std::nullopt;
    return impl_->voucher_in_scratch(position);
}

std::optional<VoucherHead> View::voucher_head(Position position) const {
    if (!position || position > impl_->limit) return std::nullopt;
    const history::Held<Pinned> held = impl_->pin.hold();
    const record::PayloadView& payload = impl_->payload_of(*held, position);
    const std::size_t index = position.value - held->batch->header.first_position;
    const BatchRecord record = payload.head(index);
    if (record.kind != RecordKind::voucher) return std::nullopt;
    return VoucherHead{position,      impl_->instant_of(position),
                       record.id,     record.order,
                       record.book,   record.book_date,
                       record.number, payload.summary(index)};
}

std::optional<PostedVoucher> View::voucher(VoucherId id) const {
    return voucher(impl_->newest(KeyTable::record, id.value));
}

bool View::Impl::is_voucher_on(Position position, BookId book, Date book_date) const {
    const BatchRecord& record = read(position);
    return record.kind == RecordKind::voucher && record.book == book &&
           record.book_date == book_date;
}

/// Each batch has a key for its first voucher of a book and date; the one sought is in the batch of
/// the last key at or before its number, at least as many records further on as its number is
/// greater.
Position View::Impl::find_number(BookId book, Date book_date, std::uint64_t number) const {
    const KeyRow from{posting::number_key(book, book_date, number), Position{0}};
    const auto found = rows(KeyTable::number, from, posting::number_key(book, book_date, 0), 1);
    if (found.empty()) return {};
    const std::uint64_t last = last_in_batch(found[0].position());
    const auto first_number = ~static_cast<std::uint64_t>(found[0].key());
    const std::uint64_t first = found[0].position_value;
    if (first > last || number - first_number > last - first) return {};
    for (std::uint64_t at = first + (number - first_number); at <= last; ++at) {
        if (is_voucher_on({at}, book, book_date) && scratch.records[0].number == number)
            return {at};
    }
    return {};
}

std::optional<PostedVoucher> View::voucher(BookId book, Date book_date,
                                           std::uint64_t number) const {
    return voucher(impl_->find_number(book, book_date, number));
}

/// The vouchers of one batch follow each other; the next one is sought by its number.
Page<PostedVoucher> View::vouchers_on(BookId book, Date book_date, const PageRequest& page) const {
    check_page(page);
    if (page.backward) {
        throw InvalidArgument(
            "vouchers of a day are listed by their numbers; ask for pages forward");
    }
    Page<PostedVoucher> found;
    std::uint64_t number = page.cursor.empty() ? 1 : parse_cursor(page.cursor).position;
    while (const Position first = impl_->find_number(book, book_date, number)) {
        const std::uint64_t last = impl_->last_in_batch(first);
        for (Position at = first; at.value <= last; at = at + 1) {
            if (!impl_->is_voucher_on(at, book, book_date)) continue;
            found.items.push_back(impl_->voucher_in_scratch(at));
            ++number;
            if (found.items.size() == page.size) {
                found.cursor = cursor_text({number, 0});
                return found;
            }
        }
    }
    return found;
}

std::optional<PostedRecord> View::record(Position position) const {
    if (!position || position > impl_->limit) return std::nullopt;
    return impl_->summary_of(position);
}

std::optional<PostedRecord> View::record(RecordId id) const {
    return record(impl_->newest(KeyTable::record, id.value));
}

std::optional<RegisterEntry> View::register_entry(RecordId id) const {
    const Position position = impl_->newest(KeyTable::record, id.value);
    if (!position) return std::nullopt;
    const auto* entry = impl_->scratch.detail<RegisterEntry>(impl_->read(position));
    return entry == nullptr ? std::nullopt : std::optional{*entry};
}

Page<PostedRecord> View::records_of(OrderId order, const PageRequest& page) const {
    const Page<Position> found = impl_->positions(KeyTable::order, order.value, page);
    Page<PostedRecord> records;
    records.cursor = found.cursor;
    for (const Position position : found.items)
        records.items.push_back(impl_->summary_of(position));
    return records;
}

// ---- keys

Position View::Impl::newest(KeyTable table, u128 key, Position at_most) const {
    const history::Held<Pinned> held = pin.hold();
    for (const auto& generation : *held->generations) {
        if (const Position found = generation->table(table).find(key, at_most)) return found;
    }
    Position page[1];
    return held->keys->newest_first(table, key, at_most, page) == 0 ? Position{} : page[0];
}

std::vector<Position> View::Impl::ascending(KeyTable table, u128 key, Position from,
                                            std::size_t count) const {
    const history::Held<Pinned> held = pin.hold();
    std::vector<Position> found(count);
    std::size_t filled = held->keys->oldest_first(table, key, from, found);
    for (auto generation = held->generations->rbegin();
         generation != held->generations->rend() && filled < count; ++generation) {
        if (filled != 0) from = std::max(from, found[filled - 1] + 1);
        filled += (*generation)
                      ->table(table)
                      .oldest_first(key, from, limit, std::span{found}.subspan(filled));
    }
    while (filled != 0 && found[filled - 1] > limit) --filled;
    found.resize(filled);
    return found;
}

std::vector<Position> View::Impl::descending(KeyTable table, u128 key, Position from,
                                             std::size_t count) const {
    const history::Held<Pinned> held = pin.hold();
    std::vector<Position> found(count);
    std::size_t filled = 0;
    from = std::min(from, limit);
    for (const auto& generation : *held->generations) {
        if (filled == count) break;
        filled +=
            generation->table(table).newest_first(key, from, std::span{found}.subspan(filled));
        if (filled != 0) from = {found[filled - 1].value - 1};
    }
    if (filled < count) {
        filled += held->keys->newest_first(table, key, from, std::span{found}.subspan(filled));
    }
    found.resize(filled);
    return found;
}

std::vector<KeyRow> View::Impl::rows(KeyTable table, KeyRow from, u128 last,
                                     std::size_t count) const {
    const history::Held<Pinned> held = pin.hold();
    const auto fits = [&](const KeyRow& row) {
        return !(row < from) && row.key() <= last && row.position() <= limit;
    };
    std::vector<KeyRow> found;
    // A row can be in a generation and in the keys: it is counted once before anything is cut off.
    const auto trim = [&] {
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        if (found.size() > count) found.resize(count);
    };
    std::vector<KeyRow> page(count);
    for (KeyRow at = from; found.size() < count;) {
        const std::size_t filled = held->keys->rows_from(table, at, page);
        for (std::size_t i = 0; i < filled; ++i) {
            if (fits(page[i])) found.push_back(page[i]);
        }
        if (filled < count || page[filled - 1].key() > last) break;
        at = page[filled - 1];
        ++at.position_value;
    }
    for (const auto& generation : *held->generations) {
        generation->table(table).for_each(limit, [&](const KeyRow& row) {
            if (fits(row)) found.push_back(row);
            if (found.size() >= 4 * count + 4096) trim();
        });
    }
    trim();
    return found;
}

Page<Position> View::Impl::positions(KeyTable table, std::span<const u128> keys,
                                     const PageRequest& page) const {
    check_page(page);
    Position from = page.backward ? limit : Position{1};
    if (!page.cursor.empty()) from = {parse_cursor(page.cursor).position};
    Page<Position> found;
    for (const u128 key : keys) {
        const auto some = page.backward ? descending(table, key, from, page.size)
                                        : ascending(table, key, from, page.size);
        found.items.insert(found.items.end(), some.begin(), some.end());
    }
    if (keys.size() > 1) {
        std::ranges::sort(found.items);
        if (page.backward) std::ranges::reverse(found.items);
        found.items.resize(std::min(found.items.size(), page.size));
    }
    if (found.items.size() < page.size) return found;
    const std::uint64_t last = found.items.back().value;
    if (!page.backward) found.cursor = cursor_text({last + 1, 0});
    if (page.backward && last > 1) found.cursor = cursor_text({last - 1, 0});
    return found;
}

}  // namespace ledger
