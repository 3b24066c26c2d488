// A view's queries on holds and open items, both told by the records that changed them.
#include "history/view_impl.hpp"

#include <algorithm>

namespace ledger {

namespace {

constexpr std::size_t examined_factor = 4;

/// The change that the record in `batch` made to the item: debit positive.
i128 change_of_item(const Batch& batch, ItemId id, const posting::AccountIndex& accounts) noexcept {
    const BatchRecord& record = batch.records[0];
    i128 change = 0;
    for (const BatchLine& line : batch.lines_of(record)) {
        if (!accounts.facts_of(line.handle).open_items) continue;
        const LineDetail* more = batch.detail(line);
        const ItemId clears = more == nullptr ? ItemId{} : more->clears;
        if ((clears ? clears : opened_item(record, more)) == id) change += debit_positive(line);
    }
    return change;
}

}  // namespace

/// The record that changed the hold last says what remains after it.
Amount View::Impl::remaining_of(HoldId id) const {
    const BatchRecord& record = read(newest(KeyTable::hold, id.value));
    if (const auto* placed = scratch.detail<PlaceHold>(record)) return placed->amount;
    if (const auto* released = scratch.detail<ReleaseHold>(record)) return released->remaining;
    Amount remaining;  // time passed: it expired
    if (const auto* voucher = scratch.detail<VoucherDetail>(record)) {
        for (const Capture& capture : voucher->captures) {
            if (capture.hold == id) remaining = capture.remaining;
        }
    }
    return remaining;
}

std::optional<HoldInfo> View::Impl::hold(HoldId id, Position placed) const {
    if (!placed) return std::nullopt;
    const BatchRecord& record = read(placed);
    const auto* detail = scratch.detail<PlaceHold>(record);
    if (detail == nullptr) return std::nullopt;
    HoldInfo info;
    info.id = id;
    info.order = record.order;
    info.account = detail->account;
    info.kind = detail->kind;
    info.requested = record.has(record_flag::amount_derived) ? detail->requested : detail->amount;
    info.placed = detail->amount;
    info.expires_at = detail->expires_at;
    info.sources = detail->sources;
    info.orders = detail->orders;
    info.resolved = detail->resolved;
    info.reference = detail->reference;
    info.position = placed;
    info.remaining = remaining_of(id);
    return info;
}

std::optional<HoldInfo> View::hold(HoldId id) const {
    return impl_->hold(id, impl_->newest(KeyTable::record, id.value));
}

Page<HoldInfo> View::holds(AccountId account, bool open_only, const PageRequest& page) const {
    check_page(page);
    Page<HoldInfo> found;
    const AccountHandle handle = impl_->find(account);
    if (!handle) return found;
    PageRequest next = page;
    for (std::size_t examined = 0; examined < examined_factor; ++examined) {
        next.size = page.size - found.items.size();
        const Page<Position> some = impl_->positions(KeyTable::account_hold, handle.index, next);
        for (const Position position : some.items) {
            const HoldId id = impl_->read(position).id;
            std::optional<HoldInfo> info = impl_->hold(id, position);
            if (info && (!open_only || info->remaining.minor != 0)) {
                found.items.push_back(std::move(*info));
            }
        }
        next.cursor = found.cursor = some.cursor;
        if (some.cursor.empty() || found.items.size() == page.size) break;
    }
    return found;
}

Page<HoldInfo> View::holds_of(OrderId order, const PageRequest& page) const {
    const Page<Position> some = impl_->positions(KeyTable::order, order.value, page);
    Page<HoldInfo> found;
    found.cursor = some.cursor;
    for (const Position position : some.items) {
        const BatchRecord record = impl_->read(position);
        if (record.kind != RecordKind::place_hold) continue;
        if (auto info = impl_->hold(record.id, position)) found.items.push_back(std::move(*info));
    }
    return found;
}

// ---- open items

std::optional<ItemInfo> View::Impl::item(ItemId id, Position opened) const {
    if (!opened) return std::nullopt;
    ItemInfo info;
    info.id = id;
    info.position = opened;
    info.instant = instant_of(opened);
    i128 remaining = 0;
    for (Position from = opened;;) {
        const std::vector<Position> some = ascending(KeyTable::item, id.value, from, 64);
        for (const Position position : some) {
            const BatchRecord& record = read(position);
            const i128 change = change_of_item(scratch, id, source->accounts());
            if (position == opened) {
                info.side = change > 0 ? Side::debit : Side::credit;
                info.opened = Amount{change > 0 ? change : -change};
                for (const BatchLine& line : scratch.lines_of(record)) {
                    const LineDetail* more = scratch.detail(line);
                    if (more != nullptr && more->clears) continue;
                    if (source->accounts().facts_of(line.handle).open_items &&
                        opened_item(record, more) == id) {
                        info.account = source->accounts().id_of(line.handle);
                    }
                }
            }
            remaining += change;
        }
        if (some.size() < 64) break;
        from = some.back() + 1;
    }
    info.remaining = Amount{remaining < 0 ? -remaining : remaining};
    return info;
}

std::optional<ItemInfo> View::item(ItemId id) const {
    const std::vector<Position> opened = impl_->ascending(KeyTable::item, id.value, {1}, 1);
    return opened.empty() ? std::nullopt : impl_->item(id, opened[0]);
}

/// The items that the record in `scratch` opened on the account, in the order of its lines.
std::vector<ItemId> View::Impl::items_opened(AccountHandle account) const {
    std::vector<ItemId> opened;
    const BatchRecord& record = scratch.records[0];
    for (const BatchLine& line : scratch.lines_of(record)) {
        const LineDetail* more = scratch.detail(line);
        if (line.handle != account || (more != nullptr && more->clears)) continue;
        opened.push_back(opened_item(record, more));
    }
    return opened;
}

/// A record may open more items than a page has room for: then the cursor's index says how many of
/// them were seen.
Page<ItemInfo> View::open_items(AccountId account, const PageRequest& page) const {
    check_page(page);
    Page<ItemInfo> found;
    const AccountHandle handle = impl_->find(account);
    if (!handle) return found;
    PageRequest next = page;
    std::uint64_t seen = page.cursor.empty() ? 0 : parse_cursor(page.cursor).index;
    for (std::size_t examined = 0; examined < examined_factor; ++examined) {
        const Page<Position> some = impl_->positions(KeyTable::account_item, handle.index, next);
        for (const Position position : some.items) {
            impl_->read(position);
            std::vector<ItemId> opened = impl_->items_opened(handle);
            if (page.backward) std::reverse(opened.begin(), opened.end());
            for (std::uint64_t i = seen; i < opened.size(); ++i) {
                if (found.items.size() == page.size) {
                    found.cursor = cursor_text({position.value, i});
                    return found;
                }
                std::optional<ItemInfo> info = impl_->item(opened[i], position);
                if (info && info->remaining.minor != 0) found.items.push_back(std::move(*info));
            }
            seen = 0;
        }
        next.cursor = found.cursor = some.cursor;
        if (some.cursor.empty()) break;
    }
    return found;
}

}  // namespace ledger
