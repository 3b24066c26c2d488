// Numbers, texts, times, ids and enums, from Python's objects and to them.
#include "casters.hpp"

#include "ledger/core/error.hpp"

#include <datetime.h>

#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ledger::python {

namespace {

constexpr std::int64_t nanoseconds_of_day = 86'400'000'000'000;
constexpr Date python_date_min{-719162};  // 0001-01-01

const Imported instant_class{"ledger._time", "Instant"};
const Imported instant_of_nanoseconds{"ledger._time", "instant_of_nanoseconds"};
const Imported nanoseconds_of_datetime{"ledger._time", "nanoseconds_of"};
const Imported uuid_class{"uuid", "UUID"};

py::object owned(PyObject* object) {
    if (object == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(object);
}

void import_datetime() {
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
}

std::string shown(py::handle number) {
    try {
        std::string text = py::str(number);
        return text.size() <= 60 ? text : text.substr(0, 57) + "...";
    } catch (py::error_already_set&) {  // over the digits that Python prints
        return "a number of very many digits";
    }
}

/// The int that an object stands for; null where it is none. No bool, no float.
py::object as_int(py::handle object) {
    if (PyLong_CheckExact(object.ptr())) return py::reinterpret_borrow<py::object>(object);
    if (PyBool_Check(object.ptr()) || !PyIndex_Check(object.ptr())) return {};
    return owned(PyNumber_Index(object.ptr()));
}

/// The low 128 bits, and what is above them.
std::pair<u128, py::object> split(const py::object& number) {
    const py::object bits = owned(PyLong_FromLong(64));
    const std::uint64_t low = PyLong_AsUnsignedLongLongMask(number.ptr());
    const py::object rest = owned(PyNumber_Rshift(number.ptr(), bits.ptr()));
    const std::uint64_t high = PyLong_AsUnsignedLongLongMask(rest.ptr());
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    return {from_words(high, low), owned(PyNumber_Rshift(rest.ptr(), bits.ptr()))};
}

struct EnumTable {
    PyObject* type = nullptr;
    std::unordered_map<unsigned, PyObject*> members;  // for good
};

const EnumTable& enum_table(const char* name) {
    static std::unordered_map<std::string_view, EnumTable> tables;  // with the GIL
    EnumTable& table = tables[name];
    if (table.type == nullptr) {
        const py::object type = py::module_::import("ledger._enums").attr(name);
        for (const py::handle member : type) {
            table.members[member.attr("value").cast<unsigned>()] = member.inc_ref().ptr();
        }
        table.type = py::object(type).release().ptr();
    }
    return table;
}

}  // namespace

void refuse_number(py::handle number, const char* what) {
    throw InvalidArgument(shown(number) + " was given for " + what);
}

// ---- numbers

py::object to_int(i128 value) {
    if (value >= std::numeric_limits<std::int64_t>::min() &&
        value <= std::numeric_limits<std::int64_t>::max()) {
        return owned(PyLong_FromLongLong(static_cast<std::int64_t>(value)));
    }
    return owned(PyLong_FromString(to_string(value).c_str(), nullptr, 10));
}

py::object to_int(u128 value) {
    if (high_word(value) == 0) return owned(PyLong_FromUnsignedLongLong(low_word(value)));
    const py::object high = owned(PyLong_FromUnsignedLongLong(high_word(value)));
    const py::object low = owned(PyLong_FromUnsignedLongLong(low_word(value)));
    const py::object bits = owned(PyLong_FromLong(64));
    const py::object shifted = owned(PyNumber_Lshift(high.ptr(), bits.ptr()));
    return owned(PyNumber_Or(shifted.ptr(), low.ptr()));
}

py::object to_int(const Wide& value) {
    if (value.fits_amount()) return to_int(to_amount(value).minor);
    return owned(PyLong_FromString(to_string(value).c_str(), nullptr, 10));
}

bool from_int(py::handle object, i128& value) {
    const py::object number = as_int(object);
    if (!number) return false;
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    if (overflow == 0) {
        if (small == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
        value = small;
        return true;
    }
    const auto [low, above] = split(number);
    value = static_cast<i128>(low);
    int far = 0;
    const long long sign = PyLong_AsLongLongAndOverflow(above.ptr(), &far);
    if (far != 0 || sign != (value < 0 ? -1 : 0)) {
        throw OverflowError(shown(number) + " needs more than 128 bits");
    }
    return true;
}

bool from_int(py::handle object, std::uint64_t& value) {
    return from_int_of(object, value, "a number of 0 to 2^64 - 1");
}

// ---- texts

py::object to_text(std::string_view utf8) {
    return owned(
        PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace"));
}

bool from_text(py::handle object, std::string_view& value) {
    if (!PyUnicode_Check(object.ptr())) return false;
    Py_ssize_t size = 0;
    const char* const data = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
    if (data == nullptr) throw py::error_already_set();
    value = {data, static_cast<std::size_t>(size)};
    return true;
}

// ---- times

py::object to_instant(Instant instant) {
    if (!instant) return py::none();
    const py::object nanoseconds = owned(PyLong_FromLongLong(instant.nanoseconds));
    return owned(PyObject_CallOneArg(instant_of_nanoseconds.get(), nanoseconds.ptr()));
}

bool from_instant(py::handle object, Instant& value) {
    import_datetime();
    if (!PyDateTime_Check(object.ptr())) return false;
    const py::object nanoseconds =
        owned(PyObject_CallOneArg(nanoseconds_of_datetime.get(), object.ptr()));
    from_int_of(nanoseconds, value.nanoseconds, "an instant, in nanoseconds of 1677 to 2262");
    if (value) return true;
    throw InvalidArgument("1970-01-01T00:00:00Z stands for no instant; give a nanosecond more");
}

py::object to_date(Date date) {
    if (!date || date < python_date_min || date > date_max) return py::none();
    import_datetime();
    const std::string text = to_string(date);  // YYYY-MM-DD
    const auto digits = [&](std::size_t at, std::size_t count) {
        return std::stoi(text.substr(at, count));
    };
    return owned(PyDate_FromDate(digits(0, 4), digits(5, 2), digits(8, 2)));
}

bool from_date(py::handle object, Date& value) {
    import_datetime();
    if (!PyDate_Check(object.ptr()) || PyDateTime_Check(object.ptr())) return false;
    value = make_date(PyDateTime_GET_YEAR(object.ptr()), PyDateTime_GET_MONTH(object.ptr()),
                      PyDateTime_GET_DAY(object.ptr()));
    return true;
}

py::object to_span(std::chrono::nanoseconds span) {
    import_datetime();
    const std::int64_t days = span.count() / nanoseconds_of_day;
    const std::int64_t rest = span.count() % nanoseconds_of_day;
    return owned(PyDelta_FromDSU(static_cast<int>(days), static_cast<int>(rest / 1'000'000'000),
                                 static_cast<int>(rest % 1'000'000'000 / 1'000)));
}

bool from_span(py::handle object, std::chrono::nanoseconds& value) {
    import_datetime();
    if (!PyDelta_Check(object.ptr())) return false;
    const i128 seconds = i128{PyDateTime_DELTA_GET_DAYS(object.ptr())} * 86'400 +
                         PyDateTime_DELTA_GET_SECONDS(object.ptr());
    i128 nanoseconds =
        seconds * 1'000'000'000 + i128{PyDateTime_DELTA_GET_MICROSECONDS(object.ptr())} * 1'000;
    if (PyObject_HasAttrString(object.ptr(), "nanoseconds") != 0) {  // a pandas.Timedelta
        i128 more = 0;
        if (!from_int(owned(PyObject_GetAttrString(object.ptr(), "nanoseconds")), more))
            return false;
        nanoseconds += more;
    }
    if (nanoseconds < std::numeric_limits<std::int64_t>::min() ||
        nanoseconds > std::numeric_limits<std::int64_t>::max()) {
        throw InvalidArgument("a span of over 292 years was given");
    }
    value = std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)};
    return true;
}

// ---- ids

py::object to_id(const Imported& type, u128 value) {
    if (value == 0) return py::none();
    return owned(PyObject_CallOneArg(type.get(), to_int(value).ptr()));
}

bool from_id(py::handle object, const Imported& type, u128& value) {
    constexpr std::string_view text_prefix = "text:";
    std::string_view text;
    if (from_text(object, text)) {
        value = text.starts_with(text_prefix) ? id_from_text(text.substr(text_prefix.size()))
                                              : id_from_hex(text);
        return true;
    }
    const char* number = nullptr;
    if (type.is_type_of(object)) number = "value";
    if (uuid_class.is_type_of(object)) number = "int";
    if (number == nullptr) return false;
    const py::object given = as_int(owned(PyObject_GetAttrString(object.ptr(), number)));
    if (!given) return false;
    const auto [low, above] = split(given);
    int far = 0;
    if (PyLong_AsLongLongAndOverflow(above.ptr(), &far) != 0 || far != 0) {
        throw InvalidArgument(shown(given) + " was given for an id of 128 bits");
    }
    value = low;
    return true;
}

// ---- enums

PyObject* enum_member(const char* name, unsigned number) {
    const EnumTable& table = enum_table(name);
    const auto found = table.members.find(number);
    if (found != table.members.end()) return found->second;
    throw py::key_error(std::string(name) + " has no member " + std::to_string(number) +
                        ": the package and its extension module are of different versions");
}

bool enum_number(const char* name, py::handle object, unsigned& number) {
    const EnumTable& table = enum_table(name);
    if (reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())) == table.type) {
        number = object.attr("value").cast<unsigned>();
        return true;
    }
    std::string_view text;
    if (!from_text(object, text)) return false;
    std::string names;
    for (const py::handle member : py::handle(table.type)) {
        const std::string one = member.attr("name").cast<std::string>();
        if (one == text) return enum_number(name, member, number);
        names += (names.empty() ? "" : ", ") + one;
    }
    throw InvalidArgument("'" + std::string(text) + "' is no " + name + "; there are: " + names);
}

}  // namespace ledger::python
