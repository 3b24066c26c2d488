// A principal that is logged in on a connection: how its calls begin. Invariant: no call does
// anything before the principal is known to be alive, and each counts against its connection until
// it is answered.
#pragma once

#include "rpc/serving.hpp"

#include <optional>
#include <utility>

namespace ledger::rpc {

struct Session : std::enable_shared_from_this<Session> {
    Session(Serving& served, std::shared_ptr<Connection> peer, Principal& who)
        : serving(served), connection(std::move(peer)), principal(who) {}

    /// Runs `begin`, which returns a promise, as a call. Throws what kj understands.
    template <class Begin>
    kj::Promise<void> call(Begin begin) {
        return speaking_kj([&]() -> kj::Promise<void> {
            check_open();
            auto under_way = kj::heap<Connection::Call>(connection, serving.calls);
            kj::Promise<void> answered = begin();
            return answered.attach(kj::mv(under_way));
        });
    }

    /// Asks `question(view)` on a worker of the view at this position (0: the newest), and gives
    /// what it returns to `answer` in the loop's thread. Questions of one principal in several
    /// lanes take turns.
    template <class Question, class Answer>
    kj::Promise<void> query(std::uint64_t at, Question question, Answer answer,
                            std::uint64_t lane = 0) {
        return call([&] {
            auto ask = [self = shared_from_this(), at, question = std::move(question), lane] {
                return self->serving.workers.ask(
                    self->principal,
                    [self, at, question] {
                        const View newest = self->serving.ledger.view();
                        if (at == 0) return question(newest);
                        const View then = newest.at(Position{at});
                        return question(then);
                    },
                    lane);
            };
            return serving.in_time(serving.rates_of(principal).queries, 1)
                .then(std::move(ask))
                .then([answer = std::move(answer)](auto&& value) mutable {
                    speaking_kj([&] { answer(value); });
                });
        });
    }

    /// Throws AccessError where it was revoked, UnavailableError where the server stops.
    void check_open() const;

    Serving& serving;
    const std::shared_ptr<Connection> connection;  ///< to the client, or closed
    Principal& principal;
};

using SessionPtr = std::shared_ptr<Session>;

wire::Reader::Client make_reader(SessionPtr session);
wire::Poster::Client make_poster(SessionPtr session);
wire::Operator::Client make_operator(SessionPtr session);
/// Throws AccessError, UnavailableError. Begins a feed; the answer is its capability.
kj::Promise<wire::Feed::Client> make_feed(SessionPtr session, Position after, FeedContent content);

}  // namespace ledger::rpc
