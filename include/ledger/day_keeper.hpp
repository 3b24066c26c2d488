// Keeps the days of one book by its calendar. Invariant: it posts what a host could post itself,
// under natural ids: whoever cuts first, and however often it is tried, each day is cut once.
#pragma once

#include "ledger/core/calendar.hpp"
#include "ledger/ledger.hpp"

#include <vector>

namespace ledger {

/// To be called from a timer of the host, as soon after each end of a day as vouchers without a
/// book date should go to the next one: such a voucher goes to the day that is current when it is
/// applied. Where that must not depend on the timer, give vouchers `calendar().date_of(now)` as
/// their book date. One thread at a time; several keepers, also in turn in several processes, do no
/// harm.
class DayKeeper {
public:
    /// A cut that was due, and what became of it.
    struct Cut {
        Date date;
        Result result;
    };

    /// The ledger must outlive the keeper, and is open while it cuts.
    DayKeeper(Ledger& ledger, BookId book, Calendar calendar);

    const Calendar& calendar() const noexcept { return calendar_; }
    /// Cuts the days that are due when it is `now`, oldest first, up to the first that is refused;
    /// none where nothing is due. After a long pause it cuts Calendar::due_cuts_max of them: call
    /// it until it gives none. Throws what Ledger::post throws.
    std::vector<Cut> cut_due(Instant now);

private:
    Ledger& ledger_;
    BookId book_;
    Calendar calendar_;
};

}  // namespace ledger
