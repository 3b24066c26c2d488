// See payment_facts.hpp.
#include "adapters/payment_facts.hpp"

#include <algorithm>

namespace ledger::adapters {

namespace {

RecordId id_of(const Payload& payload, const char* key) {
    return RecordId{id_from_hex(payload.text(key))};
}

std::uint32_t leg_of(const Payload& payload) {
    return static_cast<std::uint32_t>(payload.number("leg"));
}

}  // namespace

bool PaymentPart::is_claimed() const noexcept {
    return std::any_of(attempts.begin(), attempts.end(),
                       [](const RefundAttempt& attempt) { return attempt.claimed; });
}

PaymentFacts::PaymentFacts(const PaymentBooks& books, OrderId order, const std::vector<Fact>& facts)
    : records(facts.size()) {
    std::set<VoucherId> vouchers;
    for (const Fact& fact : facts) {
        if (fact.as<PostedVoucher>() != nullptr) vouchers.insert(fact.id);
    }
    for (const Fact& fact : facts) {
        const auto* entry = fact.as<RegisterEntry>();
        if (entry == nullptr) continue;
        const Payload payload(fact.id, *entry);
        const auto type = static_cast<PaymentRegister>(entry->type);
        const auto voucher = payment_voucher_id(books, type, payload);
        if (payment_register_id(books, type, payload) != fact.id ||
            payment_id::order(books, payload.text("order")) != order ||
            (voucher && !vouchers.contains(*voucher))) {
            throw CorruptionError("register entry " + to_string(fact.id) + " of order " +
                                  to_string(order) +
                                  ": no payment of these books posted it; look at it with "
                                  "ledgerctl");
        }
        apply(fact.id, *entry, fact.instant);
    }
}

void PaymentFacts::apply(RecordId id, const RegisterEntry& entry, Instant at) {
    const Payload payload(id, entry);
    switch (static_cast<PaymentRegister>(entry.type)) {
        case PaymentRegister::created: return apply_created(payload);
        case PaymentRegister::offered:
            offered.emplace(leg_of(payload), payload.text("channel"));
            return;
        case PaymentRegister::money:
            money.push_back({payload.text("channel"),
                             payload.text("serial"),
                             leg_of(payload),
                             payload.amount("amount"),
                             {static_cast<std::int32_t>(payload.number("date"))},
                             static_cast<MoneyUse>(payload.number("use"))});
            return;
        case PaymentRegister::paid:
            paid = true;
            merchant_fee = payload.amount("merchant_fee");
            return;
        case PaymentRegister::failure:
            failures.emplace(payload.text("channel"), payload.text("serial"));
            return;
        case PaymentRegister::closed:
            closed = static_cast<CloseReason>(payload.number("reason"));
            return;
        case PaymentRegister::reversal_asked:
            reversals[{leg_of(payload), payload.text("channel")}] = std::nullopt;
            return;
        case PaymentRegister::reversal_answered: return apply_reversal(payload);
        case PaymentRegister::refund_asked: return apply_refund(payload, at);
        case PaymentRegister::refund_sent: {
            PaymentPart& part = known_part(payload);
            part.attempts.push_back({payload.text("channel"), std::nullopt, false});
            part.part.attempts = static_cast<std::uint32_t>(part.attempts.size());
            part.part.in_flight = true;
            return;
        }
        case PaymentRegister::refund_answered: return apply_answer(payload);
        case PaymentRegister::contradiction: contradictions.push_back(id); return;
        case PaymentRegister::split:
            splits.push_back(
                {payload.text("key"), payload.amount("whole"), payload.text("content")});
            return apply_split(payload, false);
        case PaymentRegister::split_returned: return apply_split(payload, true);
        case PaymentRegister::resolved: resolved.insert(id_of(payload, "contradiction")); return;
    }
    throw CorruptionError("register entry " + to_string(id) + ": its type " +
                          std::to_string(entry.type) +
                          " is none of a payment; look at it with ledgerctl");
}

void PaymentFacts::apply_created(const Payload& payload) {
    request.emplace();
    request->order = payload.text("order");
    request->merchant = AccountId{id_from_hex(payload.text("merchant"))};
    request->payable = payload.amount("payable");
    request->expires_at = {payload.number("expires")};
    for (const Payload& leg : payload.list("legs")) {
        request->legs.push_back({leg.text("channel"), leg.amount("amount"), leg.text("card")});
        if (request->legs.back().amount == Amount{}) continue;
        offered.emplace(static_cast<std::uint32_t>(request->legs.size()), leg.text("channel"));
    }
}

void PaymentFacts::apply_reversal(const Payload& payload) {
    const LegChannel of{leg_of(payload), payload.text("channel")};
    const auto answer = static_cast<ReversalAnswer>(payload.number("answer"));
    reversals[of] = answer;
    for (PaymentMoney& received : money) {
        if (received.use != MoneyUse::waits || of != LegChannel{received.leg, received.channel}) {
            continue;
        }
        received.use = answer == ReversalAnswer::reversed ? MoneyUse::returned : MoneyUse::back;
    }
}

void PaymentFacts::apply_refund(const Payload& payload, Instant at) {
    const auto route = static_cast<RefundRoute>(payload.number("route"));
    refunds.push_back({payload.text("key"), payload.amount("amount"), route});
    for (const Payload& item : payload.list("parts")) {
        PaymentPart part;
        part.part.id = id_of(item, "part");
        if (request) part.part.order = request->order;
        part.part.channel = item.text("channel");
        part.part.serial = item.text("serial");
        part.part.amount = item.amount("amount");
        part.part.since = at;
        part.leg = leg_of(item);
        part.of_paid = payload.flag("of_paid");
        parts.push_back(std::move(part));
        if (parts.back().of_paid) continue;
        for (PaymentMoney& received : money) {
            if (received.channel == item.text("source") &&
                received.serial == parts.back().part.serial) {
                received.use = MoneyUse::back;
            }
        }
    }
}

void PaymentFacts::apply_answer(const Payload& payload) {
    PaymentPart& part = known_part(payload);
    const auto number = static_cast<std::size_t>(payload.number("attempt"));
    const auto status = static_cast<RefundStatus>(payload.number("status"));
    if (number == 0 || number > part.attempts.size()) {
        throw CorruptionError("refund " + to_string(part.part.id) + ": its attempt " +
                              std::to_string(number) +
                              " was answered but never sent; look at "
                              "its order with ledgerctl");
    }
    RefundAttempt& attempt = part.attempts[number - 1];
    if (payload.flag("claim")) {
        attempt.claimed = true;
        return;
    }
    if (!attempt.answer) attempt.answer = status;
    part.part.in_flight = !part.attempts.back().answer;
    if (status == RefundStatus::success) part.part.done = true;
    if (status == RefundStatus::impossible) part.part.channel = payload.text("next_channel");
}

void PaymentFacts::apply_split(const Payload& payload, bool returned) {
    for (const Payload& part : payload.list("parts")) {
        const AccountId receiver{id_from_hex(part.text("receiver"))};
        const Amount amount = part.amount("amount");
        receivers[receiver] += returned ? -amount : amount;
    }
}

PaymentPart& PaymentFacts::known_part(const Payload& payload) {
    const RecordId id = id_of(payload, "part");
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const PaymentPart& part) { return part.part.id == id; });
    if (found == parts.end()) {
        throw CorruptionError("refund " + to_string(id) +
                              ": was sent or answered but never asked for; look at its order "
                              "with ledgerctl");
    }
    return *found;
}

bool PaymentFacts::is_final() const noexcept {
    const bool unanswered = std::any_of(reversals.begin(), reversals.end(),
                                        [](const auto& reversal) { return !reversal.second; });
    return (paid || closed) && !unanswered;
}

const PlannedLeg* PaymentFacts::leg(std::uint32_t number) const noexcept {
    if (!request || number == 0 || number > request->legs.size()) return nullptr;
    const PlannedLeg& planned = request->legs[number - 1];
    return planned.amount == Amount{} ? nullptr : &planned;
}

bool PaymentFacts::is_leg_paid(std::uint32_t number) const noexcept {
    return std::any_of(money.begin(), money.end(), [&](const PaymentMoney& received) {
        return received.use == MoneyUse::leg && received.leg == number;
    });
}

Amount PaymentFacts::received() const {
    Amount sum;
    for (const PaymentMoney& received : money) {
        if (received.use == MoneyUse::leg) sum += received.amount;
    }
    return sum;
}

Amount PaymentFacts::refunded(std::uint32_t leg) const {
    Amount sum;
    for (const PaymentPart& part : parts) {
        if (part.of_paid && part.leg == leg) sum += part.part.amount;
    }
    return sum;
}

Amount PaymentFacts::refundable() const {
    Amount left = received();
    for (const PaymentPart& part : parts) {
        if (part.of_paid) left -= part.part.amount;
    }
    return left;
}

Amount PaymentFacts::split_out() const {
    Amount sum;
    for (const auto& [receiver, amount] : receivers) sum += amount;
    return sum;
}

Amount PaymentFacts::left_to_merchant() const { return refundable() - merchant_fee - split_out(); }

const PaymentPart* PaymentFacts::part(RecordId id) const noexcept {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const PaymentPart& part) { return part.part.id == id; });
    return found == parts.end() ? nullptr : &*found;
}

PaymentOrder PaymentFacts::order() const {
    PaymentOrder order;
    order.request = *request;
    order.state = paid ? PaymentState::paid : closed ? PaymentState::closed : PaymentState::open;
    order.received = received();
    for (const PaymentMoney& received : money) {
        if (received.use != MoneyUse::leg) order.surplus += received.amount;
    }
    for (const PaymentPart& part : parts) {
        order.refunds.push_back(part.part);
        if (part.of_paid) order.refunded += part.part.amount;
    }
    order.split = split_out();
    order.is_final = is_final();
    order.contradictions = contradictions;
    return order;
}

}  // namespace ledger::adapters
