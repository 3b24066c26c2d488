// The kernel's randomness.
#include "ledger/core/random.hpp"

#include "ledger/core/error.hpp"

#include <sys/random.h>
#include <cerrno>
#include <cstring>
#include <string>

namespace ledger {

std::uint64_t SystemRandom::next() {
    std::uint64_t bits = 0;
    // Up to 256 bytes come whole or not at all; a signal can only interrupt the wait at boot.
    while (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
        if (errno == EINTR) continue;
        throw StorageError(std::string("getrandom: ") + std::strerror(errno) +
                           "; allow the system call, or give a random source of your own");
    }
    return bits;
}

}  // namespace ledger
