// The reports of ledger/reporting as values of the package, and proposals of vouchers.
#include "columns.hpp"
#include "ledger/ledger.hpp"
#include "ledger/reporting/movements.hpp"
#include "ledger/reporting/trial_balance.hpp"
#include "record_fields.hpp"
#include "register.hpp"
#include "values.hpp"
#include "views.hpp"

#include <string>
#include <vector>

namespace ledger::python {

namespace {

constexpr const char* module_name = "ledger._reports";

const ValueClass opening_closing_class{"OpeningClosing", module_name};
const ValueClass columns_class{"Columns", module_name};
const ValueClass figures_class{"TrialFigures", module_name};
const ValueClass trial_row_class{"TrialRow", module_name};
const ValueClass trial_totals_class{"TrialTotals", module_name};
const ValueClass trial_class{"TrialBalance", module_name};
const ValueClass sheet_row_class{"SheetRow", module_name};
const ValueClass sheet_section_class{"SheetSection", module_name};
const ValueClass sheet_class{"BalanceSheet", module_name};
const ValueClass income_row_class{"IncomeRow", module_name};
const ValueClass income_section_class{"IncomeSection", module_name};
const ValueClass income_class{"IncomeStatement", module_name};
const ValueClass term_value_class{"TermValue", module_name};
const ValueClass relation_value_class{"RelationValue", module_name};
const ValueClass parent_value_class{"ParentValue", module_name};
const ValueClass control_class{"ControlCheck", module_name};
const ValueClass revalued_position_class{"RevaluedPosition", "ledger._proposals"};
const ValueClass revalued_home_class{"RevaluedHome", "ledger._proposals"};
const ValueClass revaluation_class{"RevaluationProposal", "ledger._proposals"};

// ---- to Python

/// A tuple of what `make` makes of each.
template <class T, class Make>
py::tuple each_of(const std::vector<T>& values, Make&& make) {
    py::tuple made(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) made[i] = make(values[i]);
    return made;
}

py::object columns_of(const Columns& value) { return columns_class(value.debits, value.credits); }

py::object figures_of(const TrialFigures& value) {
    return figures_class(value.opening, value.turnover.debits, value.turnover.credits);
}

py::object row_of(const TrialRow& row) {
    return trial_row_class(row.code, row.name, row.kind, row.level, row.is_group, row.accounts,
                           row.account, figures_of(row.figures));
}

py::object trial_of(const TrialBalance& trial) {
    const py::object totals =
        trial_totals_class(columns_of(trial.totals.opening), columns_of(trial.totals.turnover),
                           columns_of(trial.totals.closing));
    return trial_class(trial.book, trial.currency, trial.closes, trial.known_at,
                       each_of(trial.rows, row_of), figures_of(trial.rounding), totals);
}

py::object opening_closing(const OpeningClosing& value) {
    return opening_closing_class(value.opening, value.closing);
}

py::object section_of(const SheetSection& section) {
    const auto row = [](const SheetSection::Row& one) {
        return sheet_row_class(row_of(one.trial), opening_closing(one.balance));
    };
    return sheet_section_class(section.kind, each_of(section.rows, row),
                               opening_closing(section.total));
}

py::object sheet_of(const BalanceSheet& sheet) {
    return sheet_class(sheet.book, sheet.currency, sheet.known_at, section_of(sheet.assets),
                       section_of(sheet.common), section_of(sheet.liabilities),
                       section_of(sheet.equity), opening_closing(sheet.result),
                       opening_closing(sheet.rounding), section_of(sheet.memorandum),
                       opening_closing(sheet.difference), opening_closing(sheet.owned()),
                       opening_closing(sheet.owed()));
}

py::object section_of(const IncomeSection& section) {
    const auto row = [](const IncomeSection::Row& one) {
        return income_row_class(row_of(one.trial), one.amount);
    };
    return income_section_class(section.kind, each_of(section.rows, row), section.total);
}

py::object income_of(const IncomeStatement& income) {
    return income_class(income.book, income.currency, income.known_at, section_of(income.income),
                        section_of(income.expenses), income.result);
}

py::object relation_of(const RelationValue& value) {
    const auto term = [](const TermValue& one) {
        return term_value_class(one.term, one.accounts, one.sum, one.value());
    };
    return relation_value_class(value.relation, each_of(value.terms, term), value.left,
                                value.right);
}

py::object control_of(const ControlCheck& check) {
    const auto parent = [](const ParentValue& one) {
        return parent_value_class(one.parent, one.children, one.own, one.of_children);
    };
    return control_class(each_of(check.relations, relation_of), each_of(check.parents, parent));
}

py::object revaluation_of(const RevaluationProposal& proposal) {
    const auto position = [](const RevaluedPosition& one) {
        return revalued_position_class(one.position.foreign, one.position.home, one.currency,
                                       one.balance, to_string(one.rate), one.value);
    };
    const auto home = [](const RevaluedHome& one) {
        return revalued_home_class(one.account, one.balance, one.value, one.adjustment);
    };
    return revaluation_class(each_of(proposal.positions, position), each_of(proposal.homes, home),
                             proposal.voucher);
}

// ---- from Python

Currency currency_of(View& view, CurrencyCode code) {
    for (const Currency& currency : view.currencies()) {
        if (currency.code == code) return currency;
    }
    throw InvalidArgument("the currency '" + std::string(code.text()) + "' is unknown here");
}

/// Of one currency, or of all by rates.
struct Money {
    CurrencyCode currency;
    std::optional<Rounding> rounding;  ///< by rates
    std::vector<std::pair<CurrencyCode, std::string>> rates;

    Rates rates_in(View& view) const {
        Rates made(currency_of(view, currency), rounding.value_or(Rounding::half_even));
        for (const auto& [code, rate] : rates) {
            made.set(currency_of(view, code), parse_ratio(rate));
        }
        return made;
    }
    Valuation in(View& view) const {
        if (!rounding) return currency;
        return rates_in(view);
    }
};

Money money_from(py::handle currency, py::handle rates) {
    Money money;
    py::detail::make_caster<CurrencyCode> code;
    if (!code.load(currency, false)) throw py::type_error("a currency must be a str");
    money.currency = py::detail::cast_op<CurrencyCode>(code);
    if (rates.is_none()) return money;
    const Fields from(rates);
    money.rounding = from.need<Rounding>("rounding");
    money.rates = from.need<std::vector<std::pair<CurrencyCode, std::string>>>("quotes");
    return money;
}

struct TrialQuestion {
    BookId book;
    MovementRange range;
    Money money;
    unsigned levels;
    PeriodCloses closes;

    TrialBalance ask(View& view) const {
        return trial_balance(view, chart_sums(view, book, range, closes), money.in(view), levels);
    }
};

template <class Make>
auto trial_report(Make make) {
    return [make](HeldView& view, BookId book, const MovementRange& range, py::handle currency,
                  py::handle rates, unsigned levels, PeriodCloses closes) {
        const TrialQuestion question{book, range, money_from(currency, rates), levels, closes};
        return make(view, question);
    };
}

py::object period_close(HeldView& view, py::handle given) {
    const Fields from(given);
    const PeriodClose close{
        from.need<BookId>("book"),      from.need<Date>("last"), from.optional<Date>("book_date"),
        from.list<AccountId>("equity"), from.text("summary"),    from.text("made_by")};
    return py::cast(view.ask([&](View& now) { return propose_period_close(now, close); }));
}

py::object revaluation(HeldView& view, py::handle given) {
    const Fields from(given);
    const Money money = money_from(from.raw("currency"), from.raw("rates"));
    std::vector<ExchangePosition> positions;
    from.each("positions", [&](py::handle item) {
        const Fields position(item);
        positions.push_back(
            {position.need<AccountId>("foreign"), position.need<AccountId>("home")});
    });
    const auto book = from.need<BookId>("book");
    const auto date = from.need<Date>("date");
    const auto book_date = from.optional<Date>("book_date");
    const auto result = from.need<AccountId>("result");
    const std::string summary = from.text("summary");
    const std::string made_by = from.text("made_by");
    return revaluation_of(view.ask([&](View& now) {
        return propose_revaluation(
            now, {book, date, book_date, positions, money.rates_in(now), result, summary, made_by});
    }));
}

}  // namespace

void register_reports(py::module_& module) {
    module.def("trial_balance", trial_report([](HeldView& view, const TrialQuestion& question) {
                   return trial_of(view.ask([&](View& now) { return question.ask(now); }));
               }));
    module.def(
        "balance_sheet", trial_report([](HeldView& view, const TrialQuestion& question) {
            return sheet_of(view.ask([&](View& now) { return balance_sheet(question.ask(now)); }));
        }));
    module.def("income_statement", trial_report([](HeldView& view, const TrialQuestion& question) {
                   return income_of(
                       view.ask([&](View& now) { return income_statement(question.ask(now)); }));
               }));
    for (const AmountWidth width : {AmountWidth::narrow, AmountWidth::wide}) {
        const char* const name = width == AmountWidth::wide ? "wide_trial_table" : "trial_table";
        module.def(name, trial_report([width](HeldView& view, const TrialQuestion& question) {
                       return table_of(view.ask([&](View& now) { return question.ask(now); }),
                                       width);
                   }));
    }
    module.def("control_check", [](HeldView& view, BookId book, const MovementRange& range) {
        return control_of(view.ask([&](View& now) { return control_check(now, book, range); }));
    });
    module.def("propose_period_close", &period_close);
    module.def("propose_revaluation", &revaluation);
    register_listings(module);
}

}  // namespace ledger::python
