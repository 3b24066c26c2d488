// What queries answer, as the value classes of the package, and what they are asked with.
// Invariant: a value of Python has the fields of the C++ one, by the same names and in the same
// order; it is made whole or not at all.
#pragma once

#include "casters.hpp"
#include "ledger/history/feed.hpp"
#include "ledger/history/view.hpp"
#include "ledger/ledger.hpp"
#include "ledger/model/extract.hpp"
#include "ledger/stats.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ledger::python {

py::object to_python(const Balance& value);
py::object to_python(const DatedBalance& value);
py::object to_python(const Turnover& value);
py::object to_python(const AccountInfo& value);
py::object to_python(const AccountEntry& value);
py::object to_python(const AccountMovement& value);
py::object to_python(const ChartMovement& value);
py::object to_python(const PostedVoucher& value);
py::object to_python(const VoucherHead& value);
py::object to_python(const PostedRecord& value);
py::object to_python(const HoldInfo& value);
py::object to_python(const ItemInfo& value);
py::object to_python(const TrialSum& value);
py::object to_python(const BookDays& value);
py::object to_python(const DayClose& value);
py::object to_python(const OpenDate& value);
py::object to_python(const SnapshotCut& value);
py::object to_python(const FeedEntry& value);
py::object to_python(const FeedRecord& value);
py::object to_python(const Result& value);
py::object to_python(const Receipt& value);
py::object to_python(const Stats& value);
py::object to_python(const VerifyReport& value);
// Records, as they are posted (records.cpp).
py::object to_python(const Limits& value);
py::object to_python(const Buffering& value);  ///< None where there is none
py::object to_python(const Currency& value);
py::object to_python(const Voucher& value);
py::object to_python(const DefineBook& value);
py::object to_python(const DefineGroup& value);
py::object to_python(const DefineRelation& value);
py::object to_python(const RelationTerm& value);
py::object to_python(const Certificate& value);
py::object to_python(const Snapshot& value);
py::object to_python(const CloseDay& value);
/// Id and order are those of the record, which values of some kinds have with them in Python.
py::object to_python(const RecordValue& value, RecordId id, OrderId order);
/// A dict.
py::object to_python(const Attributes& value);
// Ranges go both ways; false: something else.
py::object to_python(const InstantRange& value);
py::object to_python(const DateRange& value);
bool from_python(py::handle object, InstantRange& value);
bool from_python(py::handle object, DateRange& value);
bool from_python(py::handle object, Range& value);
/// A tuple: size, backward, cursor.
bool from_python(py::handle object, PageRequest& value);

/// The digest's raw bytes.
py::object to_bytes(const std::string& value);

template <class T, class... Others>
inline constexpr bool is_any_of = (std::is_same_v<T, Others> || ...);

/// The types that have a to_python above and are returned by queries as they are.
template <class T>
inline constexpr bool is_value =
    is_any_of<T, Balance, DatedBalance, Turnover, AccountInfo, AccountEntry, AccountMovement,
              ChartMovement, PostedVoucher, VoucherHead, PostedRecord, HoldInfo, ItemInfo, TrialSum,
              BookDays, DayClose, OpenDate, SnapshotCut, FeedEntry, FeedRecord, Result, Receipt,
              Stats, VerifyReport, Currency, Voucher, DefineBook, DefineGroup, DefineRelation,
              RelationTerm, Certificate, Snapshot, CloseDay>;

/// The class of a value, called with its fields.
class ValueClass {
public:
    constexpr explicit ValueClass(const char* name, const char* module = "ledger._values") noexcept
        : class_(module, name) {}

    template <class... Fields>
    py::object operator()(Fields&&... fields) const {
        const std::array<py::object, sizeof...(Fields)> objects{
            as_object(std::forward<Fields>(fields))...};
        std::array<PyObject*, sizeof...(Fields)> arguments;
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (!objects[i]) throw py::error_already_set();
            arguments[i] = objects[i].ptr();
        }
        PyObject* const made =
            PyObject_Vectorcall(class_.get(), arguments.data(), arguments.size(), nullptr);
        if (made == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(made);
    }
    const Imported& type() const noexcept { return class_; }

private:
    static py::object as_object(const std::string& text) { return to_text(text); }
    template <class T>
    static py::object as_object(T&& value) {
        if constexpr (std::is_base_of_v<py::handle, std::decay_t<T>>) {
            return py::reinterpret_borrow<py::object>(value);
        } else {
            return py::cast(std::forward<T>(value));
        }
    }
    Imported class_;
};

/// A tuple of the values.
template <class T>
py::tuple to_tuple(const std::vector<T>& values) {
    py::tuple made(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) made[i] = py::cast(values[i]);
    return made;
}

}  // namespace ledger::python

namespace pybind11::detail {

template <class T>
struct type_caster<T, std::enable_if_t<ledger::python::is_value<T>>> {
    static constexpr auto name = const_name("object");
    static handle cast(const T& value, return_value_policy, handle) {
        return ledger::python::to_python(value).release();
    }
};

template <class T>
inline constexpr bool is_range =
    ledger::python::is_any_of<T, ledger::InstantRange, ledger::DateRange>;

template <class T>
struct type_caster<T, std::enable_if_t<is_range<T>>> {
    PYBIND11_TYPE_CASTER(T, const_name("range"));
    bool load(handle from, bool) { return ledger::python::from_python(from, value); }
    static handle cast(const T& range, return_value_policy, handle) {
        return ledger::python::to_python(range).release();
    }
};

template <>
struct type_caster<ledger::Range> {
    PYBIND11_TYPE_CASTER(ledger::Range, const_name("Range"));
    bool load(handle from, bool) { return ledger::python::from_python(from, value); }
};

template <>
struct type_caster<ledger::PageRequest> {
    PYBIND11_TYPE_CASTER(ledger::PageRequest, const_name("tuple"));
    bool load(handle from, bool) { return ledger::python::from_python(from, value); }
};

/// Items and cursor.
template <class T>
struct type_caster<ledger::Page<T>> {
    static constexpr auto name = const_name("tuple");
    static handle cast(const ledger::Page<T>& page, return_value_policy, handle) {
        list items(page.items.size());
        for (std::size_t i = 0; i < page.items.size(); ++i)
            items[i] = pybind11::cast(page.items[i]);
        return make_tuple(items, ledger::python::to_text(page.cursor)).release();
    }
};

}  // namespace pybind11::detail
