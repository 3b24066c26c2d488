// Sockets that listen. Invariant: what is returned is bound, listens and is closed on exec; a Unix
// socket that nobody listens at any more is replaced, one that somebody listens at is not; TCP
// without TLS is loopback alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace ledger::rpc {

/// The descriptor, which the caller closes. Its owner and group alone can connect. Throws
/// StorageError, InvalidArgument.
int listen_unix(const std::filesystem::path& path);
/// How far a TCP socket reaches.
enum class Reach {
    machine,  ///< loopback: "127.0.0.1:7017", "[::1]:7017"
    network   ///< whatever address the machine has: "0.0.0.0:7018", "[::]:7018"
};
/// Port 0: any. The port is put into `port`.
int listen_tcp(const std::string& address, Reach reach, std::uint16_t& port);

inline constexpr std::string_view tls_prefix = "tls:";
/// The host of "tls:HOST:PORT", without the brackets of an IPv6 address; empty: it is no such
/// address.
std::string tls_host(std::string_view address);

/// Connects, for the client's side: "unix:PATH", a loopback address, or "tls:HOST:PORT", where TLS
/// is still to begin. Throws ConnectionError, InvalidArgument.
int connect_to(const std::string& address);

}  // namespace ledger::rpc
