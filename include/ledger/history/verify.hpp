// Verification of what is derived from a journal. Invariant: nothing that a view reads of a
// checkpoint is left uncompared, and nothing is repaired, replaced or written.
#pragma once

#include "ledger/journal/store.hpp"

#include <filesystem>

namespace ledger::history {

/// Replays the whole journal, and reads the whole checkpoint of `directory`, where there is one:
/// its pages, checksums and summaries, then every account entry, key, head and the saved state
/// against what the replay gives, none missing and none too many. At the end debits must equal
/// credits in each book and currency. Memory: the state, the entries and keys of one segment, and 8
/// bytes an account. Throws CorruptionError or FormatError, which name place and remedy; UsageError
/// where the checkpoint is ahead of the journal. Nobody may write to either file meanwhile.
void verify_by_replay(const std::filesystem::path& directory, const journal::Store& store);

}  // namespace ledger::history
