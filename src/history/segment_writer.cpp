// Sealing: one generation into one segment. Entries are gathered account by account; the accounts' older runs
// are looked up some runs ahead, because each of them lies somewhere else in memory.
#include "history/entry_order.hpp"
#include "history/segments_impl.hpp"
#include "history/summary_builder.hpp"
#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
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

/// Posting instants of a generation's records, fast for positions near each other.
class TailInstants {
public:
    void reset(std::span<const BatchInstant> batches) {
        batches_ = batches;
        first_ = next_ = 1;
    }
    Instant at(Position position) {
        if (position.value >= first_ && position.value < next_) return instant_;
        const auto next = std::upper_bound(
            batches_.begin(), batches_.end(), position,
            [](Position at, const BatchInstant& batch) { return at < batch.first; });
        LEDGER_ASSERT(next != batches_.begin());
        first_ = std::prev(next)->first.value;
        next_ = next == batches_.end() ? UINT64_MAX : next->first.value;
        instant_ = std::prev(next)->instant;
        return instant_;
    }

private:
    std::span<const BatchInstant> batches_;
    std::uint64_t first_ = 1;
    std::uint64_t next_ = 1;
    Instant instant_;
};

/// One account's entries in the order, and its newest older run.
struct RunPlan {
    std::size_t begin = 0;
    std::size_t end = 0;
    RunAddress head;
};

/// A run as it will be stored.
struct RunShape {
    RunPlan plan;
    format::RunHead head{};
    format::RunBody body{};
    RowFormat rows = RowFormat::narrow;
    Reserved opening_reserved;
    Reserved closing_reserved;
    Summary own;
    std::int64_t inline_change = 0;
    RunAddress jump;  // where the head's flags have one
    Summary span;
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
    void shape(const RunPlan& plan);
    void examine_entries(const RunPlan& plan, const Totals& opening);
    void choose_rows();
    bool shape_inline(const Totals& opening);
    void link(const std::optional<Run>& previous);
    bool emit_rows(std::size_t budget);
    void emit_row(const Entry& entry);
    void emit_directory_row();
    std::byte* emit_body(std::byte* at) const;
    std::byte* emit_jump(std::byte* at) const;

    const Entry& entry(std::size_t at) const { return entries[order.index(at)]; }
    void prefetch_entry(std::size_t at) const {
        if (at < order.size()) __builtin_prefetch(&entries[order.index(at)]);
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
    std::vector<std::pair<std::uint32_t, std::uint32_t>> new_heads;  // account, row

    std::vector<RunPlan> plans;
    std::size_t next_plan = 0;
    std::size_t planned = 0;  // place in the order
    RunShape run;             // under way
    bool run_open = false;
    std::size_t next_row = 0;  // of it, as a place in the order

    // what examine_entries() finds
    bool totals_fit = false, packs = false, reserved_same = false, reserved_narrow = false;

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

/// Finds the next runs and starts loading what they need.
void SegmentWriter::Impl::plan_runs() {
    plans.clear();
    next_plan = 0;
    const std::size_t count = order.size();
    while (planned < count && plans.size() < runs_ahead) {
        RunPlan plan;
        plan.begin = planned;
        const std::uint32_t account = order.account(planned);
        if (const auto* slot = segments.head_slot(account)) __builtin_prefetch(slot);
        while (planned < count && order.account(planned) == account) ++planned;
        plan.end = planned;
        for (std::size_t i = plan.begin; i < std::min(plan.end, plan.begin + first_entries); ++i) {
            prefetch_entry(i);
        }
        plans.push_back(plan);
    }
    const RunReader reader(segments, *older);
    for (RunPlan& plan : plans) {
        plan.head = segments.head(order.account(plan.begin));
        if (!plan.head) continue;
        const std::byte* row = reader.row(plan.head);
        __builtin_prefetch(row);
        __builtin_prefetch(row + 64);
    }
    for (const RunPlan& plan : plans) {
        if (!plan.head) continue;
        const Run previous = reader.open(plan.head);
        if (format::jump_length(previous.head.depth + 1) <= 1) continue;
        const std::byte* row = reader.row(previous.jump());
        __builtin_prefetch(row);
        __builtin_prefetch(row + 64);
    }
}

void SegmentWriter::Impl::shape(const RunPlan& plan) {
    run = RunShape{};
    run.plan = plan;
    std::optional<Run> previous;
    Totals opening;
    if (plan.head) {
        previous = RunReader(segments, *older).open(plan.head);
        opening = previous->closing();
        run.opening_reserved = previous->closing_reserved();
        LEDGER_ASSERT(previous->head.account == order.account(plan.begin));
    }
    run.head.account = order.account(plan.begin);
    run.head.count = static_cast<std::uint32_t>(plan.end - plan.begin);
    run.head.first_position =
        static_cast<std::uint32_t>(entry(plan.begin).position.value - header.first);
    run.closing_reserved = generation->reserved_of(entry(plan.end - 1));
    examine_entries(plan, opening);
    if (!shape_inline(opening)) choose_rows();
    link(previous);
    run_open = true;
    next_row = plan.begin;
}

/// First pass over the entries: their summary, and which row they fit.
void SegmentWriter::Impl::examine_entries(const RunPlan& plan, const Totals& opening) {
    totals_fit = packs = reserved_same = reserved_narrow = true;
    const bool inner = run.head.count > format::inner_rows;
    if (inner) run.body.first_inner = inner_count;
    const bool closes_reserved = run.closing_reserved != Reserved{};
    Totals before = opening;
    for (std::size_t block = plan.begin; block < plan.end; block += format::inner_rows) {
        SummaryBuilder builder(before);
        const std::size_t end = std::min(plan.end, block + format::inner_rows);
        for (std::size_t i = block; i < end; ++i) {
            if (i + entries_ahead < plan.end) prefetch_entry(i + entries_ahead);
            const Entry& e = entry(i);
            const bool dated = format::has_date(e.kind);
            builder.add({e.debits, e.credits}, instants.at(e.position),
                        dated ? Date{e.book_date_days} : Date::none());
            totals_fit &= format::fits_64(e.debits) && format::fits_64(e.credits);
            packs &= static_cast<unsigned>(e.kind) < 32 && e.flags < 8 &&
                     (!dated || e.book_date_days != Date::none_days);
            if (e.reserved != 0 || closes_reserved) {
                const Reserved reserved = generation->reserved_of(e);
                reserved_same &= reserved == run.closing_reserved;
                reserved_narrow &= reserved_fits(reserved);
            }
        }
        const Summary part = builder.done();
        if (inner) {
            std::byte* at = room(Stream::inner, sizeof(format::InnerSummary),
                                 format::inner_per_chunk * sizeof(format::InnerSummary));
            format::store(at, format::InnerSummary{format::to_words(part.lowest),
                                                   format::to_words(part.highest),
                                                   format::to_words(part.area),
                                                   part.first_date.days, part.last_date.days});
            ++inner_count;
        }
        run.own.join(part);
        before = part.closing;
    }
    run.head.first_date = run.own.first_date.days;
    run.body.last_date = run.own.last_date.days;
    packs &= totals_fit &&
             (!run.own.first_date || run.own.last_date.days - run.own.first_date.days <= 255);
}

/// A single entry of the common kind is kept in the directory row itself.
bool SegmentWriter::Impl::shape_inline(const Totals& opening) {
    const Entry& only = entry(run.plan.begin);
    if (run.head.count != 1 || !packs || run.opening_reserved != Reserved{} ||
        run.closing_reserved != Reserved{}) {
        return false;
    }
    const bool credit = (only.flags & posting::entry_flag::credit) != 0;
    const i128 change = credit ? only.credits - opening.credits : only.debits - opening.debits;
    const bool other_same =
        credit ? only.debits == opening.debits : only.credits == opening.credits;
    if (!format::fits_64(change) || !other_same) return false;
    run.inline_change = static_cast<std::int64_t>(change);
    run.head.line = only.line;
    run.head.kind_flags = format::pack_kind(only.kind, only.flags);
    run.head.flags = format::run_flag::inline_entry;
    return true;
}

void SegmentWriter::Impl::choose_rows() {
    run.rows = !packs            ? RowFormat::wide
               : reserved_same   ? RowFormat::narrow
               : reserved_narrow ? RowFormat::medium
                                 : RowFormat::wide;
    run.head.flags = static_cast<std::uint8_t>(run.rows);
    run.body.first_row = row_counts[static_cast<std::size_t>(run.rows)];
    run.body.last_position =
        static_cast<std::uint32_t>(entry(run.plan.end - 1).position.value - header.first);
    if (run.opening_reserved != Reserved{} || run.closing_reserved != Reserved{}) {
        run.head.flags |= format::run_flag::reserved;
    }
    const Summary& own = run.own;
    const bool narrow =
        format::fits_64(own.opening.debits) && format::fits_64(own.opening.credits) &&
        format::fits_64(own.closing.debits) && format::fits_64(own.closing.credits) &&
        format::fits_64(own.lowest) && format::fits_64(own.highest) && own.area.fits_amount() &&
        reserved_fits(run.opening_reserved) && reserved_fits(run.closing_reserved);
    if (!narrow) run.head.flags |= format::run_flag::wide_values;
}

/// Pointers to older runs. Where the jump is not the previous run, it spans two jumps of equal length and the
/// previous run itself, and so does its summary.
void SegmentWriter::Impl::link(const std::optional<Run>& previous) {
    if (!previous) return;
    run.head.depth = previous->head.depth + 1;
    run.head.previous_segment = previous->address.segment;
    run.head.previous_row = previous->address.row;
    if (format::jump_length(run.head.depth) <= 1) return;
    const RunReader reader(segments, *older);
    const Run middle = reader.open(previous->jump());
    run.jump = middle.jump();
    run.span = reader.span(middle);
    run.span.join(reader.span(*previous));
    run.span.join(reader.own(*previous));
    const Instant until = run.own.first_instant;
    run.span.area +=
        Wide::product(net(run.span.closing), until.nanoseconds - run.span.last_instant.nanoseconds);
    run.head.flags |= format::run_flag::jump;
    if (!format::fits_64(run.span.lowest) || !format::fits_64(run.span.highest) ||
        !run.span.area.fits_amount()) {
        run.head.flags |= format::run_flag::wide_span;
    }
}

/// Second pass: the rows. Returns whether all are written, or the budget is used up before.
bool SegmentWriter::Impl::emit_rows(std::size_t budget) {
    if (run.head.is(format::run_flag::inline_entry)) return true;
    std::uint32_t& count = row_counts[static_cast<std::size_t>(run.rows)];
    for (; next_row < run.plan.end; ++next_row) {
        if (dirty >= budget) return false;
        if (next_row + entries_ahead < run.plan.end) prefetch_entry(next_row + entries_ahead);
        emit_row(entry(next_row));
        ++count;
    }
    return true;
}

void SegmentWriter::Impl::emit_row(const Entry& e) {
    const std::size_t bytes = format::row_bytes(run.rows);
    std::byte* at =
        room(format::stream_of(run.rows), bytes, format::rows_per_chunk(run.rows) * bytes);
    const auto position = static_cast<std::uint32_t>(e.position.value - header.first);
    if (run.rows == RowFormat::wide) {
        const Reserved reserved = generation->reserved_of(e);
        format::store(at,
                      format::WideRow{position, e.line, static_cast<std::uint8_t>(e.kind), e.flags,
                                      e.book_date_days, 0, format::to_words(e.debits),
                                      format::to_words(e.credits), format::to_words(reserved.held),
                                      format::to_words(reserved.buffered_debits),
                                      format::to_words(reserved.buffered_credits)});
        return;
    }
    const std::int32_t days = format::has_date(e.kind) ? e.book_date_days - run.head.first_date : 0;
    const format::NarrowRow narrow{position,
                                   e.line,
                                   format::pack_kind(e.kind, e.flags),
                                   static_cast<std::uint8_t>(days),
                                   static_cast<std::int64_t>(e.debits),
                                   static_cast<std::int64_t>(e.credits)};
    if (run.rows == RowFormat::narrow) {
        format::store(at, narrow);
        return;
    }
    const Reserved reserved = generation->reserved_of(e);
    format::store(at, format::MediumRow{narrow, static_cast<std::int64_t>(reserved.held),
                                        static_cast<std::int64_t>(reserved.buffered_debits),
                                        static_cast<std::int64_t>(reserved.buffered_credits)});
}

std::byte* SegmentWriter::Impl::emit_body(std::byte* at) const {
    if (run.head.is(format::run_flag::inline_entry)) {
        format::store(at, format::InlineEntry{static_cast<std::int64_t>(run.own.closing.debits),
                                              static_cast<std::int64_t>(run.own.closing.credits),
                                              run.inline_change});
        return at + sizeof(format::InlineEntry);
    }
    format::store(at, run.body);
    at += sizeof run.body;
    const bool wide = run.head.is(format::run_flag::wide_values);
    for (const i128 value :
         {run.own.opening.debits, run.own.opening.credits, run.own.closing.debits,
          run.own.closing.credits, run.own.lowest, run.own.highest}) {
        at = format::store_value(at, value, wide);
    }
    at = format::store_area(at, run.own.area, wide);
    if (!run.head.is(format::run_flag::reserved)) return at;
    for (const Reserved& reserved : {run.opening_reserved, run.closing_reserved}) {
        at = format::store_value(at, reserved.held, wide);
        at = format::store_value(at, reserved.buffered_debits, wide);
        at = format::store_value(at, reserved.buffered_credits, wide);
    }
    return at;
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
    const std::size_t size = format::layout_of(run.head.flags).size;
    std::byte* const row = room(Stream::directory, size, format::payload_max / 8 * 8);
    const ChunkBuffer& to = buffer(Stream::directory);
    const std::size_t offset = to.used - size;
    new_heads.emplace_back(run.head.account, static_cast<std::uint32_t>(
                                                 to.chunk << format::row_unit_bits | offset / 8));
    format::store(row, run.head);
    const std::byte* const end = emit_jump(emit_body(row + sizeof run.head));
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
    instants.reset(from.batches());
    for (ChunkBuffer& chunk : buffers) chunk.used = chunk.chunk = 0;
    row_counts = {};
    inner_count = 0;
    new_heads.clear();
    plans.clear();
    next_plan = planned = 0;
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
        if (next_plan == plans.size()) plan_runs();
        if (plans.empty()) break;
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
