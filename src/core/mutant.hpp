// Faults that can be switched on in one test program, which shows that the tests notice them
// (tests/mutants). Invariant: everywhere else LEDGER_MUTANT is the constant false, and nothing of a
// mutant is compiled.
#pragma once

#ifdef LEDGER_MUTANTS

namespace ledger {

enum class Mutant {
    none,
    early_acknowledgement,     ///< told before it is durable
    dropped_sync,              ///< commits do not sync
    swapped_environments,      ///< a backup copies the journal first
    lost_tail_merge,           ///< balances are those of the checkpoint
    hot_buffer_not_merged,     ///< what is buffered is not shown
    undo_log_not_applied,      ///< a refused group leaves its traces
    duplicate_check_skipped,   ///< an id posts twice
    jump_pointer_off_by_one,   ///< a run's jump leads one jump short
    wrong_span_summary,        ///< of two spans that are joined one is left out
    backdated_by_posting_day,  ///< a line counts for the day on which it was posted
    view_past_committed,       ///< a view shows what is not durable
};

/// Which one this process is; defined by the test program.
extern Mutant chosen_mutant;

}  // namespace ledger

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): must be a constant in every other build.
#define LEDGER_MUTANT(name) (::ledger::chosen_mutant == ::ledger::Mutant::name)

#else

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define LEDGER_MUTANT(name) false

#endif
