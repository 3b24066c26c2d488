// Three ways to post: batches in flight, singles one after the other, singles asynchronously.
#include "cli/bench_clients.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ledger::cli::bench {

namespace {

constexpr std::chrono::microseconds retry_after{50};

std::uint64_t nanoseconds_between(SteadyClock::time_point begin, SteadyClock::time_point end) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
}

std::string describe(const Result& result, bool is_repeat) {
    return std::string(is_repeat ? "a repeat" : "a new record") + " was answered " +
           std::string(to_string(result.outcome)) + " at position " +
           std::to_string(result.position.value) + " instead of " +
           (is_repeat ? "already_posted" : "accepted");
}

bool is_right(const Result& result, bool is_repeat) {
    return result.outcome == (is_repeat ? Outcome::already_posted : Outcome::accepted);
}

// ---- batches, several in flight

class BatchClient final : public Client {
public:
    BatchClient(const Plan& plan, const Workload& workload, Ledger& ledger, std::size_t number,
                std::atomic<std::uint64_t>& progress)
        : Client(plan, workload, ledger, number, progress), slots_(plan.in_flight) {
        for (Slot& slot : slots_) {
            slot.batch.reserve(plan.batch, plan.batch * plan.lines);
            free_.push_back(&slot);
        }
    }

private:
    struct Slot {
        Batch batch;
        std::vector<std::uint32_t> repeats;  // indexes in the batch, ascending
        SteadyClock::time_point posted;
    };

    void post_all() override;
    void generate(Slot& slot, std::uint64_t round);
    void submit(Slot& slot);
    void answered(Slot& slot, std::span<const Result> results, Batch&& batch);
    void judge(const Slot& slot, std::span<const Result> results);
    Slot& wait_for_slot();

    std::vector<Slot> slots_;
    std::mutex mutex_;  // guards free_ and, with answers outstanding, tally_
    std::condition_variable freed_;
    std::vector<Slot*> free_;
};

void BatchClient::post_all() {
    const std::uint64_t rounds = plan_.rounds_of(number_);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        Slot& slot = wait_for_slot();
        const auto begin = SteadyClock::now();
        generate(slot, round);
        slot.posted = SteadyClock::now();
        {
            const std::lock_guard lock(mutex_);
            tally_.generation += slot.posted - begin;
            if (round == 0) tally_.first_post = slot.posted;
            if (!tally_.failure.empty()) break;
        }
        submit(slot);
    }
    std::unique_lock lock(mutex_);
    // A slot that was taken and not submitted, after a failure, does not come back.
    freed_.wait(lock, [&] {
        return free_.size() == slots_.size() ||
               (!tally_.failure.empty() && free_.size() + 1 == slots_.size());
    });
}

BatchClient::Slot& BatchClient::wait_for_slot() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !free_.empty(); });
    Slot* slot = free_.back();
    free_.pop_back();
    return *slot;
}

void BatchClient::generate(Slot& slot, std::uint64_t round) {
    slot.batch.clear();
    slot.repeats.clear();
    const std::size_t fresh = plan_.fresh_in(batch_number(round));
    std::size_t due = repeats_due(round, fresh);
    const std::size_t spacing = due == 0 ? fresh + 1 : fresh / (due + 1) + 1;
    for (std::size_t i = 0; i < fresh; ++i) {
        const Place place{number_, round, i};
        workload_.add(slot.batch, place);
        count_accepted(place);
        if (due != 0 && (i + 1 == fresh || i % spacing == spacing - 1)) {
            const std::size_t now = i + 1 == fresh ? due : 1;
            for (std::size_t k = 0; k < now; ++k, --due) {
                slot.repeats.push_back(static_cast<std::uint32_t>(slot.batch.size()));
                workload_.add(slot.batch, earlier(round));
            }
        }
    }
}

void BatchClient::submit(Slot& slot) {
    const BatchDone done = [this, &slot](std::span<const Result> results, Batch&& batch) {
        answered(slot, results, std::move(batch));
    };
    while (!ledger_.post_async(slot.batch, done)) {
        {
            const std::lock_guard lock(mutex_);
            ++tally_.overloaded;
        }
        std::this_thread::sleep_for(retry_after);
    }
}

void BatchClient::answered(Slot& slot, std::span<const Result> results, Batch&& batch) {
    const auto now = SteadyClock::now();
    slot.batch = std::move(batch);
    const std::lock_guard lock(mutex_);
    judge(slot, results);
    tally_.latency.add(nanoseconds_between(slot.posted, now));
    tally_.last_answer = now;
    ++tally_.answers;
    progress_.fetch_add(results.size(), std::memory_order_relaxed);
    free_.push_back(&slot);
    freed_.notify_one();
}

void BatchClient::judge(const Slot& slot, std::span<const Result> results) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const bool is_repeat = next < slot.repeats.size() && slot.repeats[next] == i;
        if (is_repeat) ++next;
        if (is_right(results[i], is_repeat)) {
            ++(is_repeat ? tally_.repeats_recognised : tally_.accepted);
        } else {
            fail_once(describe(results[i], is_repeat));
        }
    }
}

// ---- singles, each waited for

class SynchronousClient final : public Client {
public:
    using Client::Client;

private:
    void post_all() override;
    void post(const Place& place, bool is_repeat);
};

void SynchronousClient::post_all() {
    const std::uint64_t rounds = plan_.rounds_of(number_);
    for (std::uint64_t round = 0; round < rounds && tally_.failure.empty(); ++round) {
        const Place place{number_, round, 0};
        post(place, false);
        count_accepted(place);
        for (std::size_t due = repeats_due(round, 1); due != 0; --due) post(earlier(round), true);
    }
}

void SynchronousClient::post(const Place& place, bool is_repeat) {
    const auto begin = SteadyClock::now();
    Batch batch;
    workload_.add(batch, place);
    const auto posted = SteadyClock::now();
    const std::vector<Result> results = ledger_.post(std::move(batch));
    const auto now = SteadyClock::now();
    tally_.generation += posted - begin;
    if (tally_.answers == 0) tally_.first_post = posted;
    tally_.last_answer = now;
    tally_.latency.add(nanoseconds_between(posted, now));
    ++tally_.answers;
    if (is_right(results.at(0), is_repeat)) {
        ++(is_repeat ? tally_.repeats_recognised : tally_.accepted);
    } else {
        fail_once(describe(results[0], is_repeat));
    }
    progress_.fetch_add(1, std::memory_order_relaxed);
}

// ---- singles, not waited for

class AsynchronousClient final : public Client {
public:
    using Client::Client;

private:
    /// Singles that may wait for their answers, over all clients: half of the queue's default
    /// bound.
    static constexpr std::uint64_t outstanding_max = 65'536;
    /// Of so many singles one has its latency measured: reading the clock costs as much as a
    /// record.
    static constexpr std::uint64_t sampled = 16;

    void post_all() override;
    void post(const Place& place, bool is_repeat);
    void answered(const Result& result, bool is_repeat, std::int64_t posted);

    Batch batch_;
    std::uint64_t sent_ = 0;
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> recognised_{0};
    std::atomic<bool> has_failed_{false};
    std::mutex mutex_;  // guards the tally's latency and failure
};

void AsynchronousClient::post_all() {
    const std::uint64_t rounds = plan_.rounds_of(number_);
    tally_.first_post = SteadyClock::now();
    for (std::uint64_t round = 0; round < rounds && !has_failed_; ++round) {
        const Place place{number_, round, 0};
        post(place, false);
        count_accepted(place);
        for (std::size_t due = repeats_due(round, 1); due != 0; --due) post(earlier(round), true);
    }
    while (answered_.load(std::memory_order_acquire) != sent_) {
        std::this_thread::sleep_for(retry_after);
    }
    tally_.last_answer = SteadyClock::now();
    tally_.answers = sent_;
    tally_.accepted = accepted_;
    tally_.repeats_recognised = recognised_;
}

void AsynchronousClient::post(const Place& place, bool is_repeat) {
    batch_.clear();
    workload_.add(batch_, place);
    const std::uint64_t share = outstanding_max / plan_.clients + 1;
    while (sent_ - answered_.load(std::memory_order_acquire) >= share) {
        std::this_thread::sleep_for(retry_after);
    }
    const std::int64_t posted =
        sent_ % sampled == 0 ? SteadyClock::now().time_since_epoch().count() : 0;
    // Sixteen bytes: std::function keeps them without allocating.
    const std::int64_t packed = posted * 2 + (is_repeat ? 1 : 0);
    const RecordDone done = [this, packed](const Result& result) {
        answered(result, (packed & 1) != 0, packed / 2);
    };
    while (!ledger_.post_async(batch_, done)) {
        ++tally_.overloaded;
        std::this_thread::sleep_for(retry_after);
    }
    ++sent_;
}

void AsynchronousClient::answered(const Result& result, bool is_repeat, std::int64_t posted) {
    if (is_right(result, is_repeat)) {
        (is_repeat ? recognised_ : accepted_).fetch_add(1, std::memory_order_relaxed);
    } else {
        const std::lock_guard lock(mutex_);
        fail_once(describe(result, is_repeat));
        has_failed_ = true;
    }
    if (posted != 0) {
        const std::lock_guard lock(mutex_);
        const SteadyClock::time_point begin{SteadyClock::duration{posted}};
        tally_.latency.add(nanoseconds_between(begin, SteadyClock::now()));
    }
    progress_.fetch_add(1, std::memory_order_relaxed);
    answered_.fetch_add(1, std::memory_order_release);
}

}  // namespace

void Tally::add(const Tally& other) {
    accepted += other.accepted;
    vouchers += other.vouchers;
    holds += other.holds;
    repeats += other.repeats;
    repeats_recognised += other.repeats_recognised;
    overloaded += other.overloaded;
    answers += other.answers;
    generation += other.generation;
    first_post = std::min(first_post, other.first_post);
    last_answer = std::max(last_answer, other.last_answer);
    latency.add(other.latency);
    if (failure.empty()) failure = other.failure;
}

std::unique_ptr<Client> Client::make(const Plan& plan, const Workload& workload, Ledger& ledger,
                                     std::size_t number, std::atomic<std::uint64_t>& progress) {
    if (!plan.posts_singles()) {
        return std::make_unique<BatchClient>(plan, workload, ledger, number, progress);
    }
    if (plan.is_async) {
        return std::make_unique<AsynchronousClient>(plan, workload, ledger, number, progress);
    }
    return std::make_unique<SynchronousClient>(plan, workload, ledger, number, progress);
}

Client::Client(const Plan& plan, const Workload& workload, Ledger& ledger, std::size_t number,
               std::atomic<std::uint64_t>& progress)
    : plan_(plan),
      workload_(workload),
      ledger_(ledger),
      number_(number),
      progress_(progress),
      random_(plan.seed + (number + 1) * 0x632BE59BD9B4E019ull) {}

void Client::run() noexcept {
    try {
        post_all();
    } catch (const std::exception& error) {
        fail_once(error.what());
    }
}

std::size_t Client::repeats_due(std::uint64_t round, std::size_t fresh) {
    repeats_owed_ += static_cast<double>(fresh) * plan_.repeat_share;
    if (round == 0 || repeats_owed_ < 1) return 0;
    std::size_t due = static_cast<std::size_t>(repeats_owed_);
    if (!plan_.posts_singles()) due = std::min(due, bounds::batch_records_max - fresh);
    repeats_owed_ -= static_cast<double>(due);
    tally_.repeats += due;
    return due;
}

Place Client::earlier(std::uint64_t round) {
    return {number_, random_.below(round),
            static_cast<std::size_t>(random_.below(plan_.fresh_per_batch()))};
}

void Client::count_accepted(const Place& place) noexcept {
    if (plan_.hold_share == 0) {
        ++tally_.vouchers;
    } else if (workload_.places_hold(place)) {
        ++tally_.holds;
    } else if (workload_.is_voucher(place)) {
        ++tally_.vouchers;
    }
}

void Client::fail_once(const std::string& what) {
    if (tally_.failure.empty()) tally_.failure = what;
}

}  // namespace ledger::cli::bench
