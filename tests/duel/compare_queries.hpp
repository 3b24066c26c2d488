// Asks a view every query there is and compares each answer with the naive model's. Invariant: when
// it returns, the view said about what was asked exactly what the model says as of the view's
// position.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/history/view.hpp"

#include <cstdint>
#include <random>

namespace ledger::oracle {

/// How much is asked, and with which dice ranges, page sizes and unknown ids are chosen.
struct Questions {
    std::mt19937_64& random;
    unsigned share = 1;  ///< of accounts, records, holds and items about one in so many
};

/// `naive` must know every record up to the view's position. Throws Disagreement.
void compare_queries(const NaiveLedger& naive, const View& view, Questions questions);

}  // namespace ledger::oracle
