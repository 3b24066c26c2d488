// The clients of a bench run: threads that make records and post them. Invariant: every answer is
// compared with what it has to be (new records accepted, repeats already_posted); the first one
// that differs is kept, and makes the run a failure.
#pragma once

#include "cli/bench_latency.hpp"
#include "cli/bench_workload.hpp"

#include "ledger/ledger.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ledger::cli::bench {

using SteadyClock = std::chrono::steady_clock;

/// What a client did.
struct Tally {
    std::uint64_t accepted = 0;
    std::uint64_t vouchers = 0;  ///< of the accepted ones
    std::uint64_t holds = 0;     ///< of the accepted ones
    std::uint64_t repeats = 0;   ///< posted again
    std::uint64_t repeats_recognised = 0;
    std::uint64_t overloaded = 0;  ///< times the queue was full and the client tried again
    std::uint64_t answers = 0;     ///< batches, or singles, that were answered
    std::chrono::nanoseconds generation{0};
    SteadyClock::time_point first_post = SteadyClock::time_point::max();
    SteadyClock::time_point last_answer = SteadyClock::time_point::min();
    LatencyHistogram latency;
    std::string failure;  ///< empty: every answer was as it has to be

    void add(const Tally& other);
};

/// Base of the ways to post.
class Client {
public:
    /// The way that the plan asks for. `progress` counts answered records of all clients.
    static std::unique_ptr<Client> make(const Plan& plan, const Workload& workload, Ledger& ledger,
                                        std::size_t number, std::atomic<std::uint64_t>& progress);
    Client(const Plan& plan, const Workload& workload, Ledger& ledger, std::size_t number,
           std::atomic<std::uint64_t>& progress);
    virtual ~Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Posts everything that is this client's and returns when all is answered. In its own thread;
    /// an exception of the ledger becomes the tally's failure.
    void run() noexcept;
    /// After run().
    const Tally& tally() const noexcept { return tally_; }

protected:
    virtual void post_all() = 0;

    /// How many repeats are due behind the records of this round, so that their share holds over
    /// all.
    std::size_t repeats_due(std::uint64_t round, std::size_t fresh);
    /// A random record of an earlier round.
    Place earlier(std::uint64_t round);
    std::uint64_t batch_number(std::uint64_t round) const noexcept {
        return round * plan_.clients + number_;
    }
    void count_accepted(const Place& place) noexcept;
    void fail_once(const std::string& what);

    const Plan& plan_;
    const Workload& workload_;
    Ledger& ledger_;
    const std::size_t number_;
    std::atomic<std::uint64_t>& progress_;
    Tally tally_;

private:
    Random random_;
    double repeats_owed_ = 0;
};

}  // namespace ledger::cli::bench
