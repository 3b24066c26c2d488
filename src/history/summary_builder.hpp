// Builds the summary of entries that come one by one. Invariant: the same as joining the summaries
// of the single entries, at the price of a multiplication each.
#pragma once

#include "history/segment_format.hpp"
#include "ledger/history/summary.hpp"

namespace ledger::history {

/// Balance × time, summed in 128 bits as long as those do.
class AreaSum {
public:
    void add(i128 balance, std::int64_t nanoseconds) {
        i128 sum = 0;
        if (format::fits_64(balance) && checked_add(low_, balance * nanoseconds, sum)) {
            low_ = sum;
        } else {
            high_ += Wide::product(balance, nanoseconds);
        }
    }
    Wide total() const { return high_ + Wide(low_); }

private:
    i128 low_ = 0;
    Wide high_;
};

class SummaryBuilder {
public:
    explicit SummaryBuilder(const Totals& opening) {
        summary_.opening = opening;
        summary_.closing = opening;
    }
    /// The next entry: totals after it, its instant, its book date or none, and whether it is the
    /// account's last one of its record: a record is atomic, what lies within it is no balance.
    void add(const Totals& after, Instant at, Date date, bool ends_record) {
        const i128 balance = net(after);
        if (summary_.entries++ == 0) {
            summary_.first_instant = at;
            summary_.lowest = i128_max;
            summary_.highest = i128_min;
        } else {
            area_.add(balance_, at.nanoseconds - summary_.last_instant.nanoseconds);
        }
        if (ends_record) {
            if (balance < summary_.lowest) summary_.lowest = balance;
            if (balance > summary_.highest) summary_.highest = balance;
        }
        balance_ = balance;
        summary_.last_instant = at;
        summary_.closing = after;
        summary_.first_date = earlier(summary_.first_date, date);
        summary_.last_date = later(summary_.last_date, date);
    }
    Summary done() const {
        Summary summary = summary_;
        summary.area = area_.total();
        return summary;
    }

private:
    Summary summary_;
    i128 balance_ = 0;
    AreaSum area_;
};

}  // namespace ledger::history
