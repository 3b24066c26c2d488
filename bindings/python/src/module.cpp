// The extension module ledger._core: what the hand-written package stands on. Not to be used by
// itself.
#include "casters.hpp"
#include "ledger/core/id_generator.hpp"
#include "ledger/core/iso4217.hpp"
#include "ledger/version.hpp"
#include "register.hpp"

namespace ledger::python {

namespace {

py::list all_outcomes() {
    py::list all;
    for (const Outcome outcome : outcome_precedence()) {
        all.append(py::make_tuple(static_cast<unsigned>(outcome), to_text(to_string(outcome)),
                                  to_text(explain(outcome))));
    }
    return all;
}

py::object iso_currency(std::string_view code) {
    const Currency* const found = find_iso_currency(code);
    if (found == nullptr) return py::none();
    return py::make_tuple(to_text(found->code.text()), found->decimals, found->numeric,
                          to_text(found->name));
}

py::object new_id() {
    static IdGenerator generator;
    return to_int(generator.next());
}

}  // namespace

PYBIND11_MODULE(_core, module) {
    module.attr("__version__") = std::string(version());
    module.def("outcome_precedence", &all_outcomes);
    module.def("explain", [](Outcome outcome) { return to_text(explain(outcome)); });
    module.def("id_of_text", [](std::string_view text) { return to_int(id_from_text(text)); });
    module.def("id_from_hex", [](std::string_view text) { return to_int(id_from_hex(text)); });
    module.def("new_id", &new_id);
    module.def("iso_currency", &iso_currency);
    register_errors();
    register_views(module);
    register_ledgers(module);
    register_posting(module);
    register_reports(module);
    register_tables(module);
    register_column_posting(module);
    register_arrow(module);
}

}  // namespace ledger::python
