// The old facts that checks ask for and memory does not hold. The state machine sees only this
// interface; the engine implements it over history and journal.
#pragma once

#include "ledger/model/batch.hpp"
#include "ledger/posting/effects.hpp"

#include <cstddef>
#include <span>

namespace ledger::posting {

/// Turnover of an account after one of its entries.
struct Totals {
    i128 debits = 0;
    i128 credits = 0;
    friend constexpr bool operator==(const Totals&, const Totals&) = default;
};

/// Answers must cover every record applied so far, committed or not, and be the same in every run.
/// Called only from the posting thread.
class Past {
public:
    virtual ~Past() = default;

    /// The newest position under this key, or none.
    virtual Position find(KeyTable table, u128 key) = 0;
    /// Fills `page` with the newest positions under this key, newest first; returns how many.
    virtual std::size_t newest_first(KeyTable table, u128 key, std::span<Position> page) = 0;
    /// Starts loading what find(table, key) will touch.
    virtual void prefetch(KeyTable table, u128 key) = 0;
    /// Clears `into` and copies the record at this position, which exists, into it.
    virtual void read(Position position, Batch& into) = 0;
    /// The posting instant of the record at this position, which exists.
    virtual Instant instant_of(Position position) = 0;
    /// The account's totals after the last of its entries at or before this position.
    virtual Totals totals_at(AccountHandle account, Position position) = 0;
};

}  // namespace ledger::posting
