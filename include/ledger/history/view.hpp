// A view: the ledger as it stood after one journal position, answered from checkpoint and tail
// together. Invariant: a view shows every record acknowledged before it was taken and none that is
// not durable; the same question to the same view gives the same answer for ever.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/rounding.hpp"
#include "ledger/core/time.hpp"
#include "ledger/history/ranges.hpp"
#include "ledger/model/records.hpp"
#include "ledger/posting/effects.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ledger {

namespace history {
class ViewSource;
}

/// Balances of one account, or the sum over a group's accounts, in minor units of the currency.
/// What is computed of them is exact in between and throws OverflowError only where the result
/// leaves 128 bits; none of one account does.
struct Balance {
    Side normal_side = Side::debit;
    Amount debits;           ///< posted turnover on the debit side, without buffered_debits
    Amount credits;          ///< posted turnover on the credit side, without buffered_credits
    Amount buffered_debits;  ///< accepted and durable, not folded into posted yet
    Amount buffered_credits;
    Amount held;  ///< what remains of open holds

    /// Everything accepted, on the normal side: posted and buffered.
    Amount total() const;
    /// What is posted, on the normal side.
    Amount posted() const;
    /// posted() - held.
    Amount available() const;
    friend bool operator==(const Balance&, const Balance&) = default;
};

/// An account as the view sees it.
struct AccountInfo {
    AccountId id;
    BookId book;
    CurrencyCode currency;
    std::string code;
    AccountKind kind = AccountKind::asset;
    Side normal_side = Side::debit;
    std::string name;
    Limits limits;
    Freeze freeze = Freeze::none;
    std::string freeze_reference;
    Buffering buffering;
    bool open_items = false;
    bool transit = false;
    bool closed = false;
    AccountId parent;
    Attributes attributes;
    Position opened;
    AccountHandle handle;
};

/// The buffered lines that a fold made posted: so many of the account's lines up to the fold.
struct FoldedLines {
    std::uint64_t lines = 0;
    Amount debits;  ///< their sums; zero on the side that is not the account's normal one
    Amount credits;
    Position first;  ///< of the first and last of them
    Position last;
    friend bool operator==(const FoldedLines&, const FoldedLines&) = default;
};

/// One account entry (账户流水) with the balances after it.
struct AccountEntry {
    Position position;
    Instant instant;
    EntryKind kind = EntryKind::line;
    std::uint16_t line = 0;         ///< of a line: its index in the voucher
    Side side = Side::debit;        ///< of a line
    Ink ink = Ink::black;           ///< of a line
    bool buffered = false;          ///< of a line: it went to the buffer
    Date book_date = Date::none();  ///< of a line or fold
    Amount amount;       ///< of a line: > 0; of a fold: what was folded; of a hold: the change
    FoldedLines folded;  ///< of a fold; its lines are entries of their own
    Balance balance;     ///< after the entry
};

/// A voucher with what the ledger gave it.
struct PostedVoucher {
    Voucher voucher;
    Position position;
    std::uint64_t number = 0;
    Instant instant;
    VoucherId reversed_by;  ///< zero: it stands
    VoucherId replaced_by;  ///< zero: none
};

/// What names a voucher, without its lines.
struct VoucherHead {
    Position position;
    Instant instant;
    VoucherId id;
    OrderId order;
    BookId book;
    Date book_date = Date::none();
    std::uint64_t number = 0;
    std::string summary;
};

/// Any record, by position.
struct PostedRecord {
    Position position;
    Instant instant;
    RecordKind kind = RecordKind::none;
    RecordId id;
    OrderId order;
};

struct HoldInfo {
    HoldId id;
    OrderId order;
    AccountId account;
    HoldKind kind = HoldKind::ordinary;
    Amount requested;    ///< what was asked; zero, of a precise freeze: all that is left
    Amount placed;       ///< what was held: less than requested only of a precise freeze
    Amount remaining;    ///< zero: closed
    Instant expires_at;  ///< zero: never
    std::vector<VoucherId> sources;   ///< of a precise freeze: the vouchers that it named,
    std::vector<OrderId> orders;      ///< and the orders
    std::vector<VoucherId> resolved;  ///< vouchers of these orders whose money it caught as well
    std::string reference;
    Position position;  ///< where it was placed
};

struct ItemInfo {
    ItemId id;
    AccountId account;
    Side side = Side::debit;  ///< on which it stands: the opening line's, of a red line the other
    Amount opened;
    Amount remaining;   ///< zero: closed
    Position position;  ///< where it was opened
    Instant instant;
};

/// Sums of one book and currency; debits = credits, always. Buffered lines count: an account adds
/// its Balance's debits + buffered_debits, and credits + buffered_credits.
struct TrialSum {
    BookId book;
    CurrencyCode currency;
    std::string debits;  ///< decimal digits of the minor units, which can exceed 128 bits
    std::string credits;
    std::uint64_t accounts = 0;
    bool balanced = false;
};

/// How far the days of a book are.
struct BookDays {
    Date first_date = Date::none();      ///< dates before it are closed; none: all were open once
    Date closed_through = Date::none();  ///< the last closed date; none: none is closed
    Date current = Date::none();  ///< the day after the last cut; none: no day was cut, and it is
                                  ///< the UTC date of the instant + the book's offset
    friend bool operator==(const BookDays&, const BookDays&) = default;
};

/// A day close in the journal.
struct DayClose {
    CloseDay close;
    Position position;
    Instant instant;
};

/// A snapshot in the journal.
struct SnapshotCut {
    Snapshot snapshot;
    Position position;  ///< of its record
    Instant instant;
};

/// A date of a book that has vouchers and is not closed.
struct OpenDate {
    Date date = Date::none();
    std::uint64_t vouchers = 0;
    friend bool operator==(const OpenDate&, const OpenDate&) = default;
};

/// What a page is asked for. Pages keep queries bounded: ask again with the page's cursor.
struct PageRequest {
    std::size_t size = 100;  ///< 1..10,000
    bool backward = false;   ///< newest first
    std::string cursor;      ///< of the page before; empty: from the start
};
/// Throws InvalidArgument where the size is outside 1..10,000.
void check_page(const PageRequest& page);

/// At most as many items as were asked for. Queries that leave items out (lines, accounts by a
/// prefix of over 16 bytes or of one book by code, open holds, open items, an order's holds)
/// examine a bounded number of entries or records for a page: it may have fewer items, even none,
/// and a cursor. Go on until the cursor is empty.
template <class T>
struct Page {
    std::vector<T> items;
    std::string cursor;  ///< empty: nothing follows
};

/// A range of an account's past: positions, or instants; both ends included, none: open.
struct Range {
    Position from_position;
    Position to_position;
    Instant from;
    Instant to;
};

/// What a sweep over accounts covers: what was posted in a range, or what belongs to book dates, as
/// known at the view.
using MovementRange = std::variant<Range, DateRange>;

/// What moved on one account over a range: the debits and credits of all lines before it, and of
/// all lines up to its end; buffered lines included, red ones lower their side.
struct AccountMovement {
    AccountId id;
    AccountHandle handle;
    CurrencyCode currency;
    AccountKind kind = AccountKind::asset;
    Side normal_side = Side::debit;
    Turnover before;
    Turnover through;
    friend bool operator==(const AccountMovement&, const AccountMovement&) = default;
};

/// The same with the account's place in the chart, and its parent.
struct ChartMovement {
    std::string code;
    AccountId parent;
    AccountMovement movement;
    friend bool operator==(const ChartMovement&, const ChartMovement&) = default;
};

/// Pins one position. Cheap to take and to move; queries are const and may run in any one thread at
/// a time. A view keeps old pages of the checkpoint and old parts of the tail in use: do not keep
/// one for long. One of a Reader expires (ReaderOptions::view_age_max): then queries throw
/// UsageError. It must be destroyed before its Ledger is closed. Ids that are unknown throw
/// nothing: they give an empty optional. Every query throws StorageError where the files fail it,
/// CorruptionError where a value fails its checksum, and InvalidArgument for a page size or cursor
/// that is none.
class View {
public:
    ~View();
    View(View&&) noexcept;
    View& operator=(View&&) noexcept;

    /// The last position the view shows.
    Position position() const noexcept;
    /// The posting instant of that position; zero in an empty ledger.
    Instant instant() const;

    /// The same ledger, earlier: a view pinned to `position`, which must not be after this one.
    View at(Position position) const;
    /// The last position whose posting instant is not after `instant`; zero: there is none.
    Position position_at(Instant instant) const;
    /// The first and the last position of a range, cut to this view; first > last: it has none.
    std::pair<Position, Position> positions_of(const Range& range) const;

    // ---- accounts
    std::optional<AccountInfo> account(AccountId id) const;
    /// Balance of an account.
    std::optional<Balance> balance(AccountId id) const;
    /// Sum over the accounts of one book and currency under a group of the chart. Reads them all.
    /// Throws OverflowError where a sum leaves 128 bits.
    std::optional<Balance> balance_of_group(std::string_view code, BookId book,
                                            CurrencyCode currency) const;
    /// Accounts whose code begins with `prefix`, in the order of (first 16 bytes of the code,
    /// opening); forward only, backward is InvalidArgument.
    Page<AccountInfo> accounts(std::string_view prefix, const PageRequest& page = {}) const;
    /// All entries of an account; `lines` leaves everything but lines out.
    Page<AccountEntry> entries(AccountId id, const PageRequest& page = {},
                               const Range& range = {}) const;
    Page<AccountEntry> lines(AccountId id, const PageRequest& page = {},
                             const Range& range = {}) const;
    /// Lines by book date, and in the order of posting within a day; of those posted after `since`
    /// alone, where one is given: what has come for these days since a view of that position. The
    /// balance beside a line is that after it in the order of posting. Forward only.
    Page<AccountEntry> lines_on(AccountId id, const DateRange& dates, Position since = {},
                                const PageRequest& page = {}) const;

    // ---- the past, by posting instant: what the ledger said then
    /// Balances right after `position`, which must not be after this view's (InvalidArgument), or
    /// after the last record posted at or before `instant`. None: the account was not open then.
    std::optional<Balance> balance_at(AccountId id, Position position) const;
    std::optional<Balance> balance_at(AccountId id, Instant instant) const;
    /// Least and greatest balance of the accounts together, buffered lines included: that at `from`
    /// and those after each record up to `to`. After the view's last record, and before an account
    /// was opened, nothing happens. All queries of a range give none where an account is unknown,
    /// and throw InvalidArgument where the range is empty, no account is given or the accounts have
    /// several currencies, OverflowError where a result leaves 128 bits.
    std::optional<Amount> lowest(AccountSet accounts, InstantRange range) const;
    std::optional<Amount> highest(AccountSet accounts, InstantRange range) const;
    /// Balance weighted by the time that it stood, in minor units, rounded once.
    std::optional<Amount> average(AccountSet accounts, InstantRange range, Rounding rounding) const;
    /// Of what was posted at `from` or later and before `to`.
    std::optional<Turnover> turnover(AccountSet accounts, InstantRange range) const;
    /// The first of the longest stretches in which the balance was above `threshold` all the time;
    /// an empty range of instants where it never was.
    std::optional<InstantRange> longest_run_above(AccountSet accounts, InstantRange range,
                                                  Amount threshold) const;

    // ---- the past, by book date: what belongs to a day, as known at this view, or earlier
    /// Balance at the end of a book date: `known_at` leaves out what was posted after it.
    std::optional<DatedBalance> balance_on(AccountId id, Date date) const;
    std::optional<DatedBalance> balance_on(AccountId id, Date date, Position known_at) const;
    std::optional<DatedBalance> balance_on(AccountId id, Date date, Instant known_at) const;
    /// The sum over the accounts of one book and currency under a group of the chart. Reads them
    /// all.
    std::optional<DatedBalance> balance_of_group_on(std::string_view code, BookId book,
                                                    CurrencyCode currency, Date date) const;
    /// Least, greatest and average of the balances at the end of each day of the range, and its
    /// turnover. As known at this view: ask `at(position)` for what was known earlier. A range is
    /// at most 400 years.
    std::optional<Amount> lowest(AccountSet accounts, DateRange range) const;
    std::optional<Amount> highest(AccountSet accounts, DateRange range) const;
    std::optional<Amount> average(AccountSet accounts, DateRange range, Rounding rounding) const;
    std::optional<Turnover> turnover(AccountSet accounts, DateRange range) const;
    /// The first of the longest runs of days that all ended above `threshold`; the days() of the
    /// result are 0 where none did.
    std::optional<DateRange> longest_run_above(AccountSet accounts, DateRange range,
                                               Amount threshold) const;

    // ---- what moved over a range
    /// Of one account; none where it was not open at the end of the range (of book dates: is not at
    /// this view).
    std::optional<AccountMovement> movement(AccountId id, const MovementRange& range) const;
    /// Each account of the book that was open at the end of the range (of book dates: is open at
    /// this view), in the order of opening; forward only, backward is InvalidArgument. Cheap: the
    /// accounts of a page are looked up together.
    Page<AccountMovement> movements(BookId book, const MovementRange& range,
                                    const PageRequest& page = {}) const;
    /// The same of the accounts whose code begins with `prefix`, in the order of (first 16 bytes of
    /// the code, opening). Reads the record that opened each account of any book.
    Page<ChartMovement> chart_movements(std::string_view prefix, BookId book,
                                        const MovementRange& range,
                                        const PageRequest& page = {}) const;

    // ---- records
    std::optional<PostedVoucher> voucher(VoucherId id) const;
    std::optional<PostedVoucher> voucher(Position position) const;
    std::optional<PostedVoucher> voucher(BookId book, Date book_date, std::uint64_t number) const;
    /// All vouchers of a book and date, in the order of their numbers; forward only, backward is
    /// InvalidArgument.
    Page<PostedVoucher> vouchers_on(BookId book, Date book_date,
                                    const PageRequest& page = {}) const;
    /// Cheaper than the voucher where many are asked for.
    std::optional<VoucherHead> voucher_head(Position position) const;
    std::optional<PostedRecord> record(RecordId id) const;
    std::optional<PostedRecord> record(Position position) const;
    /// What a register entry holds.
    std::optional<RegisterEntry> register_entry(RecordId id) const;
    Page<PostedRecord> records_of(OrderId order, const PageRequest& page = {}) const;
    // ---- days
    std::optional<BookDays> days(BookId book) const;
    /// Dates that have vouchers and are not closed, in order; forward only, backward is
    /// InvalidArgument.
    Page<OpenDate> open_dates(BookId book, const PageRequest& page = {}) const;
    Page<DayClose> day_closes(BookId book, const PageRequest& page = {}) const;
    /// The close that closed this date: its own, or the first one of a later date. None: the date
    /// is not closed in this view. Reads the closes after it.
    std::optional<DayClose> closed_by(BookId book, Date date) const;
    /// Of the close of this date; made in the background some time after it, where Options::digest
    /// is not none.
    std::optional<Certificate> certificate(BookId book, Date date) const;
    /// The vouchers whose `detail.concerns` is this day, in the order of posting: what came to the
    /// day late, whatever their own book dates.
    Page<PostedVoucher> vouchers_concerning(BookId book, Date date,
                                            const PageRequest& page = {}) const;
    /// The vouchers that the balances at the end of this day lack: they concern it or a day before
    /// it, and are dated after it. In the order of posting. Reads no others, however many there
    /// are.
    Page<PostedVoucher> late_vouchers(BookId book, Date date, const PageRequest& page = {}) const;

    // ---- snapshots
    /// In the order in which they were cut. A closed day is one as well, see day_closes().
    Page<SnapshotCut> snapshots(const PageRequest& page = {}) const;
    std::optional<SnapshotCut> snapshot(std::string_view name) const;

    // ---- holds and open items
    std::optional<HoldInfo> hold(HoldId id) const;
    /// Holds placed on an account; `open_only` leaves out those with nothing remaining.
    Page<HoldInfo> holds(AccountId account, bool open_only = true,
                         const PageRequest& page = {}) const;
    Page<HoldInfo> holds_of(OrderId order, const PageRequest& page = {}) const;
    /// Reads every record that changed the item up to this view: what remains is their sum.
    std::optional<ItemInfo> item(ItemId id) const;
    Page<ItemInfo> open_items(AccountId account, const PageRequest& page = {}) const;

    // ---- the whole
    std::vector<Currency> currencies() const;
    std::vector<DefineBook> books() const;
    std::vector<DefineGroup> groups() const;
    std::vector<DefineRelation> relations() const;
    /// Debits and credits per book and currency, summed over all accounts.
    std::vector<TrialSum> trial_sums() const;

private:
    friend class history::ViewSource;
    struct Impl;
    explicit View(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
