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

Instant InstantFinder::at(Position position) {
    if (position.value >= first_ && position.value < next_) return instant_;
    const format::Header& header = segment_->header;
    const std::uint64_t count = this->count();
    const std::uint64_t found =
        format::locate(count, header.first, header.last, position.value,
                       [&](std::uint64_t index) { return load(index).first; });
    const format::StoredInstant batch = load(found);
    first_ = batch.first;
    next_ = found + 1 < count ? load(found + 1).first : header.last + 1;
    instant_ = {batch.instant};
    return instant_;
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

EntryState RunReader::first_inline(const Run& run) const {
    const auto entry = format::load<format::InlineEntry>(run.row + sizeof(format::RunHead));
    const EntryKind kind = format::kind_of(run.head.kind_flags);
    return {
        run.first(),
        run.head.line,
        kind,
        format::flags_of(run.head.kind_flags),
        format::has_date(kind) ? Date{run.head.first_date + run.head.inline_date()} : Date::none(),
        {entry.debits, entry.credits},
        {},
        {}};
}

EntryState RunReader::decode(const Run& run, const Reserved& reserved, const std::byte* row) const {
    const std::uint64_t base = run.segment->header.first;
    if (run.head.rows() == format::RowFormat::wide) {
        const auto wide = format::load<format::WideRow>(row);
        const auto kind = static_cast<EntryKind>(wide.kind);
        const Reserved stored{format::from_array(wide.held),
                              format::from_array(wide.buffered_debits),
                              format::from_array(wide.buffered_credits)};
        return {{base + wide.position},
                wide.line,
                kind,
                wide.flags,
                format::has_date(kind) ? Date{wide.date} : Date::none(),
                {format::from_array(wide.debits), format::from_array(wide.credits)},
                posting::reserved_of(kind, stored),
                posting::folded_of(kind, stored)};
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
        reserved,
        {}};
    if (run.head.rows() == format::RowFormat::medium) {
        const auto medium = format::load<format::MediumRow>(row);
        const Reserved stored{medium.held, medium.buffered_debits, medium.buffered_credits};
        state.reserved = posting::reserved_of(kind, stored);
        state.folded = posting::folded_of(kind, stored);
    }
    return state;
}

std::uint32_t RunReader::lower_bound(const Run& run, Position position) const {
    if (position <= run.first()) return 0;
    if (position > run.last()) return run.count();
    const auto relative = static_cast<std::uint32_t>(position.value - run.segment->header.first);
    if (run.is_inline()) {
        std::uint32_t at = 1;
        while (format::load<std::uint32_t>(run.inline_row(at)) < relative) ++at;
        return at;
    }
    const format::RunBody body = run.body();
    std::uint32_t low = 0;  // entry `low` lies before, entry `high` does not
    std::uint32_t high = run.count() - 1;
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

namespace {

void add_entry(SummaryBuilder& builder, InstantFinder& instants, const EntryState& state,
               bool ends_record) {
    builder.add(state.totals, instants.at(state.position), state.date, ends_record);
}

}  // namespace

Summary RunReader::rows_summary(const Run& run, std::uint32_t first, std::uint32_t count) const {
    SummaryBuilder builder(before(run, first));
    InstantFinder instants(*segments_, *transaction_, *run.segment);
    const bool is_followed = first + count < run.count();
    EntryState held;  // until it is known whether the next entry is of the same record
    visit(run, first, count + (is_followed ? 1 : 0), [&](const EntryState& state) {
        if (held.position) add_entry(builder, instants, held, state.position != held.position);
        held = state;
    });
    if (!is_followed) add_entry(builder, instants, held, true);
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

format::DateRow RunReader::date_row(const Run& run, std::uint32_t number) const {
    return format::load<format::DateRow>(
        segments_->chunk(*transaction_, *run.segment, format::Stream::dates,
                         number / format::dates_per_chunk) +
        (number % format::dates_per_chunk) * sizeof(format::DateRow));
}

Summary RunReader::inner_summary(const Run& run, std::uint32_t block) const {
    const format::InnerSummary inner = this->inner(run, block);
    const std::uint32_t first = block * format::inner_rows;
    const std::uint32_t count = std::min(format::inner_rows, run.count() - first);
    const EntryState first_entry = entry(run, first);
    const EntryState last_entry = entry(run, first + count - 1);
    InstantFinder instants(*segments_, *transaction_, *run.segment);
    Summary summary;
    summary.entries = count;
    summary.opening = before(run, first);
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
    if (first == 0 && count == run.count()) return own(run);
    const std::uint32_t end = first + count;
    Summary summary;
    summary.opening = summary.closing = before(run, first);
    while (first < end) {
        const std::uint32_t block = first / format::inner_rows;
        const std::uint32_t next = std::min((block + 1) * format::inner_rows, run.count());
        const bool whole =
            run.count() > format::inner_rows && next <= end && first == block * format::inner_rows;
        const std::uint32_t until = std::min(next, end);
        summary.join(whole ? inner_summary(run, block) : rows_summary(run, first, until - first));
        first = until;
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
    const auto jump = format::load<format::JumpHead>(run.row + run.layout.jump);
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
