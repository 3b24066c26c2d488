// Durable operations on files and directories. Invariant: when one of these returns, its effect
// survives a power cut; when one throws, the message names the path, the operation and the remedy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace ledger::storage {

/// Creates one directory and makes its name durable in its parent. Does nothing where it exists
/// already. Throws StorageError where the parent is missing or can't be written.
void create_directory_durably(const std::filesystem::path& directory);

/// Renames within one file system, replacing a file at `to`, and makes the new name durable. The
/// caller has made the content durable before (sync_file). Throws StorageError.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Makes `content` the whole content of the file, durably: a reader, also after a power cut, finds
/// either the old file or the new one. What is written first stands beside it as `<file>.new`.
/// Throws StorageError.
void replace_file_durably(const std::filesystem::path& file, std::string_view content);

/// Waits until the content and size of the file are on the disk. Throws StorageError.
void sync_file(const std::filesystem::path& file);

/// Waits until the names in the directory are on the disk. Throws StorageError.
void sync_directory(const std::filesystem::path& directory);

/// Removes a file or a directory with all it holds; nothing there is no error. Throws StorageError.
void remove_tree(const std::filesystem::path& path);

/// Bytes an unprivileged process can still write on the file system of `path`. Throws StorageError.
std::uint64_t disk_free(const std::filesystem::path& path);

/// Bytes of the file as a reader sees them (preallocated ones included). Throws StorageError.
std::uint64_t length_of(const std::filesystem::path& file);

/// A directory beside `target` under a name that nothing opens (`<target>.creating-...`), removed
/// with all it holds when this goes; what a killed process left behind is removed when the next one
/// is made for the same target, or by remove_abandoned(). Whatever must appear whole is built in it
/// and renamed to its place.
class StagingDirectory {
public:
    /// Throws StorageError where the parent of `target` is missing or can't be written.
    explicit StagingDirectory(const std::filesystem::path& target);
    ~StagingDirectory();
    StagingDirectory(const StagingDirectory&) = delete;
    StagingDirectory& operator=(const StagingDirectory&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
    int lock_ = -1;  // tells other processes that its maker lives
};

/// Removes the staging directories of `target` whose makers were killed.
void remove_abandoned(const std::filesystem::path& target);

}  // namespace ledger::storage
