// The thread that prepares room ahead when appends ask for it. Invariant: it sleeps unless it was
// woken, and has ended when this has.
#pragma once

#include "ledger/storage/room_ahead.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace ledger::journal::detail {

class RoomThread {
public:
    /// `room` must outlive it. A forked child must not destroy it: the thread is not there to be
    /// joined.
    explicit RoomThread(storage::RoomAhead& room) : room_(room), thread_([this] { run(); }) {}
    ~RoomThread() {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
        }
        woken_.notify_one();
        thread_.join();
    }
    RoomThread(const RoomThread&) = delete;
    RoomThread& operator=(const RoomThread&) = delete;

    void wake() {
        {
            const std::lock_guard lock(mutex_);
            is_awake_ = true;
        }
        woken_.notify_one();
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            woken_.wait(lock, [this] { return is_awake_ || is_stopping_; });
            if (is_stopping_) return;
            lock.unlock();
            const bool has_more = room_.step();
            lock.lock();
            is_awake_ = has_more;
        }
    }

    storage::RoomAhead& room_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_awake_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace ledger::journal::detail
