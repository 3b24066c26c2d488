// Applying a voucher of the general path: captures, lines, then what must hold for the whole of it.
// Everything here runs under the undo log; the caller rolls back what a refusal leaves.
#include "machine_impl.hpp"

namespace ledger::posting {

void Machine::Impl::note_touched(std::uint32_t handle, std::size_t line) {
    constexpr std::size_t few = 16;
    if (touched.size() <= few) {
        for (const Touched& seen : touched) {
            if (seen.handle == handle) return;
        }
    } else {
        if (touched_index.empty()) {
            for (const Touched& seen : touched) touched_index.emplace(seen.handle, 0);
        }
        if (!touched_index.emplace(handle, 0).second) return;
    }
    const Account& of = state.accounts[handle];
    touched.push_back({handle, static_cast<std::uint16_t>(line), natural(of), available(of)});
}

Result Machine::Impl::apply_voucher(Batch& batch, BatchRecord& record, VoucherDetail* detail) {
    Book& book = *find_book(record.book);
    const bool defaulted = !record.book_date;
    if (defaulted) record.book_date = default_date(book);
    touched.clear();
    touched_index.clear();
    changed_relations.clear();
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) note_touched(lines[i].handle.index, i);

    if (detail != nullptr) note_given_back(*detail);
    // Both are tried, because an overflow of the lines is reported before a hold that is exceeded.
    const Result captures = detail == nullptr ? Result{} : apply_captures(*detail);
    const bool reversal = detail != nullptr && detail->reverses;
    Result result = apply_lines(batch, record, reversal);
    if (!captures && result.outcome != Outcome::overflow) result = captures;
    if (result) result = judge_limits();
    if (result) result = judge_relations(batch, record);
    if (result && state.items.size() > capacity.open_items) {
        result = refuse(Outcome::too_many_items);
    }
    if (!result) {
        if (defaulted) record.book_date = Date::none();
        return result;
    }
    if (defaulted) record.flags |= record_flag::date_defaulted;
    give_number(book, record);
    if (reversal) emit_key(KeyTable::reversed_by, detail->reverses.value);
    if (detail != nullptr && detail->replaces) {
        emit_key(KeyTable::replaced_by, detail->replaces.value);
    }
    if (detail != nullptr && detail->concerns) emit_concerns(record, detail->concerns);
    return {};
}

void Machine::Impl::emit_concerns(const BatchRecord& record, Date concerned) {
    emit_key(KeyTable::concerns, day_key(record.book, concerned));
    cover_days(record.book, concerned, record.book_date + -1,
               [&](u128 stretch) { emit_key(KeyTable::late, stretch); });
}

/// Takes those before the first that is refused; hold_closed comes before hold_exceeded.
Result Machine::Impl::apply_captures(VoucherDetail& detail) {
    captured.clear();
    const std::size_t all = detail.captures.size();
    std::size_t open = 0;  // so many before the first that is closed
    while (open < all && state.holds.find(detail.captures[open].hold.value) != nullptr) ++open;
    const Result closed = open == all ? Result{} : refuse(Outcome::hold_closed, open);
    for (std::size_t i = 0; i < open; ++i) {
        Capture& capture = detail.captures[i];
        const Result exceeded = closed ? refuse(Outcome::hold_exceeded, i) : closed;
        const Hold* hold = state.holds.find(capture.hold.value);
        if (hold == nullptr) return exceeded;  // closed by a capture before
        // What this voucher captured before has left the account for the rank of a judicial hold.
        i128& gone = captured[hold->account.index];
        const i128 most = hold->kind == HoldKind::judicial ? cover(*hold, gone) : hold->remaining;
        if (capture.amount.minor > most) return exceeded;
        gone += capture.amount.minor;
        capture.remaining = Amount{hold->remaining - capture.amount.minor};
        lower_hold(hold->key, capture.amount.minor, EntryKind::hold_captured);
    }
    return closed;
}

/// overflow, wherever it is, before item_exceeded.
Result Machine::Impl::apply_lines(const Batch& batch, const BatchRecord& record, bool reversal) {
    Result exceeded;
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::uint32_t handle = lines[i].handle.index;
        if (!apply_line(record, lines[i], i)) return refuse(Outcome::overflow, i);
        if (!account(handle).has(account_flag::open_items)) continue;
        const Outcome item = apply_item(batch, record, i, reversal);
        if (item == Outcome::overflow) return refuse(item, i);
        if (item != Outcome::accepted && exceeded) exceeded = refuse(item, i);
    }
    return exceeded;
}

/// One line on its account, with the folds before and after it; false on overflow.
bool Machine::Impl::apply_line(const BatchRecord& record, const BatchLine& line,
                               std::size_t number) {
    const std::uint32_t handle = line.handle.index;
    const bool inflow = is_inflow(account(handle), line.side, line.ink);
    const bool policy = account(handle).has(account_flag::buffered);
    const bool to_buffer = policy && inflow && line.ink == Ink::black;
    if (policy) {
        const Buffer& buffer = state.buffers[account(handle).buffer - 1];
        if (buffer.count != 0 && (!to_buffer || buffer.book_date != record.book_date)) fold(handle);
    }
    Account& of = touch(handle);
    const bool credit = line.side == Side::credit;
    i128& total = credit ? of.credits : of.debits;
    const i128 change = line.ink == Ink::black ? line.amount.minor : -line.amount.minor;
    if (!checked_add(total, change, total)) return false;
    // On either side: the history keeps debits less credits of accounts of both.
    i128 balance = 0;
    if (!checked_subtract(of.debits, of.credits, balance) ||
        !checked_subtract(of.credits, of.debits, balance)) {
        return false;
    }
    if (to_buffer) {
        // No part of the total, which red lines may have lowered.
        i128 buffered = state.buffers[of.buffer - 1].amount;
        if (!checked_add(buffered, line.amount.minor, buffered)) return false;
        buffer_line(handle, line.amount.minor, record.book_date);
    }
    if (of.has(account_flag::transit)) note_dated(handle, record.book_date, debit_positive(line));
    if (of.memberships != 0 &&
        !add_to_relations(of, inflow ? line.amount.minor : -line.amount.minor)) {
        return false;
    }
    i128 left = 0;
    if (!checked_subtract(posted_natural(of), of.held, left)) return false;
    std::uint8_t flags = credit ? entry_flag::credit : std::uint8_t{0};
    if (line.ink == Ink::red) flags |= entry_flag::red;
    if (to_buffer) flags |= entry_flag::buffered;
    emit(EntryKind::line, handle, static_cast<std::uint16_t>(number), flags, record.book_date);
    if (to_buffer && buffer_full(handle)) fold(handle);
    return true;
}

/// Which lines of a reversal give back to an item what the undone line had cleared.
void Machine::Impl::note_given_back(const VoucherDetail& detail) {
    gives_back.clear();
    if (!detail.reverses || replaying) return;
    const auto [found, where] = read(find(KeyTable::record, detail.reverses.value));
    for (const BatchLine& line : found->lines_of(found->records[where])) {
        const LineDetail* more = found->detail(line);
        gives_back.push_back(more != nullptr && more->clears);
    }
}

/// Opens, clears or gives back an item.
Outcome Machine::Impl::apply_item(const Batch& batch, const BatchRecord& record, std::size_t number,
                                  bool reversal) {
    const BatchLine& line = batch.lines_of(record)[number];
    const LineDetail* more = batch.detail(line);
    const i128 change = debit_positive(line);
    const bool clears = more != nullptr && more->clears;
    const u128 key = clears ? more->clears.value : opened_item(record, more).value;
    const Item* found = state.items.find(key);
    const bool gives = reversal && (replaying || gives_back[number]);
    if (clears && found == nullptr && !gives) return Outcome::item_exceeded;
    i128 remaining = change;
    if (found != nullptr) {
        if (!checked_add(found->remaining, change, remaining)) return Outcome::overflow;
        const bool same_direction = (found->remaining > 0) == (change > 0);
        const bool beyond = remaining != 0 && (remaining > 0) != (found->remaining > 0);
        if (!same_direction && beyond) return Outcome::item_exceeded;
    }
    if (logging()) {
        Item absent;
        absent.key = key;
        undo_items.emplace_back(found == nullptr ? absent : *found, found != nullptr);
    }
    if (found == nullptr) {
        state.items.insert({key, remaining, line.handle, position});
        ++touch_terms(line.handle.index).items;
        if (!clears) emit_key_once(KeyTable::account_item, line.handle.index);
    } else if (remaining == 0) {
        state.items.erase(key);
        --touch_terms(line.handle.index).items;
    } else {
        state.items.find(key)->remaining = remaining;
    }
    emit_key_once(KeyTable::item, key);
    return Outcome::accepted;
}

Result Machine::Impl::judge_limits() {
    for (const Touched& seen : touched) {
        const Account& of = state.accounts[seen.handle];
        i128 minimum = 0;
        if (!effective_minimum(seen.handle, minimum)) continue;
        const i128 after = available(of);
        if (after < seen.available_before && after < minimum) {
            return refuse(Outcome::below_minimum, seen.first_line);
        }
    }
    for (const Touched& seen : touched) {
        const Account& of = state.accounts[seen.handle];
        if (of.has(account_flag::has_maximum) && natural(of) > seen.natural_before &&
            natural(of) > state.terms[seen.handle].maximum) {
            return refuse(Outcome::above_maximum, seen.first_line);
        }
    }
    return {};
}

Result Machine::Impl::judge_relations(const Batch& batch, const BatchRecord& record) {
    std::uint32_t lowest = UINT32_MAX;
    bool parent_broken = false;
    for (const std::uint32_t changed : changed_relations) {
        const Relation& relation = state.relations[changed];
        if (relation.at_day_close || relation.value == 0) continue;
        if (relation.number == 0) {
            parent_broken = true;
        } else {
            lowest = std::min(lowest, relation.number);
        }
    }
    if (lowest != UINT32_MAX) return refuse(Outcome::relation_broken, Result::no_line, lowest);
    if (!parent_broken) return {};
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::uint32_t list = account(lines[i].handle).memberships;
        if (list == 0) continue;
        for (const Membership& membership : state.membership_lists[list - 1]) {
            const Relation& relation = state.relations[membership.relation];
            if (relation.number == 0 && relation.value != 0) {
                return refuse(Outcome::relation_broken, i);
            }
        }
    }
    return refuse(Outcome::relation_broken);
}

}  // namespace ledger::posting
