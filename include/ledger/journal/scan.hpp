// A walk over the journal from a position on. Invariant: batches come without gap, overlap or
// repetition, and each chains to the one before; no read transaction is held longer than a bounded
// number of batches.
#pragma once

#include "ledger/journal/batch.hpp"
#include "ledger/journal/store.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace ledger::journal {

/// One thread at a time; the store must outlive it.
class Scan {
public:
    /// Batches given out before the snapshot is renewed.
    static constexpr int batches_per_snapshot = 64;

    /// From the batch that contains `from` to the one that contains `through` or the head,
    /// whichever is first. A head that moves meanwhile is followed.
    Scan(const Store& store, Position from, Check check,
         Position through = std::numeric_limits<Position>::max());

    /// The next batch, valid until the next call; none at the end (ask again later to follow the
    /// head). Throws CorruptionError where a batch is damaged, missing or does not chain;
    /// UsageError where `from` was trimmed away.
    std::optional<BatchView> next();

    /// Lets the snapshot go, and with it the batch given out last; the walk goes on afterwards.
    void release() noexcept;

private:
    void check_end() const;
    void check_chain(const BatchHeader& header) const;

    std::unique_ptr<Reader> reader_;
    std::string place_;
    Position next_;
    Position through_;
    Check check_;
    std::optional<BatchHeader> previous_;
    int given_ = 0;
};

}  // namespace ledger::journal
