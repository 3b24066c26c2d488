// One account's entries across tail and segments: sections in the order of posting, each a
// generation's or a run's part of them, read by index. Invariant: every entry at or before the
// limit lies in exactly one section.
#pragma once

#include "history/entry_view.hpp"
#include "history/run_walk.hpp"
#include "history/segments_impl.hpp"
#include "ledger/history/account_history.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace ledger::history {

/// For one walk, by one thread; the sources outlive it.
class AccountWalk {
public:
    AccountWalk(const HistorySources& sources, AccountHandle account, Position limit);

    /// Calls `visit(entry, before)` for the entries after the cursor, oldest first, or before it,
    /// newest first, until it returns false. `before` is the account's standing before the entry;
    /// its `as_of` is the entry before where both are of one record, and else does not matter.
    template <class Visit>
    void forward(EntryCursor cursor, Visit&& visit);
    template <class Visit>
    void backward(EntryCursor cursor, Visit&& visit);

private:
    static constexpr std::uint32_t read_max = 128;  // entries gathered at a time
    static constexpr std::size_t ahead_max = 64;

    // ---- where it stands; each returns whether there is such a section

    /// The newest section with an entry at or before the position.
    bool seek(Position position);
    bool oldest();
    bool older();
    bool newer();
    bool newer_run();
    bool stand_at_generation(std::size_t at);
    bool stand_at_run(const Run& found);
    bool in_tail() const noexcept { return generation_ != nullptr; }

    // ---- the section it stands at

    /// How many of its entries lie before the position, or at it as well.
    std::uint32_t lower_bound(Position position) const;
    std::uint32_t upper_bound(Position position) const;
    Standing before(std::uint32_t index) const;
    /// Entries first..end; returns whether `visit` never returned false.
    template <class Visit>
    bool read(std::uint32_t first, std::uint32_t end, Visit&& visit) const;
    template <class Visit>
    bool read_tail(std::uint32_t first, std::uint32_t end, Visit&& visit) const;

    HistorySources sources_;
    AccountHandle account_;
    Position limit_;
    Position sealed_;  // runs count up to here, generations after it
    std::optional<RunReader> reader_;
    Run top_;  // the newest sealed run that counts

    const TailGeneration* generation_ = nullptr;
    std::size_t generation_at_ = 0;
    const posting::Entry* last_ = nullptr;
    Run run_;
    std::uint32_t count_ = 0;  // the section's entries at or before the limit, never 0

    std::vector<Run> ahead_;  // the runs that follow, oldest first
    std::size_t ahead_next_ = 0;
};

template <class Visit>
bool AccountWalk::read_tail(std::uint32_t first, std::uint32_t end, Visit&& visit) const {
    std::array<const posting::Entry*, read_max> page;
    while (first < end) {
        const std::uint32_t wanted = std::min(end - first, read_max);
        const std::size_t found =
            generation_->collect(account_, first, limit_, std::span(page).first(wanted));
        for (const posting::Entry* entry : std::span(page).first(found)) {
            if (!visit(state_of(*generation_, *entry))) return false;
        }
        first += wanted;
    }
    return true;
}

template <class Visit>
bool AccountWalk::read(std::uint32_t first, std::uint32_t end, Visit&& visit) const {
    if (first >= end) return true;
    Standing before = this->before(first);
    std::uint32_t index = first - lower_bound(before.as_of);  // of the next entry, in its record
    // Inlined, so that what is decoded stays in registers.
    const auto give = [&](const EntryState& state) __attribute__((always_inline)) {
        if (state.position != before.as_of) index = 0;
        EntryView view = view_of(account_, state);
        view.index = index++;
        if (view.kind == EntryKind::line) view.amount = amount_of_line(view, before.totals);
        const bool goes_on = visit(view, before);
        before = {state.totals, state.reserved, state.position};
        return goes_on;
    };
    return in_tail() ? read_tail(first, end, give)
                     : reader_->visit_while(run_, first, end - first, give);
}

template <class Visit>
void AccountWalk::forward(EntryCursor cursor, Visit&& visit) {
    std::uint32_t first = 0;
    if (seek(cursor.position)) {
        const std::uint64_t passed = lower_bound(cursor.position) + std::uint64_t{cursor.index} + 1;
        first = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(passed, upper_bound(cursor.position)));
    } else if (!oldest()) {
        return;
    }
    while (read(first, count_, visit) && newer()) first = 0;
}

template <class Visit>
void AccountWalk::backward(EntryCursor cursor, Visit&& visit) {
    if (!seek(cursor.position)) return;
    const std::uint64_t until = lower_bound(cursor.position) + std::uint64_t{cursor.index};
    auto end =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(until, upper_bound(cursor.position)));
    std::vector<std::pair<EntryView, Standing>> entries;
    while (true) {
        while (end > 0) {
            const std::uint32_t first = end - std::min(end, read_max);
            entries.clear();
            read(first, end, [&](const EntryView& view, const Standing& before) {
                entries.emplace_back(view, before);
                return true;
            });
            for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
                if (!visit(at->first, at->second)) return;
            }
            end = first;
        }
        if (!older()) return;
        end = count_;
    }
}

}  // namespace ledger::history
