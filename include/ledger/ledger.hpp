// The public face: a ledger that this process writes, and the views it gives (reader.hpp: one that
// another process writes). Invariant: what a
// post call acknowledged is durable, is in every view taken afterwards, and survives any crash.
#pragma once

#include "ledger/core/error.hpp"
#include "ledger/engine/options.hpp"
#include "ledger/history/feed.hpp"
#include "ledger/history/view.hpp"
#include "ledger/model/batch.hpp"
#include "ledger/model/outcome.hpp"
#include "ledger/reader.hpp"
#include "ledger/reporting/balance_sheet.hpp"
#include "ledger/reporting/control_check.hpp"
#include "ledger/reporting/income_statement.hpp"
#include "ledger/reporting/period_close.hpp"
#include "ledger/reporting/revaluation.hpp"
#include "ledger/reporting/statement.hpp"
#include "ledger/reporting/voucher_journal.hpp"
#include "ledger/stats.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ledger {

/// What a single post answers: the result, and the balances of the touched accounts after the
/// record.
struct Receipt {
    Result result;
    struct After {
        AccountId account;
        Balance balance;
    };
    /// In the order of the record's lines, each account once. Empty where the record was posted and
    /// reading the balances failed: ask a view again.
    std::vector<After> balances;
    explicit operator bool() const noexcept { return static_cast<bool>(result); }
};

/// Told once with the results of a batch, in its order, and the batch itself, to be reused.
using BatchDone = std::function<void(std::span<const Result> results, Batch&& batch)>;
/// Told once with the result of a record.
using RecordDone = std::function<void(const Result& result)>;
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// What verify found.
struct VerifyReport {
    bool ok = false;
    Position verified_through;
    std::string problem;  ///< empty where ok: what, where, and what to do
};

/// The writer. One per ledger at a time, in one process; a second one is refused with LockedError
/// that names the first. All functions may be called from any thread unless they say otherwise.
/// After a fork, the child must not use it (UsageError); it may destroy it. A commit whose outcome
/// is unknown poisons it: every later call that posts throws PoisonedError; reopen and look up what
/// was in flight by id.
class Ledger {
public:
    /// Makes an empty ledger in a directory that does not exist yet or holds no ledger. Crash-safe:
    /// after a power cut there is either nothing or an empty ledger. Throws UsageError where a
    /// ledger is there, InvalidArgument for options out of range, StorageError.
    static Ledger create(const std::filesystem::path& directory, const Options& options = {});
    /// Opens an existing one and recovers it. Throws FormatError where the directory holds no
    /// ledger or a newer version's, LockedError, CorruptionError, StorageError.
    static Ledger open(const std::filesystem::path& directory, const Options& options = {});
    static Ledger open_or_create(const std::filesystem::path& directory,
                                 const Options& options = {});

    /// Closes; errors are logged, not thrown.
    ~Ledger();
    Ledger(Ledger&&) noexcept;
    Ledger& operator=(Ledger&&) noexcept;

    // ---- posting: every form is durable when it answers
    /// Posts the records in order, groups all or none, and waits; one result for each. Any number
    /// of records: more than bounds::batch_records_max go in parts, between which others have their
    /// turn. Above Options::queue_records_soft a caller waits up to 20 ms for room; where the queue
    /// is full it is `overloaded`, with everything behind. Throws PoisonedError where the outcome
    /// of a record is unknown.
    std::vector<Result> post(Batch batch, Deadline deadline = {});
    /// One record of any kind that Batch::add takes; waits, with the balances after it.
    template <class Record>
    Receipt post(const Record& record, Deadline deadline = {}) {
        Batch batch;
        batch.add(record);
        return post_one(batch, deadline);
    }
    template <class Record>
    Receipt post(RecordId id, const Record& record, OrderId order = {}, Deadline deadline = {}) {
        Batch batch;
        batch.add(id, record, order);
        return post_one(batch, deadline);
    }
    /// Returns at once; `done` runs on the engine's committing thread when the batch is durable or
    /// refused: it must be brief, not throw, and not call what waits for posting: post(),
    /// dry_run(), seal() (post_async is fine). Returns false (`overloaded`) and leaves the batch
    /// where the queue is full. At most bounds::batch_records_max records, at least one: else
    /// InvalidArgument.
    bool post_async(Batch& batch, BatchDone done, Deadline deadline = {});
    /// The same for one record, or one group, copied out of `single`, which can be reused at once.
    /// The cheapest way for many threads to post one by one. Of a group, `done` gets the last
    /// record's result. Records that are no group are InvalidArgument.
    bool post_async(const Batch& single, RecordDone done);
    /// What would happen; nothing is journaled and nobody sees it. Positions, numbers and instants
    /// are those it would have got. At most bounds::batch_records_max records: else
    /// InvalidArgument.
    std::vector<Result> dry_run(Batch batch);

    // ---- reading
    /// Everything acknowledged so far.
    View view() const;
    /// Every committed record after this position, once and in order, those to come included;
    /// Position{0} begins with the first. Without what the caller does not want of it. Throws
    /// InvalidArgument where the position is after the last one committed.
    Feed follow(Position after, FeedContent content = FeedContent::entries) const;

    // ---- care
    Stats stats() const;
    /// Copies the ledger, hot, into a directory that does not exist yet.
    void backup(const std::filesystem::path& directory) const;
    /// Runs one bounded step of background work and says whether more is due; for
    /// Options::background = false.
    bool step();
    /// Waits until everything acknowledged is sealed into the checkpoint. Throws StorageError where
    /// every attempt has failed for five seconds.
    void seal();
    /// Takes no more posts, finishes those queued, and seals nothing. Idempotent. The directory is
    /// free for the next writer when the object is gone.
    void close();

    /// Makes the checkpoint anew from the journal. No writer may be open.
    static void rebuild(const std::filesystem::path& directory, const Options& options = {});
    /// Checks every checksum and the chain of the journal and the pages of the checkpoint, with or
    /// without a writer; nothing is changed or held up. `deep` also copies the ledger beside
    /// itself, recomputes the anchors and certificates, replays all records, and compares
    /// everything the copied checkpoint has with that: entries, keys, saved state; none of its
    /// damage is repaired. It forks child processes, since reading damaged pages may end a process;
    /// the host's allocator must stand that (glibc's does). Throws StorageError where it can't be
    /// done.
    static VerifyReport verify(const std::filesystem::path& directory, bool deep = false);
    /// Puts a backup in place as a ledger, in a directory that does not exist yet.
    static void restore(const std::filesystem::path& backup,
                        const std::filesystem::path& directory);

private:
    struct Impl;
    explicit Ledger(std::unique_ptr<Impl> impl) noexcept;
    Receipt post_one(const Batch& batch, Deadline deadline);
    void add_balances(Receipt& receipt, const Batch& batch) const;
    void leave_if_forked() noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
