// An account's queries by book date.
#include "history/date_walk.hpp"

#include <span>

namespace ledger::history {

namespace {

/// The sum of what is dated `date` or before.
struct ThroughDate {
    Date date;
    WideTurnover sum;

    Take of(Date first, Date last) const noexcept {
        if (!last || first > date) return Take::nothing;
        return last <= date ? Take::whole : Take::parts;
    }
    void whole(Date /*first*/, const Totals& before, const Totals& after) {
        sum += WideTurnover::between(before, after);
    }
    void line(Date of, const Totals& before, const Totals& after) {
        if (of <= date) sum += WideTurnover::between(before, after);
    }
    void table(const DateRows& rows) {
        sum += WideTurnover::between({}, rows.until(rows.lower_bound(date + 1)));
    }
    void table(std::span<const DateTurnover> sums) {
        for (const DateTurnover& one : sums) {
            if (one.date <= date) sum += one.turnover;
        }
    }
};

/// The balances at the end of each day of a range.
struct OfDays {
    DailyBalance& days;

    Take of(Date first, Date last) const noexcept {
        if (!last || days.last() < first) return Take::nothing;
        return last < days.first() || first == last ? Take::whole : Take::parts;
    }
    void whole(Date first, const Totals& before, const Totals& after) {
        days.add(first, before, after);
    }
    void line(Date of, const Totals& before, const Totals& after) { days.add(of, before, after); }
    void table(const DateRows& rows) {
        const std::uint32_t first = rows.lower_bound(days.first());
        Totals before = rows.until(first);
        days.add(days.first() + -1, {}, before);
        rows.visit(first, [&](Date date, const Totals& until) {
            if (days.last() < date) return false;
            days.add(date, before, until);
            before = until;
            return true;
        });
    }
    void table(std::span<const DateTurnover> sums) {
        for (const DateTurnover& one : sums) days.add(one.date, one.turnover);
    }
};

}  // namespace

WideTurnover AccountHistory::turnover_through(Date date, Position known) const {
    ThroughDate query{date, {}};
    walk_dates(sources_, account_, std::min(known, sources_.limit), query);
    return query.sum;
}

void AccountHistory::add_days(Position known, DailyBalance& into) const {
    OfDays query{into};
    walk_dates(sources_, account_, std::min(known, sources_.limit), query);
}

}  // namespace ledger::history
