// Reports that fill tables: statements and trial balances.
#include "columns.hpp"
#include "ledger/reporting/statement.hpp"
#include "ledger/reporting/trial_balance.hpp"
#include "register.hpp"
#include "values.hpp"
#include "views.hpp"

#include <memory>
#include <vector>

namespace ledger::python {

namespace {

// ---- statements

class StatementRows {
public:
    explicit StatementRows(AmountWidth width)
        : amount_("amount", width), balance_("balance", width) {}

    void add(const std::vector<StatementLine>& lines) {
        each([&](auto& column) { column.reserve(lines.size()); });
        for (const StatementLine& line : lines) {
            position_.push(line.entry.position);
            instant_.push(line.entry.instant);
            book_date_.push(line.entry.book_date);
            number_.push(line.voucher.number);
            id_.push(line.voucher.id.value);
            order_.push(line.voucher.order.value);
            summary_.push(line.voucher.summary);
            side_.push(line.entry.side);
            ink_.push(line.entry.ink);
            amount_.push(line.entry.amount);
            balance_.push(line.balance);
        }
    }
    py::list release() {
        TableParts parts;
        each([&](auto& column) { column.release(parts); });
        return parts.take();
    }

private:
    template <class Visit>
    void each(Visit&& visit) {
        each_of(visit, position_, instant_, book_date_, number_, id_, order_, summary_, side_, ink_,
                amount_, balance_);
    }
    PositionColumn position_{"position"};
    InstantColumn instant_{"instant"};
    DateColumn book_date_{"book_date"};
    NumberColumn<std::uint64_t> number_{"number", "<u8"};
    IdColumns id_{"id_high", "id_low"};
    IdColumns order_{"order_high", "order_low"};
    TextColumn summary_{"summary"};
    EnumColumn<Side> side_{"side"};
    EnumColumn<Ink> ink_{"ink"};
    AmountColumn amount_;
    AmountColumn balance_;
};

py::list statement(HeldView& view, AccountId account, const StatementPeriod& period, bool wide) {
    OnView<Statement> reading(
        view, [&](View& now) { return std::make_unique<Statement>(now, account, period); });
    StatementRows rows(width_of(wide));
    std::vector<StatementLine> page;
    bool has_more = true;
    while (has_more) {
        reading.ask([&](Statement& from) {
            page.clear();
            has_more = from.next(page_rows, page);
            rows.add(page);
        });
        check_interrupt();
    }
    return rows.release();
}

// ---- trial balances

class TrialRows {
public:
    explicit TrialRows(AmountWidth width)
        : opening_("opening", width),
          debits_("debits", width),
          credits_("credits", width),
          closing_("closing", width) {}

    void add(const TrialRow& row) {
        each([](auto& column) { column.reserve(1); });
        code_.push(row.code);
        name_.push(row.name);
        kind_.push(row.kind);
        level_.push(static_cast<std::uint8_t>(row.level));
        is_group_.push(row.is_group ? 1 : 0);
        accounts_.push(row.accounts);
        opening_.push(row.figures.opening);
        debits_.push(row.figures.turnover.debits);
        credits_.push(row.figures.turnover.credits);
        closing_.push(row.figures.closing());
    }
    py::list release() {
        TableParts parts;
        each([&](auto& column) { column.release(parts); });
        return parts.take();
    }

private:
    template <class Visit>
    void each(Visit&& visit) {
        each_of(visit, code_, name_, kind_, level_, is_group_, accounts_, opening_, debits_,
                credits_, closing_);
    }
    TextColumn code_{"code"};
    TextColumn name_{"name"};
    EnumColumn<AccountKind> kind_{"kind"};
    NumberColumn<std::uint8_t> level_{"level", "|u1"};
    NumberColumn<std::uint8_t> is_group_{"is_group", "|b1"};
    NumberColumn<std::uint64_t> accounts_{"accounts", "<u8"};
    AmountColumn opening_;
    AmountColumn debits_;
    AmountColumn credits_;
    AmountColumn closing_;
};

}  // namespace

py::list table_of(const TrialBalance& trial, AmountWidth width) {
    TrialRows rows(width);
    for (const TrialRow& row : trial.rows) rows.add(row);
    return rows.release();
}

void register_report_tables(py::module_& module) {
    module.def("statement_table", [](HeldView& view, AccountId account, const InstantRange& range,
                                     bool wide) { return statement(view, account, range, wide); });
    module.def("statement_table", [](HeldView& view, AccountId account, const DateRange& range,
                                     bool wide) { return statement(view, account, range, wide); });
    module.def("statement_table", [](HeldView& view, AccountId account, Position since, bool wide) {
        return statement(view, account, Since{since}, wide);
    });
}

}  // namespace ledger::python
