// The change feed: every committed record in the order of the journal, with what it did to each
// account and the balances after it. Invariant: from the position where it began, a feed gives
// every committed record once, in order, without gaps, and none that is not durable.
#pragma once

#include "ledger/history/view.hpp"
#include "ledger/model/extract.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ledger {

/// What a record did to an account.
struct FeedEntry {
    AccountId account;
    BookId book;
    CurrencyCode currency;
    AccountEntry entry;  ///< as View::entries gives it, with the balance after
};

/// A committed record.
struct FeedRecord {
    Position position;
    Instant instant;
    RecordKind kind = RecordKind::none;
    RecordId id;  ///< zero of time_passed and anchor
    OrderId order;
    std::uint64_t number = 0;  ///< of a voucher: in its book and book date
    RecordValue value;         ///< as posted, with what the ledger gave: dates, derived lines, ...
    /// All its account entries: those of one account together, in the order in which they were
    /// made; accounts in the order of their opening. Each line of a voucher has one, and so have
    /// folds, holds and settings. Which holds a time_passed record closed follows from their order:
    /// of an account they expire by (expires_at, id).
    std::vector<FeedEntry> entries;
};

/// What a feed gives of a record.
enum class FeedContent : std::uint8_t {
    records,  ///< the records alone: `entries` stay empty, and cost nothing
    entries,  ///< with their entries
};

/// Follows a ledger from a position on. All that a follower is, is that position: keep it
/// (position(), with what was done, in one transaction) and begin there the next time. Between
/// calls a feed pins neither a snapshot nor a part of the tail, so that a slow consumer holds up
/// nobody; it keeps one reader of the journal, the decoded batch it is in (at most 8 MiB in the
/// journal) and, where that is sealed, some 7 MB of entries. One thread at a time; may move between
/// threads; any number of feeds. It must be destroyed before its Ledger is.
class Feed {
public:
    ~Feed();
    Feed(Feed&&) noexcept;
    Feed& operator=(Feed&&) noexcept;

    /// The last record given, or where the feed began.
    Position position() const noexcept;

    /// Puts the next records in the place of what `into` has, and returns how many: at most
    /// `records_max` (1..10,000, else InvalidArgument), fewer where they would together be more
    /// than one journal batch can hold. Where there is none yet, waits for the next commit, at most
    /// `wait`; none then: 0. A ledger that commits nothing any more (closed, or poisoned) is not
    /// waited for. Throws CorruptionError where a batch or what is derived from it is damaged, and
    /// other StorageErrors; the position is then that of the last record given, and the next call
    /// tries again.
    std::size_t next(std::vector<FeedRecord>& into, std::size_t records_max,
                     std::chrono::nanoseconds wait = {});

private:
    friend class history::ViewSource;
    struct Impl;
    explicit Feed(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
