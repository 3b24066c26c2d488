// See balance_digest.hpp.
#include "engine/balance_digest.hpp"

#include "ledger/history/account_history.hpp"
#include "ledger/history/standings.hpp"

#include <vector>

namespace ledger::engine {

using history::WideTurnover;

// ---- the digest

BalanceDigest::BalanceDigest(Digest algorithm, const BalancePoint& point)
    : point_(point), hasher_(algorithm), made_{0, name_of(algorithm), {}} {
    hasher_.add(point.book.number);
    hasher_.add(point.date.days);
    hasher_.add(point.position.value);
}

void BalanceDigest::add(AccountId account, const WideTurnover& balance) {
    hasher_.add(account.value);
    for (const Wide& side : {balance.debits, balance.credits}) {
        hasher_.add(side.low);
        hasher_.add(side.high);
    }
    ++made_.accounts;
}

void BalanceDigest::add_answered(const history::ViewSource& source, const history::Pin& pin,
                                 std::uint32_t first, std::uint32_t end) {
    constexpr std::uint32_t accounts_at_once = 4096;
    const posting::AccountIndex& index = source.accounts();
    std::vector<AccountHandle> handles;
    std::vector<history::Standing> standings;
    while (first < end) {
        handles.clear();
        for (; first < end && handles.size() < accounts_at_once; ++first) {
            const AccountHandle handle{first};
            if (!point_.book || index.facts_of(handle).book == point_.book) {
                handles.push_back(handle);
            }
        }
        standings.resize(handles.size());
        history::standings_at(pin.sources(), handles, point_.position, standings);
        for (std::size_t i = 0; i < handles.size(); ++i) {
            if (!standings[i].as_of) continue;  // opened later
            const history::AccountHistory account(pin.sources(), handles[i]);
            add(index.id_of(handles[i]),
                point_.date ? account.turnover_through(point_.date, point_.position)
                            : WideTurnover::between({}, standings[i].totals));
        }
    }
}

DigestedBalances BalanceDigest::finish() {
    made_.digest = hasher_.finish();
    return made_;
}

// ---- from the lines

namespace {

WideTurnover turnover_of(const BatchLine& line) {
    const Wide amount(line.ink == Ink::black ? line.amount.minor : -line.amount.minor);
    return line.side == Side::debit ? WideTurnover{amount, {}} : WideTurnover{{}, amount};
}

}  // namespace

void LineBalances::add(const Batch& batch, const BatchRecord& record) {
    if (const auto* open = batch.detail<OpenAccount>(record)) {
        accounts_.push_back({open->id, open->book, {}, {}});
    } else if (const auto* close = batch.detail<CloseDay>(record)) {
        fold(open_dates_[close->book], close->date);
    } else if (record.kind == RecordKind::voucher) {
        OfDate& of_date = open_dates_[record.book][record.book_date];
        for (const BatchLine& line : batch.lines_of(record)) {
            const WideTurnover turnover = turnover_of(line);
            accounts_.at(line.handle.index).all += turnover;
            of_date[line.handle.index] += turnover;
        }
    }
}

void LineBalances::fold(OpenDates& dates, Date through) {
    while (!dates.empty() && dates.begin()->first <= through) {
        for (const auto& [handle, turnover] : dates.begin()->second) {
            accounts_[handle].closed += turnover;
        }
        dates.erase(dates.begin());
    }
}

DigestedBalances LineBalances::digest(Digest algorithm, const BalancePoint& point) const {
    BalanceDigest digest(algorithm, point);
    for (const Account& account : accounts_) {
        if (point.book && account.book != point.book) continue;
        digest.add(account.id, point.date ? account.closed : account.all);
    }
    return digest.finish();
}

}  // namespace ledger::engine
