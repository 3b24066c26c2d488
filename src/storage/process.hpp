// What belongs to the process as a whole: which files it has open, and whether it was forked since.
// Invariant: a child made by fork inherits neither locks nor the right to use the parent's
// environments.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ledger::storage::detail {

/// Grows by one in a child made by fork.
std::uint64_t fork_generation() noexcept;

/// Notes that this process has the file open. Throws UsageError, naming `path`, where it has
/// already.
void register_file(std::uint64_t device, std::uint64_t inode, const std::filesystem::path& path);
void unregister_file(std::uint64_t device, std::uint64_t inode) noexcept;
bool has_file(std::uint64_t device, std::uint64_t inode) noexcept;

/// Descriptors that a forked child closes at once.
void close_in_child(int descriptor);
void forget_in_child(int descriptor) noexcept;

}  // namespace ledger::storage::detail
