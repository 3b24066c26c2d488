// The vouchers of a random history. Invariant: a voucher that is not spoiled on purpose balances,
// and keeps relations by lines on companion accounts (a child with its parent), unless a die says
// otherwise.
#include "support/random_history.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <map>

namespace ledger::oracle {

namespace {

constexpr BookId main_book{1};
constexpr BookId strict_book{2};
constexpr BookId end_book{9};
const CurrencyCode cny{"CNY"};
const CurrencyCode usd{"USD"};

bool is_small(const Big& value) { return value > 0 && value < (Big(1) << 60); }

/// The coefficient with which the relation counts the account.
std::int64_t coefficient_of(const DefineRelation& relation, const AccountFact& account) {
    std::int64_t sum = 0;
    for (const RelationTerm& term : relation.terms) {
        const bool covered = term.account ? term.account == account.opened.id
                                          : account.opened.code.starts_with(term.group + ".") &&
                                                account.opened.book == term.book &&
                                                account.opened.currency == term.currency;
        if (covered) sum += term.coefficient;
    }
    return sum;
}

}  // namespace

Voucher RandomHistory::new_voucher(BookId book) {
    Voucher voucher;
    voucher.id = fresh_id();
    voucher.order = some_order();
    voucher.book = book;
    if (chance(30)) voucher.book_date = some_date(book);
    voucher.code = static_cast<std::uint32_t>(roll(4));
    voucher.manual = chance(20);
    if (voucher.manual && chance(85)) {
        voucher.detail.made_by = "lin";
        voucher.detail.checked_by = chance(90) ? "mei" : "lin";
    }
    if (chance(20)) {
        voucher.detail.summary = some_text(bounds::text_bytes_max);
        voucher.detail.source_document = some_text(bounds::text_bytes_max);
        voucher.detail.occurred_at = now_;
        voucher.detail.value_date = some_date(book);
        voucher.detail.attributes = some_attributes(bounds::attributes_max);
    }
    if (chance(12)) {
        voucher.detail.concerns = some_date(book) + (chance(80) ? -4 : 0);
    }
    return voucher;
}

// Lines
// --------------------------------------------------------------------------------------------

void RandomHistory::put_line(Voucher& voucher, const AccountFact& account, Side side, Amount amount,
                             Ink ink) {
    VoucherLine line{account.opened.id, side, amount, ink, {}, {}, {}};
    if (chance(10)) line.dimensions = some_attributes(bounds::dimensions_max);
    if (account.opened.open_items && chance(95)) line.opens = ItemId{random_word() | 1};
    voucher.lines.push_back(std::move(line));
}

/// A line that raises or lowers the account's balance, in one of the two inks.
void RandomHistory::put_flow(Voucher& voucher, const AccountFact& account, bool inflow,
                             Amount amount) {
    const Side normal = NaiveLedger::normal_side(account);
    const bool red = chance(8);
    const Side side = inflow != red ? normal : opposite(normal);
    put_line(voucher, account, side, amount, red ? Ink::red : Ink::black);
    if (chance(95)) put_companions(voucher, account, side, amount, red ? Ink::red : Ink::black);
}

void RandomHistory::put_companions(Voucher& voucher, const AccountFact& account, Side side,
                                   Amount amount, Ink ink) {
    const bool inflow = NaiveLedger::is_inflow(account, side, ink);
    const auto follow = [&](const AccountFact& other) {
        const Side normal = NaiveLedger::normal_side(other);
        put_line(voucher, other, inflow ? normal : opposite(normal), amount);
    };
    if (account.opened.parent) follow(*ledger_->find_account(account.opened.parent));
    std::vector<Account> children = ledger_->children_of(account);
    std::erase_if(children, [&](Account child) { return !is_open(*child); });
    if (!children.empty()) follow(*pick(children));
    for (const auto& [number, relation] : ledger_->relations()) {
        const bool keeps = !relation.first.at_day_close || chance(80);
        if (keeps && coefficient_of(relation.first, account) != 0) {
            put_relation_companion(voucher, account, relation.first, inflow, amount);
        }
    }
}

void RandomHistory::put_relation_companion(Voucher& voucher, const AccountFact& account,
                                           const DefineRelation& relation, bool inflow,
                                           Amount amount) {
    const std::int64_t own = coefficient_of(relation, account);
    for (const AccountFact& other : ledger_->accounts()) {
        const std::int64_t its = coefficient_of(relation, other);
        const bool related_more = other.opened.parent || !ledger_->children_of(other).empty();
        if (&other == &account || !is_open(other) || related_more || (its != own && its != -own))
            continue;
        const bool other_inflow = its == own ? !inflow : inflow;
        const Side normal = NaiveLedger::normal_side(other);
        put_line(voucher, other, other_inflow ? normal : opposite(normal), amount);
        return;
    }
}

/// Adds what is missing on the settlement account of each currency.
void RandomHistory::balance(Voucher& voucher) {
    std::map<CurrencyCode, Big> sums;
    for (const VoucherLine& line : voucher.lines) {
        const AccountFact* account = ledger_->find_account(line.account);
        if (account == nullptr) continue;
        const bool adds = (line.side == Side::debit) == (line.ink == Ink::black);
        sums[account->opened.currency] += adds ? big(line.amount) : Big(-big(line.amount));
    }
    for (const auto& [currency, sum] : sums) {
        const Account settle = settlement(voucher.book, currency);
        if (sum == 0 || settle == nullptr || !fits(sum) || !fits(-sum)) continue;
        const Amount amount{narrow(abs(sum))};
        put_line(voucher, *settle, sum > 0 ? Side::credit : Side::debit, amount);
    }
}

// Sensible vouchers
// --------------------------------------------------------------------------------

Voucher RandomHistory::sensible_voucher(std::size_t lines_max) {
    const BookId book = chance(75) ? main_book : chance(92) ? strict_book : end_book;
    Voucher voucher = new_voucher(book);
    const std::size_t legs = 1 + roll(3);
    for (std::size_t leg = 0; leg < legs; ++leg) {
        const auto accounts = open_accounts(book, chance(70) ? cny : usd);
        if (accounts.empty()) continue;
        const std::size_t count = 1 + roll(std::max<std::size_t>(1, lines_max / (2 * legs)));
        for (std::size_t i = 0; i < count; ++i) {
            const AccountFact& account = *pick(accounts);
            const Amount amount = small_amount();
            const Freeze freeze = ledger_->status(account).freeze;
            bool inflow = chance(55);
            const auto minimum = ledger_->effective_minimum(account);
            const bool poor = minimum && ledger_->available(account) - big(amount) < *minimum;
            if (chance(90) && (freeze == Freeze::inflow_only || poor)) inflow = true;
            if (chance(90) && freeze == Freeze::outflow_only) inflow = false;
            put_flow(voucher, account, inflow, amount);
        }
    }
    balance(voucher);
    return voucher;
}

void RandomHistory::plain_voucher() { batch_.add(sensible_voucher(chance(70) ? 4 : 12)); }

void RandomHistory::long_voucher() {
    if (chance(80)) {
        batch_.add(sensible_voucher(80));
        return;
    }
    Voucher voucher = new_voucher(main_book);
    const AccountFact& a = *settlement(main_book, cny);
    const AccountFact& b = *settlement(main_book, usd);
    const std::size_t lines = chance(50) ? bounds::voucher_lines_max : 300;
    for (std::size_t i = 0; i < lines; ++i) {
        put_line(voucher, chance(50) ? a : b, some_side(), Amount{1 + static_cast<i128>(roll(9))});
    }
    balance(voucher);  // which may be one line too many
    batch_.add(voucher);
}

void RandomHistory::giant_voucher() {
    const auto giants =
        accounts_where([&](const AccountFact& account) { return is_giant(account); });
    const AccountFact& a = *pick(giants);
    const AccountFact& b = *pick(giants);
    Voucher voucher = new_voucher(main_book);
    const Amount amount = giant_amount();
    const Side side = some_side();
    const Ink ink = chance(70) ? Ink::black : Ink::red;
    put_line(voucher, a, side, amount, ink);
    put_line(voucher, b, opposite(side), amount, ink);
    if (chance(20)) {
        put_line(voucher, b, side, Amount{5}, ink);
        put_line(voucher, a, opposite(side), Amount{5}, ink);
    }
    batch_.add(voucher);
}

/// Mostly inflow on buffered accounts.
void RandomHistory::hot_voucher() {
    const auto hot = accounts_where([&](const AccountFact& account) {
        return is_open(account) && !is_giant(account) && ledger_->status(account).buffering &&
               account.opened.book == main_book;
    });
    if (hot.empty()) return plain_voucher();
    Voucher voucher = new_voucher(main_book);
    const AccountFact& first = *pick(hot);
    const std::size_t count = 1 + roll(4);
    for (std::size_t i = 0; i < count; ++i) {
        const AccountFact& account = chance(60) ? first : *pick(hot);
        put_flow(voucher, account, chance(85), small_amount());
    }
    balance(voucher);
    batch_.add(voucher);
}

void RandomHistory::capture_voucher() {
    auto holds = all_holds(chance(90));
    std::erase_if(
        holds, [&](const HoldFact* hold) { return !ledger_->find_account(hold->given.account); });
    if (holds.empty()) return place_hold();
    const HoldFact* first = pick(holds);
    const AccountFact& account = *ledger_->find_account(first->given.account);
    Voucher voucher = new_voucher(account.opened.book);
    Big sum = 0;
    const std::size_t count = 1 + roll(3);
    for (std::size_t i = 0; i < count; ++i) {
        const HoldFact& hold = i == 0 ? *first : account.holds[roll(account.holds.size())];
        Big most = hold.given.kind == HoldKind::judicial ? ledger_->cover(account, hold)
                                                         : hold.remaining();
        if (!is_small(most)) most = 1 + roll(20);
        i128 amount = narrow(most);
        if (chance(60)) amount = 1 + static_cast<i128>(roll(static_cast<std::uint64_t>(amount)));
        if (chance(6)) amount += 1;
        voucher.detail.captures.push_back({hold.id, Amount{amount}, {}});
        sum += amount;
        if (chance(60)) break;
    }
    Big outflow = sum + roll(chance(50) ? 1 : 10);
    if (chance(4)) outflow -= 1;
    if (outflow > 0) put_flow(voucher, account, false, Amount{narrow(outflow)});
    if (chance(20)) put_flow(voucher, account, true, small_amount());
    balance(voucher);
    batch_.add(voucher);
}

void RandomHistory::item_voucher() {
    const auto accounts = accounts_where(
        [&](const AccountFact& account) { return account.opened.open_items && is_open(account); });
    if (accounts.empty()) return plain_voucher();
    const AccountFact& account = *pick(accounts);
    Voucher voucher = new_voucher(account.opened.book);
    const auto open = ledger_->open_items(account);
    const std::size_t count = 1 + roll(3);
    for (std::size_t i = 0; i < count; ++i) {
        if (open.empty() || chance(35)) {
            put_flow(voucher, account, chance(60), small_amount());
            if (chance(25)) voucher.lines.back().opens = {};
            continue;
        }
        const ItemFact& item = *pick(open);
        const Big remaining = item.remaining();
        i128 amount = is_small(remaining) ? narrow(remaining) : 5;
        if (chance(50)) amount = 1 + static_cast<i128>(roll(static_cast<std::uint64_t>(amount)));
        if (chance(6)) amount += 1;
        const bool inflow = chance(96) ? !item.inflow : item.inflow;
        const Side normal = NaiveLedger::normal_side(account);
        put_line(voucher, account, inflow ? normal : opposite(normal), Amount{amount});
        voucher.lines.back().opens = {};
        voucher.lines.back().clears = item.id;
    }
    balance(voucher);
    batch_.add(voucher);
}

// Reversals
// ----------------------------------------------------------------------------------------

void RandomHistory::reversal() {
    const bool sensible = chance(85);
    const auto targets = vouchers_where([&](const RecordFact& fact) {
        const auto* detail = fact.stored.detail<VoucherDetail>(fact.record());
        const bool reverses = detail != nullptr && detail->reverses;
        return !sensible || (!reverses && !ledger_->reversal_of(fact.record().id));
    });
    if (targets.empty()) return plain_voucher();
    const std::size_t recent =
        std::min<std::size_t>(targets.size(), chance(50) ? 10 : targets.size());
    const RecordFact& target = *targets[targets.size() - 1 - roll(recent)];
    Voucher voucher = chance(70) ? new_voucher(target.record().book) : given_reversal(target);
    voucher.red = chance(40);
    voucher.detail.reverses = target.record().id;
    if (chance(4)) voucher.book = BookId{static_cast<std::uint16_t>(1 + roll(3))};
    batch_.add(voucher);
}

Voucher RandomHistory::given_reversal(const RecordFact& target) {
    Voucher voucher = new_voucher(target.record().book);
    const bool by_ink = chance(50);
    for (const BatchLine& was : target.stored.lines_of(target.record())) {
        VoucherLine line{was.account, was.side, was.amount, was.ink, {}, {}, {}};
        if (by_ink) {
            line.ink = opposite(was.ink);
        } else {
            line.side = opposite(was.side);
        }
        if (ledger_->find_account(was.account)->opened.open_items) {
            const LineDetail* detail = target.stored.detail(was);
            line.clears = ItemId{target.record().id.value};
            if (detail != nullptr && detail->opens) line.clears = detail->opens;
            if (detail != nullptr && detail->clears) line.clears = detail->clears;
        }
        voucher.lines.push_back(std::move(line));
    }
    if (chance(25)) {
        VoucherLine& line = voucher.lines[roll(voucher.lines.size())];
        switch (roll(4)) {
            case 0: line.amount.minor ^= 1; break;
            case 1: std::swap(line.clears, line.opens); break;
            case 2: line.side = opposite(line.side); break;
            default: voucher.lines.pop_back(); break;
        }
    }
    return voucher;
}

void RandomHistory::replacement() {
    const bool sensible = chance(75);
    const auto targets = vouchers_where([&](const RecordFact& fact) {
        return ledger_->reversal_of(fact.record().id).has_value() == sensible;
    });
    if (targets.empty()) return reversal();
    Voucher voucher = sensible_voucher(4);
    voucher.detail.replaces = pick(targets)->record().id;
    batch_.add(voucher);
}

/// Brings a relation that is judged at day close back to zero.
void RandomHistory::repair_relation() {
    for (const auto& [number, relation] : ledger_->relations()) {
        const Big value = ledger_->relation_value(relation.first);
        if (!relation.first.at_day_close || value == 0 || !is_small(abs(value))) continue;
        for (const RelationTerm& term : relation.first.terms) {
            const AccountFact* account =
                term.account ? ledger_->find_account(term.account) : nullptr;
            if (account == nullptr || !is_open(*account) || abs(term.coefficient) != 1) continue;
            Voucher voucher = new_voucher(account->opened.book);
            const bool inflow = (value < 0) == (term.coefficient > 0);
            const Side normal = NaiveLedger::normal_side(*account);
            put_line(voucher, *account, inflow ? normal : opposite(normal),
                     Amount{narrow(abs(value))});
            balance(voucher);
            batch_.add(voucher);
            return;
        }
    }
    plain_voucher();
}

// Spoiled vouchers
// ---------------------------------------------------------------------------------

void RandomHistory::spoiled_voucher() {
    Voucher voucher = sensible_voucher(6);
    if (voucher.lines.empty()) return plain_voucher();
    spoil(voucher);
    if (chance(15)) spoil(voucher);  // so that precedence shows
    batch_.add(voucher);
}

void RandomHistory::spoil(Voucher& voucher) {
    VoucherLine& line = voucher.lines[roll(voucher.lines.size())];
    const auto closed =
        accounts_where([&](const AccountFact& account) { return !is_open(account); });
    const auto other_book = accounts_where(
        [&](const AccountFact& account) { return account.opened.book != voucher.book; });
    const auto items =
        accounts_where([](const AccountFact& account) { return !account.items.empty(); });
    const auto vouchers = vouchers_where([](const RecordFact&) { return true; });
    const auto holds = all_holds(false);
    switch (roll(19)) {
        case 0: line.account = AccountId{random_word() | 1}; break;
        case 1: line.account = pick(other_book)->opened.id; break;
        case 2: line.account = closed.empty() ? line.account : pick(closed)->opened.id; break;
        case 3: line.amount.minor += 1; break;
        case 4: voucher.book = BookId{static_cast<std::uint16_t>(roll(2) * 44)}; break;
        case 5: voucher.detail.replaces = fresh_id(); break;
        case 6: voucher.detail.reverses = fresh_id(); break;
        case 7: voucher.detail.captures = {{fresh_id(), Amount{1}, {}}}; break;
        case 8:
            if (!holds.empty()) voucher.detail.captures = {{pick(holds)->id, Amount{1}, {}}};
            break;
        case 9: voucher.manual = true, voucher.detail.checked_by = voucher.detail.made_by; break;
        case 10: line.opens = ItemId{random_word() | 1}; break;
        case 11: line.clears = ItemId{random_word() | 1}; break;
        case 12: line.clears = items.empty() ? line.clears : pick(items)->items.front().id; break;
        case 13: line.opens = items.empty() ? line.opens : pick(items)->items.back().id; break;
        case 14: voucher.book_date = chance(50) ? date_max + 1 : date_min + -1; break;
        case 15: voucher.book_date = some_date(voucher.book) + -400; break;
        case 16:
            for (VoucherLine& each : voucher.lines) each.opens = {};
            break;
        case 17:
            voucher.detail.reverses = vouchers.empty() ? fresh_id() : pick(vouchers)->record().id;
            break;
        default:
            voucher.detail.replaces = vouchers.empty() ? fresh_id() : pick(vouchers)->record().id;
            break;
    }
}

}  // namespace ledger::oracle
