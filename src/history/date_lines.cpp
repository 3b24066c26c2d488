// See date_lines.hpp. Lines are kept in the order of posting; so for each day the runs and the
// stretches of the tail that have lines of it are read, oldest first, and others are not touched.
#include "ledger/history/date_lines.hpp"

#include "history/date_walk.hpp"
#include "history/entry_view.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ledger::history {

using posting::Entry;

namespace {

/// Rows of a run, or entries of a generation, that may have lines of a day.
struct Section {
    Run run;                                     ///< or
    const TailGeneration* generation = nullptr;  ///< one of the tail
    std::uint32_t first = 0;                     ///< entries first..end of the account
    std::uint32_t end = 0;
};

}  // namespace

struct DateLines::Impl {
    Impl(const HistorySources& from, AccountHandle of, Date first, Date last, Position posted_after,
         const Place& place)
        : sources(from),
          account(of),
          since(posted_after),
          date(first),
          last_date(last),
          after(place) {
        if (after.date && date < after.date) date = after.date;
        find_runs();
        find_tail();
        narrow();
    }

    // ---- what has lines of the range
    void find_runs();
    void find_tail();
    void narrow();
    void note_generation(const TailGeneration& generation, const Entry& last,
                         const Totals& standing);

    // ---- one day
    void collect_day();
    void read_rows(const Run& run, std::uint32_t begin, std::uint32_t end);
    void read_entries(const TailGeneration& generation, std::uint32_t first, std::uint32_t end);
    void add(const EntryState& state, const Totals& before, std::uint32_t index);
    bool has_day(const Run& run, format::DateTable table) const;

    HistorySources sources;
    AccountHandle account;
    Position since;
    Date date;  ///< of the lines that are read next
    Date last_date;
    Place after;

    std::optional<RunReader> reader;
    std::vector<std::pair<Run, std::uint32_t>> runs;  ///< oldest first, with the entries that count
    std::vector<std::pair<Date, Section>> tail;       ///< by date, then oldest first

    // What of the day is left.
    std::vector<Section> day;
    std::size_t next_section = 0;
    std::vector<EntryView> lines;
    std::size_t next_line = 0;
    bool is_collected = false;
};

/// The runs from the newest back, passing over spans without a date of the range.
void DateLines::Impl::find_runs() {
    if (sources.segments == nullptr) return;
    reader.emplace(sources.segments->impl(), *sources.transaction);
    const Position until = sources.sealed_limit(sources.limit);
    Run run = reader->newest(sources.segments->head(account), until);
    if (!run) return;
    const auto touches = [&](Date first, Date last) {
        return last && !(last < date) && !(last_date < first);
    };
    std::uint32_t end = reader->upper_bound(run, until);
    while (since < run.last()) {
        const Date last = run.is_inline() ? date_max : Date{run.body().last_date};
        if (run.head.first_date != Date::none_days && touches({run.head.first_date}, last)) {
            runs.emplace_back(run, end);
        }
        while (run.has_jump()) {
            const Span span = reader->stored_span(run);
            if (touches(span.first_date, span.last_date)) break;
            run = reader->open(run.jump());
        }
        if (run.head.depth == 0) break;
        run = reader->open(run.head.previous());
        end = run.count();
    }
    std::ranges::reverse(runs);
}

void DateLines::Impl::find_tail() {
    Totals standing;
    if (!sources.generations.empty()) {
        const Position first = sources.generations.back()->first_position();
        standing = AccountHistory(sources, account).standing_before(first).totals;
    }
    for (std::size_t at = sources.generations.size(); at-- > 0;) {
        const TailGeneration& generation = *sources.generations[at];
        const Entry* const last = generation.last_at(account, sources.limit);
        if (last == nullptr) continue;
        if (since < last->position) note_generation(generation, *last, standing);
        standing = {last->debits, last->credits};
    }
    std::ranges::stable_sort(tail, {}, &std::pair<Date, Section>::first);
}

/// Days on which nothing was found at either end are not gone through.
void DateLines::Impl::narrow() {
    Date first = Date::none();
    Date last = Date::none();
    for (const auto& [run, end] : runs) {
        first = earlier(first, {run.head.first_date});
        if (!run.is_inline()) {
            last = later(last, {run.body().last_date});
            continue;
        }
        reader->visit(run, 0, end,
                      [&](const EntryState& state) { last = later(last, state.date); });
    }
    for (const auto& [of, section] : tail) {
        first = earlier(first, of);
        last = later(last, of);
    }
    if (!first) {
        last_date = date + -1;
        return;
    }
    date = std::max(date, first);
    last_date = std::min(last_date, last);
}

/// Notes for each date of each stretch of 512 entries where it is.
void DateLines::Impl::note_generation(const TailGeneration& generation, const Entry& last,
                                      const Totals& standing) {
    const std::uint32_t count = generation.ordinal(last);
    constexpr std::uint32_t size = TailBlocks::block_entries;
    const auto note = [&](Date of, std::uint32_t first, std::uint32_t end) {
        if (of < date || last_date < of) return;
        tail.push_back({of, {{}, &generation, first, end}});
    };
    std::uint32_t first = 0;
    generation.blocks().visit(generation, last, standing, 0, count / size,
                              [&](const EntryBlock& block) {
                                  for (const DateTurnover& one : block.dates) {
                                      note(one.date, first, first + size);
                                  }
                                  first += size;
                              });
    std::array<const Entry*, size> page;
    const std::size_t rest =
        generation.collect(account, first, sources.limit, std::span(page).first(count - first));
    std::vector<Date> dates;
    for (std::size_t i = 0; i < rest; ++i) {
        if (page[i]->kind == EntryKind::line) dates.push_back({page[i]->book_date_days});
    }
    std::ranges::sort(dates);
    dates.erase(std::ranges::unique(dates).begin(), dates.end());
    for (const Date of : dates) note(of, first, count);
}

bool DateLines::Impl::has_day(const Run& run, format::DateTable table) const {
    if (table.rows == 0) return true;
    const DateRows rows(*reader, run, table);
    const std::uint32_t at = rows.lower_bound(date);
    return at < rows.count() && rows.date(at) == date;
}

/// Finds what has lines of the day; those already given are left out line by line.
void DateLines::Impl::collect_day() {
    day.clear();
    next_section = 0;
    for (const auto& [run, end] : runs) {
        const Date first{run.head.first_date};
        if (date < first) continue;
        if (run.is_inline()) {
            day.push_back({run, nullptr, 0, end});
            continue;
        }
        if (Date{run.body().last_date} < date || !has_day(run, run.dates())) continue;
        for (std::uint32_t begin = 0; begin < end; begin += format::inner_rows) {
            const std::uint32_t next = std::min(end, begin + format::inner_rows);
            if (run.count() > format::inner_rows) {
                const format::InnerSummary inner = reader->inner(run, begin / format::inner_rows);
                const bool is_within =
                    inner.first_date <= date.days && date.days <= inner.last_date;
                if (!is_within || !has_day(run, inner.dates)) continue;
            }
            if (after.date == date &&
                reader->entry(run, next - 1).position < after.entry.position) {
                continue;  // a page before gave its lines
            }
            day.push_back({run, nullptr, begin, next});
        }
    }
    const auto found = std::ranges::equal_range(tail, date, {}, &std::pair<Date, Section>::first);
    for (const auto& [of, section] : found) {
        const Entry& newest = *section.generation->last_at(account, sources.limit);
        const Entry& last = *section.generation->at_ordinal(newest, section.end);
        if (after.date == date && last.position < after.entry.position) continue;
        day.push_back(section);
    }
    is_collected = true;
}

void DateLines::Impl::add(const EntryState& state, const Totals& before, std::uint32_t index) {
    if (state.kind != EntryKind::line || state.date != date || state.position <= since) return;
    if (after.date == date && EntryCursor{state.position, index} <= after.entry) return;
    EntryView& line = lines.emplace_back(view_of(account, state));
    line.index = index;
    line.amount = amount_of_line(line, before);
}

/// The index of an entry counts from the first one of its record, which may lie before `begin`.
void DateLines::Impl::read_rows(const Run& run, std::uint32_t begin, std::uint32_t end) {
    Totals before = reader->before(run, begin);
    const Position first = reader->entry(run, begin).position;
    std::uint32_t index = begin - reader->lower_bound(run, first);
    Position record = first;
    reader->visit(run, begin, end - begin, [&](const EntryState& state) {
        if (state.position != record) index = 0;
        record = state.position;
        add(state, before, index++);
        before = state.totals;
    });
}

void DateLines::Impl::read_entries(const TailGeneration& generation, std::uint32_t first,
                                   std::uint32_t end) {
    std::array<const Entry*, TailBlocks::block_entries> page;
    const std::size_t count =
        generation.collect(account, first, sources.limit, std::span(page).first(end - first));
    if (count == 0) return;
    Totals before = AccountHistory(sources, account).standing_before(page[0]->position).totals;
    std::uint32_t index = 0;
    for (const Entry* at = generation.previous(*page[0]);
         at != nullptr && at->position == page[0]->position; at = generation.previous(*at)) {
        if (index++ == 0) before = {at->debits, at->credits};
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Entry& entry = *page[i];
        if (i > 0 && entry.position != page[i - 1]->position) index = 0;
        add(state_of(generation, entry), before, index++);
        before = {entry.debits, entry.credits};
    }
}

std::size_t DateLines::next(std::size_t page, std::vector<EntryView>& into) {
    Impl& at = *impl_;
    std::size_t given = 0;
    while (given < page && !(at.last_date < at.date)) {
        if (!at.is_collected) at.collect_day();
        if (at.next_line < at.lines.size()) {
            const std::size_t count = std::min(page - given, at.lines.size() - at.next_line);
            const auto begin = at.lines.begin() + static_cast<std::ptrdiff_t>(at.next_line);
            into.insert(into.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
            at.next_line += count;
            given += count;
        } else if (at.next_section < at.day.size()) {
            at.lines.clear();
            at.next_line = 0;
            const Section& section = at.day[at.next_section++];
            if (section.generation != nullptr) {
                at.read_entries(*section.generation, section.first, section.end);
            } else {
                at.read_rows(section.run, section.first, section.end);
            }
        } else {
            at.date = at.date + 1;
            at.is_collected = false;
        }
    }
    return given;
}

DateLines::DateLines(const HistorySources& sources, AccountHandle account, Date first, Date last,
                     Position since, const Place& after)
    : impl_(std::make_unique<Impl>(sources, account, first, last, since, after)) {}
DateLines::~DateLines() = default;
DateLines::DateLines(DateLines&&) noexcept = default;
DateLines& DateLines::operator=(DateLines&&) noexcept = default;

}  // namespace ledger::history
