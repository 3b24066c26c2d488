// Entries by record: straight from the tail, put back into order from a segment.
#include "history/record_entries.hpp"

#include "history/entry_view.hpp"
#include "history/segments_impl.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <string>

namespace ledger::history {

namespace {

/// The generation that has this record, or null: then a segment does.
const TailGeneration* generation_of(const Pin& pin, Position position) {
    for (const auto& generation : pin.tails) {
        const Position first = generation->first_position();
        if (first && first <= position) return generation.get();
    }
    return nullptr;
}

/// What was set aside on the account before this entry.
posting::Reserved set_aside_before(const Pin& pin, const TailGeneration& generation,
                                   const posting::Entry& entry) {
    if (const posting::Entry* const previous = generation.previous(entry)) {
        return generation.reserved_of(*previous);
    }
    const AccountHistory account(pin.sources(), entry.account);
    return account.standing_before(generation.first_position()).reserved;
}

}  // namespace

void RecordEntries::each(const Pin& pin, Position first, Position last, const Visit& visit) {
    while (first <= last) {
        if (first < first_ || first > last_) fill(pin, first, last);
        auto at = std::lower_bound(places_.begin(), places_.end(), Place{first, {0}, 0});
        for (; at != places_.end() && at->position <= last; ++at) {
            const Item& item = items_[at->item];
            visit(item.view, item.before);
        }
        first = last_ + 1;
    }
}

void RecordEntries::fill(const Pin& pin, Position first, Position last) {
    first_ = {1};
    last_ = {0};  // nothing, should reading fail
    items_.clear();
    places_.clear();
    const TailGeneration* const generation = generation_of(pin, first);
    const Position complete =
        generation != nullptr ? read_tail(pin, *generation, first, last) : read_segment(pin, first);
    for (std::uint32_t item = 0; item < items_.size(); ++item) {
        places_.push_back({items_[item].view.position, items_[item].view.account, item});
    }
    std::sort(places_.begin(), places_.end());
    first_ = first;
    last_ = complete;
}

Position RecordEntries::read_tail(const Pin& pin, const TailGeneration& generation, Position first,
                                  Position last) {
    last = std::min(last, generation.last_position());
    for (const posting::Entry& entry : generation.entries_of(first, last)) {
        Item& item = items_.emplace_back();
        item.view = view_of(entry.account, state_of(generation, entry));
        if (entry.kind != EntryKind::line) {
            item.before = set_aside_before(pin, generation, entry);
        }
    }
    return last;
}

/// Over the whole directory, since nothing says which accounts the records touched. A window's end
/// moves towards its beginning as entries are found; those beyond it are dropped now and then.
Position RecordEntries::read_segment(const Pin& pin, Position first) {
    const std::uint32_t number = pin.segments->segment_of(first);
    if (number == 0) {
        throw CheckpointError("the checkpoint has no entries of position " +
                              std::to_string(first.value) +
                              ", which is sealed; rebuild it from the journal");
    }
    const Segments::Impl& segments = pin.segments->impl();
    const RunReader reader(segments, *pin.transaction);
    Position last{segments.map(number).header.last};
    std::size_t cut_at = 2 * window_entries;
    reader.each_run(number, [&](const Run& run) {
        if (run.last() < first || run.first() > last) return;
        last = add_run(reader, run, first, last);
        if (items_.size() < cut_at) return;
        last = cut(last);
        cut_at = items_.size() + window_entries;
    });
    return cut(last);
}

Position RecordEntries::add_run(const RunReader& reader, const Run& run, Position first,
                                Position last) {
    const std::uint32_t begin = reader.lower_bound(run, first);
    std::uint32_t end = reader.upper_bound(run, last);
    if (begin >= end) return last;
    if (end - begin > window_entries) {
        last = reader.entry(run, begin + std::uint32_t{window_entries} - 1).position;
        end = reader.upper_bound(run, last);
    }
    posting::Reserved before =
        begin == 0 ? run.opening_reserved() : reader.entry(run, begin - 1).reserved;
    reader.visit(run, begin, end - begin, [&](const EntryState& state) {
        items_.push_back({view_of({run.head.account}, state), before});
        before = state.reserved;
    });
    return last;
}

Position RecordEntries::cut(Position last) {
    if (items_.size() > window_entries) {
        positions_.clear();
        for (const Item& item : items_) positions_.push_back(item.view.position);
        const auto place = positions_.begin() + std::ptrdiff_t{window_entries} - 1;
        std::nth_element(positions_.begin(), place, positions_.end());
        last = std::min(last, *place);
    }
    std::erase_if(items_, [&](const Item& item) { return item.view.position > last; });
    return last;
}

}  // namespace ledger::history
