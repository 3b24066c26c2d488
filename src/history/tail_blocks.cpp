// See tail_blocks.hpp.
#include "history/tail_blocks.hpp"

#include "history/summary_builder.hpp"

#include <array>

namespace ledger::history {

using posting::Entry;

EntryBlock TailBlocks::make(const TailGeneration& generation, const Entry& last,
                            std::uint32_t block, const Totals& opening) {
    const std::uint32_t end = (block + 1) * block_entries;
    const Entry* const next =
        end == generation.ordinal(last) ? nullptr : generation.at_ordinal(last, end + 1);
    std::array<const Entry*, block_entries> entries;
    entries[block_entries - 1] = generation.at_ordinal(last, end);
    for (std::size_t i = block_entries - 1; i > 0; --i) {
        entries[i - 1] = generation.previous(*entries[i]);
    }
    SummaryBuilder builder(opening);
    DateTally tally;
    Totals before = opening;
    Position known;
    Instant instant;
    for (std::size_t i = 0; i < block_entries; ++i) {
        const Entry* const entry = entries[i];
        const Entry* const following = i + 1 < block_entries ? entries[i + 1] : next;
        if (entry->position != known) instant = generation.instant_of(entry->position);
        known = entry->position;
        const Totals after{entry->debits, entry->credits};
        const Date date =
            format::has_date(entry->kind) ? Date{entry->book_date_days} : Date::none();
        builder.add(after, instant, date,
                    following == nullptr || following->position != entry->position);
        if (entry->kind == EntryKind::line) tally.add(date, WideTurnover::between(before, after));
        before = after;
    }
    const auto dates = tally.by_date();
    return {builder.done(), {dates.begin(), dates.end()}};
}

}  // namespace ledger::history
