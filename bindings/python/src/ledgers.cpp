// Ledger and Reader: opening, care, views. Posting has a file of its own.
#include "ledger/ledger.hpp"

#include "ledger/reader.hpp"
#include "record_fields.hpp"
#include "register.hpp"
#include "values.hpp"

#include <filesystem>

namespace ledger::python {

namespace {

using SharedOwner = std::shared_ptr<Owner>;

const Imported options_class{"ledger._options", "Options"};
const Imported reader_options_class{"ledger._options", "ReaderOptions"};
const Imported snapshot_class{"ledger._records", "Snapshot"};
const Imported certificate_class{"ledger._records", "Certificate"};

std::filesystem::path path_of(py::handle given) {
    const py::object text = py::reinterpret_steal<py::object>(PyOS_FSPath(given.ptr()));
    if (!text) throw py::error_already_set();
    PyObject* encoded = nullptr;  // refuses a text with a zero byte
    if (PyUnicode_FSConverter(text.ptr(), &encoded) == 0) throw py::error_already_set();
    return py::reinterpret_steal<py::bytes>(encoded).operator std::string();
}

Digest digest_of(const Fields& from) {
    const std::string name = from.text("digest");
    if (name == "none") return Digest::none;
    if (name == "blake2b_512") return Digest::blake2b_512;
    if (name == "sha256") return Digest::sha256;
    if (name == "sm3") return Digest::sm3;
    throw InvalidArgument("'" + name + "' is no digest; there are: none, blake2b_512, sha256, sm3");
}

Options options_from(py::handle given, std::shared_ptr<Clock>& clock) {
    if (!options_class.is_type_of(given)) throw py::type_error("options must be ledger.Options");
    const Fields from(given);
    Options options;
    options.segment_records = from.number<std::size_t>("segment_records");
    options.tail_segments_max = from.number<std::size_t>("tail_segments_max");
    options.queue_records_max = from.number<std::size_t>("queue_records_max");
    options.queue_records_soft = from.number<std::size_t>("queue_records_soft");
    options.map_bytes = from.number<std::size_t>("map_bytes");
    options.disk_reserve_bytes = from.number<std::uint64_t>("disk_reserve_bytes");
    options.preallocate_bytes = from.number<std::uint64_t>("preallocate_bytes");
    options.readers_max = from.number<unsigned>("readers_max");
    options.clock_jump_max = from.need<std::chrono::nanoseconds>("clock_jump_max");
    options.clock_gap_max = from.need<std::chrono::nanoseconds>("clock_gap_max");
    options.background = from.flag("background");
    options.digest = digest_of(from);
    const py::object given_clock = from.raw("clock");
    if (!given_clock.is_none()) {
        if (!py::isinstance<ManualClock>(given_clock)) from.refuse("clock", given_clock);
        clock = given_clock.cast<std::shared_ptr<ManualClock>>();
        options.clock = clock.get();
    }
    return options;
}

ReaderOptions reader_options_from(py::handle given) {
    if (!reader_options_class.is_type_of(given)) {
        throw py::type_error("options must be ledger.ReaderOptions");
    }
    const Fields from(given);
    ReaderOptions options;
    options.segment_records = from.number<std::size_t>("segment_records");
    options.tail_records_max = from.number<std::uint64_t>("tail_records_max");
    options.view_age_max = from.need<std::chrono::nanoseconds>("view_age_max");
    options.map_bytes = from.number<std::size_t>("map_bytes");
    options.readers_max = from.number<unsigned>("readers_max");
    return options;
}

template <class Make>
SharedOwner unlocked_open(Make&& make) {
    const Unlocked unlocked;
    return make();
}

using Open = Ledger (*)(const std::filesystem::path&, const Options&);

template <Open open>
SharedOwner open_ledger(py::handle directory, py::handle given) {
    const std::filesystem::path path = path_of(directory);
    std::shared_ptr<Clock> clock;
    const Options options = options_from(given, clock);
    return Owner::registered(unlocked_open(
        [&] { return std::make_shared<Owner>(open(path, options), std::move(clock)); }));
}

SharedOwner open_reader(py::handle directory, py::handle given) {
    const std::filesystem::path path = path_of(directory);
    const ReaderOptions options = reader_options_from(given);
    return Owner::registered(
        unlocked_open([&] { return std::make_shared<Owner>(Reader::open(path, options)); }));
}

std::shared_ptr<HeldView> view_of(Owner& owner) {
    return owner.call(
        [&] { return std::make_shared<HeldView>(owner.shared_from_this(), owner.view()); });
}

void require_writer(const Owner& owner) {
    if (!owner.is_writer()) throw UsageError("a reader only reads; open a Ledger");
}

/// A call of the writer.
template <class Ask>
auto writer_call(Owner& owner, Ask&& ask) {
    require_writer(owner);
    return owner.call([&] { return ask(owner.ledger()); });
}

VerifyReport verify_balances(Owner& owner, py::handle proof) {
    const Fields from(proof);
    const auto digest = [&] {
        const py::object bytes = from.raw("digest");
        if (!PyBytes_Check(bytes.ptr())) from.refuse("digest", bytes);
        return bytes.cast<std::string>();
    };
    if (snapshot_class.is_type_of(proof)) {
        const Snapshot snapshot{from.text("name"), from.need<Position>("position"),
                                from.number<std::uint64_t>("accounts"), from.text("algorithm"),
                                digest()};
        return writer_call(owner, [&](Ledger& ledger) { return ledger.verify_balances(snapshot); });
    }
    if (!certificate_class.is_type_of(proof)) {
        throw py::type_error("a Snapshot or a Certificate is wanted");
    }
    const Certificate certificate{
        from.need<BookId>("book"),    from.need<Date>("date"),
        from.need<Position>("close"), from.number<std::uint64_t>("accounts"),
        from.text("algorithm"),       digest()};
    return writer_call(owner, [&](Ledger& ledger) { return ledger.verify_balances(certificate); });
}

void register_clock(py::module_& module) {
    py::class_<ManualClock, std::shared_ptr<ManualClock>>(
        module, "ManualClock", "A clock for tests, which stands still until it is told otherwise.")
        .def(py::init<Instant>())
        .def("now", &ManualClock::now)
        .def("advance", &ManualClock::advance)
        .def("set", &ManualClock::set);
}

void register_care(py::module_& module) {
    module.def("verify", [](py::handle directory, bool deep) {
        const std::filesystem::path path = path_of(directory);
        const Unlocked unlocked;
        return Ledger::verify(path, deep);
    });
    module.def("rebuild", [](py::handle directory, py::handle given) {
        const std::filesystem::path path = path_of(directory);
        std::shared_ptr<Clock> clock;
        const Options options = options_from(given, clock);
        const Unlocked unlocked;
        Ledger::rebuild(path, options);
    });
    module.def("restore", [](py::handle backup, py::handle directory) {
        const std::filesystem::path from = path_of(backup);
        const std::filesystem::path to = path_of(directory);
        const Unlocked unlocked;
        Ledger::restore(from, to);
    });
}

}  // namespace

void register_ledgers(py::module_& module) {
    register_clock(module);
    register_care(module);
    module.def("close_all", &Owner::close_all);
    module.def("calls_under_way", &UnderWay::count);
    module.def("create", &open_ledger<&Ledger::create>);
    module.def("open", &open_ledger<&Ledger::open>);
    module.def("open_or_create", &open_ledger<&Ledger::open_or_create>);
    module.def("open_reader", &open_reader);

    py::class_<Owner, SharedOwner>(module, "Owner")
        .def("close", &Owner::close)
        .def_property_readonly("closed", &Owner::is_closed)
        .def("view", &view_of)
        .def("stats", [](Owner& owner) { return owner.call([&] { return owner.stats(); }); })
        .def("refresh",
             [](Owner& owner) {
                 if (owner.is_writer()) return;
                 owner.call([&] { owner.reader().refresh(); });
             })
        .def("backup",
             [](Owner& owner, py::handle directory) {
                 const std::filesystem::path path = path_of(directory);
                 writer_call(owner, [&](Ledger& ledger) { ledger.backup(path); });
             })
        .def("step",
             [](Owner& owner) {
                 return writer_call(owner, [](Ledger& ledger) { return ledger.step(); });
             })
        .def("seal",
             [](Owner& owner) { writer_call(owner, [](Ledger& ledger) { ledger.seal(); }); })
        .def("cut_snapshot",
             [](Owner& owner, std::string name, Position at) {
                 return writer_call(owner,
                                    [&](Ledger& ledger) { return ledger.cut_snapshot(name, at); });
             })
        .def("verify_balances", &verify_balances);
}

}  // namespace ledger::python
