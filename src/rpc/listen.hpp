// Sockets that listen. Invariant: what is returned is bound, listens and is closed on exec; a Unix
// socket that nobody listens at any more is replaced, one that somebody listens at is not; TCP is
// loopback alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ledger::rpc {

/// The descriptor, which the caller closes. Its owner and group alone can connect. Throws
/// StorageError, InvalidArgument.
int listen_unix(const std::filesystem::path& path);
/// "127.0.0.1:7017", "[::1]:7017"; port 0: any. The port is put into `port`.
int listen_tcp(const std::string& address, std::uint16_t& port);

/// Connects, for the client's side: "unix:PATH", or as above. Throws ConnectionError.
int connect_to(const std::string& address);

}  // namespace ledger::rpc
