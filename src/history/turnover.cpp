// Merging turnover by date.
#include "ledger/history/turnover.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>

namespace ledger::history {

namespace {

/// Sums that wait to be merged; most lines are of the date of the line before.
constexpr std::size_t unmerged_max = 4096;

}  // namespace

void DateTally::add(Date date, const WideTurnover& turnover) {
    if (!sums_.empty() && sums_.back().date == date) {
        sums_.back().turnover += turnover;
        return;
    }
    if (sums_.size() - merged_ >= unmerged_max) merge();
    sums_.push_back({date, turnover});
}

void DateTally::merge() {
    std::ranges::stable_sort(sums_, {}, &DateTurnover::date);
    std::size_t kept = 0;
    for (const DateTurnover& sum : sums_) {
        if (kept != 0 && sums_[kept - 1].date == sum.date) {
            sums_[kept - 1].turnover += sum.turnover;
        } else {
            sums_[kept++] = sum;
        }
    }
    sums_.resize(kept);
    merged_ = kept;
}

std::span<const DateTurnover> DateTally::by_date() {
    merge();
    return sums_;
}

DailyBalance::DailyBalance(Date first, Date last) : first_(first), last_(last) {
    const std::int64_t days = std::int64_t{last.days} - first.days + 1;
    if (!first || !last || days < 1 || days > days_max) {
        throw InvalidArgument("the book dates " + to_string(first) + " to " + to_string(last) +
                              " are no range of 1 to " + std::to_string(days_max) +
                              " days; give a first and a last date");
    }
    changes_.resize(static_cast<std::size_t>(days));
}

}  // namespace ledger::history
