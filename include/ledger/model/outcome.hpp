// The numbered outcomes of posting. Invariant: codes are stored and spoken on the wire, so they are
// append-only; which one is reported when several apply is the order of `outcome_precedence`.
#pragma once

#include "ledger/core/id.hpp"
#include "ledger/core/time.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace ledger {

/// What became of a posted record. Values, never exceptions. Zero and one are success.
enum class Outcome : std::uint16_t {
    accepted = 0,
    already_posted = 1,  ///< same id, same content: the first receipt stands

    // The submission itself.
    group_failed = 2,        ///< another record of its group was refused
    deadline_passed = 3,     ///< not begun before the caller's deadline; nothing was posted
    overloaded = 4,          ///< the queue is full; nothing was posted
    clock_out_of_range = 5,  ///< the clock ran far ahead; nothing was posted
    storage_full = 6,        ///< no room for the batch; nothing was posted
    group_too_large = 7,     ///< a group that no journal batch can hold; nothing was posted
    outcome_unknown = 8,     ///< the commit failed in the middle: reopen, then look it up by id
    closed = 9,              ///< the ledger was closed before it was begun; nothing was posted

    // Identity.
    id_missing = 10,
    id_conflict = 11,  ///< same id, other content

    // Shape.
    too_few_lines = 20,
    too_many_lines = 21,
    amount_not_positive = 22,
    amount_too_large = 23,  ///< an amount that its place cannot hold
    text_too_long = 24,     ///< a code, name, text, attribute or payload over its bound
    too_many_attributes = 25,
    duplicate_attribute = 26,
    too_many_captures = 27,
    text_missing = 28,
    value_out_of_range = 29,  ///< a number, window, date or enumerator outside its documented range
    text_not_utf8 = 30,

    // References.
    book_unknown = 40,
    currency_unknown = 41,
    account_unknown = 42,
    group_unknown = 43,
    hold_unknown = 44,
    item_unknown = 45,
    voucher_unknown = 46,  ///< the voucher to reverse or replace, or a precise freeze's source
    relation_unknown = 47,
    too_many_sources = 48,  ///< an order of a precise freeze has more records than it may

    // Definitions.
    book_exists = 50,
    currency_exists = 51,
    account_exists = 52,
    group_exists = 53,
    item_exists = 54,
    relation_exists = 55,
    code_is_group = 56,         ///< an account's code that is a group's, or the other way round
    kind_mismatch = 57,         ///< an account's kind that is not its group's
    parent_mismatch = 58,       ///< parent of another book or currency, or itself a child
    too_many_definitions = 59,  ///< currencies, groups, accounts, transit ones: as many as it holds

    // Agreement of the parts.
    book_mismatch = 60,      ///< an account of another book than the voucher's
    reversal_mismatch = 61,  ///< lines that do not undo the reversed voucher
    already_reversed = 62,
    not_reversible = 63,  ///< a reversal itself
    second_principal_required = 64,
    hold_mismatch = 65,  ///< no outflow line on the hold's account, or less than is captured there
    /// An item named on an account without items, by `opens` and `clears` at once, of another
    /// account, or in its own direction (except in a reversal).
    item_mismatch = 66,
    transit_mismatch =
        67,  ///< an exception of a day close that is no transit account, or named twice

    // Status.
    account_closed = 70,
    account_frozen = 71,  ///< in the line's direction
    date_out_of_range = 72,
    day_closed = 73,
    day_not_cut = 74,
    not_zero = 75,           ///< an account to close that has balance, hold, buffer, item or child
    too_many_buffered = 76,  ///< accounts whose lines are buffered
    too_many_dates = 77,     ///< dates of a book that have vouchers and are not closed
    transit_not_zero = 78,   ///< a transit account on the day to close that is no exception
    transit_is_zero = 79,    ///< an exception that is zero on the day to close

    // Sums.
    unbalanced = 80,
    overflow = 81,

    // Money.
    hold_closed = 90,
    hold_exceeded = 91,  ///< more than what remains, or than what its rank covers
    item_exceeded = 92,
    nothing_to_hold = 93,
    too_many_holds = 94,  ///< judicial ones of an account, or open ones of the ledger
    below_minimum = 95,   ///< available would fall under the account's minimum
    above_maximum = 96,
    relation_broken = 97,
    too_many_items = 98,  ///< open ones of the ledger
};

/// The order in which outcomes are judged: of several that apply, the earliest here is reported,
/// and of several lines (captures, sources, terms) with that one, the first.
std::span<const Outcome> outcome_precedence() noexcept;

/// The enumerator's name, as CLI, RPC and Python print it.
std::string_view to_string(Outcome outcome) noexcept;
/// One sentence: what happened and what to do about it.
std::string_view explain(Outcome outcome) noexcept;

/// Whether it was decided without looking at the books: it would be the same whatever they hold.
constexpr bool is_of_submission(Outcome outcome) noexcept {
    return outcome > Outcome::group_failed && outcome < Outcome::id_missing;
}
constexpr bool is_success(Outcome outcome) noexcept {
    return outcome == Outcome::accepted || outcome == Outcome::already_posted;
}

/// The answer to one posted record.
struct [[nodiscard]] Result {
    /// Value of `line` where the record as a whole is at fault, or nothing.
    static constexpr std::uint16_t no_line = UINT16_MAX;

    Outcome outcome = Outcome::accepted;
    /// Index of the line, capture, source, term or exception at fault, from 0.
    std::uint16_t line = no_line;
    std::uint32_t culprit = 0;  ///< the relation's number where relation_broken, else 0
    AccountId account;          ///< the transit account where transit_not_zero, else zero
    Position position;          ///< of the record; of the first one where repeated or in conflict
    std::uint64_t number = 0;   ///< voucher number (凭证号) in its book and book date
    Instant instant;            ///< posting instant
    Date book_date = Date::none();

    constexpr explicit operator bool() const noexcept { return is_success(outcome); }
    /// Whether one part of the record is at fault, the one at `line`.
    constexpr bool names_line() const noexcept { return line != no_line; }
    friend bool operator==(const Result&, const Result&) = default;
};

}  // namespace ledger
