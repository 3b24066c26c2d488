// A record that the engine posts for itself, off the posting thread, and what becomes of it.
// Invariant: one is under way at a time, and its outcome is told once.
#pragma once

#include "engine/queue.hpp"

#include "ledger/model/outcome.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

namespace ledger::engine {

/// One thread; the answer comes on the committing thread.
class OwnPost {
public:
    /// Submits the batch's one record; false where the queue is full or closed. Not while one is
    /// under way.
    bool submit(Queue& queue, Batch& batch) {
        auto answer = std::make_shared<Answer>();
        const BatchDone done = [answer](std::span<const Result> results, Batch&&) {
            answer->outcome = results.front().outcome;
            answer->told.store(true, std::memory_order_release);
        };
        if (!queue.submit_own(batch, done)) return false;
        answer_ = std::move(answer);
        return true;
    }
    /// Whether the answer is still to come.
    bool is_waiting() const noexcept {
        return answer_ != nullptr && !answer_->told.load(std::memory_order_acquire);
    }
    /// What became of it, told once; nothing where there is none, or the answer is still to come.
    std::optional<Outcome> take_outcome() {
        if (answer_ == nullptr || is_waiting()) return std::nullopt;
        return std::exchange(answer_, nullptr)->outcome;
    }

private:
    struct Answer {
        Outcome outcome = Outcome::accepted;
        std::atomic<bool> told{false};
    };
    std::shared_ptr<Answer> answer_;
};

}  // namespace ledger::engine
