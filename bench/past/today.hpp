// The incremental statement of one day more, by what it reads.
#pragma once

#include "plan.hpp"

namespace ledger::past {

/// Posts a day of as many vouchers whatever the plan, and prints how many pages of the ledger's
/// files the statements of what is new since yesterday read: while it is in the tail; sealed, by a
/// process that has just opened the ledger and checks what it reads; and once more. Pages are
/// counted by the memory protection, not by the engine.
void count_pages_of_today(const Plan& plan);

}  // namespace ledger::past
