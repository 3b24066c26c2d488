// See workers.hpp.
#include "rpc/workers.hpp"

#include "ledger/core/thread.hpp"

namespace ledger::rpc {

Workers::Workers(unsigned threads, Mailbox& mailbox) : mailbox_(mailbox) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.push_back(start_thread("ledger-query", [this] { work(); }));
    }
}

Workers::~Workers() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Workers::put(Principal& principal, std::uint64_t lane, Task task) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push(&principal, kj::heap(kj::mv(task)), lane);
    }
    filled_.notify_one();
}

void Workers::work() {
    const auto anybody = [](const Principal&, const auto&) { return true; };
    for (;;) {
        kj::Own<Task> task;
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            if (stopping_) return;
            Principal* whose = nullptr;
            waiting_.pop(task, whose, anybody);
        }
        (*task)();
    }
}

}  // namespace ledger::rpc
