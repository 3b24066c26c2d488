// Payments: refunds, from asking to their last answer. See payment.hpp.
#include "adapters/payment_turn.hpp"
#include "ledger/core/money.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

/// Shares an amount out over the paid legs, in proportion to what is left of each.
std::vector<PartSource> share_out(const PaymentFacts& facts, Amount amount) {
    std::vector<PartSource> sources;
    std::vector<i128> left;
    for (const PaymentMoney& received : facts.money) {
        if (received.use != MoneyUse::leg) continue;
        sources.push_back({received.leg, received.channel, received.serial, {}});
        left.push_back((received.amount - facts.refunded(received.leg)).minor);
    }
    const std::vector<Amount> shares = allocate(amount, left);
    for (std::size_t i = 0; i < sources.size(); ++i) sources[i].amount = shares[i];
    std::erase_if(sources, [](const PartSource& source) { return source.amount == Amount{}; });
    return sources;
}

/// The order of a refund's part, which is that of the record that opened its item.
std::optional<OrderId> order_of_part(const Desk& desk, RecordId part) {
    const View view = desk.view();
    const auto item = view.item(ItemId{part.value});
    if (!item) return std::nullopt;
    return view.record(item->position)->order;
}

void check_status(RefundStatus status) {
    if (status >= RefundStatus::success && status <= RefundStatus::unknown) return;
    throw InvalidArgument("status " + std::to_string(static_cast<int>(status)) +
                          ": is none of a refund's answers");
}

bool is_blocked(const View& view, AccountId funds) {
    const auto info = view.account(funds);
    return !info || info->closed || info->freeze == Freeze::inflow_only ||
           info->freeze == Freeze::all;
}

RefundInstruction instruction_of(const PaymentPart& part) {
    const auto attempt = static_cast<std::uint32_t>(part.attempts.size());
    return {part.part.id,
            attempt,
            part.attempts.back().channel,
            part.part.serial,
            refund_number(part.part.id, attempt),
            part.part.amount};
}

/// The money leaves: out of the hold of the attempt, where that still stands.
void add_paid_back(PaymentTurn& turn, const PaymentPart& part, std::uint32_t attempt,
                   bool is_held) {
    Voucher voucher =
        turn.voucher(payment_id::of(turn.books(), "payment.refund_paid", {to_string(part.part.id)}),
                     "refunded through " + part.attempts[attempt - 1].channel);
    voucher.detail.source_document = part.part.serial;
    add_line(voucher, Side::debit, turn.books().refunds, part.part.amount, {},
             ItemId{part.part.id.value});
    const PaymentChannel& channel = known_channel(turn.books(), part.attempts[attempt - 1].channel);
    add_line(voucher, Side::credit, channel.funds, part.part.amount);
    if (channel.settlement) {
        // An item on the other side: what the channel takes off what it pays.
        const WorkQueue& unsettled = channel.settlement->unsettled;
        add_line(voucher, Side::debit, unsettled.counterpart, part.part.amount);
        add_line(voucher, Side::credit, unsettled.items, part.part.amount,
                 payment_id::unsettled(turn.books(), channel.name,
                                       refund_number(part.part.id, attempt)));
    }
    if (is_held) {
        voucher.detail.captures.push_back(
            {payment_id::of_attempt("payment.refund_hold", part.part.id, attempt),
             part.part.amount,
             {}});
    }
    turn.add(voucher);
}

json answer_fields(const PaymentTurn& turn, const PaymentPart& part, std::uint32_t attempt,
                   RefundStatus status, bool claim) {
    const PaymentChannel* payout = turn.books().payout();
    return {
        {"part", to_string(part.part.id)},
        {"attempt", attempt},
        {"status", static_cast<int>(status)},
        {"claim", claim},
        {"of_claim", !claim && part.is_claimed() && part.attempts[attempt - 1].answer.has_value()},
        {"next_channel", status == RefundStatus::impossible && payout != nullptr &&
                                 !is_promotion(known_channel(turn.books(), part.part.channel).kind)
                             ? payout->name
                             : part.part.channel}};
}

/// Books the success that a channel claimed after it had said otherwise, once nothing else is under
/// way: the part must not be paid a second time. False where the channel has not enough.
bool book_claim(PaymentTurn& turn, RecordId id) {
    const PaymentPart part = *turn.facts().part(id);
    const auto claimed = std::find_if(part.attempts.begin(), part.attempts.end(),
                                      [](const RefundAttempt& attempt) { return attempt.claimed; });
    const auto attempt = static_cast<std::uint32_t>(claimed - part.attempts.begin()) + 1;
    add_paid_back(turn, part, attempt, false);
    turn.add(PaymentRegister::refund_answered,
             answer_fields(turn, part, attempt, RefundStatus::success, false));
    return turn.post({Outcome::below_minimum});
}

RefundReplyOutcome contradict_answer(PaymentTurn& turn, const PaymentPart& part,
                                     const RefundReply& reply) {
    const bool success = reply.status == RefundStatus::success;
    const std::string& channel = part.attempts[reply.attempt - 1].channel;
    turn.contradict(
        {"refund", to_string(part.part.id), std::to_string(reply.attempt),
         success ? "success" : "failure"},
        {part.part.order, channel, part.part.amount,
         channel + " says that refund " + to_string(part.part.id) + " of " + part.part.order +
             (success ? " succeeded" : " failed") + ", but said otherwise before"});
    const bool may_be_paid = success && !part.part.done;
    if (success && !part.attempts[reply.attempt - 1].claimed) {
        turn.add(PaymentRegister::refund_answered,
                 answer_fields(turn, part, reply.attempt, reply.status, true));
    }
    turn.post();
    if (may_be_paid && !part.part.in_flight) book_claim(turn, part.part.id);
    return RefundReplyOutcome::contradiction;
}

}  // namespace

RefundOutcome Payments::refund(std::string_view order, std::string_view key, Amount amount,
                               RefundRoute route) {
    check_key("order", order);
    check_key("key", key);
    if (key.front() == '#') {
        throw InvalidArgument("key " + std::string(key) +
                              ": begins with #, as those that are given here do; choose another");
    }
    check_amount("amount", amount);
    if (route != RefundRoute::original && route != RefundRoute::payout) {
        throw InvalidArgument("route " + std::to_string(static_cast<int>(route)) +
                              ": is none; give original or payout");
    }
    if (route == RefundRoute::payout && books_.payout() == nullptr) {
        throw InvalidArgument("route payout: these books have no channel of the kind payout");
    }
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    const PaymentFacts& facts = turn.facts();
    if (!facts.request) return RefundOutcome::order_unknown;
    for (const RefundAsked& asked : facts.refunds) {
        if (asked.key != key) continue;
        return asked.amount == amount && asked.route == route ? RefundOutcome::repeated
                                                              : RefundOutcome::conflict;
    }
    if (!facts.paid) return RefundOutcome::not_paid;
    turn.check_room();
    if (amount > facts.refundable()) return RefundOutcome::exceeds_paid;
    const std::vector<PartSource> sources = share_out(facts, amount);
    turn.ask_refund({std::string(key), amount, route}, true, sources);
    return turn.post({Outcome::below_minimum}) ? RefundOutcome::asked
                                               : RefundOutcome::merchant_short;
}

SendResult Payments::send_refund(RecordId id) {
    const auto order = order_of_part(desk_, id);
    if (!order) return {};
    PaymentTurn turn(desk_, books_, *order);
    const PaymentPart* found = turn.facts().part(id);
    if (found == nullptr) return {};
    const PaymentPart part = *found;
    if (part.part.done) return {SendOutcome::done, {}};
    if (part.part.in_flight) return {SendOutcome::in_flight, instruction_of(part)};
    if (part.is_claimed()) {
        return {book_claim(turn, id) ? SendOutcome::done : SendOutcome::short_of_funds, {}};
    }
    turn.check_room();
    const auto attempt = static_cast<std::uint32_t>(part.attempts.size()) + 1;
    PlaceHold hold;
    hold.account = known_channel(books_, part.part.channel).funds;
    // A hold heeds no freeze; the voucher that pays back does.
    if (is_blocked(desk_.view(), hold.account)) return {SendOutcome::funds_blocked, {}};
    hold.amount = part.part.amount;
    hold.reference = "refund of " + part.part.order;
    turn.add(payment_id::of_attempt("payment.refund_hold", id, attempt), hold);
    turn.add(PaymentRegister::refund_sent,
             {{"part", to_string(id)}, {"attempt", attempt}, {"channel", part.part.channel}});
    const RefundInstruction instruction = instruction_of(*turn.facts().part(id));
    if (!turn.post({Outcome::below_minimum})) return {SendOutcome::short_of_funds, {}};
    return {SendOutcome::sent, instruction};
}

RefundReplyOutcome Payments::refund_answered(const RefundReply& reply) {
    const auto order = order_of_part(desk_, reply.part);
    if (!order) return RefundReplyOutcome::part_unknown;
    PaymentTurn turn(desk_, books_, *order);
    const PaymentPart* found = turn.facts().part(reply.part);
    if (found == nullptr) return RefundReplyOutcome::part_unknown;
    const PaymentPart part = *found;
    if (reply.attempt == 0 || reply.attempt > part.attempts.size()) {
        return RefundReplyOutcome::not_sent;
    }
    check_status(reply.status);
    if (reply.status == RefundStatus::unknown) return RefundReplyOutcome::still_unknown;
    const RefundAttempt& attempt = part.attempts[reply.attempt - 1];
    const bool success = reply.status == RefundStatus::success;
    if (attempt.answer) {
        const bool was_success = *attempt.answer == RefundStatus::success;
        if (was_success == success || (attempt.claimed && success)) {
            return RefundReplyOutcome::repeated;
        }
        return contradict_answer(turn, part, reply);
    }
    if (success) {
        add_paid_back(turn, part, reply.attempt, true);
    } else {
        turn.add(
            payment_id::of_attempt("payment.refund_release", reply.part, reply.attempt),
            ReleaseHold{
                payment_id::of_attempt("payment.refund_hold", reply.part, reply.attempt), {}, {}});
    }
    turn.add(PaymentRegister::refund_answered,
             answer_fields(turn, part, reply.attempt, reply.status, false));
    turn.post();
    if (success) return RefundReplyOutcome::booked;
    return part.is_claimed() && book_claim(turn, reply.part) ? RefundReplyOutcome::booked
                                                             : RefundReplyOutcome::requeued;
}

}  // namespace ledger::adapters
