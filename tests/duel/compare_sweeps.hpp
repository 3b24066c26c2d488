// Asks a view for what spans all accounts of a book, or all vouchers of a day, and compares each
// figure with a plain list of all facts, filtered. Invariant: what is expected here is added up
// line by line and asks the engine nothing.
#pragma once

#include "compare_queries.hpp"
#include "expected.hpp"

namespace ledger::oracle {

/// Movements of accounts, in the order of opening and of the chart; sums by chart code and the
/// trial balance; the vouchers of book dates. Throws Disagreement.
void compare_sweeps(const Expected& expected, const View& view, Questions questions);

}  // namespace ledger::oracle
