// What the property tests say of a difference. Invariant: a text names what a person needs to judge
// the case by docs/posting-rules.md, without running it again.
#pragma once

#include "support/naive_ledger.hpp"

#include <string>

namespace ledger::oracle {

std::string describe(const Result& result);
/// The record as it was posted, with what the naive model knows of its accounts now.
std::string describe(const NaiveLedger& naive, const Batch& batch, const BatchRecord& record);

}  // namespace ledger::oracle
