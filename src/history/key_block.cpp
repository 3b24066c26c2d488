// Encoding, checking and searching of block and shelf values. Invariant: nothing is believed of a
// value before its length and its checksum are.
#include "key_block.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace ledger::history::sealed {
namespace {

std::uint64_t head_checksum(const std::byte* value, ValueHeader header) {
    header.head_checksum = 0;
    const std::uint64_t seed = XXH3_64bits(&header, sizeof header);
    return XXH3_64bits_withSeed(filter_of(value), std::size_t{header.lines} * line_bytes, seed);
}

void check_header(const ValueHeader& header, std::uint32_t magic, const Place& place) {
    if (header.magic != magic) corrupt(place, "it does not begin as it should");
    if (header.version != key_format_version) {
        corrupt(place, "it has format version " + std::to_string(header.version) + ", not " +
                           std::to_string(key_format_version));
    }
    if (header.id != place.id || header.table != static_cast<std::uint8_t>(place.table)) {
        corrupt(place, "it says that it is value " + std::to_string(header.id) + " of table " +
                           std::to_string(header.table));
    }
}

ValueHeader make_header(std::uint32_t magic, KeyTable table, std::uint64_t id, std::size_t count) {
    ValueHeader header;
    header.magic = magic;
    header.version = key_format_version;
    header.table = static_cast<std::uint8_t>(table);
    header.id = id;
    header.count = static_cast<std::uint32_t>(count);
    return header;
}

void seal_value(std::byte* value, ValueHeader header, const void* body, std::size_t bytes) {
    header.body_checksum = XXH3_64bits(body, bytes);
    header.head_checksum = head_checksum(value, header);
    std::memcpy(value, &header, sizeof header);
}

void add_to_filter(std::byte* block, std::uint32_t lines, std::uint64_t hash) noexcept {
    auto* line = const_cast<std::byte*>(line_of(block, lines, hash));
    std::uint64_t bits = line_bits(hash);
    for (int i = 0; i < 6; ++i, bits >>= 9) {
        std::byte* at = line + (bits >> 3 & 56);
        std::uint64_t word;
        std::memcpy(&word, at, sizeof word);
        word |= std::uint64_t{1} << (bits & 63);
        std::memcpy(at, &word, sizeof word);
    }
}

/// Where `key` would lie between first and last if keys were spread evenly; first < key <= last.
std::size_t interpolate(u128 first, u128 last, u128 key, std::size_t count) noexcept {
    const u128 width = last - first;
    const std::uint64_t high = high_word(width);
    const int shift = high != 0 ? 96 - std::countl_zero(high)
                                : std::max(0, 32 - std::countl_zero(low_word(width)));
    const auto offset = static_cast<std::uint64_t>((key - first) >> shift);
    const auto whole = static_cast<std::uint64_t>(width >> shift);
    return static_cast<std::size_t>(offset * (count - 1) / whole);
}

}  // namespace

void corrupt(const Place& place, const std::string& what) {
    throw CheckpointError(
        place.file + ": key table " + std::to_string(static_cast<int>(place.table)) + ", value " +
        std::to_string(place.id) + ": " + what + "; rebuild the checkpoint from the journal");
}

std::size_t lower_bound(std::span<const KeyRow> rows, const KeyRow& target) noexcept {
    std::size_t begin = 0;
    std::size_t end = rows.size();
    // Ids are spread evenly or dense, so a guess is right within a few dozen rows; where it is not,
    // halving goes on from what it narrowed.
    constexpr std::size_t near = 64;
    for (int guesses = 0; guesses < 3 && end - begin > 2 * near; ++guesses) {
        const u128 first = rows[begin].key();
        const u128 last = rows[end - 1].key();
        if (target.key() <= first || target.key() >= last) break;
        const std::size_t guess = begin + interpolate(first, last, target.key(), end - begin);
        if (rows[guess] < target) {
            begin = guess + 1;
            if (begin + near < end && !(rows[begin + near] < target)) end = begin + near + 1;
        } else {
            end = guess;
            if (begin + near < end && rows[end - near] < target) begin = end - near + 1;
        }
    }
    const auto at = std::lower_bound(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                     rows.begin() + static_cast<std::ptrdiff_t>(end), target);
    return static_cast<std::size_t>(at - rows.begin());
}

BlockRecord record_of(std::span<const KeyRow> rows, std::uint64_t id) noexcept {
    BlockRecord record;
    record.least_low = rows.front().key_low;
    record.least_high = rows.front().key_high;
    record.greatest_low = rows.back().key_low;
    record.greatest_high = rows.back().key_high;
    record.id = id;
    record.rows = static_cast<std::uint32_t>(rows.size());
    record.lines = filter_lines(rows.size());
    return record;
}

void encode_block(std::span<const KeyRow> rows, KeyTable table, std::uint64_t id,
                  storage::MutableBytes value) {
    LEDGER_ASSERT(!rows.empty() && value.size() >= block_bytes(rows.size()));
    std::byte* block = value.data();
    ValueHeader header = make_header(block_magic, table, id, rows.size());
    header.lines = filter_lines(rows.size());
    const std::size_t filter_bytes = std::size_t{header.lines} * line_bytes;
    std::memset(block + sizeof header, 0, filter_bytes);
    for (const KeyRow& row : rows) add_to_filter(block, header.lines, mix(row.key()));
    std::byte* body = block + sizeof header + filter_bytes;
    std::memcpy(body, rows.data(), rows.size_bytes());
    const std::size_t used = block_bytes(rows.size());
    std::memset(block + used, 0, value.size() - used);
    seal_value(block, header, body, rows.size_bytes());
}

void check_length(storage::Bytes value, const BlockRecord& record, const Place& place) {
    if (record.rows == 0 || record.rows > block_rows_max ||
        record.lines != filter_lines(record.rows) || value.size() < block_bytes(record.rows)) {
        corrupt(place, "it has " + std::to_string(value.size()) + " bytes, which can't hold " +
                           std::to_string(record.rows) + " rows");
    }
}

void check_head(const std::byte* block, std::uint32_t lines, const Place& place) {
    const ValueHeader header = header_of(block);
    check_header(header, block_magic, place);
    if (header.lines != lines || header.lines != filter_lines(header.count)) {
        corrupt(place, "its filter has another length than its shelf says");
    }
    if (header.head_checksum != head_checksum(block, header)) {
        corrupt(place, "its filter fails its checksum");
    }
}

void check_rows(const std::byte* block, const Place& place) {
    const ValueHeader header = header_of(block);
    const auto rows = rows_of(block, header.lines, header.count);
    if (XXH3_64bits(rows.data(), rows.size_bytes()) != header.body_checksum) {
        corrupt(place, "its rows fail their checksum");
    }
}

void encode_shelf(std::span<const BlockRecord> records, KeyTable table, std::uint64_t id,
                  storage::MutableBytes value) {
    LEDGER_ASSERT(!records.empty() && value.size() == shelf_bytes(records.size()));
    std::byte* body = value.data() + sizeof(ValueHeader);
    std::memcpy(body, records.data(), records.size_bytes());
    seal_value(value.data(), make_header(shelf_magic, table, id, records.size()), body,
               records.size_bytes());
}

std::vector<BlockRecord> decode_shelf(storage::Bytes value, const Place& place) {
    if (value.size() < sizeof(ValueHeader)) corrupt(place, "it ends early");
    const ValueHeader header = header_of(value.data());
    check_header(header, shelf_magic, place);
    if (header.count == 0 || header.count > shelf_records_max || header.lines != 0 ||
        value.size() != shelf_bytes(header.count)) {
        corrupt(place, "it has not the length of the blocks it lists");
    }
    const std::byte* body = value.data() + sizeof(ValueHeader);
    if (header.head_checksum != head_checksum(value.data(), header) ||
        header.body_checksum != XXH3_64bits(body, header.count * sizeof(BlockRecord))) {
        corrupt(place, "it fails its checksum");
    }
    std::vector<BlockRecord> records(header.count);  // a small value need not be aligned
    std::memcpy(records.data(), body, header.count * sizeof(BlockRecord));
    return records;
}

}  // namespace ledger::history::sealed
