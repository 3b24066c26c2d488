// One LMDB file and its lock file. Invariants: a file is open at most once in a process; it is
// always synced in LMDB's default mode or, where asked, without the sync of its meta page (never
// looser); every LMDB return code becomes an exception that names file, operation and remedy; an
// environment is never used after fork.
#pragma once

#include "ledger/storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct MDB_env;

namespace ledger::storage {

class WriteTransaction;

struct EnvironmentOptions {
    /// Upper bound of the file; address space, not memory. Fixed while open; can be raised by
    /// reopening.
    std::size_t map_size = std::size_t{1} << 40;
    /// Read transactions open at one moment, over all processes. The first process to open decides.
    unsigned readers_max = 512;
    /// Tables that can be open.
    unsigned databases_max = 32;
    /// Readers beside a writer in another process; the file system may be read-only.
    bool read_only = false;
    /// Leaves out the sync of the meta page: a power cut can lose the last commits, never
    /// consistency.
    bool no_meta_sync = false;
    /// Tables to open at once; in a new environment they are created.
    std::vector<DatabaseName> databases;
};

struct EnvironmentStat {
    std::uint64_t page_bytes = 0;
    std::uint64_t pages_used =
        0;  ///< pages up to the last one in use, free ones in between included
    std::uint64_t map_bytes = 0;
    std::uint64_t file_bytes = 0;  ///< with what is preallocated
    std::uint64_t last_transaction = 0;
    unsigned readers_max = 0;
    unsigned readers_used = 0;  ///< slots, over all processes
};

/// A slot of the reader table.
struct ReaderSlot {
    std::uint64_t process = 0;
    std::uint64_t thread = 0;
    std::uint64_t transaction = 0;  ///< the snapshot it pins; 0 where it is idle
    std::uint64_t behind = 0;       ///< commits since that snapshot; 0 where it is idle
};

/// Thread rule: every member from any thread. Write transactions exclude each other over all
/// processes.
class Environment {
public:
    /// Opens the existing LMDB file `file` (its lock file is `<file>-lock`) and the tables of the
    /// options. With a table missing: creates it unless read-only is set, so check identity first
    /// where that matters (pass no tables, then open_database). Throws StorageError (missing, not
    /// permitted, read-only file system), FormatError (no LMDB file), UsageError (open already in
    /// this process).
    Environment(const std::filesystem::path& file, const EnvironmentOptions& options);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }
    bool is_read_only() const noexcept { return options_.read_only; }
    /// Whether readers stand in a lock file, where writers see them; false where it could not be
    /// written, on a read-only file system: LMDB then reads without telling anybody.
    bool has_reader_table() const;
    /// Whether the path still leads to this file; false where it was removed or replaced.
    bool is_in_place() const noexcept;

    /// A table that was opened before. Throws UsageError where none has this name.
    Database database(std::string_view name) const;
    /// The name of an open table, for messages.
    std::string name_of(Database database) const;
    EnvironmentStat stat() const;
    std::vector<ReaderSlot> readers() const;
    /// Bytes up to the last page in use; backups have this size.
    std::uint64_t used_bytes() const;

    /// Opens a table, creating it where it is missing, `create` is set and the environment is
    /// writable. Runs a transaction of its own: not while this thread has a write transaction.
    /// Transactions begun before do not see the handle. Throws FormatError where the table is
    /// missing or has another kind of key.
    Database open_database(std::string_view name, KeyKind keys, bool create);

    /// Frees the reader slots of dead processes, which otherwise pin old pages for ever; returns
    /// how many. Call now and then.
    int reader_check();

    /// Writes a consistent copy, hot, to `file`, which must not exist; it appears whole or not at
    /// all. Pins a snapshot as long as it runs. Throws StorageError.
    void copy_to(const std::filesystem::path& file) const;

    /// Makes sure that the file reaches at least `bytes_ahead` beyond the used size, so that
    /// commits write into allocated blocks and their sync need not journal a new file size (a third
    /// of the time here). Returns the bytes ahead now; what there was before where the file system
    /// can't (or is full).
    std::uint64_t preallocate(std::uint64_t bytes_ahead);
    /// Bytes of the file beyond the used size.
    std::uint64_t preallocated() const;
    /// Cuts the file back to its used size; harmless to readers of any snapshot. Waits for the
    /// write transaction of another thread or process.
    void release_preallocated();

    /// For the transactions: the LMDB handle. Throws UsageError in a process forked after opening.
    MDB_env* handle() const;
    /// Whether this process was forked after opening, so that nothing here may be touched.
    bool is_forked() const noexcept;

private:
    void open_handle();
    void open_databases();
    void close() noexcept;
    std::uint64_t length() const;

    std::filesystem::path path_;
    EnvironmentOptions options_;
    MDB_env* handle_ = nullptr;
    std::uint64_t fork_generation_ = 0;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    int file_ = -1;  // our own descriptor of the data file, for its length
    std::mutex opening_;
    mutable std::mutex mutex_;
    std::map<std::string, Database, std::less<>> databases_;
};

/// Creates an LMDB file with the tables of the options, lets `fill` write its first content in one
/// transaction (which this commits), and puts it in place under its name only when all of it is
/// durable: a crash leaves nothing that opens. Throws StorageError where `file` exists.
void create_environment(const std::filesystem::path& file, const EnvironmentOptions& options,
                        const std::function<void(Environment&, WriteTransaction&)>& fill);

/// Whether this process has the file open as an environment. Another file system object under the
/// same path is another file.
bool is_open_here(const std::filesystem::path& file) noexcept;

/// Puts the closed environment `from` in the place of `to`, durably. Processes that have the old
/// one open keep it until they close it; nobody opens a mixture of the two.
void replace_environment(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace ledger::storage
