// What the callers of one submission wait for together. Invariant: given once; whoever waits sees
// all results.
#pragma once

#include "ledger/model/outcome.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ledger::engine {

/// Shared by the submission and those who wait: the last of them frees it. A futex, so that one
/// call of the committing thread wakes them all without a lock that they would queue for.
/// (std::atomic::wait of g++ 12 can lose a wake-up.)
class Answer {
public:
    void give(std::vector<Result>&& results) noexcept {
        results_ = std::move(results);
        given_.store(1, std::memory_order_release);
        futex(FUTEX_WAKE_PRIVATE, INT_MAX);
    }
    std::span<const Result> wait() noexcept {
        while (given_.load(std::memory_order_acquire) == 0) futex(FUTEX_WAIT_PRIVATE, 0);
        return results_;
    }

private:
    void futex(int operation, int value) noexcept {
        static_assert(sizeof given_ == sizeof(std::uint32_t));
        ::syscall(SYS_futex, &given_, operation, value, nullptr, nullptr, 0);
    }

    std::atomic<std::uint32_t> given_{0};
    std::vector<Result> results_;
};

}  // namespace ledger::engine
