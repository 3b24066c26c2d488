// See flights.hpp.
#include "intake/flights.hpp"

#include "ledger/core/error.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace ledger::intake {

namespace {

constexpr auto patience = std::chrono::minutes{1};
constexpr auto pause = std::chrono::milliseconds{2};

}  // namespace

void Flight::clear() noexcept {
    batch.clear();
    rows.clear();
    refusals.clear();
    results.clear();
}

struct Flights::Shared {
    explicit Shared(std::size_t count) : flights(count), landed(count, 0) {}

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Flight> flights;
    std::vector<char> landed;  // not vector<bool>: neighbours are written by different threads

    void land(std::size_t index, std::span<const Result> results, Batch&& batch) {
        const std::lock_guard lock(mutex);
        flights[index].results.assign(results.begin(), results.end());
        flights[index].batch = std::move(batch);
        landed[index] = 1;
        changed.notify_all();
    }
};

// One more than can be in flight: the one that is being filled.
Flights::Flights(Ledger& ledger, std::size_t in_flight_max)
    : ledger_(ledger), shared_(std::make_shared<Shared>(in_flight_max + 1)) {}

Flight& Flights::current() noexcept {
    return shared_->flights[(first_ + in_flight_) % shared_->flights.size()];
}

const Flight& Flights::current() const noexcept {
    return shared_->flights[(first_ + in_flight_) % shared_->flights.size()];
}

bool Flights::has_room() const noexcept { return in_flight_ + 1 < shared_->flights.size(); }

void Flights::launch() {
    const std::size_t index = (first_ + in_flight_) % shared_->flights.size();
    Flight& flight = shared_->flights[index];
    if (flight.batch.empty()) {
        shared_->land(index, {}, {});
    } else {
        const auto give_up_at = std::chrono::steady_clock::now() + patience;
        // The engine leaves the batch untouched where its queue is full.
        while (!ledger_.post_async(
            flight.batch,
            [shared = shared_, index](std::span<const Result> results, Batch&& batch) {
                shared->land(index, results, std::move(batch));
            })) {
            if (std::chrono::steady_clock::now() > give_up_at) {
                throw UnavailableError(
                    "import: the ledger's queue was full for a minute; import again later, "
                    "resuming");
            }
            std::this_thread::sleep_for(pause);
        }
    }
    ++in_flight_;
}

Flight& Flights::land() {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [&] { return shared_->landed[first_] != 0; });
    return shared_->flights[first_];
}

bool Flights::has_landed() const {
    const std::lock_guard lock(shared_->mutex);
    return in_flight_ != 0 && shared_->landed[first_] != 0;
}

void Flights::retire() {
    const std::lock_guard lock(shared_->mutex);
    shared_->landed[first_] = 0;
    shared_->flights[first_].clear();
    first_ = (first_ + 1) % shared_->flights.size();
    --in_flight_;
}

}  // namespace ledger::intake
