// TLS for the sockets of a served ledger. Invariant: both ends show a certificate of an authority
// that the other one was told to trust, and of no other; nothing older than TLS 1.2 is spoken.
#pragma once

#include "ledger/rpc/tls_files.hpp"

#include <kj/compat/tls.h>

#include <memory>
#include <string>

namespace ledger::rpc {

/// A server's, which asks clients for their certificates. Throws InvalidArgument naming the file
/// that cannot be used.
std::unique_ptr<kj::TlsContext> make_server_context(const TlsFiles& files);
/// A client's.
std::unique_ptr<kj::TlsContext> make_client_context(const TlsFiles& files);

/// What kj::TlsContext::wrapServer gives for the peer of a server of make_server_context().
std::string common_name_of(kj::PeerIdentity& peer);

}  // namespace ledger::rpc
