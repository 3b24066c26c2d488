// What stands in a journal file beside the batches: who the ledger is, which epoch may append, what
// was trimmed. Invariant: nothing is read from a file, and nothing written to it, before it is
// known to be a journal of a version that this library understands.
#pragma once

#include "ledger/journal/store.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace ledger::journal::detail {

/// The open tables of a journal file, and what never changes in it.
struct JournalTables {
    storage::Database meta;
    storage::Database batches;
    Identity identity;
    std::vector<std::byte> options_blob;
};

/// Writes the first content of a new journal.
void write_meta(storage::WriteTransaction& transaction, storage::Database meta,
                const Identity& identity, std::span<const std::byte> options_blob);

/// Opens the tables. Throws FormatError where the file is no journal or a newer version wrote it.
JournalTables open_tables(storage::Environment& environment);

Epoch read_epoch(const storage::Transaction& transaction, storage::Database meta);
void write_epoch(storage::WriteTransaction& transaction, storage::Database meta, Epoch epoch);

/// The first position that is kept; 1 where nothing was ever trimmed.
Position read_first_kept(const storage::Transaction& transaction, storage::Database meta);
void write_first_kept(storage::WriteTransaction& transaction, storage::Database meta,
                      Position position);

/// The last batch, with its header checked as asked; a zero head where there is none.
Head read_head(const storage::Transaction& transaction, const JournalTables& tables, Check check);

/// That the file's newest transaction is the one that was committed last. Nobody may write to it
/// meanwhile. Throws CorruptionError.
void check_heads(const std::filesystem::path& file);

}  // namespace ledger::journal::detail
