// See payout.hpp: what people decide about an order.
#include "adapters/payout_booking.hpp"

namespace ledger::adapters {

namespace {

using payout::AttemptState;
using payout::OrderState;

/// No attempt is under way, and none may turn out to have been.
bool is_free(const OrderState& order) {
    return (order.phase == PayoutPhase::held || order.phase == PayoutPhase::returned) &&
           order.work_open && !order.is_disputed();
}

PayoutDone done_of(const Decision& decision) {
    return decision ? PayoutDone::done : PayoutDone::refused;
}

}  // namespace

PayoutDone Payouts::route(std::string_view key, std::string_view name) {
    const PayoutBank& bank = bank_of(name);
    const OrderId id = payout::order_of(key);
    const auto turn = desk_.turn(id);
    const OrderState order = read(id);
    if (!order) return PayoutDone::order_unknown;
    if (order.phase == PayoutPhase::held && order.bank == name) return PayoutDone::repeated;
    if (!is_free(order) || order.moves >= moves_max) return PayoutDone::not_now;
    if (bank.single_max && *bank.single_max < order.request.amount) return PayoutDone::refused;
    Batch batch;
    booking().route(batch, order, bank.name);
    return done_of(desk_.post(std::move(batch)));
}

PayoutDone Payouts::cancel(std::string_view key) {
    const OrderId id = payout::order_of(key);
    const auto turn = desk_.turn(id);
    const OrderState order = read(id);
    if (!order) return PayoutDone::order_unknown;
    if (order.phase == PayoutPhase::cancelled) return PayoutDone::repeated;
    if (!is_free(order)) return PayoutDone::not_now;
    Batch batch;
    booking().cancel(batch, order, payout::CancelReason::on_request);
    return done_of(desk_.post(std::move(batch)));
}

PayoutDone Payouts::recall(std::string_view key, std::string_view reason) {
    payout::check_text("reason", reason);
    const OrderId id = payout::order_of(key);
    const auto turn = desk_.turn(id);
    const OrderState order = read(id);
    if (!order) return PayoutDone::order_unknown;
    const AttemptState* paid = order.paid_attempt();
    if (paid == nullptr) return PayoutDone::not_now;
    if (paid->recalled) return PayoutDone::repeated;
    if (paid->returned) return PayoutDone::not_now;
    Batch batch;
    booking().recall(batch, order, *paid, reason);
    return done_of(desk_.post(std::move(batch)));
}

PayoutDone Payouts::recover(std::string_view key, const Recovery& recovery) {
    payout::check_key("reference", recovery.reference);
    if (recovery.amount.minor <= 0) {
        throw InvalidArgument("recovery '" + recovery.reference + "', amount: give more than zero");
    }
    if (recovery.kind < RecoveryKind::returned || recovery.kind > RecoveryKind::netted) {
        throw InvalidArgument("recovery '" + recovery.reference + "', kind: is none that there is");
    }
    const bool netted = recovery.kind == RecoveryKind::netted;
    if (netted != static_cast<bool>(recovery.from)) {
        throw InvalidArgument("recovery '" + recovery.reference +
                              "', from: give the account of a netting, and none of another kind");
    }
    const OrderId id = payout::order_of(key);
    const auto turn = desk_.turn(id);
    const OrderState order = read(id);
    if (!order) return PayoutDone::order_unknown;
    if (order.has(payout::recovery_id(id, recovery.reference))) return PayoutDone::repeated;
    if (netted && !can_hold(desk_.view(), recovery.from)) return PayoutDone::refused;
    for (const AttemptState& attempt : order.attempts) {
        if (attempt.recall_outstanding.minor == 0) continue;
        Batch batch;
        booking().recover(batch, order, attempt, recovery);
        return done_of(desk_.post(std::move(batch)));
    }
    return PayoutDone::not_now;
}

}  // namespace ledger::adapters
