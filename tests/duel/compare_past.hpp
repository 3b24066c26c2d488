// Asks a view about the past on both axes and compares each answer with a plain list of all facts,
// filtered. Invariant: what is expected here is worked out entry by entry, without summaries, and
// asks the engine nothing.
#pragma once

#include "compare_queries.hpp"
#include "expected.hpp"

namespace ledger::oracle {

/// Balances at positions, instants and book dates, as known now and then, and what ranges of both
/// held. Throws Disagreement.
void compare_past(const Expected& expected, const View& view, Questions questions);

}  // namespace ledger::oracle
