// See timeline.hpp. Branch and bound over positions: Land and Doig (1960), with the summaries of
// stretches as bounds.
#include "history/timeline.hpp"

#include <algorithm>
#include <functional>

namespace ledger::history {

Timeline::Bounds Timeline::bounds(Position after, Position last) const {
    Bounds sum;
    for (const AccountHandle account : accounts_) {
        const Summary one = AccountHistory(sources_, account).summary(after + 1, last);
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
    return extreme(after, last, &Bounds::lowest, std::less<>());
}

Wide Timeline::highest(Position after, Position last) const {
    return extreme(after, last, &Bounds::highest, std::greater<>());
}

template <class Beats>
Wide Timeline::extreme(Position after, Position last, Wide Bounds::*bound, Beats beats) const {
    const Bounds known = bounds(after, last);
    if (accounts_.size() == 1) return known.*bound;
    Wide best = beats(known.closing, known.opening) ? known.closing : known.opening;
    improve(after, last, known, bound, beats, best);
    return best;
}

/// The half with the better bound first: what it finds may spare the other.
template <class Beats>
void Timeline::improve(Position after, Position last, const Bounds& known, Wide Bounds::*bound,
                       Beats beats, Wide& best) const {
    if (!beats(known.*bound, best)) return;
    const auto try_one = [&](const Wide& balance) {
        if (beats(balance, best)) best = balance;
    };
    if (known.entries <= walked_max) {
        return walk(known, after, last,
                    [&](Position /*position*/, const Wide& balance) { try_one(balance); });
    }
    const Position middle{after.value + (last.value - after.value) / 2};
    const Bounds early = bounds(after, middle);
    const Bounds late = bounds(middle, last);
    try_one(late.opening);
    const bool late_first = beats(late.*bound, early.*bound);
    if (late_first) improve(middle, last, late, bound, beats, best);
    improve(after, middle, early, bound, beats, best);
    if (!late_first) improve(middle, last, late, bound, beats, best);
}

Wide Timeline::area(Position after, Position last, Instant from, Instant to) const {
    Wide sum;
    for (const AccountHandle account : accounts_) {
        const Summary one = AccountHistory(sources_, account).summary(after + 1, last);
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
