// See report_arguments.hpp.
#include "cli/report_arguments.hpp"

#include "cli/command_line.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace ledger::cli {

void add_when_options(Command command, WhenArguments& arguments, bool has_end) {
    command.add_option("--at", arguments.at, "As it was at this position or instant");
    if (has_end) command.add_option("--on", arguments.on, "At the end of this book date");
    add_past_range_options(command, arguments.range);
    command.add_option("--known-at", arguments.known_at,
                       "Of book dates: as known at this position or instant");
}

namespace {

/// The instants of a range on the command line end before its end.
Range positions_in(const InstantRange& range) {
    if (range.from >= range.to) {
        throw InvalidArgument("--to " + to_string(range.to) + " is not after --from " +
                              to_string(range.from));
    }
    return {{}, {}, range.from, {range.to.nanoseconds - 1}};
}

struct Covered {
    MovementRange range;
    Json fields = Json::object();
};

Covered covered_by(const WhenArguments& arguments) {
    Covered covered;
    const Date on = parse_optional_date(arguments.on, "--on");
    const auto range = parse_past_range(arguments.range);
    if (arguments.range.is_given() && !range) {
        throw InvalidArgument(
            "give either --from and --to, two instants, or --first-date and --last-date, two book "
            "dates");
    }
    if (int{!arguments.at.empty()} + int{static_cast<bool>(on)} + int{range.has_value()} > 1) {
        throw InvalidArgument(
            "give one of --at POINT, what the ledger said then; --on DATE, what belongs to a book "
            "date; and a range of either");
    }
    if (on) {
        covered.range = DateRange{date_min, on};
        covered.fields["on"] = to_string(on);
    } else if (range) {
        if (const auto* dates = std::get_if<DateRange>(&*range)) {
            covered.range = *dates;
        } else {
            covered.range = positions_in(std::get<InstantRange>(*range));
        }
        std::visit([&](const auto& given) { put_past_range(covered.fields, given); }, *range);
    }
    if (!arguments.known_at.empty() && !std::holds_alternative<DateRange>(covered.range)) {
        throw InvalidArgument(
            "--known-at goes with book dates; --at POINT asks what the ledger "
            "said then");
    }
    return covered;
}

}  // namespace

When parse_when(Session& session, const WhenArguments& arguments) {
    Covered covered = covered_by(arguments);
    View view = session.view(arguments.at.empty() ? arguments.known_at : arguments.at);
    std::string text;
    for (const auto& [name, value] : covered.fields.items()) {
        text += name == "on" ? "at the end of " : text.empty() ? "from " : " to ";
        text += value.get<std::string>();
    }
    const auto* dates = std::get_if<DateRange>(&covered.range);
    if (dates != nullptr && dates->first == dates->last) text = "of " + to_string(dates->first);
    if (!text.empty()) text += ", ";
    text += "known at position " + std::to_string(view.position().value);
    covered.fields["position"] = view.position().value;
    return {std::move(view), covered.range, std::move(covered.fields), std::move(text)};
}

bool has_beginning(const MovementRange& range) {
    if (const auto* dates = std::get_if<DateRange>(&range)) return dates->first != date_min;
    const auto& positions = std::get<Range>(range);
    return static_cast<bool>(positions.from_position) || static_cast<bool>(positions.from);
}

void add_money_options(Command command, MoneyArguments& arguments) {
    command.add_option("--currency", arguments.currency,
                       "This currency alone; with --rate everything in it");
    command.add_repeated(
        "--rate", arguments.rates,
        "CURRENCY=RATE: what one unit of it is worth, 7.1043 or 1/7; can be repeated");
    command.add_option("--rounding", arguments.rounding, "half_up (default), half_even, ...");
}

namespace {

/// As the ledger defines it; else, where `or_iso`, as ISO 4217 does.
Currency parse_currency(const View& view, const std::string& text, std::string_view what,
                        bool or_iso = false) {
    const CurrencyCode code = naming(what, [&] { return CurrencyCode(text); });
    const std::vector<Currency> known = view.currencies();
    const auto found = std::ranges::find(known, code, &Currency::code);
    if (found != known.end()) return *found;
    const Currency* const iso = or_iso ? find_iso_currency(text) : nullptr;
    if (iso != nullptr) return *iso;
    throw NotFound(std::string(what) + ": " + text + " is not in the ledger; see: currency list");
}

}  // namespace

Rates parse_rates(const View& view, const MoneyArguments& arguments, CurrencyTable& currencies) {
    if (arguments.currency.empty()) {
        throw InvalidArgument("--rate: give the --currency that rates lead to");
    }
    const Currency reporting = parse_currency(view, arguments.currency, "--currency", true);
    currencies.add(reporting);
    Rates rates(reporting,
                naming("--rounding", [&] { return parse_rounding(arguments.rounding); }));
    for (const std::string& text : arguments.rates) {
        const auto [code, rate] = split_pair(text, "--rate");
        rates.set(parse_currency(view, code, "--rate"),
                  naming("--rate", [&rate = rate] { return parse_ratio(rate); }));
    }
    return rates;
}

void add_format_option(Command command, std::string& format) {
    command.add_option("--format", format, "text, csv or json");
}

// ---- reports by chart code

void add_report_options(Command command, ReportArguments& arguments) {
    command.add_option("--book", arguments.book, "The book").required();
    add_money_options(command, arguments.money);
    command.add_option("--levels", arguments.levels, "Groups down to this level of the chart");
    add_format_option(command, arguments.format);
}

namespace {

/// One currency, by rates where there are any; without --currency all that there are sums of.
std::vector<Valuation> parse_money(const View& view, const ChartSums& sums,
                                   const MoneyArguments& arguments, CurrencyTable& currencies) {
    if (!arguments.rates.empty()) return {parse_rates(view, arguments, currencies)};
    if (!arguments.currency.empty()) {
        return {parse_currency(view, arguments.currency, "--currency").code};
    }
    std::set<CurrencyCode> codes;
    for (const ChartSum& sum : sums.sums) codes.insert(sum.currency);
    return {codes.begin(), codes.end()};
}

}  // namespace

ExitCode print_reports(Session& session, const ReportArguments& arguments, const std::string& title,
                       PeriodCloses closes, const MakeReport& make) {
    const When when = parse_when(session, arguments.when);
    const BookId book = parse_book(arguments.book, "--book");
    const Format format = parse_format(session, arguments.format);
    CurrencyTable currencies(when.view);
    const ChartSums sums = chart_sums(when.view, book, when.range, closes);
    bool is_first = true;
    for (const Valuation& money : parse_money(when.view, sums, arguments.money, currencies)) {
        const TrialBalance trial = trial_balance(when.view, sums, money, arguments.levels);
        const auto report = make(when.view, trial, currencies);
        if (format == Format::json) {
            Json out{{"book", book.number}, {"currency", trial.currency.code.text()}};
            out.update(when.fields);
            out.update(report->to_json());
            print_json(std::cout, out);
            continue;
        }
        if (format == Format::text) {
            std::cout << (is_first ? "" : "\n") << title << " of book " << book.number << " in "
                      << trial.currency.code.text() << ", " << when.text << "\n\n";
        }
        report->print_table(format, is_first);
        is_first = false;
    }
    return ExitCode::ok;
}

// ---- cells

std::string print(const Wide& amount, CurrencyCode code, const CurrencyTable& currencies) {
    return currencies.print_digits(to_string(amount), code);
}

std::string print_or_blank(const Wide& amount, CurrencyCode code, const CurrencyTable& currencies) {
    return amount.is_zero() ? "" : print(amount, code, currencies);
}

std::string name_of(const View& view, const std::string& group_name, AccountId only_account) {
    if (!group_name.empty() || !only_account) return group_name;
    return view.account(only_account).value().name;
}

}  // namespace ledger::cli
