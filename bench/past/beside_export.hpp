// What the queries of others cost while everything is being exported.
#pragma once

#include "plan.hpp"

#include "ledger/ledger.hpp"

namespace ledger::past {

/// Prints percentiles of small queries, each on a view of its own, asked alone and beside a thread
/// that exports every record and account entry as text; and how the two compare.
void ask_beside_export(const Plan& plan, const Ledger& ledger);

}  // namespace ledger::past
