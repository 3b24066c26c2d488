// The threads that answer queries, so that the event loop never reads a file. Invariant: queries of
// different principals take turns, and of one principal those about different accounts; every query
// that was asked is answered or, when the workers stop, dropped, in which case its promise fails.
#pragma once

#include "rpc/failure.hpp"
#include "rpc/mailbox.hpp"
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
    /// `mailbox` is that of the loop.
    Workers(unsigned threads, Mailbox& mailbox);
    /// Waits for the queries under way.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Asks on a worker, and answers in the loop's thread. `question` is destroyed on a worker and
    /// may throw.
    template <class Question>
    auto ask(Principal& principal, Question question, std::uint64_t lane = 0) {
        using Answer = std::invoke_result_t<Question&>;
        auto pair = kj::newPromiseAndFulfiller<Answer>();
        put(principal, lane,
            [this, question = std::move(question), to = kj::mv(pair.fulfiller)]() mutable {
                try {
                    Answer answer = question();
                    mailbox_.put([to = kj::mv(to), answer = std::move(answer)]() mutable {
                        to->fulfill(std::move(answer));
                    });
                } catch (const std::exception& failure) {
                    mailbox_.put([to = kj::mv(to), exception = to_kj(failure)]() mutable {
                        to->reject(kj::mv(exception));
                    });
                }
            });
        return kj::mv(pair.promise);
    }

private:
    using Task = kj::Function<void()>;

    void put(Principal& principal, std::uint64_t lane, Task task);
    void work();

    Mailbox& mailbox_;
    std::mutex mutex_;
    std::condition_variable filled_;
    RoundRobin<Principal, kj::Own<Task>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace ledger::rpc
