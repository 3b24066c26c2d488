// The independent answers: every line of some accounts, and what follows from them. Invariant:
// nothing here asks the engine, but for posting instants, which no generator can know.
#pragma once

#include "plan.hpp"

#include "ledger/history/view.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace ledger::past {

/// What is needed to answer any question about an account: every line of it.
struct Fact {
    std::int64_t instant;
    std::int32_t date;
    std::int64_t amount;  ///< debit-positive
};

class Oracle {
public:
    /// Posting instants are the ledger's own, as a receipt tells them: a batch can join the run
    /// that an anchor began.
    Oracle(const Plan& plan, const View& view, const std::vector<std::uint64_t>& accounts);

    const std::vector<Fact>& facts(std::uint64_t account) const { return facts_.at(account); }

private:
    void add(std::uint64_t account, const Fact& fact);

    std::unordered_map<std::uint64_t, std::vector<Fact>> facts_;
};

std::int64_t balance_then(const std::vector<Fact>& facts, Instant instant);
std::int64_t balance_on(const std::vector<Fact>& facts, Date date, Instant known_at);
std::int64_t debits_in(const std::vector<Fact>& facts, const InstantRange& range);
/// Rounded towards minus infinity.
std::int64_t average_in(const std::vector<Fact>& facts, const InstantRange& range);
/// Of the balances at the end of each day; rounded towards zero.
std::int64_t lowest_in(const std::vector<Fact>& facts, const DateRange& range);
std::int64_t average_in(const std::vector<Fact>& facts, const DateRange& range);

}  // namespace ledger::past
