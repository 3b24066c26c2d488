// Digests of the balances of many accounts at one point of the past, for certificates of closed
// days and for snapshots. Invariant: the digest follows from the journal up to the point alone, and
// those who ask the history and those who read the journal's lines come to the same one.
#pragma once

#include "engine/digest.hpp"

#include "ledger/history/turnover.hpp"
#include "ledger/history/view_source.hpp"
#include "ledger/model/batch.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace ledger::engine {

/// Which balances: those of a book at the end of a book date, as known at a position; or, without
/// book and date, those of all accounts at the position.
struct BalancePoint {
    BookId book;
    Date date = Date::none();
    Position position;
};

struct DigestedBalances {
    std::uint64_t accounts = 0;
    std::string algorithm;
    std::string digest;  ///< raw bytes
    friend bool operator==(const DigestedBalances&, const DigestedBalances&) = default;
};

/// H(book || date || position || for each account that was open at the position or had been, in the
/// order of opening: id, debits, credits (buffered ones included)): 2, 4, 8, then 16, 32 and 32
/// bytes each, little-endian.
class BalanceDigest {
public:
    /// Throws InvalidArgument where OpenSSL lacks the algorithm.
    BalanceDigest(Digest algorithm, const BalancePoint& point);
    void add(AccountId account, const history::WideTurnover& balance);
    /// Adds those of the accounts first..end-1 that the point has, as the history answers them.
    void add_answered(const history::ViewSource& source, const history::Pin& pin,
                      std::uint32_t first, std::uint32_t end);
    /// Once.
    DigestedBalances finish();

private:
    BalancePoint point_;
    Hasher hasher_;
    DigestedBalances made_;
};

/// The balances of all accounts, by position and by book date, from the journal's lines alone.
/// Memory: of each account two sums, and what each date that is not closed has brought it.
class LineBalances {
public:
    /// The records of a journal, from the first one on.
    void add(const Batch& batch, const BatchRecord& record);
    /// After the point's record, of no date or one that was closed last.
    DigestedBalances digest(Digest algorithm, const BalancePoint& point) const;

private:
    struct Account {
        AccountId id;
        BookId book;
        history::WideTurnover all;
        history::WideTurnover closed;  // of dates up to its book's last closed one
    };
    using OfDate = std::unordered_map<std::uint32_t, history::WideTurnover>;  // by handle
    using OpenDates = std::map<Date, OfDate>;

    void fold(OpenDates& dates, Date through);

    std::vector<Account> accounts_;
    std::map<BookId, OpenDates> open_dates_;
};

}  // namespace ledger::engine
