// The event loop: accepts, watches over connections, stops. The accept loop is our own, since
// Cap'n Proto's ends for good when the process has no file descriptor left.
#include "rpc/server.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/thread.hpp"
#include "rpc/listen.hpp"
#include "rpc/serving.hpp"
#include "rpc/tls.hpp"

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
    Peer(Serving& serving, kj::Own<kj::AsyncIoStream> stream, std::string name, PeerProof proof)
        : connection(std::make_shared<Connection>(kj::mv(stream), std::move(name), std::move(proof),
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

/// What a connection came in by.
enum class Door { unix_socket, tcp, tls };

const char* name_of(Door door) {
    switch (door) {
        case Door::unix_socket: return " (unix)";
        case Door::tcp: return " (tcp)";
        case Door::tls: break;
    }
    return " (tls)";
}

/// Everything that lives in the loop's thread.
class Loop final : private kj::TaskSet::ErrorHandler {
public:
    /// `tls` may be null where it does not listen with TLS.
    Loop(Ledger& ledger, const ServerOptions& options, kj::TlsContext* tls, kj::AsyncIoContext& io)
        : io_(io),
          tls_(tls),
          serving_(ledger, options, io.provider->getTimer()),
          receiving_(serving_.mailbox->run(*io.lowLevelProvider).eagerlyEvaluate(nullptr)) {
        auto stopped = kj::newPromiseAndFulfiller<void>();
        stopped_ = kj::mv(stopped.promise);
        stop_ = kj::mv(stopped.fulfiller);
    }

    /// Whose task ends run().
    std::shared_ptr<Mailbox> mailbox() const { return serving_.mailbox; }
    void stop() { stop_->fulfill(); }

    void listen(int fd, Door door) {
        auto receiver = io_.lowLevelProvider->wrapListenSocketFd(
            fd, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP);
        auto accepting = accept(*receiver, door);
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
    kj::Promise<void> accept(kj::ConnectionReceiver& receiver, Door door) {
        return receiver.accept().then(
            [this, &receiver, door](kj::Own<kj::AsyncIoStream> stream) {
                // One that fails at once, as when its client has gone, must not end this loop.
                KJ_IF_MAYBE (failure,
                             kj::runCatchingExceptions([&] { take(kj::mv(stream), door); })) {
                    taskFailed(kj::mv(*failure));
                }
                return accept(receiver, door);
            },
            [this, &receiver, door](kj::Exception&& failure) {
                warn(std::string("cannot accept a connection: ") + failure.getDescription().cStr());
                return serving_.timer.afterDelay(looks_every).then([this, &receiver, door] {
                    return accept(receiver, door);
                });
            });
    }

    void take(kj::Own<kj::AsyncIoStream> stream, Door door) {
        const std::size_t most = serving_.options.limits.connections_max;
        if (peers_.size() + handshakes_ >= most) {
            warn("a connection was closed at once: there are " + std::to_string(most) +
                 ", as many as the limit connections allows");
            return;
        }
        std::string name = std::to_string(++connections_) + name_of(door);
        PeerProof proof;
        if (door == Door::unix_socket) {
            proof.user_id = user_id_of(*stream);
        } else {
            const int on = 1;
            stream->setsockopt(IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        if (door == Door::tls) return shake_hands(kj::mv(stream), std::move(name));
        serve(kj::heap<Peer>(serving_, kj::mv(stream), std::move(name), std::move(proof)));
    }

    /// It counts as a connection, and takes no longer than a login may.
    void shake_hands(kj::Own<kj::AsyncIoStream> stream, std::string name) {
        ++handshakes_;
        auto in_time = serving_.timer.timeoutAfter(
            duration_of(serving_.options.limits.login_timeout),
            tls_->wrapServer({kj::mv(stream), kj::UnknownPeerIdentity::newInstance()}));
        tasks_.add(
            in_time.attach(kj::defer([this] { --handshakes_; }))
                .then([this, name](kj::AuthenticatedStream known) {
                    PeerProof proof{{}, common_name_of(*known.peerIdentity)};
                    serve(kj::heap<Peer>(serving_, kj::mv(known.stream), name, std::move(proof)));
                })
                .catch_([this, name](kj::Exception&& failure) {
                    warn("connection " + name +
                         ": no TLS handshake: " + failure.getDescription().cStr());
                }));
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
    kj::TlsContext* const tls_;
    Serving serving_;
    kj::Promise<void> receiving_;
    kj::Promise<void> stopped_ = nullptr;
    kj::Own<kj::PromiseFulfiller<void>> stop_;
    std::uint64_t connections_ = 0;
    std::size_t handshakes_ = 0;  ///< begun and not done
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
    if (options.unix_socket.empty() && options.tcp.empty() && !options.tls) {
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
        if (options.tls) tls = make_server_context(options.tls->files);
        try {
            listen();
        } catch (...) {
            for (const auto& [fd, door] : doors) ::close(fd);
            throw;
        }
        thread = start_thread("ledger-serve", [this] { serve(); });
    }

    void listen() {
        if (!options.unix_socket.empty()) {
            doors.emplace_back(listen_unix(options.unix_socket), Door::unix_socket);
        }
        if (!options.tcp.empty()) {
            doors.emplace_back(listen_tcp(options.tcp, Reach::machine, tcp_port), Door::tcp);
        }
        if (options.tls) {
            doors.emplace_back(listen_tcp(options.tls->address, Reach::network, tls_port),
                               Door::tls);
        }
    }

    void serve() {
        kj::AsyncIoContext io = kj::setupAsyncIo();
        Loop loop(ledger, options, tls.get(), io);
        {
            const std::lock_guard lock(mutex);
            if (stop_wanted) loop.stop();
            stopper = [mailbox = loop.mailbox(), &loop] { mailbox->put([&loop] { loop.stop(); }); };
        }
        for (const auto& [fd, door] : doors) loop.listen(fd, door);
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
    std::unique_ptr<kj::TlsContext> tls;
    std::vector<std::pair<int, Door>> doors;  ///< the loop closes them
    std::uint16_t tcp_port = 0;
    std::uint16_t tls_port = 0;
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
std::uint16_t Server::tls_port() const noexcept { return impl_->tls_port; }

}  // namespace ledger::rpc
