// What stands behind Ledger, shared by the sources of the facade.
#pragma once

#include "ledger/ledger.hpp"

#include "engine/anchoring.hpp"
#include "engine/certifying.hpp"
#include "engine/verify_digests.hpp"
#include "engine/writer.hpp"
#include "ledger/history/view_source.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/storage/writer_lock.hpp"
#include "snapshot_watch.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace ledger {

inline constexpr const char* lock_file_name = "writer.lock";

/// Throws StorageError where there is no such directory, FormatError where no ledger is in it.
void require_ledger(const std::filesystem::path& directory);
/// Throws InvalidArgument, naming the option, where its value is outside the bounds.
void require_within(const std::string& option, std::uint64_t value, std::uint64_t least,
                    std::uint64_t most);

/// Replays the journal of a copy into a machine of its own and compares all that the copied
/// checkpoint says with it.
void verify_deep(const std::filesystem::path& directory, VerifyReport& report);

/// How many forks lie between the first ledger of this process family and this process.
std::uint64_t fork_count();

struct Ledger::Impl {
    Impl(const std::filesystem::path& path, const Options& given);
    ~Impl() { close(); }

    void recover();
    void make_checkpoint_anew(const std::string& damage);
    /// Throws UsageError after a fork or close, PoisonedError where the writer is poisoned.
    void check_usable() const;
    void close();
    std::vector<Result> post_and_wait(Batch& batch, Deadline deadline, bool dry_run);
    std::vector<Result> post_in_parts(const Batch& batch, Deadline deadline);
    Result post_own(Batch& batch);
    engine::DigestedBalances digest(Digest algorithm, const engine::BalancePoint& point);
    VerifyReport verify_balances(const engine::KeptDigest& digest);
    void seal_loop();
    bool step_guarded();
    bool prove_guarded();
    /// Frees the slots of readers that died, and tells what the living ones pin.
    std::vector<PinnedSnapshot> look_at_readers();
    void look_at_readers_if_due();

    const std::uint64_t made_in = fork_count();
    const std::filesystem::path directory;
    const Options options;
    storage::WriterLock lock;
    std::unique_ptr<journal::LmdbStore> store;
    std::unique_ptr<history::History> history;
    std::unique_ptr<engine::Writer> writer;
    std::unique_ptr<history::ViewSource> source;
    std::unique_ptr<engine::Anchoring> anchoring;
    std::unique_ptr<engine::Certifying> certifying;

    std::mutex watch_mutex;
    SnapshotWatch watch;

    std::mutex mutex;
    std::mutex step_mutex;  // one sealing thread at a time
    std::chrono::steady_clock::time_point looked_at_readers = std::chrono::steady_clock::now();
    bool stopping = false;
    std::atomic<bool> closed{false};
    std::thread sealer;
};

}  // namespace ledger
