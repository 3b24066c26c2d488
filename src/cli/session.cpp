// The session's ledger or reader, logger and view.
#include "cli/session.hpp"

#include "cli/arguments.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace ledger::cli {

std::filesystem::path Session::path() const {
    if (directory.empty()) {
        throw InvalidArgument("no ledger is named; give --dir DIRECTORY, or set LEDGER_DIR");
    }
    return directory;
}

Options Session::options() const {
    Options options;
    options.logger = std::make_shared<spdlog::logger>(
        "ledgerctl", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    options.logger->set_level(verbosity == 0   ? spdlog::level::warn
                              : verbosity == 1 ? spdlog::level::info
                                               : spdlog::level::debug);
    return options;
}

Ledger& Session::ledger() {
    if (!ledger_) ledger_.emplace(Ledger::open(path(), options()));
    return *ledger_;
}

Reader& Session::reader() {
    if (!reader_) {
        ReaderOptions reading;
        reading.logger = options().logger;
        reading.view_age_max = {};  // a command may take long, and lets go when it ends
        reader_.emplace(Reader::open(path(), reading));
    }
    return *reader_;
}

View Session::view(const std::string& at) {
    View latest = ledger_ ? ledger_->view() : reader().view();
    if (at.empty()) return latest;
    const PastPoint point = parse_past_point(at, "--at");
    if (!point.position) return latest.at(latest.position_at(point.instant));
    if (point.position > latest.position()) {
        throw InvalidArgument("--at " + at + ": the journal ends at position " +
                              std::to_string(latest.position().value) + "; give that or less");
    }
    return latest.at(point.position);
}

}  // namespace ledger::cli
