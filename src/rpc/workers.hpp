// The threads that answer queries, so that the event loop never reads a file. Invariant: queries of
// different principals take turns; every query that was asked is answered or, when the workers
// stop, dropped, in which case its promise fails.
#pragma once

#include "rpc/failure.hpp"
#include "rpc/principals.hpp"
#include "rpc/round_robin.hpp"

#include <kj/async.h>
#include <kj/function.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace ledger::rpc {

class Workers {
public:
    explicit Workers(unsigned threads);
    /// Waits for the queries under way.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Asks on a worker; the promise belongs to the thread of the caller's event loop. `question`
    /// is destroyed on a worker and may throw.
    template <class Question>
    auto ask(Principal& principal, Question question) {
        using Answer = std::invoke_result_t<Question&>;
        auto pair = kj::newPromiseAndCrossThreadFulfiller<Answer>();
        put(principal, [question = std::move(question), to = kj::mv(pair.fulfiller)]() mutable {
            try {
                to->fulfill(question());
            } catch (const std::exception& failure) {
                to->reject(to_kj(failure));
            }
        });
        return kj::mv(pair.promise);
    }

private:
    using Task = kj::Function<void()>;

    void put(Principal& principal, Task task);
    void work();

    std::mutex mutex_;
    std::condition_variable filled_;
    RoundRobin<Principal, kj::Own<Task>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace ledger::rpc
