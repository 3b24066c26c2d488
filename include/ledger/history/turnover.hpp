// Turnover and balances by book date: what lines changed on each side, however far their dates and
// their posting lie apart. Invariant: sums are exact in 256 bits; only lines count, folds and holds
// move nothing.
#pragma once

#include "ledger/core/time.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/history/summary.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace ledger::history {

/// Debit and credit turnover of some lines; red lines lower their side.
struct WideTurnover {
    Wide debits;
    Wide credits;

    /// What happened between two standings of one account.
    static constexpr WideTurnover between(const Totals& before, const Totals& after) {
        return {Wide(after.debits) - Wide(before.debits),
                Wide(after.credits) - Wide(before.credits)};
    }
    constexpr WideTurnover& operator+=(const WideTurnover& other) {
        debits += other.debits;
        credits += other.credits;
        return *this;
    }
    constexpr WideTurnover& operator-=(const WideTurnover& other) {
        debits -= other.debits;
        credits -= other.credits;
        return *this;
    }
    friend bool operator==(const WideTurnover&, const WideTurnover&) = default;
};

/// The turnover of one book date.
struct DateTurnover {
    Date date;
    WideTurnover turnover;
    friend bool operator==(const DateTurnover&, const DateTurnover&) = default;
};

/// Collects the turnover of lines that come in any order of dates. Memory: one element for each
/// date, and at most some thousands more.
class DateTally {
public:
    void clear() noexcept {
        sums_.clear();
        merged_ = 0;
    }
    void add(Date date, const WideTurnover& turnover);
    void add(std::span<const DateTurnover> sums) {
        for (const DateTurnover& sum : sums) add(sum.date, sum.turnover);
    }
    /// Each date once, ascending. Valid until the next call.
    std::span<const DateTurnover> by_date();

private:
    void merge();
    std::vector<DateTurnover> sums_;
    std::size_t merged_ = 0;  // so many are sorted, each date once
};

/// Debit-positive balances at the end of each day of a range of book dates, made of what each day
/// changes.
class DailyBalance {
public:
    static constexpr std::int64_t days_max = 366 * 400;

    /// Throws InvalidArgument where `last` comes before `first`, or the range has over 400 years.
    DailyBalance(Date first, Date last);

    Date first() const noexcept { return first_; }
    Date last() const noexcept { return last_; }
    /// What lines of this date change; after the range they do not matter.
    void add(Date date, const Totals& before, const Totals& after) {
        if (last_ < date) return;
        Change& change = change_of(date);
        change.add(after.debits);
        change.subtract(after.credits);
        change.subtract(before.debits);
        change.add(before.credits);
    }
    void add(Date date, const WideTurnover& turnover) {
        if (last_ < date) return;
        change_of(date).rest += turnover.debits - turnover.credits;
    }
    /// Calls `visit(date, balance)` for each day.
    template <class Visit>
    void visit(Visit&& visit) const {
        Date date = first_;
        Wide balance = before_.all();
        for (const Change& change : changes_) {
            visit(date, balance += change.all());
            date = date + 1;
        }
    }

private:
    /// A sum in 128 bits as long as those do.
    struct Change {
        i128 sum = 0;
        Wide rest;

        void add(i128 value) {
            i128 next = 0;
            if (checked_add(sum, value, next)) {
                sum = next;
            } else {
                rest += Wide(value);
            }
        }
        void subtract(i128 value) {
            i128 next = 0;
            if (checked_subtract(sum, value, next)) {
                sum = next;
            } else {
                rest -= Wide(value);
            }
        }
        Wide all() const { return Wide(sum) + rest; }
    };

    Change& change_of(Date date) {
        return date < first_ ? before_
                             : changes_[static_cast<std::size_t>(date.days - first_.days)];
    }

    Date first_;
    Date last_;
    Change before_;
    std::vector<Change> changes_;
};

}  // namespace ledger::history
