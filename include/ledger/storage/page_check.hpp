// The check of an LMDB file's pages before LMDB trusts them. Invariant: nothing is read through a
// mapping, and no number of the file is used before it was checked, so that a damaged file gives an
// error, never a fault.
#pragma once

#include <filesystem>
#include <string_view>

namespace ledger::storage {

/// Walks all pages of tables and of the free list as of the newest transaction: each page is its
/// own, is of its kind and is used once; keys ascend; large values and free pages lie inside the
/// file. Throws CorruptionError that names file and page, and StorageError where reading fails. The
/// content of values is not looked at. Nobody may write to the file meanwhile. Reads the pages of
/// the trees and one page of each large value. Layout: LMDB 0.9, mdb.c, "Page Structures".
void check_pages(const std::filesystem::path& file);

/// The same beside a writer in another process, who is not held up: as of a snapshot that is pinned
/// meanwhile, so that none of its pages is written to. Takes a bit of memory a page. Throws also
/// UsageError where this process has the file open (fork first), and StorageError where no reader
/// slot is free.
void check_pages_beside_writer(const std::filesystem::path& file);

/// That the newest transaction of a file is the one it names as such: LMDB has no checksum of the
/// number by which it knows that. `appended` is a table of integer keys to which is only ever
/// appended. Throws CorruptionError and StorageError. Nobody may write to the file meanwhile. Reads
/// a few pages.
void check_heads(const std::filesystem::path& file, std::string_view appended);

}  // namespace ledger::storage
