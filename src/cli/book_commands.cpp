// book define, list, cut, close.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace ledger::cli {

namespace {

struct DefineArguments {
    std::string book;
    std::string name;
    bool two_principals = false;
    std::string utc_offset;
    std::string first_date;
};

ExitCode run_define(Session& session, const DefineArguments& arguments) {
    DefineBook record;
    record.book = parse_book(arguments.book, "BOOK");
    record.name = arguments.name;
    record.two_principals = arguments.two_principals;
    if (!arguments.utc_offset.empty()) {
        record.utc_offset_seconds = parse_utc_offset(arguments.utc_offset, "--utc-offset");
    }
    record.first_date = parse_optional_date(arguments.first_date, "--first-date");
    return report(session, {"book " + arguments.book, "defined"}, session.ledger().post(record));
}

ExitCode run_list(Session& session, const NoArguments&) {
    return print_all<DefineBook>(
        session, session.view().books(),
        {{{"book", Align::right}, {"utc offset"}, {"first date"}, {"principals"}, {"name"}},
         [](const DefineBook& book) -> std::vector<std::string> {
             return {std::to_string(book.book.number), print_utc_offset(book.utc_offset_seconds),
                     book.first_date ? to_string(book.first_date) : "",
                     book.two_principals ? "two" : "one", book.name};
         },
         [](const DefineBook& book) { return to_json(book); }});
}

struct DayArguments {
    std::string book;
    std::string date;
};

template <class Record>
ExitCode run_day(Session& session, const DayArguments& arguments, const std::string& done) {
    const Record record{parse_book(arguments.book, "BOOK"),
                        parse_optional_date(arguments.date, "DATE")};
    return report(session, {"book " + arguments.book + ", day " + arguments.date, done},
                  session.ledger().post(record));
}

void add_day_command(CLI::App& family, Session& session, const std::string& name,
                     const std::string& description,
                     ExitCode (*run)(Session&, const DayArguments&)) {
    auto [command, arguments] = add_command<DayArguments>(family, session, name, description, run);
    command->add_option("BOOK", arguments->book, "1..65535")->required();
    command->add_option("DATE", arguments->date, "The book date, such as 2026-11-21")->required();
}

}  // namespace

void add_book_commands(CLI::App& app, Session& session) {
    CLI::App& family = add_family(app, "book", "Books and their days");
    auto [define, arguments] =
        add_command<DefineArguments>(family, session, "define", "Define a book", run_define);
    define->add_option("BOOK", arguments->book, "1..65535")->required();
    define->add_option("--name", arguments->name, "At most 64 bytes");
    define->add_flag("--two-principals", arguments->two_principals,
                     "Manual vouchers need made_by and another checked_by");
    define->add_option("--utc-offset", arguments->utc_offset,
                       "Of its day where no day was cut, such as +08:00 (default Z)");
    define->add_option("--first-date", arguments->first_date,
                       "Dates before it are closed (default: all open)");
    add_command<NoArguments>(family, session, "list", "All books", run_list);
    add_day_command(family, session, "cut",
                    "Cut a day: the book's current day becomes the one after it",
                    [](Session& s, const DayArguments& a) { return run_day<CutDay>(s, a, "cut"); });
    add_day_command(
        family, session, "close", "Close a day that was cut: nothing enters it any more",
        [](Session& s, const DayArguments& a) { return run_day<CloseDay>(s, a, "closed"); });
}

}  // namespace ledger::cli
