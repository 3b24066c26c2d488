// The writer of a ledger: one thread judges and applies what is submitted and encodes it, another
// makes it durable and completes the submissions, so that the disk works while the next batch is
// being applied. Invariant: a submission is completed only when every record it was told of is
// durable, in the order of posting.
#pragma once

#include "engine/queue.hpp"
#include "engine/run.hpp"

#include "ledger/engine/options.hpp"
#include "ledger/history/history.hpp"
#include "ledger/journal/store.hpp"
#include "ledger/posting/machine.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace spdlog {
class logger;
}

namespace ledger::engine {

/// Answers the state machine's questions about the past: current run, runs under way, tail,
/// checkpoint, journal.
class EnginePast final : public posting::Past {
public:
    EnginePast(history::History& history, const journal::Store& store);

    Position find(posting::KeyTable table, u128 key) override;
    std::size_t newest_first(posting::KeyTable table, u128 key, std::span<Position> page) override;
    void prefetch(posting::KeyTable table, u128 key) override;
    void read(Position position, Batch& into) override;
    Instant instant_of(Position position) override;
    posting::Totals totals_at(AccountHandle account, Position position) override;

    /// The runs whose records may not be in the journal yet.
    std::array<Run, 3>* runs = nullptr;

private:
    const Run* run_of(Position position) const noexcept;
    history::History& history_;
    const journal::Store& store_;
    std::unique_ptr<journal::Reader> reader_;
};

class Writer {
public:
    /// Recovers: loads the checkpoint's state and replays the journal after it. Starts no thread.
    Writer(const Options& options, journal::Store& store, history::History& history);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void start();
    /// Finishes what is queued and ends the threads. Idempotent.
    void stop();

    Queue& queue() noexcept { return queue_; }
    const posting::AccountIndex& accounts() const noexcept { return machine_.accounts(); }
    /// Throws PoisonedError with the reason where the writer is poisoned.
    void check_alive() const;
    bool is_poisoned() const noexcept { return poisoned_.load(std::memory_order_acquire); }
    /// Stops posting: every later record is answered outcome_unknown, check_alive() throws. Any
    /// thread.
    void poison(const std::string& reason);
    /// Rotates the tail with a state image as soon as the posting thread comes by; for seal() and
    /// close().
    void request_rotation();

    std::uint64_t batches() const noexcept { return batches_.load(std::memory_order_relaxed); }
    std::uint64_t bytes_appended() const noexcept { return bytes_.load(std::memory_order_relaxed); }
    std::uint64_t open_holds() const noexcept {
        return open_holds_.load(std::memory_order_relaxed);
    }
    /// Since opening; the closes that it counts are in every view taken afterwards.
    std::uint64_t days_closed() const noexcept {
        return days_closed_.load(std::memory_order_acquire);
    }

private:
    void recover();

    // ---- posting thread
    void post_loop();
    Run* free_run();
    /// What became of a run: it goes back, it is to be completed as it is, or takes more work.
    enum class Filled : std::uint8_t { nothing, closed, open };
    Filled fill(Run& run);
    void work_through(Run& run);
    void gather(Run& run);
    std::optional<Queue::Wait> wait_to_gather(const Run& run);
    Filled refuse_work(Run& run, Outcome outcome);
    void pass_time(Run& run);
    record::Footprint footprint_of(const Submission& submission, std::size_t first,
                                   std::size_t last);
    bool advance(Run& run, Submission& submission);
    bool is_full(const Run& run) const;
    bool judge_group(Submission& submission, std::size_t first, std::size_t last, Position& next,
                     Instant instant);
    void post_group(Run& run, Submission& submission, std::size_t first, std::size_t last);
    void post_single(Run& run, Submission& submission, std::size_t index);
    void run_dry(Run& run, Submission& submission);
    bool admit(Submission& submission);
    void finish_run(Run& run);
    void rotate_if_due();
    template <class Submissions>
    void leave(Submissions& submissions, Outcome outcome);
    bool next_instant(Instant& instant);
    std::optional<std::chrono::steady_clock::time_point> wake_at();

    // ---- committing thread, which alone answers anybody
    void commit_loop();
    void commit(Run& run);
    void complete(Run& run);
    void append(const Run& run);
    void count_crowd(std::chrono::nanoseconds commit);

    Options options_;
    Clock* clock_;
    journal::Store& store_;
    history::History& history_;
    std::shared_ptr<spdlog::logger> logger_;
    EnginePast past_;
    posting::Machine machine_;
    Queue queue_;
    journal::Epoch epoch_;

    posting::Effects effects_;
    std::size_t keys_known_ = 0;  // of effects_.keys, already in history
    std::array<Run, 3> runs_;
    std::deque<SubmissionPtr> work_;  // taken from the queue, not finished
    Batch reversed_;                  // scratch: a voucher to be reversed
    Position next_position_{1};
    Instant last_instant_;
    Instant clock_base_;
    std::chrono::nanoseconds steady_base_{0};

    /// Those who wait for their records, as the last commit found them.
    struct Crowd {
        std::size_t records = 0;  ///< of the commit and of what waited behind it
        std::chrono::steady_clock::time_point idle_since;
        std::chrono::nanoseconds commit{0};    ///< what it took
        std::chrono::nanoseconds patience{0};  ///< how long the next run waits for them
        bool is_settled = true;                ///< waited for, or not worth it
    };

    mutable std::mutex mutex_;  // guards what follows, up to the atomics
    std::condition_variable changed_;
    Crowd crowd_;
    bool gathering_ = false;  // the posting thread waits for the disk to be idle
    std::deque<Run*> ready_;
    std::deque<Run*> free_;
    std::vector<SubmissionPtr> left_;  // answered, but not judged; to be completed after all runs
    bool posting_done_ = false;
    std::string reason_;
    std::atomic<bool> poisoned_{false};
    std::atomic<std::size_t> open_records_{0};  // judged, of the run that is being filled
    std::atomic<bool> rotation_wanted_{false};
    std::atomic<std::uint64_t> batches_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> open_holds_{0};
    std::atomic<std::uint64_t> days_closed_{0};
    std::thread poster_;
    std::thread committer_;
};

}  // namespace ledger::engine
