// The event loop: accepts, watches over connections, stops. The accept loop is our own, since
// Cap'n Proto's ends for good when the process has no file descriptor left.
#include "rpc/server.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/thread.hpp"
#include "rpc/listen.hpp"
#include "rpc/serving.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <spdlog/spdlog.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace ledger::rpc {

namespace {

constexpr auto looks_every = 100 * kj::MILLISECONDS;
constexpr auto stop_takes_most = 10 * kj::SECONDS;
/// Descriptors that are not connections: files, queues, whatever the host has.
constexpr std::size_t descriptors_besides = 128;

/// A connection with the RPC system over it; the members above outlive those below.
struct Peer {
    Peer(Serving& serving, kj::Own<kj::AsyncIoStream> stream, std::string name,
         std::optional<std::uint32_t> user_id)
        : connection(std::make_shared<Connection>(kj::mv(stream), std::move(name), user_id,
                                                  serving.options.limits, serving.timer)),
          network(*connection, capnp::rpc::twoparty::Side::SERVER),
          system(capnp::makeRpcServer(network, make_gate(serving, connection))) {
        system.setFlowLimit(serving.options.limits.message_bytes_max / sizeof(capnp::word));
    }

    /// Calls under way keep the connection.
    struct Closing {
        ~Closing() { connection.close(); }
        Connection& connection;
    };

    const std::shared_ptr<Connection> connection;
    Closing closing{*connection};
    kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> cut;
    capnp::TwoPartyVatNetwork network;
    capnp::RpcSystem<capnp::rpc::twoparty::VatId> system;
};

std::optional<std::uint32_t> user_id_of(kj::AsyncIoStream& stream) {
    ucred credentials{};
    unsigned size = sizeof credentials;
    try {
        stream.getsockopt(SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    } catch (const kj::Exception&) {
        return {};
    }
    return credentials.uid;
}

/// Everything that lives in the loop's thread.
class Loop final : private kj::TaskSet::ErrorHandler {
public:
    Loop(Ledger& ledger, const ServerOptions& options, kj::AsyncIoContext& io)
        : io_(io),
          serving_(ledger, options, io.provider->getTimer()),
          receiving_(serving_.mailbox->run(*io.lowLevelProvider).eagerlyEvaluate(nullptr)) {
        auto stopped = kj::newPromiseAndFulfiller<void>();
        stopped_ = kj::mv(stopped.promise);
        stop_ = kj::mv(stopped.fulfiller);
    }

    /// Whose task ends run().
    std::shared_ptr<Mailbox> mailbox() const { return serving_.mailbox; }
    void stop() { stop_->fulfill(); }

    void listen(int fd, bool is_unix) {
        auto receiver = io_.lowLevelProvider->wrapListenSocketFd(
            fd, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP);
        auto accepting = accept(*receiver, is_unix);
        accepting_.push_back(accepting.attach(kj::mv(receiver)).eagerlyEvaluate(nullptr));
    }

    /// Until it is stopped, and what was begun is done.
    void run() {
        kj::Promise<void> watching = watch().eagerlyEvaluate(nullptr);
        stopped_.wait(io_.waitScope);
        accepting_.clear();
        serving_.stopping = true;
        serving_.committed();  // wakes the feeds
        const kj::TimePoint until = serving_.timer.now() + stop_takes_most;
        while (is_answering() && serving_.timer.now() < until) {
            wait_a_moment();
        }
        info("stops: " + std::to_string(peers_.size()) + " connections, " +
             std::to_string(serving_.calls) + " calls under way");
        // Calls refer to what is here, and each of them ends: posts when the engine has answered.
        while (serving_.calls > 0) wait_a_moment();
        wait_a_moment();  // what held them lets go
    }

private:
    // ---- accepting
    kj::Promise<void> accept(kj::ConnectionReceiver& receiver, bool is_unix) {
        return receiver.accept().then(
            [this, &receiver, is_unix](kj::Own<kj::AsyncIoStream> stream) {
                // One that fails at once, as when its client has gone, must not end this loop.
                KJ_IF_MAYBE (failure,
                             kj::runCatchingExceptions([&] { take(kj::mv(stream), is_unix); })) {
                    taskFailed(kj::mv(*failure));
                }
                return accept(receiver, is_unix);
            },
            [this, &receiver, is_unix](kj::Exception&& failure) {
                warn(std::string("cannot accept a connection: ") + failure.getDescription().cStr());
                return serving_.timer.afterDelay(looks_every).then([this, &receiver, is_unix] {
                    return accept(receiver, is_unix);
                });
            });
    }

    void take(kj::Own<kj::AsyncIoStream> stream, bool is_unix) {
        const std::size_t most = serving_.options.limits.connections_max;
        if (peers_.size() >= most) {
            warn("a connection was closed at once: there are " + std::to_string(most) +
                 ", as many as the limit connections allows");
            return;
        }
        const auto user_id = is_unix ? user_id_of(*stream) : std::nullopt;
        if (!is_unix) {
            const int on = 1;
            stream->setsockopt(IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        std::string name = std::to_string(++connections_) + (is_unix ? " (unix)" : " (tcp)");
        serve(kj::heap<Peer>(serving_, kj::mv(stream), std::move(name), user_id));
    }

    void serve(kj::Own<Peer> peer) {
        auto cut = kj::newPromiseAndFulfiller<void>();
        peer->cut = kj::mv(cut.fulfiller);
        peers_.push_back(peer.get());
        const auto place = std::prev(peers_.end());
        // It is forgotten first, and gone after that.
        auto served = peer->network.onDisconnect()
                          .exclusiveJoin(kj::mv(cut.promise))
                          .attach(kj::defer([this, place] { forget(place); }));
        tasks_.add(served.attach(kj::mv(peer)));
    }

    void forget(std::list<Peer*>::iterator place) {
        const Connection& connection = *(*place)->connection;
        if (!connection.broken().empty()) {
            warn("connection " + connection.peer() + ": cut off: " + connection.broken());
        }
        peers_.erase(place);
    }

    // ---- watching
    kj::Promise<void> watch() {
        return serving_.timer.afterDelay(looks_every).then([this] {
            for (Peer* peer : peers_) {
                const auto fault = peer->connection->fault();
                if (!fault) continue;
                KJ_IF_MAYBE (cut, peer->cut) {
                    warn("connection " + peer->connection->peer() + ": cut off: " + *fault);
                    (*cut)->fulfill();
                    peer->cut = nullptr;
                }
            }
            return watch();
        });
    }

    void wait_a_moment() { serving_.timer.afterDelay(1 * kj::MILLISECONDS).wait(io_.waitScope); }
    /// Whether a call is under way, or an answer to one that was.
    bool is_answering() const {
        return serving_.calls > 0 || std::ranges::any_of(peers_, [](Peer* peer) {
                   return peer->network.getCurrentQueueCount() > 0;
               });
    }

    void taskFailed(kj::Exception&& failure) override {
        warn(std::string("a connection failed: ") + failure.getDescription().cStr());
    }
    void warn(const std::string& text) const {
        if (serving_.options.logger) serving_.options.logger->warn(text);
    }
    void info(const std::string& text) const {
        if (serving_.options.logger) serving_.options.logger->info(text);
    }

    kj::AsyncIoContext& io_;
    Serving serving_;
    kj::Promise<void> receiving_;
    kj::Promise<void> stopped_ = nullptr;
    kj::Own<kj::PromiseFulfiller<void>> stop_;
    std::uint64_t connections_ = 0;
    std::list<Peer*> peers_;
    kj::TaskSet tasks_{*this};  ///< connections
    std::vector<kj::Promise<void>> accepting_;
};

void require_within(const char* what, std::size_t value, std::size_t least, std::size_t most) {
    if (value >= least && value <= most) return;
    throw InvalidArgument(std::string("the limit ") + what + " is " + std::to_string(value) +
                          "; it can be " + std::to_string(least) + " to " + std::to_string(most));
}

void check(const ServerOptions& options) {
    if (options.unix_socket.empty() && options.tcp.empty()) {
        throw InvalidArgument(
            "a server without an address serves nobody; give it a Unix socket or "
            "a TCP address");
    }
    const ServerLimits& limits = options.limits;
    require_within("connections", limits.connections_max, 1, 1'000'000);
    require_within("message_bytes", limits.message_bytes_max, 64 * 1024, std::size_t{16} << 20);
    require_within("calls", limits.calls_max, 1, 10'000);
    require_within("records", limits.records_max, 1, 1'000'000);
    require_within("principal_records", limits.principal_records_max, 1, 1'000'000);
    require_within("feeds", limits.feeds_max, 0, 1'000);
    require_within("query_threads", limits.query_threads, 1, 64);
}

/// So that the limit of connections is met before that of the process.
void raise_descriptor_limit(std::size_t connections) {
    rlimit limit{};
    const rlim_t wanted = connections + descriptors_besides;
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (limit.rlim_max >= wanted && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    throw InvalidArgument("the limit connections is " + std::to_string(connections) +
                          ", but the process may open " + std::to_string(before) +
                          " files; lower it, or raise that (ulimit -n, LimitNOFILE=)");
}

}  // namespace

struct Server::Impl {
    Impl(Ledger& served, const ServerOptions& given) : ledger(served), options(given) {
        check(options);
        const Principals checked(options.principals);
        raise_descriptor_limit(options.limits.connections_max);
        if (!options.unix_socket.empty()) unix_fd = listen_unix(options.unix_socket);
        try {
            if (!options.tcp.empty()) tcp_fd = listen_tcp(options.tcp, tcp_port);
        } catch (...) {
            if (unix_fd >= 0) ::close(unix_fd);
            throw;
        }
        thread = start_thread("ledger-serve", [this] { serve(); });
    }

    void serve() {
        kj::AsyncIoContext io = kj::setupAsyncIo();
        Loop loop(ledger, options, io);
        {
            const std::lock_guard lock(mutex);
            if (stop_wanted) loop.stop();
            stopper = [mailbox = loop.mailbox(), &loop] { mailbox->put([&loop] { loop.stop(); }); };
        }
        if (unix_fd >= 0) loop.listen(unix_fd, true);
        if (tcp_fd >= 0) loop.listen(tcp_fd, false);
        loop.run();
    }

    void stop() {
        {
            const std::lock_guard lock(mutex);
            stop_wanted = true;
            if (stopper) std::exchange(stopper, nullptr)();
        }
        if (!thread.joinable()) return;
        thread.join();
        if (!options.unix_socket.empty()) ::unlink(options.unix_socket.c_str());
    }

    Ledger& ledger;
    const ServerOptions options;
    int unix_fd = -1;
    int tcp_fd = -1;
    std::uint16_t tcp_port = 0;
    std::mutex mutex;
    bool stop_wanted = false;
    std::function<void()> stopper;  ///< while the loop runs
    std::thread thread;
};

Server::Server(Ledger& ledger, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(ledger, options)) {}
Server::~Server() { stop(); }

void Server::stop() { impl_->stop(); }

std::uint16_t Server::tcp_port() const noexcept { return impl_->tcp_port; }

}  // namespace ledger::rpc
