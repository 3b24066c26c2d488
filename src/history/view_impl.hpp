// The inside of a view, shared by the sources of its queries: the pin, a journal reader, and the
// two merges of tail and checkpoint by which every query finds its records.
#pragma once

#include "history/instant_reader.hpp"
#include "ledger/history/view_source.hpp"
#include "ledger/journal/store.hpp"
#include "ledger/model/batch.hpp"
#include "ledger/record/codec.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger {

using history::AccountHistory;
using posting::KeyTable;

/// All that a view has in use of a ledger's files and memory, let go as one.
struct Pinned final : history::Pin, std::enable_shared_from_this<Pinned> {
    explicit Pinned(history::Pin made) : Pin(std::move(made)), instants(Pin::sources()) {}

    /// They keep it alive where it can expire: good for longer than an expression.
    history::HistorySources sources() const;

    history::InstantReader instants;
    std::unique_ptr<journal::Reader> journal;
    std::optional<journal::BatchView> batch;     // the one read last
    std::optional<record::PayloadView> payload;  // of `batch`
};

struct View::Impl {
    Impl(const history::ViewSource& from, history::Pin pinned);

    const history::ViewSource* source;
    /// What is asked of it is good for the expression; for longer: pin.hold(), or sources().
    history::Leased<Pinned> pin;
    Position limit;
    mutable Batch scratch;
    mutable std::optional<std::vector<Currency>> known_currencies;

    // ---- records
    /// Good for as long as the pinned is held, and to the next call.
    const journal::BatchView& batch_of(Pinned& pinned, Position position) const;
    const record::PayloadView& payload_of(Pinned& pinned, Position position) const;
    Instant instant_of(Position position) const { return pin->instants.at(position); }
    /// The last position of the batch, no later than the view's.
    std::uint64_t last_in_batch(Position position) const;
    /// Appends the record at this position to `into`.
    void read(Position position, Batch& into) const;
    /// The record alone in `scratch`, valid until the next call.
    const BatchRecord& read(Position position) const;
    PostedRecord summary_of(Position position) const;
    PostedVoucher voucher_in_scratch(Position position) const;
    /// The place of a voucher by its number; none: there is no such voucher.
    Position find_number(BookId book, Date book_date, std::uint64_t number) const;
    /// Whether the record is a voucher of this book and date; it is in `scratch` then.
    bool is_voucher_on(Position position, BookId book, Date book_date) const;

    // ---- keys, tail and checkpoint merged
    Position newest(KeyTable table, u128 key) const { return newest(table, key, limit); }
    Position newest(KeyTable table, u128 key, Position at_most) const;
    /// Positions of the key at or after `from`, ascending; at most `count`.
    std::vector<Position> ascending(KeyTable table, u128 key, Position from,
                                    std::size_t count) const;
    /// Positions of the key at or before `from`, descending; at most `count`.
    std::vector<Position> descending(KeyTable table, u128 key, Position from,
                                     std::size_t count) const;
    /// Rows in the order of keys, from `from` to keys at most `last`; at most `count`.
    std::vector<history::KeyRow> rows(KeyTable table, history::KeyRow from, u128 last,
                                      std::size_t count) const;
    /// One page of positions, with the cursor of the next.
    Page<Position> positions(KeyTable table, u128 key, const PageRequest& page) const {
        return positions(table, std::span(&key, 1), page);
    }
    /// Those of several keys in one order; a position is under one of the keys at most.
    Page<Position> positions(KeyTable table, std::span<const u128> keys,
                             const PageRequest& page) const;

    // ---- accounts
    /// Throws InvalidArgument where the position is after the view's.
    void require_not_after(Position position) const;
    AccountHandle find(AccountId id) const;
    Balance balance_of(AccountHandle handle, const history::Standing& standing) const;
    AccountInfo info(AccountHandle handle) const;
    /// Of a line.
    AccountEntry entry(const history::EntryView& line) const;
    Page<AccountEntry> entry_page(AccountId id, const PageRequest& page, const Range& range,
                                  bool lines_only) const;
    std::pair<Position, Position> positions_of(const Range& range) const;
    /// One page of the accounts whose code begins with `prefix`, in the order of the key table:
    /// `take` is given what opened each, valid until it reads another record, and says whether it
    /// is an item of the page. Returns the cursor of the next page.
    using TakeOpening = std::function<bool(const OpenAccount& open, AccountHandle handle)>;
    std::string chart_page(std::string_view prefix, const PageRequest& page,
                           const TakeOpening& take) const;
    struct Moved;
    /// Of each account: what moved up to the beginning and up to the end of the range.
    std::vector<Moved> moved(std::span<const AccountHandle> accounts,
                             const MovementRange& range) const;
    AccountMovement movement(AccountHandle account, const Moved& moved) const;
    /// Calls `visit` for every account of one book and currency under a group; false where there is
    /// no such group. `group` gets its definition.
    bool each_of_group(std::string_view code, BookId book, CurrencyCode currency,
                       DefineGroup& group, const std::function<void(AccountHandle)>& visit) const;
    struct Several;
    std::optional<Several> several(const AccountSet& accounts) const;
    template <class Visit>
    bool each_closing(const AccountSet& accounts, const DateRange& range, Visit&& visit) const;
    const std::vector<Currency>& currencies() const;
    /// All definitions of one kind, oldest first.
    template <class T>
    std::vector<T> definitions(RecordKind kind) const;

    // ---- days
    /// The date of the newest cut or close of a book; none: there is none.
    template <class Mark>
    Date last_marked(RecordKind kind, BookId book) const;
    /// The number of the last voucher of the book and date in the batch of the one at `from`.
    std::uint64_t last_number(Position from, BookId book, Date date) const;
    DayClose day_close(Position position) const;
    SnapshotCut snapshot_cut(Position position) const;
    Page<PostedVoucher> voucher_page(const Page<Position>& positions) const;

    // ---- holds and items
    std::optional<HoldInfo> hold(HoldId id, Position placed) const;
    std::optional<ItemInfo> item(ItemId id, Position opened) const;
    Amount remaining_of(HoldId id) const;
    std::vector<ItemId> items_opened(AccountHandle account) const;
};

/// The entry as a query gives it. `before` is what was set aside on the account before it; of a
/// line it does not matter.
AccountEntry account_entry(const history::EntryView& view, const posting::Reserved& before,
                           Side normal_side, Instant instant);

/// Cursors are positions in decimal, with a second number after a '.', where a position has several
/// items.
struct PageCursor {
    std::uint64_t position = 0;
    std::uint64_t index = 0;
};
std::string cursor_text(const PageCursor& cursor);
/// Throws InvalidArgument where the text is no cursor.
PageCursor parse_cursor(const std::string& text);
/// Throws InvalidArgument where the date is outside date_min..date_max.
void require_date(Date date);
/// So many entries or accounts are looked at for a page that leaves some out.
std::size_t examined_max(const PageRequest& page) noexcept;
/// Throws InvalidArgument where a date is outside date_min..date_max, or the range is empty.
void require_range(const DateRange& range);

template <class T>
std::vector<T> View::Impl::definitions(RecordKind kind) const {
    std::vector<T> found;
    const auto key = static_cast<u128>(static_cast<std::uint8_t>(kind));
    for (Position from{1};;) {
        const std::vector<Position> some = ascending(KeyTable::definition, key, from, 256);
        for (const Position position : some) {
            const BatchRecord& record = read(position);
            found.push_back(*scratch.detail<T>(record));
        }
        if (some.size() < 256) return found;
        from = some.back() + 1;
    }
}

}  // namespace ledger
