// Follows a ledger's change feed and compares each record and entry with the naive model's.
// Invariant: when it returns, the feed gave exactly what the model says, once and in order, from
// the position where it began to the model's last one.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/history/feed.hpp"

#include <functional>
#include <random>

namespace ledger::oracle {

/// `follow` gives a feed after a position: a Ledger's or a Reader's. Throws Disagreement.
void compare_feed(const NaiveLedger& naive, const std::function<Feed(Position)>& follow,
                  std::mt19937_64& random);

}  // namespace ledger::oracle
