// Certificates (证明) of closed days: after a day close the balances of the book at the end of that
// day, by book date, are digested off the commit path and the digest is journaled. Invariant: a
// certificate says of which close it is, and follows from the journal up to that close alone; lines
// of later dates, posted before the close or after it, are no part of it.
#pragma once

#include "engine/balance_digest.hpp"
#include "engine/own_post.hpp"
#include "engine/writer.hpp"

#include "ledger/history/view_source.hpp"

#include <optional>
#include <set>
#include <string>

namespace ledger::engine {

/// Sealing thread only.
class Certifying {
public:
    /// `source` and `writer` must outlive it.
    Certifying(const Options& options, const history::ViewSource& source, Writer& writer);

    /// Digests some thousand balances of the oldest closed day of a book that has no certificate
    /// yet, and where they are all, submits it. Returns whether it did anything. One that was
    /// refused for want of room is made anew. Of the closes of a book, the last 64 are looked at.
    bool step();

private:
    /// A certificate in the making.
    struct Work {
        history::Pin pin;  // at the close
        BalancePoint day;
        BalanceDigest digest;
        std::uint32_t next_account = 0;
    };
    bool is_waiting();
    bool find_work();
    bool begin(const View& view, BookId book);
    bool digest_some();

    Digest algorithm_;
    std::shared_ptr<spdlog::logger> logger_;
    const history::ViewSource& source_;
    Writer& writer_;
    std::optional<std::uint64_t> closes_seen_;  // Writer::days_closed() when nothing was left to do
    std::optional<Work> work_;
    RecordId posted_;
    std::set<RecordId> given_up_;
    OwnPost post_;
};

}  // namespace ledger::engine
