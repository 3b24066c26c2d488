// What the command families share: how a command is hung up, how pages and outcomes are printed.
// Invariant: results go to stdout, everything else to stderr; with --json each result, and each
// page of a listing, is one line of JSON.
#pragma once

#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "cli/report_table.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger::cli {

/// A subcommand that runs `run` after parsing.
Command add_command(Command parent, Session& session, const std::string& name,
                    const std::string& description, std::function<ExitCode()> run);

/// A subcommand that runs `run(session, arguments)` after parsing; `arguments` are filled by the
/// options that the caller then adds.
template <class Arguments, class Run>
std::pair<Command, Arguments*> add_command(Command parent, Session& session,
                                           const std::string& name, const std::string& description,
                                           Run run) {
    auto arguments = std::make_shared<Arguments>();
    Command command = add_command(parent, session, name, description,
                                  [&session, arguments, run] { return run(session, *arguments); });
    return {command, arguments.get()};
}

struct NoArguments {};

// ---- outcomes

/// What was asked of the ledger.
struct Deed {
    std::string subject;         ///< "account 00..01"
    std::string done;            ///< "opened": what has become of it where it is accepted
    RecordId id = {};            ///< the record's; zero where it follows from what was given
    std::size_t line_count = 0;  ///< of a voucher
};

/// Prints what became of a record, and its balances afterwards. A refusal is printed on stderr as
/// well and gives ExitCode::refused.
ExitCode report(Session& session, const Deed& deed, const Receipt& receipt);
/// ok, refused, or what a failing disk or a busy ledger behind the outcome makes of it.
ExitCode exit_code_of(Outcome outcome) noexcept;
/// Of two such codes the one to give for both.
ExitCode graver(ExitCode a, ExitCode b) noexcept;
/// "refused: below_minimum, line 1 of 2: ..."; lines are counted from 1, as people do.
std::string describe_refusal(const Result& result, std::size_t line_count = 0);
/// The id that was given, or a fresh one (time-ordered).
RecordId id_or_fresh(const std::string& text, std::string_view what);

// ---- pages

struct PageArguments {
    std::size_t limit = 100;
    bool all = false;
    bool backward = false;
    std::string cursor;
};

/// --limit, --all, --cursor, and --backward where the listing can be read from its end.
void add_page_options(Command command, PageArguments& arguments, bool can_go_backward = false);
/// Says on stderr how to go on.
void announce_cursor(const std::string& cursor);

/// How one kind of item is shown.
template <class T>
struct Listing {
    std::vector<Table::Column> columns;
    std::function<std::vector<std::string>(const T&)> row;
    std::function<Json(const T&)> json;
};

/// Prints one page, or all of them, holding one page in memory.
template <class T>
ExitCode print_pages(const Session& session, const PageArguments& arguments,
                     const Listing<T>& listing,
                     const std::function<Page<T>(const PageRequest&)>& fetch) {
    PageRequest request{arguments.limit, arguments.backward, arguments.cursor};
    Table table(listing.columns);
    for (bool is_first = true;; is_first = false) {
        Page<T> page = fetch(request);
        if (session.json) {
            Json items = Json::array();
            for (const T& item : page.items) items.push_back(listing.json(item));
            Json out{{"items", std::move(items)}};
            if (!page.cursor.empty()) out["cursor"] = page.cursor;
            print_json(std::cout, out);
        } else {
            for (const T& item : page.items) table.row(listing.row(item));
            table.print(std::cout, is_first);
        }
        if (page.cursor.empty()) return ExitCode::ok;
        if (!arguments.all) {
            if (!session.json) announce_cursor(page.cursor);
            return ExitCode::ok;
        }
        request.cursor = std::move(page.cursor);
    }
}

/// Prints the items of all pages, holding one page in memory; in JSON one object a line.
template <class T>
void print_items(Format format, const Listing<T>& listing,
                 const std::function<Page<T>(const PageRequest&)>& fetch) {
    ReportTable table(format, listing.columns);
    PageRequest request{1000, false, {}};
    do {
        Page<T> page = fetch(request);
        for (const T& item : page.items) {
            if (format == Format::json) {
                print_json(std::cout, listing.json(item));
            } else {
                table.row(listing.row(item));
            }
        }
        if (format != Format::json) table.print();
        request.cursor = std::move(page.cursor);
    } while (!request.cursor.empty());
}

/// print_pages for what the ledger gives at once.
template <class T>
ExitCode print_all(const Session& session, std::vector<T> items, const Listing<T>& listing) {
    return print_pages<T>(session, {}, listing, [&items](const PageRequest&) {
        return Page<T>{std::move(items), {}};
    });
}

}  // namespace ledger::cli
