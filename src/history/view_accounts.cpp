// A view's queries on accounts: facts, balances, entries, groups, sums.
#include "history/view_impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/model/natural_ids.hpp"

#include <algorithm>
#include <utility>

namespace ledger {

namespace {

constexpr std::size_t scan_page_max = 4096;

/// Exact in between: only a result that does not fit throws.
Amount on_side(Side side, const Wide& debits, const Wide& credits) {
    return to_amount(side == Side::debit ? debits - credits : credits - debits);
}

Balance balance_after(Side normal_side, const posting::Totals& totals,
                      const posting::Reserved& reserved) {
    Balance balance;
    balance.normal_side = normal_side;
    balance.debits = Amount{totals.debits - reserved.buffered_debits};
    balance.credits = Amount{totals.credits - reserved.buffered_credits};
    balance.buffered_debits = Amount{reserved.buffered_debits};
    balance.buffered_credits = Amount{reserved.buffered_credits};
    balance.held = Amount{reserved.held};
    return balance;
}

}  // namespace

// ---- balances

Amount Balance::total() const {
    return on_side(normal_side, Wide{debits} + Wide{buffered_debits},
                   Wide{credits} + Wide{buffered_credits});
}

Amount Balance::posted() const { return on_side(normal_side, Wide{debits}, Wide{credits}); }

Amount Balance::available() const {
    const Wide spoken_for{held};
    return normal_side == Side::debit
               ? on_side(normal_side, Wide{debits}, Wide{credits} + spoken_for)
               : on_side(normal_side, Wide{debits} + spoken_for, Wide{credits});
}

Balance View::Impl::balance_of(AccountHandle handle, const history::Standing& standing) const {
    return balance_after(source->accounts().facts_of(handle).normal_side, standing.totals,
                         standing.reserved);
}

AccountHandle View::Impl::find(AccountId id) const {
    const AccountHandle handle = source->accounts().find(id);
    if (!handle) return {};
    // The index knows accounts opened after this view; such a one has no entry yet here.
    const AccountHistory account(pin->sources(), handle);
    return account.standing_at(limit).as_of ? handle : AccountHandle{};
}

std::optional<Balance> View::balance(AccountId id) const { return balance_at(id, impl_->limit); }

bool View::Impl::each_of_group(std::string_view code, BookId book, CurrencyCode currency,
                               DefineGroup& group,
                               const std::function<void(AccountHandle)>& visit) const {
    const Position defined = newest(KeyTable::record, natural_id::of_group(code).value);
    if (!defined) return false;
    const auto* definition = scratch.detail<DefineGroup>(read(defined));
    if (definition == nullptr || definition->code != code) return false;
    group = *definition;
    const std::string prefix = group.code + ".";
    const auto take = [&](const OpenAccount& open, AccountHandle handle) {
        if (open.book == book && open.currency == currency) visit(handle);
        return false;
    };
    PageRequest page{scan_page_max, false, {}};
    do {
        page.cursor = chart_page(prefix, page, take);
    } while (!page.cursor.empty());
    return true;
}

std::optional<Balance> View::balance_of_group(std::string_view code, BookId book,
                                              CurrencyCode currency) const {
    Wide debits, credits, buffered_debits, buffered_credits, held;
    const auto add = [&](AccountHandle handle) {
        const Balance one = impl_->balance_of(
            handle, AccountHistory(impl_->pin->sources(), handle).standing_at(impl_->limit));
        debits += one.debits;
        credits += one.credits;
        buffered_debits += one.buffered_debits;
        buffered_credits += one.buffered_credits;
        held += one.held;
    };
    DefineGroup group;
    if (!impl_->each_of_group(code, book, currency, group, add)) return std::nullopt;
    return Balance{normal_side_of(group.kind), to_amount(debits),           to_amount(credits),
                   to_amount(buffered_debits), to_amount(buffered_credits), to_amount(held)};
}

// ---- facts

/// The newest record of each kind down to the opening.
AccountInfo View::Impl::info(AccountHandle handle) const {
    AccountInfo info;
    info.id = source->accounts().id_of(handle);
    info.handle = handle;
    bool limits = false, freeze = false, attributes = false, buffering = false;
    Position from = limit;
    while (true) {
        const std::vector<Position> some = descending(KeyTable::account, info.id.value, from, 16);
        for (const Position position : some) {
            const BatchRecord& record = read(position);
            if (const auto* set = scratch.detail<SetLimits>(record)) {
                if (!std::exchange(limits, true)) info.limits = set->limits;
            } else if (const auto* frozen = scratch.detail<SetFreeze>(record)) {
                if (!std::exchange(freeze, true)) {
                    info.freeze = frozen->freeze;
                    info.freeze_reference = frozen->reference;
                }
            } else if (const auto* named = scratch.detail<SetAttributes>(record)) {
                if (!std::exchange(attributes, true)) {
                    info.name = named->name;
                    info.attributes = named->attributes;
                }
            } else if (const auto* buffered = scratch.detail<SetBuffering>(record)) {
                if (!std::exchange(buffering, true)) info.buffering = buffered->buffering;
            } else if (record.kind == RecordKind::close_account) {
                info.closed = true;
            } else if (const auto* open = scratch.detail<OpenAccount>(record)) {
                info.book = open->book;
                info.currency = open->currency;
                info.code = open->code;
                info.kind = open->kind;
                info.normal_side = open->normal_side.value_or(normal_side_of(open->kind));
                info.open_items = open->open_items;
                info.transit = open->transit;
                info.parent = open->parent;
                info.opened = position;
                if (!limits) info.limits = open->limits;
                if (!buffering) info.buffering = open->buffering;
                if (!attributes) {
                    info.name = open->name;
                    info.attributes = open->attributes;
                }
                return info;
            }
        }
        if (some.empty() || some.back().value <= 1) break;
        from = {some.back().value - 1};
    }
    throw CorruptionError("the opening of account " + to_string(info.id) +
                          " is missing in the key index; rebuild the checkpoint");
}

std::optional<AccountInfo> View::account(AccountId id) const {
    const AccountHandle handle = impl_->find(id);
    if (!handle) return std::nullopt;
    return impl_->info(handle);
}

std::string View::Impl::chart_page(std::string_view prefix, const PageRequest& page,
                                   const TakeOpening& take) const {
    check_page(page);
    if (page.backward) {
        throw InvalidArgument(
            "accounts are listed in the order of their codes; ask for pages forward");
    }
    history::KeyRow from{posting::code_key(prefix), Position{0}};
    if (!page.cursor.empty()) {
        const PageCursor cursor = parse_cursor(page.cursor);
        const OpenAccount* open = nullptr;
        if (cursor.position != 0 && cursor.position <= limit.value) {
            open = scratch.detail<OpenAccount>(read({cursor.position}));
        }
        if (open == nullptr) {
            throw InvalidArgument(
                "'" + page.cursor +
                "' is no cursor of this query; pass the cursor of the page before as it is");
        }
        from = {posting::code_key(open->code), Position{cursor.position + 1}};
    }
    std::size_t taken = 0;
    for (std::size_t left = examined_max(page); left > 0;) {
        const std::size_t wanted = std::min(page.size, left);
        const auto found = rows(KeyTable::code, from, posting::last_code_key(prefix), wanted);
        for (const history::KeyRow& row : found) {
            const BatchRecord& record = read(row.position());
            const auto handle = AccountHandle{static_cast<std::uint32_t>(record.number)};
            const auto& open = *scratch.detail<OpenAccount>(record);
            from = {row.key(), row.position() + 1};
            if (!open.code.starts_with(prefix) || !take(open, handle)) continue;
            if (++taken == page.size) return cursor_text({row.position_value, 0});
        }
        left -= found.size();
        if (found.size() < wanted) return {};
    }
    return cursor_text({from.position_value - 1, 0});
}

Page<AccountInfo> View::accounts(std::string_view prefix, const PageRequest& page) const {
    Page<AccountInfo> found;
    found.cursor = impl_->chart_page(prefix, page, [&](const OpenAccount&, AccountHandle handle) {
        found.items.push_back(impl_->info(handle));
        return true;
    });
    return found;
}

// ---- entries

AccountEntry account_entry(const history::EntryView& view, const posting::Reserved& before,
                           Side normal_side, Instant instant) {
    AccountEntry entry;
    entry.position = view.position;
    entry.instant = instant;
    entry.kind = view.kind;
    entry.line = view.line;
    entry.balance = balance_after(normal_side, {view.debits, view.credits}, view.reserved);
    switch (view.kind) {
        case EntryKind::line:
            entry.side =
                (view.flags & posting::entry_flag::credit) != 0 ? Side::credit : Side::debit;
            entry.ink = (view.flags & posting::entry_flag::red) != 0 ? Ink::red : Ink::black;
            entry.buffered = (view.flags & posting::entry_flag::buffered) != 0;
            entry.amount = Amount{entry.ink == Ink::red ? -view.amount : view.amount};
            entry.book_date = view.book_date;
            break;
        case EntryKind::fold:
            entry.amount = Amount{before.buffered_debits + before.buffered_credits};
            entry.folded = {view.folded.lines, Amount{before.buffered_debits},
                            Amount{before.buffered_credits}, view.folded.first, view.folded.last};
            entry.book_date = view.book_date;
            break;
        case EntryKind::hold_placed: entry.amount = Amount{view.reserved.held - before.held}; break;
        case EntryKind::hold_captured:
        case EntryKind::hold_released:
        case EntryKind::hold_expired:
            entry.amount = Amount{before.held - view.reserved.held};
            break;
        default: break;
    }
    return entry;
}

AccountEntry View::Impl::entry(const history::EntryView& view,
                               const posting::Reserved& before) const {
    return account_entry(view, before, source->accounts().facts_of(view.account).normal_side,
                         instant_of(view.position));
}

Page<AccountEntry> View::Impl::entry_page(AccountId id, const PageRequest& page, const Range& range,
                                          bool lines_only) const {
    check_page(page);
    Page<AccountEntry> found;
    const AccountHandle handle = find(id);
    if (!handle) return found;
    const AccountHistory account(pin->sources(), handle);
    using history::EntryCursor;
    const auto [first, last] = positions_of(range);
    if (first > last) return found;

    EntryCursor at = page.backward ? EntryCursor::before(last + 1) : EntryCursor::before(first);
    if (page.backward && last.value == UINT64_MAX) at = EntryCursor::end();
    if (!page.cursor.empty()) {
        const PageCursor cursor = parse_cursor(page.cursor);
        at = {{cursor.position}, static_cast<std::uint32_t>(cursor.index)};
    } else if (page.backward) {
        at = {last + 1, 0};
    }
    std::vector<history::EntryView> some;
    std::size_t wanted = page.size;  // more each time: there may be long stretches without a line
    for (std::size_t left = examined_max(page); left > 0;
         wanted = std::min(2 * wanted, scan_page_max)) {
        wanted = std::min(wanted, left);
        some.clear();
        const std::size_t count =
            page.backward ? account.backward(at, wanted, some) : account.forward(at, wanted, some);
        for (const history::EntryView& view : some) {
            at = EntryCursor::at(view);
            if (page.backward ? view.position < first : view.position > last) {
                found.cursor.clear();
                return found;
            }
            found.cursor = cursor_text({at.position.value, at.index});
            if (lines_only && view.kind != EntryKind::line) continue;
            posting::Reserved before;
            if (view.kind != EntryKind::line) {
                std::vector<history::EntryView> one;
                if (account.backward(at, 1, one) == 1) before = one[0].reserved;
            }
            found.items.push_back(entry(view, before));
            if (found.items.size() == page.size) return found;
        }
        left -= count;
        if (count < wanted) {
            found.cursor.clear();
            break;
        }
    }
    return found;
}

Page<AccountEntry> View::entries(AccountId id, const PageRequest& page, const Range& range) const {
    return impl_->entry_page(id, page, range, false);
}

Page<AccountEntry> View::lines(AccountId id, const PageRequest& page, const Range& range) const {
    return impl_->entry_page(id, page, range, true);
}

// ---- the whole

const std::vector<Currency>& View::Impl::currencies() const {
    if (!known_currencies) {
        known_currencies.emplace();
        for (const DefineCurrency& one : definitions<DefineCurrency>(RecordKind::define_currency)) {
            known_currencies->push_back(one.currency);
        }
    }
    return *known_currencies;
}

std::vector<Currency> View::currencies() const { return impl_->currencies(); }
std::vector<DefineBook> View::books() const {
    return impl_->definitions<DefineBook>(RecordKind::define_book);
}
std::vector<DefineGroup> View::groups() const {
    return impl_->definitions<DefineGroup>(RecordKind::define_group);
}
std::vector<DefineRelation> View::relations() const {
    return impl_->definitions<DefineRelation>(RecordKind::define_relation);
}

}  // namespace ledger
