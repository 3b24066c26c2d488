// The history of one account over sealed segments and tail, at a pinned position. Invariant: every
// entry at or before the limit appears exactly once, whatever is sealed, published or dropped
// meanwhile; memory is bounded by the page that is asked for.
#pragma once

#include "ledger/history/segments.hpp"
#include "ledger/history/summary.hpp"
#include "ledger/history/tail.hpp"
#include "ledger/history/turnover.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ledger::history {

/// An account entry with what follows from its neighbours.
struct EntryView {
    Position position;
    std::uint32_t index = 0;  ///< which of the account's entries at this position, from 0
    AccountHandle account;
    std::uint16_t line = 0;  ///< of a line: its index in the voucher
    EntryKind kind = EntryKind::line;
    std::uint8_t flags = 0;  ///< posting::entry_flag
    Date book_date;          ///< of a line or fold; none otherwise
    i128 amount = 0;         ///< of a line: the change of its side's turnover, negative in red
    i128 debits = 0;         ///< totals after
    i128 credits = 0;
    posting::Reserved reserved;  ///< after
    posting::Folded folded;      ///< of a fold

    friend bool operator==(const EntryView&, const EntryView&) = default;
};

/// A place between entries: after the given entry for forward(), before it for backward().
struct EntryCursor {
    Position position;
    std::uint32_t index = 0;

    static constexpr EntryCursor beginning() noexcept { return {{0}, 0}; }
    static constexpr EntryCursor end() noexcept { return {{UINT64_MAX}, UINT32_MAX}; }
    /// The place at an entry, to go on from it.
    static EntryCursor at(const EntryView& entry) noexcept { return {entry.position, entry.index}; }
    /// Before all entries of this position (forward() then gives them first).
    static constexpr EntryCursor before(Position position) noexcept {
        return position ? EntryCursor{{position.value - 1}, UINT32_MAX} : beginning();
    }
    friend constexpr auto operator<=>(EntryCursor, EntryCursor) = default;
};

/// What a view reads. To pin one: first take the limit (committed_through), then the list of
/// generations, then a read transaction, in this order. The generations are kept alive by the
/// caller.
struct HistorySources {
    std::span<const std::shared_ptr<const TailGeneration>> generations;  ///< newest first
    const Segments* segments = nullptr;  ///< null: nothing is sealed
    const storage::ReadTransaction* transaction = nullptr;
    Position limit;
    std::shared_ptr<const void> keeper = nullptr;  ///< of all this, where the caller is not

    /// Segments count up to here, generations after it, where nothing after `until` counts.
    Position sealed_limit(Position until) const;
    /// The last record at or before the limit that was posted at or before the instant.
    Position position_at(Instant instant) const;
};

/// The account's standing at a position.
struct Standing {
    Totals totals;
    posting::Reserved reserved;
    Position as_of;  ///< of the account's last entry; none: it has none yet
};

/// Queries on one account. Cheap to make; used by one thread at a time; the sources outlive it.
class AccountHistory {
public:
    AccountHistory(const HistorySources& sources, AccountHandle account) noexcept;

    /// Totals and reserved after the last entry at or before this position: O(log n).
    Standing standing_at(Position position) const;
    /// Before any entry of this position: the opening balance of what begins there.
    Standing standing_before(Position position) const {
        return standing_at({position.value == 0 ? 0 : position.value - 1});
    }
    /// Summary of the entries with from <= position <= to: O(log n) directory rows and at most two
    /// partly covered runs. With no such entry: opening == closing == the standing before.
    Summary summary(Position from, Position to) const;

    // ---- by book date, as known at a position: what was posted up to it
    /// Turnover of the lines dated `date` or before, the account's balance at the end of that day.
    /// Runs of entries and spans of them whose dates lie on one side of it are passed over as one.
    WideTurnover turnover_through(Date date, Position known) const;
    /// Adds what each day, and all that is before them, changes.
    void add_days(Position known, DailyBalance& into) const;

private:
    Summary tail_summary(const TailGeneration& generation, const Totals& so_far, Position from,
                         Position to) const;
    HistorySources sources_;
    AccountHandle account_;
};

}  // namespace ledger::history
