// What every report is asked for: a book, a point or a range of the past, and the money it speaks
// in. Invariant: at most one of the two axes of time is named.
#pragma once

#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "cli/past_range.hpp"
#include "cli/report_table.hpp"
#include "cli/session.hpp"

#include "ledger/reporting/trial_balance.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ledger::cli {

struct WhenArguments {
    std::string at, on, known_at;
    PastRangeArguments range;
};

/// --at, --known-at, --from and --to, --first-date and --last-date; of a report that ends at a
/// point also --on.
void add_when_options(Command command, WhenArguments& arguments, bool has_end);

/// The view that a report is made of, and what it covers.
struct When {
    View view;
    MovementRange range;
    Json fields;       ///< of the range under the names of the options, and the view's position
    std::string text;  ///< the same for people
};
/// Without options: all of the past up to now. Throws InvalidArgument naming the options.
When parse_when(Session& session, const WhenArguments& arguments);

/// Whether something can have come before the range: only then a report has an opening.
bool has_beginning(const MovementRange& range);

struct MoneyArguments {
    std::string currency, rounding = "half_up";
    std::vector<std::string> rates;
};

/// --currency, --rate, --rounding.
void add_money_options(Command command, MoneyArguments& arguments);

/// --currency with --rate: the rates to it. `currencies` learns it.
Rates parse_rates(const View& view, const MoneyArguments& arguments, CurrencyTable& currencies);

void add_format_option(Command command, std::string& format);

// ---- reports by chart code

struct ReportArguments {
    std::string book, format = "text";
    WhenArguments when;
    MoneyArguments money;
    unsigned levels = 0;
};

/// --book, --levels, --format, and those of the money. Not those of the time.
void add_report_options(Command command, ReportArguments& arguments);

/// One report in one currency, made of a trial balance.
class Report {
public:
    virtual ~Report() = default;
    virtual void print_table(Format format, bool has_titles) const = 0;
    virtual Json to_json() const = 0;
};
using MakeReport =
    std::function<std::unique_ptr<Report>(const View&, const TrialBalance&, const CurrencyTable&)>;

/// Prints a report for each currency, or the one that rates lead to.
ExitCode print_reports(Session& session, const ReportArguments& arguments, const std::string& title,
                       PeriodCloses closes, const MakeReport& make);

// ---- cells

/// Amounts of sums that can exceed 128 bits.
std::string print(const Wide& amount, CurrencyCode code, const CurrencyTable& currencies);
/// The same, blank where zero.
std::string print_or_blank(const Wide& amount, CurrencyCode code, const CurrencyTable& currencies);

/// How a row of the chart is called: a group's name, or that of the code's only account.
std::string name_of(const View& view, const std::string& group_name, AccountId only_account);

}  // namespace ledger::cli
