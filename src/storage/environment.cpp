// Opening, measuring, copying and lengthening one LMDB file.
#include "ledger/storage/environment.hpp"

#include "core/mutant.hpp"
#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/transaction.hpp"
#include "storage/descriptor.hpp"
#include "storage/errors.hpp"
#include "storage/process.hpp"

#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ledger::storage {

namespace fs = std::filesystem;

namespace {

constexpr unsigned file_mode = 0666;
constexpr std::size_t map_unit = std::size_t{1} << 20;

/// Held shared while a file and its lock file are opened, exclusively while both are replaced, so
/// that nobody opens one of the old pair and one of the new. File systems without such locks do
/// without.
class DirectoryLock {
public:
    DirectoryLock(const fs::path& file, int kind)
        : directory_(file.has_parent_path() ? file.parent_path() : fs::path("."),
                     O_RDONLY | O_DIRECTORY) {
        if (directory_.is_open()) ::flock(directory_.number(), kind);
    }
    ~DirectoryLock() {
        if (directory_.is_open()) ::flock(directory_.number(), LOCK_UN);
    }
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

private:
    detail::Descriptor directory_;
};

fs::path lock_file_of(const fs::path& file) { return file.string() + "-lock"; }

unsigned flags_of(const EnvironmentOptions& options) {
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    if (options.read_only) flags |= MDB_RDONLY;
    if (options.no_meta_sync) flags |= MDB_NOMETASYNC;
    if (LEDGER_MUTANT(dropped_sync)) flags |= MDB_NOSYNC;
    return flags;
}

std::size_t rounded_map_size(std::size_t size) {
    const std::size_t limit = ~std::size_t{0} - map_unit;
    return std::max<std::size_t>(1, (std::min(size, limit) + map_unit - 1) / map_unit) * map_unit;
}

/// One line of mdb_reader_list, "process thread transaction"; the heading does not parse.
int add_reader(const char* line, void* context) {
    auto& readers = *static_cast<std::vector<ReaderSlot>*>(context);
    ReaderSlot slot;
    const int fields = std::sscanf(line, "%" SCNu64 " %" SCNx64 " %" SCNu64, &slot.process,
                                   &slot.thread, &slot.transaction);
    if (fields >= 2) readers.push_back(slot);
    return 0;
}

unsigned flags_of(KeyKind keys) { return keys == KeyKind::integer ? MDB_INTEGERKEY : 0u; }

/// Creates an empty LMDB file, which the constructor of Environment refuses to do.
void create_empty_file(const fs::path& file) {
    MDB_env* handle = nullptr;
    detail::check(mdb_env_create(&handle), "create", file);
    const int code = mdb_env_open(handle, file.c_str(), MDB_NOSUBDIR | MDB_NOTLS, file_mode);
    mdb_env_close(handle);
    detail::check(code, "create", file);
}

}  // namespace

Environment::Environment(const fs::path& file, const EnvironmentOptions& options)
    : path_(file), options_(options), fork_generation_(detail::fork_generation()) {
    const DirectoryLock directory(path_, LOCK_SH);
    detail::Descriptor data(path_, options_.read_only ? O_RDONLY : O_RDWR);
    if (!data.is_open()) detail::throw_error(errno, "open", path_);
    struct stat found {};
    if (::fstat(data.number(), &found) != 0) detail::throw_error(errno, "measure", path_);
    if (!S_ISREG(found.st_mode) || found.st_size == 0) {
        throw FormatError("cannot open " + path_.string() + ": it is " +
                          (S_ISREG(found.st_mode) ? "an empty file" : "no regular file") +
                          "; name a file that this library wrote, or restore a backup");
    }
    device_ = found.st_dev;
    inode_ = found.st_ino;
    detail::register_file(device_, inode_, path_);
    file_ = data.release();
    try {
        open_handle();
        open_databases();
    } catch (...) {
        close();
        throw;
    }
}

Environment::~Environment() {
    // A forked child leaves the parent's mapping and descriptors alone; its end frees them.
    if (!is_forked()) close();
}

void Environment::close() noexcept {
    if (handle_ != nullptr) mdb_env_close(handle_);
    handle_ = nullptr;
    ::close(file_);
    detail::unregister_file(device_, inode_);
}

namespace {

/// LMDB has every changed value on the heap until the commit frees it. glibc hands large blocks
/// straight back to the system, and the next transaction faults all those pages in again: a fifth
/// of the CPU time of a merge of keys. It stops that for blocks as large as the largest it saw
/// freed (up to 32 MiB), so show it one; nothing of it is ever touched. Other allocators don't
/// mind.
void keep_freed_memory() noexcept {
    void* volatile block = std::malloc(std::size_t{31} << 20);
    std::free(block);
}

}  // namespace

void Environment::open_handle() {
    if (!options_.read_only) keep_freed_memory();
    detail::check(mdb_env_create(&handle_), "open", path_);
    detail::check(mdb_env_set_mapsize(handle_, rounded_map_size(options_.map_size)),
                  "set the map size of", path_);
    detail::check(mdb_env_set_maxreaders(handle_, options_.readers_max),
                  "set the number of readers of", path_);
    detail::check(mdb_env_set_maxdbs(handle_, options_.databases_max),
                  "set the number of tables of", path_);
    const int code = mdb_env_open(handle_, path_.c_str(), flags_of(options_), file_mode);
    detail::check(code, options_.read_only ? "open for reading" : "open for writing", path_);
}

void Environment::open_databases() {
    for (const DatabaseName& database : options_.databases) {
        open_database(database.name, database.keys, !options_.read_only);
    }
}

bool Environment::is_forked() const noexcept {
    return fork_generation_ != detail::fork_generation();
}

MDB_env* Environment::handle() const {
    if (is_forked()) [[unlikely]] {
        throw UsageError("cannot use " + path_.string() +
                         " in a process forked after it was opened; open it in the child");
    }
    return handle_;
}

bool Environment::has_reader_table() const {
    bool found = true;
    const auto look = [](const char* line, void* context) {
        if (std::strncmp(line, "(no reader locks)", 17) == 0) *static_cast<bool*>(context) = false;
        return 0;
    };
    detail::check(mdb_reader_list(handle(), look, &found) < 0 ? EIO : 0, "list the readers of",
                  path_);
    return found;
}

bool Environment::is_in_place() const noexcept {
    struct stat found {};
    return ::stat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
}

Database Environment::database(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(name);
    if (found == databases_.end()) {
        throw UsageError("table " + std::string(name) + " of " + path_.string() +
                         " was not opened; name it in the options or call open_database");
    }
    return found->second;
}

std::string Environment::name_of(Database database) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, open] : databases_) {
        if (open == database) return name;
    }
    return "number " + std::to_string(database.handle());
}

Database Environment::open_database(std::string_view name, KeyKind keys, bool create) {
    // LMDB opens one table at a time. Not mutex_, which is also taken inside of write transactions.
    const std::lock_guard opening(opening_);
    const std::string text(name);
    MDB_txn* txn = nullptr;
    const std::string operation = "open the table " + text + " of";
    const unsigned mode = options_.read_only ? MDB_RDONLY : 0u;
    detail::check(mdb_txn_begin(handle(), nullptr, mode, &txn), operation, path_);
    MDB_dbi number = 0;
    const unsigned create_flag = create && !options_.read_only ? MDB_CREATE : 0u;
    int code = mdb_dbi_open(txn, text.c_str(), flags_of(keys) | create_flag, &number);
    unsigned found = 0;
    if (code == 0) code = mdb_dbi_flags(txn, number, &found);
    if (code == 0 && (found & MDB_INTEGERKEY) != flags_of(keys)) code = MDB_INCOMPATIBLE;
    if (code != 0) {
        mdb_txn_abort(txn);
        if (code == MDB_NOTFOUND) code = MDB_INCOMPATIBLE;
        detail::throw_error(code, operation, path_);
    }
    detail::check(mdb_txn_commit(txn), operation, path_);
    const Database database(number, keys);
    const std::lock_guard lock(mutex_);
    databases_.insert_or_assign(text, database);
    return database;
}

EnvironmentStat Environment::stat() const {
    MDB_stat pages{};
    MDB_envinfo info{};
    detail::check(mdb_env_stat(handle(), &pages), "measure", path_);
    detail::check(mdb_env_info(handle(), &info), "measure", path_);
    EnvironmentStat stat;
    stat.page_bytes = pages.ms_psize;
    stat.pages_used = info.me_last_pgno + 1;
    stat.map_bytes = info.me_mapsize;
    stat.file_bytes = length();
    stat.last_transaction = info.me_last_txnid;
    stat.readers_max = info.me_maxreaders;
    stat.readers_used = info.me_numreaders;
    return stat;
}

std::vector<ReaderSlot> Environment::readers() const {
    std::vector<ReaderSlot> readers;
    mdb_reader_list(handle(), &add_reader, &readers);
    const std::uint64_t last = stat().last_transaction;  // at or after all that were listed
    for (ReaderSlot& slot : readers) {
        if (slot.transaction != 0) slot.behind = last - std::min(last, slot.transaction);
    }
    return readers;
}

std::uint64_t Environment::used_bytes() const {
    MDB_stat pages{};
    MDB_envinfo info{};
    detail::check(mdb_env_info(handle(), &info), "measure", path_);
    detail::check(mdb_env_stat(handle(), &pages), "measure", path_);
    return (std::uint64_t{info.me_last_pgno} + 1) * pages.ms_psize;
}

std::uint64_t Environment::length() const {
    struct stat found {};
    if (::fstat(file_, &found) != 0) detail::throw_error(errno, "measure", path_);
    return static_cast<std::uint64_t>(found.st_size);
}

int Environment::reader_check() {
    int dead = 0;
    detail::check(mdb_reader_check(handle(), &dead), "check the readers of", path_);
    return dead;
}

void Environment::copy_to(const fs::path& file) const {
    std::error_code ignored;
    if (fs::exists(file, ignored)) detail::throw_error(EEXIST, "copy to", file);
    const StagingDirectory staging(file);
    const fs::path copy = staging.path() / file.filename();
    {
        const detail::Descriptor target(copy, O_WRONLY | O_CREAT | O_EXCL, file_mode);
        if (!target.is_open()) detail::throw_error(errno, "create", copy);
        const int code = mdb_env_copyfd2(handle(), target.number(), 0);
        detail::check(code, "copy " + path_.string() + " to", copy);
        if (::fsync(target.number()) != 0) detail::throw_error(errno, "sync", copy);
    }
    rename_durably(copy, file);
}

std::uint64_t Environment::preallocated() const {
    const std::uint64_t used = used_bytes();
    const std::uint64_t size = length();
    return size > used ? size - used : 0;
}

std::uint64_t Environment::preallocate(std::uint64_t bytes_ahead) {
    const std::uint64_t used = used_bytes();
    const std::uint64_t size = length();
    const std::uint64_t wanted = std::min(used + bytes_ahead, stat().map_bytes);
    if (options_.read_only || size >= wanted) return size > used ? size - used : 0;
    const auto start = static_cast<off_t>(size);
    // Where it fails (no such call on this file system, disk full) commits lengthen the file
    // themselves.
    [[maybe_unused]] const int code =
        ::fallocate(file_, 0, start, static_cast<off_t>(wanted - size));
    return preallocated();
}

void Environment::release_preallocated() {
    if (options_.read_only) return;
    // Holding the write transaction keeps the used size where it is, in all processes. Snapshots
    // use pages below it only, so no reader, copy or mapping ever touches what is cut off.
    WriteTransaction transaction(*this);
    const std::uint64_t used = used_bytes();
    if (length() > used && ::ftruncate(file_, static_cast<off_t>(used)) != 0) {
        detail::throw_error(errno, "cut to its used size", path_);
    }
}

void create_environment(const fs::path& file, const EnvironmentOptions& options,
                        const std::function<void(Environment&, WriteTransaction&)>& fill) {
    std::error_code ignored;
    if (fs::exists(file, ignored)) detail::throw_error(EEXIST, "create", file);
    const StagingDirectory staging(file);
    const fs::path draft = staging.path() / file.filename();
    create_empty_file(draft);
    {
        EnvironmentOptions writable = options;
        writable.read_only = false;
        Environment environment(draft, writable);
        WriteTransaction transaction(environment);
        fill(environment, transaction);
        transaction.commit();
    }
    sync_file(draft);
    replace_environment(draft, file);
}

bool is_open_here(const fs::path& file) noexcept {
    struct stat found {};
    return ::stat(file.c_str(), &found) == 0 && detail::has_file(found.st_dev, found.st_ino);
}

void replace_environment(const fs::path& from, const fs::path& to) {
    const DirectoryLock directory(to, LOCK_EX);
    // The lock file tells of transactions of the old data file, so it must not meet the new one.
    remove_tree(lock_file_of(to));
    rename_durably(from, to);
    remove_tree(lock_file_of(from));
}

}  // namespace ledger::storage
