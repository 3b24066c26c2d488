// The naive model's posting of every record but vouchers: docs/posting-rules.md, its checks in the
// order of the outcomes' numbers. Invariant: a record that is refused leaves no fact behind.
#include "support/naive_voucher.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <set>

namespace ledger::oracle {

namespace {

std::string parent_code(const std::string& code) {
    const auto dot = code.rfind('.');
    return dot == std::string::npos ? std::string{} : code.substr(0, dot);
}

Outcome exists_outcome(RecordKind kind) {
    switch (kind) {
        case RecordKind::define_currency: return Outcome::currency_exists;
        case RecordKind::define_book: return Outcome::book_exists;
        case RecordKind::define_group: return Outcome::group_exists;
        case RecordKind::open_account: return Outcome::account_exists;
        case RecordKind::define_relation: return Outcome::relation_exists;
        case RecordKind::cut_day:
        case RecordKind::close_day: return Outcome::day_closed;
        default: return Outcome::id_conflict;
    }
}

/// What the caller gave as the detail: without what the engine fills in.
Detail given_detail(const Batch& batch, const BatchRecord& record) {
    Detail detail = record.detail == no_detail ? Detail{} : batch.details[record.detail];
    if (record.kind == RecordKind::voucher && record.detail == no_detail) detail = VoucherDetail{};
    if (auto* voucher = std::get_if<VoucherDetail>(&detail)) {
        for (Capture& capture : voucher->captures) capture.remaining = {};
    }
    if (auto* release = std::get_if<ReleaseHold>(&detail)) release->remaining = {};
    if (auto* hold = std::get_if<PlaceHold>(&detail)) {
        hold->requested = {};
        hold->resolved.clear();
    }
    return detail;
}

bool same_line(const Batch& a_batch, const BatchLine& a, const Batch& b_batch, const BatchLine& b) {
    const LineDetail none;
    const LineDetail* a_detail = a_batch.detail(a);
    const LineDetail* b_detail = b_batch.detail(b);
    return a.account == b.account && a.amount == b.amount && a.side == b.side && a.ink == b.ink &&
           (a_detail ? *a_detail : none) == (b_detail ? *b_detail : none);
}

}  // namespace

bool same_given(const Batch& a, const Batch& b) {
    const BatchRecord& x = a.records.at(0);
    const BatchRecord& y = b.records.at(0);
    const auto flags = record_flag::manual | record_flag::red;
    const auto x_lines = a.lines_of(x);
    const auto y_lines = b.lines_of(y);
    return x.kind == y.kind && x.id == y.id && x.order == y.order && x.book == y.book &&
           x.code == y.code && x.book_date == y.book_date &&
           (x.flags & flags) == (y.flags & flags) &&
           std::equal(
               x_lines.begin(), x_lines.end(), y_lines.begin(), y_lines.end(),
               [&](const BatchLine& m, const BatchLine& n) { return same_line(a, m, b, n); }) &&
           given_detail(a, x) == given_detail(b, y);
}

/// Judges one record and applies it where it is accepted.
class Judge {
public:
    Judge(NaiveLedger& ledger, const Batch& batch, std::size_t index, Position position,
          Instant instant)
        : ledger_(ledger), position_(position), instant_(instant) {
        fact_.given.add_copy(batch, index);
        fact_.given.records[0].set(record_flag::linked, false);
        fact_.stored.add_copy(fact_.given, 0);
        fact_.position = position;
        fact_.instant = instant;
        shape_ = naive_shape(batch, index);
    }

    Result post();

protected:
    BatchRecord& record() { return fact_.stored.records[0]; }
    template <class T>
    T& detail() {
        return *fact_.stored.detail<T>(record());
    }
    AccountFact* account(AccountId id) {
        return const_cast<AccountFact*>(
            ledger_.find_account(id));  // NOLINT: the ledger itself is not const
    }
    AccountFact& account_of(const BatchLine& line) { return *account(line.account); }

    NaiveLedger& ledger_;
    Position position_;
    Instant instant_;
    RecordFact fact_;

private:
    std::optional<Result> judge_identity() const;
    Verdict judge_kind();
    Result accept();
    void apply_kind();
    void change_settings(EntryKind kind, AccountId id);

    Verdict judge(const DefineGroup& value);
    Verdict judge(const OpenAccount& value);
    Verdict judge_parent(const OpenAccount& value);
    Verdict judge_settings(AccountId id);
    Verdict judge(const SetBuffering& value);
    std::size_t buffered_accounts() const;
    Verdict judge(const CloseAccount& value);
    Verdict judge(const PlaceHold& value);
    Verdict judge(const ReleaseHold& value);
    Verdict judge(const DefineRelation& value);
    Verdict judge(const CutDay& value);
    Verdict judge(const CloseDay& value);
    Verdict judge_exceptions(const CloseDay& value);
    Verdict judge_transit(const CloseDay& value);
    std::size_t transit_accounts() const;
    std::optional<std::vector<VoucherId>> vouchers_of(OrderId order, const AccountFact& of) const;
    std::vector<VoucherId> resolve(const AccountFact& of, const PlaceHold& value) const;
    Verdict judge_sources(const AccountFact& of, const PlaceHold& value) const;
    Big precise_amount(const AccountFact& of, const PlaceHold& value) const;
    bool concerns(const DefineRelation& relation, BookId book) const;

    void apply_open_account();
    void apply_place_hold();
    void apply_release_hold();
    void apply_close_day();

    std::pair<Outcome, std::uint16_t> shape_;
};

// Every record ------------------------------------------------------------------------------------

Result Judge::post() {
    LEDGER_ASSERT(position_ == ledger_.last_position() + 1);
    LEDGER_ASSERT(instant_ >= ledger_.last_instant());
    if (const auto answer = judge_identity()) return *answer;
    Verdict verdict;
    if (shape_.first != Outcome::accepted) verdict = refuse(shape_.first, shape_.second);
    if (!verdict && record().kind == RecordKind::voucher) {
        verdict = VoucherJudge(ledger_, fact_).post();
        if (!verdict) return fact_.result;
    }
    if (!verdict) verdict = judge_kind();
    if (!verdict) return accept();
    Result result;
    result.outcome = verdict->outcome;
    result.line = verdict->line;
    result.culprit = verdict->culprit;
    result.account = verdict->account;
    return result;
}

std::optional<Result> Judge::judge_identity() const {
    const BatchRecord& record = fact_.stored.records[0];
    if (record.kind == RecordKind::time_passed || record.kind == RecordKind::anchor)
        return std::nullopt;
    Result result;
    if (!record.id) {
        result.outcome = Outcome::id_missing;
        return result;
    }
    const RecordFact* first = ledger_.find_record(record.id);
    if (first == nullptr) return std::nullopt;
    if (same_given(fact_.given, first->given)) {
        result = first->result;
        result.outcome = Outcome::already_posted;
        return result;
    }
    result.outcome = exists_outcome(record.kind);
    result.position = first->position;
    return result;
}

Verdict Judge::judge_kind() {
    switch (record().kind) {
        case RecordKind::define_currency:
            if (ledger_.currencies_.size() < ledger_.capacity_.currencies) return std::nullopt;
            return refuse(Outcome::too_many_definitions);
        case RecordKind::define_group: return judge(detail<DefineGroup>());
        case RecordKind::open_account: return judge(detail<OpenAccount>());
        case RecordKind::set_limits: return judge_settings(detail<SetLimits>().account);
        case RecordKind::set_freeze: return judge_settings(detail<SetFreeze>().account);
        case RecordKind::set_attributes: return judge_settings(detail<SetAttributes>().account);
        case RecordKind::set_buffering: return judge(detail<SetBuffering>());
        case RecordKind::close_account: return judge(detail<CloseAccount>());
        case RecordKind::place_hold: return judge(detail<PlaceHold>());
        case RecordKind::release_hold: return judge(detail<ReleaseHold>());
        case RecordKind::define_relation: return judge(detail<DefineRelation>());
        case RecordKind::cut_day: return judge(detail<CutDay>());
        case RecordKind::close_day: return judge(detail<CloseDay>());
        default: return std::nullopt;
    }
}

Result Judge::accept() {
    if (record().kind == RecordKind::open_account) record().number = ledger_.accounts_.size();
    fact_.result.position = position_;
    fact_.result.instant = instant_;
    fact_.result.book_date = record().book_date;
    ledger_.records_.push_back(fact_);
    if (record().id) ledger_.record_positions_[record().id] = position_;
    apply_kind();
    ledger_.records_.back().stored = fact_.stored;
    return fact_.result;
}

void Judge::apply_kind() {
    switch (record().kind) {
        case RecordKind::define_currency:
            ledger_.currencies_[detail<DefineCurrency>().currency.code] = position_;
            break;
        case RecordKind::define_book:
            ledger_.books_[record().book] = {detail<DefineBook>(), position_};
            break;
        case RecordKind::define_group:
            ledger_.groups_[detail<DefineGroup>().code] = {detail<DefineGroup>(), position_};
            break;
        case RecordKind::define_relation:
            ledger_.relations_[detail<DefineRelation>().number] = {detail<DefineRelation>(),
                                                                   position_};
            break;
        case RecordKind::open_account: apply_open_account(); break;
        case RecordKind::set_limits:
            change_settings(EntryKind::limits, detail<SetLimits>().account);
            break;
        case RecordKind::set_freeze:
            change_settings(EntryKind::freeze, detail<SetFreeze>().account);
            break;
        case RecordKind::set_attributes:
            change_settings(EntryKind::attributes, detail<SetAttributes>().account);
            break;
        case RecordKind::set_buffering:
            ledger_.fold(*account(detail<SetBuffering>().account), position_, instant_);
            change_settings(EntryKind::buffering, detail<SetBuffering>().account);
            break;
        case RecordKind::close_account:
            change_settings(EntryKind::closed, detail<CloseAccount>().account);
            break;
        case RecordKind::place_hold: apply_place_hold(); break;
        case RecordKind::release_hold: apply_release_hold(); break;
        case RecordKind::cut_day: ledger_.cuts_.emplace_back(position_, detail<CutDay>()); break;
        case RecordKind::close_day: apply_close_day(); break;
        case RecordKind::time_passed: ledger_.pass_time(position_, instant_); break;
        default: break;
    }
}

void Judge::change_settings(EntryKind kind, AccountId id) {
    ledger_.add_entry(*account(id), kind, position_, instant_);
    account(id)->settings.push_back(position_);
}

// Chart and accounts ------------------------------------------------------------------------------

Verdict Judge::judge(const DefineGroup& value) {
    const std::string parent = parent_code(value.code);
    const auto above = ledger_.groups_.find(parent);
    if (!parent.empty() && above == ledger_.groups_.end()) return refuse(Outcome::group_unknown);
    for (const AccountFact& other : ledger_.accounts_) {
        if (other.opened.code == value.code) return refuse(Outcome::code_is_group);
    }
    if (!parent.empty() && above->second.first.kind != value.kind)
        return refuse(Outcome::kind_mismatch);
    if (ledger_.groups_.size() >= ledger_.capacity_.groups) {
        return refuse(Outcome::too_many_definitions);
    }
    return std::nullopt;
}

Verdict Judge::judge(const OpenAccount& value) {
    if (!ledger_.books_.contains(value.book)) return refuse(Outcome::book_unknown);
    if (!ledger_.currencies_.contains(value.currency)) return refuse(Outcome::currency_unknown);
    if (value.parent && account(value.parent) == nullptr) return refuse(Outcome::account_unknown);
    const std::string group = parent_code(value.code);
    const auto above = ledger_.groups_.find(group);
    if (!group.empty() && above == ledger_.groups_.end()) return refuse(Outcome::group_unknown);
    if (ledger_.groups_.contains(value.code)) return refuse(Outcome::code_is_group);
    if (!group.empty() && above->second.first.kind != value.kind)
        return refuse(Outcome::kind_mismatch);
    const Verdict parent = value.parent ? judge_parent(value) : std::nullopt;
    if (parent && parent->outcome == Outcome::parent_mismatch) return parent;
    const bool full = value.transit && transit_accounts() >= ledger_.capacity_.transit_accounts;
    if (full || ledger_.accounts_.size() >= ledger_.capacity_.accounts) {
        return refuse(Outcome::too_many_definitions);
    }
    if (parent && parent->outcome != Outcome::relation_broken) return parent;
    if (value.buffering && buffered_accounts() >= bounds::buffered_accounts_max) {
        return refuse(Outcome::too_many_buffered);
    }
    return parent;
}

std::size_t Judge::buffered_accounts() const {
    return static_cast<std::size_t>(std::count_if(
        ledger_.accounts_.begin(), ledger_.accounts_.end(), [&](const AccountFact& account) {
            const auto status = ledger_.status(account);
            return status.buffering && !status.closed;
        }));
}

std::size_t Judge::transit_accounts() const {
    return static_cast<std::size_t>(std::count_if(
        ledger_.accounts_.begin(), ledger_.accounts_.end(), [&](const AccountFact& account) {
            return account.opened.transit && !ledger_.status(account).closed;
        }));
}

Verdict Judge::judge(const SetBuffering& value) {
    if (const Verdict verdict = judge_settings(value.account)) return verdict;
    const bool switches_on = value.buffering && !ledger_.status(*account(value.account)).buffering;
    if (switches_on && buffered_accounts() >= bounds::buffered_accounts_max) {
        return refuse(Outcome::too_many_buffered);
    }
    return std::nullopt;
}

Verdict Judge::judge_parent(const OpenAccount& value) {
    const AccountFact& parent = *account(value.parent);
    if (parent.opened.book != value.book || parent.opened.currency != value.currency ||
        parent.opened.parent) {
        return refuse(Outcome::parent_mismatch);
    }
    if (ledger_.status(parent).closed) return refuse(Outcome::account_closed);
    if (ledger_.children_of(parent).empty() && ledger_.natural(parent) != 0) {
        return refuse(Outcome::relation_broken);
    }
    return std::nullopt;
}

void Judge::apply_open_account() {
    AccountFact opened;
    opened.opened = detail<OpenAccount>();
    opened.position = position_;
    opened.handle = static_cast<std::uint32_t>(ledger_.accounts_.size());
    ledger_.account_handles_[opened.opened.id] = opened.handle;
    ledger_.accounts_.push_back(std::move(opened));
    ledger_.add_entry(ledger_.accounts_.back(), EntryKind::opened, position_, instant_);
}

Verdict Judge::judge_settings(AccountId id) {
    if (account(id) == nullptr) return refuse(Outcome::account_unknown);
    if (ledger_.status(*account(id)).closed) return refuse(Outcome::account_closed);
    return std::nullopt;
}

Verdict Judge::judge(const CloseAccount& value) {
    if (const Verdict verdict = judge_settings(value.account)) return verdict;
    const AccountFact& of = *account(value.account);
    const auto children = ledger_.children_of(of);
    const bool has_open_child =
        std::any_of(children.begin(), children.end(),
                    [&](const AccountFact* child) { return !ledger_.status(*child).closed; });
    if (ledger_.natural(of) != 0 || ledger_.natural_posted(of) != 0 || ledger_.held(of) != 0 ||
        !ledger_.open_items(of).empty() || has_open_child) {
        return refuse(Outcome::not_zero);
    }
    if (!of.opened.transit) return std::nullopt;
    for (const EntryFact& entry : of.entries) {
        const bool dated = entry.kind == EntryKind::line &&
                           entry.book_date > ledger_.days(of.opened.book)->closed_through;
        if (dated && ledger_.net_of(of, entry.book_date) != 0) return refuse(Outcome::not_zero);
    }
    return std::nullopt;
}

// Holds -------------------------------------------------------------------------------------------

/// Vouchers of an order that brought money to the account, in order; none where it has too many
/// records.
std::optional<std::vector<VoucherId>> Judge::vouchers_of(OrderId order,
                                                         const AccountFact& of) const {
    const auto positions = ledger_.records_of(order);
    if (positions.size() > bounds::precise_order_records_max) return std::nullopt;
    std::vector<VoucherId> found;
    for (const Position at : positions) {
        const VoucherId id = ledger_.record_at(at).record().id;
        if (ledger_.left_of(of, id)) found.push_back(id);
    }
    return found;
}

/// Those of the hold's orders that are not named as sources.
std::vector<VoucherId> Judge::resolve(const AccountFact& of, const PlaceHold& value) const {
    std::set<VoucherId> seen(value.sources.begin(), value.sources.end());
    std::vector<VoucherId> resolved;
    for (const OrderId order : value.orders) {
        const std::vector<VoucherId> found = vouchers_of(order, of).value();
        for (const VoucherId id : found) {
            if (seen.insert(id).second) resolved.push_back(id);
        }
    }
    return resolved;
}

Verdict Judge::judge_sources(const AccountFact& of, const PlaceHold& value) const {
    for (std::size_t i = 0; i < value.sources.size(); ++i) {
        if (!ledger_.left_of(of, value.sources[i])) return refuse(Outcome::voucher_unknown, i);
    }
    Verdict many;
    std::set<VoucherId> all(value.sources.begin(), value.sources.end());
    for (std::size_t i = 0; i < value.orders.size(); ++i) {
        const auto vouchers = vouchers_of(value.orders[i], of);
        if (vouchers && vouchers->empty()) {
            return refuse(Outcome::voucher_unknown, value.sources.size() + i);
        }
        if (vouchers) all.insert(vouchers->begin(), vouchers->end());
        if (!many && (!vouchers || all.size() > bounds::precise_sources_max)) {
            many = refuse(Outcome::too_many_sources, value.sources.size() + i);
        }
    }
    return many;
}

Big Judge::precise_amount(const AccountFact& of, const PlaceHold& value) const {
    Big left = 0;
    std::set<VoucherId> sources(value.sources.begin(), value.sources.end());
    for (const VoucherId id : resolve(of, value)) sources.insert(id);
    for (const VoucherId source : sources) left += *ledger_.left_of(of, source);
    const Big free = ledger_.available(of) - ledger_.effective_minimum(of).value_or(0);
    Big amount = std::min(left, free);
    if (value.amount.minor != 0) amount = std::min(amount, big(value.amount));
    return std::max(amount, Big(0));
}

Verdict Judge::judge(const PlaceHold& value) {
    if (value.expires_at && value.expires_at <= instant_)
        return refuse(Outcome::value_out_of_range);
    if (account(value.account) == nullptr) return refuse(Outcome::account_unknown);
    const AccountFact& of = *account(value.account);
    const bool precise = value.kind == HoldKind::precise;
    const Verdict sources = precise ? judge_sources(of, value) : std::nullopt;
    if (sources) return sources;
    if (ledger_.status(of).closed) return refuse(Outcome::account_closed);
    const Big amount = precise ? precise_amount(of, value) : big(value.amount);
    if (!fits(ledger_.held(of) + amount) || !fits(ledger_.available(of) - amount)) {
        return refuse(Outcome::overflow);
    }
    if (precise && amount == 0) return refuse(Outcome::nothing_to_hold);
    std::size_t open_holds = 0;
    for (const AccountFact& any : ledger_.accounts_) open_holds += ledger_.open_holds(any).size();
    if (open_holds >= ledger_.capacity_.open_holds) return refuse(Outcome::too_many_holds);
    if (value.kind == HoldKind::judicial) {
        const auto open = ledger_.open_holds(of);
        const auto judicial = std::count_if(open.begin(), open.end(), [](const HoldFact* hold) {
            return hold->given.kind == HoldKind::judicial;
        });
        if (judicial >= static_cast<std::ptrdiff_t>(bounds::judicial_holds_max)) {
            return refuse(Outcome::too_many_holds);
        }
    }
    const auto minimum = ledger_.effective_minimum(of);
    if (value.kind == HoldKind::ordinary && minimum && ledger_.available(of) - amount < *minimum) {
        return refuse(Outcome::below_minimum);
    }
    return std::nullopt;
}

void Judge::apply_place_hold() {
    PlaceHold& value = detail<PlaceHold>();
    AccountFact& of = *account(value.account);
    HoldFact hold;
    hold.id = record().id;
    hold.placed = position_;
    hold.given = value;
    hold.amount = value.kind == HoldKind::precise ? precise_amount(of, value) : big(value.amount);
    if (value.kind == HoldKind::precise) value.resolved = resolve(of, value);
    hold.resolved = value.resolved;
    if (hold.amount != big(value.amount)) {
        value.requested = value.amount;
        value.amount = Amount{narrow(hold.amount)};
        record().set(record_flag::amount_derived, true);
    }
    ledger_.hold_accounts_[hold.id] = of.handle;
    of.holds.push_back(std::move(hold));
    ledger_.add_entry(of, EntryKind::hold_placed, position_, instant_);
}

Verdict Judge::judge(const ReleaseHold& value) {
    const HoldFact* hold = ledger_.find_hold(value.hold);
    if (hold == nullptr) return refuse(Outcome::hold_unknown);
    if (hold->remaining() == 0) return refuse(Outcome::hold_closed);
    if (big(value.amount) > hold->remaining()) return refuse(Outcome::hold_exceeded);
    return std::nullopt;
}

void Judge::apply_release_hold() {
    ReleaseHold& value = detail<ReleaseHold>();
    AccountFact& of = ledger_.accounts_.at(ledger_.hold_accounts_.at(value.hold));
    for (HoldFact& hold : of.holds) {
        if (hold.id != value.hold) continue;
        if (value.amount.minor == 0) {
            value.amount = Amount{narrow(hold.remaining())};
            record().set(record_flag::amount_derived, true);
        }
        hold.changes.push_back({position_, -big(value.amount)});
        value.remaining = Amount{narrow(hold.remaining())};
    }
    ledger_.add_entry(of, EntryKind::hold_released, position_, instant_);
}

// Relations and days ------------------------------------------------------------------------------

Verdict Judge::judge(const DefineRelation& value) {
    const auto& terms = value.terms;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (!terms[i].account && !ledger_.books_.contains(terms[i].book)) {
            return refuse(Outcome::book_unknown, i);
        }
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (!terms[i].account && !ledger_.currencies_.contains(terms[i].currency)) {
            return refuse(Outcome::currency_unknown, i);
        }
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (terms[i].account && account(terms[i].account) == nullptr) {
            return refuse(Outcome::account_unknown, i);
        }
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (!terms[i].account && !ledger_.groups_.contains(terms[i].group)) {
            return refuse(Outcome::group_unknown, i);
        }
    }
    const Big sum = ledger_.relation_value(value);
    if (!fits(sum)) return refuse(Outcome::overflow);
    if (!value.at_day_close && sum != 0)
        return refuse(Outcome::relation_broken, Result::no_line, value.number);
    return std::nullopt;
}

Verdict Judge::judge(const CutDay& value) {
    const auto days = ledger_.days(value.book);
    if (!days) return refuse(Outcome::book_unknown);
    // The day after must be a day too: it becomes the current one.
    if (value.date < date_min || value.date >= date_max) return refuse(Outcome::date_out_of_range);
    if (value.date <= days->last_cut || value.date <= days->closed_through) {
        return refuse(Outcome::day_closed);
    }
    return std::nullopt;
}

bool Judge::concerns(const DefineRelation& relation, BookId book) const {
    return std::any_of(relation.terms.begin(), relation.terms.end(), [&](const RelationTerm& term) {
        return (term.account ? ledger_.find_account(term.account)->opened.book : term.book) == book;
    });
}

Verdict Judge::judge_exceptions(const CloseDay& value) {
    const auto& exceptions = value.exceptions;
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (account(exceptions[i]) == nullptr) return refuse(Outcome::account_unknown, i);
    }
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (account(exceptions[i])->opened.book != value.book) {
            return refuse(Outcome::book_mismatch, i);
        }
    }
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        const auto here = exceptions.begin() + static_cast<std::ptrdiff_t>(i);
        const bool twice = std::find(exceptions.begin(), here, *here) != here;
        if (twice || !account(*here)->opened.transit) return refuse(Outcome::transit_mismatch, i);
    }
    return std::nullopt;
}

Verdict Judge::judge_transit(const CloseDay& value) {
    const auto& exceptions = value.exceptions;
    for (const AccountFact& of : ledger_.accounts_) {
        const AccountId id = of.opened.id;
        const bool excepted =
            std::find(exceptions.begin(), exceptions.end(), id) != exceptions.end();
        if (!of.opened.transit || of.opened.book != value.book || excepted) continue;
        if (ledger_.net_through(of, value.date) == 0) continue;
        Refusal refusal = refuse(Outcome::transit_not_zero);
        refusal.account = id;
        return refusal;
    }
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (ledger_.net_through(*account(exceptions[i]), value.date) == 0) {
            return refuse(Outcome::transit_is_zero, i);
        }
    }
    return std::nullopt;
}

Verdict Judge::judge(const CloseDay& value) {
    const auto days = ledger_.days(value.book);
    if (!days) return refuse(Outcome::book_unknown);
    if (const Verdict verdict = judge_exceptions(value)) return verdict;
    if (value.date < date_min || value.date > date_max) return refuse(Outcome::date_out_of_range);
    if (value.date <= days->closed_through) return refuse(Outcome::day_closed);
    if (value.date > days->last_cut) return refuse(Outcome::day_not_cut);
    if (const Verdict verdict = judge_transit(value)) return verdict;
    for (const auto& [number, relation] : ledger_.relations_) {
        if (relation.first.at_day_close && concerns(relation.first, value.book) &&
            ledger_.relation_value(relation.first) != 0) {
            return refuse(Outcome::relation_broken, Result::no_line, number);
        }
    }
    return std::nullopt;
}

void Judge::apply_close_day() {
    const CloseDay close = detail<CloseDay>();
    for (AccountFact& of : ledger_.accounts_) {
        if (of.opened.book != close.book) continue;
        const auto buffer = ledger_.buffer_of(of);
        if (buffer && buffer->book_date <= close.date) ledger_.fold(of, position_, instant_);
    }
    ledger_.closes_.emplace_back(position_, close);
}

void NaiveLedger::pass_time(Position position, Instant instant) {
    std::map<std::pair<Instant, HoldId>, AccountFact*> due_holds;
    for (AccountFact& account : accounts_) {
        for (const HoldFact* hold : open_holds(account)) {
            const Instant expires = hold->given.expires_at;
            if (expires && expires <= instant) due_holds[{expires, hold->id}] = &account;
        }
    }
    std::size_t steps = 0;
    for (const auto& [key, account] : due_holds) {
        if (++steps > bounds::time_passed_steps_max) return;
        for (HoldFact& hold : account->holds) {
            if (hold.id == key.second) hold.changes.push_back({position, -hold.remaining()});
        }
        add_entry(*account, EntryKind::hold_expired, position, instant);
    }
    std::map<std::pair<Instant, std::uint32_t>, AccountFact*> due_buffers;
    for (AccountFact& account : accounts_) {
        const auto due = fold_due(account);
        if (due && *due <= instant) due_buffers[{*due, account.handle}] = &account;
    }
    for (const auto& [key, account] : due_buffers) {
        if (++steps > bounds::time_passed_steps_max) return;
        fold(*account, position, instant);
    }
}

// Posting -----------------------------------------------------------------------------------------

Result NaiveLedger::post(const Batch& batch, std::size_t index, Position position,
                         Instant instant) {
    return Judge(*this, batch, index, position, instant).post();
}

std::vector<Result> NaiveLedger::post_group(const Batch& batch, std::size_t first, std::size_t last,
                                            Position position, Instant instant) {
    LEDGER_ASSERT(position == last_position() + 1);
    const Position before = last_position();
    std::vector<Result> results;
    for (std::size_t i = first; i < last; ++i) {
        const Result result = post(batch, i, last_position() + 1, instant);
        results.push_back(result);
        if (is_success(result.outcome)) continue;
        forget_after(before);
        Result failed;
        failed.outcome = Outcome::group_failed;
        results.assign(last - first, failed);
        results[i - first] = result;
        return results;
    }
    return results;
}

std::vector<Result> NaiveLedger::post_batch(const Batch& batch, Instant instant) {
    Batch time;
    time.add_time_passed();
    while (next_due() && *next_due() <= instant) {
        const Result result = post(time, 0, last_position() + 1, instant);
        LEDGER_ASSERT(result.outcome == Outcome::accepted);
    }
    std::vector<Result> results;
    for (std::size_t first = 0; first < batch.size();) {
        std::size_t last = first + 1;
        while (last < batch.size() && batch.records[last - 1].has(record_flag::linked)) ++last;
        const auto group = post_group(batch, first, last, last_position() + 1, instant);
        results.insert(results.end(), group.begin(), group.end());
        first = last;
    }
    return results;
}

}  // namespace ledger::oracle
