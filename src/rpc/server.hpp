// Serves a ledger over sockets. Invariant: what a client is told was posted is durable; no client,
// whatever it sends or leaves unsent, holds up another one or takes more memory than the limits
// say; nothing that comes over a socket ends the process.
#pragma once

#include "ledger/ledger.hpp"
#include "ledger/rpc/tls_files.hpp"
#include "rpc/principals.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ledger::rpc {

/// What clients may take. A connection takes at most some three times `message_bytes_max`, and the
/// answers of `calls_max` calls; before its login, 64 KiB.
struct ServerLimits {
    /// More are closed at once.
    std::size_t connections_max = 256;
    /// Of one message; 64 KiB..16 MiB. Clients split what they post accordingly.
    std::size_t message_bytes_max = std::size_t{2} << 20;
    /// Calls of one connection under way; then nothing more is read from it until one is answered.
    std::size_t calls_max = 64;
    /// Records of all principals, and of one, that are with the engine and not answered; posts
    /// beyond wait for their turn. A batch that is larger goes alone.
    std::size_t records_max = 65'520;
    std::size_t principal_records_max = 32'760;
    std::size_t feeds_max = 16;
    unsigned query_threads = 2;
    std::chrono::milliseconds login_timeout{5'000};
    /// From the first byte of a message to its last, and for an answer to be taken.
    std::chrono::milliseconds message_timeout{30'000};
    /// Without a call.
    std::chrono::milliseconds idle_timeout{600'000};
};

/// Where and how it listens with TLS.
struct TlsOptions {
    std::string address;  ///< "0.0.0.0:7018", "[::]:7018", or of one interface; port 0: any
    TlsFiles files;       ///< of the server; the authority is that of its clients
};

struct ServerOptions {
    std::filesystem::path unix_socket;  ///< empty: none
    /// "127.0.0.1:7017" or "[::1]:7017", port 0: any that is free; empty: none. Loopback alone,
    /// since nothing is encrypted.
    std::string tcp;
    std::optional<TlsOptions> tls;
    std::vector<PrincipalOptions> principals;
    ServerLimits limits;
    std::shared_ptr<spdlog::logger> logger;  ///< null: silence
    /// Called once, in the loop's thread, when a post has met a poisoned writer: this ledger takes
    /// no more posts, and only opening it anew helps. Must be brief and not throw.
    std::function<void()> on_poisoned = {};
};

/// Serves from the constructor to stop(), on threads of its own. Any thread.
class Server {
public:
    /// `ledger` must outlive it. Throws InvalidArgument for options that are out of range, and
    /// StorageError where an address cannot be listened at.
    Server(Ledger& ledger, const ServerOptions& options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Takes no connection and no call any more, answers those that were begun (for at most ten
    /// seconds), and closes. Idempotent.
    void stop();
    /// Where it listens on TCP, and with TLS; 0: nowhere.
    std::uint16_t tcp_port() const noexcept;
    std::uint16_t tls_port() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::rpc
