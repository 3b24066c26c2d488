// Asks a view about the points of the past that the ledger keeps, which are closed days and
// snapshots, and about what leads from one point to another, and compares each answer with a plain
// list of all facts, filtered. Invariant: what is expected here is worked out voucher by voucher
// and line by line, and asks the engine nothing.
#pragma once

#include "compare_queries.hpp"
#include "expected.hpp"

namespace ledger::oracle {

/// Closes and certificates of days, their bridges, snapshots; what differs between two positions,
/// two book dates, and on one book date as known at two positions, and by which vouchers. Throws
/// Disagreement.
void compare_points(const Expected& expected, const View& view, Questions questions);

}  // namespace ledger::oracle
