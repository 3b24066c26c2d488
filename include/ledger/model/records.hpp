// The record kinds as callers write them and queries return them: regular values. The flat form
// that travels to the state machine and into the journal is model/batch.hpp.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/id.hpp"
#include "ledger/core/time.hpp"
#include "ledger/model/kinds.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ledger {

/// A named text on a record (attribute) or on a line (dimension, 辅助核算). Keys are unique within
/// their owner; bounds in model/bounds.hpp.
struct Attribute {
    std::string key;
    std::string value;
    friend auto operator<=>(const Attribute&, const Attribute&) = default;
};
using Attributes = std::vector<Attribute>;

/// One line of a voucher (分录行).
struct VoucherLine {
    AccountId account;
    Side side = Side::debit;
    Amount amount;  ///< > 0, minor units of the account's currency
    Ink ink = Ink::black;
    Attributes dimensions;
    ItemId opens;   ///< on an open-item account: the new item's id; zero takes the voucher's id
    ItemId clears;  ///< on an open-item account: the item this line clears, fully or partly
    friend bool operator==(const VoucherLine&, const VoucherLine&) = default;
};

/// Part of a hold that a voucher takes (扣划). The voucher has an outflow line on the hold's
/// account.
struct Capture {
    HoldId hold;
    Amount amount;     ///< > 0
    Amount remaining;  ///< of the hold afterwards; given by the engine
    friend bool operator==(const Capture&, const Capture&) = default;
};

/// The lesser-used parts of a voucher.
struct VoucherDetail {
    Date value_date = Date::none();  ///< 起息日
    Date concerns = Date::none();    ///< the day, closed or not, that it concerns; none: its own
    Instant occurred_at;             ///< when it happened outside
    std::string summary;             ///< 摘要
    std::string made_by;             ///< 经办
    std::string checked_by;          ///< 复核
    std::string source_document;
    VoucherId reverses;  ///< this voucher undoes that one; a voucher is reversed at most once
    VoucherId replaces;  ///< this voucher is the correction (蓝补) of that reversed one
    Attributes attributes;
    std::vector<Capture> captures;
    friend bool operator==(const VoucherDetail&, const VoucherDetail&) = default;
};

/// A voucher (记账凭证): one atomic balanced fact. With `detail.reverses` set and no lines given,
/// the engine writes the lines that undo the named voucher, in red or (default) on the opposite
/// sides.
struct Voucher {
    VoucherId id;
    OrderId order;
    BookId book;
    Date book_date = Date::none();  ///< none: the book's current day
    std::uint32_t code = 0;         ///< business code
    bool manual = false;            ///< made by a person; the book may require two principals
    bool red = false;               ///< reversal without given lines: by red ink
    std::vector<VoucherLine> lines;
    VoucherDetail detail;
    friend bool operator==(const Voucher&, const Voucher&) = default;
};

struct DefineCurrency {
    Currency currency;
    friend bool operator==(const DefineCurrency&, const DefineCurrency&) = default;
};

struct DefineBook {
    BookId book;
    std::string name;
    bool two_principals = false;          ///< manual vouchers need made_by and another checked_by
    std::int32_t utc_offset_seconds = 0;  ///< of its day, where no day was cut: -50400..50400
    Date first_date = Date::none();       ///< dates before it are closed; none: all open
    friend bool operator==(const DefineBook&, const DefineBook&) = default;
};

/// A group of the chart (会计科目). Codes are segments separated by '.'; a group holds every
/// account and group whose code begins with its own and a '.'. Groups take no lines.
struct DefineGroup {
    std::string code;
    AccountKind kind = AccountKind::asset;
    std::string name;
    friend bool operator==(const DefineGroup&, const DefineGroup&) = default;
};

/// Minimum on available, maximum on posted + buffered inflow; both on the normal side, in minor
/// units.
struct Limits {
    std::optional<Amount> minimum;
    std::optional<Amount> maximum;
    friend bool operator==(const Limits&, const Limits&) = default;
};

/// Buffered posting (缓冲记账): inflow is buffered and folded once a window. A zero window means
/// none.
struct Buffering {
    std::chrono::nanoseconds window{0};  ///< in posting instants; 0..bounds::buffer_window_max
    std::uint32_t lines_max = 0;         ///< folds at this many lines; 0: bounds::buffer_lines_max
    constexpr explicit operator bool() const noexcept { return window.count() != 0; }
    friend bool operator==(const Buffering&, const Buffering&) = default;
};

struct OpenAccount {
    AccountId id;
    BookId book;
    CurrencyCode currency;
    std::string code;  ///< its place in the chart; several accounts can share one code
    AccountKind kind = AccountKind::asset;
    std::optional<Side> normal_side;  ///< none: normal_side_of(kind)
    std::string name;
    Limits limits;
    Buffering buffering;
    bool open_items = false;  ///< 挂销账: every line opens or clears an item
    bool transit = false;     ///< 过渡: zero at each day close, or listed among its exceptions
    AccountId parent;         ///< balance of the parent = sum of its children, at every commit
    Attributes attributes;
    friend bool operator==(const OpenAccount&, const OpenAccount&) = default;
};

struct SetLimits {
    AccountId account;
    Limits limits;
    friend bool operator==(const SetLimits&, const SetLimits&) = default;
};

struct SetFreeze {
    AccountId account;
    Freeze freeze = Freeze::none;
    std::string reference;  ///< the order or court document behind it
    friend bool operator==(const SetFreeze&, const SetFreeze&) = default;
};

struct SetAttributes {
    AccountId account;
    std::string name;
    Attributes attributes;
    friend bool operator==(const SetAttributes&, const SetAttributes&) = default;
};

struct SetBuffering {
    AccountId account;
    Buffering buffering;
    friend bool operator==(const SetBuffering&, const SetBuffering&) = default;
};

struct CloseAccount {
    AccountId account;
    friend bool operator==(const CloseAccount&, const CloseAccount&) = default;
};

/// Places a hold (资金冻结); the record's id is the hold's id.
struct PlaceHold {
    AccountId account;
    Amount amount;  ///< > 0; for a precise freeze the most to hold, zero: all that is left
    HoldKind kind = HoldKind::ordinary;
    Instant expires_at;              ///< zero: never
    std::vector<VoucherId> sources;  ///< precise freeze: the vouchers whose money it catches
    /// Precise freeze: orders whose vouchers so far count as sources, too, where they brought money
    /// to the account; other records of these orders do not matter.
    std::vector<OrderId> orders;
    std::string reference;
    Amount requested;  ///< given by the engine where it changed `amount`: what was asked
    /// Given by the engine: the vouchers of `orders` that counted, without those among `sources`.
    std::vector<VoucherId> resolved;
    friend bool operator==(const PlaceHold&, const PlaceHold&) = default;
};

struct ReleaseHold {
    HoldId hold;
    Amount amount;     ///< zero: all that remains
    Amount remaining;  ///< afterwards; given by the engine
    friend bool operator==(const ReleaseHold&, const ReleaseHold&) = default;
};

/// A register entry (登记簿): a journaled record without lines.
struct RegisterEntry {
    std::uint32_t type = 0;  ///< the caller's own
    std::string payload;     ///< opaque; personal data by reference only
    friend bool operator==(const RegisterEntry&, const RegisterEntry&) = default;
};

/// One term of a relation: a coefficient times the balance (on its normal side) of an account, or
/// of all accounts under a group's code (each on its own normal side) in one book and currency.
struct RelationTerm {
    std::int64_t coefficient = 1;  ///< not zero; -1000..1000
    AccountId account;             ///< either this
    std::string group;             ///< or this, with book and currency
    BookId book;
    CurrencyCode currency;
    friend bool operator==(const RelationTerm&, const RelationTerm&) = default;
};

/// A relation (勾稽关系): the sum of its terms is zero, at every commit or at every day close.
struct DefineRelation {
    std::uint32_t number = 0;  ///< chosen by the caller, 1..bounds::relations_max
    std::string name;
    bool at_day_close = false;
    std::vector<RelationTerm> terms;
    friend bool operator==(const DefineRelation&, const DefineRelation&) = default;
};

/// Day cut (日切): the book's current day becomes the day after `date`.
struct CutDay {
    BookId book;
    Date date = Date::none();
    friend bool operator==(const CutDay&, const CutDay&) = default;
};

/// Day close (关账): no voucher of this date or an earlier one enters any more. The transit
/// accounts of the book are zero by the lines of book dates up to this one, but for the exceptions.
struct CloseDay {
    BookId book;
    Date date = Date::none();
    std::vector<AccountId> exceptions = {};  ///< its transit accounts that are not zero then
    friend bool operator==(const CloseDay&, const CloseDay&) = default;
};

/// Made by the engine: digest of all batches up to `through`.
struct Anchor {
    Position through;
    std::string algorithm;
    std::string digest;  ///< raw bytes
    friend bool operator==(const Anchor&, const Anchor&) = default;
};

/// Made by the engine after a day close: digest of the balances of all accounts of the book at the
/// end of that day, by book date, as known at the close (docs/format.md says of which bytes).
struct Certificate {
    BookId book;
    Date date = Date::none();
    Position close;              ///< of the close_day record
    std::uint64_t accounts = 0;  ///< so many balances
    std::string algorithm;
    std::string digest;  ///< raw bytes
    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// A snapshot (余额快照): a name for a position, with the digest of the balances of all accounts
/// there (docs/format.md says of which bytes). Made by the engine when one is cut.
struct Snapshot {
    std::string name;
    Position position;           ///< before its own
    std::uint64_t accounts = 0;  ///< so many balances
    std::string algorithm;
    std::string digest;  ///< raw bytes
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace ledger
