// The mix of a random history: its foundations, and every record but vouchers and malformed ones.
// Invariant: what is chosen depends on the seed and on the naive model only.
#include "support/random_history.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <array>

namespace ledger::oracle {

namespace {

constexpr BookId main_book{1};
constexpr BookId strict_book{2};  ///< needs two principals, has a first date
constexpr BookId end_book{9};     ///< its days are cut up to the last date
const CurrencyCode cny{"CNY"};
const CurrencyCode usd{"USD"};
const std::vector<CurrencyCode>& currencies() {
    static const std::vector<CurrencyCode> codes = {cny, usd};
    return codes;
}

constexpr std::chrono::nanoseconds hour = std::chrono::hours{1};

}  // namespace

Capacity little_capacity(std::uint64_t seed) {
    Capacity little;
    little.accounts = 30 + seed % 9;
    little.currencies = 3 + seed % 2;
    little.groups = 4 + seed % 5;
    little.transit_accounts = 1 + seed % 4;
    little.book_dates = 1 + seed % 3;
    little.open_holds = 2 + seed % 4;
    little.open_items = 2 + seed % 5;
    return little;
}

RandomHistory::RandomHistory(std::uint64_t seed, HistoryOptions options)
    : seed_(seed), options_(options), random_(seed) {
    // Near midnight somewhere, so that days change early.
    now_ = {1'795'000'000'000'000'000 + static_cast<std::int64_t>(roll(86'400)) * 1'000'000'000};
}

Step RandomHistory::next(const NaiveLedger& ledger) {
    ledger_ = &ledger;
    batch_.clear();
    const std::array<std::chrono::nanoseconds, 6> spans = {std::chrono::nanoseconds{1},
                                                           std::chrono::milliseconds{1},
                                                           std::chrono::seconds{1},
                                                           std::chrono::seconds{40},
                                                           hour,
                                                           24 * hour};
    const std::size_t span = chance(3) ? 5 : chance(8) ? 4 : roll(4);
    now_ = now_ + spans[span] + std::chrono::nanoseconds{static_cast<std::int64_t>(roll(1000))};
    if (steps_ == 0) {
        lay_foundations();
    } else if (steps_ == 1) {
        open_foundation_accounts();
    } else {
        const std::size_t count = 1 + roll(options_.records_max);
        while (batch_.size() < count) any_record();
    }
    ++steps_;
    return {now_, batch_};
}

void RandomHistory::run(std::span<const Weighted> actions) {
    unsigned sum = 0;
    for (const Weighted& one : actions) sum += one.weight;
    std::uint64_t at = roll(sum);
    for (const Weighted& one : actions) {
        if (at < one.weight) return (this->*one.action)();
        at -= one.weight;
    }
}

void RandomHistory::any_record() {
    static const std::vector<Weighted> actions = {
        {200, &RandomHistory::plain_voucher},
        {8, &RandomHistory::long_voucher},
        {25, &RandomHistory::giant_voucher},
        {50, &RandomHistory::hot_voucher},
        {60, &RandomHistory::capture_voucher},
        {80, &RandomHistory::item_voucher},
        {40, &RandomHistory::reversal},
        {15, &RandomHistory::replacement},
        {8, &RandomHistory::repair_relation},
        {60, &RandomHistory::spoiled_voucher},
        {60, &RandomHistory::place_hold},
        {30, &RandomHistory::place_precise_hold},
        {1, &RandomHistory::place_many_judicial_holds},
        {40, &RandomHistory::release_hold},
        {25, &RandomHistory::set_limits},
        {20, &RandomHistory::set_freeze},
        {12, &RandomHistory::set_attributes},
        {15, &RandomHistory::set_buffering},
        {15, &RandomHistory::close_account},
        {30, &RandomHistory::open_account},
        {12, &RandomHistory::open_child},
        {20, &RandomHistory::define_something},
        {10, &RandomHistory::define_relation},
        {6, &RandomHistory::define_pair_relation},
        {10, &RandomHistory::cut_day},
        {10, &RandomHistory::close_day},
        {25, &RandomHistory::register_entry},
        {4, &RandomHistory::anchor},
        {4, &RandomHistory::certificate},
        {4, &RandomHistory::snapshot},
        {40, &RandomHistory::repeat},
        {25, &RandomHistory::repeat_changed},
        {40, &RandomHistory::malformed},
    };
    const std::size_t first = batch_.size();
    run(actions);
    while (chance(12)) run(actions);
    link_some(first);
}

void RandomHistory::link_some(std::size_t first) {
    if (batch_.size() - first < 2 || chance(20)) return;
    batch_.link(first, batch_.size());
}

// Dice
// ---------------------------------------------------------------------------------------------

Amount RandomHistory::small_amount() {
    if (chance(4)) return Amount{static_cast<i128>(random_())};  // more than 63 bits, now and then
    return Amount{static_cast<i128>(1 + roll(chance(50) ? 20 : 2000))};
}

Amount RandomHistory::giant_amount() {
    const i128 near = i128_max - static_cast<i128>(roll(3));
    return Amount{chance(50) ? near : near >> roll(4)};
}

RecordId RandomHistory::fresh_id() {
    ++ids_;
    if (chance(50)) return RecordId{seed_ | 1, ids_};
    return RecordId{random_word() | 1};
}

OrderId RandomHistory::some_order() {
    if (chance(50)) return {};
    return OrderId{1 + roll(40)};
}

std::string RandomHistory::some_text(std::size_t bytes_max) {
    return std::string(roll(std::min<std::size_t>(bytes_max, 12) + 1),
                       static_cast<char>('a' + roll(26)));
}

Attributes RandomHistory::some_attributes(std::size_t count_max) {
    Attributes attributes;
    const std::size_t count = chance(70) ? 0 : 1 + roll(count_max);
    for (std::size_t i = 0; i < count; ++i) {
        attributes.push_back(
            {"key" + std::to_string(i), some_text(bounds::attribute_value_bytes_max)});
    }
    return attributes;
}

Date RandomHistory::some_date(BookId book) {
    const auto days = ledger_->days(book);
    Date around = utc_date(now_);
    if (days && days->last_cut && chance(70)) around = days->last_cut + 1;
    if (days && days->closed_through && chance(20)) around = days->closed_through;
    return around + static_cast<std::int32_t>(roll(4)) + (chance(25) ? -3 : 0);
}

// What there is
// ------------------------------------------------------------------------------------

std::vector<RandomHistory::Account> RandomHistory::accounts_where(
    const std::function<bool(const AccountFact&)>& holds) const {
    std::vector<Account> result;
    for (const AccountFact& account : ledger_->accounts()) {
        if (holds(account)) result.push_back(&account);
    }
    return result;
}

std::vector<RandomHistory::Account> RandomHistory::open_accounts(BookId book,
                                                                 CurrencyCode currency) const {
    return accounts_where([&](const AccountFact& account) {
        return account.opened.book == book && account.opened.currency == currency &&
               is_open(account) && !is_giant(account) && !is_settlement(account);
    });
}

/// Any account but those that keep the rest going.
RandomHistory::Account RandomHistory::any_account() {
    const auto all = accounts_where([&](const AccountFact& account) {
        return !is_settlement(account) && !is_giant(account) && (is_open(account) || chance(10));
    });
    return pick(all);
}

RandomHistory::Account RandomHistory::settlement(BookId book, CurrencyCode currency) const {
    const auto found = accounts_where([&](const AccountFact& account) {
        return account.opened.book == book && account.opened.currency == currency &&
               is_settlement(account);
    });
    return found.empty() ? nullptr : found.front();
}

std::vector<const RecordFact*> RandomHistory::vouchers_where(
    const std::function<bool(const RecordFact&)>& holds) {
    std::vector<const RecordFact*> result;
    for (const RecordFact& fact : ledger_->records()) {
        if (fact.record().kind == RecordKind::voucher && holds(fact)) result.push_back(&fact);
    }
    return result;
}

std::vector<const HoldFact*> RandomHistory::all_holds(bool open_only) const {
    std::vector<const HoldFact*> result;
    for (const AccountFact& account : ledger_->accounts()) {
        for (const HoldFact& hold : account.holds) {
            if (!open_only || hold.remaining() != 0) result.push_back(&hold);
        }
    }
    return result;
}

// The beginning
// ------------------------------------------------------------------------------------

void RandomHistory::lay_foundations() {
    batch_.add(DefineCurrency{{cny, 2, 156, "Yuan Renminbi"}});
    batch_.add(DefineCurrency{{usd, 2, 840, "US Dollar"}});
    batch_.add(DefineBook{main_book, "client money", false, 8 * 3600, Date::none()});
    batch_.add(DefineBook{strict_book, "own money", true, -5 * 3600, utc_date(now_) + 1});
    batch_.add(DefineBook{end_book, "the end", false, 0, Date::none()});
    const std::pair<const char*, AccountKind> groups[] = {
        {"asset", AccountKind::asset},
        {"asset.bank", AccountKind::asset},
        {"liab", AccountKind::liability},
        {"liab.client", AccountKind::liability},
        {"liab.client.vip", AccountKind::liability},
        {"income", AccountKind::income},
        {"control", AccountKind::liability}};
    for (const auto& [code, kind] : groups) batch_.add(DefineGroup{code, kind, code});
}

void RandomHistory::open_foundation_accounts() {
    const auto open = [&](
                          BookId book, CurrencyCode currency, const char* code, AccountKind kind,
                          const std::function<void(OpenAccount&)>& change = [](OpenAccount&) {}) {
        OpenAccount value;
        value.id = AccountId{random_word() | 1};
        value.book = book;
        value.currency = currency;
        value.code = code;
        value.kind = kind;
        change(value);
        batch_.add(value);
        return value.id;
    };
    for (const BookId book : {main_book, strict_book, end_book}) {
        for (const CurrencyCode currency : currencies()) {
            open(book, currency, "settle", AccountKind::common);
            open(book, currency, "asset.bank.1", AccountKind::asset);
            open(book, currency, "liab.client.1", AccountKind::liability);
        }
    }
    open(main_book, usd, "giant", AccountKind::asset);
    const AccountId giant = open(main_book, usd, "giant", AccountKind::liability);
    open(main_book, usd, "giant", AccountKind::liability, [](OpenAccount& value) {
        value.buffering = {std::chrono::seconds{10}, 0};
    });
    for (int i = 0; i < 2; ++i) {
        open(main_book, cny, "liab.client.vip.1", AccountKind::liability, [&](OpenAccount& value) {
            value.buffering = {std::chrono::seconds{5 + 60 * i}, static_cast<std::uint32_t>(3 + i)};
        });
        open(main_book, cny, "liab.transit", AccountKind::liability, [&](OpenAccount& value) {
            value.open_items = true;
            value.transit = i == 1;
        });
    }
    const AccountId parent = open(main_book, cny, "liab.real", AccountKind::liability);
    for (int i = 0; i < 2; ++i) {
        open(main_book, cny, "liab.virtual", AccountKind::liability,
             [&](OpenAccount& value) { value.parent = parent; });
    }
    const AccountId control = open(main_book, cny, "control.1", AccountKind::liability);
    open(main_book, cny, "liab.client.vip.2", AccountKind::liability);
    DefineRelation relation;
    relation.number = 7;
    relation.terms = {{1, {}, "liab.client.vip", main_book, cny}, {-1, control, {}, {}, {}}};
    batch_.add(relation);
    DefineRelation at_close;
    at_close.number = 3;
    at_close.at_day_close = true;
    at_close.terms = {{2, giant, {}, {}, {}}};
    if (chance(30)) batch_.add(at_close);
}

// Accounts, chart, books
// ---------------------------------------------------------------------------

OpenAccount RandomHistory::new_account(BookId book, CurrencyCode currency) {
    static const std::vector<std::pair<std::string, AccountKind>> places = {
        {"asset.bank.", AccountKind::asset},
        {"liab.client.", AccountKind::liability},
        {"liab.client.vip.", AccountKind::liability},
        {"income.", AccountKind::income},
        {"free", AccountKind::equity},
        {"memo", AccountKind::memorandum}};
    const auto& [code, kind] = pick(places);
    OpenAccount value;
    value.id = AccountId{random_word() | 1};
    value.book = book;
    value.currency = currency;
    value.code = code + std::to_string(1 + roll(9));
    value.kind = kind;
    if (chance(15)) value.normal_side = some_side();
    value.name = some_text(bounds::name_bytes_max);
    if (chance(15)) value.limits.minimum = Amount{static_cast<i128>(roll(50)) - 40};
    if (chance(10)) value.limits.maximum = Amount{static_cast<i128>(roll(5000))};
    if (chance(15))
        value.buffering = {std::chrono::seconds{1 + roll(100)},
                           static_cast<std::uint32_t>(roll(5))};
    value.open_items = chance(12);
    value.transit = chance(12);
    value.attributes = some_attributes(4);
    return value;
}

void RandomHistory::open_account() {
    const BookId book = chance(70) ? main_book : strict_book;
    OpenAccount value = new_account(book, pick(currencies()));
    if (chance(20)) {
        switch (roll(7)) {
            case 0: value.book = BookId{77}; break;
            case 1: value.currency = CurrencyCode{"NONE"}; break;
            case 2: value.parent = AccountId{random_word()}; break;
            case 3: value.code = "nowhere.1"; break;
            case 4: value.code = "liab.client"; break;
            case 5: value.code = "liab.x", value.kind = AccountKind::asset; break;
            default: value.parent = any_account()->opened.id; break;
        }
    }
    batch_.add(value);
}

void RandomHistory::open_child() {
    const AccountFact& parent = *any_account();
    OpenAccount value = new_account(parent.opened.book, parent.opened.currency);
    value.parent = parent.opened.id;
    value.open_items = false;
    if (parent.opened.parent && chance(80)) value.parent = parent.opened.parent;
    batch_.add(value);
}

void RandomHistory::define_something() {
    const auto number = static_cast<std::uint16_t>(1 + roll(12));
    switch (roll(6)) {
        case 0:
            batch_.add(
                DefineCurrency{{CurrencyCode{"P" + std::to_string(number)}, 4, 0, some_text(9)}});
            break;
        case 1:
            batch_.add(DefineBook{BookId{number}, some_text(9), chance(50), 0, Date::none()});
            break;
        case 2:
            batch_.add(DefineGroup{"g" + std::to_string(number), AccountKind::equity, ""});
            break;
        case 3:
            batch_.add(DefineGroup{"g1.sub." + std::to_string(number), AccountKind::equity, ""});
            break;
        case 4:
            batch_.add(DefineGroup{"liab.n" + std::to_string(number),
                                   chance(80) ? AccountKind::liability : AccountKind::asset, ""});
            break;
        default:
            batch_.add(DefineGroup{
                pick(accounts_where([](const AccountFact&) { return true; }))->opened.code,
                AccountKind::liability, ""});
    }
}

void RandomHistory::define_relation() {
    DefineRelation relation;
    relation.number = 100 + static_cast<std::uint32_t>(roll(500));
    relation.name = some_text(9);
    relation.at_day_close = chance(30);
    const std::size_t count = 1 + roll(4);
    for (std::size_t i = 0; i < count; ++i) {
        RelationTerm term;
        term.coefficient =
            chance(50) ? 1 : static_cast<std::int64_t>(1 + roll(1000)) * (chance(50) ? 1 : -1);
        if (chance(60)) {
            term.account = chance(90) ? any_account()->opened.id : AccountId{random_word() | 1};
        } else {
            term.group = chance(85) ? "liab.client" : "nothing";
            term.book = chance(85) ? main_book : BookId{55};
            term.currency = chance(85) ? cny : CurrencyCode{"NIL"};
        }
        relation.terms.push_back(term);
    }
    if (chance(15)) {
        const auto giants =
            accounts_where([&](const AccountFact& account) { return is_giant(account); });
        relation.terms = {{1000, pick(giants)->opened.id, {}, {}, {}}};
    }
    // Too many relations kept at commit would refuse nearly every voucher.
    if (ledger_->relations().size() > 8) relation.number = 100;
    batch_.add(relation);
}

/// A relation that can hold: between two accounts whose balances are equal now.
void RandomHistory::define_pair_relation() {
    const auto level = accounts_where([&](const AccountFact& account) {
        return is_open(account) && ledger_->natural(account) == 0 && !is_giant(account) &&
               account.opened.book == main_book && account.opened.currency == cny;
    });
    if (level.size() < 2 || ledger_->relations().size() > 8) return register_entry();
    const Account a = pick(level);
    const Account b = pick(level);
    DefineRelation relation;
    relation.number = 1000 + static_cast<std::uint32_t>(roll(500));
    relation.at_day_close = chance(40);
    relation.terms = {{1, a->opened.id, {}, {}, {}}, {-1, b->opened.id, {}, {}, {}}};
    batch_.add(relation);
}

void RandomHistory::set_limits() {
    const AccountFact& account = *any_account();
    SetLimits value{account.opened.id, {}};
    const auto now = static_cast<i128>(roll(100));
    const Big balance = ledger_->natural(account);
    const i128 level = fits(balance) && abs(balance) < (Big(1) << 100) ? narrow(balance) : 0;
    if (chance(50)) value.limits.minimum = Amount{level - now};
    if (chance(30)) value.limits.maximum = Amount{level + 10 * now};
    if (chance(10)) value.limits.minimum = Amount{level + 5};
    if (chance(5)) value.account = AccountId{random_word() | 1};
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::set_freeze() {
    const auto frozen = accounts_where([&](const AccountFact& account) {
        return ledger_->status(account).freeze != Freeze::none && is_open(account);
    });
    SetFreeze value;
    value.account = any_account()->opened.id;
    if (!frozen.empty() && chance(70)) {
        value.account = pick(frozen)->opened.id;
    } else {
        value.freeze = static_cast<Freeze>(roll(4));
        value.reference = some_text(bounds::text_bytes_max);
    }
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::set_attributes() {
    const SetAttributes value{any_account()->opened.id, some_text(9),
                              some_attributes(bounds::attributes_max)};
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::set_buffering() {
    SetBuffering value{any_account()->opened.id, {}};
    if (chance(60)) {
        value.buffering = {std::chrono::seconds{roll(60)} + std::chrono::nanoseconds{1},
                           static_cast<std::uint32_t>(roll(6))};
    }
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::close_account() {
    const auto empty = accounts_where([&](const AccountFact& account) {
        return is_open(account) && ledger_->natural(account) == 0 && ledger_->held(account) == 0 &&
               !is_settlement(account) && !is_giant(account);
    });
    const AccountFact& account = !empty.empty() && chance(40) ? *pick(empty) : *any_account();
    if (open_accounts(account.opened.book, account.opened.currency).size() < 4)
        return register_entry();
    batch_.add(fresh_id(), CloseAccount{account.opened.id}, some_order());
}

void RandomHistory::cut_day() {
    const BookId book = chance(60)   ? main_book
                        : chance(70) ? strict_book
                        : chance(50) ? end_book
                                     : BookId{66};
    CutDay value{book, some_date(book)};
    if (const auto days = ledger_->days(book); days && days->last_cut && chance(70)) {
        value.date = days->last_cut + 1;
    }
    if (book == end_book) value.date = chance(60) ? date_max : date_max + 1;
    if (chance(5)) value.date = chance(50) ? Date::none() : date_min + -1;
    // A date far ahead would close the book for good.
    batch_.add(value);
}

void RandomHistory::close_day() {
    const BookId book = chance(60)   ? main_book
                        : chance(75) ? strict_book
                        : chance(50) ? end_book
                                     : BookId{66};
    CloseDay value{book, some_date(book)};
    if (const auto days = ledger_->days(book); days && days->last_cut && chance(70)) {
        value.date = days->last_cut + (chance(30) ? -1 : 0);
    }
    if (book == end_book && chance(50)) value.date = chance(50) ? date_max : date_max + 1;
    if (chance(4)) value.date = Date::none();
    value.exceptions = some_exceptions(book, value.date);
    batch_.add(value);
}

/// Mostly the transit accounts that are not zero on the date.
std::vector<AccountId> RandomHistory::some_exceptions(BookId book, Date date) {
    std::vector<AccountId> exceptions;
    for (const AccountFact& account : ledger_->accounts()) {
        const bool fits = account.opened.transit && account.opened.book == book &&
                          ledger_->net_through(account, date) != 0;
        if (fits && chance(93)) exceptions.push_back(account.opened.id);
    }
    const auto transit = accounts_where([&](const AccountFact& account) {
        return account.opened.transit && (account.opened.book == book || chance(20));
    });
    if (!transit.empty() && chance(8)) exceptions.push_back(pick(transit)->opened.id);
    if (chance(3)) exceptions.push_back(any_account()->opened.id);
    if (chance(2)) exceptions.push_back(AccountId{random_word() | 1});
    return exceptions;
}

void RandomHistory::register_entry() {
    const RegisterEntry value{static_cast<std::uint32_t>(roll(5)),
                              some_text(bounds::register_bytes_max)};
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::anchor() {
    if (!options_.anchors) return register_entry();
    batch_.add(Anchor{ledger_->last_position(), "BLAKE2b-256", std::string(32, '\x5a')});
}

void RandomHistory::certificate() {
    if (!options_.anchors) return register_entry();
    batch_.add(Certificate{main_book, some_date(main_book), ledger_->last_position(), roll(9),
                           "BLAKE2b-512", std::string(64, '\x5a')});
}

void RandomHistory::snapshot() {
    if (!options_.anchors) return register_entry();
    batch_.add(Snapshot{some_text(bounds::name_bytes_max), ledger_->last_position(), roll(9),
                        "BLAKE2b-512", std::string(64, '\x5a')});
}

// Holds
// --------------------------------------------------------------------------------------------

void RandomHistory::place_hold() {
    const AccountFact& account = *any_account();
    PlaceHold value;
    value.account = account.opened.id;
    value.amount = small_amount();
    const Big free = ledger_->available(account);
    if (free > 0 && free < (Big(1) << 60) && chance(50)) {
        value.amount = Amount{narrow(free) - static_cast<i128>(roll(3)) + 1};
        if (value.amount.minor <= 0) value.amount = Amount{1};
    }
    value.kind = chance(75) ? HoldKind::ordinary : HoldKind::judicial;
    if (chance(50)) value.expires_at = now_ + std::chrono::milliseconds{1 + roll(100'000)};
    if (chance(5)) value.expires_at = now_ + std::chrono::nanoseconds{-static_cast<int>(roll(2))};
    if (chance(3)) value.amount = giant_amount(), value.kind = HoldKind::judicial;
    if (chance(3)) value.account = AccountId{random_word() | 1};
    if (chance(5)) value.sources = {fresh_id()};  // of no meaning here
    value.reference = some_text(bounds::text_bytes_max);
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::place_precise_hold() {
    const AccountFact& account = *any_account();
    PlaceHold value;
    value.kind = HoldKind::precise;
    value.account = account.opened.id;
    for (auto entry = account.entries.rbegin(); entry != account.entries.rend(); ++entry) {
        const bool inflow = entry->kind == EntryKind::line &&
                            NaiveLedger::is_inflow(account, entry->side, entry->ink);
        if (value.sources.size() > 4) break;
        if ((inflow && chance(60)) || (entry->kind == EntryKind::line && chance(3))) {
            value.sources.push_back(ledger_->record_at(entry->position).record().id);
        }
    }
    if (chance(5)) value.sources.push_back(fresh_id());
    while (!account.entries.empty() && value.orders.size() < 3 && chance(40)) {
        const EntryFact& entry = pick(account.entries);
        const OrderId order = ledger_->record_at(entry.position).record().order;
        if (order && !chance(20)) value.sources.clear();
        if (order) value.orders.push_back(order);
    }
    if (chance(3)) value.orders.push_back(some_order());
    if (chance(50)) value.amount = small_amount();
    if (chance(30)) value.expires_at = now_ + std::chrono::milliseconds{1 + roll(100'000)};
    batch_.add(fresh_id(), value, some_order());
}

void RandomHistory::place_many_judicial_holds() {
    const AccountFact& account = *any_account();
    for (std::size_t i = 0; i <= bounds::judicial_holds_max; ++i) {
        PlaceHold value;
        value.account = account.opened.id;
        value.amount = small_amount();
        value.kind = HoldKind::judicial;
        value.expires_at = now_ + std::chrono::milliseconds{1 + roll(100'000)};
        batch_.add(fresh_id(), value, some_order());
    }
}

void RandomHistory::release_hold() {
    const auto holds = all_holds(chance(85));
    ReleaseHold value;
    value.hold = holds.empty() || chance(4) ? fresh_id() : pick(holds)->id;
    if (!holds.empty() && chance(60)) {
        const Big remaining = pick(holds)->remaining();
        if (remaining > 0 && remaining < (Big(1) << 60)) {
            value.amount = Amount{
                1 + static_cast<i128>(roll(static_cast<std::uint64_t>(narrow(remaining)) + 1))};
        }
    }
    batch_.add(fresh_id(), value, some_order());
}

}  // namespace ledger::oracle
