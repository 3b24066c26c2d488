// The stored form of a segment: keys, values, rows. Invariant: everything is little-endian, every
// value carries the XXH3 of its bytes under its own key, and every value but the header fills whole
// overflow pages of LMDB, so that it never moves inside the mapped file.
//
// A segment has seven streams of values ("chunks") and a header, the last to be written:
//   directory  rows of 56..400 bytes, one for each account touched, in the order of accounts
//   narrow     rows of 24 bytes: totals fit 64 bits, reserved the same throughout the run
//   medium     rows of 48 bytes: totals and reserved fit 64 bits
//   wide       rows of 96 bytes: anything
//   inner      summaries of 512 rows each, of runs of more than 512
//   instants   first position and posting instant of every batch
//   dates      turnover by book date, of runs and of stretches of 512 rows with several dates
#pragma once

#include "ledger/history/segments.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace ledger::history::format {

// ---- values

enum class Stream : std::uint8_t {
    directory = 0,
    narrow = 1,
    medium = 2,
    wide = 3,
    inner = 4,
    instants = 5,
    dates = 6,
    header = 255,
};
inline constexpr std::size_t streams = 7;
inline constexpr std::array<std::string_view, streams> stream_names{
    "directory", "narrow rows", "medium rows", "wide rows", "inner summaries", "instants", "dates"};

constexpr std::uint64_t value_key(std::uint32_t segment, Stream stream,
                                  std::uint32_t chunk) noexcept {
    return static_cast<std::uint64_t>(segment) << 32 | static_cast<std::uint64_t>(stream) << 24 |
           chunk;
}

inline constexpr std::size_t page = 4096;
inline constexpr std::size_t page_header = 16;  // LMDB's, before an overflow value
inline constexpr std::size_t value_bytes_max = 64 * page - page_header;
inline constexpr std::size_t checksum_bytes = 8;  // at the end of a value
inline constexpr std::size_t payload_max = value_bytes_max - checksum_bytes;

/// Size of the value for so many bytes of payload: whole pages, the checksum at the end, zeros
/// between.
constexpr std::size_t value_size(std::size_t payload) noexcept {
    return (payload + checksum_bytes + page_header + page - 1) / page * page - page_header;
}

struct Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t number;
    std::uint64_t first;  // positions covered
    std::uint64_t last;
    std::int64_t first_instant;
    std::int64_t last_instant;
    std::uint64_t entries;
    std::uint64_t runs;
    std::uint64_t bytes;                           // of all chunks
    std::array<std::uint32_t, streams> chunks;     // chunks of each stream
    std::array<std::uint32_t, streams> last_used;  // payload bytes of its last chunk
    std::uint64_t checksum;                        // of the bytes before, seeded with the key
};
static_assert(sizeof(Header) == 136);
static_assert(std::is_trivially_copyable_v<Header>);
inline constexpr std::uint64_t header_magic = 0x0031676573676c64;  // "dlgseg1\0"
inline constexpr std::uint32_t header_version = 3;

// ---- rows

enum class RowFormat : std::uint8_t { narrow = 0, medium = 1, wide = 2 };

constexpr Stream stream_of(RowFormat rows) noexcept {
    return static_cast<Stream>(static_cast<std::uint8_t>(Stream::narrow) +
                               static_cast<std::uint8_t>(rows));
}

/// kind in the low five bits, entry_flag above.
constexpr std::uint8_t pack_kind(EntryKind kind, std::uint8_t flags) noexcept {
    return static_cast<std::uint8_t>(static_cast<unsigned>(kind) | flags * 32U);
}
constexpr EntryKind kind_of(std::uint8_t packed) noexcept {
    return static_cast<EntryKind>(packed & 31U);
}
constexpr std::uint8_t flags_of(std::uint8_t packed) noexcept {
    return static_cast<std::uint8_t>(packed >> 5U);
}
/// Lines and folds have a book date; other kinds do not.
constexpr bool has_date(EntryKind kind) noexcept {
    return kind == EntryKind::line || kind == EntryKind::fold;
}

struct NarrowRow {
    std::uint32_t position;  // after the segment's first
    std::uint16_t line;
    std::uint8_t kind_flags;
    std::uint8_t date;  // days after the run's first date
    std::int64_t debits;
    std::int64_t credits;
};
static_assert(sizeof(NarrowRow) == 24);

struct MediumRow {
    NarrowRow narrow;
    std::int64_t held;
    std::int64_t buffered_debits;
    std::int64_t buffered_credits;
};
static_assert(sizeof(MediumRow) == 48);

struct WideRow {
    std::uint32_t position;  // after the segment's first
    std::uint16_t line;
    std::uint8_t kind;
    std::uint8_t flags;
    std::int32_t date;
    std::uint32_t zero;
    std::array<std::uint64_t, 2> debits;  // low word first
    std::array<std::uint64_t, 2> credits;
    std::array<std::uint64_t, 2> held;
    std::array<std::uint64_t, 2> buffered_debits;
    std::array<std::uint64_t, 2> buffered_credits;
};
static_assert(sizeof(WideRow) == 96);

constexpr std::size_t row_bytes(RowFormat rows) noexcept {
    constexpr std::array<std::size_t, 3> sizes{sizeof(NarrowRow), sizeof(MediumRow),
                                               sizeof(WideRow)};
    return sizes[static_cast<std::size_t>(rows)];
}
constexpr std::uint32_t rows_per_chunk(RowFormat rows) noexcept {
    return static_cast<std::uint32_t>(payload_max / row_bytes(rows));
}

/// Turnover of a table's lines up to and with a date.
struct DateRow {
    std::int32_t date;
    std::uint32_t zero;
    std::array<std::uint64_t, 2> debits;
    std::array<std::uint64_t, 2> credits;
};
static_assert(sizeof(DateRow) == 40);
inline constexpr std::uint32_t dates_per_chunk =
    static_cast<std::uint32_t>(payload_max / sizeof(DateRow));

/// Where date rows lie, each date once, ascending. None (no rows) where all lines have one date, or
/// a sum leaves 128 bits: then the rows themselves are read.
struct DateTable {
    std::uint32_t first_row;
    std::uint32_t rows;
};
static_assert(sizeof(DateTable) == 8);

/// Summary of 512 rows of a run, or of the rest.
struct InnerSummary {
    std::array<std::uint64_t, 2> lowest;
    std::array<std::uint64_t, 2> highest;
    std::array<std::uint64_t, 4> area;  // from the first instant of these rows to that of the next
                                        // 512, or to their last where there are none
    std::int32_t first_date;
    std::int32_t last_date;
    DateTable dates;
};
static_assert(sizeof(InnerSummary) == 80);
inline constexpr std::uint32_t inner_rows = 512;
inline constexpr std::uint32_t inner_per_chunk =
    static_cast<std::uint32_t>(payload_max / sizeof(InnerSummary));

struct StoredInstant {
    std::uint64_t first;
    std::int64_t instant;
};
static_assert(sizeof(StoredInstant) == 16);
inline constexpr std::uint32_t instants_per_chunk =
    static_cast<std::uint32_t>(payload_max / sizeof(StoredInstant));

// ---- directory rows: RunHead, then InlineEntry and rows or RunBody, then the parts that the flags
// name

namespace run_flag {
inline constexpr std::uint8_t format = 3;        // mask: RowFormat
inline constexpr std::uint8_t inline_rows = 4;   // up to 8 narrow rows, kept here
inline constexpr std::uint8_t jump = 8;          // a jump that is not `previous`, with its span
inline constexpr std::uint8_t wide_values = 16;  // the body's values have 128 bits, its area 256
inline constexpr std::uint8_t wide_span = 32;    // the same of the span
inline constexpr std::uint8_t reserved = 64;     // reserved before and after the run follows
inline constexpr std::uint8_t dates = 128;       // the run's DateTable follows
}  // namespace run_flag

struct RunHead {
    std::uint32_t account;
    std::uint32_t depth;  // the account's runs before this one
    std::uint32_t previous_segment;
    std::uint32_t previous_row;
    std::uint32_t first_position;  // after the segment's first
    std::uint32_t count_word;      // entries; inline also date of the first << 16. 0 ends a chunk
    std::int32_t first_date;       // least book date of a line or fold, Date::none_days: none
    std::uint16_t line;            // of the first of inline rows
    std::uint8_t kind_flags;       // of the first of inline rows
    std::uint8_t flags;            // run_flag

    bool is(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    bool is_inline() const noexcept { return is(run_flag::inline_rows); }
    RowFormat rows() const noexcept { return static_cast<RowFormat>(flags & run_flag::format); }
    RunAddress previous() const noexcept { return {previous_segment, previous_row}; }
    std::uint32_t count() const noexcept { return is_inline() ? count_word & 0xffff : count_word; }
    /// Days of the first inline entry after first_date.
    std::uint8_t inline_date() const noexcept {
        return static_cast<std::uint8_t>(count_word >> 16);
    }
};
static_assert(sizeof(RunHead) == 32);

/// The first of inline rows. The others follow as narrow rows.
struct InlineEntry {
    std::int64_t debits;
    std::int64_t credits;
    std::int64_t change;  // of a line: of its side's total
};
static_assert(sizeof(InlineEntry) == 24);
inline constexpr std::uint32_t inline_rows_max = 8;

struct RunBody {
    std::uint32_t first_row;  // in the stream of the run's format
    std::int32_t last_date;
    std::uint32_t last_position;  // after the segment's first
    std::uint32_t first_inner;    // of a run of more than 512 rows
    // then, of 8 or 16 bytes each: opening debits, credits; closing debits, credits; lowest,
    // highest net; then the area from the first to the last entry, 16 or 32 bytes
};
static_assert(sizeof(RunBody) == 16);

// then with `reserved`, of 8 or 16 bytes: held, buffered debits, credits before; the same after;
// then with `dates` the DateTable

struct JumpHead {
    std::uint32_t segment;
    std::uint32_t row;
    std::int32_t first_date;
    std::int32_t last_date;
    std::uint64_t entries;
    // then of 8 or 16 bytes: lowest, highest net; then the area, 16 or 32 bytes. All of the span
    // from the jump's target to the run before this one; the area reaches to the first instant of
    // this run
};
static_assert(sizeof(JumpHead) == 24);

/// Offsets of the parts of a directory row.
struct Layout {
    std::uint16_t values = 0;    // behind the fixed part of InlineEntry (rows) or RunBody (values)
    std::uint16_t reserved = 0;  // 0: none
    std::uint16_t dates = 0;     // 0: none
    std::uint16_t jump = 0;      // 0: none
    std::uint16_t size = 0;
};
constexpr Layout layout_of(std::uint8_t flags, std::uint32_t count) noexcept {
    Layout layout;
    const std::size_t value = (flags & run_flag::wide_values) != 0 ? 16 : 8;
    std::size_t at = sizeof(RunHead);
    if ((flags & run_flag::inline_rows) != 0) {
        at += sizeof(InlineEntry);
        layout.values = static_cast<std::uint16_t>(at);
        at += (count - 1) * sizeof(NarrowRow);
    } else {
        at += sizeof(RunBody);
        layout.values = static_cast<std::uint16_t>(at);
        at += 6 * value + 2 * value;
        if ((flags & run_flag::reserved) != 0) {
            layout.reserved = static_cast<std::uint16_t>(at);
            at += 6 * value;
        }
        if ((flags & run_flag::dates) != 0) {
            layout.dates = static_cast<std::uint16_t>(at);
            at += sizeof(DateTable);
        }
    }
    if ((flags & run_flag::jump) != 0) {
        layout.jump = static_cast<std::uint16_t>(at);
        const std::size_t span = (flags & run_flag::wide_span) != 0 ? 16 : 8;
        at += sizeof(JumpHead) + 2 * span + 2 * span;
    }
    layout.size = static_cast<std::uint16_t>(at);
    return layout;
}
inline constexpr std::size_t directory_row_max = 512;
static_assert(layout_of(run_flag::jump | run_flag::wide_values | run_flag::wide_span |
                            run_flag::reserved | run_flag::dates,
                        1)
                  .size <= directory_row_max);
static_assert(layout_of(run_flag::inline_rows, 1).size == 56);
static_assert(layout_of(run_flag::inline_rows | run_flag::jump, inline_rows_max).size <=
              directory_row_max);

/// Row addresses within a directory: chunk << 15 | offset in units of 8 bytes.
inline constexpr unsigned row_unit_bits = 15;
static_assert(payload_max / 8 < (std::size_t{1} << row_unit_bits));

/// The length of the jump of a run: of the account's runs that it passes, itself included. Depth 0
/// has none; 1 means that it is `previous`. It is the last digit of the depth in skew binary
/// numbers.
constexpr std::uint32_t jump_length(std::uint32_t depth) noexcept {
    std::uint64_t rest = depth;
    while (rest != 0) {
        const std::uint64_t weight = std::bit_floor(rest + 1) - 1;
        if (rest % weight == 0) return static_cast<std::uint32_t>(weight);
        rest -= weight;
    }
    return 0;
}
static_assert(jump_length(1) == 1 && jump_length(3) == 3 && jump_length(6) == 3);
static_assert(jump_length(5) == 1 && jump_length(7) == 7 && jump_length(14) == 7);

// ---- loads and stores

template <class T>
T load(const std::byte* from) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}
template <class T>
void store(std::byte* to, const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(to, &value, sizeof value);
}

constexpr bool fits_64(i128 value) noexcept {
    return value >= std::numeric_limits<std::int64_t>::min() &&
           value <= std::numeric_limits<std::int64_t>::max();
}
/// 0 where -2^62 <= value < 2^62, so that differences of two such fit 64 bits. Can be or-ed
/// together.
constexpr std::uint64_t beyond_62(i128 value) noexcept {
    const u128 shifted = static_cast<u128>(value) + (u128{1} << 62);
    return high_word(shifted) | (low_word(shifted) >> 63);
}
constexpr std::array<std::uint64_t, 2> to_words(i128 value) noexcept {
    return {low_word(static_cast<u128>(value)), high_word(static_cast<u128>(value))};
}
constexpr i128 from_array(const std::array<std::uint64_t, 2>& words) noexcept {
    return static_cast<i128>(from_words(words[1], words[0]));
}
constexpr std::array<std::uint64_t, 4> to_words(const Wide& value) noexcept {
    return {low_word(value.low), high_word(value.low), low_word(static_cast<u128>(value.high)),
            high_word(static_cast<u128>(value.high))};
}
constexpr Wide from_array(const std::array<std::uint64_t, 4>& words) noexcept {
    return Wide::of_words(static_cast<i128>(from_words(words[3], words[2])),
                          from_words(words[1], words[0]));
}

/// The index of the last of `count` ascending firsts that is not after `position`, guessed as if
/// they were evenly spread from `low` to `high`. first_of(0) <= position.
template <class FirstOf>
std::uint64_t locate(std::uint64_t count, std::uint64_t low, std::uint64_t high,
                     std::uint64_t position, FirstOf&& first_of) {
    const std::uint64_t guess = std::min((position - low) * count / (high - low + 1), count - 1);
    std::uint64_t begin = 0;
    std::uint64_t end = count;  // the index is in [begin, end)
    if (first_of(guess) <= position) {
        begin = guess;
        for (std::uint64_t step = 1; begin + step < end; step *= 2) {
            if (first_of(begin + step) > position) {
                end = begin + step;
            } else {
                begin += step;
            }
        }
    } else {
        end = guess;
        for (std::uint64_t step = 1; begin + step < end; step *= 2) {
            if (first_of(end - step) > position) {
                end -= step;
            } else {
                begin = end - step;
            }
        }
    }
    while (end - begin > 1) {
        const std::uint64_t middle = begin + (end - begin) / 2;
        (first_of(middle) <= position ? begin : end) = middle;
    }
    return begin;
}

/// A value of 8 or 16 bytes.
inline i128 load_value(const std::byte* from, bool wide) noexcept {
    return wide ? load<i128>(from) : i128{load<std::int64_t>(from)};
}
inline std::byte* store_value(std::byte* to, i128 value, bool wide) noexcept {
    if (wide) {
        store(to, value);
        return to + 16;
    }
    store(to, static_cast<std::int64_t>(value));
    return to + 8;
}
/// An area of 16 or 32 bytes.
inline Wide load_area(const std::byte* from, bool wide) noexcept {
    return wide ? from_array(load<std::array<std::uint64_t, 4>>(from)) : Wide(load<i128>(from));
}
inline std::byte* store_area(std::byte* to, const Wide& area, bool wide) noexcept {
    if (wide) {
        store(to, to_words(area));
        return to + 32;
    }
    store(to, static_cast<i128>(area.low));
    return to + 16;
}

}  // namespace ledger::history::format
