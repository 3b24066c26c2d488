// How other threads hand work to the thread of an event loop. Invariant: what is put in runs in the
// loop's thread, in the order of putting, once; nobody waits for anybody.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <mutex>
#include <vector>

namespace ledger::rpc {

class Mailbox {
public:
    /// Any thread, as long as the mailbox lives.
    void put(kj::Function<void()> task);
    /// The loop's thread: runs what comes in; never ends by itself. A task that throws ends it.
    kj::Promise<void> run();
    /// The loop's thread: runs what is in it now.
    void run_all();

private:
    using Wake = kj::Own<kj::CrossThreadPromiseFulfiller<void>>;

    std::mutex mutex_;
    std::vector<kj::Function<void()>> tasks_;
    kj::Maybe<Wake> sleeper_;  ///< the loop waits for it
};

}  // namespace ledger::rpc
