// Whose post is next. Invariant: the records that are with the engine for one principal, and for
// all, stay within their bounds (one batch that is larger goes alone), and principals that wait
// take turns.
#pragma once

#include "rpc/principals.hpp"
#include "rpc/round_robin.hpp"

#include <kj/async.h>

#include <cstddef>
#include <map>

namespace ledger::rpc {

/// The loop's thread alone.
class Turns {
public:
    Turns(std::size_t records_max, std::size_t principal_records_max)
        : records_max_(records_max), principal_records_max_(principal_records_max) {}

    /// Records that are with the engine, as long as it lives; not longer than the Turns.
    class Turn {
    public:
        Turn(Turns& turns, Principal& principal, std::size_t records);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        Turns& turns_;
        Principal& principal_;
        const std::size_t records_;
    };

    /// Fulfilled when so many records may go to the engine. Posts of one principal in several
    /// lanes take turns as well.
    kj::Promise<kj::Own<Turn>> enter(Principal& principal, std::size_t records, std::uint64_t lane);

private:
    struct Waiting {
        std::size_t records = 0;
        kj::Own<kj::PromiseFulfiller<kj::Own<Turn>>> turn;
    };

    bool may_go(Principal& principal, std::size_t records);
    void give_turns();

    const std::size_t records_max_;
    const std::size_t principal_records_max_;
    std::size_t records_ = 0;
    std::map<const Principal*, std::size_t> records_of_;
    RoundRobin<Principal, Waiting> waiting_;
};

}  // namespace ledger::rpc
