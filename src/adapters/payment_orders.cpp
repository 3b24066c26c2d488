// Payments: creating, offering, closing and reversing orders. See payment.hpp.
#include "adapters/payment_turn.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

void check_request(const PaymentBooks& books, const PaymentRequest& request) {
    check_key("order", request.order);
    if (!request.merchant) {
        throw InvalidArgument("merchant: is no account; give the merchant's own");
    }
    check_amount("payable", request.payable);
    if (request.legs.empty() || request.legs.size() > PaymentRequest::legs_max) {
        throw InvalidArgument("legs: " + std::to_string(request.legs.size()) +
                              " of them; an order has 1.." +
                              std::to_string(PaymentRequest::legs_max));
    }
    Amount sum;
    for (const PlannedLeg& leg : request.legs) {
        if (known_channel(books, leg.channel).kind == LegKind::payout) {
            throw InvalidArgument("channel " + leg.channel +
                                  ": is a way out; a leg needs a way in");
        }
        if (!leg.card_type.empty()) check_key("card_type", leg.card_type);
        if (leg.amount != Amount{}) check_amount("leg amount", leg.amount);  // zero: left out
        sum += leg.amount;
    }
    if (sum != request.payable) {
        throw InvalidArgument("legs: add up to " + to_string(sum) + ", the payable is " +
                              to_string(request.payable) + "; make them equal");
    }
}

json created_fields(const PaymentRequest& request) {
    json legs = json::array();
    for (const PlannedLeg& leg : request.legs) {
        legs.push_back(
            {{"channel", leg.channel}, {"amount", to_json(leg.amount)}, {"card", leg.card_type}});
    }
    return {{"order", request.order},
            {"merchant", to_string(request.merchant)},
            {"payable", to_json(request.payable)},
            {"expires", request.expires_at.nanoseconds},
            {"legs", std::move(legs)}};
}

json leg_fields(std::uint32_t leg, std::string_view channel) {
    return {{"leg", leg}, {"channel", channel}};
}

bool is_success_known(const PaymentFacts& facts, const LegChannel& of) {
    return std::any_of(facts.money.begin(), facts.money.end(), [&](const PaymentMoney& received) {
        return of == LegChannel{received.leg, received.channel};
    });
}

/// Parts for all that is left of what was paid.
std::vector<PartSource> all_paid(const PaymentFacts& facts) {
    std::vector<PartSource> sources;
    for (const PaymentMoney& received : facts.money) {
        if (received.use != MoneyUse::leg) continue;
        sources.push_back({received.leg, received.channel, received.serial, received.amount});
    }
    return sources;
}

CloseOutcome void_paid(PaymentTurn& turn) {
    const bool was_refunded = std::any_of(turn.facts().parts.begin(), turn.facts().parts.end(),
                                          [](const PaymentPart& part) { return part.of_paid; });
    if (was_refunded) return CloseOutcome::partly_refunded;
    const std::vector<PartSource> sources = all_paid(turn.facts());
    turn.ask_refund({"#void", turn.facts().request->payable, RefundRoute::original}, true, sources);
    return turn.post({Outcome::below_minimum}) ? CloseOutcome::refunding
                                               : CloseOutcome::merchant_short;
}

bool was_voided(const PaymentFacts& facts) {
    return std::any_of(facts.refunds.begin(), facts.refunds.end(),
                       [](const RefundAsked& asked) { return asked.key == "#void"; });
}

/// What a changed answer to a reversal is worth: all that the leg was to bring.
void contradict_reversal(PaymentTurn& turn, std::uint32_t leg, std::string_view channel,
                         ReversalAnswer answer) {
    const bool reversed = answer == ReversalAnswer::reversed;
    turn.contradict(
        {turn.key(), "reversal", std::to_string(leg), channel, reversed ? "reversed" : "refused"},
        {turn.key(), channel, turn.facts().leg(leg)->amount,
         std::string(channel) + " says that the reversal of leg " + std::to_string(leg) + " was " +
             (reversed ? "done, and that it was refused" : "refused, and that it was done")});
}

}  // namespace

Payments::Payments(Desk& desk, PaymentBooks books) : desk_(desk), books_(std::move(books)) {
    books_.check();
}

CreateOutcome Payments::create(const PaymentRequest& request) {
    check_request(books_, request);
    PaymentTurn turn(desk_, books_, payment_id::order(books_, request.order));
    json fields = created_fields(request);
    if (turn.facts().request) {
        return created_fields(*turn.facts().request) == fields ? CreateOutcome::repeated
                                                               : CreateOutcome::conflict;
    }
    check_creditor(desk_.view(), books_, "merchant", request.merchant);
    turn.add(PaymentRegister::created, std::move(fields));
    Voucher opening = turn.voucher(payment_id::of(books_, "payment.opening", {request.order}),
                                   "payment " + request.order);
    books_.open_orders.open(opening,
                            ItemId{payment_id::of(books_, "payment.open", {request.order}).value},
                            request.payable);
    turn.add(opening);
    turn.post();
    return CreateOutcome::created;
}

bool Payments::offer(std::string_view order, std::uint32_t leg, std::string_view channel) {
    check_key("order", order);
    if (known_channel(books_, channel).kind == LegKind::payout) {
        throw InvalidArgument("channel " + std::string(channel) +
                              ": is a way out; a leg needs a way in");
    }
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    if (!turn.facts().is_open()) return false;
    if (turn.facts().leg(leg) == nullptr) {
        throw InvalidArgument("leg " + std::to_string(leg) + ": is none of the order " +
                              std::string(order) + "; legs count from 1");
    }
    const LegChannel of{leg, std::string(channel)};
    const auto reversal = turn.facts().reversals.find(of);
    if (reversal != turn.facts().reversals.end() && reversal->second == ReversalAnswer::reversed) {
        return false;
    }
    if (turn.facts().offered.contains(of)) return true;
    turn.check_room();
    turn.add(PaymentRegister::offered, leg_fields(leg, channel));
    turn.post();
    return true;
}

CloseOutcome Payments::close(std::string_view order, CloseReason reason, Instant now) {
    check_key("order", order);
    if (reason != CloseReason::timeout && reason != CloseReason::voided) {
        throw InvalidArgument("reason " + std::to_string(static_cast<int>(reason)) +
                              ": is none; give timeout or voided");
    }
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    const PaymentFacts& facts = turn.facts();
    if (!facts.request) return CloseOutcome::order_unknown;
    if (facts.closed || (reason == CloseReason::voided && was_voided(facts))) {
        return CloseOutcome::repeated;
    }
    const Instant expires = facts.request->expires_at;
    if (reason == CloseReason::timeout && (!expires || now < expires)) {
        return CloseOutcome::not_due;
    }
    if (facts.paid) {
        return reason == CloseReason::timeout ? CloseOutcome::already_paid : void_paid(turn);
    }
    const std::vector<PartSource> sources = all_paid(facts);
    const Amount received = facts.received();
    turn.add(PaymentRegister::closed, {{"reason", static_cast<int>(reason)}});
    if (!sources.empty()) {
        turn.ask_refund({"#close", received, RefundRoute::original}, false, sources);
    }
    turn.post();
    return CloseOutcome::closed;
}

ReversalOutcome Payments::reverse(std::string_view order, std::uint32_t leg,
                                  std::string_view channel) {
    check_key("order", order);
    known_channel(books_, channel);
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    const PaymentFacts& facts = turn.facts();
    if (!facts.request) return ReversalOutcome::order_unknown;
    const LegChannel of{leg, std::string(channel)};
    if (!facts.offered.contains(of)) {
        throw InvalidArgument("leg " + std::to_string(leg) + " of " + std::string(order) +
                              ": was never offered through " + std::string(channel) +
                              "; there is nothing to reverse");
    }
    if (facts.reversals.contains(of)) return ReversalOutcome::repeated;
    if (is_success_known(facts, of)) return ReversalOutcome::success_known;
    if (facts.is_final()) return ReversalOutcome::order_final;
    turn.add(PaymentRegister::reversal_asked, leg_fields(leg, channel));
    turn.post();
    return ReversalOutcome::asked;
}

ReversalReplyOutcome Payments::reversal_answered(std::string_view order, std::uint32_t leg,
                                                 std::string_view channel, ReversalAnswer answer) {
    check_key("order", order);
    known_channel(books_, channel);
    if (answer < ReversalAnswer::reversed || answer > ReversalAnswer::unknown) {
        throw InvalidArgument("answer " + std::to_string(static_cast<int>(answer)) +
                              ": is none of a reversal's answers");
    }
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    const PaymentFacts& facts = turn.facts();
    if (!facts.request) return ReversalReplyOutcome::order_unknown;
    const LegChannel of{leg, std::string(channel)};
    const auto reversal = facts.reversals.find(of);
    if (reversal == facts.reversals.end()) return ReversalReplyOutcome::not_asked;
    if (reversal->second == answer) return ReversalReplyOutcome::repeated;
    if (answer == ReversalAnswer::unknown) return ReversalReplyOutcome::still_unknown;
    if (reversal->second) {
        contradict_reversal(turn, leg, channel, answer);
        turn.post();
        return ReversalReplyOutcome::contradiction;
    }
    std::vector<PaymentMoney> waiting;
    std::copy_if(facts.money.begin(), facts.money.end(), std::back_inserter(waiting),
                 [&](const PaymentMoney& received) {
                     return received.use == MoneyUse::waits &&
                            of == LegChannel{received.leg, received.channel};
                 });
    json fields = leg_fields(leg, channel);
    fields["answer"] = static_cast<int>(answer);
    turn.add(PaymentRegister::reversal_answered, std::move(fields));
    for (const PaymentMoney& received : waiting) {
        if (answer == ReversalAnswer::refused) {
            turn.refund_surplus(received);
        } else {
            turn.give_back(received);
        }
    }
    return turn.post({Outcome::below_minimum}) ? ReversalReplyOutcome::recorded
                                               : ReversalReplyOutcome::short_of_funds;
}

}  // namespace ledger::adapters
