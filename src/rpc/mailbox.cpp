// See mailbox.hpp.
#include "rpc/mailbox.hpp"

#include <utility>

namespace ledger::rpc {

void Mailbox::put(kj::Function<void()> task) {
    kj::Maybe<Wake> sleeper;
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(kj::mv(task));
        sleeper = kj::mv(sleeper_);
        sleeper_ = nullptr;
    }
    KJ_IF_MAYBE (wake, sleeper) (*wake)->fulfill();
}

void Mailbox::run_all() {
    std::vector<kj::Function<void()>> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
}

kj::Promise<void> Mailbox::run() {
    run_all();
    kj::Promise<void> woken = kj::READY_NOW;
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) {
            auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
            sleeper_ = kj::mv(pair.fulfiller);
            woken = kj::mv(pair.promise);
        }
    }
    return woken.then([this] { return run(); });
}

}  // namespace ledger::rpc
