// import: a delimited file into vouchers, by a mapping file; the work is done by the room intake.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"

#include "ledger/intake/importer.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ledger::cli {

namespace {

struct ImportArguments {
    std::string file, map, rejects;
    bool resume = false;
    std::size_t batch_rows = 4096;
};

void print_report(const Session& session, const intake::ImportReport& report) {
    const intake::ImportCounts& counts = report.counts;
    if (session.json) {
        print_json(std::cout, {{"rows", counts.rows},
                               {"posted", counts.posted},
                               {"already_posted", counts.already_posted},
                               {"skipped", counts.skipped},
                               {"rejected", counts.rejected},
                               {"accounts_opened", counts.accounts_opened},
                               {"finished", report.finished},
                               {"resumed", report.resumed},
                               {"rejects", report.rejects.string()}});
    } else {
        Card card;
        card.amount("rows", grouped(counts.rows))
            .amount("posted", grouped(counts.posted))
            .amount("posted already", grouped(counts.already_posted))
            .amount("skipped by a rule", grouped(counts.skipped))
            .amount("rejected", grouped(counts.rejected))
            .amount("accounts opened", grouped(counts.accounts_opened));
        card.print(std::cout);
    }
    for (const intake::RejectedRow& row : report.first_rejected) {
        std::cerr << "rejected: line " << row.line;
        if (row.column != 0) std::cerr << ", column " << row.column;
        std::cerr << ": " << printable(row.reason) << "\n";
    }
    if (counts.rejected != 0) {
        std::cerr << "all " << grouped(counts.rejected)
                  << " rejected rows: " << printable(report.rejects.string()) << "\n";
    }
}

void check_readable(const std::string& file, std::string_view what) {
    if (access(file.c_str(), R_OK) == 0) return;
    throw InvalidArgument(std::string(what) + ": cannot read '" + file +
                          "': " + std::strerror(errno) + "; give a file that is there");
}

ExitCode run_import(Session& session, const ImportArguments& arguments) {
    check_readable(arguments.file, "FILE");
    check_readable(arguments.map, "--map");
    const InterruptWatch watch;
    std::error_code unknown;  // the importer says what is wrong with the file
    const auto size = std::filesystem::file_size(arguments.file, unknown);
    Progress progress("importing", unknown ? 0 : size, "bytes");
    intake::ImportOptions options;
    options.rejects = arguments.rejects;
    options.resume = arguments.resume;
    options.batch_rows = arguments.batch_rows;
    options.on_progress = [&](const intake::ImportProgress& state) {
        progress.at(state.bytes_done);
        return !InterruptWatch::is_interrupted();
    };
    intake::Mapping mapping = intake::Mapping::load(arguments.map);
    intake::Importer importer(session.ledger(), std::move(mapping), options);
    const intake::ImportReport report = importer.run(arguments.file);
    progress.clear();
    print_report(session, report);
    if (!report.finished) {
        std::cerr << "ledgerctl: interrupted; go on with the same command and --resume\n";
        return ExitCode::interrupted;
    }
    return report.counts.rejected == 0 ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void add_import_commands(Command app, Session& session) {
    auto [command, arguments] = add_command<ImportArguments>(
        app, session, "import",
        "Turn a delimited file into vouchers by a mapping file (docs/import.md); exit code 1 where "
        "rows were rejected",
        run_import);
    command.add_option("FILE", arguments->file, "The delimited file").required();
    command.add_option("--map", arguments->map, "The mapping file").required();
    command.add_option("--rejects", arguments->rejects,
                       "Where bad rows go (default: FILE.rejects.csv)");
    command.add_flag("--resume", arguments->resume, "Go on where an interrupted import came to");
    command.add_option("--batch-rows", arguments->batch_rows, "Rows acknowledged together")
        .between(1, bounds::batch_records_max)
        .show_default();
}

}  // namespace ledger::cli
