// Block and shelf values of the key index (docs/format.md, "keys"). Invariants: a block's rows
// ascend strictly, its filter holds every key of its rows, and both are covered by a checksum each,
// so that a filter can be trusted without reading the rows. Values are as long as whole pages
// allow: they never share a page with another value, so the address of a block holds as long as the
// block lives.
//
//     block   header 48 B | filter, lines of 64 B | rows, 24 B each | zeros to the end of the page
//     shelf   header 48 B | BlockRecord, 64 B each
//
// All integers are little-endian. Filter: a key's line is chosen by the upper half of its hash, and
// six of the line's 512 bits by six 9-bit fields of the hash times an odd constant.
#pragma once

#include "ledger/core/id.hpp"
#include "ledger/history/key_row.hpp"
#include "ledger/posting/effects.hpp"
#include "ledger/storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace ledger::history::sealed {

using posting::KeyTable;

/// What names a value in messages: the file and the value's place in it.
struct Place {
    std::string file;
    KeyTable table;
    std::uint64_t id;
};

/// Throws CorruptionError with the place and the remedy.
[[noreturn]] void corrupt(const Place& place, const std::string& what);

struct ValueHeader {
    std::uint32_t magic = 0;
    std::uint16_t version = 0;
    std::uint8_t table = 0;
    std::uint8_t unused = 0;
    std::uint64_t id = 0;
    std::uint32_t count = 0;          ///< of rows or records
    std::uint32_t lines = 0;          ///< of the filter
    std::uint64_t head_checksum = 0;  ///< XXH3-64 of this header (with zero here) and the filter
    std::uint64_t body_checksum = 0;  ///< XXH3-64 of the rows or records
    std::uint64_t reserved = 0;
};
static_assert(sizeof(ValueHeader) == 48);

inline constexpr std::uint32_t block_magic = 0x4B42'454CU;  // "LEBK"
inline constexpr std::uint32_t shelf_magic = 0x4853'454CU;  // "LESH"
inline constexpr std::uint16_t key_format_version = 1;

inline constexpr std::size_t line_bytes = 64;
inline constexpr std::size_t filter_bits_per_key = 12;
/// LMDB keeps 16 bytes of a value's first page for itself.
inline constexpr std::size_t lmdb_page_header = 16;
inline constexpr std::size_t block_value_max = 64 * 4096 - lmdb_page_header;

constexpr std::uint32_t filter_lines(std::size_t rows) noexcept {
    return static_cast<std::uint32_t>((rows * filter_bits_per_key + line_bytes * 8 - 1) /
                                      (line_bytes * 8));
}
constexpr std::size_t block_bytes(std::size_t rows) noexcept {
    return sizeof(ValueHeader) + filter_lines(rows) * line_bytes + rows * sizeof(KeyRow);
}
inline constexpr std::uint32_t block_rows_max = 10'277;
static_assert(block_bytes(block_rows_max) <= block_value_max);
static_assert(block_bytes(block_rows_max + 1) > block_value_max);
static_assert(filter_lines(block_rows_max) <= UINT16_MAX);

/// What a shelf says of one block. Stored.
struct BlockRecord {
    std::uint64_t least_low = 0;
    std::uint64_t least_high = 0;
    std::uint64_t greatest_low = 0;
    std::uint64_t greatest_high = 0;
    std::uint64_t id = 0;
    std::uint32_t rows = 0;
    std::uint32_t lines = 0;
    std::uint64_t reserved[2] = {};

    u128 least() const noexcept { return from_words(least_high, least_low); }
    u128 greatest() const noexcept { return from_words(greatest_high, greatest_low); }
};
static_assert(sizeof(BlockRecord) == 64);
inline constexpr std::size_t shelf_records_max = 250;

// ---- a block's bytes; `block` is the first of them, checked for its length

inline ValueHeader header_of(const std::byte* value) noexcept {
    ValueHeader header;
    std::memcpy(&header, value, sizeof header);
    return header;
}
inline const std::byte* filter_of(const std::byte* block) noexcept {
    return block + sizeof(ValueHeader);
}
inline std::span<const KeyRow> rows_of(const std::byte* block, std::uint32_t lines,
                                       std::uint32_t count) noexcept {
    const std::byte* at = filter_of(block) + std::size_t{lines} * line_bytes;
    return {reinterpret_cast<const KeyRow*>(at), count};
}

inline const std::byte* line_of(const std::byte* block, std::uint32_t lines,
                                std::uint64_t hash) noexcept {
    return filter_of(block) + ((hash >> 32) * lines >> 32) * line_bytes;
}
inline std::uint64_t line_bits(std::uint64_t hash) noexcept {
    return hash * 0x9E37'79B9'7F4A'7C15U >> 10;
}

/// False: no row of the block has the key with this hash.
inline bool may_hold(const std::byte* line, std::uint64_t hash) noexcept {
    std::uint64_t bits = line_bits(hash);
    std::uint64_t all = 1;
    for (int i = 0; i < 6; ++i, bits >>= 9) {
        std::uint64_t word;
        std::memcpy(&word, line + (bits >> 3 & 56), sizeof word);
        all &= word >> (bits & 63);
    }
    return all != 0;
}

/// Index of the first row that is not below `target`.
std::size_t lower_bound(std::span<const KeyRow> rows, const KeyRow& target) noexcept;

// ---- writing and checking

/// Fills `value`, which has room for block_bytes(rows.size()) or more.
void encode_block(std::span<const KeyRow> rows, KeyTable table, std::uint64_t id,
                  storage::MutableBytes value);
BlockRecord record_of(std::span<const KeyRow> rows, std::uint64_t id) noexcept;

/// Checks the length of the value, for what `record` says of it. Touches nothing of it.
void check_length(storage::Bytes value, const BlockRecord& record, const Place& place);
/// Checks header and filter.
void check_head(const std::byte* block, std::uint32_t lines, const Place& place);
/// Checks the rows' checksum; the head has been checked.
void check_rows(const std::byte* block, const Place& place);

void encode_shelf(std::span<const BlockRecord> records, KeyTable table, std::uint64_t id,
                  storage::MutableBytes value);
constexpr std::size_t shelf_bytes(std::size_t records) noexcept {
    return sizeof(ValueHeader) + records * sizeof(BlockRecord);
}
/// Checks the whole shelf value and gives its records.
std::vector<BlockRecord> decode_shelf(storage::Bytes value, const Place& place);

}  // namespace ledger::history::sealed
