// See timeline.hpp. Branch and bound over positions: Land and Doig (1960), with the summaries of
// stretches as bounds.
#include "history/timeline.hpp"

#include <algorithm>

namespace ledger::history {

Timeline::Timeline(const HistorySources& sources, const std::vector<AccountHandle>& accounts)
    : sources_(sources) {
    for (const AccountHandle account : accounts) accounts_.emplace_back(sources_, account);
}

Timeline::Bounds Timeline::bounds(Position after, Position last) const {
    Bounds sum;
    for (const AccountHistory& account : accounts_) {
        const Summary one = account.summary(after + 1, last);
        const i128 opening = net(one.opening);
        const bool is_empty = one.entries == 0;
        sum.opening += Wide(opening);
        sum.closing += Wide(is_empty ? opening : net(one.closing));
        sum.lowest += Wide(is_empty ? opening : std::min(opening, one.lowest));
        sum.highest += Wide(is_empty ? opening : std::max(opening, one.highest));
        sum.entries += one.entries;
    }
    return sum;
}

Wide Timeline::lowest(Position after, Position last) const {
    const Bounds known = bounds(after, last);
    if (accounts_.size() == 1) return known.lowest;
    Wide least = std::min(known.opening, known.closing);
    lower(after, last, known, least);
    return least;
}

Wide Timeline::highest(Position after, Position last) const {
    const Bounds known = bounds(after, last);
    if (accounts_.size() == 1) return known.highest;
    Wide greatest = std::max(known.opening, known.closing);
    higher(after, last, known, greatest);
    return greatest;
}

/// The half with the better bound first: what it finds may spare the other.
void Timeline::lower(Position after, Position last, const Bounds& known, Wide& least) const {
    if (known.lowest >= least) return;
    if (known.entries <= walked_max) {
        return walk(known, after, last, [&](Position /*position*/, const Wide& balance) {
            least = std::min(least, balance);
        });
    }
    const Position middle{after.value + (last.value - after.value) / 2};
    const Bounds early = bounds(after, middle);
    const Bounds late = bounds(middle, last);
    least = std::min(least, late.opening);
    if (early.lowest <= late.lowest) {
        lower(after, middle, early, least);
        lower(middle, last, late, least);
    } else {
        lower(middle, last, late, least);
        lower(after, middle, early, least);
    }
}

void Timeline::higher(Position after, Position last, const Bounds& known, Wide& greatest) const {
    if (known.highest <= greatest) return;
    if (known.entries <= walked_max) {
        return walk(known, after, last, [&](Position /*position*/, const Wide& balance) {
            greatest = std::max(greatest, balance);
        });
    }
    const Position middle{after.value + (last.value - after.value) / 2};
    const Bounds early = bounds(after, middle);
    const Bounds late = bounds(middle, last);
    greatest = std::max(greatest, late.opening);
    if (early.highest >= late.highest) {
        higher(after, middle, early, greatest);
        higher(middle, last, late, greatest);
    } else {
        higher(middle, last, late, greatest);
        higher(after, middle, early, greatest);
    }
}

Wide Timeline::area(Position after, Position last, Instant from, Instant to) const {
    Wide sum;
    for (const AccountHistory& account : accounts_) {
        const Summary one = account.summary(after + 1, last);
        if (one.entries == 0) {
            sum += Wide::product(net(one.opening), to.nanoseconds - from.nanoseconds);
            continue;
        }
        sum += one.area;
        sum += Wide::product(net(one.opening), one.first_instant.nanoseconds - from.nanoseconds);
        sum += Wide::product(net(one.closing), to.nanoseconds - one.last_instant.nanoseconds);
    }
    return sum;
}

}  // namespace ledger::history
