// What stands behind Client: the connection's thread, and how other threads call through it.
// Invariant: capabilities and promises of kj are touched by that thread alone.
#pragma once

#include "ledger/client.hpp"
#include "rpc/failure.hpp"
#include "rpc/ledger.capnp.h"
#include "rpc/mailbox.hpp"
#include "rpc/tls.hpp"

#include <kj/async-io.h>

#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

namespace ledger {

struct Client::Impl final : private kj::TaskSet::ErrorHandler {
    template <class Results>
    static capnp::Response<Results> response_of(const capnp::RemotePromise<Results>&);
    /// What is answered to what `Send` sends.
    template <class Send>
    using ResponseTo = decltype(response_of(std::declval<Send&>()()));

    explicit Impl(int connected) : fd(connected) {}
    Impl(int connected, std::unique_ptr<kj::TlsContext> context, std::string expected_name)
        : fd(connected), tls(std::move(context)), server_name(std::move(expected_name)) {}
    ~Impl();

    /// Starts the thread and logs in. Throws as Client::connect.
    void start(const Credentials& credentials);

    /// Sends what `send()` sends, in the connection's thread, where `done(response)` runs with the
    /// answer, or `failed(exception_ptr)`.
    template <class Send, class Done, class Failed>
    void begin(Send send, Done done, Failed failed) {
        using Response = ResponseTo<Send>;
        mailbox.put([this, send = std::move(send), done = std::move(done),
                     failed = std::move(failed)]() mutable {
            auto to = std::make_shared<Failed>(std::move(failed));
            tasks->add(
                kj::evalNow([&]() -> kj::Promise<Response> { return send(); })
                    .then([done = std::move(done)](Response response) mutable { done(response); },
                          [to](kj::Exception&& exception) { (*to)(rpc::from_kj(exception)); }));
        });
    }

    /// Calls and waits for the answer, which `read(response)` turns into a value, in the
    /// connection's thread.
    template <class Send, class Read>
    auto call(Send send, Read read) {
        using Response = ResponseTo<Send>;
        using Value = std::invoke_result_t<Read&, Response&>;
        auto answer = std::make_shared<std::promise<Value>>();
        std::future<Value> future = answer->get_future();
        begin(
            std::move(send),
            [answer, read = std::move(read)](Response& response) mutable {
                try {
                    answer->set_value(read(response));
                } catch (...) {
                    answer->set_exception(std::current_exception());
                }
            },
            [answer](std::exception_ptr failure) { answer->set_exception(failure); });
        return future.get();
    }

    /// Throws AccessError where the server gave no capability for it.
    void require(bool given, const char* what) const;

    const int fd;
    const std::unique_ptr<kj::TlsContext> tls;  ///< null: without TLS
    const std::string server_name;
    std::thread thread;
    rpc::Mailbox mailbox;
    std::string principal;
    std::uint64_t message_bytes_max = 0;
    bool may_post = false;
    bool is_operator = false;

    // ---- of the connection's thread, once start() has returned
    kj::TaskSet* tasks = nullptr;
    rpc::wire::Reader::Client reader{nullptr};
    rpc::wire::Poster::Client poster{nullptr};
    rpc::wire::Operator::Client operator_role{nullptr};

private:
    kj::Own<kj::AsyncIoStream> open_stream(kj::AsyncIoContext& io);
    void serve(const Credentials& credentials, std::promise<void>& ready);
    void taskFailed(kj::Exception&&) override {}  // begin() has told already

    kj::Own<kj::PromiseFulfiller<void>> stopper_;
};

/// A capability that is let go in the connection's thread.
struct ServedFeed::Capability {
    Capability(Client::Impl& its_client, rpc::wire::Feed::Client given)
        : client(its_client), feed(kj::heap(kj::mv(given))) {}
    ~Capability() {
        client.mailbox.put([feed = kj::mv(feed)]() mutable { feed = nullptr; });
    }
    Capability(const Capability&) = delete;
    Capability& operator=(const Capability&) = delete;

    Client::Impl& client;
    kj::Own<rpc::wire::Feed::Client> feed;
};

}  // namespace ledger
