// See queue.hpp. Singles are gathered into the last queued submission while it is open for them.
#include "queue.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <utility>

namespace ledger::engine {

namespace {

constexpr std::size_t spare_max = 16;
constexpr auto soft_wait = std::chrono::milliseconds{20};

/// A submission without it would be one that gathers singles.
void nobody_waits(std::span<const Result> /*results*/, Batch&& /*batch*/) {}

}  // namespace

void Submission::reset() noexcept {
    batch.clear();
    results.clear();
    batch_done = nullptr;
    record_done.clear();
    deadline.reset();
    next = 0;
    dry_run = false;
    own = false;
}

void Submission::complete() {
    if (batch_done) {
        batch_done(results, std::move(batch));
        return;
    }
    for (std::size_t i = 0; i < record_done.size(); ++i) {
        if (record_done[i]) record_done[i](results[i]);
    }
}

void Submission::answer(Outcome outcome) {
    Result result;
    result.outcome = outcome;
    results.assign(batch.size(), result);
}

Queue::Queue(std::size_t records_max, std::size_t records_soft)
    : records_max_(records_max),
      records_soft_(records_soft == 0 ? records_max / 4 * 3 : records_soft) {}

/// Back-pressure: above the soft bound the caller waits a little for room, at the hard bound it is refused.
bool Queue::make_room(std::unique_lock<std::mutex>& lock, std::size_t records) {
    const auto fits = [&](std::size_t bound) {
        return records_ == 0 || records_ + records <= bound;
    };
    if (!closed_ && !fits(records_soft_)) {
        drained_.wait_for(lock, soft_wait, [&] { return closed_ || fits(records_soft_); });
    }
    return !closed_ && fits(records_max_);
}

SubmissionPtr Queue::fresh() {
    if (spare_.empty()) return std::make_unique<Submission>();
    SubmissionPtr made = std::move(spare_.back());
    spare_.pop_back();
    return made;
}

bool Queue::submit(Batch& batch, BatchDone& done, Deadline deadline, bool dry_run) {
    for (std::size_t i = 0; i < batch.size(); ++i) batch.forget_given(i);
    std::unique_lock lock(mutex_);
    if (!make_room(lock, batch.size())) return false;
    SubmissionPtr made = fresh();
    records_ += batch.size();
    made->batch = std::move(batch);
    made->batch_done = done ? std::move(done) : BatchDone{nobody_waits};
    made->deadline = deadline;
    made->dry_run = dry_run;
    queued_.push_back(std::move(made));
    if (taker_waits_) filled_.notify_one();
    return true;
}

bool Queue::submit_own(Batch& batch, BatchDone done) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    SubmissionPtr made = fresh();
    records_ += batch.size();
    made->batch = std::move(batch);
    made->batch_done = std::move(done);
    made->own = true;
    queued_.push_back(std::move(made));
    if (taker_waits_) filled_.notify_one();
    return true;
}

bool Queue::submit_single(const Batch& batch, RecordDone& done) {
    std::unique_lock lock(mutex_);
    if (!make_room(lock, batch.size())) return false;
    const bool open = !queued_.empty() && !queued_.back()->batch_done &&
                      queued_.back()->batch.size() + batch.size() <= bounds::batch_records_max;
    if (!open) queued_.push_back(fresh());
    Submission& gathering = *queued_.back();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        gathering.batch.forget_given(gathering.batch.add_copy(batch, i));
        gathering.record_done.emplace_back();
    }
    gathering.record_done.back() = std::move(done);
    // A group ends with its caller's records.
    gathering.batch.records.back().set(record_flag::linked, false);
    records_ += batch.size();
    if (taker_waits_) filled_.notify_one();
    return true;
}

bool Queue::take(std::deque<SubmissionPtr>& taken, std::size_t records,
                 std::optional<std::chrono::steady_clock::time_point> until) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return closed_ || !queued_.empty(); };
    taker_waits_ = true;
    if (until) {
        filled_.wait_until(lock, *until, ready);
    } else {
        filled_.wait(lock, ready);
    }
    taker_waits_ = false;
    if (queued_.empty()) return !closed_;
    std::size_t moved = 0;
    while (!queued_.empty() && (moved == 0 || moved + queued_.front()->batch.size() <= records)) {
        moved += queued_.front()->batch.size();
        taken.push_back(std::move(queued_.front()));
        queued_.pop_front();
    }
    records_ -= moved;
    drained_.notify_all();
    return true;
}

void Queue::recycle(SubmissionPtr submission) {
    submission->reset();
    std::lock_guard lock(mutex_);
    if (spare_.size() < spare_max) spare_.push_back(std::move(submission));
}

void Queue::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    drained_.notify_all();
}

std::deque<SubmissionPtr> Queue::close_and_drain() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    records_ = 0;
    filled_.notify_all();
    drained_.notify_all();
    return std::exchange(queued_, {});
}

bool Queue::closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
}

std::size_t Queue::waiting() const {
    std::lock_guard lock(mutex_);
    return records_;
}

}  // namespace ledger::engine
