// Summaries of a stretch of one account's entries: extremes, turnover, balance × time, dates. Invariant:
// joining the summaries of two neighbouring stretches gives exactly the summary of both together.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/core/time.hpp"
#include "ledger/posting/past.hpp"

#include <array>
#include <cstdint>

namespace ledger::history {

using posting::Totals;

/// Debit-positive balance of totals. Totals stay below 2^127, so the difference is exact.
constexpr i128 net(const Totals& totals) noexcept { return totals.debits - totals.credits; }

/// Balance × time in minor units × nanoseconds, a signed sum of 256 bits that can't overflow: 2^127 minor
/// units over 2^63 ns, for as long as instants can count. Four little-endian words, two's complement.
struct Area {
    std::array<std::uint64_t, 4> words{};

    constexpr Area() = default;
    constexpr explicit Area(i128 value) noexcept
        : words{low_word(static_cast<u128>(value)), high_word(static_cast<u128>(value)),
                value < 0 ? ~std::uint64_t{0} : 0, value < 0 ? ~std::uint64_t{0} : 0} {}

    /// Adds `balance` held for `nanoseconds` >= 0.
    void add(i128 balance, std::int64_t nanoseconds) noexcept;
    Area& operator+=(const Area& other) noexcept;
    Area& operator-=(const Area& other) noexcept;
    /// Whether the value fits 128 bits, and that value.
    bool narrow() const noexcept;
    i128 to_i128() const noexcept { return static_cast<i128>(from_words(words[1], words[0])); }

    friend constexpr bool operator==(const Area&, const Area&) = default;
};

/// What happened to one account over a stretch of its entries. Net balances are debit-positive and count
/// buffered lines. Turnover by side is closing - opening; red lines lower their side.
struct Summary {
    std::uint64_t runs = 0;  ///< 0: no entry in the stretch; then only opening == closing hold
    Totals opening;          ///< before the first entry
    Totals closing;          ///< after the last entry
    i128 lowest = 0;  ///< least net balance after any entry of the stretch (opening not among them)
    i128 highest = 0;       ///< greatest net balance after any entry of the stretch
    Instant first_instant;  ///< posting instant of the first entry
    Instant last_instant;   ///< posting instant of the last entry
    Date first_date;        ///< least book date of a line or fold; none: there is no such entry
    Date last_date;         ///< greatest book date of a line or fold
    Area area;              ///< net balance × time from first_instant to last_instant

    constexpr explicit operator bool() const noexcept { return runs != 0; }
    /// Appends the stretch that follows at once: `next.opening` equals `closing`.
    void join(const Summary& next) noexcept;
    friend bool operator==(const Summary&, const Summary&) = default;
};

}  // namespace ledger::history
