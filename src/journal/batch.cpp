// The bytes of a stored batch. All integers little-endian:
//   0 chain (16: low word, high word)   16 magic (4)   20 version (2)   22 header size (2)
//   24 first position (8)   32 instant, ns (8)   40 epoch (8)   48 record count (4)
//   52 payload size (4)   56 previous chain (16)   72 payload, then zeros up to a multiple of 8.
// The chain value stands first so that all it covers is one run of bytes.
#include "ledger/journal/batch.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <xxhash.h>
#include <bit>
#include <cstring>

namespace ledger::journal {

namespace {

static_assert(std::endian::native == std::endian::little,
              "stored integers are little-endian and copied as they stand in memory");

constexpr std::uint32_t batch_magic = 0x424A474Cu;  // "LGJB"
constexpr std::uint16_t batch_version = 1;

struct StoredHeader {
    std::uint64_t chain_low, chain_high;
    std::uint32_t magic;
    std::uint16_t version, header_bytes;
    std::uint64_t first_position;
    std::int64_t instant;
    std::uint64_t epoch;
    std::uint32_t record_count, payload_bytes;
    std::uint64_t previous_low, previous_high;
};
static_assert(sizeof(StoredHeader) == batch_header_bytes);
static_assert(offsetof(StoredHeader, magic) == 16 && offsetof(StoredHeader, first_position) == 24);
static_assert(offsetof(StoredHeader, record_count) == 48);
static_assert(offsetof(StoredHeader, previous_low) == 56);

constexpr std::size_t chain_bytes = 16;

Chain chain_of(std::span<const std::byte> value) noexcept {
    const auto covered = value.subspan(chain_bytes);
    const XXH128_hash_t digest = XXH3_128bits(covered.data(), covered.size());
    return from_words(digest.high64, digest.low64);
}

[[noreturn]] void damaged(const std::string& place, Position key, const std::string& problem) {
    throw CorruptionError(place + ": the batch at position " + std::to_string(key) + " " + problem +
                          "; run verify and restore a backup");
}

void check_shape(const StoredHeader& stored, std::size_t size, Position key,
                 const std::string& place) {
    if (stored.magic != batch_magic) damaged(place, key, "does not begin as a batch");
    if (stored.version > batch_version) {
        throw FormatError(place + ": the batch at position " + std::to_string(key) +
                          " has version " + std::to_string(stored.version) +
                          ", this library reads up to version " + std::to_string(batch_version) +
                          "; open the ledger with the newer library");
    }
    if (stored.header_bytes != batch_header_bytes || stored.payload_bytes > payload_bytes_max ||
        stored_bytes(stored.payload_bytes) != size) {
        damaged(place, key, "has another size than its header says");
    }
    if (stored.first_position != key) {
        damaged(place, key, "says that its position is " + std::to_string(stored.first_position));
    }
    if (stored.record_count == 0) damaged(place, key, "has no records");
}

}  // namespace

Chain encode_batch(BatchHeader header, std::span<const std::span<const std::byte>> pieces,
                   std::span<std::byte> value) {
    std::byte* const begin = value.data();
    std::byte* at = begin + batch_header_bytes;
    for (const auto piece : pieces) {
        if (piece.empty()) continue;
        LEDGER_ASSERT(piece.size() <= static_cast<std::size_t>(begin + value.size() - at));
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    }
    const auto payload_bytes = static_cast<std::size_t>(at - begin) - batch_header_bytes;
    LEDGER_ASSERT(payload_bytes <= payload_bytes_max);
    LEDGER_ASSERT(stored_bytes(payload_bytes) == value.size());
    std::memset(at, 0, static_cast<std::size_t>(begin + value.size() - at));

    StoredHeader stored{};
    stored.magic = batch_magic;
    stored.version = batch_version;
    stored.header_bytes = static_cast<std::uint16_t>(batch_header_bytes);
    stored.first_position = header.first_position;
    stored.instant = header.instant.nanoseconds;
    stored.epoch = header.epoch;
    stored.record_count = header.record_count;
    stored.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
    stored.previous_low = low_word(header.previous);
    stored.previous_high = high_word(header.previous);
    std::memcpy(begin, &stored, sizeof stored);
    const Chain chain = chain_of(value);
    stored.chain_low = low_word(chain);
    stored.chain_high = high_word(chain);
    std::memcpy(begin, &stored, chain_bytes);
    return chain;
}

BatchView decode_batch(std::span<const std::byte> value, Position key, Check check,
                       const std::string& place) {
    if (value.size() < batch_header_bytes) damaged(place, key, "is too short");
    StoredHeader stored{};
    std::memcpy(&stored, value.data(), sizeof stored);
    check_shape(stored, value.size(), key, place);
    BatchHeader header;
    header.chain = from_words(stored.chain_high, stored.chain_low);
    header.first_position = stored.first_position;
    header.record_count = stored.record_count;
    header.payload_bytes = stored.payload_bytes;
    header.instant = Instant{stored.instant};
    header.epoch = stored.epoch;
    header.previous = from_words(stored.previous_high, stored.previous_low);
    if (check != Check::header && chain_of(value) != header.chain) {
        damaged(place, key, "does not have the checksum it was written with");
    }
    return {header, value.subspan(batch_header_bytes, stored.payload_bytes)};
}

}  // namespace ledger::journal
