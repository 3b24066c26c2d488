// The bounded queue between posting threads and the engine's writer. Invariant: every submission that is
// taken in is completed exactly once, and the records that wait never exceed the bound.
#pragma once

#include "ledger/model/batch.hpp"
#include "ledger/model/outcome.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace ledger::engine {

/// Told once with the results of a submitted batch, in its order, and the batch itself, to be reused. Runs
/// on the engine's committing thread and must not block or throw.
using BatchDone = std::function<void(std::span<const Result> results, Batch&& batch)>;
/// Told once with the result of one record. Same thread, same rules.
using RecordDone = std::function<void(const Result& result)>;

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// What one caller handed in, or what several callers' singles were gathered into.
struct Submission {
    Batch batch;
    std::vector<Result> results;
    BatchDone batch_done;  ///< either this
    std::vector<RecordDone>
        record_done;  ///< or one for each record: singles gathered from many threads
    Deadline deadline;
    std::size_t next = 0;  ///< first record that was not begun yet
    bool dry_run = false;
    bool own = false;  ///< of the engine, which alone may post anchors

    void reset() noexcept;
    /// Tells the results to those who wait.
    void complete();
    /// Gives all records this outcome.
    void answer(Outcome outcome);
};

using SubmissionPtr = std::unique_ptr<Submission>;

/// Any thread submits; one thread takes.
class Queue {
public:
    Queue(std::size_t records_max, std::size_t records_soft);

    /// Takes the batch in, without what an engine gave it before, or returns false (overloaded or closed).
    bool submit(Batch& batch, BatchDone& done, Deadline deadline, bool dry_run);
    /// The same for records of the engine's own.
    bool submit_own(Batch& batch, BatchDone done);
    /// Adds a copy of all records of `batch`, one group or one record, to the submission that gathers
    /// singles. Cheap; meant for many threads. `done` is called for the last record.
    bool submit_single(const Batch& batch, RecordDone& done);

    /// Waits until something is queued, the queue is closed, or the time has come; then moves everything
    /// queued, at most about `records` records, to `taken`. False when closed and empty.
    bool take(std::deque<SubmissionPtr>& taken, std::size_t records,
              std::optional<std::chrono::steady_clock::time_point> until);

    /// Gives a completed submission's memory back.
    void recycle(SubmissionPtr submission);

    /// Refuses further submissions; what is queued is still taken.
    void close();
    /// Refuses further submissions and hands everything queued out.
    std::deque<SubmissionPtr> close_and_drain();
    bool closed() const;
    std::size_t waiting() const;

private:
    bool make_room(std::unique_lock<std::mutex>& lock, std::size_t records);
    SubmissionPtr fresh();

    const std::size_t records_max_;
    const std::size_t records_soft_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable drained_;
    std::deque<SubmissionPtr> queued_;
    std::vector<SubmissionPtr> spare_;
    std::size_t records_ = 0;
    bool closed_ = false;
    bool taker_waits_ = false;
};

}  // namespace ledger::engine
