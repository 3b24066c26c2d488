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

/// What falls into a range of days.
struct OfDays {
    DailyTurnover& days;

    Take of(Date first, Date last) const noexcept {
        if (!last || last < days.first() || days.last() < first) return Take::nothing;
        return first == last ? Take::whole : Take::parts;
    }
    void whole(Date first, const WideTurnover& turnover) { days.add(first, turnover); }
    void one(Date of, const WideTurnover& turnover) { days.add(of, turnover); }
    void table(const DateRows& rows) {
        std::uint32_t at = rows.lower_bound(days.first());
        for (WideTurnover before = rows.until(at); at < rows.count(); ++at) {
            const Date date = rows.date(at);
            if (days.last() < date) return;
            const WideTurnover until = rows.until(at + 1);
            WideTurnover of_day = until;
            of_day -= before;
            days.add(date, of_day);
            before = until;
        }
    }
};

}  // namespace

WideTurnover AccountHistory::turnover_through(Date date, Position known) const {
    ThroughDate query{date, {}};
    walk_dates(sources_, account_, std::min(known, sources_.limit), query);
    return query.sum;
}

void AccountHistory::add_days(Position known, DailyTurnover& into) const {
    OfDays query{into};
    walk_dates(sources_, account_, std::min(known, sources_.limit), query);
}

}  // namespace ledger::history
