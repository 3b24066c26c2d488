// The capabilities that post, log in and revoke; reading ones are in reading.cpp.
#include "rpc/session.hpp"

#include "ledger/rpc/error.hpp"
#include "rpc/wire.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ledger::rpc {

namespace {

constexpr std::size_t spare_batches_max = 8;

/// What the engine gave for a batch, and the batch itself for its memory.
struct Posted {
    std::vector<Result> results;
    Batch batch;
};

/// One that has passed already is as near as one can be.
Deadline deadline_from(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return {};
    constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365};
    return std::chrono::steady_clock::now() +
           std::min(longest, std::chrono::nanoseconds(std::max<std::int64_t>(nanoseconds, 0)));
}

class PosterService final : public wire::Poster::Server {
public:
    explicit PosterService(SessionPtr session) : session_(std::move(session)) {}

    kj::Promise<void> post(PostContext context) override {
        return session_->call([&] {
            const auto bytes = bytes_from(context.getParams().getBatch());
            const Deadline deadline = deadline_from(context.getParams().getDeadline());
            const record::TravellingHead head = record::head_of_travelled(bytes);
            return serving()
                .in_time(rates().records, head.records)
                .then([this, head] {
                    return serving().turns.enter(session_->principal, head.records, head.accounts);
                })
                .then([this, context, bytes, deadline](kj::Own<Turns::Turn> turn) mutable {
                    return speaking_kj(
                        [&] { return begin(context, bytes, deadline).attach(kj::mv(turn)); });
                });
        });
    }

    kj::Promise<void> dryRun(DryRunContext context) override {
        return session_->call([&] {
            Batch batch = decoded(bytes_from(context.getParams().getBatch()));
            const std::size_t records = batch.size();
            return serving()
                .in_time(rates().records, records)
                .then([session = session_, batch = std::move(batch)]() mutable {
                    return session->serving.workers.ask(
                        session->principal, [session, batch = std::move(batch)]() mutable {
                            check(*session, batch);
                            return session->serving.ledger.dry_run(std::move(batch));
                        });
                })
                .then([context](std::vector<Result> results) mutable { answer(context, results); });
        });
    }

private:
    Serving& serving() noexcept { return session_->serving; }
    Serving::Rates& rates() { return serving().rates_of(session_->principal); }

    /// On a worker, where a view may be needed.
    static void check(Session& session, const Batch& batch) {
        if (!session.principal.needs_view(batch)) {
            session.principal.check_post(batch, nullptr);
            return;
        }
        const View view = session.serving.ledger.view();
        session.principal.check_post(batch, &view);
    }

    Batch decoded(std::span<const std::byte> bytes) {
        Batch batch;
        std::vector<Batch>& spare = serving().spare_batches;
        if (!spare.empty()) {
            batch = std::move(spare.back());
            spare.pop_back();
        }
        record::decode_travelled(bytes, batch);
        check_natural_ids(batch);
        return batch;
    }

    void reuse(Batch&& batch) {
        std::vector<Batch>& spare = serving().spare_batches;
        if (spare.size() < spare_batches_max) spare.push_back(std::move(batch));
    }

    /// Its turn has come.
    kj::Promise<void> begin(PostContext context, std::span<const std::byte> bytes,
                            const Deadline& deadline) {
        session_->check_open();
        Batch batch = decoded(bytes);
        context.releaseParams();
        if (!session_->principal.needs_view(batch)) {
            check(*session_, batch);
            return submit(context, std::move(batch), deadline);
        }
        return serving()
            .workers
            .ask(session_->principal,
                 [session = session_, batch = std::move(batch)]() mutable {
                     check(*session, batch);
                     return std::move(batch);
                 })
            .then([this, context, deadline](Batch checked) mutable {
                return speaking_kj([&] { return submit(context, std::move(checked), deadline); });
            });
    }

    kj::Promise<void> submit(PostContext context, Batch batch, Deadline deadline) {
        auto pair = kj::newPromiseAndFulfiller<Posted>();
        bool handed_over = false;
        try {
            handed_over = hand_over(batch, deadline, kj::mv(pair.fulfiller));
        } catch (const PoisonedError&) {
            serving().poisoned();
            throw;
        }
        if (!handed_over) {
            Result overloaded;
            overloaded.outcome = Outcome::overloaded;
            answer(context, std::vector<Result>(batch.size(), overloaded));
            reuse(std::move(batch));
            return kj::READY_NOW;
        }
        return pair.promise.then([this, context](Posted posted) mutable {
            answer(context, posted.results);
            const auto is_unknown = [](const Result& result) {
                return result.outcome == Outcome::outcome_unknown;
            };
            if (std::ranges::any_of(posted.results, is_unknown)) serving().poisoned();
            reuse(std::move(posted.batch));
            serving().committed();
        });
    }

    /// To the engine, whose committing thread answers through the mailbox. A record alone shares
    /// the engine's submission with those of others.
    bool hand_over(Batch& batch, Deadline deadline,
                   kj::Own<kj::PromiseFulfiller<Posted>> fulfiller) {
        using Fulfiller = kj::Own<kj::PromiseFulfiller<Posted>>;
        // std::function wants to be copied. The fulfiller leaves it when it is called, so that it
        // is not let go on the committing thread.
        const auto to = std::make_shared<Fulfiller>(kj::mv(fulfiller));
        const auto tell = [to, mailbox = serving().mailbox](Posted posted) {
            mailbox->put([fulfiller = kj::mv(*to), posted = std::move(posted)]() mutable {
                fulfiller->fulfill(std::move(posted));
            });
        };
        if (batch.size() == 1 && !deadline) {
            return serving().ledger.post_async(batch, [tell](const Result& result) {
                tell({{result}, {}});
            });
        }
        return serving().ledger.post_async(
            batch,
            [tell](std::span<const Result> results, Batch&& done) {
                tell({{results.begin(), results.end()}, std::move(done)});
            },
            deadline);
    }

    template <class Context>
    static void answer(Context& context, const std::vector<Result>& results) {
        const auto count = static_cast<unsigned>(results.size());
        constexpr std::size_t words = capnp::sizeInWords<wire::Result>();
        write_all(context.getResults(capnp::MessageSize{count * words + 16, 0}).initResults(count),
                  results);
    }

    const SessionPtr session_;
};

class OperatorService final : public wire::Operator::Server {
public:
    explicit OperatorService(SessionPtr session) : session_(std::move(session)) {}

    kj::Promise<void> revoke(RevokeContext context) override {
        return session_->call([&]() -> kj::Promise<void> {
            if (session_->principal.is_limited()) {
                throw AccessError("the principal " + session_->principal.name() +
                                  " is limited to books, and revoking concerns all of them");
            }
            const std::string name = text_from(context.getParams().getPrincipal());
            const bool found = session_->serving.principals.revoke(name);
            if (const auto& logger = session_->serving.options.logger; logger && found) {
                logger->warn("principal {}: revoked by {}", name, session_->principal.name());
            }
            context.getResults().setFound(found);
            return kj::READY_NOW;
        });
    }

private:
    const SessionPtr session_;
};

class GateService final : public wire::Gate::Server {
public:
    GateService(Serving& serving, std::shared_ptr<Connection> connection)
        : serving_(serving), connection_(std::move(connection)) {}

    kj::Promise<void> login(LoginContext context) override {
        return speaking_kj([&]() -> kj::Promise<void> {
            const auto params = context.getParams();
            if (params.getVersion() == 0 || params.getVersion() > wire::PROTOCOL_VERSION) {
                throw UsageError("the client speaks version " +
                                 std::to_string(params.getVersion()) +
                                 " of the protocol, this server up to " +
                                 std::to_string(wire::PROTOCOL_VERSION) + "; use a newer server");
            }
            if (connection_->is_logged_in()) {
                throw UsageError(
                    "this connection is logged in already; open another one for another login");
            }
            Principal& principal = identify(text_from(params.getPrincipal()), params.getToken());
            connection_->log_in();
            if (serving_.options.logger) {
                serving_.options.logger->info("connection {}: {} logged in", connection_->peer(),
                                              principal.name());
            }
            describe(std::make_shared<Session>(serving_, connection_, principal),
                     context.getResults().initSession());
            return kj::READY_NOW;
        });
    }

private:
    Principal& identify(const std::string& name, capnp::Data::Reader token) {
        try {
            const PeerProof& proof = connection_->proof();
            // Over TLS the certificate tells, and no token is taken instead.
            if (proof.certificate || (name.empty() && token.size() == 0)) {
                return serving_.principals.of_peer(proof);
            }
            return serving_.principals.of_token(
                name, {reinterpret_cast<const char*>(token.begin()), token.size()});
        } catch (const AccessError&) {
            if (serving_.options.logger) {
                serving_.options.logger->warn("connection {}: login refused", connection_->peer());
            }
            throw;
        }
    }

    void describe(SessionPtr session, wire::Session::Builder to) {
        to.setVersion(wire::PROTOCOL_VERSION);
        to.setPrincipal(text_of(session->principal.name()));
        to.setMessageBytesMax(serving_.options.limits.message_bytes_max);
        to.setReader(make_reader(session));
        if (session->principal.role() >= Role::poster) to.setPoster(make_poster(session));
        if (session->principal.role() >= Role::operator_role) {
            to.setOperator(make_operator(session));
        }
    }

    Serving& serving_;
    const std::shared_ptr<Connection> connection_;
};

}  // namespace

void Session::check_open() const {
    if (serving.stopping) {
        throw UnavailableError(
            "the server is stopping; nothing was done: try again when it is back");
    }
    principal.check_alive();
}

Serving::Rates& Serving::rates_of(const Principal& principal) {
    const PrincipalOptions& may = principal.options();
    return rates_
        .try_emplace(&principal, Rates{Rate(may.records_per_second), Rate(may.queries_per_second)})
        .first->second;
}

kj::Promise<void> Serving::in_time(Rate& rate, std::uint64_t count) {
    return wait_until(timer.now() + rate.reserve(timer.now(), count));
}

/// In pieces, so that a server that stops need not wait as long.
kj::Promise<void> Serving::wait_until(kj::TimePoint then) {
    const kj::TimePoint now = timer.now();
    if (now >= then || stopping) return kj::READY_NOW;
    return timer.afterDelay(kj::min(then - now, 100 * kj::MILLISECONDS)).then([this, then] {
        return wait_until(then);
    });
}

void Serving::poisoned() {
    if (std::exchange(told_of_poison_, true)) return;
    if (options.logger) options.logger->error("the writer is poisoned: no post is taken any more");
    if (options.on_poisoned) options.on_poisoned();
}

kj::Promise<void> Serving::next_commit() {
    std::erase_if(commit_waiters_, [](auto& waiter) { return !waiter->isWaiting(); });
    auto pair = kj::newPromiseAndFulfiller<void>();
    commit_waiters_.push_back(kj::mv(pair.fulfiller));
    return kj::mv(pair.promise);
}

void Serving::committed() {
    for (auto& waiter : std::exchange(commit_waiters_, {})) waiter->fulfill();
}

wire::Poster::Client make_poster(SessionPtr session) {
    return kj::heap<PosterService>(std::move(session));
}
wire::Operator::Client make_operator(SessionPtr session) {
    return kj::heap<OperatorService>(std::move(session));
}
wire::Gate::Client make_gate(Serving& serving, std::shared_ptr<Connection> connection) {
    return kj::heap<GateService>(serving, std::move(connection));
}

}  // namespace ledger::rpc
