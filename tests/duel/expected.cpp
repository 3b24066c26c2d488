// See expected.hpp.
#include "expected.hpp"

#include <stdexcept>

namespace ledger::oracle {

namespace {

Amount amount_of(const Big& value) { return Amount{narrow(value)}; }

VoucherLine public_line(const NaiveLedger& naive, const Batch& batch, const BatchLine& from) {
    VoucherLine line;
    line.account = naive.accounts().at(from.handle.index).opened.id;
    line.side = from.side;
    line.amount = from.amount;
    line.ink = from.ink;
    if (const LineDetail* detail = batch.detail(from)) {
        line.dimensions = detail->dimensions;
        line.opens = detail->opens;
        line.clears = detail->clears;
    }
    return line;
}

/// What the entry is about: a line's amount, what was folded, by how much a hold changed.
Big amount_of_entry(const EntryFact& entry, const Balance& before) {
    switch (entry.kind) {
        case EntryKind::line: return abs(entry.amount);
        case EntryKind::fold: return before.buffered_debits + before.buffered_credits;
        case EntryKind::hold_placed: return entry.after.held - before.held;
        case EntryKind::hold_captured:
        case EntryKind::hold_released:
        case EntryKind::hold_expired: return before.held - entry.after.held;
        default: return 0;
    }
}

}  // namespace

ledger::Balance public_balance(Side normal_side, const Balance& balance) {
    ledger::Balance given;
    given.normal_side = normal_side;
    given.debits = amount_of(balance.debits - balance.buffered_debits);
    given.credits = amount_of(balance.credits - balance.buffered_credits);
    given.buffered_debits = amount_of(balance.buffered_debits);
    given.buffered_credits = amount_of(balance.buffered_credits);
    given.held = amount_of(balance.held);
    return given;
}

Expected::Expected(const NaiveLedger& naive, Position at) : naive_(naive), at_(at) {
    for (const RecordFact& fact : naive.records()) {
        if (fact.position > at) break;
        const auto* detail = fact.stored.detail<VoucherDetail>(fact.record());
        if (detail != nullptr && detail->replaces) {
            replaced_by_[detail->replaces] = fact.record().id;
        }
    }
}

Position Expected::position_at(Instant instant) const {
    Position last;
    for (const RecordFact& fact : naive_.records()) {
        if (fact.position <= at_ && fact.instant <= instant) last = fact.position;
    }
    return last;
}

// ---- accounts

std::vector<const AccountFact*> Expected::accounts() const {
    std::vector<const AccountFact*> found;
    for (const AccountFact& account : naive_.accounts()) {
        if (account.position <= at_) found.push_back(&account);
    }
    return found;
}

AccountInfo Expected::account(const AccountFact& account) const {
    const AccountStatus status = naive_.status(account, at_);
    AccountInfo info;
    info.id = account.opened.id;
    info.book = account.opened.book;
    info.currency = account.opened.currency;
    info.code = account.opened.code;
    info.kind = account.opened.kind;
    info.normal_side = NaiveLedger::normal_side(account);
    info.name = status.name;
    info.limits = status.limits;
    info.freeze = status.freeze;
    info.freeze_reference = status.freeze_reference;
    info.buffering = status.buffering;
    info.open_items = account.opened.open_items;
    info.transit = account.opened.transit;
    info.closed = status.closed;
    info.parent = account.opened.parent;
    info.attributes = status.attributes;
    info.opened = account.position;
    info.handle = {account.handle};
    return info;
}

ledger::Balance Expected::balance(const AccountFact& account) const {
    return public_balance(NaiveLedger::normal_side(account), naive_.balance(account, at_));
}

std::optional<ledger::Balance> Expected::group_balance(const DefineGroup& group, BookId book,
                                                       CurrencyCode currency) const {
    Balance sum;
    for (const AccountFact* account : naive_.accounts_by_code(group.code + ".", at_)) {
        if (account->opened.book != book || account->opened.currency != currency) continue;
        const Balance one = naive_.balance(*account, at_);
        sum.debits += one.debits;
        sum.credits += one.credits;
        sum.held += one.held;
        sum.buffered_debits += one.buffered_debits;
        sum.buffered_credits += one.buffered_credits;
    }
    try {
        return public_balance(normal_side_of(group.kind), sum);
    } catch (const std::overflow_error&) {
        return std::nullopt;
    }
}

std::vector<AccountEntry> Expected::entries(const AccountFact& account) const {
    std::vector<AccountEntry> found;
    Balance before;
    for (const EntryFact& fact : naive_.entries(account, at_)) {
        AccountEntry entry;
        entry.position = fact.position;
        entry.instant = fact.instant;
        entry.kind = fact.kind;
        entry.line = fact.line;
        entry.side = fact.side;
        entry.ink = fact.ink;
        entry.buffered = fact.buffered;
        entry.amount = amount_of(amount_of_entry(fact, before));
        entry.book_date = fact.book_date;
        if (fact.kind == EntryKind::fold) {
            entry.folded = {fact.folded, amount_of(before.buffered_debits),
                            amount_of(before.buffered_credits), fact.folded_first,
                            fact.folded_last};
        }
        entry.balance = public_balance(NaiveLedger::normal_side(account), fact.after);
        found.push_back(entry);
        before = fact.after;
    }
    return found;
}

// ---- records

PostedRecord Expected::record(const RecordFact& fact) const {
    const BatchRecord& record = fact.record();
    return {fact.position, fact.instant, record.kind, record.id, record.order};
}

PostedVoucher Expected::voucher(const RecordFact& fact) const {
    const BatchRecord& record = fact.record();
    PostedVoucher posted;
    Voucher& voucher = posted.voucher;
    voucher.id = record.id;
    voucher.order = record.order;
    voucher.book = record.book;
    voucher.book_date = record.book_date;
    voucher.code = record.code;
    voucher.manual = record.has(record_flag::manual);
    voucher.red = record.has(record_flag::red);
    for (const BatchLine& line : fact.stored.lines_of(record)) {
        voucher.lines.push_back(public_line(naive_, fact.stored, line));
    }
    if (const auto* detail = fact.stored.detail<VoucherDetail>(record)) voucher.detail = *detail;
    posted.position = fact.position;
    posted.number = record.number;
    posted.instant = fact.instant;
    if (const auto reversal = naive_.reversal_of(record.id, at_)) {
        posted.reversed_by = naive_.record_at(*reversal).record().id;
    }
    const auto replaced = replaced_by_.find(record.id);
    if (replaced != replaced_by_.end()) posted.replaced_by = replaced->second;
    return posted;
}

// ---- holds and open items

HoldInfo Expected::hold(const AccountFact& account, const HoldFact& hold) const {
    HoldInfo info;
    info.id = hold.id;
    info.order = naive_.record_at(hold.placed).record().order;
    info.account = account.opened.id;
    info.kind = hold.given.kind;
    info.requested = hold.given.amount;
    info.sources = hold.given.sources;
    info.orders = hold.given.orders;
    info.resolved = hold.resolved;
    info.placed = amount_of(hold.amount);
    info.remaining = amount_of(hold.remaining(at_));
    info.expires_at = hold.given.expires_at;
    info.reference = hold.given.reference;
    info.position = hold.placed;
    return info;
}

std::vector<HoldInfo> Expected::holds(const AccountFact& account, bool open_only) const {
    std::vector<HoldInfo> found;
    for (const HoldFact& one : account.holds) {
        if (one.placed > at_ || (open_only && one.remaining(at_) == 0)) continue;
        found.push_back(hold(account, one));
    }
    return found;
}

ItemInfo Expected::item(const AccountFact& account, const ItemFact& item) const {
    const RecordFact& opening = naive_.record_at(item.opened);
    ItemInfo info;
    info.id = item.id;
    info.account = account.opened.id;
    // The side on which it stands: a red line opens it on the other one.
    const BatchLine& line = opening.stored.lines_of(opening.record())[item.line];
    info.side = line.ink == Ink::black ? line.side : opposite(line.side);
    info.opened = amount_of(item.amount);
    info.remaining = amount_of(item.remaining(at_));
    info.position = item.opened;
    info.instant = opening.instant;
    return info;
}

std::vector<ItemInfo> Expected::open_items(const AccountFact& account) const {
    std::vector<ItemInfo> found;
    for (const ItemFact* one : naive_.open_items(account, at_)) {
        found.push_back(item(account, *one));
    }
    return found;
}

// ---- the whole

std::vector<TrialSum> Expected::trial_sums() const {
    std::map<std::pair<BookId, CurrencyCode>, std::uint64_t> accounts;
    for (const AccountFact* account : this->accounts()) {
        ++accounts[{account->opened.book, account->opened.currency}];
    }
    std::vector<TrialSum> found;
    for (const auto& [key, sums] : naive_.trial(at_)) {
        TrialSum sum;
        sum.book = key.first;
        sum.currency = key.second;
        sum.debits = sums.debits.str();
        sum.credits = sums.credits.str();
        sum.accounts = accounts.at(key);
        sum.balanced = true;  // always
        found.push_back(sum);
    }
    return found;
}

}  // namespace ledger::oracle
