// The parts of the extension module, one function each.
#pragma once

#include <pybind11/pybind11.h>

namespace ledger::python {

void register_errors();
void register_ledgers(pybind11::module_& module);
void register_posting(pybind11::module_& module);
void register_views(pybind11::module_& module);
void register_reports(pybind11::module_& module);
void register_listings(pybind11::module_& module);
void register_tables(pybind11::module_& module);
void register_report_tables(pybind11::module_& module);
void register_column_posting(pybind11::module_& module);
void register_arrow(pybind11::module_& module);

}  // namespace ledger::python
