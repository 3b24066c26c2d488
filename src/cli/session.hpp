// What every command shares: the global options, and the ledger they name. Invariant: the ledger is
// opened at most once, by the first command that needs it, and closed when the session ends.
#pragma once

#include "cli/exit_code.hpp"

#include "ledger/ledger.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ledger::cli {

/// The global options, filled by the parser; then the one command that was chosen.
class Session {
public:
    std::string directory;   ///< --dir
    bool json = false;       ///< --json
    unsigned verbosity = 0;  ///< --verbose, how often
    /// Set by the parser to what is to be done.
    std::function<ExitCode()> command;

    /// Throws InvalidArgument where no --dir was given.
    std::filesystem::path path() const;
    /// Options to open with: a logger to stderr that says warnings, or more where --verbose was
    /// given.
    Options options() const;
    /// Opens the ledger on first use. Throws what Ledger::open throws.
    Ledger& ledger();
    /// Everything acknowledged so far, or the earlier state that `at` names: a position or an
    /// instant. Throws InvalidArgument where `at` is neither, or in the future.
    View view(const std::string& at = {});

private:
    std::optional<Ledger> ledger_;
};

}  // namespace ledger::cli
