// The standings of many accounts at one position. Invariant: each is what AccountHistory finds for
// the account alone; memory does not grow with the number of accounts.
#pragma once

#include "ledger/history/account_history.hpp"

#include <span>

namespace ledger::history {

/// Fills `into`, which is as long as `accounts`. A descent to an account's run waits for memory at
/// each directory row that it passes; those of some dozens of accounts are taken side by side here,
/// so that their rows are on the way together. One thread; throws CorruptionError.
void standings_at(const HistorySources& sources, std::span<const AccountHandle> accounts,
                  Position position, std::span<Standing> into);

}  // namespace ledger::history
