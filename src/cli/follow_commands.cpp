// follow: the records of the ledger in order, with what they did, from a position on.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/entry_columns.hpp"
#include "cli/interrupt.hpp"
#include "cli/record_input.hpp"

#include "ledger/storage/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

namespace ledger::cli {

namespace {

constexpr std::size_t page_records = 1000;
constexpr auto wait_for_more = std::chrono::milliseconds{200};  // then looks for an interrupt

struct FollowArguments {
    std::string after, state;
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    bool wait = false;
};

// ---- the state file

constexpr int state_format = 1;

/// How far a follower came. The instant of that record tells a ledger from another one, and from
/// itself with another past.
struct FollowState {
    Position position;
    Instant instant;
};

FollowState parse_state(const std::string& text) {
    try {
        const Json json = parse_json(text);
        if (json.at("format") != state_format) {
            throw InvalidArgument("its format is of another version");
        }
        return {{json.at("position").get<std::uint64_t>()},
                parse_instant(json.at("instant").get<std::string>())};
    } catch (const Json::exception& failure) {
        throw InvalidArgument(std::string("it is no state: ") + failure.what());
    }
}

[[noreturn]] void refuse_state(const std::string& file, const std::string& reason) {
    throw InvalidArgument("--state " + file + ": " + reason +
                          "; name the file of this ledger, or remove it to follow from the start");
}

/// None where there is no file yet.
Position load_state(const std::string& file, const View& view) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return {};
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) refuse_state(file, "it cannot be read");
    const FollowState state = [&] {
        try {
            return parse_state(text.str());
        } catch (const InvalidArgument& failure) {
            refuse_state(file, failure.what());
        }
    }();
    const auto record = view.record(state.position);
    if (!record || record->instant != state.instant) {
        refuse_state(file, "this ledger has no record of " + to_string(state.instant) +
                               " at position " + std::to_string(state.position.value));
    }
    return state.position;
}

void save_state(const std::string& file, const FollowState& state) {
    const Json json{{"format", state_format},
                    {"position", state.position.value},
                    {"instant", to_string(state.instant)}};
    storage::replace_file_durably(file, json.dump() + "\n");
}

/// Everything printed so far has left this process and, where it goes to a file, is on the disk.
void flush_output() {
    errno = 0;
    const bool is_written =
        std::cout.flush() && (fdatasync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS);
    if (is_written) return;
    throw StorageError(std::string("cannot write the output: ") +
                       (errno == 0 ? "it failed" : std::strerror(errno)));
}

// ---- printing

Table table_of_records() {
    return Table({{"position", Align::right},
                  {"instant"},
                  {"record"},
                  {"account"},
                  {"entry"},
                  {"debit", Align::right},
                  {"credit", Align::right},
                  {"set aside", Align::right},
                  {"total", Align::right},
                  {"currency"}});
}

/// One row an entry; what the record is stands in the first of its rows.
void add_rows(Table& table, const FeedRecord& record, const CurrencyTable& currencies) {
    std::vector<std::string> row{std::to_string(record.position.value), to_string(record.instant),
                                 std::string(to_string(record.kind))};
    for (const FeedEntry& made : record.entries) {
        const AccountEntry& entry = made.entry;
        const std::string amount = currencies.print(entry.amount, made.currency);
        for (std::string cell :
             {to_string(made.account), kind_of(entry), on_side(entry, Side::debit, amount),
              on_side(entry, Side::credit, amount), set_aside(entry, amount),
              currencies.print(entry.balance.total(), made.currency),
              std::string(made.currency.text())}) {
            row.push_back(std::move(cell));
        }
        table.row(std::move(row));
        row.assign(3, "");
    }
    if (!record.entries.empty()) return;
    row.resize(10);
    table.row(std::move(row));
}

void print_records(Session& session, const std::vector<FeedRecord>& records, Table& table,
                   bool is_first) {
    const View view = session.view();
    const CurrencyTable currencies(view);
    for (const FeedRecord& record : records) {
        if (session.json) {
            print_json(std::cout, to_json(record, view, currencies));
        } else {
            add_rows(table, record, currencies);
        }
    }
    if (!session.json) table.print(std::cout, is_first);
}

// ---- the command

Position beginning(Session& session, const FollowArguments& arguments) {
    if (!arguments.state.empty()) return load_state(arguments.state, session.view());
    if (arguments.after.empty()) return {};
    const Position after{parse_number(arguments.after, UINT64_MAX, "--after")};
    const Position last = session.view().position();
    if (after <= last) return after;
    throw InvalidArgument("--after " + arguments.after + ": the journal ends at position " +
                          std::to_string(last.value) + "; give that or less");
}

ExitCode run_follow(Session& session, const FollowArguments& arguments) {
    const InterruptWatch watch;
    Feed feed = session.reader().follow(beginning(session, arguments));
    std::vector<FeedRecord> records;
    Table table = table_of_records();
    bool is_first = true;
    for (std::uint64_t left = arguments.limit; left != 0; left -= records.size()) {
        if (InterruptWatch::is_interrupted()) return ExitCode::interrupted;
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, page_records));
        if (feed.next(records, wanted, arguments.wait ? wait_for_more : wait_for_more * 0) == 0) {
            if (!arguments.wait) break;
            continue;
        }
        print_records(session, records, table, std::exchange(is_first, false));
        flush_output();
        if (arguments.state.empty()) continue;
        save_state(arguments.state, {records.back().position, records.back().instant});
    }
    return ExitCode::ok;
}

}  // namespace

void add_follow_commands(Command app, Session& session) {
    auto [follow, arguments] = add_command<FollowArguments>(
        app, session, "follow",
        "Every record after a position, in order, with what it did to each account (docs/feed.md)",
        run_follow);
    Option after = follow.add_option("--after", arguments->after,
                                     "From the record after this position (default: all)");
    follow
        .add_option("--state", arguments->state,
                    "Go on after the position in this file, and keep it there: what is new since "
                    "the last run")
        .excludes(after);
    follow.add_option("--limit", arguments->limit, "Records at most (default: all)").positive();
    follow.add_flag("--wait", arguments->wait, "Wait for more, until Ctrl-C");
}

}  // namespace ledger::cli
