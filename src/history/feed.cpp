// Following the journal: one decoded batch at a time, and the entries of its records from history.
#include "ledger/history/feed.hpp"

#include "history/record_entries.hpp"
#include "history/view_impl.hpp"
#include "ledger/core/error.hpp"
#include "ledger/history/replay.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace ledger {

namespace {

constexpr std::size_t page_records_max = 10'000;

/// Lets go of a scan's snapshot, however it comes to that.
class Releasing {
public:
    explicit Releasing(journal::Scan& scan) noexcept : scan_(scan) {}
    ~Releasing() { scan_.release(); }
    Releasing(const Releasing&) = delete;
    Releasing& operator=(const Releasing&) = delete;

private:
    journal::Scan& scan_;
};

/// What one journal batch can hold, as the bound of a page.
class PageRoom {
public:
    /// Whether the batch still fits; the first always does.
    bool take(const journal::BatchHeader& header, const Batch& batch) noexcept {
        lines_ += batch.lines.size();
        bytes_ += header.payload_bytes;
        const bool is_first = !std::exchange(is_used_, true);
        return is_first || (lines_ <= bounds::batch_lines_max && bytes_ <= bounds::batch_bytes_max);
    }

private:
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
    bool is_used_ = false;
};

}  // namespace

struct Feed::Impl {
    Impl(const history::ViewSource& from, Position after, FeedContent what)
        : source(from), content(what), position(after), scan(scan_from(after)) {
        scan.release();
    }

    journal::Scan scan_from(Position after) const {
        return {source.pins().store(), after.value + 1, journal::Check::once};
    }
    std::size_t next(std::vector<FeedRecord>& into, std::size_t records_max,
                     std::chrono::nanoseconds wait);
    void load();
    bool is_loaded() const noexcept {
        return position.value + 1 >= header.first_position &&
               position.value + 1 < header.next_position();
    }
    void take(const history::Pin& pin, std::size_t records_max, std::vector<FeedRecord>& into);
    FeedRecord record_of(std::size_t index) const;
    std::span<const BatchLine> lines_of(Position at) const {
        return batch.lines_of(batch.records[at.value - header.first_position]);
    }
    void add_entries(const history::Pin& pin, std::span<FeedRecord> records);
    FeedEntry entry_of(const history::EntryView& view, const posting::Reserved& before);
    CurrencyCode currency_of(std::uint16_t number);

    const history::ViewSource& source;
    FeedContent content;
    Position position;
    journal::Scan scan;
    journal::BatchHeader header;  // of `batch`; without records where none is loaded
    Batch batch;
    history::RecordEntries history_entries;
    std::vector<CurrencyCode> currencies;  // in the order of their definition
};

std::size_t Feed::Impl::next(std::vector<FeedRecord>& into, std::size_t records_max,
                             std::chrono::nanoseconds wait) {
    into.clear();
    history::PinSource& pins = source.pins();
    if (pins.committed_through() == position &&
        pins.wait_committed(position, std::max(wait, std::chrono::nanoseconds{0})) == position) {
        return 0;
    }
    const history::Pin pin = pins.pin();
    const Releasing releasing(scan);
    PageRoom room;
    while (into.size() < records_max && position < pin.limit) {
        const std::size_t given = into.size();
        try {
            if (!is_loaded()) load();
            if (!room.take(header, batch)) break;
            take(pin, records_max - given, into);
        } catch (const Error&) {
            into.resize(given);
            if (given == 0) throw;
            break;  // what was found whole is given, and the next call meets the damage again
        }
    }
    return into.size();
}

/// The batch of the next record, which is committed.
void Feed::Impl::load() {
    header = {};
    try {
        const auto found = scan.next();
        if (!found) {
            throw CorruptionError("position " + std::to_string(position.value + 1) +
                                  " is missing in " + source.pins().store().place() +
                                  "; run verify");
        }
        history::decode_batch(*found, batch);
        header = found->header;
    } catch (...) {
        scan = scan_from(position);
        throw;
    }
}

/// As many of the loaded batch's records as fit.
void Feed::Impl::take(const history::Pin& pin, std::size_t records_max,
                      std::vector<FeedRecord>& into) {
    const std::size_t begin = position.value + 1 - header.first_position;
    const std::size_t count = std::min(records_max, batch.size() - begin);
    const std::size_t given = into.size();
    for (std::size_t index = begin; index < begin + count; ++index) {
        into.push_back(record_of(index));
    }
    if (content == FeedContent::entries) add_entries(pin, std::span{into}.subspan(given));
    position = position + count;
}

FeedRecord Feed::Impl::record_of(std::size_t index) const {
    const BatchRecord& from = batch.records[index];
    FeedRecord record;
    record.position = {header.first_position + index};
    record.instant = header.instant;
    record.kind = from.kind;
    record.id = from.id;
    record.order = from.order;
    if (from.kind == RecordKind::voucher) record.number = from.number;
    record.value = record_value_at(
        batch, index, [&](AccountHandle handle) { return source.accounts().id_of(handle); });
    return record;
}

void Feed::Impl::add_entries(const history::Pin& pin, std::span<FeedRecord> records) {
    const Position first = records.front().position;
    std::size_t lines_left = 0;
    for (const FeedRecord& record : records) lines_left += lines_of(record.position).size();
    const auto add = [&](const history::EntryView& view, const posting::Reserved& before) {
        FeedEntry made = entry_of(view, before);
        if (view.kind == EntryKind::line) {
            const auto lines = lines_of(view.position);
            if (view.line >= lines.size() || lines[view.line].handle != view.account) return;
            made.entry.amount = lines[view.line].amount;
            --lines_left;
        }
        records[view.position.value - first.value].entries.push_back(std::move(made));
    };
    history_entries.each(pin, first, records.back().position, add);
    if (lines_left == 0) return;
    throw CorruptionError("the checkpoint lacks account entries of " + std::to_string(lines_left) +
                          " lines of positions " + std::to_string(first.value) + " to " +
                          std::to_string(records.back().position.value) +
                          "; rebuild it from the journal");
}

FeedEntry Feed::Impl::entry_of(const history::EntryView& view, const posting::Reserved& before) {
    const posting::AccountFacts& facts = source.accounts().facts_of(view.account);
    return {source.accounts().id_of(view.account), facts.book, currency_of(facts.currency),
            account_entry(view, before, facts.normal_side, header.instant)};
}

CurrencyCode Feed::Impl::currency_of(std::uint16_t number) {
    if (number >= currencies.size()) {
        currencies.clear();
        for (const Currency& currency : source.view().currencies()) {
            currencies.push_back(currency.code);
        }
    }
    return currencies.at(number);
}

// ---- the public face

Feed history::ViewSource::follow(Position after, FeedContent content) const {
    Position committed = pins_.committed_through();
    if (after > committed) committed = pins_.wait_committed({after.value - 1}, {});
    if (after > committed) {
        throw InvalidArgument("position " + std::to_string(after.value) +
                              " lies after the last one, " + std::to_string(committed.value) +
                              "; follow from a position of this ledger");
    }
    return Feed{std::make_unique<Feed::Impl>(*this, after, content)};
}

Feed::Feed(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Feed::~Feed() = default;
Feed::Feed(Feed&&) noexcept = default;
Feed& Feed::operator=(Feed&&) noexcept = default;

Position Feed::position() const noexcept { return impl_->position; }

std::size_t Feed::next(std::vector<FeedRecord>& into, std::size_t records_max,
                       std::chrono::nanoseconds wait) {
    if (records_max < 1 || records_max > page_records_max) {
        throw InvalidArgument(std::to_string(records_max) +
                              " records were asked for at once; ask for 1 to " +
                              std::to_string(page_records_max));
    }
    return impl_->next(into, records_max, wait);
}

}  // namespace ledger
