// Ranges of the past as they are given on the command line: two instants, or two book dates.
// Invariant: exactly one of the two is given, whole.
#pragma once

#include "cli/command.hpp"
#include "cli/json_output.hpp"

#include "ledger/history/ranges.hpp"

#include <optional>
#include <string>
#include <variant>

namespace ledger::cli {

struct PastRangeArguments {
    std::string from, to;               // instants
    std::string first_date, last_date;  // book dates

    bool is_given() const { return !(from + to + first_date + last_date).empty(); }
};

/// --from and --to, --first-date and --last-date.
void add_past_range_options(Command command, PastRangeArguments& arguments);

using PastRange = std::variant<InstantRange, DateRange>;
/// None where neither or both are given, or one of them in part.
std::optional<PastRange> parse_past_range(const PastRangeArguments& arguments);
/// Adds the range under the names of its options.
void put_past_range(Json& out, const InstantRange& range);
void put_past_range(Json& out, const DateRange& range);

}  // namespace ledger::cli
