// See payout.hpp: what a bank is to be told, and what follows from what is known already.
#include "adapters/payout_booking.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace ledger::adapters {

namespace {

using payout::AttemptRecord;
using payout::AttemptState;
using payout::check_instant;
using payout::ControlAction;
using payout::ControlRecord;
using payout::OrderState;

constexpr int tries_max = 32;
constexpr int steps_max = 64;
constexpr std::size_t bytes_max = 16 * 1024;

bool is_frozen(const View& view, AccountId account) {
    const std::optional<AccountInfo> info = view.account(account);
    if (!info) throw UsageError("the accounts of a bank are not there yet: call define() first");
    return info->freeze != Freeze::none;
}

/// Takes over what an operator or the guard, and what the bank said of itself, forbids.
bool may_send(const View& view, const PayoutBank& bank, PayoutWork& work) {
    const PayoutAccounts accounts = payout_accounts(bank.name);
    work.stopped = work.stopped || is_frozen(view, accounts.count);
    work.paused = work.paused || is_frozen(view, accounts.total);
    return !work.stopped && !work.paused;
}

/// The last number that an attempt through the bank has.
std::uint64_t last_number(const View& view, const PayoutBank& bank) {
    return static_cast<std::uint64_t>(
        view.balance(payout_accounts(bank.name).count)->total().minor);
}

std::string serial_for(const PayoutBank& bank, std::uint64_t number) {
    std::string serial = bank.serials.serial_of(number);
    if (serial.empty()) {
        throw UsageError("bank '" + bank.name + "': no serial of " +
                         std::to_string(bank.serials.length) + " characters is left for number " +
                         std::to_string(number) + "; agree on longer ones with the bank");
    }
    return serial;
}

bool may_resend(const AttemptState& attempt, const PayoutBank& bank, Instant now) {
    if (!attempt.not_found || attempt.resends >= bank.resends_max) return false;
    switch (bank.idempotency) {
        case Idempotency::none: return false;
        // It must arrive before the bank's day ends, too.
        case Idempotency::same_day:
            return bank.day_of(now + bank.answer_wait) == bank.day_of(attempt.record.at);
        case Idempotency::for_ever: return true;
    }
    return false;
}

/// What may stand in a register: an objection can quote bytes of any kind.
std::string printable(std::string text) {
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '?';
    }
    text.resize(std::min<std::size_t>(text.size(), 400));
    return text;
}

/// Whether the books would take the payment: a hold does not look at freezes.
bool can_be_booked(const View& view, AccountId payer, AccountId bank) {
    const std::optional<AccountInfo> from = view.account(payer);
    const std::optional<AccountInfo> at = view.account(bank);
    const auto may_fall = [](const std::optional<AccountInfo>& info) {
        return info && !info->closed &&
               (info->freeze == Freeze::none || info->freeze == Freeze::outflow_only);
    };
    return may_fall(from) && may_fall(at);
}

std::vector<OrderId> orders_of(const View& view, const Page<ItemInfo>& page) {
    std::vector<OrderId> orders;
    for (const ItemInfo& item : page.items) {
        const OrderId order = view.record(item.position)->order;
        if (std::find(orders.begin(), orders.end(), order) == orders.end()) orders.push_back(order);
    }
    return orders;
}

PageRequest page_of(std::size_t orders, const std::string& cursor) {
    if (orders == 0 || orders > Payouts::batch_max) {
        throw InvalidArgument("payouts: a page of " + std::to_string(orders) + " orders; give 1.." +
                              std::to_string(Payouts::batch_max));
    }
    PageRequest request;
    request.size = orders;
    request.cursor = cursor;
    return request;
}

}  // namespace

bool Payouts::is_final(const PayoutBank& bank, Date first, Date last) const {
    const View view = desk_.view();
    for (Date day = first; day <= last; day = day + 1) {
        if (!view.record(payout::final_id(bank.name, day))) return false;
    }
    return true;
}

bool Payouts::lacks(const AttemptState& attempt, Instant now) const {
    const PayoutBank& bank = bank_of(attempt.record.bank);
    const Instant horizon = attempt.last_word + bank.query_horizon;
    return now >= horizon && is_final(bank, bank.day_of(attempt.record.at), bank.day_of(horizon));
}

/// Posts `first`, which `order` knows already, with the first step that follows, and then the
/// steps after it, each as a group. False where the ledger refuses a step: `first` is posted all
/// the same, and the attempt that it is about stays on a list.
bool Payouts::advance(OrderState& order, Instant now, Batch first) {
    const payout::Booking booking = this->booking();
    const auto is_lacking = [&](const AttemptState& attempt) { return lacks(attempt, now); };
    for (int i = 0; i < steps_max; ++i) {
        const payout::Step step = payout::next_step(order, is_lacking);
        Batch batch = first;
        booking.step(batch, order, step);
        if (batch.empty()) return true;
        if (!desk_.post(std::move(batch))) {
            if (first.empty()) return false;
            const AttemptState& attempt = order.attempts[step.attempt];
            if (!order.work_open && !attempt.unconfirmed) {
                booking.dispute(first, order, attempt);
            }
            (void)desk_.post(std::move(first));
            order = read(order.id);
            return false;
        }
        first.clear();
        order = read(order.id);
    }
    return false;
}

bool Payouts::objects(const View& view, const OrderState& order, const PayoutBank& bank,
                      std::string_view bytes, bool again, Instant now) {
    const std::optional<std::string> objection =
        guard_.objection(view, {order.id, bank.name, bytes, again, now});
    if (!objection) return false;
    ControlRecord stop;
    stop.action = ControlAction::stop;
    stop.reference = "guard-" + std::to_string(view.position().value);
    stop.reason = printable("order '" + order.request.order + "': " + *objection);
    (void)control(bank, stop);
    return true;
}

/// A bank that takes nothing is not asked again until someone says that it does.
void Payouts::add_pause(Batch& batch, const PayoutBank& bank, const std::string& serial) const {
    if (is_frozen(desk_.view(), payout_accounts(bank.name).total)) return;
    ControlRecord pause;
    pause.action = ControlAction::pause;
    pause.reference = "refused-" + serial;
    payout::add_control(batch, bank.name, pause);
}

/// The ledger counts by its own instants: the host's may have been taken before midnight.
bool Payouts::has_quota(const View& view, const PayoutBank& bank, Amount amount,
                        Instant now) const {
    const PayoutAccounts accounts = payout_accounts(bank.name);
    const Date today = bank.day_of(std::max(now, view.instant()));
    const InstantRange day{bank.start_of(today), bank.start_of(today + 1)};
    if (bank.daily_count_max) {
        const Amount count = view.turnover(accounts.count, day)->debits;
        if (count >= Amount{static_cast<i128>(*bank.daily_count_max)}) return false;
    }
    if (!bank.daily_total_max) return true;
    return view.turnover(accounts.total, day)->debits + amount <= *bank.daily_total_max;
}

/// What is judged here holds for the attempt's number alone, and the ledger gives a number once: if
/// another attempt came between, it is judged anew.
void Payouts::begin_attempt(const OrderState& order, const PayoutBank& bank, Instant now,
                            PayoutWork& work) {
    const PayoutRequest& request = order.request;
    const std::scoped_lock numbering(numbering_);
    for (int i = 0; i < tries_max; ++i) {
        const View view = desk_.view();
        if (view.record(payout::next_move(order))) return;  // somebody else has decided
        if (!may_send(view, bank, work)) return;
        if (!can_be_booked(view, request.payer, bank.account)) break;
        if (!has_quota(view, bank, request.amount, now)) {
            work.quota_reached = true;
            return;
        }
        AttemptRecord record;
        record.bank = bank.name;
        record.number = last_number(view, bank) + 1;
        record.serial = serial_for(bank, record.number);
        record.round = order.round;
        record.at = now;
        record.bytes = bank.write({record.serial, request.payee, request.amount, books_.currency});
        if (record.bytes.empty() || record.bytes.size() > bytes_max) {
            throw InvalidArgument("bank '" + bank.name + "', write: made " +
                                  std::to_string(record.bytes.size()) + " bytes; make 1..16384");
        }
        if (objects(view, order, bank, record.bytes, false, now)) {
            work.stopped = true;
            return;
        }
        Batch batch;
        booking().attempt(batch, order, record);
        const Decision decision = desk_.post(std::move(batch));
        if (decision) {
            // Recorded before means that whoever did so has it to give out.
            if (decision.results[0].outcome == Outcome::already_posted) return;
            work.instructions.push_back(
                {InstructionKind::send, request.order, record.serial, record.bytes});
            return;
        }
        if (decision.results[1].outcome == Outcome::id_conflict) return;
        const Outcome outcome = decision.refusal().outcome;
        if (outcome != Outcome::id_conflict && outcome != Outcome::account_frozen) break;
    }
    work.unbooked.push_back(request.order);
}

void Payouts::ask_or_resend(const OrderState& order, const PayoutBank& bank, Instant now,
                            PayoutWork& work) {
    const AttemptState& attempt = order.attempts.back();
    const AttemptRecord& record = attempt.record;
    if (now - attempt.last_sent < bank.answer_wait) return;
    if (may_resend(attempt, bank, now) && may_send(desk_.view(), bank, work)) {
        if (objects(desk_.view(), order, bank, record.bytes, true, now)) {
            work.stopped = true;
            return;
        }
        Batch batch;
        booking().resend(batch, order, attempt, now);
        if (desk_.post(std::move(batch))) {
            work.instructions.push_back(
                {InstructionKind::resend, order.request.order, record.serial, record.bytes});
            return;
        }
    }
    work.instructions.push_back({InstructionKind::query, order.request.order, record.serial, ""});
}

void Payouts::work_on(OrderId id, const PayoutBank& bank, Instant now, PayoutWork& work) {
    const auto turn = desk_.turn(id);
    OrderState order = read(id);
    if (!advance(order, now, {})) {
        work.unbooked.push_back(order.request.order);
        return;
    }
    if (!order.work_open || order.bank != bank.name) return;
    if (order.phase == PayoutPhase::sent) ask_or_resend(order, bank, now, work);
    const bool free = order.phase == PayoutPhase::held && !order.is_disputed() &&
                      order.held == order.request.amount;
    if (free) begin_attempt(order, bank, now, work);
}

PayoutWork Payouts::instructions(std::string_view name, Instant now, std::size_t orders,
                                 const std::string& cursor) {
    check_instant("now", now);
    const PayoutBank& bank = bank_of(name);
    PayoutWork work;
    std::vector<OrderId> due;
    {
        const View view = desk_.view();
        (void)may_send(view, bank, work);
        const Page<ItemInfo> page =
            view.open_items(payout_accounts(name).work.items, page_of(orders, cursor));
        work.cursor = page.cursor;
        due = orders_of(view, page);
    }
    for (const OrderId order : due) {
        // What is recorded is given out by this call alone, so it must come to be given out; and no
        // order holds up those behind it.
        try {
            work_on(order, bank, now, work);
        } catch (const UnavailableError&) {
            if (work.instructions.empty()) throw;
            work.interrupted = true;
            work.cursor = cursor;
            return work;
        } catch (const PoisonedError&) {
            if (work.instructions.empty()) throw;
            work.interrupted = true;
            return work;
        } catch (const std::exception& error) {
            work.broken.push_back({order, error.what()});
        }
    }
    return work;
}

PayoutConfirmed Payouts::confirm(std::string_view name, Instant now, std::size_t orders,
                                 const std::string& cursor) {
    check_instant("now", now);
    const PayoutBank& bank = bank_of(name);
    PayoutConfirmed confirmed;
    std::vector<OrderId> due;
    {
        const View view = desk_.view();
        const Page<ItemInfo> page =
            view.open_items(payout_accounts(bank.name).unconfirmed.items, page_of(orders, cursor));
        confirmed.cursor = page.cursor;
        due = orders_of(view, page);
    }
    for (const OrderId id : due) {
        const auto turn = desk_.turn(id);
        try {
            OrderState order = read(id);
            if (!advance(order, now, {})) confirmed.unbooked.push_back(order.request.order);
        } catch (const UnavailableError&) {
            throw;
        } catch (const PoisonedError&) {
            throw;
        } catch (const std::exception& error) {
            confirmed.broken.push_back({id, error.what()});
        }
    }
    return confirmed;
}

}  // namespace ledger::adapters
