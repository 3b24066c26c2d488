// The flat form of many records: what callers fill, the state machine resolves in place, the codec
// writes into the journal and reads back. Invariant: `BatchRecord::lines_begin/line_count` and the
// two `detail` indexes always point inside the batch that holds the record.
#pragma once

#include "ledger/model/bounds.hpp"
#include "ledger/model/records.hpp"

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

namespace ledger {

/// "No detail" in an index of this file.
inline constexpr std::uint32_t no_detail = UINT32_MAX;

/// One line, 48 bytes. `handle` is the engine's: resolved from `account`, or read from the journal,
/// where `account` stays zero.
struct BatchLine {
    AccountId account;
    Amount amount;
    AccountHandle handle;
    std::uint32_t detail = no_detail;  ///< in Batch::line_details
    Side side = Side::debit;
    Ink ink = Ink::black;
};
static_assert(sizeof(BatchLine) == 48);

/// The lesser-used parts of a line.
struct LineDetail {
    Attributes dimensions;
    ItemId opens;
    ItemId clears;
    friend bool operator==(const LineDetail&, const LineDetail&) = default;
};

/// Flags of a record. Stored, except `linked`.
namespace record_flag {
inline constexpr std::uint8_t linked = 1;          ///< the next record is of the same group
inline constexpr std::uint8_t date_defaulted = 2;  ///< the caller gave no book date
inline constexpr std::uint8_t lines_derived = 4;   ///< a reversal whose lines the engine wrote
/// PlaceHold::amount or ReleaseHold::amount is the engine's ("all that is left", or a precise
/// freeze that got less than asked); what the caller gave stands in PlaceHold::requested, and was
/// zero for a release.
inline constexpr std::uint8_t amount_derived = 8;
inline constexpr std::uint8_t manual = 16;
inline constexpr std::uint8_t red = 32;
}  // namespace record_flag

/// One record of any kind, 64 bytes; what is special to its kind stands in its detail.
struct BatchRecord {
    RecordId id;
    OrderId order;
    std::uint64_t number = 0;  ///< given at apply: voucher number; of open_account the handle
    Date book_date = Date::none();
    std::uint32_t code = 0;
    std::uint32_t lines_begin = 0;
    std::uint32_t detail = no_detail;  ///< in Batch::details
    std::uint16_t line_count = 0;
    BookId book;
    RecordKind kind = RecordKind::none;
    std::uint8_t flags = 0;

    constexpr bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    constexpr void set(std::uint8_t flag, bool on) noexcept {
        flags = static_cast<std::uint8_t>(on ? flags | flag : flags & ~flag);
    }
};
static_assert(sizeof(BatchRecord) == 64);

/// What the line adds to its account's debits less credits.
inline i128 debit_positive(const BatchLine& line) noexcept {
    return (line.side == Side::debit) == (line.ink == Ink::black) ? line.amount.minor
                                                                  : -line.amount.minor;
}
/// The item that a line without `clears` opens, on an open-item account.
inline ItemId opened_item(const BatchRecord& record, const LineDetail* detail) noexcept {
    return detail != nullptr && detail->opens ? detail->opens : ItemId{record.id.value};
}

/// The part of a record that is special to its kind. `time_passed` has none.
using Detail = std::variant<std::monostate, VoucherDetail, DefineCurrency, DefineBook, DefineGroup,
                            OpenAccount, SetLimits, SetFreeze, SetAttributes, SetBuffering,
                            CloseAccount, PlaceHold, ReleaseHold, RegisterEntry, DefineRelation,
                            CutDay, CloseDay, Anchor, Certificate, Snapshot>;

/// Records in posting order. Callers fill it with the add functions (each returns the record's
/// index) and reuse it after clear(), which keeps the memory. Not thread-safe.
///
/// Fast path for plain vouchers, without any allocation once warm:
///     batch.add_voucher(id, book).debit(a, Amount{100}).credit(b, Amount{100});
class Batch {
public:
    std::vector<BatchRecord> records;
    std::vector<BatchLine> lines;
    std::vector<LineDetail> line_details;
    std::vector<Detail> details;

    /// Adds lines to the voucher it was made for, which must still be the last record of its batch.
    /// Lines over bounds::voucher_lines_max + 1 are not kept: such a voucher is refused anyway.
    class VoucherBuilder {
    public:
        VoucherBuilder(Batch& batch, std::uint32_t index) noexcept
            : batch_(&batch), index_(index) {}
        VoucherBuilder& debit(AccountId account, Amount amount, Ink ink = Ink::black) {
            return line(account, Side::debit, amount, ink);
        }
        VoucherBuilder& credit(AccountId account, Amount amount, Ink ink = Ink::black) {
            return line(account, Side::credit, amount, ink);
        }
        VoucherBuilder& line(AccountId account, Side side, Amount amount, Ink ink = Ink::black) {
            if (record().line_count <= bounds::voucher_lines_max) {
                batch_->lines.push_back({account, amount, {}, no_detail, side, ink});
                ++record().line_count;
            }
            return *this;
        }
        VoucherBuilder& order(OrderId order) {
            record().order = order;
            return *this;
        }
        /// Date::none(), as at first, lets the engine choose the book's current day.
        VoucherBuilder& book_date(Date date) {
            record().book_date = date;
            record().set(record_flag::date_defaulted, !date);
            return *this;
        }
        VoucherBuilder& code(std::uint32_t code) {
            record().code = code;
            return *this;
        }
        VoucherBuilder& manual(bool by_person = true) {
            record().set(record_flag::manual, by_person);
            return *this;
        }
        /// Of a reversal without given lines: by red ink.
        VoucherBuilder& red(bool by_red_ink = true) {
            record().set(record_flag::red, by_red_ink);
            return *this;
        }
        /// The detail of this voucher, made on first use.
        VoucherDetail& detail();

    private:
        BatchRecord& record() { return batch_->records[index_]; }
        Batch* batch_;
        std::uint32_t index_;
    };

    VoucherBuilder add_voucher(VoucherId id, BookId book) {
        const auto index = static_cast<std::uint32_t>(records.size());
        BatchRecord& record = records.emplace_back();
        record.id = id;
        record.book = book;
        record.kind = RecordKind::voucher;
        record.flags = record_flag::date_defaulted;
        record.lines_begin = static_cast<std::uint32_t>(lines.size());
        return {*this, index};
    }

    std::uint32_t add(const Voucher& voucher);
    std::uint32_t add(const DefineCurrency& value);
    std::uint32_t add(const DefineBook& value);
    std::uint32_t add(const DefineGroup& value);
    std::uint32_t add(const OpenAccount& value);
    std::uint32_t add(const CutDay& value);
    std::uint32_t add(const CloseDay& value);
    std::uint32_t add(const DefineRelation& value);
    std::uint32_t add(RecordId id, const SetLimits& value, OrderId order = {});
    std::uint32_t add(RecordId id, const SetFreeze& value, OrderId order = {});
    std::uint32_t add(RecordId id, const SetAttributes& value, OrderId order = {});
    std::uint32_t add(RecordId id, const SetBuffering& value, OrderId order = {});
    std::uint32_t add(RecordId id, const CloseAccount& value, OrderId order = {});
    std::uint32_t add(HoldId id, const PlaceHold& value, OrderId order = {});
    std::uint32_t add(RecordId id, const ReleaseHold& value, OrderId order = {});
    std::uint32_t add(RecordId id, const RegisterEntry& value, OrderId order = {});
    std::uint32_t add(const Anchor& value);
    std::uint32_t add(const Certificate& value);
    std::uint32_t add(const Snapshot& value);
    std::uint32_t add_time_passed();

    /// Copies one record with its lines and details from another batch.
    std::uint32_t add_copy(const Batch& other, std::size_t index);

    /// Takes out of a record what an engine gave it (number, defaulted date, derived lines and
    /// amounts, handles of accounts), so that it can be posted anew, to whatever ledger. The engine
    /// does so with what is submitted.
    void forget_given(std::size_t index) noexcept;

    /// Makes the records first..last-1 one group: they post all or none.
    void link(std::size_t first, std::size_t last) noexcept;
    /// One behind the last record of the group that begins at `first`; a record alone is a group.
    std::size_t group_end(std::size_t first) const noexcept {
        while (first + 1 < records.size() && records[first].has(record_flag::linked)) ++first;
        return first + 1;
    }

    std::size_t size() const noexcept { return records.size(); }
    bool empty() const noexcept { return records.empty(); }
    void clear() noexcept;
    void reserve(std::size_t record_count, std::size_t line_count);

    std::span<BatchLine> lines_of(const BatchRecord& record) noexcept {
        return {lines.data() + record.lines_begin, record.line_count};
    }
    std::span<const BatchLine> lines_of(const BatchRecord& record) const noexcept {
        return {lines.data() + record.lines_begin, record.line_count};
    }

    /// The record's detail of this type, or nullptr where it has none.
    template <class T>
    const T* detail(const BatchRecord& record) const noexcept {
        return record.detail == no_detail ? nullptr : std::get_if<T>(&details[record.detail]);
    }
    template <class T>
    T* detail(const BatchRecord& record) noexcept {
        return record.detail == no_detail ? nullptr : std::get_if<T>(&details[record.detail]);
    }
    const LineDetail* detail(const BatchLine& line) const noexcept {
        return line.detail == no_detail ? nullptr : &line_details[line.detail];
    }

private:
    std::uint32_t add_record(RecordKind kind, RecordId id, OrderId order, Detail detail);
};

/// Whether `posted`, as submitted again by a caller, has the content of `journaled`, as read from
/// the journal. Lines are compared by handle, so those of `posted` must be resolved; what the
/// engine gave (number, defaulted date, derived lines or amounts) is not part of the content.
bool same_content(const Batch& posted, std::size_t posted_index, const Batch& journaled,
                  std::size_t journaled_index);

}  // namespace ledger
