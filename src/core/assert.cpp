// The end of a process whose invariant broke.
#include "ledger/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace ledger::detail {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(
        stderr,
        "ledger: broken invariant: %s\n  at %s:%d\n"
        "  The process stops so that the damage does not become durable. Keep the ledger's "
        "files, run `ledgerctl verify`, and report this line.\n",
        condition, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace ledger::detail
