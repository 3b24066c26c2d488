// trial-balance, day-book: what each code of the chart had, moved and has.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/report_arguments.hpp"

#include "ledger/reporting/trial_balance.hpp"

namespace ledger::cli {

namespace {

struct TrialArguments {
    ReportArguments report;
    bool all = false;
    std::string date;  // of the day book
};

/// The six columns of a row, or of the totals.
struct SixColumns {
    Columns opening, turnover, closing;
    static SixColumns of(const TrialFigures& figures) {
        return {in_columns(figures.opening), figures.turnover, in_columns(figures.closing())};
    }
    static SixColumns of(const TrialTotals& totals) {
        return {totals.opening, totals.turnover, totals.closing};
    }
};

/// A trial balance; the day book, and what has no beginning, leaves the opening out.
class TrialReport final : public Report {
public:
    TrialReport(const View& view, const TrialBalance& trial, const CurrencyTable& currencies,
                bool has_opening, bool all)
        : view_(view),
          trial_(trial),
          currencies_(currencies),
          has_opening_(has_opening),
          all_(all) {}

    void print_table(Format format, bool has_titles) const override {
        std::vector<Table::Column> columns{{"code"}, {"name"}, {"currency"}};
        const auto both = [&](const std::string& debits, const std::string& credits) {
            columns.push_back({debits, Align::right});
            columns.push_back({credits, Align::right});
        };
        if (has_opening_) both("opening debit", "opening credit");
        both("debits", "credits");
        both("closing debit", "closing credit");
        ReportTable table(format, columns, has_titles);
        for (const TrialRow& row : trial_.rows) {
            if (!all_ && row.figures.is_zero()) continue;
            const std::string indent(format == Format::text ? 2 * (row.level - 1) : 0, ' ');
            table.row(cells(indent + row.code, name_of(view_, row.name, row.account),
                            SixColumns::of(row.figures)));
        }
        if (!trial_.rounding.is_zero()) {
            table.row(cells("", "rounding", SixColumns::of(trial_.rounding)));
        }
        table.row(cells("", "total", SixColumns::of(trial_.totals)));
        table.print();
    }

    Json to_json() const override {
        Json out{{"rows", Json::array()}};
        for (const TrialRow& row : trial_.rows) {
            if (!all_ && row.figures.is_zero()) continue;
            Json one{{"code", row.code}};
            const std::string name = name_of(view_, row.name, row.account);
            if (!name.empty()) one["name"] = name;
            one["kind"] = to_string(row.kind);
            one["level"] = row.level;
            one["group"] = row.is_group;
            one["accounts"] = row.accounts;
            put(one, SixColumns::of(row.figures));
            out["rows"].push_back(std::move(one));
        }
        if (!trial_.rounding.is_zero()) put(out["rounding"], SixColumns::of(trial_.rounding));
        put(out["totals"], SixColumns::of(trial_.totals));
        return out;
    }

private:
    std::vector<std::string> cells(const std::string& code, const std::string& name,
                                   const SixColumns& figures) const {
        const CurrencyCode currency = trial_.currency.code;
        std::vector<std::string> row{code, name, std::string(currency.text())};
        const auto both = [&](const Columns& columns) {
            row.push_back(print_or_blank(columns.debits, currency, currencies_));
            row.push_back(print_or_blank(columns.credits, currency, currencies_));
        };
        if (has_opening_) both(figures.opening);
        both(figures.turnover);
        both(figures.closing);
        return row;
    }
    void put(Json& out, const SixColumns& figures) const {
        const auto money = [&](const Wide& amount) {
            return print(amount, trial_.currency.code, currencies_);
        };
        if (has_opening_) {
            out["opening_debit"] = money(figures.opening.debits);
            out["opening_credit"] = money(figures.opening.credits);
        }
        out["debits"] = money(figures.turnover.debits);
        out["credits"] = money(figures.turnover.credits);
        out["closing_debit"] = money(figures.closing.debits);
        out["closing_credit"] = money(figures.closing.credits);
    }

    const View& view_;
    const TrialBalance& trial_;
    const CurrencyTable& currencies_;
    bool has_opening_;
    bool all_;
};

ExitCode run_trial_balance(Session& session, const TrialArguments& arguments) {
    return print_reports(
        session, arguments.report, "trial balance", PeriodCloses::counted,
        [&](const View& view, const TrialBalance& trial, const CurrencyTable& currencies) {
            return std::make_unique<TrialReport>(view, trial, currencies,
                                                 has_beginning(trial.range), arguments.all);
        });
}

ExitCode run_day_book(Session& session, const TrialArguments& arguments) {
    ReportArguments of_day = arguments.report;
    of_day.when.range.first_date = of_day.when.range.last_date = arguments.date;
    return print_reports(
        session, of_day, "day book", PeriodCloses::counted,
        [&](const View& view, const TrialBalance& trial, const CurrencyTable& currencies) {
            return std::make_unique<TrialReport>(view, trial, currencies, false, arguments.all);
        });
}

}  // namespace

void add_trial_commands(Command app, Session& session) {
    auto [trial, arguments] = add_command<TrialArguments>(
        app, session, "trial-balance", "Opening, turnover and closing by chart code",
        run_trial_balance);
    add_report_options(trial, arguments->report);
    add_when_options(trial, arguments->report.when, true);
    auto [day, of_day] = add_command<TrialArguments>(
        app, session, "day-book", "Turnover and closing of one day by chart code", run_day_book);
    add_report_options(day, of_day->report);
    day.add_option("DATE", of_day->date, "The book date").required();
    day.add_option("--known-at", of_day->report.when.known_at,
                   "As known at this position or instant");
    for (auto [command, all] : {std::pair{trial, &arguments->all}, {day, &of_day->all}}) {
        command.add_flag("--all", *all, "Also codes on which nothing stands or moved");
    }
}

}  // namespace ledger::cli
