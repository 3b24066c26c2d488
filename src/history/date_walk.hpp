// One walk over an account's lines for every query by book date: sealed runs by their summaries and
// tables, the tail by its blocks. Invariant: every line up to the position that is asked for is
// given exactly once, alone, in a table or in a stretch whose dates the query takes as a whole.
#pragma once

#include "history/run_walk.hpp"
#include "history/tail_blocks.hpp"

#include "ledger/history/account_history.hpp"

#include <algorithm>

namespace ledger::history {

/// What a query wants of a stretch of lines with these least and greatest dates.
enum class Take { nothing, whole, parts };

/// Turnover up to each date of a stretch of lines.
class DateRows {
public:
    DateRows(const RunReader& reader, const Run& run, format::DateTable table)
        : reader_(reader), run_(run), table_(table) {}

    std::uint32_t count() const noexcept { return table_.rows; }
    Date date(std::uint32_t at) const { return {row(at).date}; }
    /// Turnover of the first `rows` dates.
    Totals until(std::uint32_t rows) const { return rows == 0 ? Totals{} : totals(row(rows - 1)); }
    /// How many dates are before this one.
    std::uint32_t lower_bound(Date wanted) const {
        std::uint32_t low = 0;
        for (std::uint32_t high = table_.rows; low < high;) {
            const std::uint32_t middle = low + (high - low) / 2;
            if (date(middle) < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
    /// Calls `visit(date, turnover up to and with it)` from row `at` on, until it returns false.
    template <class Visit>
    void visit(std::uint32_t at, Visit&& visit) const {
        while (at < table_.rows) {
            const std::uint32_t number = table_.first_row + at;
            const std::uint32_t end = std::min(
                table_.rows, at + format::dates_per_chunk - number % format::dates_per_chunk);
            const std::byte* row = reader_.date_row(run_, number);
            for (; at < end; ++at, row += sizeof(format::DateRow)) {
                const auto one = format::load<format::DateRow>(row);
                if (!visit(Date{one.date}, totals(one))) return;
            }
        }
    }

private:
    static Totals totals(const format::DateRow& row) {
        return {format::from_array(row.debits), format::from_array(row.credits)};
    }
    format::DateRow row(std::uint32_t at) const {
        return format::load<format::DateRow>(reader_.date_row(run_, table_.first_row + at));
    }
    const RunReader& reader_;
    const Run& run_;
    format::DateTable table_;
};

// A query has
//   Take of(Date first, Date last)                         what it wants of such a stretch
//   void whole(Date first, Totals before, Totals after)    a stretch that it takes as a whole
//   void line(Date, Totals before, Totals after)           a line, in no order of dates
//   void table(const DateRows&)                            a stretch of a run, date by date
//   void table(std::span<const DateTurnover>)              a stretch of the tail, date by date

/// The run's lines before entry `end`.
template <class Query>
class RunDates {
public:
    RunDates(const RunReader& reader, const Run& run, Query& query)
        : reader_(reader), run_(run), query_(query) {}

    void until(std::uint32_t end) {
        const Date first{run_.head.first_date};
        if (run_.is_inline()) return rows(0, end);
        const Date last{run_.body().last_date};
        const bool is_all = end == run_.count();
        if (is_all || run_.count() <= format::inner_rows || query_.of(first, last) != Take::parts) {
            return stretch(0, end, first, last, is_all ? run_.dates() : format::DateTable{});
        }
        blocks(end);
    }

private:
    /// By stretches of 512 rows; neighbours that the query takes, or leaves, as a whole are one.
    void blocks(std::uint32_t end) {
        std::uint32_t begin = 0;
        Date first, last;
        format::DateTable table{};
        for (std::uint32_t row = 0; row < end; row += format::inner_rows) {
            const format::InnerSummary inner = reader_.inner(run_, row / format::inner_rows);
            const Date joined_first = earlier(first, {inner.first_date});
            const Date joined_last = later(last, {inner.last_date});
            if (row > begin && query_.of(joined_first, joined_last) != Take::parts) {
                first = joined_first;
                last = joined_last;
                continue;
            }
            if (row > begin) stretch(begin, row, first, last, table);
            begin = row;
            first = {inner.first_date};
            last = {inner.last_date};
            const bool is_cut = end < std::min(row + format::inner_rows, run_.count());
            table = is_cut ? format::DateTable{} : inner.dates;
        }
        stretch(begin, end, first, last, table);
    }
    void stretch(std::uint32_t begin, std::uint32_t end, Date first, Date last,
                 format::DateTable table) {
        switch (query_.of(first, last)) {
            case Take::nothing: return;
            case Take::whole:
                return query_.whole(first, reader_.before(run_, begin), reader_.before(run_, end));
            case Take::parts: break;
        }
        if (table.rows == 0) return rows(begin, end);
        query_.table(DateRows(reader_, run_, table));
    }
    void rows(std::uint32_t begin, std::uint32_t end) {
        Totals before = reader_.before(run_, begin);
        reader_.visit(run_, begin, end - begin, [&](const EntryState& state) {
            if (state.kind == EntryKind::line) query_.line(state.date, before, state.totals);
            before = state.totals;
        });
    }

    const RunReader& reader_;
    const Run& run_;
    Query& query_;
};

/// The lines of all runs up to entry `end` of this one.
template <class Query>
void walk_runs(const RunReader& reader, const Run& newest, std::uint32_t end, Query& query) {
    const auto visit = [&](const Run& run) {
        const bool is_newest = run.address == newest.address;
        RunDates<Query>(reader, run, query).until(is_newest ? end : run.count());
    };
    const auto passes = [&](const Run& run) {
        const format::JumpHead span = run.jump_head();
        const Take take = query.of({span.first_date}, {span.last_date});
        if (take == Take::whole) {
            query.whole({span.first_date}, reader.open(run.jump()).opening(), run.opening());
        }
        return take != Take::parts;
    };
    walk_back(reader, newest, 0, visit, passes);
}

/// The generation's lines of the account at or before `limit`. `standing` is that before them, and
/// becomes the one after them.
template <class Query>
void walk_generation(const TailGeneration& generation, AccountHandle account, Position limit,
                     Totals& standing, Query& query) {
    const posting::Entry* const last = generation.last_at(account, limit);
    if (last == nullptr) return;
    const std::uint32_t count = generation.ordinal(*last);
    const std::uint32_t blocks = count / TailBlocks::block_entries;
    generation.blocks().visit(generation, *last, standing, 0, blocks, [&](const EntryBlock& block) {
        const Summary& all = block.summary;
        switch (query.of(all.first_date, all.last_date)) {
            case Take::nothing: return;
            case Take::whole: return query.whole(all.first_date, all.opening, all.closing);
            case Take::parts: break;
        }
        query.table(block.dates);
    });
    const posting::Entry* at = last;
    for (std::uint32_t left = count - blocks * TailBlocks::block_entries; left > 0; --left) {
        const posting::Entry* const earlier = generation.previous(*at);
        const Totals before =
            earlier == nullptr ? standing : Totals{earlier->debits, earlier->credits};
        if (at->kind == EntryKind::line) {
            query.line({at->book_date_days}, before, {at->debits, at->credits});
        }
        at = earlier;
    }
    standing = {last->debits, last->credits};
}

/// All lines of the account at or before `limit`.
template <class Query>
void walk_dates(const HistorySources& sources, AccountHandle account, Position limit,
                Query& query) {
    Totals standing;
    if (sources.segments != nullptr) {
        const RunReader reader(sources.segments->impl(), *sources.transaction);
        const Position until = sources.sealed_limit(limit);
        const Run run = reader.newest(sources.segments->head(account), until);
        if (run) {
            const std::uint32_t end = reader.upper_bound(run, until);
            walk_runs(reader, run, end, query);
            standing = reader.before(run, end);
        }
    }
    for (std::size_t at = sources.generations.size(); at-- > 0;) {
        walk_generation(*sources.generations[at], account, limit, standing, query);
    }
}

}  // namespace ledger::history
