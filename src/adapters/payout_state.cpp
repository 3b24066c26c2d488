// See payout_state.hpp.
#include "adapters/payout_state.hpp"

#include <algorithm>
#include <tuple>

namespace ledger::adapters::payout {

namespace {

/// Which attempt a voucher is about; nullptr where none.
AttemptState* attempt_named(OrderState& order, const Voucher& voucher) {
    std::string bank;
    std::string number;
    for (const Attribute& attribute : voucher.detail.attributes) {
        if (attribute.key == "bank") bank = attribute.value;
        if (attribute.key == "attempt") number = attribute.value;
    }
    for (AttemptState& attempt : order.attempts) {
        if (attempt.record.bank == bank && std::to_string(attempt.record.number) == number) {
            return &attempt;
        }
    }
    return nullptr;
}

void apply_items(OrderState& order, const Voucher& voucher) {
    for (const VoucherLine& line : voucher.lines) {
        if (line.opens && line.opens == work_item(order.id, order.openings + 1)) {
            ++order.openings;
            order.work_open = true;
        }
        if (line.clears && line.clears == work_item(order.id, order.openings)) {
            order.work_open = false;
        }
        for (AttemptState& attempt : order.attempts) {
            const AttemptRecord& record = attempt.record;
            const auto listing = [&](unsigned n) {
                return unconfirmed_item(record.bank, record.number, n);
            };
            const ItemId recall = recall_item(record.bank, record.number);
            if (line.opens && line.opens == listing(attempt.listings + 1)) {
                ++attempt.listings;
                attempt.unconfirmed = true;
            }
            if (line.clears && line.clears == listing(attempt.listings)) {
                attempt.unconfirmed = false;
            }
            if (line.opens == recall) {
                attempt.recalled = true;
                attempt.recall_outstanding += line.amount;
            }
            if (line.clears == recall) attempt.recall_outstanding -= line.amount;
        }
    }
}

std::string_view fact_of_code(std::uint32_t code) noexcept {
    switch (code) {
        case paid_code: return "payout.paid";
        case returned_code: return "payout.returned";
        case undone_code: return "payout.undone";
        case wrong_code: return "payout.wrong";
        default: return {};
    }
}

void apply_voucher(OrderState& order, const Voucher& voucher) {
    AttemptState* attempt = attempt_named(order, voucher);
    const std::string_view fact = fact_of_code(voucher.code);
    if (attempt != nullptr && !fact.empty() &&
        voucher.id == attempt_fact(fact, attempt->record.bank, attempt->record.number)) {
        switch (voucher.code) {
            case paid_code:
                attempt->booked = Booked::paid;
                order.phase = PayoutPhase::paid;
                break;
            case returned_code:
                attempt->given_back = true;
                // Of a recalled one the payer has its money already.
                if (attempt->booked == Booked::paid) {
                    order.phase =
                        attempt->recalled ? PayoutPhase::cancelled : PayoutPhase::returned;
                }
                break;
            case undone_code:
                attempt->undone = true;
                order.phase = PayoutPhase::cancelled;
                break;
            case wrong_code:
                attempt->booked = Booked::wrong;
                attempt->undone = false;
                break;
            default: break;
        }
    }
    apply_items(order, voucher);
}

void apply_attempt(OrderState& order, RecordId id, AttemptRecord record) {
    if (id != attempt_id(record.bank, record.number)) return;
    AttemptState attempt;
    attempt.last_sent = attempt.last_word = record.at;
    attempt.record = std::move(record);
    order.attempts.push_back(std::move(attempt));
    ++order.moves;
    order.phase = PayoutPhase::sent;
}

void apply_resend(OrderState& order, RecordId id, const Payload& payload) {
    const std::string bank = payload.text("bank");
    const auto number = static_cast<std::uint64_t>(payload.number("number"));
    AttemptState* attempt = order.attempt(bank, number);
    if (attempt == nullptr || id != resend_id(bank, number, attempt->resends + 1)) return;
    attempt->last_sent = attempt->last_word = Instant{payload.number("at")};
    attempt->not_found = false;
    ++attempt->resends;
}

/// What people and rules decide about an order is its next move, or somebody else's record.
bool is_next_move(OrderState& order, RecordId id) {
    if (id != order_fact("payout.move", order.id, order.moves + 1)) return false;
    ++order.moves;
    return true;
}

void apply_report(OrderState& order, RecordId id, const ReportRecord& report) {
    if (id == report_id(report)) order.apply(report);
}

/// Anybody who may post can put registers under an order; a fact has the id that follows from it.
void apply_register(OrderState& order, RecordId id, const RegisterEntry& entry) {
    switch (entry.type) {
        case order_register:
            if (id != order_fact("payout.order", order.id, 0)) break;
            order.request = read_request(id, entry);
            order.bank = order.request.bank;
            break;
        case attempt_register: apply_attempt(order, id, read_attempt(id, entry)); break;
        case resend_register: apply_resend(order, id, Payload(id, entry)); break;
        case report_register: apply_report(order, id, read_report(id, entry)); break;
        case cancel_register:
            if (is_next_move(order, id)) order.phase = PayoutPhase::cancelled;
            break;
        case route_register:
            if (!is_next_move(order, id)) break;
            order.bank = Payload(id, entry).text("bank");
            order.phase = PayoutPhase::held;
            break;
        default: break;
    }
}

void apply_denial(OrderState& order, AttemptState& attempt, bool refused) {
    const bool last = &attempt == &order.attempts.back();
    (refused ? attempt.refused : attempt.failed) = true;
    if (!attempt.succeeded && !attempt.returned) attempt.denied_first = true;
    // A bank that does not take it leaves the order free for another attempt, so many times.
    if (!refused || attempt.succeeded || !last || order.phase != PayoutPhase::sent) return;
    if (order.attempts.size() >= Payouts::attempts_max) {
        attempt.failed = true;
    } else {
        order.phase = PayoutPhase::held;
    }
}

bool is_trusted(const AttemptState& attempt) noexcept {
    return attempt.file == Verdict::executed ||
           (!attempt.denied_first && (attempt.succeeded || attempt.returned));
}

/// What an attempt that no money was booked for asks for.
StepKind step_unbooked(const OrderState& order, const AttemptState& attempt, Verdict verdict) {
    const bool is_last = &attempt == &order.attempts.back();
    const bool holds = order.held == order.request.amount && attempt.record.round == order.round &&
                       (order.phase == PayoutPhase::sent || order.phase == PayoutPhase::held);
    if (verdict != Verdict::not_executed && is_trusted(attempt) && holds) return StepKind::pay;
    if (verdict == Verdict::executed) return StepKind::wrong;
    // While an earlier attempt is disputed the hold stays: it may have to pay for that one.
    if (order.phase == PayoutPhase::sent && is_last && attempt.booked == Booked::none &&
        !order.is_disputed() &&
        (verdict == Verdict::not_executed || (attempt.failed && !attempt.succeeded))) {
        return StepKind::cancel;
    }
    if (attempt.succeeded && verdict == Verdict::none && attempt.listings == 0) {
        return StepKind::dispute;
    }
    return StepKind::none;
}

/// What an attempt that stands as paid, or as wrongly paid, asks for.
StepKind step_booked(const OrderState& order, const AttemptState& attempt, Verdict verdict) {
    const bool never_happened = attempt.stands_paid() && !attempt.returned &&
                                verdict == Verdict::not_executed &&
                                (attempt.file == Verdict::not_executed || attempt.unconfirmed);
    const bool came_back = attempt.returned && !attempt.given_back;
    if (!never_happened && !came_back) return StepKind::none;
    // Of a recalled payout all that came back goes against what is to be recovered, if it is that
    // much; otherwise a person has to say whose the rest is.
    if (attempt.recalled && attempt.recall_outstanding < order.request.amount) {
        return attempt.unconfirmed ? StepKind::none : StepKind::dispute;
    }
    return came_back ? StepKind::give_back : StepKind::undo;
}

bool is_settled(const AttemptState& attempt, Verdict verdict) noexcept {
    const bool left = attempt.booked != Booked::none && !attempt.undone;
    if (attempt.returned && left && !attempt.given_back) return false;
    if (verdict == Verdict::executed) return left;
    return verdict == Verdict::not_executed && (!left || attempt.given_back);
}

}  // namespace

AttemptState* OrderState::attempt(std::string_view at_bank, std::uint64_t number) noexcept {
    const auto found = std::find_if(attempts.begin(), attempts.end(), [&](const auto& attempt) {
        return attempt.record.bank == at_bank && attempt.record.number == number;
    });
    return found == attempts.end() ? nullptr : &*found;
}

const AttemptState* OrderState::paid_attempt() const noexcept {
    const auto found = std::find_if(attempts.begin(), attempts.end(),
                                    [](const auto& attempt) { return attempt.stands_paid(); });
    return found == attempts.end() ? nullptr : &*found;
}

bool OrderState::is_disputed() const noexcept {
    return std::any_of(attempts.begin(), attempts.end(),
                       [](const auto& attempt) { return attempt.is_disputed(); });
}

bool OrderState::has(RecordId record) const noexcept {
    return std::find(records.begin(), records.end(), record) != records.end();
}

void OrderState::apply(const ReportRecord& report) {
    AttemptState* found = attempt(report.bank, report.number);
    if (found == nullptr) return;
    switch (report.status) {
        case BankStatus::succeeded: found->succeeded = true; break;
        case BankStatus::failed: apply_denial(*this, *found, false); break;
        case BankStatus::refused: apply_denial(*this, *found, true); break;
        case BankStatus::returned: found->returned = true; break;
        case BankStatus::not_found: found->not_found = true; return;
        case BankStatus::processing:
        case BankStatus::unreadable: found->not_found = false; return;
    }
    found->last_word = std::max(found->last_word, report.at);
    if (!report.final_word) return;
    const bool executed =
        report.status == BankStatus::succeeded || report.status == BankStatus::returned;
    // A later day of the bank is above an earlier one, of a day a later version of its file.
    if (std::tie(report.day, report.occasion) < std::tie(found->file_day, found->file_version)) {
        return;
    }
    found->file_day = report.day;
    found->file_version = report.occasion;
    found->file = executed ? Verdict::executed : Verdict::not_executed;
}

OrderState state_of(OrderId order, const std::vector<Fact>& facts) {
    OrderState state;
    state.id = order;
    for (const Fact& fact : facts) {
        state.records.push_back(fact.id);
        if (const auto* entry = fact.as<RegisterEntry>()) apply_register(state, fact.id, *entry);
        if (const auto* posted = fact.as<PostedVoucher>()) apply_voucher(state, posted->voucher);
        const auto* hold = fact.as<HoldInfo>();
        if (hold != nullptr && hold->id == hold_id(order, state.round + 1)) {
            ++state.round;
            state.held = hold->remaining;
        }
    }
    return state;
}

Step next_step(const OrderState& order, const Lacking& is_lacking) {
    for (std::size_t i = 0; i < order.attempts.size(); ++i) {
        const AttemptState& attempt = order.attempts[i];
        Verdict verdict = attempt.file;
        const bool open = attempt.unconfirmed ||
                          (order.phase == PayoutPhase::sent && i + 1 == order.attempts.size());
        if (verdict == Verdict::none && open && is_lacking(attempt)) {
            verdict = Verdict::not_executed;
        }
        const bool unbooked = attempt.booked == Booked::none || attempt.undone;
        StepKind kind = unbooked ? step_unbooked(order, attempt, verdict)
                                 : step_booked(order, attempt, verdict);
        if (kind == StepKind::none && attempt.unconfirmed && is_settled(attempt, verdict)) {
            kind = StepKind::confirm;
        }
        if (kind == StepKind::none) continue;
        const bool known = attempt.failed || attempt.file == Verdict::not_executed;
        return {kind, i, known ? CancelReason::failed : CancelReason::not_executed};
    }
    return {};
}

}  // namespace ledger::adapters::payout
