// Columns of numbers that queries fill without an object of Python a row, and hand over to numpy.
// Invariant: what is handed over owns its memory; a number that does not fit its column is an
// OverflowError, never another number.
#pragma once

#include "casters.hpp"
#include "ledger/core/error.hpp"
#include "ledger/reporting/trial_balance.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ledger::python {

/// Pages of memory that grow in place, or by moving pages and never their bytes: a table that grows
/// takes no more than what is in it.
class Memory {
public:
    Memory() = default;
    Memory(Memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Memory& operator=(Memory&&) = delete;
    ~Memory();

    void* data() const noexcept { return data_; }
    std::size_t bytes() const noexcept { return bytes_; }
    /// To at least so many bytes; also fewer than there are. Throws std::bad_alloc.
    void resize(std::size_t bytes);

private:
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

/// Numbers in one piece of memory.
template <class T>
class Buffer {
public:
    static_assert(std::is_trivially_copyable_v<T>);

    /// Makes room for so many more.
    void reserve_more(std::size_t count) {
        const std::size_t capacity = memory_.bytes() / sizeof(T);
        if (capacity - size_ >= count) return;
        resize(std::max(size_ + count, capacity * 2));
    }
    /// There is room.
    void push(T value) noexcept { data_[size_++] = value; }
    /// All of it at once, to be written to by place.
    T* fill(std::size_t count, T value) {
        reserve_more(count);
        std::fill(data_ + size_, data_ + size_ + count, value);
        size_ += count;
        return data_;
    }
    std::size_t size() const noexcept { return size_; }

    /// An array that owns the memory; the buffer is empty afterwards.
    py::array release(const char* dtype) {
        resize(size_);
        auto owned = std::make_unique<Memory>(std::move(memory_));
        const py::capsule owner(owned.get(),
                                [](void* memory) { delete static_cast<Memory*>(memory); });
        T* const data = static_cast<T*>(owned.release()->data());
        data_ = nullptr;
        return py::array(py::dtype(dtype), {std::exchange(size_, 0)}, {sizeof(T)}, data, owner);
    }

private:
    void resize(std::size_t count) {
        memory_.resize(count * sizeof(T));
        data_ = static_cast<T*>(memory_.data());
    }
    Memory memory_;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// How amounts stand in columns: in 64 bits, or in two columns, name_high (signed) and name_low.
enum class AmountWidth { narrow, wide };

/// What a table is made of in Python: (name, kind, array, values). The kind is "plain"; "enum",
/// with the name of the enum as values; "text", whose array has places in the list of texts
/// `values`; or "id", with places in an array of 32 hexadecimal digits each.
class TableParts {
public:
    void plain(const char* name, const py::array& array) {
        parts_.append(py::make_tuple(name, "plain", array, py::none()));
    }
    void add(const char* name, const char* kind, const py::array& array, const py::object& values) {
        parts_.append(py::make_tuple(name, kind, array, values));
    }
    py::list take() { return std::move(parts_); }

private:
    py::list parts_;
};

template <class T>
class NumberColumn {
public:
    constexpr NumberColumn(const char* name, const char* dtype) noexcept
        : name_(name), dtype_(dtype) {}
    void reserve(std::size_t rows) { numbers_.reserve_more(rows); }
    void push(T value) noexcept { numbers_.push(value); }
    void release(TableParts& into) { into.plain(name_, numbers_.release(dtype_)); }

private:
    const char* name_;
    const char* dtype_;
    Buffer<T> numbers_;
};

class InstantColumn : public NumberColumn<std::int64_t> {
public:
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();  // NaT
    explicit InstantColumn(const char* name) noexcept : NumberColumn(name, "<M8[ns]") {}
    void push(Instant instant) noexcept {
        NumberColumn::push(instant ? instant.nanoseconds : none);
    }
};

class DateColumn : public NumberColumn<std::int64_t> {
public:
    explicit DateColumn(const char* name) noexcept : NumberColumn(name, "<M8[D]") {}
    void push(Date date) noexcept {
        NumberColumn::push(date ? std::int64_t{date.days} : InstantColumn::none);
    }
};

class PositionColumn : public NumberColumn<std::int64_t> {
public:
    explicit PositionColumn(const char* name) noexcept : NumberColumn(name, "<i8") {}
    void push(Position position) noexcept {
        NumberColumn::push(static_cast<std::int64_t>(position.value));
    }
};

/// name_high and name_low.
class IdColumns {
public:
    IdColumns(const char* high, const char* low) noexcept : high_(high, "<u8"), low_(low, "<u8") {}
    void reserve(std::size_t rows) {
        high_.reserve(rows);
        low_.reserve(rows);
    }
    void push(u128 value) noexcept {
        high_.push(high_word(value));
        low_.push(low_word(value));
    }
    void release(TableParts& into) {
        high_.release(into);
        low_.release(into);
    }

private:
    NumberColumn<std::uint64_t> high_;
    NumberColumn<std::uint64_t> low_;
};

class AmountColumn {
public:
    AmountColumn(std::string name, AmountWidth width) : name_(std::move(name)), width_(width) {}
    void reserve(std::size_t rows) {
        high_.reserve_more(rows);
        if (width_ == AmountWidth::wide) low_.reserve_more(rows);
    }
    /// Throws OverflowError naming the column.
    void push(i128 value) {
        if (width_ == AmountWidth::wide) {
            high_.push(static_cast<std::int64_t>(high_word(static_cast<u128>(value))));
            low_.push(low_word(static_cast<u128>(value)));
            return;
        }
        if (value < std::numeric_limits<std::int64_t>::min() ||
            value > std::numeric_limits<std::int64_t>::max()) {
            refuse(value);
        }
        high_.push(static_cast<std::int64_t>(value));
    }
    void push(Amount amount) { push(amount.minor); }
    void push(const Wide& sum) { push(to_amount(sum).minor); }
    void release(TableParts& into) {
        if (width_ == AmountWidth::narrow) {
            into.plain(name_.c_str(), high_.release("<i8"));
            return;
        }
        into.add((name_ + "_high").c_str(), "high", high_.release("<i8"), py::str(name_));
        into.add((name_ + "_low").c_str(), "low", low_.release("<u8"), py::str(name_));
    }

private:
    [[noreturn]] void refuse(i128 value) const;
    std::string name_;
    AmountWidth width_;
    Buffer<std::int64_t> high_;  // narrow: all of it
    Buffer<std::uint64_t> low_;
};

/// Members of an enum by their numbers; `none` where there is none.
template <class E>
class EnumColumn {
public:
    static constexpr std::int8_t none = -1;
    explicit EnumColumn(const char* name) noexcept : name_(name) {}
    void reserve(std::size_t rows) { numbers_.reserve_more(rows); }
    void push(E member) noexcept { numbers_.push(static_cast<std::int8_t>(member)); }
    void push_none() noexcept { numbers_.push(none); }
    void release(TableParts& into) {
        into.add(name_, "enum", numbers_.release("|i1"), py::str(enum_name<E>));
    }

private:
    const char* name_;
    Buffer<std::int8_t> numbers_;
};

/// Texts of which each stands once, and its place in every row.
class TextColumn {
public:
    explicit TextColumn(const char* name) noexcept : name_(name) {}
    void reserve(std::size_t rows) { places_.reserve_more(rows); }
    void push(std::string_view text) {
        const auto place = static_cast<std::int32_t>(texts_.size());
        const auto [found, is_new] = known_.try_emplace(std::string(text), place);
        if (is_new) texts_.emplace_back(text);
        places_.push(found->second);
    }
    void release(TableParts& into) {
        py::list texts(texts_.size());
        for (std::size_t i = 0; i < texts_.size(); ++i) texts[i] = to_text(texts_[i]);
        into.add(name_, "text", places_.release("<i4"), texts);
        texts_.clear();
        known_.clear();
    }

private:
    const char* name_;
    Buffer<std::int32_t> places_;
    std::vector<std::string> texts_;
    std::unordered_map<std::string, std::int32_t> known_;
};

/// Accounts, each of which stands once, and its place in every row.
class AccountColumn {
public:
    explicit AccountColumn(const char* name) noexcept : name_(name) {}
    void reserve(std::size_t rows) { places_.reserve_more(rows); }
    /// To be found again where rows come in any order.
    std::int32_t place_of(AccountId account) {
        const auto [found, is_new] = known_.try_emplace(account, ids_.size());
        return is_new ? add(account) : static_cast<std::int32_t>(found->second);
    }
    /// One that was not added before.
    std::int32_t add(AccountId account) {
        ids_.push_back(account);
        return static_cast<std::int32_t>(ids_.size() - 1);
    }
    void push(std::int32_t place) noexcept { places_.push(place); }
    void release(TableParts& into);

private:
    const char* name_;
    Buffer<std::int32_t> places_;
    std::vector<AccountId> ids_;
    std::unordered_map<AccountId, std::size_t> known_;
};

inline AmountWidth width_of(bool wide) { return wide ? AmountWidth::wide : AmountWidth::narrow; }

/// So many rows are read at a time, between which others have their turn.
inline constexpr std::size_t page_rows = 10'000;

/// Throws what Python was interrupted with. With the GIL.
inline void check_interrupt() {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

/// Calls `visit` with each of the columns.
template <class Visit, class... Columns>
void each_of(Visit&& visit, Columns&... columns) {
    (visit(columns), ...);
}

/// The rows of a trial balance.
py::list table_of(const TrialBalance& trial, AmountWidth width);

}  // namespace ledger::python
