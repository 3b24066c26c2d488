// Reading directory rows and the rows of runs; descents by jump pointers; summaries of parts.
#include "history/segments_impl.hpp"
#include "history/summary_builder.hpp"

#include <algorithm>

namespace ledger::history {

using posting::Reserved;

// ---- a run

RunAddress Run::jump() const noexcept {
    if (!has_jump()) return head.previous();
    const auto jump_head = format::load<format::JumpHead>(row + layout.jump);
    return {jump_head.segment, jump_head.row};
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
    const auto entry = format::load<format::InlineEntry>(row + sizeof(format::RunHead));
    return {entry.debits, entry.credits};
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
        segments_->chunk(*transaction_, segment_, format::Stream::instants, chunk) +
        in_chunk * sizeof(format::StoredInstant));
}

Instant InstantFinder::at(Position position) {
    if (position.value >= first_ && position.value < next_) return instant_;
    const format::Header& header = segments_->map(segment_).header;
    constexpr auto stream = static_cast<std::size_t>(format::Stream::instants);
    const std::uint64_t count =
        (header.chunks[stream] - std::uint64_t{1}) * format::instants_per_chunk +
        header.last_used[stream] / sizeof(format::StoredInstant);
    std::uint64_t low = 0;
    std::uint64_t high = count;  // the batch is in [low, high)
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (load(middle).first <= position.value) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const format::StoredInstant found = load(low);
    first_ = found.first;
    next_ = low + 1 < count ? load(low + 1).first : header.last + 1;
    instant_ = {found.instant};
    return instant_;
}

// ---- finding runs

const std::byte* RunReader::row(RunAddress address) const {
    const std::uint32_t chunk = address.row >> format::row_unit_bits;
    const std::size_t at =
        (address.row & ((std::uint32_t{1} << format::row_unit_bits) - 1)) * std::size_t{8};
    const SegmentMap& map = segments_->map(address.segment);
    constexpr auto stream = static_cast<std::size_t>(format::Stream::directory);
    if (chunk >= map.header.chunks[stream] ||
        at + sizeof(format::RunHead) >
            segments_->used(map.header, format::Stream::directory, chunk)) {
        segments_->corrupt(address.segment, "a pointer leads beyond its directory");
    }
    return segments_->chunk(*transaction_, address.segment, format::Stream::directory, chunk) + at;
}

Run RunReader::open(RunAddress address) const {
    Run run;
    run.address = address;
    run.row = row(address);
    run.segment = &segments_->map(address.segment);
    run.head = format::load<format::RunHead>(run.row);
    if (run.head.count == 0)
        segments_->corrupt(address.segment, "a pointer leads to no directory row");
    run.layout = format::layout_of(run.head.flags);
    return run;
}

Run RunReader::newest(RunAddress head, Position limit) const {
    RunAddress at = head;
    while (at) {
        const Run run = open(at);
        if (run.first() <= limit) return run;
        at = run.head.previous();
        if (run.has_jump()) {
            // An account has one run in a segment, so everything between the jump's target and this run
            // lies in later segments than the target's.
            const RunAddress far = run.jump();
            if (limit.value <= segments_->map(far.segment).header.last) at = far;
        }
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
    return segments_->chunk(*transaction_, run.address.segment, format::stream_of(rows),
                            number / per_chunk) +
           (number % per_chunk) * format::row_bytes(rows);
}

EntryState RunReader::inline_entry(const Run& run) const {
    const EntryKind kind = format::kind_of(run.head.kind_flags);
    return {run.first(),           run.head.line, kind, format::flags_of(run.head.kind_flags),
            {run.head.first_date}, run.closing(), {}};
}

EntryState RunReader::decode(const Run& run, const Reserved& reserved, const std::byte* row) const {
    const std::uint64_t base = run.segment->header.first;
    if (run.head.rows() == format::RowFormat::wide) {
        const auto wide = format::load<format::WideRow>(row);
        const auto kind = static_cast<EntryKind>(wide.kind);
        return {{base + wide.position},
                wide.line,
                kind,
                wide.flags,
                format::has_date(kind) ? Date{wide.date} : Date::none(),
                {format::from_array(wide.debits), format::from_array(wide.credits)},
                {format::from_array(wide.held), format::from_array(wide.buffered_debits),
                 format::from_array(wide.buffered_credits)}};
    }
    const auto narrow = format::load<format::NarrowRow>(row);
    const EntryKind kind = format::kind_of(narrow.kind_flags);
    EntryState state{
        {base + narrow.position},
        narrow.line,
        kind,
        format::flags_of(narrow.kind_flags),
        format::has_date(kind) ? Date{run.head.first_date + narrow.date} : Date::none(),
        {narrow.debits, narrow.credits},
        reserved};
    if (run.head.rows() == format::RowFormat::medium) {
        const auto medium = format::load<format::MediumRow>(row);
        state.reserved = {medium.held, medium.buffered_debits, medium.buffered_credits};
    }
    return state;
}

std::uint32_t RunReader::lower_bound(const Run& run, Position position) const {
    if (position <= run.first()) return 0;
    if (position > run.last()) return run.head.count;
    const auto relative = static_cast<std::uint32_t>(position.value - run.segment->header.first);
    const auto body = format::load<format::RunBody>(run.row + sizeof(format::RunHead));
    std::uint32_t low = 0;  // entry `low` lies before, entry `high` does not
    std::uint32_t high = run.head.count - 1;
    while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (format::load<std::uint32_t>(stored_row(run, body, middle)) < relative) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

EntryState RunReader::entry(const Run& run, std::uint32_t index) const {
    EntryState state;
    visit(run, index, 1, [&](const EntryState& found) { state = found; });
    return state;
}

// ---- summaries

Summary RunReader::own(const Run& run) const {
    if (run.is_inline()) return rows_summary(run, 0, 1);
    const auto body = format::load<format::RunBody>(run.row + sizeof(format::RunHead));
    InstantFinder instants(*segments_, *transaction_, run.address.segment);
    const std::size_t area_at = run.layout.body + 6 * (run.wide() ? std::size_t{16} : 8);
    Summary summary;
    summary.entries = run.head.count;
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
    SummaryBuilder builder(first == 0 ? run.opening() : entry(run, first - 1).totals);
    InstantFinder instants(*segments_, *transaction_, run.address.segment);
    visit(run, first, count, [&](const EntryState& state) {
        builder.add(state.totals, instants.at(state.position), state.date);
    });
    return builder.done();
}

Summary RunReader::inner_summary(const Run& run, std::uint32_t block) const {
    const auto body = format::load<format::RunBody>(run.row + sizeof(format::RunHead));
    const std::uint32_t number = body.first_inner + block;
    const auto inner = format::load<format::InnerSummary>(
        segments_->chunk(*transaction_, run.address.segment, format::Stream::inner,
                         number / format::inner_per_chunk) +
        (number % format::inner_per_chunk) * sizeof(format::InnerSummary));
    const std::uint32_t first = block * format::inner_rows;
    const std::uint32_t count = std::min(format::inner_rows, run.head.count - first);
    const EntryState first_entry = entry(run, first);
    const EntryState last_entry = entry(run, first + count - 1);
    InstantFinder instants(*segments_, *transaction_, run.address.segment);
    Summary summary;
    summary.entries = count;
    summary.opening = first == 0 ? run.opening() : entry(run, first - 1).totals;
    summary.closing = last_entry.totals;
    summary.lowest = format::from_array(inner.lowest);
    summary.highest = format::from_array(inner.highest);
    summary.first_instant = instants.at(first_entry.position);
    summary.last_instant = instants.at(last_entry.position);
    summary.first_date = {inner.first_date};
    summary.last_date = {inner.last_date};
    summary.area = format::from_array(inner.area);
    return summary;
}

Summary RunReader::part(const Run& run, std::uint32_t first, std::uint32_t count) const {
    if (first == 0 && count == run.head.count) return own(run);
    const std::uint32_t end = first + count;
    Summary summary;
    summary.opening = summary.closing = first == 0 ? run.opening() : entry(run, first - 1).totals;
    while (first < end) {
        const std::uint32_t block = first / format::inner_rows;
        const std::uint32_t next = std::min((block + 1) * format::inner_rows, run.head.count);
        const bool whole = run.head.count > format::inner_rows && next <= end &&
                           first == block * format::inner_rows;
        const std::uint32_t until = std::min(next, end);
        summary.join(whole ? inner_summary(run, block) : rows_summary(run, first, until - first));
        first = until;
    }
    return summary;
}

Summary RunReader::span(const Run& run) const {
    if (!run.has_jump()) {
        Summary summary = own(open(run.head.previous()));
        InstantFinder instants(*segments_, *transaction_, run.address.segment);
        const Instant until = instants.at(run.first());
        summary.area += Wide::product(net(summary.closing),
                                      until.nanoseconds - summary.last_instant.nanoseconds);
        summary.last_instant = until;
        return summary;
    }
    const auto jump = format::load<format::JumpHead>(run.row + run.layout.jump);
    const bool wide = run.head.is(format::run_flag::wide_span);
    const std::size_t value = wide ? 16 : 8;
    const std::byte* at = run.row + run.layout.jump + sizeof jump;
    const Run target = open({jump.segment, jump.row});
    InstantFinder far(*segments_, *transaction_, jump.segment);
    InstantFinder near(*segments_, *transaction_, run.address.segment);
    Summary summary;
    summary.entries = jump.entries;
    summary.opening = target.opening();
    summary.closing = run.opening();
    summary.lowest = format::load_value(at, wide);
    summary.highest = format::load_value(at + value, wide);
    summary.first_instant = far.at(target.first());
    summary.last_instant = near.at(run.first());
    summary.first_date = {jump.first_date};
    summary.last_date = {jump.last_date};
    summary.area = format::load_area(at + 2 * value, wide);
    return summary;
}

}  // namespace ledger::history
