// What a served ledger can fail with besides a linked one. Invariant: both are of the one hierarchy
// of exceptions (core/error.hpp), so a host that catches ledger::Error catches them.
#pragma once

#include "ledger/core/error.hpp"

namespace ledger {

/// The principal may not do this: no such principal, or a wrong token; a record, book or query
/// outside its rights; or it was revoked. Nothing was posted by the call.
class AccessError : public Error {
public:
    using Error::Error;
};

/// The server can't be reached, or the connection was lost. What was in flight may have been posted
/// or not: connect again, and post it again with the same ids.
class ConnectionError : public Error {
public:
    using Error::Error;
};

}  // namespace ledger
