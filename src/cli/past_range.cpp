// See past_range.hpp.
#include "cli/past_range.hpp"

namespace ledger::cli {

void add_past_range_options(Command command, PastRangeArguments& arguments) {
    command.add_option("--from", arguments.from, "From this instant on");
    command.add_option("--to", arguments.to, "Up to this instant, which is not included");
    command.add_option("--first-date", arguments.first_date, "From this book date on");
    command.add_option("--last-date", arguments.last_date, "Up to and with this book date");
}

std::optional<PastRange> parse_past_range(const PastRangeArguments& arguments) {
    const bool has_instants = !arguments.from.empty() && !arguments.to.empty();
    const bool has_dates = !arguments.first_date.empty() && !arguments.last_date.empty();
    const bool is_mixed = !(arguments.from + arguments.to).empty() &&
                          !(arguments.first_date + arguments.last_date).empty();
    if (has_instants == has_dates || is_mixed) return std::nullopt;
    if (has_instants) {
        return InstantRange{parse_optional_instant(arguments.from, "--from"),
                            parse_optional_instant(arguments.to, "--to")};
    }
    return DateRange{parse_optional_date(arguments.first_date, "--first-date"),
                     parse_optional_date(arguments.last_date, "--last-date")};
}

void put_past_range(Json& out, const InstantRange& range) {
    out["from"] = to_string(range.from);
    out["to"] = to_string(range.to);
}

void put_past_range(Json& out, const DateRange& range) {
    out["first_date"] = to_string(range.first);
    out["last_date"] = to_string(range.last);
}

}  // namespace ledger::cli
