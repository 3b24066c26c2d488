// Checking a segment against itself and the segments before it: every checksum, every row, every
// summary.
#include "history/segments_impl.hpp"
#include "history/summary_builder.hpp"
#include "ledger/history/turnover.hpp"

#include <string>

namespace ledger::history {

namespace {

class Verifier {
public:
    Verifier(const Segments::Impl& segments, const storage::ReadTransaction& transaction,
             std::uint32_t segment)
        : segments_(segments), reader_(segments, transaction), segment_(segment) {}

    void values() const;
    void runs();

private:
    void require(bool holds, const Run& run, const char* what) const {
        if (holds) return;
        segments_.corrupt(segment_, "account " + std::to_string(run.head.account) + ": " + what);
    }
    void rows(const Run& run) const;
    void inner(const Run& run, std::uint32_t end, const Summary& rows) const;
    void dates(const Run& run) const;
    void table(const Run& run, DateTally& lines, format::DateTable found) const;
    void pointers(const Run& run) const;

    const Segments::Impl& segments_;
    RunReader reader_;
    std::uint32_t segment_;
    std::uint64_t entries_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t next_account_ = 0;
};

void Verifier::values() const {
    const format::Header& header = segments_.map(segment_).header;
    for (std::size_t stream = 0; stream < format::streams; ++stream) {
        for (std::uint32_t number = 0; number < header.chunks[stream]; ++number) {
            const auto which = static_cast<format::Stream>(stream);
            const std::uint64_t key = format::value_key(segment_, which, number);
            const auto value = reader_.transaction().get(segments_.segments, key);
            const std::size_t size = format::value_size(segments_.used(header, which, number));
            const std::size_t body = size - format::checksum_bytes;
            if (!value || value->size() != size ||
                format::load<std::uint64_t>(value->data() + body) !=
                    value_checksum(key, value->data(), body)) {
                segments_.corrupt(segment_,
                                  "the checksum of " + std::string(format::stream_names[stream]) +
                                      ", value " + std::to_string(number) + " does not hold");
            }
        }
    }
}

void Verifier::rows(const Run& run) const {
    SummaryBuilder builder(run.opening());
    SummaryBuilder block_builder(run.opening());
    InstantFinder instants(segments_, reader_.transaction(), *run.segment);
    std::uint32_t count = 0;
    EntryState held;  // until it is known whether the next entry is of the same record
    const auto add = [&](bool ends_record) {
        const Instant instant = instants.at(held.position);
        builder.add(held.totals, instant, held.date, ends_record);
        block_builder.add(held.totals, instant, held.date, ends_record);
        if (++count % format::inner_rows != 0 && count != run.count()) return;
        if (run.count() > format::inner_rows) inner(run, count, block_builder.done());
        block_builder = SummaryBuilder(held.totals);
    };
    reader_.visit(run, 0, run.count(), [&](const EntryState& state) {
        require(state.position >= held.position, run, "positions do not ascend");
        if (held.position) add(state.position != held.position);
        held = state;
    });
    add(true);
    const Summary whole = builder.done();
    require(whole == reader_.own(run), run, "the summary is not that of its rows");
    require(whole.closing == run.closing() && held.reserved == run.closing_reserved(), run,
            "what it closes with is not its last row");
    require(held.position == run.last(), run, "its last position is not that of its last row");
}

/// The inner summary of the 512 rows, or fewer at the end of the run, that end before `end`.
void Verifier::inner(const Run& run, std::uint32_t end, const Summary& rows) const {
    const std::uint32_t first = (end - 1) / format::inner_rows * format::inner_rows;
    require(rows == reader_.part(run, first, end - first), run,
            "an inner summary is not that of its rows");
}

/// Every table says what the lines it stands for do.
void Verifier::dates(const Run& run) const {
    if (run.is_inline()) return;
    DateTally of_run;
    DateTally of_block;
    Totals before = run.opening();
    for (std::uint32_t first = 0; first < run.count(); first += format::inner_rows) {
        of_block.clear();
        const std::uint32_t count = std::min(format::inner_rows, run.count() - first);
        reader_.visit(run, first, count, [&](const EntryState& state) {
            if (state.date) {
                of_block.add(state.date, WideTurnover::between(before, state.totals));
            }
            before = state.totals;
        });
        of_run.add(of_block.by_date());
        if (run.count() <= format::inner_rows) continue;
        table(run, of_block, reader_.inner(run, first / format::inner_rows).dates);
    }
    table(run, of_run, run.dates());
}

void Verifier::table(const Run& run, DateTally& lines, format::DateTable found) const {
    const auto sums = lines.by_date();
    if (found.rows == 0) return;
    require(found.rows == sums.size(), run, "a table of dates has other dates than its lines");
    WideTurnover sum;
    for (std::uint32_t i = 0; i < found.rows; ++i) {
        const auto row = format::load<format::DateRow>(reader_.date_row(run, found.first_row + i));
        sum += sums[i].turnover;
        require(row.date == sums[i].date.days &&
                    Wide(format::from_array(row.debits)) == sum.debits &&
                    Wide(format::from_array(row.credits)) == sum.credits,
                run, "a table of dates is not the turnover of its lines");
    }
}

void Verifier::pointers(const Run& run) const {
    if (run.head.depth == 0) {
        require(!run.head.previous() && !run.has_jump(), run, "the first run has a run before it");
        return;
    }
    const Run previous = reader_.open(run.head.previous());
    require(previous.head.account == run.head.account &&
                previous.head.depth + 1 == run.head.depth && previous.last() < run.first(),
            run, "its previous run is not the one before it");
    require(previous.closing() == run.opening() &&
                previous.closing_reserved() == run.opening_reserved(),
            run, "it does not open with what the run before closed with");
    const std::uint32_t length = format::jump_length(run.head.depth);
    require(run.has_jump() == (length > 1), run, "it lacks a jump, or has one too many");
    if (length <= 1) return;
    const Run middle = reader_.open(previous.jump());
    require(run.jump() == middle.jump() &&
                reader_.open(run.jump()).head.depth + length == run.head.depth,
            run, "its jump leads to the wrong run");
    Span span = reader_.stored_span(middle);
    span.join(reader_.stored_span(previous));
    span.join(reader_.own_until(previous, reader_.first_instant(run)));
    require(span == reader_.stored_span(run), run, "the summary of its jump is wrong");
}

void Verifier::runs() {
    reader_.each_run(segment_, [&](const Run& run) {
        require(run.head.account >= next_account_, run, "accounts do not ascend");
        next_account_ = run.head.account + std::uint64_t{1};
        rows(run);
        dates(run);
        pointers(run);
        entries_ += run.count();
        ++runs_;
    });
    const format::Header& header = segments_.map(segment_).header;
    if (runs_ != header.runs || entries_ != header.entries) {
        segments_.corrupt(segment_, "its header counts other runs or entries than it has");
    }
}

}  // namespace

void Segments::verify(const storage::ReadTransaction& transaction, std::uint32_t segment) const {
    Verifier verifier(*impl_, transaction, segment);
    verifier.values();
    verifier.runs();
}

}  // namespace ledger::history
