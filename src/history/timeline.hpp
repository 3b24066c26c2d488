// The sum of several accounts' balances over a stretch of positions, without walking their entries
// where summaries say enough. Invariant: a balance is what stands after a whole record; between
// records nothing happens.
#pragma once

#include "history/account_walk.hpp"
#include "history/instant_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace ledger::history {

/// Debit-positive sums of the accounts, which are each there once. One thread.
class Timeline {
public:
    Timeline(const HistorySources& sources, const std::vector<AccountHandle>& accounts)
        : sources_(sources), accounts_(accounts) {}

    /// What is known of the records after `after` up to `last` from summaries alone.
    struct Bounds {
        Wide opening;  ///< after `after`
        Wide closing;  ///< after `last`
        Wide lowest;   ///< no balance from opening to closing is less,
        Wide highest;  ///< none is greater; both reached where there is one account
        std::uint64_t entries = 0;
    };
    Bounds bounds(Position after, Position last) const;

    /// The least of the opening balance and those after each record up to `last`; greatest alike.
    /// Stretches whose bounds can't beat what is known are left out (branch and bound).
    Wide lowest(Position after, Position last) const;
    Wide highest(Position after, Position last) const;
    /// Balance × nanoseconds from `from` to `to`, where `after` is the last record at or before
    /// `from`, and `last` the last before `to`.
    Wide area(Position after, Position last, Instant from, Instant to) const;

    /// Calls `visit(instant, is_above)` where the balance passes the threshold, in order: at least
    /// once at every crossing, perhaps also in between. Stretches on one side of it are passed
    /// over.
    template <class Visit>
    void crossings(Position after, Position last, const Wide& threshold, Visit&& visit) const;

private:
    /// Stretches with at most so many entries are walked.
    static constexpr std::uint64_t walked_max = 128;

    /// Calls `visit(position, balance)` after each record of the accounts.
    template <class Visit>
    void walk(const Bounds& bounds, Position after, Position last, Visit&& visit) const;
    template <class Beats>
    Wide extreme(Position after, Position last, Wide Bounds::*bound, Beats beats) const;
    template <class Beats>
    void improve(Position after, Position last, const Bounds& known, Wide Bounds::*bound,
                 Beats beats, Wide& best) const;

    HistorySources sources_;
    std::vector<AccountHandle> accounts_;
};

template <class Visit>
void Timeline::walk(const Bounds& bounds, Position after, Position last, Visit&& visit) const {
    std::vector<std::pair<Position, Wide>> changes;
    for (const AccountHandle account : accounts_) {
        AccountWalk entries(sources_, account, last);
        entries.forward(
            EntryCursor::before(after + 1), [&](const EntryView& entry, const Standing& before) {
                changes.emplace_back(entry.position, Wide(net({entry.debits, entry.credits})) -
                                                         Wide(net(before.totals)));
                return true;
            });
    }
    std::ranges::stable_sort(changes, {}, &std::pair<Position, Wide>::first);
    Wide balance = bounds.opening;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        balance += changes[i].second;
        const bool ends_record =
            i + 1 == changes.size() || changes[i + 1].first != changes[i].first;
        if (ends_record) visit(changes[i].first, balance);
    }
}

template <class Visit>
void Timeline::crossings(Position after, Position last, const Wide& threshold,
                         Visit&& visit) const {
    if (after >= last) return;
    const Bounds known = bounds(after, last);
    if (known.lowest > threshold || known.highest <= threshold) return;
    if (known.entries <= walked_max) {
        InstantReader instants(sources_);
        return walk(known, after, last, [&](Position position, const Wide& balance) {
            visit(instants.at(position), balance > threshold);
        });
    }
    const Position middle{after.value + (last.value - after.value) / 2};
    crossings(after, middle, threshold, visit);
    crossings(middle, last, threshold, visit);
}

}  // namespace ledger::history
