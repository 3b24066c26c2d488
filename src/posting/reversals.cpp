// Reversals (冲销): deriving the lines that undo a voucher, and judging given ones against them.
#include "machine_impl.hpp"

namespace ledger::posting {

namespace {

/// The item that the reversing line must name as cleared, or zero.
ItemId undone_item(const State& state, const BatchRecord& target, const Batch& targets,
                   const BatchLine& line) {
    if (!state.accounts[line.handle.index].has(account_flag::open_items)) return {};
    const LineDetail* more = targets.detail(line);
    return more != nullptr && more->clears ? more->clears : opened_item(target, more);
}

bool undoes(std::span<const BatchLine> given, std::span<const BatchLine> lines, bool red) {
    if (given.size() != lines.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const Side side = red ? lines[i].side : opposite(lines[i].side);
        const Ink ink = red ? opposite(lines[i].ink) : lines[i].ink;
        if (given[i].handle != lines[i].handle || given[i].amount != lines[i].amount ||
            given[i].side != side || given[i].ink != ink) {
            return false;
        }
    }
    return true;
}

}  // namespace

/// Writes the lines of a reversal that came without; judges its target at once (rules 46, 60..63).
Result Machine::Impl::derive_reversal(Batch& batch, std::size_t at) {
    const VoucherDetail& detail = *batch.detail<VoucherDetail>(batch.records[at]);
    const Position first = find(KeyTable::record, detail.reverses.value);
    if (!first) return refuse(Outcome::voucher_unknown);
    const auto [found, where] = read(first);
    if (found == &batch) {  // whose lines move below
        target.clear();
        target.add_copy(batch, where);
        target_position = {};
    }
    const Batch& from = found == &batch ? target : *found;
    const BatchRecord& undone = from.records[found == &batch ? 0 : where];
    if (undone.kind != RecordKind::voucher) return refuse(Outcome::voucher_unknown);
    if (undone.book != batch.records[at].book) return refuse(Outcome::book_mismatch);
    if (find(KeyTable::reversed_by, detail.reverses.value))
        return refuse(Outcome::already_reversed);
    const VoucherDetail* undone_detail = from.detail<VoucherDetail>(undone);
    if (undone_detail != nullptr && undone_detail->reverses) return refuse(Outcome::not_reversible);

    const bool red = batch.records[at].has(record_flag::red);
    batch.records[at].lines_begin = static_cast<std::uint32_t>(batch.lines.size());
    for (const BatchLine& line : from.lines_of(undone)) {
        BatchLine reversed = line;
        if (red) {
            reversed.ink = opposite(line.ink);
        } else {
            reversed.side = opposite(line.side);
        }
        const LineDetail* more = from.detail(line);
        const ItemId item = undone_item(state, undone, from, line);
        reversed.detail = no_detail;
        if (item || (more != nullptr && !more->dimensions.empty())) {
            LineDetail copy;
            if (more != nullptr) copy.dimensions = more->dimensions;
            copy.clears = item;
            reversed.detail = static_cast<std::uint32_t>(batch.line_details.size());
            batch.line_details.push_back(std::move(copy));
        }
        batch.lines.push_back(reversed);
    }
    batch.records[at].line_count = undone.line_count;
    batch.records[at].flags |= record_flag::lines_derived;
    return {};
}

/// book_mismatch, reversal_mismatch, already_reversed, not_reversible of a voucher that names
/// others.
Result Machine::Impl::judge_reversal(const Batch& batch, const BatchRecord& record,
                                     const VoucherDetail& detail) {
    for (const VoucherId named : {detail.reverses, detail.replaces}) {
        if (!named) continue;
        const auto [found, where] = read(find(KeyTable::record, named.value));
        if (found->records[where].book != record.book) return refuse(Outcome::book_mismatch);
    }
    if (detail.reverses && !record.has(record_flag::lines_derived)) {
        const auto [found, where] = read(find(KeyTable::record, detail.reverses.value));
        const BatchRecord& undone = found->records[where];
        const auto given = batch.lines_of(record);
        const auto lines = found->lines_of(undone);
        bool fits = undoes(given, lines, false) || undoes(given, lines, true);
        for (std::size_t i = 0; fits && i < given.size(); ++i) {
            const LineDetail* more = batch.detail(given[i]);
            fits = (more == nullptr ? ItemId{} : more->clears) ==
                   undone_item(state, undone, *found, lines[i]);
        }
        if (!fits) return refuse(Outcome::reversal_mismatch);
    }
    if (detail.replaces && !find(KeyTable::reversed_by, detail.replaces.value)) {
        return refuse(Outcome::reversal_mismatch);
    }
    if (!detail.reverses) return {};
    if (find(KeyTable::reversed_by, detail.reverses.value))
        return refuse(Outcome::already_reversed);
    const auto [found, where] = read(find(KeyTable::record, detail.reverses.value));
    const VoucherDetail* undone = found->detail<VoucherDetail>(found->records[where]);
    if (undone != nullptr && undone->reverses) return refuse(Outcome::not_reversible);
    return {};
}

}  // namespace ledger::posting
