// Posting: records one by one, in batches, and in the background, with a future for the results.
#include "ledger/ledger.hpp"
#include "records.hpp"
#include "register.hpp"
#include "values.hpp"

#include <algorithm>
#include <new>

namespace ledger::python {

namespace {

using Wait = std::optional<std::chrono::nanoseconds>;

/// What no deadline is longer than: far below what overflows a clock.
constexpr std::chrono::nanoseconds deadline_max = std::chrono::hours{24} * 365 * 10;

Deadline deadline_after(Wait wait) {
    if (!wait) return {};
    return std::chrono::steady_clock::now() + std::clamp(*wait, -deadline_max, deadline_max);
}

void require_writer(const Owner& owner) {
    if (!owner.is_writer()) throw UsageError("a reader only reads; open a Ledger to post");
}

std::vector<Result> post(Owner& owner, py::handle records, Wait wait) {
    require_writer(owner);
    Batch batch = read_batch(records, owner.shared_from_this());
    return owner.call([&] { return owner.ledger().post(std::move(batch), deadline_after(wait)); });
}

/// Posts a record's value by the overload of Ledger::post for its kind.
struct PostOne {
    Ledger& ledger;
    RecordId id;
    OrderId order;
    Deadline deadline;

    template <class Record>
    Receipt operator()(const Record& record) const {
        if constexpr (is_any_of<Record, SetLimits, SetFreeze, SetAttributes, SetBuffering,
                                CloseAccount, PlaceHold, ReleaseHold, RegisterEntry>) {
            return ledger.post(id, record, order, deadline);
        } else if constexpr (is_any_of<Record, std::monostate, Anchor, Certificate, Snapshot>) {
            throw UsageError("only the engine makes such records");
        } else {
            return ledger.post(record, deadline);
        }
    }
};

/// None where the object is no record.
py::object post_one(Owner& owner, py::handle record, Wait wait) {
    require_writer(owner);
    Batch batch;
    if (!read_record(record, owner.shared_from_this(), batch)) return py::none();
    const RecordValue value = record_value_at(batch, 0);
    const RecordId id = batch.records[0].id;
    const OrderId order = batch.records[0].order;
    return py::cast(owner.call([&] {
        return std::visit(PostOne{owner.ledger(), id, order, deadline_after(wait)}, value);
    }));
}

std::vector<Result> dry_run(Owner& owner, py::handle records) {
    require_writer(owner);
    Batch batch = read_batch(records, owner.shared_from_this());
    return owner.call([&] { return owner.ledger().dry_run(std::move(batch)); });
}

/// A future of Python, told from the engine's committing thread.
class Promise {
public:
    explicit Promise(py::object future)
        : future_(new py::object(std::move(future)), [](py::object* object) {
              const InCallback calling;  // the future may be the last that knows of the ledger
              const py::gil_scoped_acquire locked;
              delete object;
          }) {}

    void tell(std::span<const Result> results) const noexcept {
        const InCallback calling;
        const py::gil_scoped_acquire locked;
        try {
            py::list list(results.size());
            for (std::size_t i = 0; i < results.size(); ++i) list[i] = py::cast(results[i]);
            future_->attr("set_result")(list);
        } catch (py::error_already_set& error) {
            fail(error.value());
        } catch (const std::bad_alloc& error) {
            fail(py::handle(PyExc_MemoryError), error.what());
        } catch (const std::exception& error) {
            fail(py::handle(PyExc_RuntimeError), error.what());
        }
    }

private:
    /// Whoever waits learns that the results could not be made; else it waits for ever.
    template <class... Error>
    void fail(const Error&... error) const noexcept {
        try {
            future_->attr("set_exception")(made(error...));
        } catch (py::error_already_set& second) {
            second.discard_as_unraisable("the results of a posted batch");
        } catch (const std::exception&) {
            PyErr_NoMemory();
            PyErr_WriteUnraisable(nullptr);
        }
    }
    static py::object made(const py::object& error) { return error; }
    static py::object made(py::handle type, const char* text) { return type(text); }
    std::shared_ptr<py::object> future_;
};

/// False where the queue is full.
bool post_async(Owner& owner, py::handle records, py::object future, Wait wait) {
    require_writer(owner);
    Batch batch = read_batch(records, owner.shared_from_this());
    if (batch.size() > bounds::batch_records_max || batch.empty()) {
        throw InvalidArgument(std::to_string(batch.size()) + " records were given; post 1 to " +
                              std::to_string(bounds::batch_records_max) + " at once");
    }
    const Promise promise(std::move(future));
    return owner.call([&] {
        return owner.ledger().post_async(
            batch, [promise](std::span<const Result> results, Batch&&) { promise.tell(results); },
            deadline_after(wait));
    });
}

}  // namespace

void register_posting(py::module_& module) {
    module.def("post", &post);
    module.def("post_one", &post_one);
    module.def("post_async", &post_async);
    module.def("dry_run", &dry_run);
}

}  // namespace ledger::python
