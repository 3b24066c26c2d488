// What is asked about the past, and what it costs.
#pragma once

#include "asking.hpp"

#include <cstdint>
#include <vector>

namespace ledger::past {

/// Every kind of query: checked against the facts, timed over all accounts, and timed of the
/// account with the most lines, `hot`. `busy` are accounts with some 2,000 lines each where the
/// ledger has 100 M.
void ask_all(Asking& asking, std::uint64_t hot, const std::vector<std::uint64_t>& busy);

/// All lines of an account, page by page.
void stream(const View& view, std::uint64_t account);

/// The sums of all accounts as they were.
void trial(const View& view, Instant instant);

}  // namespace ledger::past
