// The naive model's facts and queries: every answer is summed up again from the lists of facts.
// Invariant: a query at a position sees the facts at or before it, and no others.
#include "support/naive_ledger.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace ledger::oracle {

namespace {

template <class Facts>
Big sum_until(const Facts& changes, Position at) {
    Big sum = 0;
    for (const ChangeFact& fact : changes) {
        if (fact.position <= at) sum += fact.change;
    }
    return sum;
}

template <class Key>
void erase_after(std::map<Key, Position>& map, Position position) {
    std::erase_if(map, [&](const auto& item) { return item.second > position; });
}

template <class Key, class Value>
void erase_after(std::map<Key, std::pair<Value, Position>>& map, Position position) {
    std::erase_if(map, [&](const auto& item) { return item.second.second > position; });
}

}  // namespace

Big big(i128 value) {
    const bool negative = value < 0;
    const u128 magnitude = negative ? ~static_cast<u128>(value) + 1 : static_cast<u128>(value);
    Big result = high_word(magnitude);
    result <<= 64;
    result += low_word(magnitude);
    return negative ? Big(-result) : result;
}

bool fits(const Big& value) {
    static const Big low = big(i128_min);
    static const Big high = big(i128_max);
    return low <= value && value <= high;
}

i128 narrow(const Big& value) {
    if (!fits(value)) throw std::overflow_error("outside 128 bits: " + value.str());
    const Big magnitude = value < 0 ? Big(-value) : value;
    const Big high = magnitude >> 64;
    const Big low = magnitude - (high << 64);
    const u128 bits = from_words(high.convert_to<std::uint64_t>(), low.convert_to<std::uint64_t>());
    return static_cast<i128>(value < 0 ? ~bits + 1 : bits);
}

Big HoldFact::remaining(Position at) const {
    return placed <= at ? Big(amount + sum_until(changes, at)) : Big(0);
}

Big ItemFact::remaining(Position at) const {
    return opened <= at ? Big(amount + sum_until(changes, at)) : Big(0);
}

// Finding records ---------------------------------------------------------------------------------

const RecordFact* NaiveLedger::find_record(RecordId id, Position at) const {
    const auto found = record_positions_.find(id);
    if (found == record_positions_.end() || found->second > at) return nullptr;
    return &record_at(found->second);
}

const RecordFact* NaiveLedger::find_voucher(VoucherId id, Position at) const {
    const RecordFact* fact = find_record(id, at);
    return fact != nullptr && fact->record().kind == RecordKind::voucher ? fact : nullptr;
}

const RecordFact* NaiveLedger::find_voucher(BookId book, Date book_date, std::uint64_t number,
                                            Position at) const {
    const auto found = numbers_.find({book, book_date});
    if (found == numbers_.end() || number == 0 || number > found->second.size()) return nullptr;
    const Position position = found->second[number - 1];
    return position <= at ? &record_at(position) : nullptr;
}

const AccountFact* NaiveLedger::find_account(AccountId id, Position at) const {
    const auto found = account_handles_.find(id);
    if (found == account_handles_.end() || accounts_[found->second].position > at) return nullptr;
    return &accounts_[found->second];
}

const HoldFact* NaiveLedger::find_hold(HoldId id, Position at) const {
    const auto found = hold_accounts_.find(id);
    if (found == hold_accounts_.end()) return nullptr;
    for (const HoldFact& hold : accounts_[found->second].holds) {
        if (hold.id == id && hold.placed <= at) return &hold;
    }
    return nullptr;
}

const ItemFact* NaiveLedger::find_item(ItemId id, Position at) const {
    const auto found = item_accounts_.find(id);
    if (found == item_accounts_.end()) return nullptr;
    for (const ItemFact& item : accounts_[found->second].items) {
        if (item.id == id && item.opened <= at) return &item;
    }
    return nullptr;
}

std::vector<Position> NaiveLedger::records_of(OrderId order, Position at) const {
    std::vector<Position> positions;
    for (const RecordFact& fact : records_) {
        if (order && fact.record().order == order && fact.position <= at)
            positions.push_back(fact.position);
    }
    return positions;
}

std::optional<Position> NaiveLedger::reversal_of(VoucherId voucher, Position at) const {
    const auto found = reversals_.find(voucher);
    if (found == reversals_.end() || found->second > at) return std::nullopt;
    return found->second;
}

// Accounts ----------------------------------------------------------------------------------------

Side NaiveLedger::normal_side(const AccountFact& account) {
    return account.opened.normal_side.value_or(normal_side_of(account.opened.kind));
}

bool NaiveLedger::is_inflow(const AccountFact& account, Side side, Ink ink) {
    return (side == normal_side(account)) == (ink == Ink::black);
}

Balance NaiveLedger::balance(const AccountFact& account, Position at) const {
    for (auto entry = account.entries.rbegin(); entry != account.entries.rend(); ++entry) {
        if (entry->position <= at) return entry->after;
    }
    return {};
}

AccountStatus NaiveLedger::status(const AccountFact& account, Position at) const {
    AccountStatus status;
    status.limits = account.opened.limits;
    status.name = account.opened.name;
    status.attributes = account.opened.attributes;
    status.buffering = account.opened.buffering;
    for (const Position position : account.settings) {
        if (position > at) break;
        const RecordFact& fact = record_at(position);
        const BatchRecord& record = fact.record();
        if (const auto* limits = fact.stored.detail<SetLimits>(record))
            status.limits = limits->limits;
        if (const auto* freeze = fact.stored.detail<SetFreeze>(record)) {
            status.freeze = freeze->freeze;
            status.freeze_reference = freeze->reference;
        }
        if (const auto* named = fact.stored.detail<SetAttributes>(record)) {
            status.name = named->name;
            status.attributes = named->attributes;
        }
        if (const auto* buffering = fact.stored.detail<SetBuffering>(record)) {
            status.buffering = buffering->buffering;
        }
        if (record.kind == RecordKind::close_account) status.closed = true;
    }
    return status;
}

std::vector<EntryFact> NaiveLedger::entries(const AccountFact& account, Position at) const {
    std::vector<EntryFact> result;
    for (const EntryFact& entry : account.entries) {
        if (entry.position <= at) result.push_back(entry);
    }
    return result;
}

std::vector<const HoldFact*> NaiveLedger::open_holds(const AccountFact& account,
                                                     Position at) const {
    std::vector<const HoldFact*> result;
    for (const HoldFact& hold : account.holds) {
        if (hold.remaining(at) != 0) result.push_back(&hold);
    }
    return result;
}

std::vector<const ItemFact*> NaiveLedger::open_items(const AccountFact& account,
                                                     Position at) const {
    std::vector<const ItemFact*> result;
    for (const ItemFact& item : account.items) {
        if (item.remaining(at) != 0) result.push_back(&item);
    }
    return result;
}

std::vector<const AccountFact*> NaiveLedger::children_of(const AccountFact& account,
                                                         Position at) const {
    std::vector<const AccountFact*> result;
    for (const AccountFact& other : accounts_) {
        if (other.opened.parent == account.opened.id && other.position <= at)
            result.push_back(&other);
    }
    return result;
}

std::vector<const AccountFact*> NaiveLedger::accounts_by_code(const std::string& prefix,
                                                              Position at) const {
    std::vector<const AccountFact*> result;
    for (const AccountFact& account : accounts_) {
        if (account.opened.code.starts_with(prefix) && account.position <= at)
            result.push_back(&account);
    }
    std::stable_sort(result.begin(), result.end(), [](const AccountFact* a, const AccountFact* b) {
        return a->opened.code < b->opened.code;
    });
    return result;
}

std::map<std::pair<BookId, CurrencyCode>, TrialSums> NaiveLedger::trial(Position at) const {
    std::map<std::pair<BookId, CurrencyCode>, TrialSums> sums;
    for (const AccountFact& account : accounts_) {
        if (account.position > at) continue;
        const Balance totals = balance(account, at);
        TrialSums& sum = sums[{account.opened.book, account.opened.currency}];
        sum.debits += totals.debits;
        sum.credits += totals.credits;
    }
    return sums;
}

std::optional<BookDays> NaiveLedger::days(BookId book, Position at) const {
    const auto found = books_.find(book);
    if (found == books_.end() || found->second.second > at) return std::nullopt;
    BookDays days;
    days.first_date = found->second.first.first_date;
    for (const auto& [position, cut] : cuts_) {
        if (position <= at && cut.book == book) days.last_cut = cut.date;
    }
    for (const auto& [position, close] : closes_) {
        if (position <= at && close.book == book) days.closed_through = close.date;
    }
    return days;
}

// Figures -----------------------------------------------------------------------------------------

Big NaiveLedger::natural(const AccountFact& account, Position at) const {
    const Balance totals = balance(account, at);
    return normal_side(account) == Side::debit ? Big(totals.debits - totals.credits)
                                               : Big(totals.credits - totals.debits);
}

Big NaiveLedger::natural_posted(const AccountFact& account, Position at) const {
    const Balance totals = balance(account, at);
    const Big debits = totals.debits - totals.buffered_debits;
    const Big credits = totals.credits - totals.buffered_credits;
    return normal_side(account) == Side::debit ? Big(debits - credits) : Big(credits - debits);
}

Big NaiveLedger::net_through(const AccountFact& account, Date date) const {
    Big net = 0;
    for (const EntryFact& entry : account.entries) {
        if (entry.kind != EntryKind::line || entry.book_date > date) continue;
        net += entry.side == Side::debit ? entry.amount : Big(-entry.amount);
    }
    return net;
}

Big NaiveLedger::net_of(const AccountFact& account, Date date) const {
    return net_through(account, date) - net_through(account, date + -1);
}

Big NaiveLedger::held(const AccountFact& account, Position at) const {
    Big sum = 0;
    for (const HoldFact& hold : account.holds) sum += hold.remaining(at);
    return sum;
}

Big NaiveLedger::available(const AccountFact& account, Position at) const {
    return natural_posted(account, at) - held(account, at);
}

std::optional<Big> NaiveLedger::effective_minimum(const AccountFact& account, Position at) const {
    const Limits limits = status(account, at).limits;
    if (limits.minimum) return big(*limits.minimum);
    for (const HoldFact* hold : open_holds(account, at)) {
        if (hold->given.kind == HoldKind::judicial) return Big(0);
    }
    return std::nullopt;
}

Big NaiveLedger::cover(const AccountFact& account, const HoldFact& hold, Taken taken) const {
    Big free = natural_posted(account);
    for (const HoldFact& other : account.holds) {
        free -= taken[other.id];
        const bool earlier = other.given.kind != HoldKind::judicial || other.placed < hold.placed;
        if (earlier) free -= other.remaining() - taken[other.id];
    }
    const Big remaining = hold.remaining() - taken[hold.id];
    return std::clamp(free, Big(0), std::max(Big(0), remaining));
}

std::optional<Big> NaiveLedger::left_of(const AccountFact& account, VoucherId voucher) const {
    const RecordFact* source = find_voucher(voucher);
    if (source == nullptr) return std::nullopt;
    const Side normal = normal_side(account);
    Big brought = 0;
    Big total_then = 0;
    for (const EntryFact& entry : account.entries) {
        if (entry.position != source->position) continue;
        total_then = normal == Side::debit ? entry.after.debits : entry.after.credits;
        if (entry.kind == EntryKind::line && entry.side == normal && entry.ink == Ink::black) {
            brought += entry.amount;
        }
    }
    if (brought == 0) return std::nullopt;
    const Balance now = balance(account);
    const Big total_now = normal == Side::debit ? now.debits : now.credits;
    return std::clamp(Big(natural(account) - (total_now - total_then)), Big(0), brought);
}

Big NaiveLedger::relation_value(const DefineRelation& relation) const {
    Big value = 0;
    for (const RelationTerm& term : relation.terms) {
        for (const AccountFact& account : accounts_) {
            const bool covered = term.account ? account.opened.id == term.account
                                              : account.opened.code.starts_with(term.group + ".") &&
                                                    account.opened.book == term.book &&
                                                    account.opened.currency == term.currency;
            if (covered) value += Big(term.coefficient) * natural(account);
        }
    }
    return value;
}

Big NaiveLedger::parent_relation_value(const AccountFact& parent) const {
    Big value = -natural(parent);
    for (const AccountFact* child : children_of(parent)) value += natural(*child);
    return value;
}

std::optional<NaiveLedger::Buffer> NaiveLedger::buffer_of(const AccountFact& account) const {
    if (account.entries.empty()) return std::nullopt;
    const Balance& last = account.entries.back().after;
    if (last.buffered_debits == 0 && last.buffered_credits == 0) return std::nullopt;
    Buffer buffer;
    for (auto entry = account.entries.rbegin(); entry != account.entries.rend(); ++entry) {
        if (entry->kind == EntryKind::fold) break;
        if (!entry->buffered) continue;
        if (++buffer.count == 1) buffer.last = entry->position;
        buffer.first = entry->position;
        buffer.opened = entry->instant;
        buffer.book_date = entry->book_date;
    }
    return buffer;
}

std::optional<Instant> NaiveLedger::fold_due(const AccountFact& account) const {
    const auto buffer = buffer_of(account);
    if (!buffer) return std::nullopt;
    return buffer->opened + status(account).buffering.window;
}

std::optional<Instant> NaiveLedger::next_due() const {
    std::optional<Instant> earliest;
    const auto consider = [&](Instant instant) {
        if (!earliest || instant < *earliest) earliest = instant;
    };
    for (const AccountFact& account : accounts_) {
        for (const HoldFact* hold : open_holds(account)) {
            if (hold->given.expires_at) consider(hold->given.expires_at);
        }
        if (const auto due = fold_due(account)) consider(*due);
    }
    return earliest;
}

// Writing facts -----------------------------------------------------------------------------------

void NaiveLedger::add_entry(AccountFact& account, EntryFact entry) {
    entry.account = account.handle;
    entry.order = ++entry_order_;
    entry.after = balance(account);
    entry.after.held = held(account);
    if (entry.kind == EntryKind::line) {
        (entry.side == Side::debit ? entry.after.debits : entry.after.credits) += entry.amount;
        if (entry.buffered) {
            (entry.side == Side::debit ? entry.after.buffered_debits
                                       : entry.after.buffered_credits) += entry.amount;
        }
    }
    if (entry.kind == EntryKind::fold) {
        entry.after.buffered_debits = 0;
        entry.after.buffered_credits = 0;
    }
    account.entries.push_back(std::move(entry));
}

void NaiveLedger::add_entry(AccountFact& account, EntryKind kind, Position position,
                            Instant instant) {
    EntryFact entry;
    entry.position = position;
    entry.instant = instant;
    entry.kind = kind;
    add_entry(account, std::move(entry));
}

void NaiveLedger::fold(AccountFact& account, Position position, Instant instant) {
    const auto buffer = buffer_of(account);
    if (!buffer) return;
    EntryFact entry;
    entry.position = position;
    entry.instant = instant;
    entry.kind = EntryKind::fold;
    entry.book_date = buffer->book_date;
    entry.folded = buffer->count;
    entry.folded_first = buffer->first;
    entry.folded_last = buffer->last;
    add_entry(account, std::move(entry));
}

void NaiveLedger::forget_after(Position position) {
    const auto is_late = [&](const auto& fact) { return fact.position > position; };
    std::erase_if(records_, is_late);
    while (!accounts_.empty() && is_late(accounts_.back())) {
        account_handles_.erase(accounts_.back().opened.id);
        accounts_.pop_back();
    }
    for (AccountFact& account : accounts_) {
        while (!account.entries.empty() && is_late(account.entries.back()))
            account.entries.pop_back();
        std::erase_if(account.settings, [&](Position at) { return at > position; });
        std::erase_if(account.holds, [&](const HoldFact& hold) { return hold.placed > position; });
        std::erase_if(account.items, [&](const ItemFact& item) { return item.opened > position; });
        for (HoldFact& hold : account.holds) std::erase_if(hold.changes, is_late);
        for (ItemFact& item : account.items) std::erase_if(item.changes, is_late);
    }
    erase_after(currencies_, position);
    erase_after(books_, position);
    erase_after(groups_, position);
    erase_after(relations_, position);
    erase_after(record_positions_, position);
    erase_after(reversals_, position);
    std::erase_if(cuts_, [&](const auto& cut) { return cut.first > position; });
    std::erase_if(closes_, [&](const auto& close) { return close.first > position; });
    const auto is_gone = [&](const auto& item) { return item.second >= accounts_.size(); };
    std::erase_if(hold_accounts_, is_gone);
    std::erase_if(item_accounts_, is_gone);
    std::erase_if(hold_accounts_, [&](const auto& item) { return !find_hold(item.first); });
    std::erase_if(item_accounts_, [&](const auto& item) { return !find_item(item.first); });
    for (auto& [key, positions] : numbers_) {
        std::erase_if(positions, [&](Position at) { return at > position; });
    }
}

}  // namespace ledger::oracle
