// What ledgerctl tells the shell. Invariant: the numbers are documented (docs/ledgerctl.md, --help)
// and append-only, because scripts branch on them.
#pragma once

#include <stdexcept>

namespace ledger::cli {

enum class ExitCode : int {
    ok = 0,
    refused = 1,          ///< a business outcome: a record was refused
    usage = 2,            ///< the command line or the input cannot be understood
    not_found = 3,        ///< the ledger holds nothing under that id, code or position
    storage = 4,          ///< no ledger there, locked, another format, disk full or failing
    corruption = 5,       ///< verify failed, or what is stored is not what was written
    outcome_unknown = 6,  ///< a commit failed half-way: look the records up by id
    internal = 70,        ///< a mistake in ledgerctl itself
};

/// The table of exit codes as --help prints it.
inline constexpr const char* exit_code_help =
    "Exit codes: 0 done; 1 a record was refused (the outcome says why); 2 the command line or the\n"
    "input cannot be understood; 3 not found; 4 storage: no ledger there, locked, another format,\n"
    "disk full or failing; 5 corruption, or verify failed; 6 outcome unknown: look the records up\n"
    "by id; 70 a mistake in ledgerctl itself.";

/// What was asked for is not in the ledger.
class NotFound : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace ledger::cli
