// The Arrow C data interface over the memory of a table
// (https://arrow.apache.org/docs/format/CDataInterface), as PyCapsules. Invariant: what a consumer
// holds keeps the arrays it points into; released is released once.
#include "casters.hpp"
#include "register.hpp"

#include <pybind11/numpy.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// The structs of the specification.
extern "C" {
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
    int (*get_next)(ArrowArrayStream*, ArrowArray* out);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}

namespace ledger::python {

namespace {

constexpr std::int64_t flag_nullable = 2;

/// A column as the package describes it: (name, format, length, nulls, buffers, children,
/// dictionary), where a buffer is a numpy array or None, and children and dictionary are such
/// tuples.
struct Node {
    explicit Node(py::handle object) {
        const auto parts = py::cast<py::tuple>(object);
        name = py::cast<std::string>(parts[0]);
        format = py::cast<std::string>(parts[1]);
        length = py::cast<std::int64_t>(parts[2]);
        null_count = py::cast<std::int64_t>(parts[3]);
        for (const py::handle buffer : parts[4]) {
            buffers.push_back(buffer.is_none() ? nullptr : py::cast<py::array>(buffer).data());
        }
        for (const py::handle child : parts[5]) children.emplace_back(child);
        if (!parts[6].is_none()) dictionary.emplace_back(parts[6]);
    }
    std::string name;
    std::string format;
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::vector<const void*> buffers;
    std::vector<Node> children;
    std::vector<Node> dictionary;  ///< one, or none
};

/// A Python object kept from threads that may not have the GIL.
using Kept = std::shared_ptr<PyObject>;

Kept keep(py::handle object) {
    return {object.inc_ref().ptr(), [](PyObject* kept) {
                if (Py_IsInitialized() == 0) return;
                const py::gil_scoped_acquire locked;
                Py_DECREF(kept);
            }};
}

// ---- schemas

struct SchemaParts {
    std::string format;
    std::string name;
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> pointers;
    ArrowSchema dictionary{};
};

void release_schema(ArrowSchema* schema) {
    const std::unique_ptr<SchemaParts> parts(static_cast<SchemaParts*>(schema->private_data));
    for (ArrowSchema& child : parts->children) {
        if (child.release != nullptr) child.release(&child);
    }
    if (parts->dictionary.release != nullptr) parts->dictionary.release(&parts->dictionary);
    schema->release = nullptr;
}

void fill(const Node& node, ArrowSchema& schema) {
    auto parts = std::make_unique<SchemaParts>();
    parts->format = node.format;
    parts->name = node.name;
    parts->children.resize(node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        fill(node.children[i], parts->children[i]);
        parts->pointers.push_back(&parts->children[i]);
    }
    if (!node.dictionary.empty()) fill(node.dictionary[0], parts->dictionary);
    schema = {parts->format.c_str(),
              parts->name.c_str(),
              nullptr,
              node.children.empty() ? flag_nullable : 0,
              static_cast<std::int64_t>(parts->children.size()),
              parts->pointers.data(),
              node.dictionary.empty() ? nullptr : &parts->dictionary,
              &release_schema,
              nullptr};
    schema.private_data = parts.release();
}

// ---- arrays

struct ArrayParts {
    Kept keeper;
    std::vector<const void*> buffers;
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> pointers;
    ArrowArray dictionary{};
};

void release_array(ArrowArray* array) {
    const std::unique_ptr<ArrayParts> parts(static_cast<ArrayParts*>(array->private_data));
    for (ArrowArray& child : parts->children) {
        if (child.release != nullptr) child.release(&child);
    }
    if (parts->dictionary.release != nullptr) parts->dictionary.release(&parts->dictionary);
    array->release = nullptr;
}

void fill(const Node& node, const Kept& keeper, ArrowArray& array) {
    auto parts = std::make_unique<ArrayParts>();
    parts->keeper = keeper;
    parts->buffers = node.buffers;
    parts->children.resize(node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        fill(node.children[i], keeper, parts->children[i]);
        parts->pointers.push_back(&parts->children[i]);
    }
    if (!node.dictionary.empty()) fill(node.dictionary[0], keeper, parts->dictionary);
    array = {node.length,
             node.null_count,
             0,
             static_cast<std::int64_t>(parts->buffers.size()),
             static_cast<std::int64_t>(parts->children.size()),
             parts->buffers.data(),
             parts->pointers.data(),
             node.dictionary.empty() ? nullptr : &parts->dictionary,
             &release_array,
             nullptr};
    array.private_data = parts.release();
}

// ---- streams of one array

struct StreamParts {
    Kept table;  ///< the node
    bool is_over = false;
    std::string error;
};

/// Runs what a consumer asks, with the GIL; any exception is an error number and a text.
template <class Ask>
int answer(ArrowArrayStream* stream, Ask&& ask) {
    auto& parts = *static_cast<StreamParts*>(stream->private_data);
    const py::gil_scoped_acquire locked;
    try {
        ask(parts);
        return 0;
    } catch (const std::bad_alloc&) {
        return ENOMEM;
    } catch (const std::exception& error) {
        parts.error = error.what();
        return EIO;
    }
}

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    return answer(stream, [&](StreamParts& parts) { fill(Node(parts.table.get()), *out); });
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) {
    return answer(stream, [&](StreamParts& parts) {
        if (parts.is_over) {
            *out = ArrowArray{};
        } else {
            fill(Node(parts.table.get()), parts.table, *out);
            parts.is_over = true;
        }
    });
}

const char* stream_error(ArrowArrayStream* stream) {
    const auto& parts = *static_cast<StreamParts*>(stream->private_data);
    return parts.error.empty() ? nullptr : parts.error.c_str();
}

void release_stream(ArrowArrayStream* stream) {
    delete static_cast<StreamParts*>(stream->private_data);
    stream->release = nullptr;
}

// ---- capsules

/// What a consumer took out has no release left.
template <class T>
py::capsule capsule_of(std::unique_ptr<T> value, const char* name) {
    const auto destroy = [](PyObject* capsule) {
        std::unique_ptr<T> held(
            static_cast<T*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))));
        if (held->release != nullptr) held->release(held.get());
    };
    PyObject* const made = PyCapsule_New(value.get(), name, destroy);
    if (made == nullptr) throw py::error_already_set();
    (void)value.release();
    return py::reinterpret_steal<py::capsule>(made);
}

py::capsule schema_capsule(py::handle table) {
    auto schema = std::make_unique<ArrowSchema>();
    fill(Node(table), *schema);
    return capsule_of(std::move(schema), "arrow_schema");
}

py::tuple array_capsules(py::handle table) {
    auto array = std::make_unique<ArrowArray>();
    fill(Node(table), keep(table), *array);
    return py::make_tuple(schema_capsule(table), capsule_of(std::move(array), "arrow_array"));
}

py::capsule stream_capsule(py::handle table) {
    auto parts = std::make_unique<StreamParts>();
    parts->table = keep(table);
    auto stream = std::make_unique<ArrowArrayStream>();
    *stream = {&stream_schema, &stream_next, &stream_error, &release_stream, parts.release()};
    return capsule_of(std::move(stream), "arrow_array_stream");
}

}  // namespace

void register_arrow(py::module_& module) {
    module.def("arrow_schema", &schema_capsule);
    module.def("arrow_array", &array_capsules);
    module.def("arrow_stream", &stream_capsule);
}

}  // namespace ledger::python
