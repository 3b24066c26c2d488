// The posting state machine: judges records and applies them, in memory, deterministically.
// Invariant: the same records with the same instants give bit-identical state; nothing here reads a
// clock, draws a random number, touches storage or iterates in an unordered way. The rules are
// docs/posting-rules.md.
#pragma once

#include "ledger/model/batch.hpp"
#include "ledger/model/bounds.hpp"
#include "ledger/model/outcome.hpp"
#include "ledger/posting/account_index.hpp"
#include "ledger/posting/effects.hpp"
#include "ledger/posting/past.hpp"
#include "ledger/posting/state.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace ledger::posting {

/// One thread only. The posting loop is
///     look_ahead(b, i); post(b, i, ...)
/// where the first is optional and changes nothing but speed.
class Machine {
public:
    /// `past` must outlive the machine. Records that were accepted under another capacity may not
    /// apply.
    explicit Machine(Past& past, const Capacity& capacity = {});
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Judges record `index` of `batch`, and where accepted applies it at `position`. Resolves in
    /// place: account handles, book date, number, derived lines and amounts, captured remainders,
    /// vouchers of a precise freeze's orders. Appends to `effects` what history needs; a refused
    /// record appends nothing. Never throws a business outcome.
    Result post(Batch& batch, std::size_t index, Position position, Instant instant,
                Effects& effects);

    /// Applies a record that was accepted before, read back from the journal. Cannot fail: a record
    /// that does not apply is a broken invariant.
    void apply(Batch& batch, std::size_t index, Position position, Instant instant,
               Effects& effects);

    /// From begin_group to commit_group or roll_back_group the effects of several posts can be
    /// undone as one; groups nest. Keys of the group's own records are found in it before `past`
    /// knows them. `effects` is the one that all posts of the outermost group use, and is not
    /// cleared meanwhile; `first` is the position of its first record. Records of `batch` must not
    /// move while the outermost group is open.
    void begin_group(const Batch& batch, Effects& effects, Position first);
    void commit_group() noexcept;
    void roll_back_group() noexcept;

    /// Starts loading what the next records after `index` will touch, in stages: each stage needs
    /// what the one before has loaded. For every record, in order.
    void look_ahead(Batch& batch, std::size_t index);

    /// What was asked of `past` so far beyond finding keys: totals, instants, and records, of which
    /// every 64 lines begun count one more. Only ever rises; a caller that bounds what a run asks
    /// compares it with what it was when the run began. One record asks at most some thousands.
    std::uint64_t old_facts_asked() const noexcept;

    /// The earliest instant at which a hold expires or a buffer folds; none where nothing is due
    /// ever.
    std::optional<Instant> next_due() noexcept;

    const State& state() const noexcept;
    /// Account id -> handle; lock-free for readers of any thread (account_index.hpp).
    const AccountIndex& accounts() const noexcept;

    /// Writes the state as named blocks; `load` gives the identical state, or throws and changes
    /// nothing. With `only_changed`, account blocks unchanged since the last save or load are left
    /// out. Not while a group is open.
    void save(StateSink& sink, bool only_changed = false);
    void load(StateSource& source);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::posting
