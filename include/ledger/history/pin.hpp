// What one view reads, pinned at one moment, and who can pin: the writer's History, and a reader's
// Follower. Invariant: generations and the transaction's segments together cover every record up to
// the limit without a gap, for as long as the pin lives.
#pragma once

#include "ledger/history/account_history.hpp"
#include "ledger/history/generation.hpp"
#include "ledger/history/key_index.hpp"
#include "ledger/history/lease.hpp"
#include "ledger/journal/store.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace ledger::history {

struct Checkpoint;

/// Movable; one thread at a time.
struct Pin {
    /// The limit first, then the list, then a transaction that begins now: what is sealed between
    /// two of these steps is seen in both places, never in none. Throws StorageError where all
    /// reader slots are taken.
    Pin(Position until, std::shared_ptr<const Generations> list, std::shared_ptr<Checkpoint> from);

    HistorySources sources() const noexcept {
        return {tails, segments, transaction.get(), limit, nullptr};
    }

    Position limit;
    Expiry expiry = never_expires;  ///< when a view must let go of it
    std::shared_ptr<const Generations> generations;
    std::vector<std::shared_ptr<const TailGeneration>> tails;  ///< of the generations, newest first
    std::shared_ptr<Checkpoint> checkpoint;                    ///< outlives what follows
    std::shared_ptr<const storage::ReadTransaction> transaction;
    std::shared_ptr<const KeyIndex::Snapshot> keys;
    const Segments* segments = nullptr;
};

/// The longest wait there is: far below what overflows a clock when it is added to now.
inline constexpr std::chrono::nanoseconds commit_wait_max = std::chrono::hours{24} * 365;

/// Gives pins of everything that is durable and known. Any thread.
class PinSource {
public:
    virtual ~PinSource() = default;
    PinSource(const PinSource&) = delete;
    PinSource& operator=(const PinSource&) = delete;

    virtual Pin pin() const = 0;
    /// The limit of a pin that is taken now.
    virtual Position committed_through() const noexcept = 0;
    /// Waits until a record after `position` can be pinned, no more will be, or the time is over;
    /// gives committed_through(). Not longer than commit_wait_max.
    virtual Position wait_committed(Position position, std::chrono::nanoseconds at_most) = 0;
    virtual const journal::Store& store() const noexcept = 0;
    /// Told of every view's lease whose pin expires, to take it back then.
    virtual void watch(const std::shared_ptr<Revocable>& lease, Expiry expiry) = 0;

protected:
    PinSource() = default;
};

}  // namespace ledger::history
