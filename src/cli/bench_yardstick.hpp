// The yardstick beside a load's figures: what the disk does with the same bytes in as large pieces
// and no ledger around them.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ledger::cli::bench {

struct Yardstick {
    std::uint64_t bytes = 0;
    std::uint64_t syncs = 0;
    double seconds = 0;
};

/// Appends `bytes` in pieces of `piece_bytes` to a new file in `directory`, with an fdatasync after
/// each, and removes the file. `preallocated`: the file has its size from the beginning
/// (posix_fallocate). Stops after `seconds_max`. Throws StorageError.
Yardstick append_and_sync(const std::filesystem::path& directory, std::uint64_t bytes,
                          std::uint64_t piece_bytes, bool preallocated, double seconds_max);

}  // namespace ledger::cli::bench
