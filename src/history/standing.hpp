// An account's standing after its last entry up to a position, once tail or run is found.
// Invariant: one account asked alone and many asked together get the same answer.
#pragma once

#include "history/segments_impl.hpp"
#include "ledger/history/account_history.hpp"

#include <optional>

namespace ledger::history {

/// None: no generation has an entry of the account at or before the limit.
inline std::optional<Standing> standing_in_tail(const HistorySources& sources,
                                                AccountHandle account, Position limit) {
    for (const auto& generation : sources.generations) {
        if (const posting::Entry* entry = generation->last_at(account, limit)) {
            return Standing{
                {entry->debits, entry->credits}, generation->reserved_of(*entry), entry->position};
        }
    }
    return std::nullopt;
}

/// Of a run that begins at or before the limit.
inline Standing standing_in_run(const RunReader& reader, const Run& run, Position limit) {
    if (limit >= run.last()) return {run.closing(), run.closing_reserved(), run.last()};
    const EntryState state = reader.entry(run, reader.upper_bound(run, limit) - 1);
    return {state.totals, state.reserved, state.position};
}

}  // namespace ledger::history
