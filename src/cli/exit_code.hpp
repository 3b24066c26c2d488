// What ledgerctl tells the shell. Invariant: the numbers are documented (docs/ledgerctl.md, --help)
// and append-only, because scripts branch on them.
#pragma once

#include <stdexcept>

namespace ledger::cli {

enum class ExitCode : int {
    ok = 0,
    refused = 1,          ///< a business outcome: a record was refused, a row rejected
    usage = 2,            ///< the command line or the input cannot be understood
    not_found = 3,        ///< the ledger holds nothing under that id, code or position
    storage = 4,          ///< no ledger there, locked, another format, disk full or failing
    corruption = 5,       ///< verify failed, or what is stored is not what was written
    outcome_unknown = 6,  ///< a commit failed half-way: look the records up by id
    internal = 70,        ///< a mistake in ledgerctl itself
    unavailable = 75,     ///< overloaded, the clock ahead: try again (EX_TEMPFAIL of sysexits)
    interrupted = 130,    ///< stopped by Ctrl-C at a safe place; can be resumed
};

/// The table of exit codes as --help prints it.
inline constexpr const char* exit_code_help =
    "Exit codes: 0 done; 1 a record was refused (the outcome says why) or a row rejected; 2 the\n"
    "command line or the input cannot be understood; 3 not found; 4 storage: no ledger there,\n"
    "locked, another format, disk full or failing; 5 corruption, or verify failed; 6 outcome\n"
    "unknown: look the records up by id; 70 a mistake in ledgerctl itself; 75 overloaded or the\n"
    "clock ahead: try again later; 130 interrupted.";

/// What was asked for is not in the ledger.
class NotFound : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace ledger::cli
