// History: what is derived from the journal and serves queries, in two parts that always fit
// together: the tail in memory and the checkpoint on disk. Invariant: tail generations and sealed
// segments together cover every record without gap, and a generation leaves the tail only after its
// segment is committed and known.
#pragma once

#include "ledger/history/generation.hpp"
#include "ledger/history/pin.hpp"
#include "ledger/journal/store.hpp"
#include "ledger/posting/machine.hpp"
#include "ledger/storage/environment.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ledger::history {

inline constexpr const char* checkpoint_file_name = "checkpoint.mdb";

struct HistoryOptions {
    std::size_t segment_records = std::size_t{1} << 18;
    std::size_t tail_segments_max = 3;
    std::size_t map_bytes = std::size_t{1} << 40;
    unsigned readers_max = 126;
};

class GenerationPool;

/// Removes the checkpoint's files, which nobody writes now: the next History makes them anew.
void discard_checkpoint(const std::filesystem::path& directory);

/// Thread roles: one posting thread, one sealing thread, any number of pinning threads.
class History final : public PinSource {
public:
    /// Opens `directory`/checkpoint.mdb, or makes an empty one where it is missing. Throws
    /// CheckpointError where it is damaged, of another version or ledger, or does not chain to this
    /// journal; another CorruptionError where it is ahead of the journal: then an old journal was
    /// put in the place of a newer one.
    History(const std::filesystem::path& directory, const journal::Store& store,
            const HistoryOptions& options);
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    // ---- recovery, before any thread runs

    /// Loads the newest saved state into the machine and returns the position it stands for. Throws
    /// CheckpointError where the state is damaged, and then leaves the machine half loaded.
    Position load_state(posting::Machine& machine);
    /// Takes the effects of a replayed batch; those that are sealed already are ignored. Seals as
    /// it goes where the tail is full.
    void replay(const posting::Effects& effects, const BatchSpan& batch, posting::Machine& machine);

    // ---- posting thread

    /// Waits until the tail can take one more run. False where it cannot and nothing may be
    /// appended: sealing failed (is_stuck), or took longer than 30 seconds, or `give_up` says so.
    bool wait_for_room(const std::function<bool()>& give_up);
    void prefetch(posting::KeyTable table, u128 key) const;
    /// The newest position under the key, committed or not.
    Position find(posting::KeyTable table, u128 key) const;
    /// Fills `page` with the newest positions under the key, committed or not, newest first;
    /// returns how many.
    std::size_t newest_first(posting::KeyTable table, u128 key, std::span<Position> page) const;
    posting::Totals totals_at(AccountHandle account, Position position) const;
    void add_keys(std::span<const posting::KeyFact> keys);
    void append(const posting::Effects& effects, const BatchSpan& batch);
    bool rotation_due() const noexcept;
    bool has_unsealed() const noexcept;
    /// Ends the current generation, with the machine's state where it is time for it or wanted.
    void rotate(posting::Machine& machine, bool with_state);

    // ---- committing thread

    /// Everything up to this position is durable.
    void committed(Position through);
    /// Nothing will be committed any more. Any thread.
    void end_commits();

    // ---- sealing thread

    /// One bounded step: seals a generation that is committed, saves heads of accounts, or merges
    /// some keys. Returns whether there may be more to do. Throws StorageFull (try again later) and
    /// other StorageErrors; the next step goes on from there.
    bool step();
    /// Waits until step() has something to do or the time is over.
    void wait_for_work(std::chrono::milliseconds at_most);
    /// Sealing cannot go on: posting gets storage_full instead of waiting for ever; false: it goes
    /// on again.
    void set_stuck(bool stuck);

    // ---- any thread

    bool is_stuck() const;

    Pin pin() const override;
    Position committed_through() const noexcept override {
        return {committed_through_.load(std::memory_order_acquire)};
    }
    /// Costs the committing thread nothing while nobody waits.
    Position wait_committed(Position position, std::chrono::nanoseconds at_most) override;
    Position sealed_through() const noexcept {
        return {sealed_through_.load(std::memory_order_acquire)};
    }
    std::uint64_t checkpoint_bytes() const;
    std::uint64_t tail_entries() const;
    std::uint32_t segments() const noexcept;
    /// Who reads the checkpoint, in all processes.
    std::vector<storage::ReaderSlot> readers() const;
    void copy_checkpoint_to(const std::filesystem::path& file) const;
    /// Frees what dead readers pin.
    void check_readers();
    const journal::Store& store() const noexcept override { return store_; }
    /// Its pins never expire.
    void watch(const std::shared_ptr<Revocable>&, Expiry) override {}

private:
    void open_checkpoint(const std::filesystem::path& directory);
    void adopt_checkpoint();
    void begin_generation();
    bool can_seal_locked() const;
    /// As views list them: newest first, without so many of the oldest.
    std::shared_ptr<const Generations> unsealed_locked(std::size_t without = 0) const;
    void commit_segment(const Generation& generation);
    void take_over(Generation& generation);
    void save_heads();
    void refresh_keys();

    const journal::Store& store_;
    HistoryOptions options_;
    std::filesystem::path directory_;
    std::shared_ptr<Checkpoint> checkpoint_;  // shared with pins
    std::shared_ptr<GenerationPool> pool_;

    // posting thread
    std::shared_ptr<Generation> active_;
    std::shared_ptr<const Generations> posting_generations_;
    std::shared_ptr<const KeyIndex::Snapshot> posting_keys_;
    std::uint64_t records_since_state_ = 0;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Generation>> unsealed_;  // oldest first, the active one last
    std::shared_ptr<const Generations> published_;
    std::shared_ptr<const KeyIndex::Snapshot> keys_;
    StateImagePtr spare_image_;  // memory for the next state
    bool stuck_ = false;
    bool keys_pending_ = false;  // merging may be due
    bool commits_ended_ = false;
    std::size_t followers_ = 0;  // threads in wait_committed()
    std::condition_variable followed_;
    bool heads_due_ = false;  // sealing thread

    std::atomic<std::uint64_t> committed_through_{0};
    std::atomic<std::uint64_t> sealed_through_{0};
};

}  // namespace ledger::history
