// What a served ledger costs: a server in a process of its own, clients in this one, on the same
// machine. Two workloads: one client that keeps batches of 8,190 vouchers in flight, and many
// clients that each post one voucher after the other.
#include "ledger/client.hpp"
#include "rpc/server.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ledger;
using SteadyClock = std::chrono::steady_clock;

constexpr BookId book{1};
constexpr std::uint64_t accounts = 10'000;
constexpr std::size_t batch_vouchers = bounds::batch_records_max;
constexpr std::size_t batches_in_flight = 3;

AccountId account_of(std::uint64_t number) { return {0xACC0, number % accounts + 1}; }

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

void add_voucher(Batch& batch, std::uint64_t id) {
    const std::uint64_t from = id * 0x9E3779B97F4A7C15ull >> 20;
    batch.add_voucher(VoucherId{1, id}, book)
        .debit(account_of(from), Amount{100})
        .credit(account_of(from + 1 + id % 97), Amount{100});
}

/// Serves a new ledger until it is killed.
[[noreturn]] void serve(const std::filesystem::path& home) {
    try {
        Ledger books = Ledger::create(home / "books");
        rpc::ServerOptions options;
        options.unix_socket = home / "socket";
        options.principals = {{"bench", rpc::Role::operator_role, {}, ::getuid(), {}}};
        const rpc::Server server(books, options);
        for (;;) ::pause();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "the server failed: %s\n", failure.what());
        std::_Exit(1);
    }
}

Client connect(const std::filesystem::path& home) {
    for (int i = 0;; ++i) {
        try {
            return Client::connect("unix:" + (home / "socket").string());
        } catch (const ConnectionError&) {
            if (i == 1000) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }
}

void lay_foundations(Client& client) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook define;
    define.book = book;
    batch.add(define);
    for (std::uint64_t number = 0; number < accounts; ++number) {
        OpenAccount open;
        open.id = account_of(number);
        open.book = book;
        open.currency = CurrencyCode("CNY");
        open.code = "1001";
        batch.add(open);
    }
    for (const Result& result : client.post(std::move(batch))) {
        if (!result) throw UsageError("the accounts could not be opened");
    }
}

void require_accepted(std::span<const Result> results) {
    for (const Result& result : results) {
        if (result.outcome == Outcome::accepted) continue;
        std::fprintf(stderr, "a voucher was %s\n", std::string(to_string(result.outcome)).c_str());
        std::_Exit(1);
    }
}

/// One client, so many vouchers in batches; returns vouchers a second.
double post_batches(Client& client, std::uint64_t batches) {
    std::mutex mutex;
    std::condition_variable answered;
    std::vector<Batch> free(batches_in_flight);
    const auto start = SteadyClock::now();
    for (std::uint64_t number = 0; number < batches; ++number) {
        Batch batch;
        {
            std::unique_lock lock(mutex);
            answered.wait(lock, [&] { return !free.empty(); });
            batch = std::move(free.back());
            free.pop_back();
        }
        batch.clear();
        for (std::size_t i = 0; i < batch_vouchers; ++i) {
            add_voucher(batch, number * batch_vouchers + i + 1);
        }
        client.post_async(batch, [&](std::span<const Result> results, Batch&& done) {
            require_accepted(results);
            const std::lock_guard lock(mutex);
            free.push_back(std::move(done));
            answered.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return free.size() == batches_in_flight; });
    return static_cast<double>(batches * batch_vouchers) / seconds_since(start);
}

/// A client that posts a voucher when the one before is answered.
class Single {
public:
    Single(Client client, std::uint64_t first_id) : id_(first_id), client_(std::move(client)) {}

    void start(SteadyClock::time_point until) {
        until_ = until;
        post();
    }
    bool done() const noexcept { return done_; }
    const std::vector<double>& milliseconds() const noexcept { return milliseconds_; }

private:
    void post() {
        batch_.clear();
        add_voucher(batch_, ++id_);
        sent_ = SteadyClock::now();
        client_.post_async(batch_, [this](std::span<const Result> results, Batch&& batch) {
            require_accepted(results);
            milliseconds_.push_back(seconds_since(sent_) * 1e3);
            batch_ = std::move(batch);
            if (SteadyClock::now() < until_) {
                post();
            } else {
                done_ = true;
            }
        });
    }

    Batch batch_;
    std::uint64_t id_;
    SteadyClock::time_point sent_;
    SteadyClock::time_point until_;
    std::vector<double> milliseconds_;
    std::atomic<bool> done_{false};
    Client client_;  // goes first: its thread uses the above
};

void post_singles(const std::filesystem::path& home, std::size_t clients, int seconds) {
    std::vector<std::unique_ptr<Single>> all;
    for (std::size_t i = 0; i < clients; ++i) {
        all.push_back(std::make_unique<Single>(connect(home), (i + 1) << 40));
    }
    const auto start = SteadyClock::now();
    for (const auto& one : all) one->start(start + std::chrono::seconds{seconds});
    std::vector<double> milliseconds;
    for (const auto& one : all) {
        while (!one->done()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    const double took = seconds_since(start);
    for (const auto& one : all) {
        milliseconds.insert(milliseconds.end(), one->milliseconds().begin(),
                            one->milliseconds().end());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    const auto at = [&](double share) {
        return milliseconds[static_cast<std::size_t>(share *
                                                     static_cast<double>(milliseconds.size() - 1))];
    };
    std::printf("%zu clients, single vouchers: %.0f a second, ms p50 %.2f p99 %.2f max %.2f\n",
                clients, static_cast<double>(milliseconds.size()) / took, at(0.5), at(0.99),
                at(1.0));
}

}  // namespace

int main(int count, char** arguments) {
    const std::uint64_t batches = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 500;
    const int seconds = count > 2 ? std::atoi(arguments[2]) : 10;
    std::string name = (std::filesystem::temp_directory_path() / "ledger-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return 1;
    const pid_t server = ::fork();
    if (server == 0) serve(name);
    {
        Client client = connect(name);
        lay_foundations(client);
        std::printf("1 client, batches of %zu: %.0f vouchers a second\n", batch_vouchers,
                    post_batches(client, batches));
    }
    post_singles(name, 64, seconds);
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    std::filesystem::remove_all(name);
    return 0;
}
