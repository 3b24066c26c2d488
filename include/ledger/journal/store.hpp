// The journal's store: an ordered, durable, chained log of opaque batches, behind an interface
// small enough that a replicated log can take LMDB's place. Invariants: positions are dense from 1,
// posting instants strictly increase, an appended batch never changes, and no writer of an older
// epoch appends after `acquire`.
#pragma once

#include "ledger/core/int128.hpp"
#include "ledger/core/time.hpp"
#include "ledger/journal/batch.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace ledger::journal {

/// Which writer may append; the newest only. Zero is nobody.
struct Epoch {
    std::uint64_t number = 0;
    friend constexpr auto operator<=>(Epoch, Epoch) = default;
};

/// The last batch of a journal; all zero where there is none.
struct Head {
    Position position = 0;  ///< of its last record
    Chain chain = 0;
    Instant instant;
    friend constexpr bool operator==(const Head&, const Head&) = default;
};

/// What is fixed about a ledger from its creation.
struct Identity {
    u128 ledger = 0;  ///< chosen at creation; every file of a ledger carries it
    Instant created;
    friend constexpr bool operator==(const Identity&, const Identity&) = default;
};

/// A batch to append, without its payload.
struct NewBatch {
    Position first_position = 0;  ///< head().position + 1, or the answer is conflict
    std::uint32_t record_count = 0;
    Instant instant;  ///< after head().instant
};

enum class AppendStatus : std::uint8_t {
    appended,  ///< durable
    conflict,  ///< another batch has this position: nothing was written
    fenced,   ///< a newer epoch was acquired: nothing was written, and this writer never will again
    unknown,  ///< the commit failed in a way that leaves the outcome open; the store is poisoned
};

struct AppendResult {
    AppendStatus status = AppendStatus::unknown;
    Chain batch = 0;     ///< the batch's id, also for unknown; 0 for conflict and fenced
    std::string reason;  ///< of unknown: what failed
};

enum class Resolution : std::uint8_t { mine, other, absent };

/// A pinned snapshot of the journal. One thread at a time; may move between threads. Keep it short
/// or refresh it: it holds back the reuse of pages.
class Reader {
public:
    virtual ~Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// The last batch of this snapshot.
    virtual Head head() = 0;
    /// The first position that has not been trimmed away; 1 as a rule, also where there is no
    /// batch.
    virtual Position first_position() = 0;

    /// The batch that contains the position; none outside of the journal. The payload is valid
    /// until refresh, release or destruction. Throws CorruptionError.
    virtual std::optional<BatchView> find(Position position, Check check) = 0;
    /// The last batch whose instant is <= the given one; none where all are later. The batches that
    /// the search reads on its way are checked as well. Lifetime as find.
    virtual std::optional<BatchView> find_instant(Instant instant, Check check) = 0;

    /// Pins the newest snapshot instead.
    virtual void refresh() = 0;
    /// Pins nothing until the next refresh; every other call needs one then.
    virtual void release() noexcept = 0;

protected:
    Reader() = default;
};

/// Thread rule: `append`, `acquire` and `trim` by one thread at a time; all else from any thread,
/// also beside them.
class Store {
public:
    virtual ~Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    virtual const Identity& identity() const noexcept = 0;
    /// Name of the place, for messages.
    virtual std::string place() const = 0;
    /// Whether the place still leads to what was opened; false where it was removed or replaced.
    virtual bool is_in_place() const noexcept = 0;
    /// The last durable batch, as of now.
    virtual Head head() const = 0;
    /// A snapshot as of now.
    virtual std::unique_ptr<Reader> reader() const = 0;
    /// Waits until the head lies beyond `position` or the time is over; returns the head.
    virtual Head wait_head(Position position, std::chrono::nanoseconds timeout) const = 0;
    /// After an unknown outcome, in a store opened anew: is the batch at this first position the
    /// one that `append` named?
    virtual Resolution resolve(Position first_position, Chain batch) const = 0;

    /// Whether an append of a payload of so many bytes would find room now, rather than throw
    /// StorageFull.
    virtual bool has_room(std::uint64_t payload_bytes) const = 0;

    /// Makes the caller the only one who can append, durably. Throws StorageError.
    virtual Epoch acquire() = 0;
    /// Appends one batch whose payload is the pieces in their order, and returns when it is
    /// durable. Throws StorageFull (found before anything is written; the store lives on),
    /// PoisonedError after an unknown outcome, InvalidArgument for an empty or too large batch or
    /// an instant that does not increase.
    virtual AppendResult append(Epoch epoch, const NewBatch& batch,
                                std::span<const std::span<const std::byte>> pieces) = 0;
    /// Forgets the batches that end before `before`; what is kept still chains. Throws
    /// StorageError.
    virtual void trim(Epoch epoch, Position before) = 0;

protected:
    Store() = default;
};

}  // namespace ledger::journal
