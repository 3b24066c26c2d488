// The committing thread, starting and stopping, and recovery; the posting thread is in
// posting_loop.cpp.
#include "engine/writer.hpp"

#include "core/mutant.hpp"
#include "ledger/core/error.hpp"
#include "ledger/core/thread.hpp"
#include "ledger/history/replay.hpp"

#include <spdlog/spdlog.h>

namespace ledger::engine {

namespace {

SystemClock& system_clock() {
    static SystemClock clock;
    return clock;
}

/// What was judged after records that may not be durable may be different after recovery, refusals
/// too.
void doubt(std::span<Result> results) noexcept {
    for (Result& result : results) {
        if (!is_of_submission(result.outcome)) result.outcome = Outcome::outcome_unknown;
    }
}

}  // namespace

Writer::Writer(const Options& options, journal::Store& store, history::History& history)
    : options_(options),
      clock_(options.clock != nullptr ? options.clock : &system_clock()),
      store_(store),
      history_(history),
      logger_(options.logger),
      past_(history, store),
      machine_(past_),
      queue_(options.queue_records_max, options.queue_records_soft) {
    past_.runs = &runs_;
    for (Run& run : runs_) free_.push_back(&run);
    recover();
    epoch_ = store_.acquire();
    clock_base_ = clock_->now();
    steady_base_ = clock_->steady();
}

Writer::~Writer() { stop(); }

/// State from the checkpoint, then every record after it: applied, and where not sealed yet into
/// the tail too.
void Writer::recover() {
    const Position from = history_.load_state(machine_);
    const journal::Head head = store_.head();
    history::Replay replay(store_, machine_, from);
    effects_.clear();
    while (const auto batch = replay.next(effects_, {head.position})) {
        history_.replay(effects_, *batch, machine_);
        effects_.clear();
    }
    next_position_ = {head.position + 1};
    last_instant_ = head.instant;
    keys_known_ = 0;
    history_.committed({head.position});
    open_holds_.store(machine_.state().holds.size(), std::memory_order_relaxed);
}

void Writer::start() {
    committer_ = start_thread("ledger-commit", [this] { commit_loop(); });
    poster_ = start_thread("ledger-post", [this] { post_loop(); });
}

void Writer::stop() {
    queue_.close();
    if (poster_.joinable()) poster_.join();
    {
        std::lock_guard lock(mutex_);
        posting_done_ = true;
        changed_.notify_all();
    }
    if (committer_.joinable()) committer_.join();
    history_.end_commits();
}

void Writer::check_alive() const {
    if (!is_poisoned()) return;
    std::lock_guard lock(mutex_);
    throw PoisonedError("the writer of " + store_.place() + " stopped: " + reason_ +
                        "; reopen the ledger and look up what was in flight by id");
}

void Writer::commit_loop() {
    while (true) {
        Run* run = nullptr;
        std::vector<SubmissionPtr> left;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !ready_.empty() || !left_.empty() || posting_done_; });
            if (ready_.empty() && left_.empty()) return;
            if (ready_.empty()) {
                left.swap(left_);
            } else {
                run = ready_.front();
            }
        }
        for (SubmissionPtr& submission : left) submission->complete();
        if (run == nullptr) continue;
        commit(*run);
        bool is_awaited = false;
        {
            std::lock_guard lock(mutex_);
            ready_.pop_front();
            free_.push_back(run);
            changed_.notify_all();
            crowd_.idle_since = std::chrono::steady_clock::now();
            is_awaited = ready_.empty() && std::exchange(gathering_, false);
        }
        if (is_awaited) queue_.nudge();
    }
}

void Writer::commit(Run& run) {
    if (LEDGER_MUTANT(early_acknowledgement)) complete(run);
    if (run.count != 0 && !is_poisoned()) append(run);
    complete(run);
}

void Writer::complete(Run& run) {
    for (SubmissionPtr& submission : run.finished) {
        if (is_poisoned()) doubt(submission->results);
        submission->complete();
        queue_.recycle(std::move(submission));
    }
    run.finished.clear();
}

void Writer::append(const Run& run) {
    try {
        const auto begin = std::chrono::steady_clock::now();
        const std::span<const std::byte> piece = run.payload;
        const journal::AppendResult appended =
            store_.append(epoch_, {run.first.value, run.count, run.instant}, {&piece, 1});
        if (appended.status == journal::AppendStatus::appended) {
            batches_.fetch_add(1, std::memory_order_relaxed);
            bytes_.fetch_add(run.payload.size(), std::memory_order_relaxed);
            history_.committed(run.last());
            if (run.days_closed != 0) {
                days_closed_.fetch_add(run.days_closed, std::memory_order_release);
            }
            count_crowd(std::chrono::steady_clock::now() - begin);
        } else {
            poison(appended.status == journal::AppendStatus::fenced
                       ? "another writer took over"
                       : "the journal could not be appended to: " + appended.reason);
        }
    } catch (const std::exception& failure) {
        poison(failure.what());
    }
}

/// Before anybody is answered: everyone who waits is in the runs or in the queue.
void Writer::count_crowd(std::chrono::nanoseconds commit) {
    std::size_t records = queue_.waiting() + open_records_.load(std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    for (const Run* run : ready_) records += run->records_done;
    crowd_.records = records;
    crowd_.commit = commit;
    crowd_.is_settled = false;
}

void Writer::poison(const std::string& reason) {
    {
        std::lock_guard lock(mutex_);
        if (poisoned_.load(std::memory_order_relaxed)) return;
        reason_ = reason;
        poisoned_.store(true, std::memory_order_release);
        changed_.notify_all();
    }
    if (logger_) logger_->critical("ledger {}: writer poisoned: {}", store_.place(), reason);
    queue_.close();
    history_.end_commits();
}

void Writer::request_rotation() {
    rotation_wanted_.store(true, std::memory_order_release);
    queue_.nudge();
}

}  // namespace ledger::engine
