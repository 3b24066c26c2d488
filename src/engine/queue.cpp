// See queue.hpp. Singles are gathered into the last queued submission while it is open for them.
#include "queue.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <utility>

namespace ledger::engine {

namespace {

constexpr std::size_t spare_max = 16;
constexpr auto soft_wait = std::chrono::milliseconds{20};
/// Up to so many records of a caller who waits are copied to where others' are, which saves a
/// wake-up.
constexpr std::size_t copied_records_max = 16;

/// A submission without it would be one that gathers.
void nobody_waits(std::span<const Result> /*results*/, Batch&& /*batch*/) {}

}  // namespace

void Submission::reset() noexcept {
    batch.clear();
    results.clear();
    batch_done = nullptr;
    record_done.clear();
    answer.reset();
    deadline.reset();
    next = 0;
    gathers = false;
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
    if (answer) answer->give(std::move(results));
}

void Submission::answer_all(Outcome outcome) {
    Result result;
    result.outcome = outcome;
    results.assign(batch.size(), result);
}

std::vector<Result> Ticket::wait() const {
    const auto mine = answer->wait().subspan(first, count);
    return {mine.begin(), mine.end()};
}

Queue::Queue(std::size_t records_max, std::size_t records_soft)
    : records_max_(records_max),
      records_soft_(records_soft == 0 ? records_max / 4 * 3 : records_soft) {}

/// A batch larger than the bound enters an empty queue.
bool Queue::has_room(std::size_t records, std::size_t bound) const noexcept {
    return !closed_ && (records_ == 0 || records_ + records <= bound);
}

/// Back-pressure on those who can be slowed.
void Queue::wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t records) {
    if (closed_ || has_room(records, records_soft_)) return;
    drained_.wait_for(lock, soft_wait, [&] { return closed_ || has_room(records, records_soft_); });
}

SubmissionPtr Queue::fresh() {
    if (spare_.empty()) return std::make_unique<Submission>();
    SubmissionPtr made = std::move(spare_.back());
    spare_.pop_back();
    return made;
}

void Queue::enqueue(SubmissionPtr submission) {
    const std::size_t records = submission->batch.size();
    queued_.push_back(std::move(submission));
    added(records);
}

void Queue::added(std::size_t records) {
    records_ += records;
    if (taker_wants_ != 0 && records_ >= taker_wants_) filled_.notify_one();
}

bool Queue::submit(Batch& batch, BatchDone done, Deadline deadline) {
    for (std::size_t i = 0; i < batch.size(); ++i) batch.forget_given(i);
    const std::lock_guard lock(mutex_);
    if (!has_room(batch.size(), records_max_)) return false;
    SubmissionPtr made = fresh();
    made->batch = std::move(batch);
    made->batch_done = done ? std::move(done) : BatchDone{nobody_waits};
    made->deadline = deadline;
    enqueue(std::move(made));
    return true;
}

bool Queue::submit_own(Batch& batch, BatchDone done) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    SubmissionPtr made = fresh();
    made->batch = std::move(batch);
    made->batch_done = std::move(done);
    made->own = true;
    enqueue(std::move(made));
    return true;
}

/// The last queued submission, with a copy of these records in it.
Submission& Queue::gathering(const Batch& batch) {
    const bool is_open = !queued_.empty() && queued_.back()->gathers &&
                         queued_.back()->batch.size() + batch.size() <= bounds::batch_records_max;
    if (!is_open) {
        queued_.push_back(fresh());
        queued_.back()->gathers = true;
    }
    Submission& into = *queued_.back();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        into.batch.forget_given(into.batch.add_copy(batch, i));
    }
    // A group ends with its caller's records.
    into.batch.records.back().set(record_flag::linked, false);
    added(batch.size());
    return into;
}

bool Queue::submit_single(const Batch& batch, RecordDone done) {
    const std::lock_guard lock(mutex_);
    if (!has_room(batch.size(), records_max_)) return false;
    Submission& into = gathering(batch);
    into.record_done.resize(into.batch.size());
    into.record_done.back() = std::move(done);
    return true;
}

std::optional<Ticket> Queue::enter(Batch& batch, Deadline deadline, bool dry_run) {
    const std::size_t count = batch.size();
    const bool is_copied = count <= copied_records_max && !deadline && !dry_run;
    if (!is_copied) {
        for (std::size_t i = 0; i < count; ++i) batch.forget_given(i);
    }
    std::unique_lock lock(mutex_);
    wait_for_room(lock, count);
    if (!has_room(count, records_max_)) return std::nullopt;
    if (is_copied) {
        Submission& into = gathering(batch);
        if (!into.answer) into.answer = std::make_shared<Answer>();
        return Ticket{into.answer, into.batch.size() - count, count};
    }
    SubmissionPtr made = fresh();
    made->batch = std::move(batch);
    made->answer = std::make_shared<Answer>();
    made->deadline = deadline;
    made->dry_run = dry_run;
    Ticket ticket{made->answer, 0, count};
    enqueue(std::move(made));
    return ticket;
}

bool Queue::take(std::deque<SubmissionPtr>& taken, std::size_t records, const Wait& wait) {
    std::unique_lock lock(mutex_);
    const auto is_over = [&] { return closed_ || nudged_ || records_ >= wait.records; };
    taker_wants_ = wait.records;
    if (wait.until) {
        filled_.wait_until(lock, *wait.until, is_over);
    } else {
        filled_.wait(lock, is_over);
    }
    taker_wants_ = 0;
    nudged_ = false;
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

void Queue::nudge() {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
    filled_.notify_one();
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
