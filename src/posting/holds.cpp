// Holds: place, release, lower, close; cover of judicial holds; what is available.
#include "machine_impl.hpp"

#include "ledger/model/bounds.hpp"

namespace ledger::posting {

i128 Machine::Impl::posted_natural(const Account& of) const noexcept {
    return of.buffer == 0 ? natural(of) : natural(of) - state.buffers[of.buffer - 1].amount;
}

i128 Machine::Impl::available(const Account& of) const noexcept {
    i128 left = 0;
    return checked_subtract(posted_natural(of), of.held, left) ? left : i128_min;
}

bool Machine::Impl::effective_minimum(std::uint32_t handle, i128& minimum) const noexcept {
    const Account& of = state.accounts[handle];
    minimum = of.has(account_flag::has_minimum) ? state.terms[handle].minimum : i128{0};
    return of.has(account_flag::has_minimum | account_flag::has_judicial);
}

i128 Machine::Impl::cover(const Hold& hold, i128 gone) {
    const Account& of = account(hold.account);
    i128 judicial = 0;
    i128 earlier = 0;
    bool before = true;
    for (const u128 key : state.judicial[hold.account.index]) {
        if (key == hold.key) before = false;
        const i128 remaining = state.holds.find(key)->remaining;
        judicial += remaining;
        if (before) earlier += remaining;
    }
    // held >= judicial >= earlier >= 0, so only the differences can leave the range: downwards.
    i128 left = 0;
    if (!checked_subtract(posted_natural(of), of.held - judicial + earlier, left)) return 0;
    if (!checked_subtract(left, gone, left)) return 0;
    return std::clamp(left, i128{0}, hold.remaining);
}

std::pair<VoucherId, Wide> Machine::Impl::brought_by(Position at, AccountHandle handle) {
    const Side normal = account(handle).normal_side();
    const auto [found, where] = read(at);
    const BatchRecord& record = found->records[where];
    Wide brought;
    for (const BatchLine& line : found->lines_of(record)) {
        if (line.handle == handle && line.side == normal && line.ink == Ink::black) {
            brought += line.amount;
        }
    }
    return {record.id, brought};
}

/// What is left of the money that a voucher brought, first in first out (posting-rules.md, 4).
/// Wide, because red lines let a voucher bring, and a total fall by, more than 128 bits hold.
Wide Machine::Impl::left_of(Position at, const Wide& brought, AccountHandle handle) {
    const Totals then = totals_after(handle, at);
    const Account& of = account(handle);
    const bool credit = of.has(account_flag::credit_normal);
    const Wide since =
        credit ? Wide{of.credits} - Wide{then.credits} : Wide{of.debits} - Wide{then.debits};
    return std::clamp(Wide{natural(of)} - since, Wide{}, brought);
}

Result Machine::Impl::catch_sources(AccountHandle handle, const PlaceHold& hold, Caught& caught) {
    for (std::size_t i = 0; i < hold.sources.size(); ++i) {
        const Position at = find(KeyTable::record, hold.sources[i].value);
        if (!at) return refuse(Outcome::voucher_unknown, i);
        const auto& seen = caught.sources;
        if (std::find(seen.begin(), seen.end(), at) != seen.end()) continue;
        const auto [id, brought] = brought_by(at, handle);
        if (brought.is_zero()) return refuse(Outcome::voucher_unknown, i);
        caught.sources.push_back(at);
        caught.left += left_of(at, brought, handle);
    }
    return {};
}

bool Machine::Impl::positions_of(OrderId order, std::vector<Position>& into) {
    into.assign(bounds::precise_order_records_max + 1, Position{});
    const std::span<Position> page(into);
    std::size_t count = 0;
    if (group_open()) {
        count = group_keys.newest_first(group_effects->keys, KeyTable::order, order.value, page);
    }
    count += past.newest_first(KeyTable::order, order.value, page.subspan(count));
    old_facts += 1 + count / 64;
    into.resize(count);
    std::reverse(into.begin(), into.end());
    return count <= bounds::precise_order_records_max;
}

/// An order without any voucher that brought money is voucher_unknown, wherever it stands; then
/// too_many_sources.
Result Machine::Impl::catch_orders(AccountHandle handle, const PlaceHold& hold, Caught& caught) {
    Result many;
    std::vector<Position> positions;
    for (std::size_t i = 0; i < hold.orders.size(); ++i) {
        const std::size_t line = hold.sources.size() + i;
        bool any = false;
        bool fits = positions_of(hold.orders[i], positions);
        if (!fits) positions.clear();
        for (const Position at : positions) {
            const auto [id, brought] = brought_by(at, handle);
            if (brought.is_zero()) continue;
            any = true;
            const auto& seen = caught.sources;
            if (std::find(seen.begin(), seen.end(), at) != seen.end()) continue;
            if (seen.size() == bounds::precise_sources_max) {
                fits = false;
                break;
            }
            caught.sources.push_back(at);
            caught.resolved.push_back(id);
            caught.left += left_of(at, brought, handle);
        }
        if (fits && !any) return refuse(Outcome::voucher_unknown, line);
        if (!fits && many) many = refuse(Outcome::too_many_sources, line);
    }
    return many;
}

/// The account's totals after the record at this position, which has entries on it.
Totals Machine::Impl::totals_after(AccountHandle handle, Position at) {
    const auto& entries = effects->entries;
    auto after = std::upper_bound(
        entries.begin(), entries.end(), at,
        [](Position wanted, const Entry& entry) { return wanted < entry.position; });
    while (after != entries.begin() && (after - 1)->position == at) {
        --after;
        if (after->account == handle) return {after->debits, after->credits};
    }
    ++old_facts;
    return past.totals_at(handle, at);
}

Result Machine::Impl::judge_place_hold(Batch& batch, std::size_t at) {
    BatchRecord& record = batch.records[at];
    PlaceHold& hold = *batch.detail<PlaceHold>(record);
    if (!replaying && hold.expires_at && hold.expires_at <= instant) {
        return refuse(Outcome::value_out_of_range);
    }
    const AccountHandle handle = find_account(hold.account);
    if (!handle) return refuse(Outcome::account_unknown);
    const bool precise = hold.kind == HoldKind::precise && !replaying;
    Caught caught;
    if (precise) {
        Result result = catch_sources(handle, hold, caught);
        if (result) result = catch_orders(handle, hold, caught);
        if (!result) return result;
    }
    const Account& of = account(handle);
    if (of.has(account_flag::closed)) return refuse(Outcome::account_closed);
    i128 minimum = 0;
    const bool limited = effective_minimum(handle.index, minimum);
    Wide wanted{hold.amount};
    if (precise) {
        const Wide spare = Wide{available(of)} - Wide{minimum};
        wanted = std::min(caught.left, spare);
        if (hold.amount.minor != 0) wanted = std::min(wanted, Wide{hold.amount});
        wanted = std::max(wanted, Wide{});
    }
    if (!wanted.fits_amount()) return refuse(Outcome::overflow);
    const i128 amount = to_amount(wanted).minor;
    i128 held = 0;
    i128 after = 0;
    if (!checked_add(of.held, amount, held) || !checked_subtract(posted_natural(of), held, after)) {
        return refuse(Outcome::overflow);
    }
    if (precise && amount == 0) return refuse(Outcome::nothing_to_hold);
    const bool queues = hold.kind == HoldKind::judicial && of.has(account_flag::has_judicial);
    if (state.holds.size() >= capacity.open_holds ||
        (queues && state.judicial[handle.index].size() >= bounds::judicial_holds_max)) {
        return refuse(Outcome::too_many_holds);
    }
    if (hold.kind == HoldKind::ordinary && limited && after < minimum) {
        return refuse(Outcome::below_minimum);
    }
    if (precise) hold.resolved = std::move(caught.resolved);
    if (precise && hold.amount.minor != amount) {
        record.flags |= record_flag::amount_derived;
        hold.requested = hold.amount;
        hold.amount = Amount{amount};
    }
    place(record, hold, handle);
    return {};
}

void Machine::Impl::place(const BatchRecord& record, const PlaceHold& hold, AccountHandle handle) {
    if (logging()) {
        Hold absent;
        absent.key = record.id.value;
        undo_holds.emplace_back(absent, false);
    }
    state.holds.insert(
        {record.id.value, hold.amount.minor, handle, hold.kind, hold.expires_at, position});
    Account& of = touch(handle.index);
    of.held += hold.amount.minor;
    if (hold.kind == HoldKind::judicial) {
        of.flags |= account_flag::has_judicial;
        state.judicial[handle.index].push_back(record.id.value);
        on_undo([this, index = handle.index] {
            auto& list = state.judicial[index];
            list.pop_back();
            if (list.empty()) state.judicial.erase(index);
        });
    }
    if (hold.expires_at) {
        state.hold_due.push_back({hold.expires_at, record.id.value});
        std::push_heap(state.hold_due.begin(), state.hold_due.end(), std::greater<>{});
    }
    emit(EntryKind::hold_placed, handle.index);
    emit_key(KeyTable::hold, record.id.value);
    emit_key(KeyTable::account_hold, handle.index);
}

void Machine::Impl::lower_hold(u128 key, i128 amount, EntryKind kind) {
    Hold& hold = *state.holds.find(key);
    touch_hold(hold);
    const std::uint32_t handle = hold.account.index;
    touch(handle).held -= amount;
    hold.remaining -= amount;
    if (hold.remaining == 0) close_hold(Hold{hold});
    emit(kind, handle);
    emit_key_once(KeyTable::hold, key);
}

void Machine::Impl::close_hold(const Hold& hold) {
    if (hold.kind == HoldKind::judicial) {
        auto& list = state.judicial[hold.account.index];
        on_undo([this, old = list, index = hold.account.index] { state.judicial[index] = old; });
        list.erase(std::find(list.begin(), list.end(), hold.key));
        if (list.empty()) {
            state.judicial.erase(hold.account.index);
            state.accounts[hold.account.index].flags &=
                static_cast<std::uint16_t>(~account_flag::has_judicial);
        }
    }
    state.holds.erase(hold.key);
}

Result Machine::Impl::judge_release_hold(Batch& batch, std::size_t at) {
    BatchRecord& record = batch.records[at];
    ReleaseHold& release = *batch.detail<ReleaseHold>(record);
    const Hold* hold = state.holds.find(release.hold.value);
    if (hold == nullptr) {
        return refuse(find(KeyTable::hold, release.hold.value) ? Outcome::hold_closed
                                                               : Outcome::hold_unknown);
    }
    const bool all = release.amount.minor == 0;
    const i128 amount = all ? hold->remaining : release.amount.minor;
    if (amount > hold->remaining) return refuse(Outcome::hold_exceeded);
    if (all) record.flags |= record_flag::amount_derived;
    release.amount = Amount{amount};
    release.remaining = Amount{hold->remaining - amount};
    lower_hold(hold->key, amount, EntryKind::hold_released);
    return {};
}

}  // namespace ledger::posting
