// Translation of exceptions, the most derived class first.
#include "register.hpp"

#include "casters.hpp"
#include "ledger/core/error.hpp"

#include <exception>

namespace ledger::python {

namespace {

void raise(const char* name, const std::exception& error) {
    const py::object type = py::module_::import("ledger._errors").attr(name);
    const py::object text = to_text(error.what());  // whatever bytes the message quotes
    PyErr_SetObject(type.ptr(), text.ptr());
}

/// Whether the exception is an E, and was raised as the class `name` of the package.
template <class E>
bool raise_if(const std::exception& error, const char* name) {
    if (dynamic_cast<const E*>(&error) == nullptr) return false;
    raise(name, error);
    return true;
}

void translate(const Error& error) {
    (void)(raise_if<PoisonedError>(error, "PoisonedError") ||
           raise_if<LockedError>(error, "LockedError") ||
           raise_if<CheckpointError>(error, "CheckpointError") ||
           raise_if<CorruptionError>(error, "CorruptionError") ||
           raise_if<FormatError>(error, "FormatError") ||
           raise_if<StorageFull>(error, "StorageFull") ||
           raise_if<StorageError>(error, "StorageError") ||
           raise_if<UnavailableError>(error, "UnavailableError") ||
           raise_if<UsageError>(error, "UsageError") ||
           raise_if<OverflowError>(error, "OverflowError") ||
           raise_if<InvalidArgument>(error, "InvalidArgument") || raise_if<Error>(error, "Error"));
}

}  // namespace

void register_errors() {
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const Error& error) {
            translate(error);
        }
    });
}

}  // namespace ledger::python
