// How other threads hand work to the thread of an event loop. Invariant: what is put in runs in the
// loop's thread, in the order of putting, once; nobody waits for anybody; many tasks that are put
// in while the loop is busy wake it once.
#pragma once

#include <kj/async-io.h>
#include <kj/async.h>
#include <kj/function.h>

#include <mutex>
#include <vector>

namespace ledger::rpc {

/// Nothing of kj but tasks crosses threads: promises and fulfillers stay, or travel in a task and
/// come back in one. May outlive the loop; what is put in then does not run.
class Mailbox {
public:
    Mailbox();
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    /// Any thread.
    void put(kj::Function<void()> task);
    /// The loop's thread: runs what comes in; never ends by itself. A task that throws ends it.
    kj::Promise<void> run(kj::LowLevelAsyncIoProvider& io);
    /// The loop's thread: runs what is in it now.
    void run_all();

private:
    kj::Promise<void> listen(kj::AsyncInputStream& woken);

    const int fd_;  ///< an eventfd that is readable while the loop is wanted
    std::mutex mutex_;
    std::vector<kj::Function<void()>> tasks_;
    bool is_woken_ = false;
};

}  // namespace ledger::rpc
