// The handler of SIGINT.
#include "cli/interrupt.hpp"

#include <atomic>

namespace ledger::cli {

namespace {

std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

}  // namespace

InterruptWatch::InterruptWatch() {
    was_interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { was_interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &previous_);
}

InterruptWatch::~InterruptWatch() { sigaction(SIGINT, &previous_, nullptr); }

bool InterruptWatch::is_interrupted() noexcept { return was_interrupted; }

}  // namespace ledger::cli
