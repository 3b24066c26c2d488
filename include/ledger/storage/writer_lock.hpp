// The lock that makes one process, and one object in it, the only writer of a ledger. Invariant:
// the lock is the kernel's (an open-file-description lock) and vanishes with its holder; the text
// in the file only says who that is.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ledger::storage {

/// Held from construction to destruction. A forked child does not hold it.
class WriterLock {
public:
    /// Locks `file`, creating it where it is missing. Throws LockedError naming the holder
    /// (process, host, since when), StorageError where the file can't be written.
    explicit WriterLock(const std::filesystem::path& file);
    ~WriterLock();
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;

    /// Whether somebody holds it, in this process or another one; false where there is no such
    /// file. Changes nothing. Throws StorageError where the file can't be read.
    static bool is_held(const std::filesystem::path& path);

private:
    int file_ = -1;
    std::uint64_t fork_generation_ = 0;
};

}  // namespace ledger::storage
