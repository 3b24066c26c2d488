// See mailbox.hpp. An eventfd and a std::mutex, where kj has executors: one wake-up for many
// answers.
#include "rpc/mailbox.hpp"

#include "ledger/core/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace ledger::rpc {

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) {
        throw StorageError(
            "no eventfd: the process has as many files open as it may; raise that "
            "(ulimit -n, LimitNOFILE=)");
    }
}

Mailbox::~Mailbox() { ::close(fd_); }

void Mailbox::put(kj::Function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(kj::mv(task));
        if (std::exchange(is_woken_, true)) return;
    }
    const std::uint64_t one = 1;
    // It fails only where the counter is full, and then the loop is woken anyway.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Mailbox::run_all() {
    std::vector<kj::Function<void()>> tasks;
    {
        const std::lock_guard lock(mutex_);
        is_woken_ = false;
        tasks.swap(tasks_);
    }
    for (auto& task : tasks) task();
}

kj::Promise<void> Mailbox::listen(kj::AsyncInputStream& woken) {
    auto count = kj::heap<std::uint64_t>();
    auto read = woken.read(count.get(), sizeof *count);
    return read.attach(kj::mv(count)).then([this, &woken] {
        run_all();
        return listen(woken);
    });
}

kj::Promise<void> Mailbox::run(kj::LowLevelAsyncIoProvider& io) {
    auto woken = io.wrapInputFd(fd_, kj::LowLevelAsyncIoProvider::ALREADY_NONBLOCK |
                                         kj::LowLevelAsyncIoProvider::ALREADY_CLOEXEC);
    auto listening = listen(*woken);
    return listening.attach(kj::mv(woken));
}

}  // namespace ledger::rpc
