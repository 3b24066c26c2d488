// The check of an LMDB file's pages before LMDB trusts them. Invariant: nothing is read through a
// mapping, and no number of the file is used before it was checked, so that a damaged file gives an
// error, never a fault.
#pragma once

#include <filesystem>

namespace ledger::storage {

/// Walks all pages of tables and of the free list as of the newest transaction: each page is its
/// own, is of its kind and is used once; keys ascend; large values and free pages lie inside the
/// file. Throws CorruptionError that names file and page, and StorageError where reading fails. The
/// content of values is not looked at. Nobody may write to the file meanwhile. Reads the pages of
/// the trees and one page of each large value. Layout: LMDB 0.9, mdb.c, "Page Structures".
void check_pages(const std::filesystem::path& file);

}  // namespace ledger::storage
