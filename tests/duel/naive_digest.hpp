// The digests of balances that stand in certificates and snapshots, by docs/format.md, from the
// naive model's lines. Invariant: no code of the engine is asked, neither for balances nor bytes.
#pragma once

#include "expected.hpp"

#include <string>

namespace ledger::oracle {

/// At the end of a closed day; `close` is the position of its close.
std::string naive_day_digest(const NaiveLedger& naive, BookId book, Date date, Position close);
/// Of all accounts right after a position.
std::string naive_snapshot_digest(const NaiveLedger& naive, Position position);

}  // namespace ledger::oracle
