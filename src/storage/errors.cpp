// From codes to exceptions: which kind of failure each code is, and what to do about it.
#include "storage/errors.hpp"

#include "ledger/core/error.hpp"

#include <lmdb.h>
#include <array>
#include <cerrno>
#include <string>

namespace ledger::storage::detail {

namespace {

enum class Kind { storage, full, format, corruption, poisoned, usage };

struct Meaning {
    int code;
    Kind kind;
    const char* remedy;
};

constexpr auto meanings = std::to_array<Meaning>({
    {MDB_MAP_FULL, Kind::full, "reopen with a larger map size"},
    {ENOSPC, Kind::full, "free space on this file system"},
    {EDQUOT, Kind::full, "raise the disk quota or free space under it"},
    {MDB_INVALID, Kind::format, "name a file that this library wrote, or restore a backup"},
    {MDB_VERSION_MISMATCH, Kind::format, "open it with the LMDB version that wrote it"},
    {MDB_INCOMPATIBLE, Kind::format, "name a file that this library wrote, or restore a backup"},
    {MDB_CORRUPTED, Kind::corruption, "run verify and restore a backup"},
    {MDB_PAGE_NOTFOUND, Kind::corruption, "run verify and restore a backup"},
    {MDB_CURSOR_FULL, Kind::corruption, "run verify and restore a backup"},
    {MDB_PAGE_FULL, Kind::corruption, "run verify and restore a backup"},
    {MDB_PANIC, Kind::poisoned, "an earlier commit failed: close and reopen"},
    {MDB_KEYEXIST, Kind::usage, "append keys in rising order"},
    {MDB_BAD_VALSIZE, Kind::usage, "keys have 1 to 511 bytes, values less than 4 GiB"},
    {MDB_BAD_TXN, Kind::usage, "an operation in this transaction failed before: abort it"},
    {MDB_BAD_DBI, Kind::usage, "open the table before beginning the transaction"},
    {MDB_BAD_RSLOT, Kind::usage, "reset a read transaction before renewing it"},
    {EINVAL, Kind::usage, "this is a mistake of the calling code"},
    {MDB_DBS_FULL, Kind::usage, "open with a larger number of tables"},
    {MDB_READERS_FULL, Kind::storage, "close readers, or raise the number of readers"},
    {MDB_TXN_FULL, Kind::storage, "commit in smaller steps"},
    {MDB_MAP_RESIZED, Kind::storage, "the writer uses a larger map size: reopen with the same"},
    {ENOENT, Kind::storage, "check the path, or create the ledger first"},
    {ENOTDIR, Kind::storage, "check the path"},
    {EEXIST, Kind::storage, "choose a path that does not exist yet"},
    {EROFS, Kind::storage, "the file system is read-only: remount it writable"},
    {EACCES, Kind::storage, "give this user read and write permission (also on the -lock file)"},
    {EPERM, Kind::storage, "give this user read and write permission"},
    {ENOMEM, Kind::storage, "lower the map size, or raise the address space limit"},
    {EMFILE, Kind::storage, "raise the limit of open files"},
    {ENFILE, Kind::storage, "raise the system's limit of open files"},
    {EFBIG, Kind::storage, "raise the file size limit of the process or file system"},
    {EIO, Kind::storage, "check the disk and the system log, then reopen"},
});

constexpr Meaning unknown_code{0, Kind::storage, "check the system log, then reopen"};

constexpr const Meaning& meaning_of(int code) {
    for (const Meaning& meaning : meanings) {
        if (meaning.code == code) return meaning;
    }
    return unknown_code;
}

}  // namespace

void throw_error(int code, std::string_view operation, const std::filesystem::path& path) {
    const Meaning& meaning = meaning_of(code);
    std::string text = "cannot ";
    text.append(operation).append(" ").append(path.string()).append(": ");
    text.append(mdb_strerror(code)).append("; ").append(meaning.remedy);
    switch (meaning.kind) {
        case Kind::full: throw StorageFull(text);
        case Kind::format: throw FormatError(text);
        case Kind::corruption: throw CorruptionError(text);
        case Kind::poisoned: throw PoisonedError(text);
        case Kind::usage: throw UsageError(text);
        case Kind::storage: break;
    }
    throw StorageError(text);
}

}  // namespace ledger::storage::detail
