// Follows a ledger's change feed and compares each record and entry with the naive model's.
// Invariant: when it returns, the feed gave exactly what the model says, once and in order, from
// the position where it began to the model's last one.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/ledger.hpp"

#include <random>

namespace ledger::oracle {

/// `naive` must know every record of the ledger. Throws Disagreement.
void compare_feed(const NaiveLedger& naive, const Ledger& ledger, std::mt19937_64& random);

}  // namespace ledger::oracle
