// A batch as the journal keeps it: a header that places and chains it, and a payload the journal
// never looks into. Invariant: the chain value is XXH3-128 over all other bytes of the batch, the
// previous chain value among them, so one value vouches for everything before it.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ledger::journal {

/// Number of a record, from 1; 0 means "before the first".
using Position = std::uint64_t;
/// Digest of a batch and of all before it; 0 before the first. Serves as the batch's id as well.
using Chain = u128;

inline constexpr std::size_t batch_header_bytes = 72;
inline constexpr std::size_t payload_bytes_max = (std::size_t{8} << 20) - batch_header_bytes;

struct BatchHeader {
    Chain chain = 0;
    Position first_position = 0;
    std::uint32_t record_count = 0;  ///< at least 1
    std::uint32_t payload_bytes = 0;
    Instant instant;  ///< posting instant of all its records; later than of the batch before
    std::uint64_t epoch = 0;  ///< of the writer that appended it
    Chain previous = 0;       ///< chain value of the batch before

    constexpr Position last_position() const noexcept { return first_position + record_count - 1; }
    constexpr Position next_position() const noexcept { return first_position + record_count; }
    friend constexpr bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

/// A batch read back. The payload is 8-byte aligned; lifetime: see who gave it.
struct BatchView {
    BatchHeader header;
    std::span<const std::byte> payload;
};

/// How much of a batch is checked before it is given out. Headers are always checked for shape.
enum class Check : std::uint8_t {
    header,    ///< no pass over the payload: for what the payload, and what the header says, do not
               ///< decide
    once,      ///< as checksum, unless this store did so not long ago: for repeated reads of old
               ///< batches
    checksum,  ///< the whole batch against its chain value
};

/// Bytes a batch takes as a stored value: header, payload, zeros up to a multiple of 8.
constexpr std::size_t stored_bytes(std::size_t payload_bytes) noexcept {
    return (batch_header_bytes + payload_bytes + 7) / 8 * 8;
}

/// Writes header (its chain and payload size are computed), payload and padding to `value`, which
/// has stored_bytes(sum of pieces); returns the chain value.
Chain encode_batch(BatchHeader header, std::span<const std::span<const std::byte>> pieces,
                   std::span<std::byte> value);

/// Reads the value stored under `key` back; the view points into `value`. `place` names the file in
/// messages. Throws CorruptionError where shape, key or checksum do not hold, FormatError for a
/// newer version.
BatchView decode_batch(std::span<const std::byte> value, Position key, Check check,
                       const std::string& place);

}  // namespace ledger::journal
