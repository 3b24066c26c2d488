// Errors across the wire: a ledger::Error becomes an exception of Cap'n Proto whose text begins
// with the name of its class, and at the other end that class again. Invariant: whatever a server
// throws reaches the client as a ledger::Error, with the message that it had.
#pragma once

#include <kj/exception.h>

#include <exception>
#include <utility>

namespace ledger::rpc {

kj::Exception to_kj(const std::exception& failure);
/// The error that this was; ConnectionError where the peer is gone.
std::exception_ptr from_kj(const kj::Exception& exception);

/// Runs `call`, which may throw ledger::Error, where only an exception of kj keeps its kind.
template <class Call>
decltype(auto) speaking_kj(Call&& call) {
    try {
        return std::forward<Call>(call)();
    } catch (const std::exception& failure) {
        kj::throwFatalException(to_kj(failure));
    }
}

}  // namespace ledger::rpc
