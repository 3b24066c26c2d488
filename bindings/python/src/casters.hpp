// How the engine's small values cross between C++ and Python: amounts and positions as int, ids,
// enums and codes as the package's own classes, instants as ledger.Instant, dates as datetime.date.
// Invariant: this is the one place for that; nothing is rounded or guessed, and no float is ever
// taken for a number.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/id.hpp"
#include "ledger/core/rounding.hpp"
#include "ledger/core/time.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/history/feed.hpp"
#include "ledger/model/kinds.hpp"
#include "ledger/model/outcome.hpp"
#include "ledger/reporting/chart_sums.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <type_traits>

namespace ledger::python {

namespace py = pybind11;

/// Something of a module of the package, looked up at first use and kept for good. With the GIL.
class Imported {
public:
    constexpr Imported(const char* module, const char* name) noexcept
        : module_(module), name_(name) {}
    PyObject* get() const {
        if (object_ == nullptr) {
            object_ = py::object(py::module_::import(module_).attr(name_)).release().ptr();
        }
        return object_;
    }
    py::handle handle() const { return get(); }
    bool is_type_of(py::handle object) const {
        return reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())) == get();
    }

private:
    const char* module_;
    const char* name_;
    mutable PyObject* object_ = nullptr;
};

// ---- to Python; a new reference, or py::error_already_set
py::object to_int(i128 value);
py::object to_int(u128 value);
py::object to_int(const Wide& value);
py::object to_text(std::string_view utf8);
py::object to_instant(Instant instant);  ///< None where zero
py::object to_date(Date date);           ///< None where none or outside Python's years
py::object to_span(std::chrono::nanoseconds span);

// ---- from Python; false where the object is of another type, an exception where the value is none
bool from_int(py::handle object, i128& value);
bool from_int(py::handle object, std::uint64_t& value);
bool from_text(py::handle object, std::string_view& value);  ///< as long as the object lives
bool from_instant(py::handle object, Instant& value);
bool from_date(py::handle object, Date& value);
/// A datetime.timedelta.
bool from_span(py::handle object, std::chrono::nanoseconds& value);
/// An id of the package's class, a text as the command line takes it ("text:order-7" or hexadecimal
/// digits), or a uuid.UUID.
bool from_id(py::handle object, const Imported& type, u128& value);

/// Throws InvalidArgument naming what the number was to be.
[[noreturn]] void refuse_number(py::handle number, const char* what);

/// The number as one of a smaller type; throws InvalidArgument where it is outside.
template <class Int>
bool from_int_of(py::handle object, Int& value, const char* what) {
    i128 wide = 0;
    if (!from_int(object, wide)) return false;
    if (wide < static_cast<i128>(std::numeric_limits<Int>::min()) ||
        wide > static_cast<i128>(std::numeric_limits<Int>::max())) {
        refuse_number(object, what);
    }
    value = static_cast<Int>(wide);
    return true;
}

// ---- enums: members of the Python enum of the same name, whose values are the stored numbers
template <class T>
inline constexpr const char* enum_name = nullptr;
template <>
inline constexpr const char* enum_name<Side> = "Side";
template <>
inline constexpr const char* enum_name<Ink> = "Ink";
template <>
inline constexpr const char* enum_name<AccountKind> = "AccountKind";
template <>
inline constexpr const char* enum_name<Freeze> = "Freeze";
template <>
inline constexpr const char* enum_name<HoldKind> = "HoldKind";
template <>
inline constexpr const char* enum_name<RecordKind> = "RecordKind";
template <>
inline constexpr const char* enum_name<EntryKind> = "EntryKind";
template <>
inline constexpr const char* enum_name<Outcome> = "Outcome";
template <>
inline constexpr const char* enum_name<Rounding> = "Rounding";
template <>
inline constexpr const char* enum_name<FeedContent> = "FeedContent";
template <>
inline constexpr const char* enum_name<PeriodCloses> = "PeriodCloses";

/// The member of this number; borrowed. Throws KeyError where there is none.
PyObject* enum_member(const char* name, unsigned number);
/// The number of a member, or of the one whose name a text is. False: something else.
bool enum_number(const char* name, py::handle object, unsigned& number);

// ---- ids
template <class Tag>
struct IdClass;
template <>
struct IdClass<RecordIdTag> {
    static inline constinit Imported type{"ledger._ids", "RecordId"};
};
template <>
struct IdClass<OrderIdTag> {
    static inline constinit Imported type{"ledger._ids", "OrderId"};
};
template <>
struct IdClass<AccountIdTag> {
    static inline constinit Imported type{"ledger._ids", "AccountId"};
};
template <>
struct IdClass<ItemIdTag> {
    static inline constinit Imported type{"ledger._ids", "ItemId"};
};
/// None where zero.
py::object to_id(const Imported& type, u128 value);

}  // namespace ledger::python

namespace pybind11::detail {

template <>
struct type_caster<ledger::Amount> {
    PYBIND11_TYPE_CASTER(ledger::Amount, const_name("int"));
    bool load(handle from, bool) { return ledger::python::from_int(from, value.minor); }
    static handle cast(ledger::Amount amount, return_value_policy, handle) {
        return ledger::python::to_int(amount.minor).release();
    }
};

template <>
struct type_caster<ledger::Wide> {
    PYBIND11_TYPE_CASTER(ledger::Wide, const_name("int"));
    static handle cast(const ledger::Wide& wide, return_value_policy, handle) {
        return ledger::python::to_int(wide).release();
    }
};

template <>
struct type_caster<ledger::Position> {
    PYBIND11_TYPE_CASTER(ledger::Position, const_name("int"));
    bool load(handle from, bool) {
        return ledger::python::from_int_of(from, value.value, "a position, 0 or more");
    }
    static handle cast(ledger::Position position, return_value_policy, handle) {
        return PyLong_FromUnsignedLongLong(position.value);
    }
};

template <>
struct type_caster<ledger::BookId> {
    PYBIND11_TYPE_CASTER(ledger::BookId, const_name("int"));
    bool load(handle from, bool) {
        return ledger::python::from_int_of(from, value.number, "a book, 1 to 65535");
    }
    static handle cast(ledger::BookId book, return_value_policy, handle) {
        return PyLong_FromLong(book.number);
    }
};

template <class Tag>
struct type_caster<ledger::BasicId<Tag>> {
    PYBIND11_TYPE_CASTER(ledger::BasicId<Tag>, const_name("Id"));
    bool load(handle from, bool) {
        return ledger::python::from_id(from, ledger::python::IdClass<Tag>::type, value.value);
    }
    static handle cast(ledger::BasicId<Tag> id, return_value_policy, handle) {
        return ledger::python::to_id(ledger::python::IdClass<Tag>::type, id.value).release();
    }
};

template <>
struct type_caster<ledger::CurrencyCode> {
    PYBIND11_TYPE_CASTER(ledger::CurrencyCode, const_name("str"));
    bool load(handle from, bool) {
        std::string_view text;
        if (!ledger::python::from_text(from, text)) return false;
        value = ledger::CurrencyCode(text);
        return true;
    }
    static handle cast(const ledger::CurrencyCode& code, return_value_policy, handle) {
        return ledger::python::to_text(code.text()).release();
    }
};

template <>
struct type_caster<ledger::Instant> {
    PYBIND11_TYPE_CASTER(ledger::Instant, const_name("datetime.datetime"));
    bool load(handle from, bool) { return ledger::python::from_instant(from, value); }
    static handle cast(ledger::Instant instant, return_value_policy, handle) {
        return ledger::python::to_instant(instant).release();
    }
};

template <>
struct type_caster<ledger::Date> {
    PYBIND11_TYPE_CASTER(ledger::Date, const_name("datetime.date"));
    bool load(handle from, bool) { return ledger::python::from_date(from, value); }
    static handle cast(ledger::Date date, return_value_policy, handle) {
        return ledger::python::to_date(date).release();
    }
};

template <>
struct type_caster<std::chrono::nanoseconds> {
    PYBIND11_TYPE_CASTER(std::chrono::nanoseconds, const_name("datetime.timedelta"));
    bool load(handle from, bool) { return ledger::python::from_span(from, value); }
    static handle cast(std::chrono::nanoseconds span, return_value_policy, handle) {
        return ledger::python::to_span(span).release();
    }
};

template <class T>
struct type_caster<T, std::enable_if_t<ledger::python::enum_name<T> != nullptr>> {
    PYBIND11_TYPE_CASTER(T, const_name("Enum"));
    bool load(handle from, bool) {
        unsigned number = 0;
        if (!ledger::python::enum_number(ledger::python::enum_name<T>, from, number)) return false;
        value = static_cast<T>(number);
        return true;
    }
    static handle cast(T member, return_value_policy, handle) {
        return handle(ledger::python::enum_member(ledger::python::enum_name<T>,
                                                  static_cast<unsigned>(member)))
            .inc_ref();
    }
};

}  // namespace pybind11::detail
