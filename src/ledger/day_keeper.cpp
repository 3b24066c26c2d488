// See day_keeper.hpp.
#include "ledger/day_keeper.hpp"

#include <utility>

namespace ledger {

DayKeeper::DayKeeper(Ledger& ledger, BookId book, Calendar calendar)
    : ledger_(ledger), book_(book), calendar_(std::move(calendar)) {}

std::vector<DayKeeper::Cut> DayKeeper::cut_due(Instant now) {
    const auto days = ledger_.view().days(book_);
    const bool was_cut = days && days->current;
    const Date last_cut = was_cut ? days->current + -1 : Date::none();
    std::vector<Cut> cuts;
    for (const Date date : calendar_.due_cuts(last_cut, now)) {
        cuts.push_back({date, ledger_.post(CutDay{book_, date}).result});
        if (!cuts.back().result) break;
    }
    return cuts;
}

}  // namespace ledger
