// balance-sheet, income: what a book has, owes and is worth; what it earned and spent.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/report_arguments.hpp"

#include "ledger/reporting/balance_sheet.hpp"
#include "ledger/reporting/income_statement.hpp"

namespace ledger::cli {

namespace {

/// One line of a report, in its order: a section's title, a row of it, or a sum.
struct SheetLine {
    std::string section;
    TrialRow row;  ///< without code: of a sum, with its name
    std::vector<Wide> amounts;
};

/// Lines with one or two columns of amounts.
class SheetReport final : public Report {
public:
    SheetReport(const View& view, const Currency& currency, const CurrencyTable& currencies,
                std::vector<std::string> columns)
        : view_(view),
          code_(currency.code),
          currencies_(currencies),
          columns_(std::move(columns)) {}

    void row(const std::string& section, const TrialRow& row, std::vector<Wide> amounts) {
        for (const Wide& amount : amounts) {
            if (amount.is_zero()) continue;
            lines_.push_back({section, row, std::move(amounts)});
            return;
        }
    }
    void sum(const std::string& name, std::vector<Wide> amounts) {
        TrialRow row;
        row.name = name;
        lines_.push_back({{}, std::move(row), std::move(amounts)});
    }

    void print_table(Format format, bool has_titles) const override {
        std::vector<Table::Column> columns{{"section"}, {"code"}, {"name"}, {"currency"}};
        for (const std::string& title : columns_) columns.push_back({title, Align::right});
        ReportTable table(format, columns, has_titles);
        std::string section;
        for (const SheetLine& line : lines_) {
            const bool repeats = format == Format::text && line.section == section;
            section = line.section;
            const std::string indent(format == Format::text ? 2 * (line.row.level - 1) : 0, ' ');
            std::vector<std::string> cells{repeats ? "" : section, indent + line.row.code,
                                           name_of(view_, line.row.name, line.row.account),
                                           std::string(code_.text())};
            for (const Wide& amount : line.amounts) {
                cells.push_back(print(amount, code_, currencies_));
            }
            table.row(std::move(cells));
        }
        table.print();
    }

    /// Rows by section, and the sums under their names.
    Json to_json() const override {
        Json out = Json::object();
        Json sums = Json::object();
        for (const SheetLine& line : lines_) {
            Json amounts = Json::object();
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                amounts[columns_[i]] = print(line.amounts[i], code_, currencies_);
            }
            if (line.section.empty()) {
                sums[line.row.name] = std::move(amounts);
                continue;
            }
            Json one{{"code", line.row.code}};
            const std::string name = name_of(view_, line.row.name, line.row.account);
            if (!name.empty()) one["name"] = name;
            one["level"] = line.row.level;
            one["group"] = line.row.is_group;
            one.update(amounts);
            out[line.section].push_back(std::move(one));
        }
        out["sums"] = std::move(sums);
        return out;
    }

private:
    const View& view_;
    CurrencyCode code_;
    const CurrencyTable& currencies_;
    std::vector<std::string> columns_;
    std::vector<SheetLine> lines_;
};

/// The columns of a sheet, and how it is filled from a trial balance.
struct SheetForm {
    std::vector<std::string> (*columns)(const TrialBalance&);
    void (*fill)(const TrialBalance&, SheetReport&);
};

MakeReport sheet_of(const SheetForm& form) {
    return [form](const View& view, const TrialBalance& trial, const CurrencyTable& currencies) {
        auto report =
            std::make_unique<SheetReport>(view, trial.currency, currencies, form.columns(trial));
        form.fill(trial, *report);
        return report;
    };
}

// ---- balance sheet

std::vector<std::string> balance_sheet_columns(const TrialBalance& trial) {
    if (has_beginning(trial.range)) return {"opening", "closing"};
    return {"closing"};
}

void fill_balance_sheet(const TrialBalance& trial, SheetReport& report) {
    const BalanceSheet sheet = balance_sheet(trial);
    const auto columns = [&](const OpeningClosing& amounts) -> std::vector<Wide> {
        if (has_beginning(trial.range)) return {amounts.opening, amounts.closing};
        return {amounts.closing};
    };
    const auto put_section = [&](const std::string& name, const SheetSection& section) {
        for (const SheetSection::Row& row : section.rows) {
            report.row(name, row.trial, columns(row.balance));
        }
    };
    put_section("assets", sheet.assets);
    put_section("common", sheet.common);
    report.sum("assets and common", columns(sheet.owned()));
    put_section("liabilities", sheet.liabilities);
    put_section("equity", sheet.equity);
    report.sum("current result", columns(sheet.result));
    if (sheet.rounding != OpeningClosing{}) report.sum("rounding", columns(sheet.rounding));
    if (sheet.difference != OpeningClosing{}) {
        report.sum("memorandum not balanced", columns(sheet.difference));
    }
    report.sum("liabilities, equity and result", columns(sheet.owed()));
    put_section("memorandum", sheet.memorandum);
}

ExitCode run_balance_sheet(Session& session, const ReportArguments& arguments) {
    return print_reports(session, arguments, "balance sheet", PeriodCloses::counted,
                         sheet_of({balance_sheet_columns, fill_balance_sheet}));
}

// ---- income statement

void put_section(SheetReport& report, const std::string& name, const IncomeSection& section) {
    for (const IncomeSection::Row& row : section.rows) report.row(name, row.trial, {row.amount});
    report.sum("total " + name, {section.total});
}

void fill_income(const TrialBalance& trial, SheetReport& report) {
    const IncomeStatement statement = income_statement(trial);
    put_section(report, "income", statement.income);
    put_section(report, "expenses", statement.expenses);
    report.sum("result", {statement.result});
}

std::vector<std::string> income_columns(const TrialBalance&) { return {"amount"}; }

ExitCode run_income(Session& session, const ReportArguments& arguments) {
    return print_reports(session, arguments, "income statement", PeriodCloses::left_out,
                         sheet_of({income_columns, fill_income}));
}

void add_sheet_command(Command app, Session& session, const std::string& name,
                       const std::string& description,
                       ExitCode (*run)(Session&, const ReportArguments&)) {
    auto [command, arguments] = add_command<ReportArguments>(app, session, name, description, run);
    add_report_options(command, *arguments);
    add_when_options(command, arguments->when, true);
}

}  // namespace

void add_sheet_commands(Command app, Session& session) {
    add_sheet_command(app, session, "balance-sheet",
                      "What a book has, owes and is worth, at the beginning and at the end",
                      run_balance_sheet);
    add_sheet_command(app, session, "income", "What a book earned and spent over a range",
                      run_income);
}

}  // namespace ledger::cli
