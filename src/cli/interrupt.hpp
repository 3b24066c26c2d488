// Ctrl-C as a request. Invariant: the first one is only noted, so that the command stops at a safe
// place; a second one kills.
#pragma once

#include <csignal>

namespace ledger::cli {

/// While it lives, an interrupt (SIGINT) is noted. One at a time.
class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

    /// Whether one came since the watch began.
    static bool is_interrupted() noexcept;

private:
    struct sigaction previous_ {};
};

}  // namespace ledger::cli
