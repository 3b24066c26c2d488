// See listen.hpp.
#include "rpc/listen.hpp"

#include "ledger/core/error.hpp"
#include "ledger/rpc/error.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace ledger::rpc {

namespace {

constexpr int backlog = 1024;
constexpr std::string_view unix_prefix = "unix:";

/// A descriptor until it is released.
class Socket {
public:
    explicit Socket(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::string reason() { return std::strerror(errno); }

Address unix_address(const std::string& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof to.sun_path) {
        throw InvalidArgument("the path of a Unix socket has 1 to " +
                              std::to_string(sizeof to.sun_path - 1) + " bytes, \"" + path +
                              "\" has " + std::to_string(path.size()) + "; choose a shorter one");
    }
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    Address address;
    std::memcpy(&address.storage, &to, sizeof to);
    address.size = sizeof to;
    return address;
}

template <class SocketAddress>
Address tcp_address_of(const SocketAddress& from) {
    Address address;
    std::memcpy(&address.storage, &from, sizeof from);
    address.size = sizeof from;
    return address;
}

struct HostAndPort {
    std::string host;
    std::uint16_t port = 0;
};

/// "HOST:PORT", an IPv6 address in brackets, which are left out.
std::optional<HostAndPort> split_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    HostAndPort parts{std::string(text.substr(0, colon)), 0};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, parts.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
    std::string& host = parts.host;
    const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (in_brackets) host = host.substr(1, host.size() - 2);
    if (host.empty() || in_brackets != (host.find(':') != std::string::npos)) return {};
    return parts;
}

std::optional<Address> numeric_address(const HostAndPort& from) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(from.port);
    if (::inet_pton(AF_INET, from.host.c_str(), &v4.sin_addr) == 1) return tcp_address_of(v4);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(from.port);
    if (::inet_pton(AF_INET6, from.host.c_str(), &v6.sin6_addr) == 1) return tcp_address_of(v6);
    return {};
}

bool is_loopback(const Address& address) {
    if (address.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address.storage, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address.storage, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

Address tcp_address(const std::string& text, Reach reach) {
    const auto parts = split_address(text);
    const auto address = parts ? numeric_address(*parts) : std::nullopt;
    if (address && (reach == Reach::network || is_loopback(*address))) return *address;
    throw InvalidArgument(
        "\"" + text + "\" is no address " +
        (reach == Reach::network
             ? "to listen at; write ADDRESS:PORT with one of this machine's addresses, 0.0.0.0 or "
               "[::]"
             : "to listen at or connect to; write 127.0.0.1:PORT, [::1]:PORT or unix:PATH: nothing "
               "is encrypted, so it does not leave the machine; with TLS it may"));
}

bool somebody_listens(const Address& address) {
    const Socket probe(AF_UNIX);
    return ::connect(probe.get(), address.get(), address.size) == 0 || errno == EAGAIN;
}

void bind_and_listen(const Socket& socket, const Address& address, const std::string& name) {
    if (::bind(socket.get(), address.get(), address.size) == 0 &&
        ::listen(socket.get(), backlog) == 0) {
        return;
    }
    throw StorageError("cannot listen at " + name + ": " + reason() +
                       "; choose another address, or stop who has it");
}

void send_at_once(const Socket& socket) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

[[noreturn]] void refuse_connection(const std::string& to, const std::string& why) {
    throw ConnectionError("cannot connect to " + to + ": " + why +
                          "; is ledgerd running, and does it listen there?");
}

bool connects(const Socket& socket, const sockaddr* to, socklen_t size) {
    return ::connect(socket.get(), to, size) == 0;
}

/// To the first of the host's addresses that answers.
int connect_with_names(const std::string& text) {
    const auto parts = split_address(std::string_view(text).substr(tls_prefix.size()));
    if (!parts) {
        throw InvalidArgument("\"" + text + "\" is no address to connect to; write tls:HOST:PORT");
    }
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    const int failure =
        ::getaddrinfo(parts->host.c_str(), std::to_string(parts->port).c_str(), &wanted, &first);
    if (failure != 0) refuse_connection(text, ::gai_strerror(failure));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
    std::string why;
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        Socket socket(one->ai_family);
        if (connects(socket, one->ai_addr, one->ai_addrlen)) {
            send_at_once(socket);
            return socket.release();
        }
        why = reason();
    }
    refuse_connection(text, why);
}

}  // namespace

int listen_unix(const std::filesystem::path& path) {
    const Address address = unix_address(path.string());
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode) || somebody_listens(address)) {
            throw StorageError("cannot listen at " + path.string() +
                               ": something is there, and it is " +
                               (S_ISSOCK(found.st_mode) ? "a socket in use" : "no socket") +
                               "; choose another path, or stop who has it");
        }
        ::unlink(path.c_str());
    }
    Socket socket(AF_UNIX);
    ::fchmod(socket.get(), 0660);  // so it is never there with other rights
    bind_and_listen(socket, address, path.string());
    ::chmod(path.c_str(), 0660);
    return socket.release();
}

int listen_tcp(const std::string& text, Reach reach, std::uint16_t& port) {
    const Address address = tcp_address(text, reach);
    Socket socket(address.storage.ss_family);
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bind_and_listen(socket, address, text);
    Address bound;
    bound.size = sizeof bound.storage;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
    // The port stands at the same place in both families.
    port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
    return socket.release();
}

std::string tls_host(std::string_view address) {
    if (!address.starts_with(tls_prefix)) return {};
    const auto parts = split_address(address.substr(tls_prefix.size()));
    return parts ? parts->host : std::string();
}

int connect_to(const std::string& text) {
    if (text.starts_with(tls_prefix)) return connect_with_names(text);
    const bool is_unix = text.starts_with(unix_prefix);
    const Address address =
        is_unix ? unix_address(text.substr(unix_prefix.size())) : tcp_address(text, Reach::machine);
    Socket socket(address.storage.ss_family);
    if (!connects(socket, address.get(), address.size)) refuse_connection(text, reason());
    if (!is_unix) send_at_once(socket);
    return socket.release();
}

}  // namespace ledger::rpc
