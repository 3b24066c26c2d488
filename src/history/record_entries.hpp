// The account entries of consecutive records: what each record did to every account. Invariant: all
// entries of a record are given, in the same order whether the tail or a segment holds them.
//
// The tail has its entries in the order of posting. A segment has them by account, so a window of
// its records is put back into that order by one pass over the segment's directory: for those who
// read on from record to record, as a feed does, that costs less than a search for each line, and
// it finds what a record did to accounts that it does not name, as time passed does.
#pragma once

#include "ledger/history/history.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ledger::history {

struct Run;
class RunReader;

/// One thread at a time. Pins nothing between calls; keeps what it read of a segment for the next
/// one, about `window_entries` of 208 bytes.
class RecordEntries {
public:
    /// A window ends with the record that brings it to so many.
    static constexpr std::size_t window_entries = std::size_t{1} << 15;

    /// `before` is what was set aside on the account before the entry. Of a line it is not filled
    /// in, nor is the amount, which the record itself has.
    using Visit = std::function<void(const EntryView& entry, const posting::Reserved& before)>;

    /// Gives all entries of the records first..last, which lie at or before the pin's limit: by
    /// position, then by account in the order of opening, then as they were made. Throws
    /// CorruptionError.
    void each(const Pin& pin, Position first, Position last, const Visit& visit);

private:
    struct Item {
        EntryView view;
        posting::Reserved before;
    };
    struct Place {
        Position position;
        AccountHandle account;
        std::uint32_t item = 0;
        friend constexpr auto operator<=>(const Place&, const Place&) = default;
    };

    void fill(const Pin& pin, Position first, Position last);
    // Each adds the entries of records from the first position on, and gives the last record that
    // is complete.
    Position read_tail(const Pin& pin, const TailGeneration& generation, Position first,
                       Position last);
    Position read_segment(const Pin& pin, Position first);
    Position add_run(const RunReader& reader, const Run& run, Position first, Position last);
    Position cut(Position last);

    // Records first_..last_ are complete; none where last_ is before first_.
    Position first_{1};
    Position last_{0};
    std::vector<Item> items_;
    std::vector<Place> places_;        // sorted; of items_
    std::vector<Position> positions_;  // scratch
};

}  // namespace ledger::history
