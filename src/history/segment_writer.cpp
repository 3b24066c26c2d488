// Sealing: one generation into one segment. Entries are gathered account by account; the accounts'
// older runs are looked up some runs ahead, because each of them lies somewhere else in memory.
#include "core/mutant.hpp"
#include "history/entry_order.hpp"
#include "history/segments_impl.hpp"
#include "history/summary_builder.hpp"
#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "ledger/core/prefetch.hpp"
#include "ledger/history/turnover.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <vector>

namespace ledger::history {

using format::RowFormat;
using format::Stream;
using posting::Entry;
using posting::Reserved;

namespace {

constexpr std::size_t runs_ahead = 64;     // runs whose memory is loaded together
constexpr std::size_t entries_ahead = 12;  // entries loaded ahead within a run
constexpr std::size_t first_entries = 4;   // of each run, loaded with its block

bool reserved_fits(const Reserved& value) noexcept {
    return format::fits_64(value.held) && format::fits_64(value.buffered_debits) &&
           format::fits_64(value.buffered_credits);
}

/// The value being filled of one stream.
struct ChunkBuffer {
    std::unique_ptr<std::byte[]> bytes = std::make_unique<std::byte[]>(format::value_bytes_max);
    std::size_t used = 0;
    std::uint32_t chunk = 0;  // its number; so many are written
};

/// Posting instants of a generation's records, fast for ascending positions.
class TailInstants {
public:
    void reset(const TailGeneration& generation) {
        batches_ = generation.batches();
        high_ = generation.last_position().value;
        first_ = next_ = 1;
    }
    std::int64_t at(Position position) {
        if (position.value >= first_ && position.value < next_) return instant_;
        const std::uint64_t found =
            format::locate(batches_.size(), batches_.front().first.value, high_, position.value,
                           [&](std::uint64_t index) { return batches_[index].first.value; });
        first_ = batches_[found].first.value;
        next_ = found + 1 == batches_.size() ? UINT64_MAX : batches_[found + 1].first.value;
        instant_ = batches_[found].instant.nanoseconds;
        return instant_;
    }

private:
    std::span<const BatchInstant> batches_;
    std::uint64_t high_ = 0;
    std::uint64_t first_ = 1;  // the batch found last: [first_, next_), empty at the start
    std::uint64_t next_ = 1;
    std::int64_t instant_ = 0;
};

/// One account's entries in the order, and its newest older run.
struct RunPlan {
    std::size_t begin = 0;
    std::size_t end = 0;
    RunAddress head;
    Run previous;
};

/// A run as it will be stored.
struct RunShape {
    const RunPlan* plan = nullptr;
    format::RunHead head{};
    format::RunBody body{};
    RowFormat rows = RowFormat::narrow;
    std::int64_t inline_change = 0;
    Reserved opening_reserved;
    Reserved closing_reserved;
    Summary own;  // not of inline rows
    format::DateTable dates{};
    RunAddress jump;  // where the head's flags have one
    Span span;
};

/// What the entries of a run need to be stored.
struct Needs {
    std::uint64_t beyond = 0;  // 0: totals are within 62 bits
    bool packs = true;         // kinds, flags and dates fit narrow rows
    bool reserved_same = true;
    bool reserved_fits = true;
    std::int32_t first_date = INT32_MAX;
    std::int32_t last_date = Date::none_days;
};

}  // namespace

struct SegmentWriter::Impl {
    explicit Impl(Segments::Impl& to) : segments(to) {}

    void begin(const TailGeneration& generation, const storage::ReadTransaction& older);
    bool write(storage::WriteTransaction& transaction, std::size_t budget);
    void publish(const storage::ReadTransaction& transaction);

    // ---- values
    void put_chunk(Stream stream);
    std::byte* room(Stream stream, std::size_t bytes, std::size_t limit);
    void erase_leftovers();
    void finish();

    // ---- runs
    void plan_runs();
    bool plan_run(RunPlan& plan);
    void shape(const RunPlan& plan);
    bool shape_inline(const Totals& opening);
    void shape_body(const Totals& opening);
    void note_needs(const Entry& entry);
    void look_at(std::size_t begin, std::size_t end);
    Summary summarise(const Totals& opening, std::size_t begin, std::size_t end);
    Wide area_to_next(const Summary& part, std::size_t end);
    void tally(const Totals& opening, std::size_t begin, std::size_t end, const Summary& part);
    format::DateTable put_dates(DateTally& of);
    void choose_rows();
    void link(const Run& previous);
    bool emit_rows(std::size_t budget);
    template <RowFormat format>
    void emit_some(std::byte* at, std::size_t count);
    format::NarrowRow narrow_row(const Entry& entry) const;
    void emit_directory_row();
    std::byte* emit_inline(std::byte* at) const;
    std::byte* emit_body(std::byte* at) const;
    std::byte* emit_jump(std::byte* at) const;

    const Entry& entry(std::size_t at) const { return entries[order.index(at)]; }
    /// Whether it is the account's last entry of its record.
    bool ends_record(std::size_t at) const {
        return at + 1 == run.plan->end || entry(at + 1).position != entry(at).position;
    }
    void prefetch_entry(std::size_t at) const {
        if (at < order.size()) prefetch_line(&entries[order.index(at)]);
    }
    ChunkBuffer& buffer(Stream stream) { return buffers[static_cast<std::size_t>(stream)]; }

    Segments::Impl& segments;
    const TailGeneration* generation = nullptr;
    const storage::ReadTransaction* older = nullptr;
    std::span<const Entry> entries;
    EntryOrder order;
    TailInstants instants;
    format::Header header{};
    std::array<ChunkBuffer, format::streams> buffers;
    std::array<std::uint32_t, 3> row_counts{};  // by RowFormat
    std::uint32_t inner_count = 0;
    std::uint32_t date_count = 0;
    DateTally run_dates;                                             // of the run being shaped
    DateTally block_dates;                                           // of 512 rows of it
    std::vector<std::pair<std::uint32_t, std::uint32_t>> new_heads;  // account, row

    std::array<RunPlan, runs_ahead> plans;
    std::size_t plan_count = 0;
    std::size_t next_plan = 0;
    std::size_t planned = 0;  // place in the order
    RunShape run;             // under way
    Needs needs;              // of its entries
    bool run_open = false;
    std::size_t next_row = 0;  // of it, as a place in the order

    storage::WriteTransaction* transaction = nullptr;
    std::size_t dirty = 0;
    bool cleaned = false;
    bool complete = false;
};

// ---- values

void SegmentWriter::Impl::put_chunk(Stream stream) {
    ChunkBuffer& from = buffer(stream);
    const std::size_t size = format::value_size(from.used);
    const std::size_t body = size - format::checksum_bytes;
    std::fill(from.bytes.get() + from.used, from.bytes.get() + body, std::byte{0});
    const std::uint64_t key = format::value_key(header.number, stream, from.chunk);
    format::store(from.bytes.get() + body, value_checksum(key, from.bytes.get(), body));
    transaction->put(segments.segments, key, {from.bytes.get(), size});
    header.last_used[static_cast<std::size_t>(stream)] = static_cast<std::uint32_t>(from.used);
    header.chunks[static_cast<std::size_t>(stream)] = ++from.chunk;
    header.bytes += size;
    dirty += size;
    from.used = 0;
}

/// Room of `bytes` in the stream, whose values hold at most `limit` bytes.
std::byte* SegmentWriter::Impl::room(Stream stream, std::size_t bytes, std::size_t limit) {
    ChunkBuffer& to = buffer(stream);
    if (to.used + bytes > limit) put_chunk(stream);
    std::byte* at = to.bytes.get() + to.used;
    to.used += bytes;
    return at;
}

/// Values that a seal of this number left behind when it was cut short.
void SegmentWriter::Impl::erase_leftovers() {
    storage::Cursor cursor(*transaction, segments.segments);
    const std::uint64_t first = format::value_key(header.number, Stream::directory, 0);
    for (bool found = cursor.seek_at_least(first);
         found && cursor.integer_key() >> 32 == header.number; found = cursor.next()) {
        cursor.erase();
    }
}

void SegmentWriter::Impl::finish() {
    for (const BatchInstant& batch : generation->batches()) {
        std::byte* at = room(Stream::instants, sizeof(format::StoredInstant),
                             format::instants_per_chunk * sizeof(format::StoredInstant));
        format::store(at, format::StoredInstant{batch.first.value, batch.instant.nanoseconds});
    }
    for (std::size_t stream = 0; stream < format::streams; ++stream) {
        if (buffers[stream].used != 0) put_chunk(static_cast<Stream>(stream));
    }
    const std::uint64_t key = format::value_key(header.number, Stream::header, 0);
    header.runs = new_heads.size();
    header.checksum = value_checksum(key, reinterpret_cast<const std::byte*>(&header),
                                     sizeof header - format::checksum_bytes);
    transaction->put(segments.segments, key, std::as_bytes(std::span(&header, 1)));
    complete = true;
}

// ---- runs

/// The next account's entries; false when there are no more.
bool SegmentWriter::Impl::plan_run(RunPlan& plan) {
    const std::size_t count = order.size();
    if (planned == count) return false;
    plan.begin = planned;
    const std::uint32_t account = order.account(planned);
    while (planned < count && order.account(planned) == account) ++planned;
    plan.end = planned;
    if (const auto* slot = segments.head_slot(account)) prefetch_line(slot);
    for (std::size_t i = plan.begin; i < std::min(plan.end, plan.begin + first_entries); ++i) {
        prefetch_entry(i);
    }
    return true;
}

/// Finds the next runs and starts loading what they need: first the newest older run of each
/// account, when those have come what their jumps need.
void SegmentWriter::Impl::plan_runs() {
    next_plan = plan_count = 0;
    while (plan_count < runs_ahead && plan_run(plans[plan_count])) ++plan_count;
    const RunReader reader(segments, *older);
    const std::span<RunPlan> made(plans.data(), plan_count);
    for (RunPlan& plan : made) {
        plan.head = segments.head(order.account(plan.begin));
        if (plan.head) reader.prefetch(plan.head);
    }
    for (RunPlan& plan : made) {
        plan.previous = plan.head ? reader.open(plan.head) : Run{};
        if (!plan.head || format::jump_length(plan.previous.head.depth + 1) <= 1) continue;
        reader.prefetch(plan.previous.jump());
    }
    for (const RunPlan& plan : made) {
        // The shortest of these jumps has no stored spans to join, so the run it leads to is read.
        if (!plan.head || format::jump_length(plan.previous.head.depth + 1) != 3) continue;
        reader.prefetch(reader.open(plan.previous.jump()).head.previous());
    }
}

void SegmentWriter::Impl::shape(const RunPlan& plan) {
    run.plan = &plan;
    Totals opening;
    run.opening_reserved = {};
    if (plan.head) {
        opening = plan.previous.closing();
        if (plan.previous.layout.reserved != 0) {
            run.opening_reserved = plan.previous.closing_reserved();
        }
        LEDGER_ASSERT(plan.previous.head.account == order.account(plan.begin));
    }
    const Entry& first = entry(plan.begin);
    run.head = {};
    run.head.account = first.account.index;
    run.head.count_word = static_cast<std::uint32_t>(plan.end - plan.begin);
    run.head.first_position = static_cast<std::uint32_t>(first.position.value - header.first);
    run.closing_reserved = generation->reserved_of(entry(plan.end - 1));
    needs = {};
    if (!shape_inline(opening)) shape_body(opening);
    if (plan.head) link(plan.previous);
    run_open = true;
    next_row = plan.begin;
}

void SegmentWriter::Impl::note_needs(const Entry& e) {
    needs.beyond |= format::beyond_62(e.debits) | format::beyond_62(e.credits);
    needs.packs &= static_cast<unsigned>(e.kind) < 32 && e.flags < 8;
    if (!format::has_date(e.kind)) return;
    needs.packs &= e.book_date_days != Date::none_days;
    needs.first_date = std::min(needs.first_date, e.book_date_days);
    needs.last_date = std::max(needs.last_date, e.book_date_days);
}

/// Few entries of the common kind are kept in the directory row itself.
bool SegmentWriter::Impl::shape_inline(const Totals& opening) {
    const RunPlan& plan = *run.plan;
    if (plan.end - plan.begin > format::inline_rows_max || run.opening_reserved != Reserved{}) {
        return false;
    }
    std::uint32_t reserved = 0;
    for (std::size_t i = plan.begin; i < plan.end; ++i) {
        note_needs(entry(i));
        reserved |= entry(i).reserved;
    }
    const bool dated = needs.last_date != Date::none_days;
    const Entry& first = entry(plan.begin);
    const bool credit = (first.flags & posting::entry_flag::credit) != 0;
    const i128 change = credit ? first.credits - opening.credits : first.debits - opening.debits;
    const bool other_same =
        credit ? first.debits == opening.debits : first.credits == opening.credits;
    if (reserved != 0 || needs.beyond != 0 || !needs.packs || !format::fits_64(change) ||
        !other_same || (dated && needs.last_date - needs.first_date > 255)) {
        needs = {};
        return false;
    }
    run.inline_change = static_cast<std::int64_t>(change);
    run.head.first_date = dated ? needs.first_date : Date::none_days;
    if (format::has_date(first.kind)) {
        run.head.count_word |= static_cast<std::uint32_t>(first.book_date_days - needs.first_date)
                               << 16;
    }
    run.head.line = first.line;
    run.head.kind_flags = format::pack_kind(first.kind, first.flags);
    run.head.flags = format::run_flag::inline_rows;
    return true;
}

void SegmentWriter::Impl::look_at(std::size_t begin, std::size_t end) {
    const bool closes_reserved = run.closing_reserved != Reserved{};
    for (std::size_t i = begin; i < end; ++i) {
        if (i + entries_ahead < run.plan->end) prefetch_entry(i + entries_ahead);
        const Entry& e = entry(i);
        note_needs(e);
        if (e.reserved == 0 && !closes_reserved) continue;
        const Reserved reserved = generation->stored_reserved_of(e);
        needs.reserved_same &= reserved == run.closing_reserved;
        needs.reserved_fits &= reserved_fits(reserved);
    }
}

/// The summary of entries whose totals were looked at, all of one run.
Summary SegmentWriter::Impl::summarise(const Totals& opening, std::size_t begin, std::size_t end) {
    if (needs.beyond != 0) {
        SummaryBuilder builder(opening);
        for (std::size_t i = begin; i < end; ++i) {
            const Entry& e = entry(i);
            builder.add({e.debits, e.credits}, {instants.at(e.position)}, Date::none(),
                        ends_record(i));
        }
        return builder.done();
    }
    // The same in 64 bits: balances fit them, and their product with time 128.
    const Entry& last = entry(end - 1);
    std::int64_t lowest = INT64_MAX;
    std::int64_t highest = INT64_MIN;
    std::int64_t balance = 0;
    const std::int64_t first_instant = instants.at(entry(begin).position);
    std::int64_t instant = first_instant;
    i128 area = 0;
    for (std::size_t i = begin; i < end; ++i) {
        const Entry& e = entry(i);
        const std::int64_t now = instants.at(e.position);
        area += i128{balance} * (now - instant);
        instant = now;
        balance = static_cast<std::int64_t>(e.debits) - static_cast<std::int64_t>(e.credits);
        if (!ends_record(i)) continue;
        lowest = std::min(lowest, balance);
        highest = std::max(highest, balance);
    }
    const bool has_record = lowest <= highest;
    Summary summary;
    summary.entries = end - begin;
    summary.opening = opening;
    summary.closing = {last.debits, last.credits};
    summary.lowest = has_record ? lowest : i128_max;
    summary.highest = has_record ? highest : i128_min;
    summary.first_instant = {first_instant};
    summary.last_instant = {instant};
    summary.area = Wide(area);
    return summary;
}

/// The area of a stretch of the run up to `end`, reaching on to the stretch that follows.
Wide SegmentWriter::Impl::area_to_next(const Summary& part, std::size_t end) {
    if (end == run.plan->end) return part.area;
    const std::int64_t next = instants.at(entry(end).position);
    return part.area + Wide::product(net(part.closing), next - part.last_instant.nanoseconds);
}

/// Adds the turnover of entries, whose summary is given, to that of their stretch and of the run.
void SegmentWriter::Impl::tally(const Totals& opening, std::size_t begin, std::size_t end,
                                const Summary& part) {
    block_dates.clear();
    if (part.first_date == part.last_date) {
        if (part.first_date) {
            run_dates.add(part.first_date, WideTurnover::between(opening, part.closing));
        }
        return;
    }
    Totals before = opening;
    for (std::size_t i = begin; i < end; ++i) {
        const Entry& e = entry(i);
        const Totals after{e.debits, e.credits};
        if (format::has_date(e.kind)) {
            block_dates.add({e.book_date_days}, WideTurnover::between(before, after));
        }
        before = after;
    }
    run_dates.add(block_dates.by_date());
}

/// Writes a table of several dates.
format::DateTable SegmentWriter::Impl::put_dates(DateTally& of) {
    const std::span<const DateTurnover> sums = of.by_date();
    format::DateTable table{date_count, static_cast<std::uint32_t>(sums.size())};
    WideTurnover sum;
    const auto fits = [&](const DateTurnover& one) {
        sum += one.turnover;
        return sum.debits.fits_amount() && sum.credits.fits_amount();
    };
    if (sums.size() < 2 || !std::ranges::all_of(sums, fits)) return {};
    sum = {};
    for (const DateTurnover& one : sums) {
        sum += one.turnover;
        std::byte* at = room(Stream::dates, sizeof(format::DateRow),
                             format::dates_per_chunk * sizeof(format::DateRow));
        format::store(
            at, format::DateRow{one.date.days, 0, format::to_words(to_amount(sum.debits).minor),
                                format::to_words(to_amount(sum.credits).minor)});
    }
    date_count += table.rows;
    return table;
}

void SegmentWriter::Impl::shape_body(const Totals& opening) {
    const RunPlan& plan = *run.plan;
    const bool inner = run.head.count_word > format::inner_rows;
    run.body = {};
    run.own = {};
    run_dates.clear();
    if (inner) run.body.first_inner = inner_count;
    Totals before = opening;
    Needs whole;
    for (std::size_t block = plan.begin; block < plan.end; block += format::inner_rows) {
        const std::size_t end = std::min(plan.end, block + format::inner_rows);
        needs = {};
        look_at(block, end);
        Summary part = summarise(before, block, end);
        part.last_date = {needs.last_date};
        if (part.last_date) part.first_date = {needs.first_date};
        tally(before, block, end, part);
        if (inner) {
            const format::DateTable dates = put_dates(block_dates);
            std::byte* at = room(Stream::inner, sizeof(format::InnerSummary),
                                 format::inner_per_chunk * sizeof(format::InnerSummary));
            format::store(at, format::InnerSummary{
                                  format::to_words(part.lowest), format::to_words(part.highest),
                                  format::to_words(area_to_next(part, end)), part.first_date.days,
                                  part.last_date.days, dates});
            ++inner_count;
        }
        run.own.join(part);
        before = part.closing;
        whole.beyond |= needs.beyond;
        whole.packs &= needs.packs;
        whole.reserved_same &= needs.reserved_same;
        whole.reserved_fits &= needs.reserved_fits;
    }
    needs = whole;
    needs.packs &= needs.beyond == 0 &&
                   (!run.own.first_date || run.own.last_date.days - run.own.first_date.days <= 255);
    run.head.first_date = run.own.first_date.days;
    run.body.last_date = run.own.last_date.days;
    run.dates = put_dates(run_dates);
    choose_rows();
}

void SegmentWriter::Impl::choose_rows() {
    run.rows = RowFormat::wide;
    if (needs.packs && needs.reserved_same) {
        run.rows = RowFormat::narrow;
    } else if (needs.packs && needs.reserved_fits) {
        run.rows = RowFormat::medium;
    }
    run.head.flags = static_cast<std::uint8_t>(run.rows);
    run.body.first_row = row_counts[static_cast<std::size_t>(run.rows)];
    run.body.last_position =
        static_cast<std::uint32_t>(entry(run.plan->end - 1).position.value - header.first);
    if (run.opening_reserved != Reserved{} || run.closing_reserved != Reserved{}) {
        run.head.flags |= format::run_flag::reserved;
    }
    if (run.dates.rows != 0) run.head.flags |= format::run_flag::dates;
    const Summary& own = run.own;
    const bool narrow =
        format::fits_64(own.opening.debits) && format::fits_64(own.opening.credits) &&
        format::fits_64(own.closing.debits) && format::fits_64(own.closing.credits) &&
        format::fits_64(own.lowest) && format::fits_64(own.highest) && own.area.fits_amount() &&
        reserved_fits(run.opening_reserved) && reserved_fits(run.closing_reserved);
    if (!narrow) run.head.flags |= format::run_flag::wide_values;
}

/// Pointers to older runs. Where the jump is not the previous run, it spans two jumps of equal
/// length and the previous run itself, and so does its summary.
void SegmentWriter::Impl::link(const Run& previous) {
    run.head.depth = previous.head.depth + 1;
    run.head.previous_segment = previous.address.segment;
    run.head.previous_row = previous.address.row;
    if (format::jump_length(run.head.depth) <= 1) return;
    const RunReader reader(segments, *older);
    const Run middle = reader.open(previous.jump());
    run.jump = LEDGER_MUTANT(jump_pointer_off_by_one) ? previous.jump() : middle.jump();
    run.span = reader.stored_span(middle);
    if (!LEDGER_MUTANT(wrong_span_summary)) run.span.join(reader.stored_span(previous));
    run.span.join(reader.own_until(previous, {instants.at(entry(run.plan->begin).position)}));
    run.head.flags |= format::run_flag::jump;
    if (!format::fits_64(run.span.lowest) || !format::fits_64(run.span.highest) ||
        !run.span.area.fits_amount()) {
        run.head.flags |= format::run_flag::wide_span;
    }
}

/// The rows of the open run. Returns whether all are written, or the budget is used up before.
bool SegmentWriter::Impl::emit_rows(std::size_t budget) {
    if (run.head.is_inline()) return true;
    const std::size_t bytes = format::row_bytes(run.rows);
    const std::size_t limit = format::rows_per_chunk(run.rows) * bytes;
    ChunkBuffer& to = buffer(format::stream_of(run.rows));
    while (next_row < run.plan->end) {
        if (to.used == limit) put_chunk(format::stream_of(run.rows));
        if (dirty >= budget) return false;
        const std::size_t count = std::min((limit - to.used) / bytes, run.plan->end - next_row);
        std::byte* at = to.bytes.get() + to.used;
        switch (run.rows) {
            case RowFormat::narrow: emit_some<RowFormat::narrow>(at, count); break;
            case RowFormat::medium: emit_some<RowFormat::medium>(at, count); break;
            case RowFormat::wide: emit_some<RowFormat::wide>(at, count); break;
        }
        to.used += count * bytes;
        next_row += count;
        row_counts[static_cast<std::size_t>(run.rows)] += static_cast<std::uint32_t>(count);
    }
    return true;
}

format::NarrowRow SegmentWriter::Impl::narrow_row(const Entry& e) const {
    const std::int32_t days = format::has_date(e.kind) ? e.book_date_days - run.head.first_date : 0;
    return {static_cast<std::uint32_t>(e.position.value - header.first),
            e.line,
            format::pack_kind(e.kind, e.flags),
            static_cast<std::uint8_t>(days),
            static_cast<std::int64_t>(e.debits),
            static_cast<std::int64_t>(e.credits)};
}

template <RowFormat format_of_rows>
void SegmentWriter::Impl::emit_some(std::byte* at, std::size_t count) {
    for (std::size_t i = next_row; i < next_row + count; ++i) {
        if (i + entries_ahead < run.plan->end) prefetch_entry(i + entries_ahead);
        const Entry& e = entry(i);
        if constexpr (format_of_rows == RowFormat::narrow) {
            format::store(at, narrow_row(e));
        } else if constexpr (format_of_rows == RowFormat::medium) {
            const Reserved reserved = generation->stored_reserved_of(e);
            format::store(at,
                          format::MediumRow{narrow_row(e), static_cast<std::int64_t>(reserved.held),
                                            static_cast<std::int64_t>(reserved.buffered_debits),
                                            static_cast<std::int64_t>(reserved.buffered_credits)});
        } else {
            const Reserved reserved = generation->stored_reserved_of(e);
            format::store(
                at, format::WideRow{static_cast<std::uint32_t>(e.position.value - header.first),
                                    e.line, static_cast<std::uint8_t>(e.kind), e.flags,
                                    e.book_date_days, 0, format::to_words(e.debits),
                                    format::to_words(e.credits), format::to_words(reserved.held),
                                    format::to_words(reserved.buffered_debits),
                                    format::to_words(reserved.buffered_credits)});
        }
        at += format::row_bytes(format_of_rows);
    }
}

std::byte* SegmentWriter::Impl::emit_inline(std::byte* at) const {
    const Entry& first = entry(run.plan->begin);
    format::store(at,
                  format::InlineEntry{static_cast<std::int64_t>(first.debits),
                                      static_cast<std::int64_t>(first.credits), run.inline_change});
    at += sizeof(format::InlineEntry);
    for (std::size_t i = run.plan->begin + 1; i < run.plan->end; ++i) {
        format::store(at, narrow_row(entry(i)));
        at += sizeof(format::NarrowRow);
    }
    return at;
}

std::byte* SegmentWriter::Impl::emit_body(std::byte* at) const {
    format::store(at, run.body);
    at += sizeof run.body;
    const bool wide = run.head.is(format::run_flag::wide_values);
    for (const i128 value :
         {run.own.opening.debits, run.own.opening.credits, run.own.closing.debits,
          run.own.closing.credits, run.own.lowest, run.own.highest}) {
        at = format::store_value(at, value, wide);
    }
    at = format::store_area(at, run.own.area, wide);
    if (run.head.is(format::run_flag::reserved)) {
        for (const Reserved& reserved : {run.opening_reserved, run.closing_reserved}) {
            at = format::store_value(at, reserved.held, wide);
            at = format::store_value(at, reserved.buffered_debits, wide);
            at = format::store_value(at, reserved.buffered_credits, wide);
        }
    }
    if (!run.head.is(format::run_flag::dates)) return at;
    format::store(at, run.dates);
    return at + sizeof run.dates;
}

std::byte* SegmentWriter::Impl::emit_jump(std::byte* at) const {
    if (!run.head.is(format::run_flag::jump)) return at;
    const bool wide = run.head.is(format::run_flag::wide_span);
    format::store(at, format::JumpHead{run.jump.segment, run.jump.row, run.span.first_date.days,
                                       run.span.last_date.days, run.span.entries});
    at += sizeof(format::JumpHead);
    at = format::store_value(at, run.span.lowest, wide);
    at = format::store_value(at, run.span.highest, wide);
    return format::store_area(at, run.span.area, wide);
}

void SegmentWriter::Impl::emit_directory_row() {
    const std::size_t size = format::layout_of(run.head.flags, run.head.count()).size;
    std::byte* const row = room(Stream::directory, size, format::payload_max);
    const ChunkBuffer& to = buffer(Stream::directory);
    const std::size_t offset = to.used - size;
    new_heads.emplace_back(run.head.account, static_cast<std::uint32_t>(
                                                 to.chunk << format::row_unit_bits | offset / 8));
    format::store(row, run.head);
    std::byte* const values = row + sizeof run.head;
    const std::byte* const end =
        emit_jump(run.head.is_inline() ? emit_inline(values) : emit_body(values));
    LEDGER_ASSERT(end == row + size);
    run_open = false;
}

// ---- the steps

void SegmentWriter::Impl::begin(const TailGeneration& from,
                                const storage::ReadTransaction& before) {
    LEDGER_ASSERT(!from.empty());
    generation = &from;
    older = &before;
    entries = from.entries();
    header = {};
    header.magic = format::header_magic;
    header.version = format::header_version;
    header.number = segments.last_segment.load(std::memory_order_relaxed) + 1;
    header.first = from.first_position().value;
    header.last = from.last_position().value;
    header.first_instant = from.batches().front().instant.nanoseconds;
    header.last_instant = from.batches().back().instant.nanoseconds;
    header.entries = entries.size();
    LEDGER_ASSERT(header.number < Segments::Impl::segments_max);
    LEDGER_ASSERT(header.first > segments.sealed_through.load(std::memory_order_relaxed));
    LEDGER_ASSERT(header.last - header.first < UINT32_MAX);  // positions in rows have 32 bits
    instants.reset(from);
    for (ChunkBuffer& chunk : buffers) chunk.used = chunk.chunk = 0;
    row_counts = {};
    inner_count = date_count = 0;
    new_heads.clear();
    plan_count = next_plan = planned = 0;
    run_open = cleaned = complete = false;
    order.sort(entries);
}

bool SegmentWriter::Impl::write(storage::WriteTransaction& into, std::size_t budget) {
    LEDGER_ASSERT(generation != nullptr && !complete);
    transaction = &into;
    dirty = 0;
    if (!cleaned) erase_leftovers();
    cleaned = true;
    for (;;) {
        if (run_open) {
            if (!emit_rows(budget)) return false;
            emit_directory_row();
        }
        if (dirty >= budget) return false;
        if (next_plan == plan_count) plan_runs();
        if (plan_count == 0) break;
        shape(plans[next_plan++]);
    }
    finish();
    return true;
}

void SegmentWriter::Impl::publish(const storage::ReadTransaction& after) {
    LEDGER_ASSERT(complete);
    format::Header stored{};
    if (!segments.read_header(after, header.number, stored)) {
        throw UsageError("segment " + std::to_string(header.number) +
                         " is published in a transaction begun before it was committed");
    }
    segments.add(after, stored, Segments::Impl::Locate::now_trusted);
    for (const auto& [account, row] : new_heads) segments.set_head(account, {header.number, row});
    segments.announce(stored);
    generation = nullptr;
    older = nullptr;
    complete = false;
}

SegmentWriter::SegmentWriter(Segments& segments) : impl_(std::make_unique<Impl>(segments.impl())) {}
SegmentWriter::~SegmentWriter() = default;

void SegmentWriter::begin(const TailGeneration& generation, const storage::ReadTransaction& older) {
    impl_->begin(generation, older);
}
bool SegmentWriter::write(storage::WriteTransaction& transaction, std::size_t budget) {
    return impl_->write(transaction, budget);
}
void SegmentWriter::publish(const storage::ReadTransaction& transaction) {
    impl_->publish(transaction);
}

}  // namespace ledger::history
