// The values of queries over a range of the past, on both of its axes: by posting instant, and by
// book date. Invariant: a range by instants and one by dates are different types; nothing turns one
// into the other.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/id.hpp"
#include "ledger/core/time.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace ledger {

/// An account's balance at the end of a book date: what its lines dated that day or before add up
/// to, buffered ones included, whenever they were posted. Minor units.
struct DatedBalance {
    Side normal_side = Side::debit;
    Amount debits;  ///< turnover on the debit side; red lines lower it
    Amount credits;

    /// On the normal side. Throws OverflowError where it leaves 128 bits.
    Amount total() const;
    friend bool operator==(const DatedBalance&, const DatedBalance&) = default;
};

/// Posting instants: `from` included, `to` not.
struct InstantRange {
    Instant from;
    Instant to;
    friend bool operator==(const InstantRange&, const InstantRange&) = default;
};

/// Book dates, both included.
struct DateRange {
    Date first;
    Date last;
    std::int64_t days() const noexcept { return std::int64_t{last.days} - first.days + 1; }
    friend bool operator==(const DateRange&, const DateRange&) = default;
};

/// Debits and credits of a range, in minor units.
struct Turnover {
    Amount debits;
    Amount credits;
    friend bool operator==(const Turnover&, const Turnover&) = default;
};

/// The account, or accounts of one currency (a customer's), that a query adds up. Their sum is on
/// the normal side of the first. Refers to the ids it is made of.
class AccountSet {
public:
    AccountSet(const AccountId& account) noexcept : accounts_(&account, 1) {}
    AccountSet(std::span<const AccountId> accounts) noexcept : accounts_(accounts) {}
    AccountSet(const std::vector<AccountId>& accounts) noexcept : accounts_(accounts) {}
    AccountSet(std::initializer_list<AccountId> accounts) noexcept
        : accounts_(accounts.begin(), accounts.size()) {}
    std::span<const AccountId> ids() const noexcept { return accounts_; }

private:
    std::span<const AccountId> accounts_;
};

}  // namespace ledger
