// What an account's history says at a position, and in sum.
#include "ledger/history/account_history.hpp"

#include "core/mutant.hpp"
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

// ---- queries

AccountHistory::AccountHistory(const HistorySources& sources, AccountHandle account) noexcept
    : sources_(sources), account_(account) {}

Standing AccountHistory::standing_at(Position position) const {
    const Position limit = std::min(position, sources_.limit);
    const auto standing = standing_in_tail(sources_, account_, limit);
    if (standing && !LEDGER_MUTANT(lost_tail_merge)) return *standing;
    if (sources_.segments == nullptr) return {};
    const RunReader reader(sources_.segments->impl(), *sources_.transaction);
    const Position until = sources_.sealed_limit(limit);
    const Run run = reader.newest(sources_.segments->head(account_), until);
    return run ? standing_in_run(reader, run, until) : Standing{};
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
