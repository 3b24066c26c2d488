// Making the ledger that is asked.
#pragma once

#include "plan.hpp"

namespace ledger::past {

/// Posts the year into a new ledger, the clock going on from batch to batch, seals it and prints
/// the rate.
void load(const Plan& plan);

}  // namespace ledger::past
