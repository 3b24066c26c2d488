// Assembly of the command line, and the one place where exceptions become messages and exit codes.
#include "cli/application.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include "ledger/version.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <new>
#include <string>
#include <vector>

namespace ledger::cli {

namespace {

int fail(ExitCode code, const std::string& message) {
    std::cout.flush();
    std::cerr << "ledgerctl: " << message << "\n";
    return static_cast<int>(code);
}

/// Runs `work` and turns what it throws into a message and an exit code.
int guarded(const std::function<ExitCode()>& work) {
    try {
        return static_cast<int>(work());
    } catch (const NotFound& error) {
        return fail(ExitCode::not_found, error.what());
    } catch (const InvalidArgument& error) {
        return fail(ExitCode::usage, error.what());
    } catch (const OverflowError& error) {
        return fail(ExitCode::usage, error.what());
    } catch (const UsageError& error) {
        return fail(ExitCode::usage, error.what());
    } catch (const PoisonedError& error) {
        return fail(ExitCode::outcome_unknown, error.what());
    } catch (const CorruptionError& error) {
        return fail(ExitCode::corruption, error.what());
    } catch (const UnavailableError& error) {
        return fail(ExitCode::unavailable, error.what());
    } catch (const StorageError& error) {
        return fail(ExitCode::storage, error.what());
    } catch (const Error& error) {
        return fail(ExitCode::internal, error.what());
    } catch (const std::bad_alloc&) {
        return fail(ExitCode::storage, "out of memory; give the process more, or ask for less");
    } catch (const std::exception& error) {
        return fail(ExitCode::internal,
                    std::string("unexpected: ") + error.what() + "; please report this");
    }
}

void add_global_options(CLI::App& app, Session& session) {
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", std::string("ledgerctl ") + std::string(version()));
    app.add_option("-d,--dir", session.directory, "Directory of the ledger")->envname("LEDGER_DIR");
    app.add_flag("--json", session.json, "Print results as JSON, one value a line");
    app.add_flag(
        "-v,--verbose",
        [&session](std::int64_t count) { session.verbosity = static_cast<unsigned>(count); },
        "Say more on stderr; twice: still more");
    app.footer(exit_code_help);
}

void add_commands(Command app, Session& session) {
    add_care_commands(app, session);
    add_currency_commands(app, session);
    add_book_commands(app, session);
    add_day_commands(app, session);
    add_chart_commands(app, session);
    add_account_commands(app, session);
    add_post_commands(app, session);
    add_import_commands(app, session);
    add_balance_commands(app, session);
    add_range_commands(app, session);
    add_statement_commands(app, session);
    add_snapshot_commands(app, session);
    add_trial_commands(app, session);
    add_sheet_commands(app, session);
    add_journal_commands(app, session);
    add_control_commands(app, session);
    add_proposal_commands(app, session);
    add_voucher_commands(app, session);
    add_hold_commands(app, session);
    add_item_commands(app, session);
    add_follow_commands(app, session);
    add_bench_commands(app, session);
}

/// What is wrong with the command line; where a command is missing, what stands in its place.
std::string describe(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* at = &app;
    std::string path = "ledgerctl";
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        path += " " + at->get_name();
    }
    const std::string help = "; see: " + path + " --help";
    if (at->get_require_subcommand_min() == 0) return error.what() + help;
    const std::vector<std::string> unknown = app.remaining(true);
    if (unknown.empty()) return error.what() + help;
    return "'" + printable(unknown.front()) + "' is no command or option of " + path + help;
}

int parse_and_run(int argument_count, char** arguments) {
    Session session;
    CLI::App app(
        "A double-entry ledger on the command line. Ids are hexadecimal digits, UUIDs, or "
        "text:ANYTHING; amounts are decimal strings.",
        "ledgerctl");
    add_global_options(app, session);
    add_commands(Command(app), session);
    try {
        app.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);  // --help
        return fail(ExitCode::usage, describe(app, error));
    }
    return guarded(session.command);
}

}  // namespace

int run(int argument_count, char** arguments) noexcept {
    std::ios::sync_with_stdio(false);
    int code =
        guarded([&] { return static_cast<ExitCode>(parse_and_run(argument_count, arguments)); });
    errno = 0;
    if (!std::cout.flush() && code == 0) {
        code = fail(ExitCode::storage, std::string("cannot write the output: ") +
                                           (errno == 0 ? "it failed" : std::strerror(errno)));
    }
    return code;
}

}  // namespace ledger::cli
