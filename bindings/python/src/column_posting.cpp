// Posting of vouchers from columns: a row a line, the rows of a voucher together; two rows each in
// transfers, whatever their ids. Batches are made
// and posted without the GIL, some in flight at a time. Invariant: every voucher has its result, in
// the order of the columns, or the call throws and what was acknowledged is durable: post the same
// columns again.
#include "columns.hpp"
#include "ledger/ledger.hpp"
#include "ledger/model/bounds.hpp"
#include "owner.hpp"
#include "record_fields.hpp"
#include "register.hpp"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ledger::python {

namespace {

constexpr std::size_t in_flight_max = 3;
constexpr std::size_t lines_max = bounds::batch_lines_max - bounds::voucher_lines_max;
constexpr std::chrono::seconds patience{30};

/// A column that numpy keeps. Another thread of Python may write to it meanwhile: each number is
/// read once.
template <class T>
class Given {
public:
    Given() = default;
    explicit Given(const py::object& array, const char* name) : array_(cast(array, name)) {
        data_ = array_.data();
        size_ = static_cast<std::size_t>(array_.size());
    }
    T operator[](std::size_t row) const noexcept {
        T value;
        std::memcpy(&value, data_ + row, sizeof value);
        return value;
    }
    std::size_t size() const noexcept { return size_; }

private:
    using Array = py::array_t<T, py::array::c_style>;
    static Array cast(const py::object& array, const char* name) {
        if (!Array::check_(array) || py::reinterpret_borrow<py::array>(array).ndim() != 1) {
            throw py::type_error(std::string("the column '") + name + "' has another type");
        }
        return py::reinterpret_borrow<Array>(array);
    }
    Array array_;
    const T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// The columns, all as long as each other; those that are not given are empty.
struct VoucherColumns {
    Given<std::uint64_t> id_high;
    Given<std::uint64_t> id_low;
    Given<std::uint64_t> order_high;
    Given<std::uint64_t> order_low;
    Given<std::uint16_t> book;
    Given<std::int64_t> book_date;  ///< days since 1970-01-01; the least: none
    Given<std::uint32_t> code;
    Given<std::int32_t> account;  ///< a place in `accounts`
    Given<std::int8_t> side;
    Given<std::int8_t> ink;
    Given<std::int64_t> amount;
    std::vector<AccountId> accounts;
    bool are_transfers = false;

    std::size_t rows() const noexcept { return id_high.size(); }
    bool has_same_voucher(std::size_t row, std::size_t first) const noexcept {
        if (are_transfers) return row - first < 2;
        return id_low[row] == id_low[first] && id_high[row] == id_high[first];
    }
};

/// A column of an enum whose numbers are 0 and 1.
template <class E>
E member_at(const Given<std::int8_t>& column, std::size_t row) {
    const std::int8_t number = column[row];
    if (number != 0 && number != 1) {
        throw InvalidArgument(std::to_string(number) + " in a column is no " + enum_name<E>);
    }
    return static_cast<E>(number);
}

template <class E>
void require_members(const Given<std::int8_t>& column) {
    for (std::size_t row = 0; row < column.size(); ++row) (void)member_at<E>(column, row);
}

VoucherColumns columns_from(py::handle given, std::vector<AccountId> accounts) {
    const Fields from(given);
    VoucherColumns columns;
    const auto take = [&](auto& column, const char* name) {
        const py::object array = from.raw(name);
        if (array.is_none()) return;
        column = std::decay_t<decltype(column)>(array, name);
        if (column.size() != columns.rows()) {
            throw InvalidArgument("the column '" + std::string(name) + "' has " +
                                  std::to_string(column.size()) + " rows, the ids have " +
                                  std::to_string(columns.rows()));
        }
    };
    columns.id_high = Given<std::uint64_t>(from.raw("id_high"), "id_high");
    take(columns.id_low, "id_low");
    take(columns.order_high, "order_high");
    take(columns.order_low, "order_low");
    take(columns.book, "book");
    take(columns.book_date, "book_date");
    take(columns.code, "code");
    take(columns.account, "account");
    take(columns.side, "side");
    take(columns.ink, "ink");
    take(columns.amount, "amount");
    require_members<Side>(columns.side);
    require_members<Ink>(columns.ink);
    columns.accounts = std::move(accounts);
    return columns;
}

/// Makes batches of whole vouchers.
class BatchMaker {
public:
    explicit BatchMaker(const VoucherColumns& columns) noexcept : columns_(columns) {}

    bool is_over() const noexcept { return row_ == columns_.rows(); }
    void fill(Batch& batch) {
        batch.clear();
        while (!is_over() && batch.size() < bounds::batch_records_max &&
               batch.lines.size() < lines_max) {
            add_voucher(batch);
        }
    }
    /// The number of vouchers.
    std::size_t count() const {
        std::size_t vouchers = 0;
        for (std::size_t row = 0; row < columns_.rows(); ++vouchers) {
            const std::size_t first = row;
            do ++row;
            while (row < columns_.rows() && columns_.has_same_voucher(row, first));
        }
        return vouchers;
    }

private:
    void add_voucher(Batch& batch) {
        const std::size_t first = row_;
        auto voucher = batch.add_voucher(VoucherId(columns_.id_high[first], columns_.id_low[first]),
                                         BookId{columns_.book[first]});
        if (columns_.order_high.size() != 0) {
            voucher.order(OrderId(columns_.order_high[first], columns_.order_low[first]));
        }
        if (columns_.book_date.size() != 0) voucher.book_date(date_of(columns_.book_date[first]));
        if (columns_.code.size() != 0) voucher.code(columns_.code[first]);
        do {
            const auto place = static_cast<std::uint32_t>(columns_.account[row_]);
            const AccountId account =
                place < columns_.accounts.size() ? columns_.accounts[place] : AccountId{};
            const Ink ink =
                columns_.ink.size() == 0 ? Ink::black : member_at<Ink>(columns_.ink, row_);
            voucher.line(account, member_at<Side>(columns_.side, row_),
                         Amount{columns_.amount[row_]}, ink);
            ++row_;
        } while (!is_over() && columns_.has_same_voucher(row_, first));
    }
    /// Any date outside what a voucher may carry is one that the ledger refuses.
    static Date date_of(std::int64_t days) noexcept {
        if (days == InstantColumn::none) return Date::none();
        if (days < date_min.days || days > date_max.days) return {date_max.days + 1};
        return {static_cast<std::int32_t>(days)};
    }
    const VoucherColumns& columns_;
    std::size_t row_ = 0;
};

/// The results of all vouchers, and what is in flight.
class Results {
public:
    explicit Results(std::size_t count)
        : outcomes_(outcome_.fill(count, static_cast<std::int8_t>(Outcome::outcome_unknown))),
          positions_(position_.fill(count, 0)),
          numbers_(number_.fill(count, 0)),
          instants_(instant_.fill(count, InstantColumn::none)) {}

    std::size_t size() const noexcept { return outcome_.size(); }
    /// From the engine's committing thread.
    void tell(std::size_t first, std::span<const Result> results, Batch&& batch) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            const Result& result = results[i];
            outcomes_[first + i] = static_cast<std::int8_t>(result.outcome);
            positions_[first + i] = static_cast<std::int64_t>(result.position.value);
            numbers_[first + i] = result.number;
            if (result.instant) instants_[first + i] = result.instant.nanoseconds;
        }
        const std::lock_guard lock(mutex_);
        spare_.push_back(std::move(batch));
        --in_flight_;
        done_.notify_all();
    }
    /// A batch to be filled, once there are fewer than `most` in flight; none where that takes
    /// long.
    std::optional<Batch> take(std::size_t most, std::chrono::milliseconds wait) {
        std::unique_lock lock(mutex_);
        if (!done_.wait_for(lock, wait, [&] { return in_flight_ < most; })) return std::nullopt;
        if (spare_.empty()) return Batch{};
        Batch batch = std::move(spare_.back());
        spare_.pop_back();
        return batch;
    }
    void begin() {
        const std::lock_guard lock(mutex_);
        ++in_flight_;
    }
    void refused() {
        const std::lock_guard lock(mutex_);
        --in_flight_;
    }
    void wait_for_all() {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [&] { return in_flight_ == 0; });
    }
    py::list release() {
        TableParts parts;
        parts.add("outcome", "enum", outcome_.release("|i1"), py::str("Outcome"));
        parts.plain("position", position_.release("<i8"));
        parts.plain("number", number_.release("<u8"));
        parts.plain("instant", instant_.release("<M8[ns]"));
        return parts.take();
    }

private:
    Buffer<std::int8_t> outcome_;  // all of them below 128
    Buffer<std::int64_t> position_;
    Buffer<std::uint64_t> number_;
    Buffer<std::int64_t> instant_;
    std::int8_t* outcomes_;
    std::int64_t* positions_;
    std::uint64_t* numbers_;
    std::int64_t* instants_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::vector<Batch> spare_;
    std::size_t in_flight_ = 0;
};

void check_interrupt_unlocked() {
    const py::gil_scoped_acquire locked;
    check_interrupt();
}

/// Whatever ends the posting, nothing is in flight afterwards. Batch by batch the ledger is asked,
/// so that another thread, or what an interrupt runs in this one, may close it.
class Posting {
public:
    Posting(Owner& owner, Results& results) noexcept : owner_(owner), results_(results) {}
    ~Posting() { results_.wait_for_all(); }
    Posting(const Posting&) = delete;
    Posting& operator=(const Posting&) = delete;

    void post_all(BatchMaker& maker) {
        std::size_t first = 0;
        while (!maker.is_over()) {
            Batch batch = next_batch();
            maker.fill(batch);
            const std::size_t count = batch.size();
            if (count > results_.size() - first) refuse_change();
            post(batch, first);
            first += count;
        }
        if (first != results_.size()) refuse_change();
    }

private:
    [[noreturn]] static void refuse_change() {
        throw UsageError("the columns were written to while they were posted; post them again");
    }
    Batch next_batch() {
        while (true) {
            check_interrupt_unlocked();
            if (auto batch = results_.take(in_flight_max, std::chrono::milliseconds{100})) {
                return std::move(*batch);
            }
        }
    }
    void post(Batch& batch, std::size_t first) {
        const auto begin = std::chrono::steady_clock::now();
        while (!try_post(batch, first)) {
            if (std::chrono::steady_clock::now() - begin > patience) {
                throw UnavailableError(
                    "the ledger's queue stays full; post the same columns again later");
            }
            check_interrupt_unlocked();
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }
    bool try_post(Batch& batch, std::size_t first) {
        results_.begin();
        bool is_taken = false;
        try {
            is_taken = owner_.unlocked_call([&] {
                return owner_.ledger().post_async(
                    batch, [this, first](std::span<const Result> results, Batch&& done) {
                        results_.tell(first, results, std::move(done));
                    });
            });
        } catch (...) {
            results_.refused();
            throw;
        }
        if (!is_taken) results_.refused();
        return is_taken;
    }
    Owner& owner_;
    Results& results_;
};

py::list post_columns(Owner& owner, py::handle given, std::vector<AccountId> accounts,
                      bool are_transfers) {
    if (!owner.is_writer()) throw UsageError("a reader only reads; open a Ledger to post");
    VoucherColumns columns = columns_from(given, std::move(accounts));
    columns.are_transfers = are_transfers;
    BatchMaker maker(columns);
    std::optional<Results> results;
    owner.call_in_parts([&] {
        results.emplace(maker.count());
        Posting(owner, *results).post_all(maker);
    });
    return results->release();
}

/// The ids of texts, as the pair of arrays that columns have.
py::tuple ids_of_texts(py::handle texts) {
    Buffer<std::uint64_t> high;
    Buffer<std::uint64_t> low;
    for (const py::handle item : py::iter(texts)) {
        std::string_view text;
        if (!from_text(item, text)) {
            throw py::type_error(std::string("a text is wanted, not ") +
                                 Py_TYPE(item.ptr())->tp_name);
        }
        const u128 id = id_from_text(text);
        high.reserve_more(1);
        low.reserve_more(1);
        high.push(high_word(id));
        low.push(low_word(id));
    }
    return py::make_tuple(high.release("<u8"), low.release("<u8"));
}

}  // namespace

void register_column_posting(py::module_& module) {
    module.def("post_columns", &post_columns);
    module.def("ids_of_texts", &ids_of_texts);
}

}  // namespace ledger::python
