// One client's connection, as the server guards it. Invariant: nothing is read from it while it has
// as many calls under way as it may or does not take its answers; and what it leaves half done for
// too long is a reason to cut it off (fault()).
#pragma once

#include "rpc/server.hpp"

#include <capnp/serialize-async.h>
#include <kj/async-io.h>
#include <kj/timer.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ledger::rpc {

inline kj::Duration duration_of(std::chrono::milliseconds time) {
    return time.count() * kj::MILLISECONDS;
}

/// The loop's thread alone. Calls go on when their connection is gone (kj does not cancel them), so
/// they and sessions keep it alive; close() ends what it is to the client.
class Connection final : public capnp::MessageStream {
public:
    Connection(kj::Own<kj::AsyncIoStream> stream, std::string peer, PeerProof proof,
               const ServerLimits& limits, kj::Timer& timer);

    const std::string& peer() const noexcept { return peer_; }
    const PeerProof& proof() const noexcept { return proof_; }
    /// Its messages may be long from now on. Once.
    void log_in() noexcept { logged_in_ = true; }
    bool is_logged_in() const noexcept { return logged_in_; }

    /// Closes the socket. Nothing may read or write any more.
    void close() noexcept;

    /// A call is under way as long as this lives.
    class Call {
    public:
        /// Counts in `all` as well, which outlives it.
        Call(std::shared_ptr<Connection> connection, std::size_t& all)
            : connection_(std::move(connection)), all_(all) {
            ++connection_->calls_;
            ++all_;
        }
        ~Call() {
            --all_;
            connection_->end_call();
        }
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

    private:
        const std::shared_ptr<Connection> connection_;
        std::size_t& all_;
    };

    /// Why the connection has to be cut off now; none: it is well behaved.
    std::optional<std::string> fault() const;
    /// What was wrong with what it sent last; empty: nothing.
    const std::string& broken() const noexcept { return broken_; }

    // ---- MessageStream
    kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
        kj::ArrayPtr<kj::AutoCloseFd> fds, capnp::ReaderOptions options,
        kj::ArrayPtr<capnp::word> scratch) override;
    kj::Promise<void> writeMessage(
        kj::ArrayPtr<const int> fds,
        kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
    kj::Promise<void> writeMessages(
        kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
    kj::Maybe<int> getSendBufferSize() override;
    kj::Promise<void> end() override;

private:
    /// Reads ahead, so that a small message takes one system call, and notes when one begins.
    class Input final : public kj::AsyncInputStream {
    public:
        explicit Input(Connection& connection) : connection_(connection) {}
        kj::Promise<size_t> tryRead(void* buffer, size_t bytes_min, size_t bytes_max) override;

    private:
        size_t take(void* buffer, size_t bytes_max);
        kj::Promise<size_t> read_on(kj::byte* buffer, size_t had, size_t bytes_min,
                                    size_t bytes_max);

        Connection& connection_;
        std::array<kj::byte, 4096> ahead_;
        std::size_t begin_ = 0;
        std::size_t end_ = 0;
    };

    void end_call();
    kj::Promise<void> until_ready();
    void wake_if_ready();
    bool is_ready() const noexcept;
    kj::Promise<void> watched(kj::Promise<void> write);

    kj::Own<kj::AsyncIoStream> stream_;
    const std::string peer_;
    const PeerProof proof_;
    const ServerLimits& limits_;
    kj::Timer& timer_;
    Input input_{*this};
    capnp::AsyncIoMessageStream output_;

    bool logged_in_ = false;
    std::string broken_;
    std::size_t calls_ = 0;
    std::size_t writes_ = 0;
    kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> ready_;  ///< reading waits for it
    const kj::TimePoint connected_;
    kj::TimePoint active_;  ///< when a message or an answer was last complete
    kj::Maybe<kj::TimePoint> message_began_;
    kj::Maybe<kj::TimePoint> write_began_;
};

}  // namespace ledger::rpc
