// One account's entries across tail and segments: sections in the order of posting, each a
// generation's or a run's part of them, read by index.
#include "ledger/history/account_history.hpp"

#include "history/entry_view.hpp"
#include "history/segments_impl.hpp"
#include "history/standing.hpp"
#include "history/summary_builder.hpp"
#include "history/tail_blocks.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ledger::history {

using posting::Entry;

/// Everything sealed that no generation of the list holds.
Position HistorySources::sealed_limit(Position until) const {
    for (auto at = generations.rbegin(); at != generations.rend(); ++at) {
        const Position first = (*at)->first_position();
        if (first) return std::min(until, Position{first.value - 1});
    }
    return until;
}

Position HistorySources::position_at(Instant instant) const {
    for (const auto& generation : generations) {
        if (const Position found = generation->position_at(instant, limit)) return found;
    }
    if (segments == nullptr) return {};
    return std::min(segments->position_at(*transaction, instant), sealed_limit(limit));
}

/// Walks the sections that have entries of the account at or before a limit.
struct AccountHistory::Walk {
    Walk(const HistorySources& from, AccountHandle of, Position until)
        : sources(from), account(of), limit(std::min(until, from.limit)) {
        if (sources.segments == nullptr) return;
        reader.emplace(sources.segments->impl(), *sources.transaction);
        top = reader->newest(sources.segments->head(account), sources.sealed_limit(limit));
    }

    // ---- where it stands; each returns whether there is such a section

    /// The newest section with an entry at or before the position.
    bool seek(Position position);
    bool oldest();
    bool older();
    bool newer();

    // ---- the section it stands at

    bool in_tail() const noexcept { return generation != nullptr; }
    /// Its entries at or before the limit, never 0.
    std::uint32_t count() const noexcept { return count_; }
    std::uint32_t lower_bound(Position position) const;
    std::uint32_t upper_bound(Position position) const;
    EntryState entry(std::uint32_t index) const;
    /// Totals before an entry.
    Totals before(std::uint32_t index) const;
    /// Appends entries first..first+n, complete.
    void read(std::uint32_t first, std::uint32_t n, std::vector<EntryView>& into) const;

    bool stand_at_generation(std::size_t at);
    bool stand_at_run(const Run& found);
    bool newer_run();

    const HistorySources& sources;
    AccountHandle account;
    Position limit;
    std::optional<RunReader> reader;
    Run top;  // the newest sealed run that counts

    const TailGeneration* generation = nullptr;
    std::size_t generation_at = 0;
    const Entry* last = nullptr;
    Run run;
    std::uint32_t count_ = 0;

    static constexpr std::size_t ahead_max = 64;
    std::array<RunAddress, ahead_max> ahead;  // the runs that follow, the next one last
    std::size_t ahead_count = 0;
    std::uint32_t ahead_size = 2;
};

bool AccountHistory::Walk::stand_at_generation(std::size_t at) {
    const TailGeneration& found = *sources.generations[at];
    const Entry* newest = found.last_at(account, limit);
    if (newest == nullptr) return false;
    generation = &found;
    generation_at = at;
    last = newest;
    count_ = found.ordinal(*newest);
    return true;
}

bool AccountHistory::Walk::stand_at_run(const Run& found) {
    if (!found) return false;
    generation = nullptr;
    run = found;
    count_ = reader->upper_bound(run, limit);
    return true;
}

bool AccountHistory::Walk::seek(Position position) {
    ahead_count = 0;
    const Position until = std::min(position, limit);
    for (std::size_t at = 0; at < sources.generations.size(); ++at) {
        if (sources.generations[at]->last_at(account, until) != nullptr)
            return stand_at_generation(at);
    }
    if (!top) return false;
    return stand_at_run(reader->newest(top.address, until));
}

bool AccountHistory::Walk::oldest() {
    ahead_count = 0;
    if (top) return stand_at_run(reader->at_depth(top, 0));
    for (std::size_t at = sources.generations.size(); at-- > 0;) {
        if (stand_at_generation(at)) return true;
    }
    return false;
}

bool AccountHistory::Walk::older() {
    if (in_tail()) {
        for (std::size_t at = generation_at + 1; at < sources.generations.size(); ++at) {
            if (stand_at_generation(at)) return true;
        }
        return stand_at_run(top);
    }
    if (run.head.depth == 0) return false;
    return stand_at_run(reader->open(run.head.previous()));
}

bool AccountHistory::Walk::newer() {
    if (!in_tail()) {
        if (newer_run()) return true;
        generation_at = sources.generations.size();
    }
    for (std::size_t at = generation_at; at-- > 0;) {
        if (stand_at_generation(at)) return true;
    }
    return false;
}

/// Directory rows point back only, so the next runs are found from the newest one, more of them
/// every time.
bool AccountHistory::Walk::newer_run() {
    if (ahead_count == 0) {
        const std::uint32_t left = top.head.depth - run.head.depth;
        if (left == 0) return false;
        ahead_size = std::min<std::uint32_t>(ahead_size * 2, ahead_max);
        const std::uint32_t fetched = std::min(left, ahead_size);
        Run at = reader->at_depth(top, run.head.depth + fetched);
        for (std::uint32_t i = 0; i < fetched; ++i) {
            ahead[i] = at.address;
            if (i + 1 < fetched) at = reader->open(at.head.previous());
        }
        ahead_count = fetched;
    }
    return stand_at_run(reader->open(ahead[--ahead_count]));
}

std::uint32_t AccountHistory::Walk::lower_bound(Position position) const {
    if (position.value == 0) return 0;
    return upper_bound({position.value - 1});
}

std::uint32_t AccountHistory::Walk::upper_bound(Position position) const {
    if (position >= limit) return count_;
    if (!in_tail()) return reader->upper_bound(run, position);
    const Entry* found = generation->last_at(account, position);
    return found == nullptr ? 0 : generation->ordinal(*found);
}

EntryState AccountHistory::Walk::entry(std::uint32_t index) const {
    if (!in_tail()) return reader->entry(run, index);
    return state_of(*generation, *generation->at_ordinal(*last, index + 1));
}

Totals AccountHistory::Walk::before(std::uint32_t index) const {
    if (index > 0) return entry(index - 1).totals;
    if (!in_tail()) return run.opening();
    Walk earlier = *this;
    return earlier.older() ? earlier.entry(earlier.count() - 1).totals : Totals{};
}

void AccountHistory::Walk::read(std::uint32_t first, std::uint32_t n,
                                std::vector<EntryView>& into) const {
    if (n == 0) return;
    const std::size_t start = into.size();
    if (in_tail()) {
        into.resize(start + n);
        const Entry* at = generation->at_ordinal(*last, first + n);
        for (std::size_t i = n; i-- > 0; at = generation->previous(*at)) {
            into[start + i] = view_of(account, state_of(*generation, *at));
        }
    } else {
        reader->visit(run, first, n,
                      [&](const EntryState& state) { into.push_back(view_of(account, state)); });
    }
    Totals totals = before(first);
    std::uint32_t index = first - lower_bound(into[start].position);
    for (std::size_t i = start; i < into.size(); ++i) {
        EntryView& view = into[i];
        if (i > start) index = view.position == into[i - 1].position ? index + 1 : 0;
        view.index = index;
        if (view.kind == EntryKind::line) {
            view.amount = amount_of_line(view, totals);
        }
        totals = {view.debits, view.credits};
    }
}

// ---- queries

AccountHistory::AccountHistory(const HistorySources& sources, AccountHandle account) noexcept
    : sources_(sources), account_(account) {}

Standing AccountHistory::standing_at(Position position) const {
    const Position limit = std::min(position, sources_.limit);
    if (const auto standing = standing_in_tail(sources_, account_, limit)) return *standing;
    if (sources_.segments == nullptr) return {};
    const RunReader reader(sources_.segments->impl(), *sources_.transaction);
    const Position until = sources_.sealed_limit(limit);
    const Run run = reader.newest(sources_.segments->head(account_), until);
    return run ? standing_in_run(reader, run, until) : Standing{};
}

std::optional<EntryView> AccountHistory::last_at(Position position) const {
    Walk walk(sources_, account_, position);
    if (!walk.seek(position)) return std::nullopt;
    std::vector<EntryView> one;
    walk.read(walk.count() - 1, 1, one);
    return one.front();
}

std::size_t AccountHistory::forward(EntryCursor cursor, std::size_t page,
                                    std::vector<EntryView>& into) const {
    Walk walk(sources_, account_, sources_.limit);
    std::uint32_t first = 0;
    if (walk.seek(cursor.position)) {
        const std::uint32_t here = walk.upper_bound(cursor.position);
        const std::uint64_t passed =
            walk.lower_bound(cursor.position) + std::uint64_t{cursor.index} + 1;
        first = static_cast<std::uint32_t>(std::min<std::uint64_t>(passed, here));
    } else if (!walk.oldest()) {
        return 0;
    }
    std::size_t given = 0;
    for (;;) {
        const std::size_t n = std::min<std::size_t>(page - given, walk.count() - first);
        walk.read(first, static_cast<std::uint32_t>(n), into);
        given += n;
        if (given == page || !walk.newer()) return given;
        first = 0;
    }
}

std::size_t AccountHistory::backward(EntryCursor cursor, std::size_t page,
                                     std::vector<EntryView>& into) const {
    Walk walk(sources_, account_, sources_.limit);
    if (!walk.seek(cursor.position)) return 0;
    const std::uint32_t here = walk.upper_bound(cursor.position);
    const std::uint64_t until = walk.lower_bound(cursor.position) + std::uint64_t{cursor.index};
    auto end = static_cast<std::uint32_t>(std::min<std::uint64_t>(until, here));
    std::size_t given = 0;
    for (;;) {
        const std::size_t n = std::min<std::size_t>(page - given, end);
        const std::size_t start = into.size();
        walk.read(end - static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n), into);
        std::reverse(into.begin() + static_cast<std::ptrdiff_t>(start), into.end());
        given += n;
        if (given == page || !walk.older()) return given;
        end = walk.count();
    }
}

// ---- summaries

namespace {

/// What the sealed runs say of from <= position <= to.
Summary sealed_summary(const RunReader& reader, RunAddress head, Position from, Position to) {
    Run run = reader.newest(head, to);
    if (!run) return {};
    const std::uint32_t first = reader.lower_bound(run, from);
    const std::uint32_t end = reader.upper_bound(run, to);
    if (first >= end) return {};
    Summary summary = reader.part(run, first, end - first);
    const auto prepend = [&](Summary earlier_part) {
        earlier_part.join(summary);
        summary = earlier_part;
    };
    if (first > 0) return summary;
    while (run.head.depth > 0) {
        if (run.has_jump()) {
            const Run target = reader.open(run.jump());
            if (target.first() >= from) {
                prepend(reader.span(run));
                run = target;
                continue;
            }
        }
        const Run previous = reader.open(run.head.previous());
        if (previous.last() < from) break;
        const std::uint32_t begin = reader.lower_bound(previous, from);
        prepend(reader.part(previous, begin, previous.count() - begin));
        if (begin > 0) break;
        run = previous;
    }
    return summary;
}

/// The account's entries first..end of a generation, counted from 0, all at or before `limit`.
void add_entries(const TailGeneration& generation, AccountHandle account, std::uint32_t first,
                 std::uint32_t end, Position limit, SummaryBuilder& builder) {
    std::array<const Entry*, TailBlocks::block_entries + 1> page;  // and the one that follows
    Position known;
    Instant instant;
    while (first < end) {
        const std::size_t wanted = std::min<std::size_t>(page.size() - 1, end - first);
        const std::size_t found =
            generation.collect(account, first, limit, std::span(page).first(wanted + 1));
        for (std::size_t i = 0; i < wanted; ++i) {
            const EntryState state = state_of(generation, *page[i]);
            if (state.position != known) instant = generation.instant_of(state.position);
            known = state.position;
            const bool ends_record = i + 1 == found || page[i + 1]->position != known;
            builder.add(state.totals, instant, state.date, ends_record);
        }
        first += static_cast<std::uint32_t>(wanted);
    }
}

}  // namespace

/// What one generation says of the range: whole blocks of it, and what is left at both ends.
Summary AccountHistory::tail_summary(const TailGeneration& generation, const Totals& so_far,
                                     Position from, Position to) const {
    const Entry* const last = generation.last_at(account_, to);
    if (last == nullptr) return SummaryBuilder(so_far).done();
    const Entry* before =
        from.value == 0 ? nullptr : generation.last_at(account_, {from.value - 1});
    const std::uint32_t first = before == nullptr ? 0 : generation.ordinal(*before);
    const std::uint32_t end = generation.ordinal(*last);
    constexpr std::uint32_t size = TailBlocks::block_entries;
    const std::uint32_t first_block = (first + size - 1) / size;
    const std::uint32_t end_block = end / size;
    const bool has_blocks = first_block < end_block;
    SummaryBuilder head(before == nullptr ? so_far : Totals{before->debits, before->credits});
    add_entries(generation, account_, first, has_blocks ? first_block * size : end, to, head);
    Summary summary = head.done();
    if (!has_blocks) return summary;
    const Totals opening = standing_before(generation.first_position()).totals;
    generation.blocks().visit(generation, *last, opening, first_block, end_block,
                              [&](const EntryBlock& block) { summary.join(block.summary); });
    SummaryBuilder rest(summary.closing);
    add_entries(generation, account_, end_block * size, end, to, rest);
    summary.join(rest.done());
    return summary;
}

Summary AccountHistory::summary(Position from, Position to) const {
    const Position until = std::min(to, sources_.limit);
    const Totals opening = standing_before(from).totals;
    Summary summary;
    if (sources_.segments != nullptr) {
        const RunReader reader(sources_.segments->impl(), *sources_.transaction);
        summary = sealed_summary(reader, sources_.segments->head(account_), from,
                                 sources_.sealed_limit(until));
    }
    for (std::size_t at = sources_.generations.size(); at-- > 0;) {
        const Totals so_far = summary.entries == 0 ? opening : summary.closing;
        summary.join(tail_summary(*sources_.generations[at], so_far, from, until));
    }
    if (summary.entries == 0) summary.opening = summary.closing = opening;
    return summary;
}

}  // namespace ledger::history
