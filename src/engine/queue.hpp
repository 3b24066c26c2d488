// The bounded queue between posting threads and the engine's writer. Invariant: every submission
// that is taken in is completed exactly once, and the records that wait never exceed the bound by
// more than one batch.
#pragma once

#include "engine/answer.hpp"

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

/// Told once with the results of a submitted batch, in its order, and the batch itself, to be
/// reused. Runs on the engine's committing thread and must not block or throw.
using BatchDone = std::function<void(std::span<const Result> results, Batch&& batch)>;
/// Told once with the result of one record. Same thread, same rules.
using RecordDone = std::function<void(const Result& result)>;

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// What one caller handed in, or what several callers' few records were gathered into.
struct Submission {
    Batch batch;
    std::vector<Result> results;
    BatchDone batch_done;                 ///< of one asynchronous caller, or
    std::vector<RecordDone> record_done;  ///< of several: one for each record, some empty
    std::shared_ptr<Answer> answer;       ///< what the callers who block wait for
    Deadline deadline;
    std::size_t next = 0;  ///< first record that was not begun yet
    bool gathers = false;  ///< others' records may be added
    bool dry_run = false;
    bool own = false;  ///< of the engine, which alone may post proofs

    void reset() noexcept;
    /// Tells the results to those who wait.
    void complete();
    /// Gives all records this outcome.
    void answer_all(Outcome outcome);
};

using SubmissionPtr = std::unique_ptr<Submission>;

/// A caller's part of a submission that will be answered.
struct Ticket {
    std::shared_ptr<Answer> answer;
    std::size_t first = 0;
    std::size_t count = 0;
    std::vector<Result> wait() const;
};

/// Any thread submits; one thread takes.
class Queue {
public:
    Queue(std::size_t records_max, std::size_t records_soft);

    /// Takes the batch in, without what an engine gave it before, or returns false (overloaded or
    /// closed). Never waits.
    bool submit(Batch& batch, BatchDone done, Deadline deadline);
    /// The same for records of the engine's own.
    bool submit_own(Batch& batch, BatchDone done);
    /// Adds a copy of all records of `batch`, one group or one record, to the submission that
    /// gathers them. Cheap; meant for many threads. `done` is called for the last record. Never
    /// waits.
    bool submit_single(const Batch& batch, RecordDone done);
    /// For a caller who will wait: above the soft bound it waits a little for room first. None:
    /// overloaded or closed. A few records are copied and share a submission with others'; more are
    /// moved out of `batch`.
    std::optional<Ticket> enter(Batch& batch, Deadline deadline, bool dry_run);

    /// What ends a wait of take().
    struct Wait {
        std::size_t records = 1;  ///< so many are queued
        std::optional<std::chrono::steady_clock::time_point> until;
    };
    /// Waits until enough is queued, the time has come, the queue is closed or take() is nudged;
    /// then moves everything queued, at most about `records` records, to `taken`. False when closed
    /// and empty.
    bool take(std::deque<SubmissionPtr>& taken, std::size_t records, const Wait& wait);
    /// Ends the wait of take() that is under way, or else of the next one.
    void nudge();

    /// Gives a completed submission's memory back.
    void recycle(SubmissionPtr submission);

    /// Refuses further submissions; what is queued is still taken.
    void close();
    /// Refuses further submissions and hands everything queued out.
    std::deque<SubmissionPtr> close_and_drain();
    bool closed() const;
    std::size_t waiting() const;

private:
    bool has_room(std::size_t records, std::size_t bound) const noexcept;
    void wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t records);
    SubmissionPtr fresh();
    Submission& gathering(const Batch& batch);
    void enqueue(SubmissionPtr submission);
    void added(std::size_t records);

    const std::size_t records_max_;
    const std::size_t records_soft_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable drained_;
    std::deque<SubmissionPtr> queued_;
    std::vector<SubmissionPtr> spare_;
    std::size_t records_ = 0;
    std::size_t taker_wants_ = 0;  ///< records for which take() waits; 0: it does not wait
    bool nudged_ = false;
    bool closed_ = false;
};

}  // namespace ledger::engine
