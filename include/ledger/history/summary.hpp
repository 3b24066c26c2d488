// Summaries of a stretch of one account's entries: extremes, turnover, balance × time, dates.
// Invariant: joining the summaries of two neighbouring stretches gives exactly the summary of both
// together.
#pragma once

#include "ledger/core/time.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/posting/past.hpp"

#include <cstdint>

namespace ledger::history {

using posting::Totals;

/// Debit-positive balance. Exact: posting refuses totals whose difference leaves 128 bits on either
/// side.
constexpr i128 net(const Totals& totals) noexcept { return totals.debits - totals.credits; }

/// What happened to one account over a stretch of its entries. Net balances are debit-positive and
/// count buffered lines. Turnover by side is closing - opening; red lines lower their side.
struct Summary {
    std::uint64_t entries =
        0;           ///< 0: nothing happened; then only opening and closing mean anything
    Totals opening;  ///< before the first entry
    Totals closing;  ///< after the last entry
    /// Least and greatest net balance after a record that ends in the stretch; opening excluded.
    /// Where none ends, i128_max and i128_min.
    i128 lowest = 0;
    i128 highest = 0;
    Instant first_instant;  ///< posting instant of the first entry
    Instant last_instant;   ///< posting instant of the last entry
    Date first_date;        ///< least book date of a line or fold; none: there is no such entry
    Date last_date;         ///< greatest book date of a line or fold
    Wide area;  ///< net balance × nanoseconds, summed from first_instant to last_instant

    /// Appends the stretch that follows at once, whose opening equals `closing`.
    void join(const Summary& next);
    friend bool operator==(const Summary&, const Summary&) = default;
};

/// The dates of a stretch, widened by those of another: none is the neutral element.
constexpr Date earlier(Date a, Date b) noexcept { return !a || (b && b < a) ? b : a; }
constexpr Date later(Date a, Date b) noexcept { return a < b ? b : a; }

}  // namespace ledger::history
