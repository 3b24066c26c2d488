// What the tests of serving share: a ledger that is served from this process over a Unix socket,
// its principals and clients. Invariant: what it leaves behind is nothing.
#pragma once

#include "ledger/client.hpp"
#include "rpc/server.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace ledger::test {

/// Each a line of `printf NAME-secret | sha256sum`.
inline constexpr const char* payments_digest =
    "4f0938f57dfad477b830b19b35123e3ccbcd05c24fc4da129ba1c9382975cfc1";
inline constexpr const char* reporting_digest =
    "c980fa86e43fd26b9bba4f8e752d2a072f3b23730c72c3791eb50878dc3b1075";
inline constexpr const char* other_digest =
    "9c0ee26e4a1fbb028187486a7ea91f81f8ab81fcf467cba75107dbd3a64244d7";

class Served {
public:
    /// The peer of this process is the operator; "payments" is a poster, "reporting" a reader,
    /// "other" a poster limited to book 2.
    explicit Served(rpc::ServerLimits limits = {})
        : ledger(Ledger::create(directory / "ledger", without_anchors())) {
        options.unix_socket = directory / "socket";
        options.tcp = "127.0.0.1:0";
        options.limits = limits;
        options.principals = {{"operator", rpc::Role::operator_role, {}, ::getuid(), {}, {}},
                              {"payments", rpc::Role::poster, {}, {}, payments_digest, {}},
                              {"reporting", rpc::Role::reader, {}, {}, reporting_digest, {}},
                              {"other", rpc::Role::poster, {BookId{2}}, {}, other_digest, {}}};
        server = std::make_unique<rpc::Server>(ledger, options);
    }

    std::string address() const { return "unix:" + options.unix_socket.string(); }
    Client connect() const { return Client::connect(address()); }
    Client connect_as(const std::string& name) const {
        return Client::connect(address(), {name, name + "-secret"});
    }

    /// So that no record comes but those that a test posts.
    static Options without_anchors() {
        Options small = small_options();
        small.digest = Digest::none;
        return small;
    }

    TemporaryDirectory directory;
    Ledger ledger;
    rpc::ServerOptions options;
    std::unique_ptr<rpc::Server> server;
};

/// A client that sends whatever bytes it likes.
class RawPeer {
public:
    explicit RawPeer(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    /// Over TCP, to this port of the machine.
    explicit RawPeer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    ~RawPeer() { ::close(fd_); }
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    bool connected() const noexcept { return connected_; }
    void send(const std::string& bytes) const {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const auto now = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (now <= 0) return;
            sent += static_cast<std::size_t>(now);
        }
    }
    /// Waits until the server closes the connection.
    void wait_for_end() const {
        const timeval longest{60, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        char buffer[4096];
        ssize_t got = 0;
        do {
            got = ::recv(fd_, buffer, sizeof buffer, 0);
        } while (got > 0);
        if (got < 0 && errno == EAGAIN) ADD_FAILURE() << "the server did not close it";
    }

private:
    int fd_;
    bool connected_ = false;
};

}  // namespace ledger::test
