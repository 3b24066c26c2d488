// An account's queries by book date.
#include "history/date_walk.hpp"

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
    void whole(Date /*first*/, const WideTurnover& turnover) { sum += turnover; }
    void one(Date of, const WideTurnover& turnover) {
        if (of <= date) sum += turnover;
    }
    void table(const DateRows& rows) { sum += rows.until(rows.lower_bound(date + 1)); }
};

/// The balances at the end of each day of a range.
struct OfDays {
    DailyBalance& days;

    Take of(Date first, Date last) const noexcept {
        if (!last || days.last() < first) return Take::nothing;
        return last < days.first() || first == last ? Take::whole : Take::parts;
    }
    void whole(Date first, const WideTurnover& turnover) { days.add(first, turnover.net()); }
    void one(Date of, const WideTurnover& turnover) { days.add(of, turnover.net()); }
    void table(const DateRows& rows) {
        const std::uint32_t first = rows.lower_bound(days.first());
        Wide before = rows.until(first).net();
        days.add(days.first() + -1, before);
        rows.visit(first, [&](const format::DateRow& row) {
            if (days.last() < Date{row.date}) return false;
            const Wide until =
                Wide(format::from_array(row.debits)) - Wide(format::from_array(row.credits));
            days.add({row.date}, until - before);
            before = until;
            return true;
        });
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
