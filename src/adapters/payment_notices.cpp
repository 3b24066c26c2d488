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
    if (notice.amount > payment_amount_max) check_amount("amount", notice.amount);
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
std::optional<Payload> earlier_success(const Desk& desk, const PaymentBooks& books,
                                       const ChannelNotice& notice) {
    const RecordId id = payment_id::of_money_register(books, notice.channel, notice.serial);
    const auto entry = desk.view().register_entry(id);
    if (!entry) return std::nullopt;
    if (entry->type != static_cast<std::uint32_t>(PaymentRegister::money)) {
        throw CorruptionError("register entry " + to_string(id) +
                              ": has the id of a payment's money and is none; look at it with "
                              "ledgerctl");
    }
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
                     notice.success ? to_string(notice.amount) : "failure", against},
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

FeesOfOrder fees_of(const PaymentBooks& books, const PaymentFacts& facts) {
    FeesOfOrder fees;
    for (const PaymentMoney& received : facts.money) {
        if (received.use != MoneyUse::leg) continue;
        const auto fee = books.find_fee(received.channel, facts.leg(received.leg)->card_type,
                                        received.clearing_date, received.amount);
        if (!fee || fee->amount == Amount{}) continue;
        (fee->bearer == FeeBearer::merchant ? fees.of_merchant : fees.of_platform) += fee->amount;
        fees.owed[known_channel(books, received.channel).fees_payable] += fee->amount;
    }
    return fees;
}

/// Refusals that lie with the merchant's account, not with the money that has come.
constexpr std::initializer_list<Outcome> merchant_refusals = {
    Outcome::account_closed, Outcome::account_frozen, Outcome::above_maximum};

/// The order is paid: its legs' money becomes the merchant's, less the fees that it bears.
void add_paid(PaymentTurn& turn) {
    const PaymentRequest& request = *turn.facts().request;
    const PaymentBooks& books = turn.books();
    const FeesOfOrder fees = fees_of(books, turn.facts());
    Voucher paid =
        turn.voucher(payment_id::of(books, "payment.paid", {turn.key()}), "paid: " + request.order);
    for (const PaymentMoney& received : turn.facts().money) {
        if (received.use != MoneyUse::leg) continue;
        add_line(paid, Side::debit, books.transit, received.amount, {},
                 ItemId{payment_id::of_money(books, received.channel, received.serial).value});
        books.refundable.open(paid, payment_id::refundable(books, turn.key(), received.leg),
                              received.amount);
    }
    const Amount rest = request.payable - fees.of_merchant;
    if (rest > Amount{}) add_line(paid, Side::credit, request.merchant, rest);
    if (fees.of_platform > Amount{}) {
        add_line(paid, Side::debit, books.fee_expense, fees.of_platform);
    }
    for (const auto& [account, amount] : fees.owed) {
        add_line(paid, Side::credit, account, amount);
    }
    turn.add(PaymentRegister::paid, {{"merchant_fee", to_json(fees.of_merchant)}});
    turn.add(paid);
}

bool is_all_received(const PaymentFacts& facts) {
    return facts.is_open() && facts.received() == facts.request->payable;
}

/// What a notice adds to the group: its money, and where that goes.
MoneyUse add_money(PaymentTurn& turn, const ChannelNotice& notice) {
    const PaymentMoney received = money_of(notice, use_of(turn.facts(), notice));
    turn.add(PaymentRegister::money, {{"order", notice.order},
                                      {"channel", notice.channel},
                                      {"serial", notice.serial},
                                      {"leg", notice.leg},
                                      {"amount", to_json(notice.amount)},
                                      {"date", notice.clearing_date.days},
                                      {"use", static_cast<int>(received.use)}});
    turn.receive(received);
    if (received.use == MoneyUse::back) turn.refund_surplus(received);
    return received.use;
}

enum class Booking : std::uint8_t { done, merchant_refuses, serial_taken };

/// Books the money; with `pays`, the last leg's pays the order in the same group.
Booking book(PaymentTurn& turn, const ChannelNotice& notice, bool pays, NoticeOutcome& outcome) {
    const bool contradicts = turn.facts().failures.contains({notice.channel, notice.serial});
    const MoneyUse use = add_money(turn, notice);
    const bool completes = pays && use == MoneyUse::leg && is_all_received(turn.facts());
    if (completes) add_paid(turn);
    if (contradicts) contradict_notice(turn, notice, notice.amount, "said before that it failed");
    outcome = contradicts              ? NoticeOutcome::contradiction
              : completes              ? NoticeOutcome::paid
              : use == MoneyUse::leg   ? NoticeOutcome::booked
              : use == MoneyUse::waits ? NoticeOutcome::waits_for_reversal
                                       : NoticeOutcome::refunding;
    if (!completes)
        return turn.post({Outcome::id_conflict}) ? Booking::done : Booking::serial_taken;
    if (turn.post({Outcome::id_conflict, Outcome::account_closed, Outcome::account_frozen,
                   Outcome::above_maximum})) {
        return Booking::done;
    }
    return turn.refusal() == Outcome::id_conflict ? Booking::serial_taken
                                                  : Booking::merchant_refuses;
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
    turn.add(PaymentRegister::failure,
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

/// None: another order was told of the same serial in the meantime, and nothing was posted.
std::optional<NoticeOutcome> take_notice(Desk& desk, const PaymentBooks& books,
                                         const ChannelNotice& notice, bool pays) {
    PaymentTurn turn(desk, books, payment_id::order(books, notice.order));
    const auto earlier = earlier_success(desk, books, notice);
    if (!notice.success) return take_failure(turn, notice, earlier);
    if (earlier && is_same_claim(*earlier, notice)) return NoticeOutcome::repeated;
    const std::string against = contradiction_of(turn.facts(), notice, earlier);
    if (!against.empty()) {
        contradict_notice(turn, notice, notice.amount, against);
        turn.post();
        return earlier || turn.facts().request ? NoticeOutcome::contradiction
                                               : NoticeOutcome::order_unknown;
    }
    NoticeOutcome outcome = NoticeOutcome::booked;
    switch (book(turn, notice, pays, outcome)) {
        case Booking::done: return outcome;
        case Booking::serial_taken: return std::nullopt;
        case Booking::merchant_refuses: break;
    }
    return NoticeOutcome::merchant_refuses;
}

}  // namespace

NoticeOutcome Payments::notify(const ChannelNotice& notice) {
    check_notice(books_, notice);
    auto outcome = take_notice(desk_, books_, notice, true);
    // Another order was told of the serial at the same moment: it is booked there, and this one
    // finds it so.
    if (!outcome) outcome = take_notice(desk_, books_, notice, true);
    if (!outcome) {
        throw UsageError("serial " + notice.serial + " of " + notice.channel +
                         ": an id of its records is taken by another; look at order " +
                         notice.order + " with ledgerctl");
    }
    if (*outcome != NoticeOutcome::merchant_refuses) return *outcome;
    // The money has come all the same: it waits in transit until finish() finds the merchant's
    // account ready.
    (void)take_notice(desk_, books_, notice, false);
    return *outcome;
}

bool Payments::finish(std::string_view order) {
    check_key("order", order);
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    if (turn.facts().paid) return true;
    if (!is_all_received(turn.facts())) return false;
    add_paid(turn);
    return turn.post(merchant_refusals);
}

}  // namespace ledger::adapters
