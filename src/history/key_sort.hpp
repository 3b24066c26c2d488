// Sorting of key rows. Invariant: the result is strictly ascending; a row that came twice is there
// once.
#pragma once

#include "ledger/history/key_row.hpp"

#include <span>
#include <vector>

namespace ledger::history::sealed {

/// Sorts `rows`; the result lies in `rows` or in `scratch`, which grows to their number and is
/// meant to be used again. Linear where they ascend or descend already; else a radix pass on the
/// highest bits that differ, then small sorts.
std::span<const KeyRow> sort_rows(std::span<KeyRow> rows, std::vector<KeyRow>& scratch);

}  // namespace ledger::history::sealed
