// View and Feed: the queries of ledger/history/view.hpp, one by one.
#include "views.hpp"

#include "ledger/core/error.hpp"
#include "register.hpp"
#include "values.hpp"

#include <algorithm>

namespace ledger::python {

namespace {

using std::chrono::nanoseconds;

/// How long a feed waits before it looks whether Python was interrupted.
constexpr nanoseconds wait_slice = std::chrono::milliseconds{100};

/// A query of View as a function of the held one.
template <class Answer, class... Arguments>
auto query(Answer (View::*method)(Arguments...) const) {
    return [method](HeldView& view, std::decay_t<Arguments>... arguments) {
        return view.ask([&](View& now) { return (now.*method)(arguments...); });
    };
}

/// A query over a set of accounts.
template <class Answer, class... Arguments>
auto set_query(Answer (View::*method)(AccountSet, Arguments...) const) {
    return
        [method](HeldView& view, const std::vector<AccountId>& accounts, Arguments... arguments) {
            return view.ask([&](View& now) { return (now.*method)(accounts, arguments...); });
        };
}

template <class... Arguments>
constexpr py::detail::overload_cast_impl<Arguments...> overload{};

std::shared_ptr<HeldView> view_at(HeldView& view, Position position) {
    return view.ask([&](View& now) {
        return std::make_shared<HeldView>(view.shared_owner(), now.at(position));
    });
}

void define_balances(py::class_<HeldView, std::shared_ptr<HeldView>>& type) {
    type.def("account", query(&View::account))
        .def("balance", query(&View::balance))
        .def("balance_of_group", query(&View::balance_of_group))
        .def("accounts", query(&View::accounts))
        .def("entries", query(&View::entries))
        .def("lines", query(&View::lines))
        .def("lines_on", query(&View::lines_on))
        .def("balance_at", query(overload<AccountId, Position>(&View::balance_at, py::const_)))
        .def("balance_at", query(overload<AccountId, Instant>(&View::balance_at, py::const_)))
        .def("balance_on", query(overload<AccountId, Date>(&View::balance_on, py::const_)))
        .def("balance_on",
             query(overload<AccountId, Date, Position>(&View::balance_on, py::const_)))
        .def("balance_on", query(overload<AccountId, Date, Instant>(&View::balance_on, py::const_)))
        .def("balance_of_group_on", query(&View::balance_of_group_on))
        .def("movement", query(&View::movement))
        .def("movements", query(&View::movements))
        .def("chart_movements", query(&View::chart_movements))
        .def("trial_sums", query(&View::trial_sums));
}

template <class Range>
void define_ranges(py::class_<HeldView, std::shared_ptr<HeldView>>& type) {
    type.def("lowest", set_query(overload<AccountSet, Range>(&View::lowest, py::const_)))
        .def("highest", set_query(overload<AccountSet, Range>(&View::highest, py::const_)))
        .def("average",
             set_query(overload<AccountSet, Range, Rounding>(&View::average, py::const_)))
        .def("turnover", set_query(overload<AccountSet, Range>(&View::turnover, py::const_)))
        .def("longest_run_above",
             set_query(overload<AccountSet, Range, Amount>(&View::longest_run_above, py::const_)));
}

void define_records(py::class_<HeldView, std::shared_ptr<HeldView>>& type) {
    type.def("voucher", query(overload<VoucherId>(&View::voucher, py::const_)))
        .def("voucher", query(overload<Position>(&View::voucher, py::const_)))
        .def("voucher", query(overload<BookId, Date, std::uint64_t>(&View::voucher, py::const_)))
        .def("vouchers_on", query(&View::vouchers_on))
        .def("voucher_head", query(&View::voucher_head))
        .def("record", query(overload<RecordId>(&View::record, py::const_)))
        .def("record", query(overload<Position>(&View::record, py::const_)))
        .def("register_entry",
             [](HeldView& view, RecordId id) -> py::object {
                 const auto entry = view.ask([&](View& now) {
                     const auto found = now.register_entry(id);
                     return std::pair{found, found ? now.record(id) : std::nullopt};
                 });
                 if (!entry.first) return py::none();
                 return to_python(RecordValue{*entry.first}, id,
                                  entry.second ? entry.second->order : OrderId{});
             })
        .def("records_of", query(&View::records_of))
        .def("hold", query(&View::hold))
        .def("holds", query(&View::holds))
        .def("holds_of", query(&View::holds_of))
        .def("item", query(&View::item))
        .def("open_items", query(&View::open_items));
}

void define_days(py::class_<HeldView, std::shared_ptr<HeldView>>& type) {
    type.def("days", query(&View::days))
        .def("open_dates", query(&View::open_dates))
        .def("day_closes", query(&View::day_closes))
        .def("closed_by", query(&View::closed_by))
        .def("certificate", query(&View::certificate))
        .def("vouchers_concerning", query(&View::vouchers_concerning))
        .def("late_vouchers", query(&View::late_vouchers))
        .def("snapshots", query(&View::snapshots))
        .def("snapshot", query(&View::snapshot))
        .def("currencies", query(&View::currencies))
        .def("books", query(&View::books))
        .def("groups", query(&View::groups))
        .def("relations", query(&View::relations));
}

/// A feed, and what was read from it but not given to Python yet. Invariant: a record counts as
/// given once its object is made, so that whatever ends a call, the next one goes on where it was.
/// With the GIL.
class FeedReader {
public:
    explicit FeedReader(std::shared_ptr<HeldFeed> feed) : feed_(std::move(feed)) {
        position_ = feed_->ask([](Feed& from) { return from.position(); });
    }
    void close() { feed_->close(); }
    /// The last record given, or where the feed began; of a closed feed, too.
    Position position() const noexcept { return position_; }

    py::list next(std::size_t records_max, std::optional<nanoseconds> wait) {
        const Busy busy(*this);
        if (left() == 0 || records_max == 0) read(records_max, wait);
        py::list given(std::min(left(), records_max));
        for (std::size_t i = 0; i < given.size(); ++i) given[i] = py::cast(records_[next_ + i]);
        move_on(given.size());
        return given;
    }
    /// One by one, up to what is committed now.
    py::object next_one() {
        const Busy busy(*this);
        if (left() == 0) read(read_ahead, nanoseconds{0});
        if (left() == 0) throw py::stop_iteration();
        py::object given = py::cast(records_[next_]);
        move_on(1);
        return given;
    }

private:
    static constexpr std::size_t read_ahead = 1'000;

    /// Making objects runs Python, where another thread or an interrupt may ask again.
    class Busy {
    public:
        explicit Busy(FeedReader& reader) : is_busy_(reader.is_busy_) {
            if (reader.feed_->is_closed() || reader.feed_->owner().is_forked()) {
                throw UsageError("this was closed, or is the parent process's; take a new one");
            }
            if (is_busy_) throw UsageError("another call reads this feed just now");
            is_busy_ = true;
        }
        ~Busy() { is_busy_ = false; }
        Busy(const Busy&) = delete;
        Busy& operator=(const Busy&) = delete;

    private:
        bool& is_busy_;
    };

    std::size_t left() const noexcept { return records_.size() - next_; }
    void move_on(std::size_t count) noexcept {
        if (count == 0) return;
        next_ += count;
        position_ = records_[next_ - 1].position;
    }
    /// In slices, so that an interrupt or a close gets through. No wait: for ever.
    void read(std::size_t records_max, std::optional<nanoseconds> wait) {
        const auto begin = std::chrono::steady_clock::now();
        while (true) {
            const auto now = std::chrono::steady_clock::now();
            const nanoseconds passed = now - begin;
            const nanoseconds remaining =
                wait ? std::max(*wait - passed, nanoseconds{0}) : wait_slice;
            const nanoseconds slice = std::min(remaining, wait_slice);
            if (read_slice(records_max, slice) != 0) return;
            // One that commits nothing any more is not waited for.
            const bool is_over = std::chrono::steady_clock::now() - now < slice / 2;
            if (slice < wait_slice || is_over) return;
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        }
    }
    std::size_t read_slice(std::size_t records_max, nanoseconds slice) {
        return feed_->ask([&](Feed& from) {
            std::vector<FeedRecord> records;
            const std::size_t count = from.next(records, records_max, slice);
            records_ = std::move(records);
            next_ = 0;
            return count;
        });
    }

    std::shared_ptr<HeldFeed> feed_;
    std::vector<FeedRecord> records_;
    std::size_t next_ = 0;
    Position position_;
    bool is_busy_ = false;
};

std::shared_ptr<FeedReader> feed_of(Owner& owner, Position after, FeedContent content) {
    return std::make_shared<FeedReader>(owner.call([&] {
        return std::make_shared<HeldFeed>(owner.shared_from_this(), owner.follow(after, content));
    }));
}

}  // namespace

void register_views(py::module_& module) {
    py::class_<HeldView, std::shared_ptr<HeldView>> type(module, "View");
    type.def("close", &HeldView::close)
        .def_property_readonly("closed", &HeldView::is_closed)
        .def("position", query(&View::position))
        .def("instant", query(&View::instant))
        .def("at", &view_at)
        .def("position_at", query(&View::position_at))
        .def("positions_of", query(&View::positions_of));
    define_balances(type);
    define_ranges<InstantRange>(type);
    define_ranges<DateRange>(type);
    define_records(type);
    define_days(type);

    py::class_<FeedReader, std::shared_ptr<FeedReader>>(module, "Feed")
        .def("close", &FeedReader::close)
        .def("position", &FeedReader::position)
        .def("next", &FeedReader::next)
        .def("__iter__", [](py::object feed) { return feed; })
        .def("__next__", &FeedReader::next_one);
    module.def("follow", &feed_of);
}

}  // namespace ledger::python
