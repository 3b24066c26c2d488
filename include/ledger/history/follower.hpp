// What a process that does not write a ledger derives of its journal: recovery without a writer,
// over and over. Invariant: a pin has every record that was durable when the last refresh() began,
// and no other; tail and checkpoint cover every record without a gap, also when the checkpoint is
// made anew; nothing on disk is changed.
#pragma once

#include "ledger/history/generation.hpp"
#include "ledger/history/pin.hpp"
#include "ledger/history/replay.hpp"
#include "ledger/posting/machine.hpp"
#include "ledger/storage/environment.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

namespace ledger::history {

class GenerationPool;

struct FollowerOptions {
    /// Records of one generation of the tail; best as many as the writer's segments have.
    std::size_t segment_records = std::size_t{1} << 18;
    /// Records that may follow the checkpoint's; more are refused.
    std::uint64_t tail_records_max = std::uint64_t{1} << 21;
    /// Views let go of what they pinned when they are that old; zero: never.
    std::chrono::nanoseconds view_age_max{0};
    std::size_t map_bytes = std::size_t{1} << 40;
    unsigned readers_max = 126;
    std::shared_ptr<spdlog::logger> logger;
};

/// All functions from any thread.
class Follower final : public PinSource {
public:
    /// Opens `directory`/checkpoint.mdb for reading, loads the saved state and replays the journal
    /// after it. The store outlives this and is open for reading. Throws StorageError where there
    /// is no checkpoint, or one that does not lead to the journal's end: the message says what to
    /// do.
    Follower(const std::filesystem::path& directory, const journal::Store& store,
             const FollowerOptions& options);
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// Takes over what has become durable since, at a cost that grows with that alone. Throws as
    /// the constructor does, and UsageError where the journal was replaced, or where an earlier
    /// call failed half way; what was pinned before stays right.
    void refresh();

    Pin pin() const override;
    Position committed_through() const noexcept override {
        return {committed_through_.load(std::memory_order_acquire)};
    }
    /// Looks at the journal's head every few milliseconds at most: nothing wakes a process that
    /// only reads.
    Position wait_committed(Position position, std::chrono::nanoseconds at_most) override;
    const journal::Store& store() const noexcept override { return store_; }
    void watch(const std::shared_ptr<Revocable>& lease, Expiry expiry) override;
    /// Takes back what has expired. So do pin(), refresh() and wait_committed(), also while it
    /// waits. When the next one expires.
    Expiry revoke_expired() const;

    const posting::AccountIndex& accounts() const noexcept;
    std::uint64_t open_holds() const noexcept {
        return open_holds_.load(std::memory_order_relaxed);
    }
    Position sealed_through() const;
    std::uint32_t segments() const;
    std::uint64_t checkpoint_bytes() const;
    std::uint64_t tail_entries() const;
    /// Who reads the checkpoint, in all processes.
    std::vector<storage::ReaderSlot> readers() const;

private:
    std::shared_ptr<Checkpoint> open_checkpoint() const;
    /// Throws CorruptionError where the checkpoint is not of this journal.
    void require_fit(const Checkpoint& checkpoint) const;
    void load_state();
    std::shared_ptr<Checkpoint> checkpoint() const;
    /// Takes the snapshot's segments over, at the pace of so many records that are new.
    void follow_checkpoint(const std::shared_ptr<const storage::ReadTransaction>& transaction,
                           std::uint64_t fresh);
    void adopt_replacement();
    void drop_sealed();
    void advance(Position head);
    void take(const BatchSpan& batch);
    void publish(Position limit);
    /// Where the tail begins, or would.
    Position tail_begin() const noexcept;

    const std::filesystem::path file_;
    const journal::Store& store_;
    const FollowerOptions options_;
    const std::shared_ptr<GenerationPool> pool_;
    const std::unique_ptr<posting::Past> past_;

    std::mutex refreshing_;  // held by refresh(), which alone changes what follows
    posting::Machine machine_;
    std::optional<Replay> replay_;
    posting::Effects effects_;
    std::vector<std::shared_ptr<Generation>> tail_;  // oldest first, the one being filled last
    std::chrono::steady_clock::time_point adopt_after_;
    std::uint64_t fits_through_ = 0;  // the checkpoint was compared with the journal up to here
    bool is_broken_ = false;          // a batch or a segment was taken over, but not to its end

    mutable std::mutex mutex_;  // what pins are made of
    std::shared_ptr<Checkpoint> checkpoint_;
    std::shared_ptr<const Generations> published_;
    mutable std::mutex leases_mutex_;
    mutable std::multimap<Expiry, std::weak_ptr<Revocable>> leases_;  // by when they expire
    std::size_t leases_max_ = 64;  // then those of views that are gone are taken out

    std::atomic<std::uint64_t> committed_through_{0};
    std::atomic<std::uint64_t> open_holds_{0};
};

}  // namespace ledger::history
