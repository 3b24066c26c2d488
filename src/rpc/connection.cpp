// See connection.hpp.
#include "rpc/connection.hpp"

#include <algorithm>
#include <cstring>

namespace ledger::rpc {

namespace {

constexpr std::size_t bytes_before_login = 64 * 1024;

std::string seconds(std::chrono::milliseconds time) {
    return std::to_string(time.count() / 1000) + " s";
}

}  // namespace

Connection::Connection(kj::Own<kj::AsyncIoStream> stream, std::string peer, PeerProof proof,
                       const ServerLimits& limits, kj::Timer& timer)
    : stream_(kj::mv(stream)),
      peer_(std::move(peer)),
      proof_(std::move(proof)),
      limits_(limits),
      timer_(timer),
      output_(*stream_),
      connected_(timer.now()),
      active_(connected_) {}

void Connection::close() noexcept { stream_ = nullptr; }

// ---- calls and back-pressure

void Connection::end_call() {
    --calls_;
    active_ = timer_.now();
    wake_if_ready();
}

bool Connection::is_ready() const noexcept { return calls_ < limits_.calls_max && writes_ == 0; }

void Connection::wake_if_ready() {
    if (!is_ready()) return;
    KJ_IF_MAYBE (ready, ready_) (*ready)->fulfill();
    ready_ = nullptr;
}

kj::Promise<void> Connection::until_ready() {
    if (is_ready()) return kj::READY_NOW;
    auto pair = kj::newPromiseAndFulfiller<void>();
    ready_ = kj::mv(pair.fulfiller);
    return pair.promise.then([this] { return until_ready(); });
}

std::optional<std::string> Connection::fault() const {
    const kj::TimePoint now = timer_.now();
    if (!logged_in_ && now - connected_ > duration_of(limits_.login_timeout)) {
        return "no login within " + seconds(limits_.login_timeout);
    }
    KJ_IF_MAYBE (began, message_began_) {
        if (now - *began > duration_of(limits_.message_timeout)) {
            return "a message was not complete within " + seconds(limits_.message_timeout);
        }
    }
    KJ_IF_MAYBE (began, write_began_) {
        if (now - *began > duration_of(limits_.message_timeout)) {
            return "an answer was not taken within " + seconds(limits_.message_timeout);
        }
    }
    if (calls_ == 0 && now - active_ > duration_of(limits_.idle_timeout)) {
        return "idle for " + seconds(limits_.idle_timeout);
    }
    return {};
}

// ---- reading

size_t Connection::Input::take(void* buffer, size_t bytes_max) {
    const std::size_t taken = std::min(bytes_max, end_ - begin_);
    std::memcpy(buffer, ahead_.data() + begin_, taken);
    begin_ += taken;
    return taken;
}

kj::Promise<size_t> Connection::Input::tryRead(void* buffer, size_t bytes_min, size_t bytes_max) {
    return read_on(static_cast<kj::byte*>(buffer), 0, bytes_min, bytes_max);
}

/// What is read ahead first; then into the buffer where that is long, else ahead.
kj::Promise<size_t> Connection::Input::read_on(kj::byte* buffer, size_t had, size_t bytes_min,
                                               size_t bytes_max) {
    had += take(buffer + had, bytes_max - had);
    if (had > 0 && connection_.message_began_ == nullptr) {
        connection_.message_began_ = connection_.timer_.now();
    }
    if (had >= bytes_min) return had;
    const bool is_long = bytes_max - had >= ahead_.size();
    auto* to = is_long ? buffer + had : ahead_.data();
    const size_t room = is_long ? bytes_max - had : ahead_.size();
    return connection_.stream_->tryRead(to, 1, room)
        .then(
            [this, buffer, had, bytes_min, bytes_max, is_long](size_t got) -> kj::Promise<size_t> {
                if (got == 0) return had;
                if (is_long) return read_on(buffer, had + got, bytes_min, bytes_max);
                begin_ = 0;
                end_ = got;
                return read_on(buffer, had, bytes_min, bytes_max);
            });
}

kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> Connection::tryReadMessage(
    kj::ArrayPtr<kj::AutoCloseFd>, capnp::ReaderOptions options,
    kj::ArrayPtr<capnp::word> scratch) {
    return until_ready().then([this, options, scratch]() mutable {
        const std::size_t bytes_max = logged_in_ ? limits_.message_bytes_max : bytes_before_login;
        options.traversalLimitInWords = bytes_max / sizeof(capnp::word);
        options.nestingLimit = 16;
        return capnp::tryReadMessage(input_, options, scratch)
            .then(
                [this](kj::Maybe<kj::Own<capnp::MessageReader>> message)
                    -> kj::Maybe<capnp::MessageReaderAndFds> {
                    message_began_ = nullptr;
                    active_ = timer_.now();
                    KJ_IF_MAYBE (reader, message) {
                        return capnp::MessageReaderAndFds{kj::mv(*reader), nullptr};
                    }
                    return nullptr;
                },
                [this](kj::Exception&& failure) -> kj::Maybe<capnp::MessageReaderAndFds> {
                    broken_ = failure.getDescription().cStr();
                    kj::throwFatalException(kj::mv(failure));
                });
    });
}

// ---- writing

/// While an answer waits to be taken, nothing is read.
kj::Promise<void> Connection::watched(kj::Promise<void> write) {
    if (writes_++ == 0) write_began_ = timer_.now();
    return write.attach(kj::defer([this] {
        if (--writes_ == 0) write_began_ = nullptr;
        wake_if_ready();
    }));
}

kj::Promise<void> Connection::writeMessage(
    kj::ArrayPtr<const int> fds, kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
    return watched(output_.writeMessage(fds, segments));
}

kj::Promise<void> Connection::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) {
    return watched(output_.writeMessages(messages));
}

kj::Maybe<int> Connection::getSendBufferSize() { return output_.getSendBufferSize(); }

kj::Promise<void> Connection::end() { return output_.end(); }

}  // namespace ledger::rpc
