// Payments: what channels tell about money, decided in the order that docs/adapters/payment.md
// documents. See payment.hpp.
#include "adapters/payment_turn.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger::adapters {

namespace {

void check_notice(const PaymentBooks& books, const ChannelNotice& notice) {
    check_key("order", notice.order);
    check_key("serial", notice.serial);
    if (known_channel(books, notice.channel).kind == LegKind::payout) {
        throw InvalidArgument("channel " + notice.channel +
                              ": is a way out; it tells of no "
                              "payment");
    }
    if (!notice.success) return;
    if (notice.amount <= Amount{}) {
        throw InvalidArgument("amount " + to_string(notice.amount) +
                              ": is not more than zero; a success has brought money, and a claim "
                              "that it brought none pays nothing");
    }
    if (notice.clearing_date < date_min || notice.clearing_date > date_max) {
        throw InvalidArgument("clearing_date " + to_string(notice.clearing_date) +
                              ": is no date; give the channel's day");
    }
}

/// What a serial was booked for before, whatever order that was.
std::optional<Payload> earlier_success(const Desk& desk, const ChannelNotice& notice) {
    const RecordId id = payment_id::of_money_register(notice.channel, notice.serial);
    const auto entry = desk.view().register_entry(id);
    if (!entry) return std::nullopt;
    return Payload(id, *entry);
}

bool is_same_claim(const Payload& earlier, const ChannelNotice& notice) {
    return earlier.text("order") == notice.order && earlier.number("leg") == notice.leg &&
           earlier.amount("amount") == notice.amount;
}

std::string claim_of(const ChannelNotice& notice) {
    return notice.channel + " says " + notice.serial +
           (notice.success ? " brought " + to_string(notice.amount) : " failed") + " for leg " +
           std::to_string(notice.leg) + " of " + notice.order;
}

void contradict_notice(PaymentTurn& turn, const ChannelNotice& notice, Amount amount,
                       const std::string& against) {
    turn.contradict({notice.order, notice.channel, notice.serial, std::to_string(notice.leg),
                     notice.success ? to_string(notice.amount) : "failure"},
                    {notice.order, notice.channel, amount, claim_of(notice) + ", but " + against});
}

MoneyUse use_of(const PaymentFacts& facts, const ChannelNotice& notice) {
    const LegChannel of{notice.leg, notice.channel};
    const auto reversal = facts.reversals.find(of);
    if (reversal != facts.reversals.end() && !reversal->second) return MoneyUse::waits;
    const PlannedLeg* leg = facts.leg(notice.leg);
    const bool pays = facts.is_open() && leg != nullptr && facts.offered.contains(of) &&
                      leg->amount == notice.amount && !facts.is_leg_paid(notice.leg);
    return pays ? MoneyUse::leg : MoneyUse::back;
}

PaymentMoney money_of(const ChannelNotice& notice, MoneyUse use) {
    return {notice.channel, notice.serial, notice.leg, notice.amount, notice.clearing_date, use};
}

/// What the channels charge for an order that is paid.
struct FeesOfOrder {
    Amount of_merchant;
    Amount of_platform;
    std::map<AccountId, Amount> owed;  ///< to the channels
};

FeesOfOrder fees_of(const PaymentBooks& books, const PaymentFacts& facts,
                    const std::vector<PaymentMoney>& legs) {
    FeesOfOrder fees;
    for (const PaymentMoney& received : legs) {
        const auto fee = books.find_fee(received.channel, facts.leg(received.leg)->card_type,
                                        received.clearing_date, received.amount);
        if (!fee || fee->amount == Amount{}) continue;
        (fee->bearer == FeeBearer::merchant ? fees.of_merchant : fees.of_platform) += fee->amount;
        fees.owed[books.channel(received.channel)->fees_payable] += fee->amount;
    }
    return fees;
}

/// The money that pays the legs, this one included.
std::vector<PaymentMoney> legs_with(const PaymentFacts& facts, const PaymentMoney& last) {
    std::vector<PaymentMoney> legs;
    for (const PaymentMoney& received : facts.money) {
        if (received.use == MoneyUse::leg) legs.push_back(received);
    }
    legs.push_back(last);
    return legs;
}

/// The order is paid: its legs' money becomes the merchant's, less the fees that it bears.
void add_paid(PaymentTurn& turn, const std::vector<PaymentMoney>& legs, const FeesOfOrder& fees) {
    const PaymentRequest& request = *turn.facts().request;
    Voucher paid =
        turn.voucher(payment_id::of_order("payment.paid", turn.key()), "paid: " + request.order);
    for (const PaymentMoney& received : legs) {
        add_line(paid, Side::debit, turn.books().transit, received.amount, {},
                 ItemId{payment_id::of_money(received.channel, received.serial).value});
        turn.books().refundable.open(paid, payment_id::refundable(turn.key(), received.leg),
                                     received.amount);
    }
    const Amount rest = request.payable - fees.of_merchant;
    if (rest > Amount{}) add_line(paid, Side::credit, request.merchant, rest);
    if (fees.of_platform > Amount{}) {
        add_line(paid, Side::debit, turn.books().fee_expense, fees.of_platform);
    }
    for (const auto& [account, amount] : fees.owed) {
        add_line(paid, Side::credit, account, amount);
    }
    turn.add(paid);
}

/// None: another order was told of the same serial in the meantime, and nothing was posted.
std::optional<NoticeOutcome> book(PaymentTurn& turn, const ChannelNotice& notice) {
    const PaymentFacts& facts = turn.facts();
    const PaymentMoney received = money_of(notice, use_of(facts, notice));
    const bool pays = received.use == MoneyUse::leg;
    const bool completes = pays && facts.received() + notice.amount == facts.request->payable;
    const std::vector<PaymentMoney> legs =
        completes ? legs_with(facts, received) : std::vector<PaymentMoney>{};
    const FeesOfOrder fees = fees_of(turn.books(), facts, legs);
    turn.add(payment_id::of_money_register(notice.channel, notice.serial), PaymentRegister::money,
             {{"order", notice.order},
              {"channel", notice.channel},
              {"serial", notice.serial},
              {"leg", notice.leg},
              {"amount", to_json(notice.amount)},
              {"date", notice.clearing_date.days},
              {"use", static_cast<int>(received.use)},
              {"completes", completes},
              {"merchant_fee", to_json(fees.of_merchant)}});
    turn.receive(received);
    if (completes) add_paid(turn, legs, fees);
    if (received.use == MoneyUse::back) turn.refund_surplus(received);
    const bool contradicts = facts.failures.contains({notice.channel, notice.serial});
    if (contradicts) contradict_notice(turn, notice, notice.amount, "said before that it failed");
    if (!turn.post({Outcome::id_conflict})) return std::nullopt;
    if (contradicts) return NoticeOutcome::contradiction;
    switch (received.use) {
        case MoneyUse::waits: return NoticeOutcome::waits_for_reversal;
        case MoneyUse::leg: return completes ? NoticeOutcome::paid : NoticeOutcome::booked;
        default: return NoticeOutcome::refunding;
    }
}

NoticeOutcome take_failure(PaymentTurn& turn, const ChannelNotice& notice,
                           const std::optional<Payload>& earlier) {
    if (turn.facts().failures.contains({notice.channel, notice.serial})) {
        return NoticeOutcome::repeated;
    }
    if (earlier) {
        const Amount amount = earlier->amount("amount");
        contradict_notice(
            turn, notice, amount,
            "said before that it brought " + to_string(amount) + " for " + earlier->text("order"));
        turn.post();
        return NoticeOutcome::contradiction;
    }
    if (!turn.facts().request) return NoticeOutcome::order_unknown;
    turn.add(fact_id("payment.failure", {notice.order, notice.channel, notice.serial}),
             PaymentRegister::failure,
             {{"channel", notice.channel}, {"serial", notice.serial}, {"leg", notice.leg}});
    turn.post();
    return NoticeOutcome::failure_recorded;
}

/// What contradicts the notice so that no money is booked; empty: nothing.
std::string contradiction_of(const PaymentFacts& facts, const ChannelNotice& notice,
                             const std::optional<Payload>& earlier) {
    if (earlier) {
        return "said before that it brought " + to_string(earlier->amount("amount")) + " for leg " +
               std::to_string(earlier->number("leg")) + " of " + earlier->text("order");
    }
    if (!facts.request) return "there is no such order";
    const auto reversal = facts.reversals.find({notice.leg, notice.channel});
    if (reversal == facts.reversals.end() || reversal->second != ReversalAnswer::reversed) {
        return {};
    }
    return "said before that whatever it did was reversed";
}

std::optional<NoticeOutcome> take_notice(Desk& desk, const PaymentBooks& books,
                                         const ChannelNotice& notice) {
    PaymentTurn turn(desk, books, order_id("payment", notice.order));
    const auto earlier = earlier_success(desk, notice);
    if (!notice.success) return take_failure(turn, notice, earlier);
    if (earlier && is_same_claim(*earlier, notice)) return NoticeOutcome::repeated;
    const std::string against = contradiction_of(turn.facts(), notice, earlier);
    if (against.empty()) return book(turn, notice);
    contradict_notice(turn, notice, notice.amount, against);
    turn.post();
    return earlier || turn.facts().request ? NoticeOutcome::contradiction
                                           : NoticeOutcome::order_unknown;
}

}  // namespace

NoticeOutcome Payments::notify(const ChannelNotice& notice) {
    check_notice(books_, notice);
    while (true) {
        // Decided again where another order was told of the serial at the same moment: then it is
        // booked there, and this one finds it so.
        if (const auto outcome = take_notice(desk_, books_, notice)) return *outcome;
    }
}

}  // namespace ledger::adapters
