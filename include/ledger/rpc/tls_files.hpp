// The files behind one end of a TLS connection, as servers and clients are given them.
#pragma once

#include <filesystem>

namespace ledger::rpc {

/// All PEM; both ends have all three.
struct TlsFiles {
    std::filesystem::path certificate;  ///< of this end, with those between it and the authority
    std::filesystem::path key;          ///< of this end, not encrypted: mind who can read it
    std::filesystem::path authority;    ///< whose certificates are taken from the other end
};

}  // namespace ledger::rpc
