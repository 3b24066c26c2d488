// init, stats, verify, rebuild, backup, restore: the care of a ledger as a whole.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"

#include <system_error>

namespace ledger::cli {

namespace {

namespace fs = std::filesystem;

/// Bytes of the files in a directory as far as they are there; for progress only.
std::uint64_t bytes_in(const fs::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        const auto size = it->file_size(ignored);
        if (!ignored) bytes += size;
    }
    return bytes;
}

/// Runs work that has no progress of its own to tell, and shows that time passes.
void run_waiting(const std::string& label, const std::function<void()>& work,
                 const fs::path& growing = {}) {
    Progress progress(label, 0, growing.empty() ? "" : "bytes");
    run_with_progress(progress, work,
                      [&] { return growing.empty() ? std::uint64_t{0} : bytes_in(growing); });
}

ExitCode say_done(const Session& session, const std::string& what, const fs::path& directory) {
    if (session.json) {
        print_json(std::cout, {{"done", what}, {"directory", directory.string()}});
    } else {
        std::cout << what << ": " << printable(directory.string()) << "\n";
    }
    return ExitCode::ok;
}

ExitCode run_init(Session& session, const NoArguments&) {
    Ledger ledger = Ledger::create(session.path(), session.options());
    ledger.close();
    return say_done(session, "empty ledger created", session.path());
}

const char* name_of(PinnedSnapshot::File file) {
    return file == PinnedSnapshot::File::journal ? "journal" : "checkpoint";
}

Json to_json(const PinnedSnapshot& pinned) {
    return {{"file", name_of(pinned.file)},
            {"process", pinned.process},
            {"snapshot", pinned.snapshot},
            {"commits_behind", pinned.commits_behind}};
}

ExitCode run_stats(Session& session, const NoArguments&) {
    const Stats stats = session.reader().stats();
    if (session.json) {
        Json pinned = Json::array();
        for (const PinnedSnapshot& one : stats.pinned) pinned.push_back(to_json(one));
        print_json(std::cout, {{"committed_through", stats.committed_through.value},
                               {"sealed_through", stats.sealed_through.value},
                               {"accounts", stats.accounts},
                               {"open_holds", stats.open_holds},
                               {"journal_bytes", stats.journal_bytes},
                               {"checkpoint_bytes", stats.checkpoint_bytes},
                               {"tail_entries", stats.tail_entries},
                               {"segments", stats.segments},
                               {"readers", stats.readers},
                               {"pinned", pinned}});
        return ExitCode::ok;
    }
    Card card;
    card.amount("records", grouped(stats.committed_through.value))
        .amount("sealed through", grouped(stats.sealed_through.value))
        .amount("accounts", grouped(stats.accounts))
        .amount("open holds", grouped(stats.open_holds))
        .amount("journal", readable_bytes(stats.journal_bytes))
        .amount("checkpoint", readable_bytes(stats.checkpoint_bytes))
        .amount("segments", grouped(stats.segments))
        .amount("entries in the tail", grouped(stats.tail_entries))
        .amount("readers", grouped(stats.readers));
    card.print(std::cout);
    if (stats.pinned.empty()) return ExitCode::ok;
    Table table({{"pinned"}, {"process", Align::right}, {"commits behind", Align::right}});
    for (const PinnedSnapshot& one : stats.pinned) {
        table.row({name_of(one.file), std::to_string(one.process), grouped(one.commits_behind)});
    }
    std::cout << "\n";
    table.print(std::cout);
    return ExitCode::ok;
}

struct VerifyArguments {
    bool deep = false;
};

ExitCode run_verify(Session& session, const VerifyArguments& arguments) {
    VerifyReport report;
    run_waiting("verifying", [&] { report = Ledger::verify(session.path(), arguments.deep); });
    if (session.json) {
        Json out{{"ok", report.ok}, {"verified_through", report.verified_through.value}};
        if (!report.problem.empty()) out["problem"] = report.problem;
        print_json(std::cout, out);
    } else if (report.ok) {
        std::cout << "sound: " << grouped(report.verified_through.value) << " records verified"
                  << (arguments.deep ? ", replayed and compared\n" : "\n");
    }
    if (report.ok) return ExitCode::ok;
    std::cerr << "ledgerctl: verify failed after position " << report.verified_through.value << ": "
              << printable(report.problem) << "\n";
    return ExitCode::corruption;
}

ExitCode run_rebuild(Session& session, const NoArguments&) {
    run_waiting(
        "rebuilding the checkpoint", [&] { Ledger::rebuild(session.path(), session.options()); },
        session.path());
    return say_done(session, "checkpoint rebuilt from the journal", session.path());
}

struct CopyArguments {
    std::string directory;
};

ExitCode run_backup(Session& session, const CopyArguments& arguments) {
    const Ledger& ledger = session.ledger();
    run_waiting(
        "backing up", [&] { ledger.backup(arguments.directory); }, arguments.directory);
    return say_done(session, "backup made", arguments.directory);
}

ExitCode run_restore(Session& session, const CopyArguments& arguments) {
    run_waiting(
        "restoring", [&] { Ledger::restore(arguments.directory, session.path()); }, session.path());
    return say_done(session, "ledger restored", session.path());
}

}  // namespace

void add_care_commands(Command app, Session& session) {
    add_command<NoArguments>(app, session, "init",
                             "Make an empty ledger in --dir, which holds none yet", run_init);
    add_command<NoArguments>(app, session, "stats", "Sizes and counts of the ledger", run_stats);

    auto [verify, how] = add_command<VerifyArguments>(
        app, session, "verify", "Check pages, checksums and chain; exit code 5 where they fail",
        run_verify);
    verify.add_flag("--deep", how->deep, "Also replay all records and compare with the checkpoint");

    add_command<NoArguments>(app, session, "rebuild", "Make the checkpoint anew from the journal",
                             run_rebuild);

    auto [backup, target] = add_command<CopyArguments>(
        app, session, "backup", "Copy the ledger into a new directory", run_backup);
    backup.add_option("TARGET", target->directory, "A directory that does not exist yet")
        .required();
    auto [restore, source] = add_command<CopyArguments>(
        app, session, "restore", "Make a ledger in --dir, which must not exist yet, of a backup",
        run_restore);
    restore.add_option("BACKUP", source->directory, "The directory that backup made").required();
}

}  // namespace ledger::cli
