// The journal applied to a state machine, batch by batch: recovery, readers in other processes and
// deep verification are this. Invariant: batches are applied whole, once, in order, and only after
// their checksums and the chain between them were found to hold.
#pragma once

#include "ledger/history/tail.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/model/batch.hpp"
#include "ledger/posting/machine.hpp"

#include <optional>

namespace ledger::history {

/// Decodes a stored batch. Throws CorruptionError where it has another number of records than its
/// header says, or can't be decoded.
void decode_batch(const journal::BatchView& stored, Batch& into);

/// One thread at a time; store and machine outlive it.
class Replay {
public:
    /// The machine stands at `after`.
    Replay(const journal::Store& store, posting::Machine& machine, Position after)
        : store_(store), machine_(machine), applied_(after) {}

    /// Reads the next batch, if one begins at or before `through`, which is at most the journal's
    /// head and is where a batch ends. Throws CorruptionError and other StorageErrors, and nothing
    /// has changed then.
    bool read(Position through);
    /// Applies the batch that was read; its effects come after those that are there.
    BatchSpan apply(posting::Effects& effects);
    /// Both; none at the end.
    std::optional<BatchSpan> next(posting::Effects& effects, Position through) {
        return read(through) ? std::optional{apply(effects)} : std::nullopt;
    }
    /// The last record that the machine has applied.
    Position applied_through() const noexcept { return applied_; }
    /// Lets the journal's snapshot go; read() takes a new one.
    void release() noexcept;

private:
    const journal::Store& store_;
    posting::Machine& machine_;
    Position applied_;
    std::optional<journal::Scan> scan_;
    journal::BatchHeader header_;  // of `batch_`
    Batch batch_;
};

}  // namespace ledger::history
