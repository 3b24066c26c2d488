// An entry as tail and segments hold it, in the one form in which readers get it. Invariant: the
// same entry gives the same view, wherever it lies.
#pragma once

#include "history/segments_impl.hpp"
#include "ledger/history/account_history.hpp"

namespace ledger::history {

/// Without what follows from the account's other entries: the index, and the amount of a line.
inline EntryView view_of(AccountHandle account, const EntryState& state) {
    return {state.position, 0,           account, state.line,          state.kind,
            state.flags,    state.date,  0,       state.totals.debits, state.totals.credits,
            state.reserved, state.folded};
}

/// Of a line, whose account had these totals before it.
inline i128 amount_of_line(const EntryView& line, const Totals& before) {
    const bool is_credit = (line.flags & posting::entry_flag::credit) != 0;
    return is_credit ? line.credits - before.credits : line.debits - before.debits;
}

inline EntryState state_of(const TailGeneration& generation, const posting::Entry& entry) {
    return {entry.position,
            entry.line,
            entry.kind,
            entry.flags,
            format::has_date(entry.kind) ? Date{entry.book_date_days} : Date::none(),
            {entry.debits, entry.credits},
            generation.reserved_of(entry),
            posting::folded_of(entry.kind, generation.stored_reserved_of(entry))};
}

}  // namespace ledger::history
