// What an applied record leaves behind for history: account entries with the balances after them,
// and the keys under which the record is found. Invariant: effects are complete; nothing that a
// query answers comes from anywhere but the journal's records and these.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/core/time.hpp"
#include "ledger/model/bounds.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace ledger::posting {

/// The keys under which records are found. Stored in the checkpoint: append only.
enum class KeyTable : std::uint8_t {
    record = 0,        ///< record id -> its position (unique)
    order = 1,         ///< order -> positions of its records
    reversed_by = 2,   ///< voucher id -> position of its reversal (unique)
    hold = 3,          ///< hold id -> positions that changed it, the placing first
    item = 4,          ///< item id -> positions that changed it, the opening first
    account = 5,       ///< account id -> positions of its open, limits, freeze, ... records
    code = 6,          ///< first 16 bytes of an account's code, big-endian -> its open record
    account_hold = 7,  ///< account handle -> positions that placed holds on it
    account_item = 8,  ///< account handle -> positions that opened items on it
    replaced_by = 9,   ///< voucher id -> position of its correction
    definition = 10,   ///< record kind (define_*) -> positions of its records; hash of an account's
                       ///< code -> openings of accounts that have it; day_mark_key -> the cuts,
                       ///< or the closes, of a book
    number =
        11,  ///< number_key of the first voucher of a book and date in each batch -> its position
    concerns =
        12,    ///< day_key -> positions of the vouchers that name this day as the one concerned
    late = 13  ///< stretch_key -> positions of the vouchers that are late for each day of the
               ///< stretch: they concern it or a day before it, and are dated after it
};
inline constexpr int key_tables = 14;

/// Key of a day of a book.
constexpr u128 day_key(BookId book, Date date) noexcept {
    const auto days = static_cast<std::uint32_t>(date.days) ^ 0x80000000u;
    return static_cast<u128>(book.number) << 32 | days;
}

/// A stretch of 2^level days, counted from date_min in whole stretches: each day lies in one of
/// each level, and none of a further level fits into the dates that there are.
inline constexpr unsigned stretch_levels = 22;
static_assert((date_max.days - date_min.days) >> stretch_levels == 0);
/// Key of the stretch of this level that has this day, of a book.
constexpr u128 stretch_key(BookId book, unsigned level, Date date) noexcept {
    const auto day = static_cast<std::uint32_t>(date.days - date_min.days);
    return static_cast<u128>(book.number) << 40 | static_cast<u128>(level) << 32 | day >> level;
}
/// Calls `visit` with the keys of the stretches, at most two of a level, that together have the
/// days first..last, each once. So a day's own stretches find what covers it, however long that is.
template <class Visit>
constexpr void cover_days(BookId book, Date first, Date last, Visit visit) {
    std::int32_t from = first.days;
    std::int32_t end = last.days + 1;
    for (unsigned level = 0; from < end; ++level) {
        const std::int32_t size = 1 << level;
        const auto is_half = [&](std::int32_t days) {
            return ((days - date_min.days) & size) != 0;
        };
        if (is_half(from)) {
            visit(stretch_key(book, level, {from}));
            from += size;
        }
        if (is_half(end)) {
            end -= size;
            visit(stretch_key(book, level, {end}));
        }
    }
}

/// Key of a book's cuts (cut_day) or closes (close_day); no record kind alone is one.
constexpr u128 day_mark_key(RecordKind kind, BookId book) noexcept {
    return static_cast<u128>(book.number) << 8 | static_cast<std::uint8_t>(kind);
}

/// Key of a voucher number; numbers of one book and date descend, so that the least key at or after
/// the one sought belongs to the greatest number at or before it.
constexpr u128 number_key(BookId book, Date date, std::uint64_t number) noexcept {
    const auto days = static_cast<std::uint32_t>(date.days) ^ 0x80000000u;
    return static_cast<u128>(book.number) << 112 | static_cast<u128>(days) << 80 | ~number;
}

/// Key of an account's code, or the least one of the codes that begin so.
constexpr u128 code_key(std::string_view code) noexcept {
    u128 key = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        key = key << 8 | (i < code.size() ? static_cast<unsigned char>(code[i]) : 0u);
    }
    return key;
}
/// The greatest key of the codes that begin so.
constexpr u128 last_code_key(std::string_view prefix) noexcept {
    return prefix.size() >= 16 ? code_key(prefix)
                               : code_key(prefix) | ~u128{0} >> (8 * prefix.size());
}

struct KeyFact {
    u128 key;
    Position position;
    KeyTable table;
};

namespace entry_flag {
inline constexpr std::uint8_t credit = 1;    ///< a line on the credit side
inline constexpr std::uint8_t red = 2;       ///< a line in red ink
inline constexpr std::uint8_t buffered = 4;  ///< a line that went to the buffer
}  // namespace entry_flag

/// What is set aside on an account after an entry; all >= 0, minor units. `buffered_*` are
/// contained in the entry's totals: posted = total - buffered.
struct Reserved {
    i128 held = 0;
    i128 buffered_debits = 0;
    i128 buffered_credits = 0;
    friend constexpr bool operator==(const Reserved&, const Reserved&) = default;
};

/// The buffered lines that a fold made posted: the account's last so many lines, all on its normal
/// side.
struct Folded {
    std::uint32_t lines = 0;
    Position first;  ///< of the first of them
    Position last;
    friend constexpr bool operator==(const Folded&, const Folded&) = default;
};

/// What a fold's entry stores as its Reserved. Nothing is buffered after a fold, so what it folded
/// stands in that place: first position; 2^20 * (last - first) + lines.
constexpr Reserved stored_fold(i128 held, const Folded& folded) noexcept {
    static_assert(bounds::buffer_lines_max < (1u << 20));
    const i128 span = static_cast<i128>(folded.last.value - folded.first.value);
    return {held, static_cast<i128>(folded.first.value), span * (1 << 20) + folded.lines};
}
constexpr Folded folded_of(EntryKind kind, const Reserved& stored) noexcept {
    if (kind != EntryKind::fold) return {};
    const auto first = static_cast<std::uint64_t>(stored.buffered_debits);
    const auto span = static_cast<std::uint64_t>(stored.buffered_credits >> 20);
    const auto lines = static_cast<std::uint32_t>(stored.buffered_credits & ((1 << 20) - 1));
    return {lines, {first}, {first + span}};
}
/// What is set aside after an entry of which this is stored.
constexpr Reserved reserved_of(EntryKind kind, const Reserved& stored) noexcept {
    return kind == EntryKind::fold ? Reserved{stored.held, 0, 0} : stored;
}

/// An account entry (账户流水), 64 bytes. A line's amount is the change of its side's total against
/// the account's entry before it; the first entry of an account starts from zero.
struct alignas(64) Entry {
    Position position;
    AccountHandle account;
    std::uint16_t line = 0;  ///< index of the line in its voucher; 0 for other kinds
    EntryKind kind = EntryKind::line;
    std::uint8_t flags = 0;      ///< entry_flag
    std::uint32_t reserved = 0;  ///< 1 + index of the Reserved after it; 0: nothing is set aside.
                                 ///< A fold always has one, see stored_fold
    std::int32_t book_date_days = 0;  ///< of a line or fold: its book date
    std::uint32_t previous =
        0;                    ///< history's: 1 + index of the account's entry before, 0: none here
    std::uint32_t chain = 0;  ///< history's
    i128 debits = 0;          ///< total debit turnover after, buffered included
    i128 credits = 0;         ///< total credit turnover after, buffered included
};
static_assert(sizeof(Entry) == 64);

/// Collects the effects of the records applied since clear(). `Entry::reserved` indexes `reserved`.
struct Effects {
    std::vector<Entry> entries;
    std::vector<Reserved> reserved;
    std::vector<KeyFact> keys;

    void clear() noexcept {
        entries.clear();
        reserved.clear();
        keys.clear();
    }
};

}  // namespace ledger::posting
