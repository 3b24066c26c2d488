// What the capabilities of all connections of a server share. Invariant: of the loop's thread
// alone, but for the ledger, the principals and the workers, which any thread may use.
#pragma once

#include "rpc/connection.hpp"
#include "rpc/ledger.capnp.h"
#include "rpc/mailbox.hpp"
#include "rpc/principals.hpp"
#include "rpc/rate.hpp"
#include "rpc/server.hpp"
#include "rpc/turns.hpp"
#include "rpc/workers.hpp"

#include <kj/timer.h>

#include <map>
#include <memory>
#include <vector>

namespace ledger::rpc {

struct Serving {
    Serving(Ledger& served, const ServerOptions& given, kj::Timer& loop_timer)
        : ledger(served),
          options(given),
          timer(loop_timer),
          principals(given.principals),
          turns(given.limits.records_max, given.limits.principal_records_max),
          mailbox(std::make_shared<Mailbox>()),
          workers(given.limits.query_threads, *mailbox) {}

    /// What one principal may do a second.
    struct Rates {
        Rate records;
        Rate queries;
    };
    Rates& rates_of(const Principal& principal);
    /// Fulfilled when so many may be done, or the server stops.
    kj::Promise<void> in_time(Rate& rate, std::uint64_t count);

    /// A post has met a poisoned writer.
    void poisoned();

    /// Fulfilled at the next commit that the server learns of.
    kj::Promise<void> next_commit();
    void committed();

    Ledger& ledger;
    const ServerOptions& options;
    kj::Timer& timer;
    Principals principals;
    Turns turns;
    std::vector<Batch> spare_batches;  ///< whose memory is reused
    std::size_t feeds = 0;
    std::size_t calls = 0;  ///< under way, those of connections that are gone included
    bool stopping = false;
    const std::shared_ptr<Mailbox> mailbox;  ///< a post may be answered when the loop is gone
    Workers workers;                         ///< goes first: its threads use the above

private:
    kj::Promise<void> wait_until(kj::TimePoint then);

    bool told_of_poison_ = false;
    std::map<const Principal*, Rates> rates_;
    std::vector<kj::Own<kj::PromiseFulfiller<void>>> commit_waiters_;
};

/// The bootstrap capability of a connection.
wire::Gate::Client make_gate(Serving& serving, std::shared_ptr<Connection> connection);

}  // namespace ledger::rpc
