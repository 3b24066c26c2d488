// Reports that read on: statements, bridges, comparisons and the chronological journal.
#include "ledger/ledger.hpp"
#include "register.hpp"
#include "values.hpp"
#include "views.hpp"

#include <string>
#include <vector>

namespace ledger::python {

namespace {

constexpr const char* module_name = "ledger._listings";

const ValueClass statement_line_class{"StatementLine", module_name};
const ValueClass statement_head_class{"StatementHead", module_name};
const ValueClass bridge_head_class{"BridgeHead", module_name};
const ValueClass bridged_account_class{"BridgedAccount", module_name};
const ValueClass book_movement_class{"BookMovement", module_name};

/// What was read, and whether there may be more.
template <class T, class From>
std::pair<std::vector<T>, bool> read_on(OnView<From>& from, std::size_t size) {
    return from.ask([&](From& reading) {
        std::pair<std::vector<T>, bool> page;
        page.second = reading.next(size, page.first);
        return page;
    });
}

// ---- statements

template <class Period>
std::unique_ptr<OnView<Statement>> statement_of(HeldView& view, AccountId account,
                                                const Period& period) {
    return std::make_unique<OnView<Statement>>(view, [&](View& now) {
        return std::make_unique<Statement>(now, account, StatementPeriod{period});
    });
}

py::object head_of(OnView<Statement>& statement) {
    const StatementHead head = statement.ask([](Statement& from) { return from.head(); });
    return statement_head_class(head.account, head.currency, head.known_at, head.opening,
                                head.closing, head.turnover);
}

py::tuple statement_page(OnView<Statement>& statement, std::size_t size) {
    const auto page = read_on<StatementLine>(statement, size);
    py::list lines(page.first.size());
    for (std::size_t i = 0; i < page.first.size(); ++i) {
        const StatementLine& line = page.first[i];
        lines[i] = statement_line_class(line.entry, line.balance, line.voucher);
    }
    return py::make_tuple(lines, page.second);
}

// ---- bridges

py::object head_of(OnView<Bridge>& bridge) {
    const BridgeHead head = bridge.ask([](Bridge& from) { return from.head(); });
    return bridge_head_class(head.book, head.date, head.close, head.certificate, head.known_at);
}

py::tuple bridged_accounts(OnView<Bridge>& bridge, const PageRequest& request) {
    const auto page = bridge.ask([&](Bridge& from) { return from.accounts(request); });
    py::list accounts(page.items.size());
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        const BridgedAccount& one = page.items[i];
        accounts[i] = bridged_account_class(one.account, one.certified, one.late, one.seen);
    }
    return py::make_tuple(accounts, to_text(page.cursor));
}

// ---- comparisons

std::unique_ptr<OnView<Comparison>> comparison_of(HeldView& view, const ComparedSpan& span) {
    return std::make_unique<OnView<Comparison>>(
        view, [&](View& now) { return std::make_unique<Comparison>(now, span); });
}

py::tuple compared_accounts(OnView<Comparison>& comparison, const PageRequest& request) {
    const auto page = comparison.ask([&](Comparison& from) { return from.accounts(request); });
    py::list accounts(page.items.size());
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        accounts[i] = book_movement_class(page.items[i].book, page.items[i].movement);
    }
    return py::make_tuple(accounts, to_text(page.cursor));
}

py::tuple compared_vouchers(OnView<Comparison>& comparison, std::size_t size) {
    std::vector<PostedVoucher> page;
    const bool has_more =
        comparison.ask([&](Comparison& from) { return from.next_vouchers(size, page); });
    return py::make_tuple(page, has_more);
}

}  // namespace

void register_listings(py::module_& module) {
    py::class_<OnView<Statement>>(module, "Statement")
        .def("head", [](OnView<Statement>& statement) { return head_of(statement); })
        .def("next", &statement_page);
    module.def("statement", &statement_of<InstantRange>);
    module.def("statement", &statement_of<DateRange>);
    module.def("statement", [](HeldView& view, AccountId account, Position since) {
        return statement_of(view, account, Since{since});
    });

    py::class_<OnView<Bridge>>(module, "Bridge")
        .def("head", [](OnView<Bridge>& bridge) { return head_of(bridge); })
        .def("accounts", &bridged_accounts);
    module.def("bridge", [](HeldView& view, BookId book, Date date) {
        return std::make_unique<OnView<Bridge>>(
            view, [&](View& now) { return std::make_unique<Bridge>(now, book, date); });
    });

    py::class_<OnView<Comparison>>(module, "Comparison")
        .def("accounts", &compared_accounts)
        .def("next_vouchers", &compared_vouchers);
    module.def("compare_positions", [](HeldView& view, Position after, Position through) {
        return comparison_of(view, PositionSpan{after, through});
    });
    module.def("compare_days", [](HeldView& view, BookId book, Date after, Date through) {
        return comparison_of(view, DaySpan{book, after, through});
    });
    module.def("compare_known",
               [](HeldView& view, BookId book, Date date, Position after, Position through) {
                   return comparison_of(view, KnownSpan{book, date, after, through});
               });

    py::class_<OnView<VoucherJournal>>(module, "VoucherJournal")
        .def("next", [](OnView<VoucherJournal>& journal, std::size_t size) {
            return read_on<PostedVoucher>(journal, size);
        });
    module.def("voucher_journal",
               [](HeldView& view, std::optional<BookId> book, const MovementRange& range) {
                   return std::make_unique<OnView<VoucherJournal>>(view, [&](View& now) {
                       return std::make_unique<VoucherJournal>(now, book.value_or(BookId{}), range);
                   });
               });
}

}  // namespace ledger::python
