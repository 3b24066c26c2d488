// The inside of the sealed segments: which are known, where their values lie in the mapped file,
// and the newest run of every account. Invariant: a value of a committed segment stays where it is
// while the environment is open (it is never rewritten, and fills whole overflow pages, which LMDB
// does not move), so its address is looked up and its checksum verified once, at the first touch,
// and never again.
#pragma once

#include "history/segment_format.hpp"
#include "ledger/core/prefetch.hpp"
#include "ledger/core/region.hpp"
#include "ledger/history/segments.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ledger::history {

/// One segment: its header and the addresses of its values, as far as they are known. The lowest
/// bit of an address says that the value's checksum was verified.
struct SegmentMap {
    explicit SegmentMap(const format::Header& stored);

    format::Header header;
    std::array<std::unique_ptr<std::atomic<std::uintptr_t>[]>, format::streams> chunks;
};

/// XXH3 of a value's bytes under its key.
std::uint64_t value_checksum(std::uint64_t key, const std::byte* bytes, std::size_t size) noexcept;

/// A place between the directory rows of a segment.
struct RowPlace {
    std::uint32_t chunk = 0;
    std::size_t at = 0;
};

struct Segments::Impl {
    static constexpr std::size_t segments_max = std::size_t{1} << 22;
    static constexpr unsigned head_chunk_bits = 16;
    static constexpr std::size_t head_chunk_size = std::size_t{1} << head_chunk_bits;
    static constexpr std::size_t head_chunks_max = std::size_t{1} << (32 - head_chunk_bits);

    explicit Impl(const storage::Environment& in);
    ~Impl();

    // ---- segments (segments.cpp)
    const SegmentMap& map(std::uint32_t segment) const;
    template <class Predicate>
    const SegmentMap* last_of(Predicate&& begins_in_time) const;
    /// The verified payload of a value.
    const std::byte* chunk(const storage::ReadTransaction& transaction, std::uint32_t segment,
                           format::Stream stream, std::uint32_t number) const {
        return chunk(transaction, map(segment), stream, number);
    }
    const std::byte* chunk(const storage::ReadTransaction& transaction, const SegmentMap& segment,
                           format::Stream stream, std::uint32_t number) const {
        const auto at = static_cast<std::size_t>(stream);
        if (number < segment.header.chunks[at]) {
            const std::uintptr_t known = segment.chunks[at][number].load(std::memory_order_acquire);
            if ((known & 1) != 0) return reinterpret_cast<const std::byte*>(known - 1);
        }
        return find_chunk(transaction, segment, stream, number);
    }
    const std::byte* find_chunk(const storage::ReadTransaction& transaction,
                                const SegmentMap& segment, format::Stream stream,
                                std::uint32_t number) const;
    /// Payload bytes of a chunk.
    std::size_t used(const format::Header& header, format::Stream stream,
                     std::uint32_t number) const;
    /// Reads and checks the header; none where the segment is not there.
    bool read_header(const storage::ReadTransaction& transaction, std::uint32_t segment,
                     format::Header& header) const;
    /// Makes a segment known. Its values are located at once where views with older transactions
    /// can follow heads into it, and trusted where this process has just written them.
    enum class Locate { lazily, now, now_trusted };
    void add(const storage::ReadTransaction& transaction, const format::Header& header,
             Locate locate);
    /// Lets readers see that everything up to the segment is there.
    void announce(const format::Header& header);
    [[noreturn]] void corrupt(std::uint32_t segment, const std::string& what) const;

    // ---- heads (segment_heads.cpp)
    std::atomic<std::uint64_t>* head_slot(std::uint32_t account) const noexcept {
        std::atomic<std::uint64_t>* chunk =
            head_chunks()[account >> head_chunk_bits].load(std::memory_order_acquire);
        return chunk == nullptr ? nullptr : chunk + (account & (head_chunk_size - 1));
    }
    RunAddress head(std::uint32_t account) const noexcept {
        const std::atomic<std::uint64_t>* slot = head_slot(account);
        return slot == nullptr ? RunAddress{}
                               : RunAddress::unpacked(slot->load(std::memory_order_acquire));
    }
    /// Moves the head forward, never back.
    void set_head(std::uint32_t account, RunAddress run);
    void load_heads(const storage::ReadTransaction& transaction);
    /// Moves heads into a segment that is known, by at most so many runs, on from where the call
    /// before came to. Whether it is done.
    bool roll_forward(const storage::ReadTransaction& transaction, std::uint32_t segment,
                      std::size_t runs_max);
    bool save_heads(storage::WriteTransaction& transaction, std::size_t budget);
    void heads_saved(bool committed);

    const storage::Environment& environment;
    storage::Database segments;
    storage::Database heads;
    bool is_loaded = false;  // load() was done once

private:
    using HeadChunk = std::atomic<std::atomic<std::uint64_t>*>;
    HeadChunk* head_chunks() const noexcept { return head_chunks_.as<HeadChunk>(); }
    std::atomic<SegmentMap*>* maps() const noexcept { return maps_.as<std::atomic<SegmentMap*>>(); }
    void locate_stream(const storage::ReadTransaction& transaction, const SegmentMap& map,
                       format::Stream stream, std::uintptr_t verified) const;
    void load_head_block(const storage::ReadTransaction& transaction, std::uint32_t block);
    void save_head_block(storage::WriteTransaction& transaction, std::uint32_t block);
    void save_heads_meta(storage::WriteTransaction& transaction);

    Region maps_;
    Region head_chunks_;
    std::vector<std::unique_ptr<std::atomic<std::uint64_t>[]>> head_chunk_owners_;

public:
    std::atomic<std::uint32_t> last_segment{0};
    std::atomic<std::uint64_t> sealed_through{0};

private:
    // What save_heads() has to do. A pass writes the blocks that were dirty, then the segment
    // through which all blocks hold.
    std::vector<std::uint8_t> dirty_blocks_;
    std::uint32_t accounts_ = 0;       // one more than the greatest account with a head
    std::uint32_t saved_through_ = 0;  // as committed
    std::uint32_t pass_through_ = 0;   // 0: no pass under way
    std::uint32_t pass_block_ = 0;
    bool pass_done_ = false;                     // its last transaction waits for heads_saved()
    std::vector<std::uint32_t> written_blocks_;  // in the transaction that waits for heads_saved()

    RowPlace rolled_;  // of the segment that roll_forward() is in
};

/// A directory row, opened.
struct Run {
    RunAddress address;
    const SegmentMap* segment = nullptr;
    const std::byte* row = nullptr;
    format::RunHead head{};
    format::Layout layout;

    explicit operator bool() const noexcept { return row != nullptr; }
    bool wide() const noexcept { return head.is(format::run_flag::wide_values); }
    bool is_inline() const noexcept { return head.is_inline(); }
    std::uint32_t count() const noexcept { return head.count(); }
    Position first() const noexcept { return {segment->header.first + head.first_position}; }
    Position last() const noexcept;
    bool has_jump() const noexcept { return head.is(format::run_flag::jump); }
    /// Of a run that has a jump.
    format::JumpHead jump_head() const noexcept {
        return format::load<format::JumpHead>(row + layout.jump);
    }
    /// The jump's target; `previous` where there is no farther one.
    RunAddress jump() const noexcept;
    Totals opening() const noexcept;
    Totals closing() const noexcept;
    posting::Reserved opening_reserved() const noexcept;
    posting::Reserved closing_reserved() const noexcept;

    format::RunBody body() const noexcept {
        return format::load<format::RunBody>(row + sizeof(format::RunHead));
    }
    /// Number `at` of the six values of the body: opening, closing, lowest, highest.
    i128 value(unsigned at) const noexcept {
        return format::load_value(row + layout.values + at * (wide() ? 16U : 8U), wide());
    }
    /// Of the whole run.
    format::DateTable dates() const noexcept {
        return layout.dates == 0 ? format::DateTable{}
                                 : format::load<format::DateTable>(row + layout.dates);
    }
    /// Inline row `index`; the first is an InlineEntry.
    const std::byte* inline_row(std::uint32_t index) const noexcept {
        static_assert(sizeof(format::InlineEntry) == sizeof(format::NarrowRow));
        return row + sizeof(format::RunHead) + index * sizeof(format::NarrowRow);
    }
};

/// An entry as it is stored: the account's standing after it.
struct EntryState {
    Position position;
    std::uint16_t line = 0;
    EntryKind kind = EntryKind::line;
    std::uint8_t flags = 0;
    Date date;
    Totals totals;
    posting::Reserved reserved;
    posting::Folded folded;
};

/// Finds posting instants within one segment, fast for positions near each other.
class InstantFinder {
public:
    InstantFinder(const Segments::Impl& segments, const storage::ReadTransaction& transaction,
                  const SegmentMap& segment)
        : segments_(&segments), transaction_(&transaction), segment_(&segment) {}
    Instant at(Position position) {
        if (position.value < first_ || position.value >= next_) find(position);
        return instant_;
    }
    /// The last record posted at or before the instant; none where the segment has none.
    Position until(Instant instant) const;

private:
    void find(Position position);
    std::uint64_t count() const noexcept;
    format::StoredInstant load(std::uint64_t index) const;

    const Segments::Impl* segments_;
    const storage::ReadTransaction* transaction_;
    const SegmentMap* segment_;
    std::uint64_t first_ = 1;  // the batch found last: [first_, next_), empty at the start
    std::uint64_t next_ = 1;
    Instant instant_;
};

/// What is stored of a jump's span: the entries from its target to the run before this one. The
/// area reaches to the first instant of this run.
struct Span {
    std::uint64_t entries = 0;
    i128 lowest = 0;
    i128 highest = 0;
    Date first_date;
    Date last_date;
    Wide area;

    /// Appends the span that follows at once.
    void join(const Span& next);
    friend bool operator==(const Span&, const Span&) = default;
};

/// Reads runs through one transaction. A small value for one thread.
class RunReader {
public:
    RunReader(const Segments::Impl& segments, const storage::ReadTransaction& transaction) noexcept
        : segments_(&segments), transaction_(&transaction) {}

    /// Throws CorruptionError where the address names no row.
    Run open(RunAddress address) const;
    /// Where the row lies, without reading it.
    const std::byte* row(RunAddress address) const {
        return row(segments_->map(address.segment), address.row);
    }
    const std::byte* row(const SegmentMap& segment, std::uint32_t row) const;
    /// Starts loading what open() and the first values of the row need.
    void prefetch(RunAddress address) const {
        const std::byte* at = row(address);
        prefetch_line(at);
        prefetch_line(at + 64);
    }
    /// The account's newest run whose first entry is at or before the limit; none where there is
    /// none.
    Run newest(RunAddress head, Position limit) const;
    /// Where newest() looks after a run that begins behind the limit; none: nowhere.
    RunAddress older(const Run& run, Position limit) const;
    /// The run of this depth, which is at most that of `from`.
    Run at_depth(Run from, std::uint32_t depth) const;

    /// Gives every run of a segment, in the order of accounts.
    template <class Visit>
    void each_run(std::uint32_t segment, Visit&& visit) const {
        RowPlace place;
        some_runs(segment, place, std::numeric_limits<std::size_t>::max(), visit);
    }
    /// At most so many of them from the place on, which moves; whether there are no more.
    template <class Visit>
    bool some_runs(std::uint32_t segment, RowPlace& place, std::size_t runs_max,
                   Visit&& visit) const;

    /// How many entries of the run lie before the position.
    std::uint32_t lower_bound(const Run& run, Position position) const;
    /// How many lie at or before it.
    std::uint32_t upper_bound(const Run& run, Position position) const {
        return position >= run.last() ? run.count() : lower_bound(run, position + 1);
    }
    /// Entries first..first+count of the run, given one by one.
    template <class Visit>
    void visit(const Run& run, std::uint32_t first, std::uint32_t count, Visit&& visit) const {
        visit_while(run, first, count, [&](const EntryState& state) {
            visit(state);
            return true;
        });
    }
    /// The same until `visit` returns false; returns whether it never did.
    template <class Visit>
    bool visit_while(const Run& run, std::uint32_t first, std::uint32_t count, Visit&& visit) const;
    EntryState entry(const Run& run, std::uint32_t index) const;

    /// Summary of the whole run, of a part of its entries, and of the span from the jump's target
    /// to the run before this one (its area and last instant reach to the first entry of this run).
    Summary own(const Run& run) const;
    Summary part(const Run& run, std::uint32_t first, std::uint32_t count) const;
    Summary span(const Run& run) const;
    /// As stored with the run's jump, or of the previous run where there is no farther jump.
    Span stored_span(const Run& run) const;
    /// The run's own entries, up to an instant after them.
    Span own_until(const Run& run, Instant until) const;
    Instant first_instant(const Run& run) const;

    /// Totals before an entry of the run, which may be the one after its last.
    Totals before(const Run& run, std::uint32_t index) const;
    format::InnerSummary inner(const Run& run, std::uint32_t block) const;
    /// Where a row of a table of dates lies; those behind it in its value follow.
    const std::byte* date_row(const Run& run, std::uint32_t number) const;

    const Segments::Impl& segments() const noexcept { return *segments_; }
    const storage::ReadTransaction& transaction() const noexcept { return *transaction_; }

private:
    const std::byte* stored_row(const Run& run, const format::RunBody& body,
                                std::uint32_t index) const;
    /// Where entry `first` lies, and up to which one, at most `end`, the others follow it.
    std::pair<const std::byte*, std::uint32_t> neighbours(const Run& run, std::uint32_t first,
                                                          std::uint32_t end) const;
    EntryState first_inline(const Run& run) const;
    EntryState decode(const Run& run, const posting::Reserved& reserved,
                      const std::byte* row) const;
    EntryState decode_wide(const Run& run, const std::byte* row) const;
    Summary rows_summary(const Run& run, std::uint32_t first, std::uint32_t count) const;
    Summary blocks_summary(const Run& run, std::uint32_t first, std::uint32_t end) const;

    const Segments::Impl* segments_;
    const storage::ReadTransaction* transaction_;
};

template <class Visit>
bool RunReader::some_runs(std::uint32_t segment, RowPlace& place, std::size_t runs_max,
                          Visit&& visit) const {
    const format::Header& header = segments_->map(segment).header;
    const std::uint32_t chunks = header.chunks[static_cast<std::size_t>(format::Stream::directory)];
    for (; place.chunk < chunks; ++place.chunk, place.at = 0) {
        const std::size_t used = segments_->used(header, format::Stream::directory, place.chunk);
        while (place.at + sizeof(format::RunHead) <= used) {
            const auto row =
                static_cast<std::uint32_t>(place.chunk << format::row_unit_bits | place.at / 8);
            if (format::load<format::RunHead>(this->row({segment, row})).count_word == 0) break;
            if (runs_max-- == 0) return false;
            const Run run = open({segment, row});
            visit(run);
            place.at += run.layout.size;
        }
    }
    return true;
}

template <class Visit>
bool RunReader::visit_while(const Run& run, std::uint32_t first, std::uint32_t count,
                            Visit&& visit) const {
    const posting::Reserved reserved = run.closing_reserved();
    const std::size_t bytes = format::row_bytes(run.head.rows());
    for (const std::uint32_t end = first + count; first < end;) {
        const auto [rows, next] = neighbours(run, first, end);
        for (const std::byte* at = rows; first < next; ++first, at += bytes) {
            const bool is_in_head = first == 0 && run.is_inline();
            if (!visit(is_in_head ? first_inline(run) : decode(run, reserved, at))) return false;
        }
    }
    return true;
}

inline EntryState RunReader::first_inline(const Run& run) const {
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

inline EntryState RunReader::decode(const Run& run, const posting::Reserved& reserved,
                                    const std::byte* row) const {
    if (run.head.rows() == format::RowFormat::wide) return decode_wide(run, row);
    const auto narrow = format::load<format::NarrowRow>(row);
    const EntryKind kind = format::kind_of(narrow.kind_flags);
    EntryState state{
        {run.segment->header.first + narrow.position},
        narrow.line,
        kind,
        format::flags_of(narrow.kind_flags),
        format::has_date(kind) ? Date{run.head.first_date + narrow.date} : Date::none(),
        {narrow.debits, narrow.credits},
        reserved,
        {}};
    if (run.head.rows() == format::RowFormat::medium) {
        const auto medium = format::load<format::MediumRow>(row);
        const posting::Reserved stored{medium.held, medium.buffered_debits,
                                       medium.buffered_credits};
        state.reserved = posting::reserved_of(kind, stored);
        state.folded = posting::folded_of(kind, stored);
    }
    return state;
}

}  // namespace ledger::history
