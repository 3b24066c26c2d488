// What others notice of hardship: a client that posts and asks at an even pace, alone at first, and
// then beside thousands of idle connections, whoever claims long messages, leaves handshakes half
// open, does not read, posts at full speed or exports everything. The server is a process of its
// own; its anonymous memory is read from /proc.
#include "certificates.hpp"
#include "ledger/client.hpp"
#include "rpc/ledger.capnp.h"
#include "rpc/server.hpp"

#include <arpa/inet.h>
#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ledger;
using SteadyClock = std::chrono::steady_clock;

constexpr BookId book{1};
constexpr std::uint64_t accounts = 10'000;
constexpr std::uint64_t history = 2'000'000;
constexpr std::size_t connections_max = 11'000;
constexpr const char* greedy_digest =
    "50e2450cdffce6536e1903d015f243dde155384a3a128f4aef8656c7530928ac";

AccountId account_of(std::uint64_t number) { return {0xACC0, number % accounts + 1}; }

/// Where the server of this run is.
struct Place {
    std::filesystem::path home;
    pid_t server = 0;

    std::filesystem::path socket() const { return home / "socket"; }
    std::uint16_t tls_port() const {
        std::uint16_t port = 0;
        std::ifstream(home / "port") >> port;
        return port;
    }
    Client connect(const Credentials& who = {}) const {
        for (int i = 0;; ++i) {
            try {
                return Client::connect("unix:" + socket().string(), who);
            } catch (const ConnectionError&) {
                if (i == 1000) throw;
                std::this_thread::sleep_for(std::chrono::milliseconds{10});
            }
        }
    }
    Client connect_greedy() const { return connect({"greedy", "greedy-secret", {}, {}}); }
    /// Of the server, in MiB.
    double anonymous_memory() const {
        std::ifstream status("/proc/" + std::to_string(server) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("RssAnon:")) return std::atof(line.c_str() + 8) / 1024;
        }
        return 0;
    }
};

[[noreturn]] void serve(const std::filesystem::path& home) {
    try {
        test::Authority authority(home, "authority");
        Ledger books = Ledger::create(home / "books");
        rpc::ServerOptions options;
        options.unix_socket = home / "socket";
        options.tls = {"127.0.0.1:0", authority.issue("server", authority.file())};
        options.limits.connections_max = connections_max;
        options.principals = {{"even", rpc::Role::operator_role, {}, ::getuid(), {}, {}, 0, 0},
                              {"greedy", rpc::Role::poster, {}, {}, greedy_digest, {}, 0, 0}};
        const rpc::Server server(books, options);
        std::ofstream(home / "port") << server.tls_port();
        for (;;) ::pause();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "the server failed: %s\n", failure.what());
        std::_Exit(1);
    }
}

void add_voucher(Batch& batch, std::uint64_t id) {
    const std::uint64_t from = id * 0x9E3779B97F4A7C15ull >> 20;
    batch.add_voucher(VoucherId{1, id}, book)
        .debit(account_of(from), Amount{100})
        .credit(account_of(from + 1 + id % 97), Amount{100});
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
    (void)client.post(std::move(batch));
    for (std::uint64_t id = 1; id < history; id += bounds::batch_records_max) {
        batch.clear();
        for (std::uint64_t i = 0; i < bounds::batch_records_max; ++i) add_voucher(batch, id + i);
        (void)client.post(batch);
    }
}

// ---- who suffers

struct Latencies {
    std::vector<double> posts;
    std::vector<double> queries;
    static double at(std::vector<double>& all, double share) {
        std::sort(all.begin(), all.end());
        if (all.empty()) return 0;
        return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    }
};

template <class Call>
double milliseconds_of(const Call& call) {
    const auto start = SteadyClock::now();
    call();
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

/// A post and a query every ten milliseconds.
Latencies measure(const Place& place, std::chrono::seconds span, double& memory) {
    static std::uint64_t next_id = std::uint64_t{1} << 60;
    Client client = place.connect();
    Latencies latencies;
    const auto start = SteadyClock::now();
    for (auto at = start; at < start + span; at += std::chrono::milliseconds{10}) {
        std::this_thread::sleep_until(at);
        latencies.posts.push_back(milliseconds_of([&] {
            Batch batch;
            add_voucher(batch, ++next_id);
            if (!client.post(std::move(batch))[0]) std::fputs("a post was refused\n", stderr);
        }));
        latencies.queries.push_back(
            milliseconds_of([&] { (void)client.view().balance(account_of(next_id)); }));
        memory = std::max(memory, place.anonymous_memory());
    }
    return latencies;
}

// ---- who makes it hard: each runs until `done`

using Hardship = std::function<void(const Place&, const std::atomic<bool>& done)>;

void until(const std::atomic<bool>& done) {
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

/// Logged in, and then silent.
void stand_idle(const Place& place, const std::atomic<bool>& done) {
    struct Idle {
        explicit Idle(kj::Own<kj::AsyncIoStream> connected)
            : stream(kj::mv(connected)), client(*stream) {}
        kj::Own<kj::AsyncIoStream> stream;
        capnp::TwoPartyClient client;
    };
    kj::AsyncIoContext io = kj::setupAsyncIo();
    auto address = io.provider->getNetwork()
                             .parseAddress("unix:" + place.socket().string())
                             .wait(io.waitScope);
    std::vector<kj::Own<Idle>> crowd;
    while (crowd.size() < 10'000 && !done) {
        auto idle = kj::heap<Idle>(address->connect().wait(io.waitScope));
        auto login = idle->client.bootstrap().castAs<rpc::wire::Gate>().loginRequest();
        login.setVersion(rpc::wire::PROTOCOL_VERSION);
        login.send().wait(io.waitScope);
        crowd.push_back(kj::mv(idle));
    }
    std::printf("  %zu connections stand idle\n", crowd.size());
    until(done);
}

class RawSocket {
public:
    explicit RawSocket(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
        connect(reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    explicit RawSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    ~RawSocket() { ::close(fd_); }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    void send(const std::string& bytes) const {
        (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

private:
    void connect(const sockaddr* to, socklen_t size) const {
        if (::connect(fd_, to, size) != 0)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    int fd_;
};

/// The first words of a message with one segment of 60 MB.
std::string long_claim() {
    std::string bytes(8, '\0');
    const std::uint32_t words = 60 * 1024 * 1024 / 8;
    std::memcpy(bytes.data() + 4, &words, 4);
    return bytes;
}

void claim_60_megabytes(const Place& place, const std::atomic<bool>& done) {
    while (!done) {
        std::vector<std::unique_ptr<RawSocket>> some;
        for (int i = 0; i < 200; ++i) {
            some.push_back(std::make_unique<RawSocket>(place.socket()));
            some.back()->send(long_claim());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
}

void leave_handshakes_half_open(const Place& place, const std::atomic<bool>& done) {
    const std::uint16_t port = place.tls_port();
    while (!done) {
        std::vector<std::unique_ptr<RawSocket>> some;
        for (int i = 0; i < 500; ++i) {
            some.push_back(std::make_unique<RawSocket>(port));
            some.back()->send(std::string("\x16\x03\x01\x02\x00\x01", 6));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
}

void connect_beyond_the_limit(const Place& place, const std::atomic<bool>& done) {
    std::vector<std::unique_ptr<RawSocket>> many;
    while (!done) {
        if (many.size() > connections_max + 2'000) many.clear();
        many.push_back(std::make_unique<RawSocket>(place.socket()));
    }
}

std::atomic<std::uint64_t> greedy_id{std::uint64_t{1} << 50};

Batch full_batch() {
    Batch batch;
    const std::uint64_t first = greedy_id.fetch_add(bounds::batch_records_max);
    for (std::uint64_t i = 0; i < bounds::batch_records_max; ++i) add_voucher(batch, first + i);
    return batch;
}

void post_at_full_speed(const Place& place, const std::atomic<bool>& done) {
    std::atomic<int> in_flight{0};
    Client client = place.connect_greedy();
    while (!done || in_flight != 0) {
        if (done || in_flight >= 8) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            continue;
        }
        ++in_flight;
        Batch batch = full_batch();
        client.post_async(batch, [&](std::span<const Result>, Batch&&) { --in_flight; });
    }
}

/// Its thread stands still in the first answer, so nothing is read any more.
void not_read(const Place& place, const std::atomic<bool>& done) {
    std::vector<Client> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(place.connect_greedy());
    for (Client& client : clients) {
        for (int post = 0; post < 16; ++post) {
            Batch batch = full_batch();
            client.post_async(batch, [&](std::span<const Result>, Batch&&) { until(done); });
        }
    }
    until(done);
}

void export_everything(const Place& place, const std::atomic<bool>& done) {
    Client client = place.connect_greedy();
    std::vector<FeedRecord> records;
    while (!done) {
        ServedFeed feed = client.follow({});
        while (!done && feed.next(records, 2'000) != 0) {
        }
    }
}

void ask_at_full_speed(const Place& place, const std::atomic<bool>& done) {
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 16; ++i) {
        threads.emplace_back([&, i] {
            Client client = place.connect_greedy();
            PageRequest page;
            page.size = 1'000;
            while (!done) (void)client.view().entries(account_of(i), page);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

void run(const Place& place, const char* name, const Hardship& hardship,
         std::chrono::seconds span) {
    std::atomic<bool> done{false};
    std::thread thread([&] {
        try {
            hardship(place, done);
        } catch (const std::exception& failure) {
            std::printf("  it ended: %s\n", failure.what());
        } catch (const kj::Exception& failure) {
            std::printf("  it ended: %s\n", failure.getDescription().cStr());
        }
    });
    std::this_thread::sleep_for(std::chrono::seconds{3});
    double memory = 0;
    Latencies seen = measure(place, span, memory);
    done = true;
    thread.join();
    std::printf(
        "%-28s posts p50 %7.2f p99 %7.2f max %8.2f ms, queries p50 %6.2f p99 %7.2f max "
        "%8.2f ms, server %5.0f MiB anonymous\n",
        name, Latencies::at(seen.posts, 0.5), Latencies::at(seen.posts, 0.99),
        Latencies::at(seen.posts, 1), Latencies::at(seen.queries, 0.5),
        Latencies::at(seen.queries, 0.99), Latencies::at(seen.queries, 1), memory);
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    const std::chrono::seconds span{count > 1 ? std::atoi(arguments[1]) : 10};
    std::string name = (std::filesystem::temp_directory_path() / "ledger-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return 1;
    Place place{name, ::fork()};
    if (place.server == 0) serve(name);
    {
        Client client = place.connect();
        lay_foundations(client);
    }
    run(
        place, "nothing", [](const Place&, const std::atomic<bool>& done) { until(done); }, span);
    run(place, "10,000 idle connections", stand_idle, span);
    run(place, "claims of 60 MB", claim_60_megabytes, span);
    run(place, "half-open handshakes", leave_handshakes_half_open, span);
    run(place, "connections beyond the limit", connect_beyond_the_limit, span);
    run(place, "eight who do not read", not_read, span);
    run(place, "one posting at full speed", post_at_full_speed, span);
    run(place, "one asking at full speed", ask_at_full_speed, span);
    run(place, "a full export", export_everything, span);
    run(
        place, "nothing", [](const Place&, const std::atomic<bool>& done) { until(done); }, span);
    ::kill(place.server, SIGKILL);
    ::waitpid(place.server, nullptr, 0);
    std::filesystem::remove_all(name);
    return 0;
}
