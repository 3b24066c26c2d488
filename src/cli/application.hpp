// The command line as a whole: options, commands, and what each failure tells the shell.
#pragma once

namespace ledger::cli {

/// Runs ledgerctl with these arguments and gives its exit code (cli/exit_code.hpp). Throws nothing.
int run(int argument_count, char** arguments) noexcept;

}  // namespace ledger::cli
