// Recomputing the balances that certificates and snapshots vouch for. Invariant: nothing but the
// journal is read, whose batches are checked on the way.
#pragma once

#include "engine/balance_digest.hpp"

#include "ledger/journal/store.hpp"

#include <optional>
#include <string>

namespace ledger::engine {

/// A digest that somebody keeps: the journal, or whom it was given.
struct KeptDigest {
    std::string name;  ///< "the certificate of book 7 for 2026-11-21"
    BalancePoint point;
    DigestedBalances balances;
};
KeptDigest kept(const Certificate& certificate);
KeptDigest kept(const Snapshot& snapshot);

/// Recomputes one from the lines up to its point. Returns what does not hold, or nothing.
std::optional<std::string> verify_digest(const journal::Store& store, const KeptDigest& digest);
/// The same of all that are in the journal, which is read twice.
std::optional<std::string> verify_digests(const journal::Store& store);

}  // namespace ledger::engine
