// What every command shares: the global options, and the ledger they name. Invariant: the ledger is
// opened at most once, by what the command needs first of it: for writing, or for reading beside a
// writer; and closed when the session ends.
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
    /// For commands that post: opens the ledger for writing on first use. Views of such a command
    /// are its ledger's. Throws what Ledger::open throws.
    Ledger& ledger();
    /// For commands that only ask: opens the ledger for reading on first use. Throws what
    /// Reader::open throws.
    Reader& reader();
    /// Everything acknowledged so far, or the earlier state that `at` names: a position or an
    /// instant; of the ledger if it is open for writing, of the reader otherwise. Throws
    /// InvalidArgument where `at` is neither, or in the future.
    View view(const std::string& at = {});

private:
    std::optional<Ledger> ledger_;
    std::optional<Reader> reader_;
};

}  // namespace ledger::cli
