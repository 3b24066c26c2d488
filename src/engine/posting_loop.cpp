// The posting thread: takes submissions, judges and applies their records into runs, encodes and
// hands over.
#include "engine/writer.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ledger::engine {

namespace {

// Beyond these a run is full even if its batch has room: what one run may add to the tail is
// bounded.
constexpr std::size_t run_effects_max = std::size_t{1} << 17;
/// Refused and repeated records included: an answer does not wait for more than that.
constexpr std::size_t run_records_max = 4 * bounds::batch_records_max;
/// Old vouchers and totals that a run asks history for: each is read from the files, so that
/// whoever waits for the run waits for them.
constexpr std::uint64_t run_old_facts_max = 4096;
constexpr auto idle_poll = std::chrono::milliseconds{200};
/// A run with so many records is worth a commit of its own: it goes to the disk's queue at once.
constexpr std::size_t gathered_records_max = 1024;
/// This run, those under way, and what else may be written meanwhile.
constexpr std::uint64_t room_of_runs = 4 * bounds::batch_bytes_max;

/// Whether the group holds a kind of record that only the engine makes.
bool is_forged(const Submission& submission, std::size_t first, std::size_t last) noexcept {
    if (submission.own) return false;
    for (std::size_t i = first; i < last; ++i) {
        const RecordKind kind = submission.batch.records[i].kind;
        if (kind == RecordKind::time_passed || kind == RecordKind::anchor ||
            kind == RecordKind::certificate || kind == RecordKind::snapshot) {
            return true;
        }
    }
    return false;
}

/// What refuses a group before any of its records is judged.
Outcome judge_submitted(const Submission& submission, std::size_t first, std::size_t last,
                        const record::Footprint& group) noexcept {
    if (is_forged(submission, first, last)) return Outcome::value_out_of_range;
    return Run::can_hold(group) ? Outcome::accepted : Outcome::group_too_large;
}

void give(Submission& submission, std::size_t first, std::size_t last, Outcome outcome) {
    Result result;
    result.outcome = outcome;
    for (std::size_t i = first; i < last; ++i) submission.results[i] = result;
}

}  // namespace

void Writer::post_loop() {
    Run* run = nullptr;
    try {
        while ((run = free_run()) != nullptr) {
            if (work_.empty() && !queue_.take(work_, bounds::batch_records_max, {1, wake_at()})) {
                break;
            }
            const Filled filled = fill(*run);
            if (filled == Filled::open) gather(*run);
            if (filled != Filled::nothing) finish_run(*run);
            rotate_if_due();
            std::lock_guard lock(mutex_);
            open_records_.store(0, std::memory_order_relaxed);
            if (filled != Filled::nothing) {
                ready_.push_back(run);
            } else {
                free_.push_front(run);
            }
            changed_.notify_all();
        }
    } catch (const std::exception& failure) {
        poison(failure.what());
        if (run != nullptr) leave(run->finished, Outcome::outcome_unknown);
    }
    const Outcome outcome = is_poisoned() ? Outcome::outcome_unknown : Outcome::closed;
    leave(work_, outcome);
    auto queued = queue_.close_and_drain();
    leave(queued, outcome);
}

/// Waits until a run is free, which holds the posting thread at most two batches ahead of the disk.
/// Null when poisoned.
Run* Writer::free_run() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !free_.empty() || is_poisoned(); });
    if (is_poisoned()) return nullptr;
    Run* run = free_.front();
    free_.pop_front();
    return run;
}

/// Leaves submissions that will not be judged to the committing thread, which alone tells anybody
/// anything.
template <class Submissions>
void Writer::leave(Submissions& submissions, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    for (SubmissionPtr& submission : submissions) {
        submission->answer_all(outcome);
        left_.push_back(std::move(submission));
    }
    submissions.clear();
    changed_.notify_all();
}

std::optional<std::chrono::steady_clock::time_point> Writer::wake_at() {
    const auto now = std::chrono::steady_clock::now();
    if (rotation_wanted_.load(std::memory_order_acquire)) return now;
    const auto due = machine_.next_due();
    if (!due || !options_.background) return now + idle_poll;
    const auto wait = std::clamp<std::chrono::nanoseconds>(*due - clock_->now(),
                                                           std::chrono::milliseconds{1}, idle_poll);
    return now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait);
}

/// Strictly increasing; false where the wall clock ran far ahead: of the steady clock since
/// opening, or of the journal's last batch, which is all that is known of the time before.
bool Writer::next_instant(Instant& instant) {
    const Instant now = clock_->now();
    const Instant expected = clock_base_ + (clock_->steady() - steady_base_);
    if (now > expected + options_.clock_jump_max) return false;
    const Instant known = last_instant_ ? last_instant_ : store_.identity().created;
    if (now > known + options_.clock_gap_max) return false;
    instant = std::max(now, last_instant_ + std::chrono::nanoseconds{1});
    return true;
}

/// Answers all the work, as far as it was not begun, with this outcome.
Writer::Filled Writer::refuse_work(Run& run, Outcome outcome) {
    run.begin(next_position_, last_instant_);
    for (SubmissionPtr& submission : work_) {
        submission->results.resize(submission->batch.size());
        give(*submission, submission->next, submission->batch.size(), outcome);
        run.finished.push_back(std::move(submission));
    }
    work_.clear();
    return run.finished.empty() ? Filled::nothing : Filled::closed;
}

/// Judges and applies as much of the work as one batch takes.
Writer::Filled Writer::fill(Run& run) {
    Instant instant;
    if (!next_instant(instant)) return refuse_work(run, Outcome::clock_out_of_range);
    // Without background threads nobody seals while the owner closes.
    const bool has_room = history_.wait_for_room(
        [this] { return is_poisoned() || (!options_.background && queue_.closed()); });
    if (!has_room) {
        if (is_poisoned()) return Filled::nothing;
        return refuse_work(run, history_.is_stuck() ? Outcome::storage_full
                                : queue_.closed()   ? Outcome::closed
                                                    : Outcome::overloaded);
    }
    if (!store_.has_room(room_of_runs)) return refuse_work(run, Outcome::storage_full);
    run.begin(next_position_, instant);
    run.old_facts_before = machine_.old_facts_asked();
    effects_.clear();
    keys_known_ = 0;
    pass_time(run);
    // Nothing is judged before what is due has happened: if that takes more than one run, the work
    // waits.
    const auto due = machine_.next_due();
    const bool is_overdue = due && *due <= run.instant;
    if (is_overdue) return Filled::closed;
    work_through(run);
    const bool is_empty = run.count == 0 && run.finished.empty() && run.records_done == 0;
    return is_empty ? Filled::nothing : Filled::open;
}

/// As much of the work as the run takes.
void Writer::work_through(Run& run) {
    while (!work_.empty() && advance(run, *work_.front())) {
        run.finished.push_back(std::move(work_.front()));
        work_.pop_front();
    }
    open_records_.store(run.records_done, std::memory_order_relaxed);
}

/// Group commit. While the disk is busy with the runs before, what comes goes into this one. When
/// it is idle, those whom it has just answered get a moment to come back, so that callers who each
/// wait for their record share commits; the moment is a part of what a commit takes, and shrinks
/// where nobody comes.
void Writer::gather(Run& run) {
    while (work_.empty() && run.records_done < gathered_records_max) {
        const std::optional<Queue::Wait> wait = wait_to_gather(run);
        if (!wait || !queue_.take(work_, bounds::batch_records_max, *wait)) return;
        work_through(run);
    }
}

/// What to wait for before the run goes to the disk; none: for nothing more.
std::optional<Queue::Wait> Writer::wait_to_gather(const Run& run) {
    const std::lock_guard lock(mutex_);
    if (is_poisoned()) return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    if (!ready_.empty()) {
        gathering_ = true;
        return Queue::Wait{gathered_records_max - run.records_done, now + idle_poll};
    }
    Crowd& crowd = crowd_;
    if (crowd.is_settled) return std::nullopt;
    const bool is_back = run.records_done >= crowd.records;
    if (is_back || now >= crowd.idle_since + crowd.patience ||
        crowd.records > gathered_records_max) {
        crowd.is_settled = true;
        crowd.patience = is_back ? std::min(crowd.patience * 2, crowd.commit / 2)
                                 : std::max(crowd.patience / 2, crowd.commit / 32);
        return std::nullopt;
    }
    return Queue::Wait{crowd.records - run.records_done, crowd.idle_since + crowd.patience};
}

/// Due holds and windows first: one record of the engine's own for each 4,096 steps.
void Writer::pass_time(Run& run) {
    for (auto due = machine_.next_due(); due && *due <= run.instant; due = machine_.next_due()) {
        if (effects_.entries.size() > run_effects_max || run.count == bounds::own_records_max)
            return;
        const std::uint32_t index = run.own.add_time_passed();
        const Result result = machine_.post(run.own, index, run.next(), run.instant, effects_);
        LEDGER_ASSERT(result.outcome == Outcome::accepted);
        run.footprint = run.footprint + record::footprint_bound(run.own, index);
        run.add(run.own, index);
    }
}

/// Whether a submission is begun in time.
bool Writer::admit(Submission& submission) {
    submission.results.resize(submission.batch.size());
    if (!submission.deadline || std::chrono::steady_clock::now() <= *submission.deadline)
        return true;
    give(submission, 0, submission.batch.size(), Outcome::deadline_passed);
    return false;
}

/// Whether the run's batch may have room, but all else that a run may take is taken.
bool Writer::is_full(const Run& run) const {
    return run.records_done >= run_records_max || effects_.entries.size() > run_effects_max ||
           effects_.keys.size() > run_effects_max ||
           machine_.old_facts_asked() - run.old_facts_before >= run_old_facts_max;
}

/// Goes on with a submission; false where the run is full and the rest must wait for the next one.
bool Writer::advance(Run& run, Submission& submission) {
    Batch& batch = submission.batch;
    if (submission.next == 0 && !admit(submission)) return true;
    if (submission.dry_run) {
        run_dry(run, submission);
        return true;
    }
    while (submission.next < batch.size()) {
        const std::size_t first = submission.next;
        const std::size_t last = batch.group_end(first);
        const record::Footprint group = footprint_of(submission, first, last);
        const Outcome submitted = judge_submitted(submission, first, last, group);
        if (submitted != Outcome::accepted) {
            give(submission, first, last, submitted);
            submission.next = last;
            continue;
        }
        if (!run.has_room(group) || is_full(run)) return false;
        for (std::size_t i = first; i < last; ++i) machine_.look_ahead(batch, i);
        const std::uint32_t before = run.count;
        if (last - first == 1) {
            post_single(run, submission, first);
        } else {
            post_group(run, submission, first, last);
        }
        if (run.count != before) run.footprint = run.footprint + group;
        run.records_done += last - first;
        submission.next = last;
    }
    return true;
}

/// A bound of what the group takes of a batch. Lines that the engine will write are counted by
/// those of the voucher that they undo, where it was posted before.
record::Footprint Writer::footprint_of(const Submission& submission, std::size_t first,
                                       std::size_t last) {
    const Batch& batch = submission.batch;
    record::Footprint sum;
    for (std::size_t i = first; i < last; ++i) {
        const BatchRecord& record = batch.records[i];
        const auto* detail = batch.detail<VoucherDetail>(record);
        const bool awaits_lines = detail != nullptr && detail->reverses && record.line_count == 0;
        const Position at = awaits_lines
                                ? past_.find(posting::KeyTable::record, detail->reverses.value)
                                : Position{};
        if (at) {
            past_.read(at, reversed_);
            sum = sum + record::footprint_bound_of_reversal(batch, i, reversed_);
        } else {
            sum = sum + record::footprint_bound(batch, i);
        }
    }
    return sum;
}

void Writer::post_single(Run& run, Submission& submission, std::size_t index) {
    Result& result = submission.results[index];
    result = machine_.post(submission.batch, index, run.next(), run.instant, effects_);
    if (result.outcome != Outcome::accepted) return;
    run.add(submission.batch, index);
    history_.add_keys({effects_.keys.data() + keys_known_, effects_.keys.size() - keys_known_});
    keys_known_ = effects_.keys.size();
}

/// All or none. `next` is the position of the first, and moves past what was accepted.
bool Writer::judge_group(Submission& submission, std::size_t first, std::size_t last,
                         Position& next, Instant instant) {
    machine_.begin_group(submission.batch, effects_, next);
    Position after = next;
    for (std::size_t i = first; i < last; ++i) {
        const Result result = machine_.post(submission.batch, i, after, instant, effects_);
        if (!result) {
            machine_.roll_back_group();
            give(submission, first, last, Outcome::group_failed);
            submission.results[i] = result;
            return false;
        }
        submission.results[i] = result;
        if (result.outcome == Outcome::accepted) after = after + 1;
    }
    machine_.commit_group();
    next = after;
    return true;
}

void Writer::post_group(Run& run, Submission& submission, std::size_t first, std::size_t last) {
    Position next = run.next();
    if (!judge_group(submission, first, last, next, run.instant)) return;
    for (std::size_t i = first; i < last; ++i) {
        if (submission.results[i].outcome == Outcome::accepted) run.add(submission.batch, i);
    }
    history_.add_keys({effects_.keys.data() + keys_known_, effects_.keys.size() - keys_known_});
    keys_known_ = effects_.keys.size();
}

/// Posts everything inside one group and undoes it: results, but nothing that remains.
void Writer::run_dry(Run& run, Submission& submission) {
    Position next = run.next();
    machine_.begin_group(submission.batch, effects_, next);
    for (std::size_t first = 0, last = 0; first < submission.batch.size(); first = last) {
        last = submission.batch.group_end(first);
        const Outcome submitted =
            judge_submitted(submission, first, last, footprint_of(submission, first, last));
        if (submitted != Outcome::accepted) {
            give(submission, first, last, submitted);
        } else {
            judge_group(submission, first, last, next, run.instant);
        }
    }
    machine_.roll_back_group();
    submission.next = submission.batch.size();
}

void Writer::finish_run(Run& run) {
    run.encode();
    if (run.count == 0) return;
    history_.add_keys({effects_.keys.data() + keys_known_, effects_.keys.size() - keys_known_});
    keys_known_ = effects_.keys.size();
    history_.append(effects_, {run.first, run.last(), run.instant});
    next_position_ = run.next();
    last_instant_ = run.instant;
    open_holds_.store(machine_.state().holds.size(), std::memory_order_relaxed);
}

void Writer::rotate_if_due() {
    const bool wanted = rotation_wanted_.exchange(false, std::memory_order_acq_rel);
    if (!history_.rotation_due() && !(wanted && history_.has_unsealed())) return;
    history_.rotate(machine_, wanted);
}

}  // namespace ledger::engine
