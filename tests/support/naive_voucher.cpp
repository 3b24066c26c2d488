// The rules of section 3 of docs/posting-rules.md, and what an accepted voucher changes. Invariant:
// the table in post() is the order of judging.
#include "support/naive_voucher.hpp"

#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <set>

namespace ledger::oracle {

namespace {

Date day_after(Date date) { return {date.days + 1}; }

Date local_date(Instant instant, std::int32_t offset_seconds) {
    const Big day = Big(86400) * 1000000000;
    const Big local = Big(instant.nanoseconds) + Big(offset_seconds) * 1000000000;
    Big days = local / day;
    if (local < 0 && local % day != 0) days -= 1;
    return {days.convert_to<std::int32_t>()};
}

}  // namespace

// Vouchers: references ----------------------------------------------------------------------------

Verdict VoucherJudge::book_unknown() {
    const auto found = ledger_.books_.find(record().book);
    if (found == ledger_.books_.end()) return refuse(Outcome::book_unknown);
    book_ = found->second.first;
    days_ = *ledger_.days(record().book);
    return std::nullopt;
}

/// Outcomes 46 and 60 to 63 of the reversed voucher, where the engine is to write the lines.
Verdict VoucherJudge::reversal_target() {
    const RecordFact* target = ledger_.find_voucher(detail_.reverses);
    if (target == nullptr) return refuse(Outcome::voucher_unknown);
    if (target->record().book != record().book) return refuse(Outcome::book_mismatch);
    if (const Verdict verdict = already_reversed()) return verdict;
    return not_reversible();
}

Verdict VoucherJudge::write_reversal() {
    if (!detail_.reverses || !lines().empty()) return std::nullopt;
    if (const Verdict verdict = reversal_target()) return verdict;
    const RecordFact& target = *ledger_.find_voucher(detail_.reverses);
    Batch& stored = fact_.stored;
    record().lines_begin = static_cast<std::uint32_t>(stored.lines.size());
    for (const BatchLine& undone : target.stored.lines_of(target.record())) {
        BatchLine line = undone;
        if (record().has(record_flag::red)) {
            line.ink = opposite(undone.ink);
        } else {
            line.side = opposite(undone.side);
        }
        LineDetail detail;
        detail.dimensions = line_detail(target.stored, undone).dimensions;
        if (has_items(undone)) detail.clears = item_of(target.stored, undone, detail_.reverses);
        line.detail = no_detail;
        if (detail != LineDetail{}) {
            line.detail = static_cast<std::uint32_t>(stored.line_details.size());
            stored.line_details.push_back(detail);
        }
        stored.lines.push_back(line);
        ++record().line_count;
    }
    record().set(record_flag::lines_derived, true);
    return std::nullopt;
}

Verdict VoucherJudge::account_unknown() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        if (!ledger_.find_account(lines()[i].account)) return refuse(Outcome::account_unknown, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::hold_unknown() {
    for (std::size_t i = 0; i < detail_.captures.size(); ++i) {
        if (!ledger_.find_hold(detail_.captures[i].hold)) return refuse(Outcome::hold_unknown, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::item_unknown() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const ItemId clears = line_detail(lines()[i]).clears;
        if (clears && !ledger_.find_item(clears)) return refuse(Outcome::item_unknown, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::voucher_unknown() {
    for (const VoucherId named : {detail_.reverses, detail_.replaces}) {
        if (named && !ledger_.find_voucher(named)) return refuse(Outcome::voucher_unknown);
    }
    return std::nullopt;
}

Verdict VoucherJudge::item_exists() {
    std::set<ItemId> opened;
    for (std::size_t i = 0; i < lines().size(); ++i) {
        if (!has_items(lines()[i]) || line_detail(lines()[i]).clears) continue;
        const ItemId item = item_of(fact_.stored, lines()[i], record().id);
        if (ledger_.find_item(item) || !opened.insert(item).second)
            return refuse(Outcome::item_exists, i);
    }
    return std::nullopt;
}

// Vouchers: agreement and status ------------------------------------------------------------------

Verdict VoucherJudge::book_mismatch() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        if (account_of(lines()[i]).opened.book != record().book)
            return refuse(Outcome::book_mismatch, i);
    }
    for (const VoucherId named : {detail_.reverses, detail_.replaces}) {
        if (named && ledger_.find_voucher(named)->record().book != record().book) {
            return refuse(Outcome::book_mismatch);
        }
    }
    return std::nullopt;
}

bool VoucherJudge::undoes(const RecordFact& target) const {
    const auto undone = target.stored.lines_of(target.record());
    if (undone.size() != lines().size()) return false;
    bool by_side = true;
    bool by_ink = true;
    for (std::size_t i = 0; i < undone.size(); ++i) {
        const BatchLine& was = undone[i];
        const BatchLine& is = lines()[i];
        if (is.account != was.account || is.amount != was.amount) return false;
        by_side = by_side && is.side != was.side && is.ink == was.ink;
        by_ink = by_ink && is.side == was.side && is.ink != was.ink;
        if (has_items(was)) {
            const LineDetail& detail = line_detail(is);
            if (detail.opens || detail.clears != item_of(target.stored, was, detail_.reverses))
                return false;
        }
    }
    return by_side || by_ink;
}

Verdict VoucherJudge::reversal_mismatch() {
    if (detail_.reverses && !undoes(*ledger_.find_voucher(detail_.reverses))) {
        return refuse(Outcome::reversal_mismatch);
    }
    if (detail_.replaces && !ledger_.reversal_of(detail_.replaces)) {
        return refuse(Outcome::reversal_mismatch);
    }
    return std::nullopt;
}

Verdict VoucherJudge::already_reversed() {
    if (detail_.reverses && ledger_.reversal_of(detail_.reverses))
        return refuse(Outcome::already_reversed);
    return std::nullopt;
}

Verdict VoucherJudge::not_reversible() {
    if (!detail_.reverses) return std::nullopt;
    const RecordFact& target = *ledger_.find_voucher(detail_.reverses);
    const auto* detail = target.stored.detail<VoucherDetail>(target.record());
    if (detail != nullptr && detail->reverses) return refuse(Outcome::not_reversible);
    return std::nullopt;
}

Verdict VoucherJudge::second_principal_required() {
    const bool two = !detail_.made_by.empty() && !detail_.checked_by.empty() &&
                     detail_.made_by != detail_.checked_by;
    if (record().has(record_flag::manual) && book_.two_principals && !two) {
        return refuse(Outcome::second_principal_required);
    }
    return std::nullopt;
}

Verdict VoucherJudge::hold_mismatch() {
    for (std::size_t i = 0; i < detail_.captures.size(); ++i) {
        const AccountFact& of = account_of_hold(detail_.captures[i].hold);
        Big captured = 0;
        for (const Capture& capture : detail_.captures) {
            if (&account_of_hold(capture.hold) == &of) captured += big(capture.amount);
        }
        Big outflow = 0;
        for (const BatchLine& line : lines()) {
            if (&account_of(line) == &of && !is_inflow(line)) outflow += big(line.amount);
        }
        if (captured > outflow) return refuse(Outcome::hold_mismatch, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::item_mismatch() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const BatchLine& line = lines()[i];
        const LineDetail& detail = line_detail(line);
        bool wrong = detail.opens && detail.clears;
        if (!has_items(line) && (detail.opens || detail.clears)) wrong = true;
        if (detail.clears) {
            const ItemFact& item = *ledger_.find_item(detail.clears);
            if (&ledger_.account_of_item(item.id) != &account_of(line)) wrong = true;
            const bool open = item.remaining() != 0;  // a closed one is exceeded either way
            if (open && !detail_.reverses && item.inflow == is_inflow(line)) wrong = true;
        }
        if (wrong) return refuse(Outcome::item_mismatch, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::account_closed() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        if (ledger_.status(account_of(lines()[i])).closed)
            return refuse(Outcome::account_closed, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::account_frozen() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const Freeze freeze = ledger_.status(account_of(lines()[i])).freeze;
        const bool refused =
            is_inflow(lines()[i]) ? freeze == Freeze::outflow_only : freeze == Freeze::inflow_only;
        if (refused || freeze == Freeze::all) return refuse(Outcome::account_frozen, i);
    }
    return std::nullopt;
}

void VoucherJudge::resolve_date() {
    if (record().book_date) return;
    Date date = days_.last_cut ? day_after(days_.last_cut)
                               : local_date(fact_.instant, book_.utc_offset_seconds);
    if (days_.closed_through) date = std::max(date, day_after(days_.closed_through));
    if (days_.first_date) date = std::max(date, days_.first_date);
    record().book_date = date;
    record().set(record_flag::date_defaulted, true);
}

Verdict VoucherJudge::date_out_of_range() {
    resolve_date();
    const Date date = record().book_date;
    if (date < date_min || date > date_max) return refuse(Outcome::date_out_of_range);
    if (detail_.concerns && detail_.concerns > date) return refuse(Outcome::date_out_of_range);
    return std::nullopt;
}

Verdict VoucherJudge::day_closed() {
    const Date date = record().book_date;
    const bool closed = days_.closed_through && date <= days_.closed_through;
    const bool early = days_.first_date && date < days_.first_date;
    if (closed || early) return refuse(Outcome::day_closed);
    return std::nullopt;
}

Verdict VoucherJudge::too_many_dates() {
    std::size_t dates = 0;
    for (const auto& [key, numbers] : ledger_.numbers_) {
        if (key.first != record().book || numbers.empty()) continue;
        if (key.second == record().book_date) return std::nullopt;
        if (key.second > days_.closed_through) ++dates;
    }
    if (dates >= ledger_.capacity_.book_dates) return refuse(Outcome::too_many_dates);
    return std::nullopt;
}

Verdict VoucherJudge::unbalanced() {
    std::map<CurrencyCode, Big> sums;
    for (const BatchLine& line : lines()) {
        const bool adds = (line.side == Side::debit) == (line.ink == Ink::black);
        sums[account_of(line).opened.currency] += adds ? big(line.amount) : Big(-big(line.amount));
    }
    for (const auto& [currency, sum] : sums) {
        if (sum != 0) return refuse(Outcome::unbalanced);
    }
    return std::nullopt;
}

// Vouchers: sums and money ------------------------------------------------------------------------

/// Captures in order, each seeing the ones before: what an earlier one took from an account is gone
/// from its balance.
/// Overflow is judged with those taken that come before the first refused one.
Verdict VoucherJudge::captures_too_much() {
    const auto& captures = detail_.captures;
    const auto first_closed = std::find_if(
        captures.begin(), captures.end(),
        [&](const Capture& capture) { return ledger_.find_hold(capture.hold)->remaining() == 0; });
    const auto closed = static_cast<std::size_t>(first_closed - captures.begin());
    std::map<HoldId, Big> taken;
    for (captures_taken_ = 0; captures_taken_ < closed; ++captures_taken_) {
        const Capture& capture = captures[captures_taken_];
        const HoldFact& hold = *ledger_.find_hold(capture.hold);
        const AccountFact& of = account_of_hold(hold.id);
        Big most = hold.remaining() - taken[hold.id];
        if (hold.given.kind == HoldKind::judicial) most = ledger_.cover(of, hold, taken);
        if (big(capture.amount) > most) break;
        taken[hold.id] += big(capture.amount);
    }
    if (closed != captures.size()) return refuse(Outcome::hold_closed, closed);
    if (captures_taken_ != closed) return refuse(Outcome::hold_exceeded, captures_taken_);
    return std::nullopt;
}

Verdict VoucherJudge::items_too_much() {
    std::map<ItemId, Big> changes;
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const ItemId clears = line_detail(lines()[i]).clears;
        if (!clears) continue;
        const ItemFact& item = *ledger_.find_item(clears);
        // Only a reversal gives back; any other line takes from what remains, be it nothing.
        const bool gives_back = detail_.reverses && item.inflow == is_inflow(lines()[i]);
        changes[clears] += gives_back ? big(lines()[i].amount) : Big(-big(lines()[i].amount));
        if (item.remaining() + changes[clears] < 0) return refuse(Outcome::item_exceeded, i);
    }
    return std::nullopt;
}

Verdict VoucherJudge::holds_and_items() {
    if (const Verdict verdict = captures_too_much()) return verdict;
    return items_too_much();
}

std::vector<VoucherJudge::Before> VoucherJudge::figures_before() {
    std::vector<Before> figures;
    for (std::size_t i = 0; i < lines().size(); ++i) {
        AccountFact* of = &account_of(lines()[i]);
        const bool seen = std::any_of(figures.begin(), figures.end(),
                                      [&](const Before& before) { return before.account == of; });
        if (!seen) figures.push_back({of, i, ledger_.available(*of), ledger_.natural(*of)});
    }
    return figures;
}

std::map<std::uint32_t, Big> VoucherJudge::relation_values() const {
    std::map<std::uint32_t, Big> values;
    for (const auto& [number, relation] : ledger_.relations_) {
        values[number] = ledger_.relation_value(relation.first);
    }
    return values;
}

/// Whether all figures that a line on this account moved are 128-bit integers now.
bool VoucherJudge::figures_fit(const AccountFact& of) const {
    const Balance now = ledger_.balance(of);
    const Big natural = ledger_.natural(of);
    const bool fit = fits(now.debits) && fits(now.credits) && fits(natural) && fits(-natural) &&
                     fits(ledger_.available(of)) && fits(now.buffered_debits) &&
                     fits(now.buffered_credits);
    if (!fit) return false;
    for (const auto& [number, value] : relation_values()) {
        if (!fits(value)) return false;
    }
    const AccountFact& parent = of.opened.parent ? account(of.opened.parent) : of;
    return ledger_.children_of(parent).empty() || fits(ledger_.parent_relation_value(parent));
}

Verdict VoucherJudge::overflow() {
    if (overflow_line_) return refuse(Outcome::overflow, *overflow_line_);
    return std::nullopt;
}

Verdict VoucherJudge::limits(const std::vector<Before>& before) {
    for (const Before& was : before) {
        const Big available = ledger_.available(*was.account);
        const auto minimum = ledger_.effective_minimum(*was.account);
        if (minimum && available < was.available && available < *minimum) {
            return refuse(Outcome::below_minimum, was.line);
        }
    }
    for (const Before& was : before) {
        const Big natural = ledger_.natural(*was.account);
        const auto maximum = ledger_.status(*was.account).limits.maximum;
        if (maximum && natural > was.natural && natural > big(*maximum)) {
            return refuse(Outcome::above_maximum, was.line);
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> VoucherJudge::first_line_of_broken_parent() const {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const AccountFact& of = account_of(lines()[i]);
        const AccountFact& parent = of.opened.parent ? account(of.opened.parent) : of;
        if (!ledger_.children_of(parent).empty() && ledger_.parent_relation_value(parent) != 0)
            return i;
    }
    return std::nullopt;
}

Verdict VoucherJudge::relation_broken(const std::map<std::uint32_t, Big>& values_before) {
    for (const auto& [number, value] : relation_values()) {
        const bool kept_at_commit = !ledger_.relations_.at(number).first.at_day_close;
        if (kept_at_commit && value != 0 && value != values_before.at(number)) {
            return refuse(Outcome::relation_broken, Result::no_line, number);
        }
    }
    if (const auto line = first_line_of_broken_parent())
        return refuse(Outcome::relation_broken, *line);
    return std::nullopt;
}

/// With those that the voucher opens.
Verdict VoucherJudge::too_many_items() const {
    std::size_t open = 0;
    for (const AccountFact& of : ledger_.accounts_) open += ledger_.open_items(of).size();
    if (open > ledger_.capacity_.open_items) return refuse(Outcome::too_many_items);
    return std::nullopt;
}

Verdict VoucherJudge::post() {
    static constexpr Rule rules[] = {
        &VoucherJudge::book_unknown,      &VoucherJudge::write_reversal,
        &VoucherJudge::account_unknown,   &VoucherJudge::hold_unknown,
        &VoucherJudge::item_unknown,      &VoucherJudge::voucher_unknown,
        &VoucherJudge::item_exists,       &VoucherJudge::book_mismatch,
        &VoucherJudge::reversal_mismatch, &VoucherJudge::already_reversed,
        &VoucherJudge::not_reversible,    &VoucherJudge::second_principal_required,
        &VoucherJudge::hold_mismatch,     &VoucherJudge::item_mismatch,
        &VoucherJudge::account_closed,    &VoucherJudge::account_frozen,
        &VoucherJudge::date_out_of_range, &VoucherJudge::day_closed,
        &VoucherJudge::too_many_dates,    &VoucherJudge::unbalanced,
    };
    for (const Rule rule : rules) {
        if (const Verdict verdict = (this->*rule)()) return verdict;
    }
    const Verdict money = holds_and_items();
    const auto figures = figures_before();
    const auto values = relation_values();
    apply();
    Verdict verdict = overflow();
    if (!verdict) verdict = money;
    if (!verdict) verdict = limits(figures);
    if (!verdict) verdict = relation_broken(values);
    if (!verdict) verdict = too_many_items();
    if (verdict) ledger_.forget_after({fact_.position.value - 1});
    return verdict;
}

// Vouchers: what they change ----------------------------------------------------------------------

void VoucherJudge::apply() {
    auto& numbers = ledger_.numbers_[{record().book, record().book_date}];
    numbers.push_back(fact_.position);
    record().number = numbers.size();
    for (BatchLine& line : fact_.stored.lines_of(record())) line.handle = {account_of(line).handle};
    fact_.result.position = fact_.position;
    fact_.result.number = record().number;
    fact_.result.instant = fact_.instant;
    fact_.result.book_date = record().book_date;
    apply_captures();
    ledger_.records_.push_back(fact_);
    ledger_.record_positions_[record().id] = fact_.position;
    for (std::size_t i = 0; i < lines().size(); ++i) apply_line(i);
    if (detail_.reverses) ledger_.reversals_[detail_.reverses] = fact_.position;
    apply_items();
}

void VoucherJudge::apply_captures() {
    for (std::size_t i = 0; i < captures_taken_; ++i) {
        Capture& capture = detail_.captures[i];
        AccountFact& of = account_of_hold(capture.hold);
        for (HoldFact& hold : of.holds) {
            if (hold.id != capture.hold) continue;
            hold.changes.push_back({fact_.position, -big(capture.amount)});
            if (fits(hold.remaining())) capture.remaining = Amount{narrow(hold.remaining())};
        }
        ledger_.add_entry(of, EntryKind::hold_captured, fact_.position, fact_.instant);
    }
    if (!detail_.captures.empty()) *fact_.stored.detail<VoucherDetail>(record()) = detail_;
}

void VoucherJudge::apply_line(std::size_t index) {
    const BatchLine& line = lines()[index];
    AccountFact& of = account_of(line);
    const Buffering buffering = ledger_.status(of).buffering;
    EntryFact entry;
    entry.position = fact_.position;
    entry.instant = fact_.instant;
    entry.line = static_cast<std::uint16_t>(index);
    entry.side = line.side;
    entry.ink = line.ink;
    entry.amount = line.ink == Ink::black ? big(line.amount) : Big(-big(line.amount));
    entry.buffered = buffering && line.ink == Ink::black && is_inflow(line);
    entry.book_date = record().book_date;
    if (const auto buffer = ledger_.buffer_of(of)) {
        if (!entry.buffered || buffer->book_date != entry.book_date) {
            ledger_.fold(of, fact_.position, fact_.instant);
        }
    }
    const bool buffered = entry.buffered;
    ledger_.add_entry(of, std::move(entry));
    const std::uint64_t lines_max =
        buffering.lines_max ? buffering.lines_max : bounds::buffer_lines_max;
    if (!overflow_line_ && !figures_fit(of)) overflow_line_ = index;
    if (buffered && ledger_.buffer_of(of)->count >= lines_max) {
        ledger_.fold(of, fact_.position, fact_.instant);
    }
}

void VoucherJudge::apply_items() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
        const BatchLine& line = lines()[i];
        if (!has_items(line)) continue;
        AccountFact& of = account_of(line);
        const ItemId id = item_of(fact_.stored, line, record().id);
        if (!line_detail(line).clears) {
            ItemFact item;
            item.id = id;
            item.opened = fact_.position;
            item.line = static_cast<std::uint16_t>(i);
            item.inflow = is_inflow(line);
            item.amount = big(line.amount);
            of.items.push_back(std::move(item));
            ledger_.item_accounts_[id] = of.handle;
            continue;
        }
        for (ItemFact& item : of.items) {
            if (item.id != id) continue;
            const bool gives_back = item.inflow == is_inflow(line);
            item.changes.push_back(
                {fact_.position, gives_back ? big(line.amount) : Big(-big(line.amount))});
        }
    }
}

}  // namespace ledger::oracle
