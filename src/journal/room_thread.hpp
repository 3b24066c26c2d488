// The thread that prepares room ahead when appends ask for it. Invariant: it sleeps unless it was
// woken, and has ended when this has.
#pragma once

#include "ledger/core/thread.hpp"
#include "ledger/storage/room_ahead.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace ledger::journal::detail {

class RoomThread {
public:
    /// `room` must outlive it. A forked child must not destroy it: the thread is not there to be
    /// joined.
    explicit RoomThread(storage::RoomAhead& room)
        : room_(room), thread_(start_thread("ledger-room", [this] { run(); })) {}
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

    /// Held during a commit: the file is locked for every write, and zeros then wait rather than
    /// commits. Not for ever: a busy disk would never be ahead.
    class Pause {
    public:
        explicit Pause(RoomThread* thread) noexcept : thread_(thread) {
            if (thread_ != nullptr) thread_->is_committing_.store(true, std::memory_order_relaxed);
        }
        ~Pause() {
            if (thread_ == nullptr) return;
            thread_->is_committing_.store(false, std::memory_order_relaxed);
            if (thread_->is_yielding_.load(std::memory_order_relaxed)) thread_->woken_.notify_one();
        }
        Pause(const Pause&) = delete;
        Pause& operator=(const Pause&) = delete;

    private:
        RoomThread* thread_;
    };

private:
    static constexpr auto pause_max = std::chrono::milliseconds{10};

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            woken_.wait(lock, [this] { return is_awake_ || is_stopping_; });
            if (is_stopping_) return;
            // A notification that slips through between check and wait costs no more than the
            // longest pause.
            is_yielding_.store(true, std::memory_order_relaxed);
            woken_.wait_for(lock, pause_max, [this] {
                return is_stopping_ || !is_committing_.load(std::memory_order_relaxed);
            });
            is_yielding_.store(false, std::memory_order_relaxed);
            if (is_stopping_) return;
            is_awake_ = false;
            lock.unlock();
            const bool has_more = room_.step();
            lock.lock();
            if (has_more) is_awake_ = true;  // and where wake() came meanwhile, it stays
        }
    }

    storage::RoomAhead& room_;
    std::mutex mutex_;
    std::condition_variable woken_;
    std::atomic<bool> is_committing_ = false;
    std::atomic<bool> is_yielding_ = false;
    bool is_awake_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace ledger::journal::detail
