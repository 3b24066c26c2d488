// The fields of one record object of Python. Invariant: what is wrong with a field is told with its
// name.
#pragma once

#include "casters.hpp"
#include "records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ledger::python {

class Fields {
public:
    explicit Fields(py::handle object) noexcept : object_(object) {}

    py::object raw(const char* name) const {
        PyObject* const value = PyObject_GetAttrString(object_.ptr(), name);
        if (value == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(value);
    }

    template <class T>
    T need(const char* name) const {
        return read<T>(raw(name), name);
    }
    /// A T's empty value where it is None.
    template <class T>
    T optional(const char* name, T otherwise = {}) const {
        const py::object value = raw(name);
        return value.is_none() ? otherwise : read<T>(value, name);
    }
    bool flag(const char* name) const {
        const py::object value = raw(name);
        if (!PyBool_Check(value.ptr())) refuse(name, value);
        return value.is(py::bool_(true));
    }
    std::string text(const char* name) const {
        const py::object value = raw(name);
        std::string_view text;
        if (!from_text(value, text)) refuse(name, value);
        return std::string(text);
    }
    template <class Int>
    Int number(const char* name) const {
        const py::object value = raw(name);
        Int number{};
        if (!from_int_of(value, number, name)) refuse(name, value);
        return number;
    }
    template <class T>
    std::vector<T> list(const char* name) const {
        std::vector<T> values;
        each(name, [&](py::handle item) { values.push_back(read<T>(item, name)); });
        return values;
    }
    template <class Visit>
    void each(const char* name, Visit&& visit) const {
        const py::object values = raw(name);
        for (const py::handle item : py::iter(values)) visit(item);
    }
    /// Of a mapping.
    Attributes attributes(const char* name) const {
        Attributes made;
        const py::object given = raw(name);
        if (!PyMapping_Check(given.ptr()) || PyUnicode_Check(given.ptr())) refuse(name, given);
        const py::object items = given.attr("items")();
        for (const py::handle item : py::iter(items)) {
            const auto pair = py::reinterpret_borrow<py::object>(item);
            std::string_view key;
            std::string_view value;
            const py::object first = pair[py::int_(0)];
            const py::object second = pair[py::int_(1)];
            if (!from_text(first, key) || !from_text(second, value)) refuse(name, given);
            made.push_back({std::string(key), std::string(value)});
        }
        return made;
    }
    /// An amount in minor units, or a Decimal; `of` is its account or currency.
    template <class Of>
    Amount amount(const char* name, MinorUnits& units, const Of& of) const {
        const py::object value = raw(name);
        Amount amount;
        if (!units.read(value, of, amount)) refuse(name, value);
        return amount;
    }
    Amount amount_of_hold(const char* name, MinorUnits& units, HoldId hold) const {
        const py::object value = raw(name);
        Amount amount;
        if (!units.read_of_hold(value, hold, amount)) refuse(name, value);
        return amount;
    }

    /// Throws TypeError.
    [[noreturn]] void refuse(const char* name, py::handle value) const {
        throw py::type_error(std::string(Py_TYPE(object_.ptr())->tp_name) + "." + name +
                             " cannot be of the type " + Py_TYPE(value.ptr())->tp_name);
    }

private:
    template <class T>
    T read(py::handle value, const char* name) const {
        py::detail::make_caster<T> caster;
        if (!caster.load(value, false)) refuse(name, value);
        return py::detail::cast_op<T>(caster);
    }
    py::handle object_;
};

}  // namespace ledger::python
