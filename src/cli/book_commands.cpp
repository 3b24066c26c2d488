// book define, list.
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

}  // namespace

void add_book_commands(Command app, Session& session) {
    Command family = app.add_family("book", "Books");
    auto [define, arguments] =
        add_command<DefineArguments>(family, session, "define", "Define a book", run_define);
    define.add_option("BOOK", arguments->book, "1..65535").required();
    define.add_option("--name", arguments->name, "At most 64 bytes");
    define.add_flag("--two-principals", arguments->two_principals,
                    "Manual vouchers need made_by and another checked_by");
    define.add_option("--utc-offset", arguments->utc_offset,
                      "Of its day where no day was cut, such as +08:00 (default Z)");
    define.add_option("--first-date", arguments->first_date,
                      "Dates before it are closed (default: all open)");
    add_command<NoArguments>(family, session, "list", "All books", run_list);
}

}  // namespace ledger::cli
