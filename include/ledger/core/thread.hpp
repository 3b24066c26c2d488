// The threads that a ledger starts inside its host. Invariant: they leave signals to the host's own
// threads.
#pragma once

#include <functional>
#include <thread>

namespace ledger {

/// Starts a thread under a name of at most 15 bytes. It takes no signal but those of its own faults
/// and SIGPROF: handlers of the host run on the host's threads, and a write beyond the file size
/// limit is an error (EFBIG) here instead of the end of the process. Throws std::system_error.
std::thread start_thread(const char* name, std::function<void()> body);

}  // namespace ledger
