// The families of commands, one source file each. Invariant: parsing has no effect but to set
// Session::command; nothing is opened, read or posted before the whole command line is understood.
#pragma once

#include "cli/command.hpp"

namespace ledger::cli {

class Session;

/// Each adds its subcommands to `app`; both must outlive the parsing and the command.
void add_care_commands(Command app, Session& session);       // init, stats, verify, rebuild, ...
void add_currency_commands(Command app, Session& session);   // currency
void add_book_commands(Command app, Session& session);       // book
void add_day_commands(Command app, Session& session);        // day
void add_chart_commands(Command app, Session& session);      // group, relation
void add_account_commands(Command app, Session& session);    // account
void add_post_commands(Command app, Session& session);       // post
void add_import_commands(Command app, Session& session);     // import
void add_balance_commands(Command app, Session& session);    // balance, lines, entries, trial
void add_range_commands(Command app, Session& session);      // lowest, average, ...
void add_statement_commands(Command app, Session& session);  // statement
void add_snapshot_commands(Command app, Session& session);   // snapshot
void add_trial_commands(Command app, Session& session);      // trial-balance, day-book
void add_sheet_commands(Command app, Session& session);      // balance-sheet, income
void add_journal_commands(Command app, Session& session);    // journal
void add_control_commands(Command app, Session& session);    // control-check, reserve
void add_proposal_commands(Command app, Session& session);   // period-close, revalue
void add_voucher_commands(Command app, Session& session);    // voucher, order, reverse
void add_hold_commands(Command app, Session& session);       // hold
void add_item_commands(Command app, Session& session);       // item
void add_follow_commands(Command app, Session& session);     // follow
void add_bench_commands(Command app, Session& session);      // bench

}  // namespace ledger::cli
