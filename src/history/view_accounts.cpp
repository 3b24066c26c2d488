// A view's queries on accounts: facts, balances, entries, groups, sums.
#include "core/mutant.hpp"
#include "history/account_walk.hpp"
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
    return {normal_side,
            Amount{totals.debits - reserved.buffered_debits},
            Amount{totals.credits - reserved.buffered_credits},
            Amount{LEDGER_MUTANT(hot_buffer_not_merged) ? 0 : reserved.buffered_debits},
            Amount{LEDGER_MUTANT(hot_buffer_not_merged) ? 0 : reserved.buffered_credits},
            Amount{reserved.held}};
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
    throw CheckpointError("the opening of account " + to_string(info.id) +
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

namespace {

/// Of a line as it was written; of a fold what was folded; of a hold by how much it changed.
Amount amount_of(const history::EntryView& view, const posting::Reserved& before) {
    switch (view.kind) {
        case EntryKind::line:
            return Amount{(view.flags & posting::entry_flag::red) != 0 ? -view.amount
                                                                       : view.amount};
        case EntryKind::fold: return Amount{before.buffered_debits + before.buffered_credits};
        case EntryKind::hold_placed: return Amount{view.reserved.held - before.held};
        case EntryKind::hold_captured:
        case EntryKind::hold_released:
        case EntryKind::hold_expired: return Amount{before.held - view.reserved.held};
        default: return {};
    }
}

FoldedLines folded_lines(const posting::Folded& folded, const posting::Reserved& before) {
    return {folded.lines, Amount{before.buffered_debits}, Amount{before.buffered_credits},
            folded.first, folded.last};
}

}  // namespace

AccountEntry account_entry(const history::EntryView& view, const posting::Reserved& before,
                           Side normal_side, Instant instant) {
    const unsigned flags = view.kind == EntryKind::line ? view.flags : 0;
    return {view.position,
            instant,
            view.kind,
            view.line,
            (flags & posting::entry_flag::credit) != 0 ? Side::credit : Side::debit,
            (flags & posting::entry_flag::red) != 0 ? Ink::red : Ink::black,
            (flags & posting::entry_flag::buffered) != 0,
            view.book_date,
            amount_of(view, before),
            view.kind == EntryKind::fold ? folded_lines(view.folded, before) : FoldedLines{},
            balance_after(normal_side, {view.debits, view.credits}, view.reserved)};
}

AccountEntry View::Impl::entry(const history::EntryView& view) const {
    return account_entry(view, {}, source->accounts().facts_of(view.account).normal_side,
                         instant_of(view.position));
}

Page<AccountEntry> View::Impl::entry_page(AccountId id, const PageRequest& page, const Range& range,
                                          bool lines_only) const {
    check_page(page);
    Page<AccountEntry> found;
    const AccountHandle handle = find(id);
    if (!handle) return found;
    const std::pair<Position, Position> bounds = positions_of(range);
    const Position first = bounds.first;
    const Position last = bounds.second;
    if (first > last) return found;

    using history::EntryCursor;
    EntryCursor at = page.backward ? EntryCursor{last + 1, 0} : EntryCursor::before(first);
    if (!page.cursor.empty()) {
        const PageCursor cursor = parse_cursor(page.cursor);
        at = {{cursor.position}, static_cast<std::uint32_t>(cursor.index)};
    }
    const Side normal_side = source->accounts().facts_of(handle).normal_side;
    std::size_t left = examined_max(page);  // there may be long stretches without a line
    bool has_more = false;
    const auto take = [&](const history::EntryView& view, const history::Standing& before) {
        if (page.backward ? view.position < first : view.position > last) return false;
        at = EntryCursor::at(view);
        if (!lines_only || view.kind == EntryKind::line) {
            found.items.push_back(
                account_entry(view, before.reserved, normal_side, instant_of(view.position)));
        }
        has_more = found.items.size() == page.size || --left == 0;
        return !has_more;
    };
    history::AccountWalk walk(pin->sources(), handle, limit);
    page.backward ? walk.backward(at, take) : walk.forward(at, take);
    if (has_more) found.cursor = cursor_text({at.position.value, at.index});
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
