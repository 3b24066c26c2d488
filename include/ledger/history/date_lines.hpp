// An account's lines in the order of book dates, and of posting within a day. Invariant: every line
// of the range that was posted up to a position is given once; memory is bounded by the page and by
// a note for each segment and each stretch of the tail that has lines of the range.
#pragma once

#include "ledger/history/account_history.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace ledger::history {

/// Reads on from a place. One thread; the sources outlive it.
class DateLines {
public:
    /// A line's place: those that follow it are read next. No date: before all.
    struct Place {
        Date date;
        EntryCursor entry;
    };

    /// The lines dated first..last, behind `after`, that were posted after `since` and at or before
    /// the sources' limit. What was sealed up to `since` is not touched.
    DateLines(const HistorySources& sources, AccountHandle account, Date first, Date last,
              Position since, const Place& after = {});
    ~DateLines();
    DateLines(DateLines&&) noexcept;
    DateLines& operator=(DateLines&&) noexcept;

    /// Appends at most `page` lines and returns how many: fewer when there are no more. `index` is
    /// that among the account's entries of the record.
    std::size_t next(std::size_t page, std::vector<EntryView>& into);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::history
