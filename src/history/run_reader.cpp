// Reading directory rows and the rows of runs; descents by jump pointers; summaries of parts.
#include "history/segments_impl.hpp"
#include "history/summary_builder.hpp"

#include <algorithm>

namespace ledger::history {

using posting::Reserved;

// ---- a run

RunAddress Run::jump() const noexcept {
    if (!has_jump()) return head.previous();
    const format::JumpHead target = jump_head();
    return {target.segment, target.row};
}

Position Run::last() const noexcept {
    if (!is_inline()) return {segment->header.first + body().last_position};
    if (count() == 1) return first();
    return {segment->header.first + format::load<std::uint32_t>(inline_row(count() - 1))};
}

Totals Run::opening() const noexcept {
    if (!is_inline()) return {value(0), value(1)};
    const auto entry = format::load<format::InlineEntry>(row + sizeof(format::RunHead));
    const bool credit = (format::flags_of(head.kind_flags) & posting::entry_flag::credit) != 0;
    return {i128{entry.debits} - (credit ? 0 : entry.change),
            i128{entry.credits} - (credit ? entry.change : 0)};
}

Totals Run::closing() const noexcept {
    if (!is_inline()) return {value(2), value(3)};
    if (count() == 1) {
        const auto entry = format::load<format::InlineEntry>(row + sizeof(format::RunHead));
        return {entry.debits, entry.credits};
    }
    const auto last = format::load<format::NarrowRow>(inline_row(count() - 1));
    return {last.debits, last.credits};
}

namespace {

Reserved load_reserved(const std::byte* at, bool wide) noexcept {
    const std::size_t bytes = wide ? 16 : 8;
    return {format::load_value(at, wide), format::load_value(at + bytes, wide),
            format::load_value(at + 2 * bytes, wide)};
}

}  // namespace

Reserved Run::opening_reserved() const noexcept {
    return layout.reserved == 0 ? Reserved{} : load_reserved(row + layout.reserved, wide());
}

Reserved Run::closing_reserved() const noexcept {
    if (layout.reserved == 0) return {};
    return load_reserved(row + layout.reserved + (wide() ? 48 : 24), wide());
}

// ---- instants

format::StoredInstant InstantFinder::load(std::uint64_t index) const {
    const auto chunk = static_cast<std::uint32_t>(index / format::instants_per_chunk);
    const std::size_t in_chunk = index % format::instants_per_chunk;
    return format::load<format::StoredInstant>(
        segments_->chunk(*transaction_, *segment_, format::Stream::instants, chunk) +
        in_chunk * sizeof(format::StoredInstant));
}

std::uint64_t InstantFinder::count() const noexcept {
    const format::Header& header = segment_->header;
    constexpr auto stream = static_cast<std::size_t>(format::Stream::instants);
    return (header.chunks[stream] - std::uint64_t{1}) * format::instants_per_chunk +
           header.last_used[stream] / sizeof(format::StoredInstant);
}

Position InstantFinder::until(Instant instant) const {
    if (instant.nanoseconds >= segment_->header.last_instant) return {segment_->header.last};
    std::uint64_t low = 0;  // batches before it were posted in time, `high` was not
    std::uint64_t high = count() - 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (load(middle).instant <= instant.nanoseconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return {low == 0 ? 0 : load(low).first - 1};
}

void InstantFinder::find(Position position) {
    const format::Header& header = segment_->header;
    const std::uint64_t count = this->count();
    const std::uint64_t found =
        format::locate(count, header.first, header.last, position.value,
                       [&](std::uint64_t index) { return load(index).first; });
    const format::StoredInstant batch = load(found);
    first_ = batch.first;
    next_ = found + 1 < count ? load(found + 1).first : header.last + 1;
    instant_ = {batch.instant};
}

// ---- finding runs

const std::byte* RunReader::row(const SegmentMap& segment, std::uint32_t row) const {
    const std::uint32_t chunk = row >> format::row_unit_bits;
    const std::size_t at =
        (row & ((std::uint32_t{1} << format::row_unit_bits) - 1)) * std::size_t{8};
    const std::byte* bytes =
        segments_->chunk(*transaction_, segment, format::Stream::directory, chunk);
    if (at + sizeof(format::RunHead) >
        segments_->used(segment.header, format::Stream::directory, chunk)) {
        segments_->corrupt(segment.header.number, "a pointer leads beyond its directory");
    }
    return bytes + at;
}

Run RunReader::open(RunAddress address) const {
    Run run;
    run.address = address;
    run.segment = &segments_->map(address.segment);
    run.row = row(*run.segment, address.row);
    run.head = format::load<format::RunHead>(run.row);
    if (run.head.count_word == 0) {
        segments_->corrupt(address.segment, "a pointer leads to no directory row");
    }
    run.layout = format::layout_of(run.head.flags, run.count());
    return run;
}

RunAddress RunReader::older(const Run& run, Position limit) const {
    if (run.has_jump()) {
        // An account has one run in a segment, so everything between the jump's target and this run
        // lies in later segments than the target's.
        const RunAddress far = run.jump();
        if (limit.value <= segments_->map(far.segment).header.last) return far;
    }
    return run.head.previous();
}

Run RunReader::newest(RunAddress head, Position limit) const {
    for (RunAddress at = head; at;) {
        const Run run = open(at);
        if (run.first() <= limit) return run;
        at = older(run, limit);
    }
    return {};
}

Run RunReader::at_depth(Run from, std::uint32_t depth) const {
    while (from.head.depth > depth) {
        const std::uint32_t far = from.head.depth - format::jump_length(from.head.depth);
        from = open(far >= depth ? from.jump() : from.head.previous());
    }
    return from;
}

// ---- rows

const std::byte* RunReader::stored_row(const Run& run, const format::RunBody& body,
                                       std::uint32_t index) const {
    const format::RowFormat rows = run.head.rows();
    const std::uint32_t number = body.first_row + index;
    const std::uint32_t per_chunk = format::rows_per_chunk(rows);
    return segments_->chunk(*transaction_, *run.segment, format::stream_of(rows),
                            number / per_chunk) +
           (number % per_chunk) * format::row_bytes(rows);
}

std::pair<const std::byte*, std::uint32_t> RunReader::neighbours(const Run& run,
                                                                 std::uint32_t first,
                                                                 std::uint32_t end) const {
    if (run.is_inline()) return {run.inline_row(first), end};
    const format::RunBody body = run.body();
    const std::uint32_t per_chunk = format::rows_per_chunk(run.head.rows());
    const std::uint32_t in_chunk = (body.first_row + first) % per_chunk;
    return {stored_row(run, body, first), std::min(end, first + per_chunk - in_chunk)};
}

EntryState RunReader::decode_wide(const Run& run, const std::byte* row) const {
    const auto wide = format::load<format::WideRow>(row);
    const auto kind = static_cast<EntryKind>(wide.kind);
    const Reserved stored{format::from_array(wide.held), format::from_array(wide.buffered_debits),
                          format::from_array(wide.buffered_credits)};
    return {{run.segment->header.first + wide.position},
            wide.line,
            kind,
            wide.flags,
            format::has_date(kind) ? Date{wide.date} : Date::none(),
            {format::from_array(wide.debits), format::from_array(wide.credits)},
            posting::reserved_of(kind, stored),
            posting::folded_of(kind, stored)};
}

namespace {

/// Every form of row begins with it.
std::uint32_t load_position(const std::byte* row) noexcept {
    return format::load<std::uint32_t>(row);
}

}  // namespace

std::uint32_t RunReader::lower_bound(const Run& run, Position position) const {
    if (position <= run.first()) return 0;
    if (position > run.last()) return run.count();
    const auto relative = static_cast<std::uint32_t>(position.value - run.segment->header.first);
    if (run.is_inline()) {
        std::uint32_t at = 1;
        while (load_position(run.inline_row(at)) < relative) ++at;
        return at;
    }
    const format::RunBody body = run.body();
    const auto position_of = [&](std::uint64_t index) {
        return load_position(stored_row(run, body, static_cast<std::uint32_t>(index)));
    };
    const std::uint64_t before = format::locate(run.count(), run.head.first_position,
                                                body.last_position, relative - 1, position_of);
    return static_cast<std::uint32_t>(before) + 1;
}

EntryState RunReader::entry(const Run& run, std::uint32_t index) const {
    EntryState state;
    visit(run, index, 1, [&](const EntryState& found) { state = found; });
    return state;
}

// ---- summaries

Summary RunReader::own(const Run& run) const {
    if (run.is_inline()) return rows_summary(run, 0, run.count());
    const format::RunBody body = run.body();
    InstantFinder instants(*segments_, *transaction_, *run.segment);
    const std::size_t area_at = run.layout.values + 6 * (run.wide() ? std::size_t{16} : 8);
    Summary summary;
    summary.entries = run.count();
    summary.opening = run.opening();
    summary.closing = run.closing();
    summary.lowest = run.value(4);
    summary.highest = run.value(5);
    summary.first_instant = instants.at(run.first());
    summary.last_instant = instants.at(run.last());
    summary.first_date = {run.head.first_date};
    summary.last_date = {body.last_date};
    summary.area = format::load_area(run.row + area_at, run.wide());
    return summary;
}

Summary RunReader::rows_summary(const Run& run, std::uint32_t first, std::uint32_t count) const {
    SummaryBuilder builder(before(run, first));
    InstantFinder instants(*segments_, *transaction_, *run.segment);
    const bool is_followed = first + count < run.count();
    // An entry, until it is known whether the next one is of the same record.
    Position position;
    Totals totals;
    Date date;
    const auto add = [&](bool ends_record) {
        builder.add(totals, instants.at(position), date, ends_record);
    };
    visit(run, first, count + (is_followed ? 1 : 0), [&](const EntryState& next) {
        if (position) add(next.position != position);
        position = next.position;
        totals = next.totals;
        date = next.date;
    });
    if (!is_followed) add(true);
    return builder.done();
}

Totals RunReader::before(const Run& run, std::uint32_t index) const {
    if (index == 0) return run.opening();
    return index == run.count() ? run.closing() : entry(run, index - 1).totals;
}

format::InnerSummary RunReader::inner(const Run& run, std::uint32_t block) const {
    const std::uint32_t number = run.body().first_inner + block;
    return format::load<format::InnerSummary>(
        segments_->chunk(*transaction_, *run.segment, format::Stream::inner,
                         number / format::inner_per_chunk) +
        (number % format::inner_per_chunk) * sizeof(format::InnerSummary));
}

const std::byte* RunReader::date_row(const Run& run, std::uint32_t number) const {
    return segments_->chunk(*transaction_, *run.segment, format::Stream::dates,
                            number / format::dates_per_chunk) +
           (number % format::dates_per_chunk) * sizeof(format::DateRow);
}

/// Of whole stretches of 512 rows, first..end. Their areas reach to each other.
Summary RunReader::blocks_summary(const Run& run, std::uint32_t first, std::uint32_t end) const {
    const std::uint32_t first_row = first * format::inner_rows;
    const std::uint32_t end_row = std::min(end * format::inner_rows, run.count());
    const EntryState last = entry(run, end_row - 1);
    InstantFinder instants(*segments_, *transaction_, *run.segment);
    Summary summary;
    summary.entries = end_row - first_row;
    summary.opening = before(run, first_row);
    summary.closing = last.totals;
    summary.lowest = i128_max;
    summary.highest = i128_min;
    summary.first_instant = instants.at(entry(run, first_row).position);
    summary.last_instant = instants.at(last.position);
    for (std::uint32_t block = first; block < end; ++block) {
        const format::InnerSummary inner = this->inner(run, block);
        summary.lowest = std::min(summary.lowest, format::from_array(inner.lowest));
        summary.highest = std::max(summary.highest, format::from_array(inner.highest));
        summary.first_date = earlier(summary.first_date, {inner.first_date});
        summary.last_date = later(summary.last_date, {inner.last_date});
        summary.area += format::from_array(inner.area);
    }
    if (end_row < run.count()) {
        const Instant next = instants.at(entry(run, end_row).position);
        summary.area -= Wide::product(net(summary.closing),
                                      next.nanoseconds - summary.last_instant.nanoseconds);
    }
    return summary;
}

Summary RunReader::part(const Run& run, std::uint32_t first, std::uint32_t count) const {
    if (first == 0 && count == run.count()) return own(run);
    constexpr std::uint32_t size = format::inner_rows;
    const std::uint32_t end = first + count;
    const std::uint32_t first_block = (first + size - 1) / size;
    const std::uint32_t end_block = (end == run.count() ? end + size - 1 : end) / size;
    if (run.count() <= size || first_block >= end_block) return rows_summary(run, first, count);
    Summary summary;
    if (first < first_block * size) {
        summary = rows_summary(run, first, first_block * size - first);
    }
    summary.join(blocks_summary(run, first_block, end_block));
    if (end_block * size < end) {
        summary.join(rows_summary(run, end_block * size, end - end_block * size));
    }
    return summary;
}

void Span::join(const Span& next) {
    entries += next.entries;
    lowest = std::min(lowest, next.lowest);
    highest = std::max(highest, next.highest);
    first_date = earlier(first_date, next.first_date);
    last_date = later(last_date, next.last_date);
    area += next.area;
}

Instant RunReader::first_instant(const Run& run) const {
    return InstantFinder(*segments_, *transaction_, *run.segment).at(run.first());
}

Span RunReader::own_until(const Run& run, Instant until) const {
    const Summary all = own(run);
    return {all.entries,
            all.lowest,
            all.highest,
            all.first_date,
            all.last_date,
            all.area +
                Wide::product(net(all.closing), until.nanoseconds - all.last_instant.nanoseconds)};
}

Span RunReader::stored_span(const Run& run) const {
    if (!run.has_jump()) return own_until(open(run.head.previous()), first_instant(run));
    const format::JumpHead jump = run.jump_head();
    const bool wide = run.head.is(format::run_flag::wide_span);
    const std::size_t value = wide ? 16 : 8;
    const std::byte* at = run.row + run.layout.jump + sizeof jump;
    return {jump.entries,
            format::load_value(at, wide),
            format::load_value(at + value, wide),
            {jump.first_date},
            {jump.last_date},
            format::load_area(at + 2 * value, wide)};
}

Summary RunReader::span(const Run& run) const {
    const Run target = open(run.jump());
    const Span stored = stored_span(run);
    Summary summary;
    summary.entries = stored.entries;
    summary.opening = target.opening();
    summary.closing = run.opening();
    summary.lowest = stored.lowest;
    summary.highest = stored.highest;
    summary.first_instant = first_instant(target);
    summary.last_instant = first_instant(run);
    summary.first_date = stored.first_date;
    summary.last_date = stored.last_date;
    summary.area = stored.area;
    return summary;
}

}  // namespace ledger::history
