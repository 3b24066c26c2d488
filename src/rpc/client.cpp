// The connection's thread, posting, feeds; the queries are in client_view.cpp.
#include "rpc/client_impl.hpp"

#include "ledger/core/thread.hpp"
#include "ledger/record/codec.hpp"
#include "rpc/listen.hpp"
#include "rpc/wire.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

#include <algorithm>
#include <cstring>

namespace ledger {

namespace {

/// What a message has besides the batch that it carries.
constexpr std::size_t envelope_bytes = 4096;
/// The most that an answer may have: a page of feed records with all their entries.
constexpr std::size_t answer_bytes_max = std::size_t{64} << 20;

constexpr auto handshake_takes_most = 30 * kj::SECONDS;

/// Up to where records first.. go into one message, in whole groups, and one batch.
std::size_t part_end(const Batch& batch, std::size_t first, std::size_t bytes_max) {
    record::Footprint sum = record::footprint_of_empty_batch;
    std::size_t end = first;
    while (end < batch.size()) {
        const std::size_t group_end = batch.group_end(end);
        record::Footprint group;
        for (std::size_t i = end; i < group_end; ++i) {
            group = group + record::travelling_footprint(batch, i);
        }
        sum = sum + group;
        if (sum.bytes > bytes_max || sum.records > bounds::batch_records_max ||
            sum.lines > bounds::batch_lines_max) {
            break;
        }
        end = group_end;
    }
    if (end > first) return end;
    throw InvalidArgument("record " + std::to_string(first) +
                          " of a batch, with its group, is more than one message to the server may "
                          "hold (" +
                          std::to_string(bytes_max) +
                          " bytes); raise message_bytes there, or make the group smaller");
}

/// The part as it travels.
kj::Array<capnp::byte> encode(const Batch& batch, std::size_t first, std::size_t end) {
    thread_local record::Encoder encoder;
    encoder.begin(record::Form::travelling);
    for (std::size_t i = first; i < end; ++i) encoder.add(batch, i);
    const auto bytes = encoder.finish();
    return kj::heapArray(reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size());
}

std::int64_t nanoseconds_until(const Deadline& deadline) {
    if (!deadline) return 0;
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        *deadline - std::chrono::steady_clock::now());
    return left.count() <= 0 ? -1 : left.count();
}

template <class Request>
Request with_batch(Request request, kj::ArrayPtr<const capnp::byte> bytes) {
    request.setBatch(bytes);
    return request;
}

/// Of every record of a post that failed with this.
Outcome outcome_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const UnavailableError&) {
        return Outcome::closed;
    } catch (const std::exception&) {
        return Outcome::outcome_unknown;
    }
}

capnp::MessageSize size_of(kj::ArrayPtr<const capnp::byte> bytes) {
    return {bytes.size() / sizeof(capnp::word) + 32, 0};
}

}  // namespace

// ---- the connection's thread

void Client::Impl::start(const Credentials& credentials) {
    std::promise<void> ready;
    std::future<void> is_ready = ready.get_future();
    thread = start_thread("ledger-client", [&, this] { serve(credentials, ready); });
    try {
        is_ready.get();
    } catch (...) {
        thread.join();
        throw;
    }
}

kj::Own<kj::AsyncIoStream> Client::Impl::open_stream(kj::AsyncIoContext& io) {
    auto stream =
        io.lowLevelProvider->wrapSocketFd(fd, kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP);
    if (!tls) return stream;
    auto encrypted = tls->wrapClient(kj::mv(stream), server_name.c_str());
    return io.provider->getTimer()
        .timeoutAfter(handshake_takes_most, kj::mv(encrypted))
        .wait(io.waitScope);
}

void Client::Impl::serve(const Credentials& credentials, std::promise<void>& ready) {
    namespace wire = rpc::wire;
    kj::AsyncIoContext io = kj::setupAsyncIo();
    kj::Own<kj::AsyncIoStream> stream;
    try {
        stream = open_stream(io);
    } catch (const kj::Exception& exception) {
        ready.set_exception(std::make_exception_ptr(ConnectionError(
            "no TLS connection to " + server_name + ": " + exception.getDescription().cStr())));
        return;
    }
    capnp::ReaderOptions options;
    options.traversalLimitInWords = answer_bytes_max / sizeof(capnp::word);
    capnp::TwoPartyVatNetwork network(*stream, capnp::rpc::twoparty::Side::CLIENT, options);
    auto system = capnp::makeRpcClient(network);
    capnp::MallocMessageBuilder server;
    server.initRoot<capnp::rpc::twoparty::VatId>().setSide(capnp::rpc::twoparty::Side::SERVER);
    auto stopped = kj::newPromiseAndFulfiller<void>();
    kj::TaskSet calls(*this);
    try {
        auto gate = system.bootstrap(server.getRoot<capnp::rpc::twoparty::VatId>().asReader())
                        .castAs<wire::Gate>();
        auto request = gate.loginRequest();
        request.setVersion(wire::PROTOCOL_VERSION);
        request.setPrincipal(rpc::text_of(credentials.principal));
        request.setToken(rpc::data_of(std::as_bytes(std::span(credentials.token))));
        const auto response = request.send().wait(io.waitScope);
        const auto session = response.getSession();
        principal = rpc::text_from(session.getPrincipal());
        message_bytes_max = session.getMessageBytesMax();
        may_post = session.hasPoster();
        is_operator = session.hasOperator();
        reader = session.getReader();
        poster = session.getPoster();
        operator_role = session.getOperator();
        tasks = &calls;
        stopper_ = kj::mv(stopped.fulfiller);
    } catch (const kj::Exception& exception) {
        ready.set_exception(rpc::from_kj(exception));
        return;
    }
    ready.set_value();
    stopped.promise.exclusiveJoin(mailbox.run(*io.lowLevelProvider)).wait(io.waitScope);
    mailbox.run_all();  // capabilities that were let go
    stopper_ = nullptr;
    reader = nullptr;
    poster = nullptr;
    operator_role = nullptr;
}

void Client::Impl::require(bool given, const char* what) const {
    if (given) return;
    throw AccessError("the principal " + principal + " may not " + what +
                      "; ask the server's operator for another role");
}

Client::Impl::~Impl() {
    if (!thread.joinable()) return;
    mailbox.put([this] { stopper_->fulfill(); });
    thread.join();
}

Client::Client(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Client Client::connect(const std::string& address, const Credentials& credentials) {
    std::unique_ptr<Impl> impl;
    if (address.starts_with(rpc::tls_prefix)) {
        auto context = rpc::make_client_context(credentials.tls);
        std::string name =
            credentials.server_name.empty() ? rpc::tls_host(address) : credentials.server_name;
        impl =
            std::make_unique<Impl>(rpc::connect_to(address), std::move(context), std::move(name));
    } else {
        impl = std::make_unique<Impl>(rpc::connect_to(address));
    }
    impl->start(credentials);
    return Client(std::move(impl));
}

const std::string& Client::principal() const noexcept { return impl_->principal; }

// ---- posting

std::vector<Result> Client::post(Batch batch, Deadline deadline) {
    impl_->require(impl_->may_post, "post");
    std::vector<Result> results;
    results.reserve(batch.size());
    while (results.size() < batch.size()) {
        const std::size_t end =
            part_end(batch, results.size(), impl_->message_bytes_max - envelope_bytes);
        auto bytes = encode(batch, results.size(), end);
        const std::vector<Result> part = impl_->call(
            [impl = impl_.get(), deadline, bytes = kj::mv(bytes)] {
                auto request = with_batch(impl->poster.postRequest(size_of(bytes)), bytes);
                request.setDeadline(nanoseconds_until(deadline));
                return request.send();
            },
            [](const auto& response) { return rpc::all_from<Result>(response.getResults()); });
        if (part.size() != end - results.size()) {
            throw ConnectionError("the server answered for " + std::to_string(part.size()) +
                                  " of " + std::to_string(end - results.size()) +
                                  " records: what was posted is not known; post again with the "
                                  "same ids");
        }
        results.insert(results.end(), part.begin(), part.end());
        // What comes later may build on what was not taken in.
        if (part.back().outcome == Outcome::overloaded) break;
    }
    if (!results.empty()) results.resize(batch.size(), results.back());
    for (const Result& result : results) {
        if (result.outcome != Outcome::outcome_unknown) continue;
        throw PoisonedError(
            "the outcome of a post is unknown: the server's ledger has failed; start "
            "ledgerd again, and post it again with the same ids");
    }
    return results;
}

void Client::post_async(Batch& batch, BatchDone done, Deadline deadline) {
    impl_->require(impl_->may_post, "post");
    if (batch.empty() ||
        part_end(batch, 0, impl_->message_bytes_max - envelope_bytes) != batch.size()) {
        throw InvalidArgument("post_async was given " + std::to_string(batch.size()) +
                              " records; it takes 1 to " +
                              std::to_string(bounds::batch_records_max) +
                              ", as many as one message can hold; post() takes any number");
    }
    struct Waiting {
        Batch batch;
        BatchDone done;
    };
    auto bytes = encode(batch, 0, batch.size());
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(batch), std::move(done)});
    impl_->begin(
        [impl = impl_.get(), deadline, bytes = kj::mv(bytes)] {
            auto request = with_batch(impl->poster.postRequest(size_of(bytes)), bytes);
            request.setDeadline(nanoseconds_until(deadline));
            return request.send();
        },
        [waiting](const auto& response) {
            waiting->done(rpc::all_from<Result>(response.getResults()), std::move(waiting->batch));
        },
        [waiting](const std::exception_ptr& failure) {
            Result result;
            result.outcome = outcome_of(failure);
            waiting->done(std::vector<Result>(waiting->batch.size(), result),
                          std::move(waiting->batch));
        });
}

std::vector<Result> Client::dry_run(Batch batch) {
    impl_->require(impl_->may_post, "post");
    if (batch.empty()) return {};
    if (part_end(batch, 0, impl_->message_bytes_max - envelope_bytes) != batch.size()) {
        throw InvalidArgument("dry_run was given " + std::to_string(batch.size()) +
                              " records, more than one message to the server may hold; try fewer");
    }
    auto bytes = encode(batch, 0, batch.size());
    return impl_->call(
        [impl = impl_.get(), bytes = kj::mv(bytes)] {
            return with_batch(impl->poster.dryRunRequest(size_of(bytes)), bytes).send();
        },
        [](const auto& response) { return rpc::all_from<Result>(response.getResults()); });
}

// ---- the server

bool Client::revoke(std::string_view name) {
    impl_->require(impl_->is_operator, "revoke principals");
    return impl_->call(
        [impl = impl_.get(), name = std::string(name)] {
            auto request = impl->operator_role.revokeRequest();
            request.setPrincipal(rpc::text_of(name));
            return request.send();
        },
        [](const auto& response) -> bool { return response.getFound(); });
}

Stats Client::stats() const {
    return impl_->call([impl = impl_.get()] { return impl->reader.statsRequest().send(); },
                       [](const auto& response) { return rpc::value_from(response.getStats()); });
}

// ---- feeds

ServedFeed Client::follow(Position after, FeedContent content) const {
    auto capability = impl_->call(
        [impl = impl_.get(), after, content] {
            auto request = impl->reader.followRequest();
            request.setAfter(after.value);
            request.setWithEntries(content == FeedContent::entries);
            return request.send();
        },
        [impl = impl_.get()](auto& response) {
            return std::make_unique<ServedFeed::Capability>(*impl, response.getFeed());
        });
    return {*this, after, std::move(capability)};
}

ServedFeed::ServedFeed(const Client& client, Position after, std::unique_ptr<Capability> capability)
    : client_(&client), position_(after), capability_(std::move(capability)) {}
ServedFeed::~ServedFeed() = default;
ServedFeed::ServedFeed(ServedFeed&&) noexcept = default;
ServedFeed& ServedFeed::operator=(ServedFeed&&) noexcept = default;

std::size_t ServedFeed::next(std::vector<FeedRecord>& into, std::size_t records_max,
                             std::chrono::nanoseconds wait) {
    into = client_->impl_->call(
        [feed = capability_->feed.get(), records_max, wait] {
            auto request = feed->nextRequest();
            request.setRecordsMax(
                static_cast<std::uint32_t>(std::min<std::size_t>(records_max, UINT32_MAX)));
            request.setWait(wait.count());
            return request.send();
        },
        [](const auto& response) {
            std::vector<FeedRecord> records;
            rpc::read(response, records);
            return records;
        });
    if (into.empty()) return 0;
    if (into.front().position != position_ + 1) {
        throw ConnectionError("the feed lost records after position " +
                              std::to_string(position_.value) + "; follow anew from there");
    }
    position_ = into.back().position;
    return into.size();
}

}  // namespace ledger
