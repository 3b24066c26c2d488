// See payment_turn.hpp.
#include "adapters/payment_turn.hpp"

#include "core/quoted.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace payment_id {

RecordId of_order(std::string_view kind, std::string_view order) { return fact_id(kind, {order}); }

RecordId of_money(std::string_view channel, std::string_view serial) {
    return fact_id("payment.money", {channel, serial});
}

RecordId of_money_register(std::string_view channel, std::string_view serial) {
    return fact_id("payment.money_register", {channel, serial});
}

ItemId refundable(std::string_view order, std::uint32_t leg) {
    return ItemId{fact_id("payment.refundable", {order, std::to_string(leg)}).value};
}

RecordId of_part(std::string_view order, std::string_view key, std::string_view channel,
                 std::string_view serial) {
    return fact_id("payment.refund", {order, key, channel, serial});
}

ItemId unsettled(std::string_view channel, std::string_view serial) {
    return ItemId{fact_id("payment.unsettled", {channel, serial}).value};
}

RecordId of_attempt(std::string_view kind, RecordId part, std::uint32_t attempt) {
    return fact_id(kind, {to_string(part), std::to_string(attempt)});
}

}  // namespace payment_id

std::string refund_number(RecordId part, std::uint32_t attempt) {
    return to_string(payment_id::of_attempt("payment.refund_number", part, attempt));
}

PaymentTurn::PaymentTurn(Desk& desk, const PaymentBooks& books, OrderId order)
    : desk_(desk),
      books_(books),
      order_(order),
      turn_(desk.turn(order)),
      facts_(desk.facts_of(order)),
      was_final_(facts_.is_final()),
      was_created_(facts_.request.has_value()) {}

void PaymentTurn::add(RecordId id, PaymentRegister type, json fields) {
    const RegisterEntry entry = register_of(static_cast<std::uint32_t>(type), std::move(fields));
    facts_.apply(id, entry, {});
    batch_.add(id, entry, order_);
}

Voucher PaymentTurn::voucher(VoucherId id, std::string summary) const {
    Voucher voucher;
    voucher.id = id;
    voucher.order = order_;
    voucher.book = books_.book;
    voucher.detail.summary = std::move(summary);
    return voucher;
}

void PaymentTurn::contradict(std::initializer_list<std::string_view> identity,
                             ContradictoryClaim claim) {
    const RecordId id = fact_id("payment.contradiction", identity);
    if (std::count(facts_.contradictions.begin(), facts_.contradictions.end(), id) != 0) return;
    Voucher opening = voucher(fact_id("payment.contradiction_item", {to_string(id)}),
                              "contradiction: " + claim.text);
    books_.contradictions.open(opening, ItemId{id.value}, claim.amount);
    add(id, PaymentRegister::contradiction,
        {{"claim", std::move(claim.text)},
         {"amount", to_json(claim.amount)},
         {"channel", std::string(claim.channel)},
         {"order", std::string(claim.order)}});
    add(opening);
}

void PaymentTurn::ask_refund(const RefundAsked& asked, bool of_paid,
                             std::span<const PartSource> sources) {
    if (of_paid) return_split(asked.key, asked.amount);
    const RecordId id = fact_id("payment.refund_asked", {key(), asked.key});
    Voucher moving = voucher(fact_id("payment.refund_voucher", {key(), asked.key}),
                             "refund " + asked.key + " of " + std::string(key()));
    if (of_paid) add_line(moving, Side::debit, facts_.request->merchant, asked.amount);
    const PaymentChannel* payout = books_.payout();
    json parts = json::array();
    for (const PartSource& source : sources) {
        const RecordId part = payment_id::of_part(key(), asked.key, source.source, source.serial);
        if (of_paid) {
            books_.refundable.clear(moving, payment_id::refundable(key(), source.leg),
                                    source.amount);
        } else {
            add_line(moving, Side::debit, books_.transit, source.amount, {},
                     ItemId{payment_id::of_money(source.source, source.serial).value});
        }
        add_line(moving, Side::credit, books_.refunds, source.amount, ItemId{part.value});
        parts.push_back(
            {{"part", to_string(part)},
             {"leg", source.leg},
             {"source", source.source},
             {"serial", source.serial},
             {"amount", to_json(source.amount)},
             {"channel", asked.route == RefundRoute::payout ? payout->name : source.source}});
    }
    add(id, PaymentRegister::refund_asked,
        {{"key", asked.key},
         {"amount", to_json(asked.amount)},
         {"route", static_cast<int>(asked.route)},
         {"of_paid", of_paid},
         {"parts", std::move(parts)}});
    add(moving);
}

void PaymentTurn::close_when_final() {
    if (was_final_ || !was_created_ || !facts_.is_final()) return;
    Voucher closing =
        voucher(payment_id::of_order("payment.final", key()), "final: " + std::string(key()));
    books_.open_orders.clear(closing, ItemId{payment_id::of_order("payment.open", key()).value},
                             facts_.request->payable);
    add(closing);
}

void PaymentTurn::receive(const PaymentMoney& money) {
    const VoucherId id = payment_id::of_money(money.channel, money.serial);
    Voucher received = voucher(id, "received through " + money.channel);
    received.detail.value_date = money.clearing_date;
    received.detail.source_document = money.serial;
    const PaymentChannel& channel = *books_.channel(money.channel);
    add_line(received, Side::debit, channel.funds, money.amount);
    add_line(received, Side::credit, books_.transit, money.amount, ItemId{id.value});
    if (channel.settlement) {
        channel.settlement->unsettled.open(
            received, payment_id::unsettled(money.channel, money.serial), money.amount);
    }
    add(received);
}

void PaymentTurn::give_back(const PaymentMoney& money) {
    Voucher returned = voucher(fact_id("payment.returned", {money.channel, money.serial}),
                               "taken back by " + money.channel);
    returned.detail.source_document = money.serial;
    add_line(returned, Side::debit, books_.transit, money.amount, {},
             ItemId{payment_id::of_money(money.channel, money.serial).value});
    const PaymentChannel& channel = *books_.channel(money.channel);
    add_line(returned, Side::credit, channel.funds, money.amount);
    if (channel.settlement) {
        channel.settlement->unsettled.clear(
            returned, payment_id::unsettled(money.channel, money.serial), money.amount);
    }
    add(returned);
}

void PaymentTurn::refund_surplus(const PaymentMoney& money) {
    const PartSource source{money.leg, money.channel, money.serial, money.amount};
    ask_refund(
        {"#surplus:" + money.channel + ":" + money.serial, money.amount, RefundRoute::original},
        false, std::span(&source, 1));
}

bool PaymentTurn::post(std::initializer_list<Outcome> expected) {
    close_when_final();
    if (batch_.empty()) return true;
    const Decision decision = desk_.post(std::exchange(batch_, {}));
    was_final_ = facts_.is_final();
    if (decision) return true;
    const Result& refusal = decision.refusal();
    if (std::count(expected.begin(), expected.end(), refusal.outcome) != 0) return false;
    throw UsageError("payment order " + to_string(order_) +
                     ": the books refuse it: " + std::string(to_string(refusal.outcome)) + ": " +
                     std::string(explain(refusal.outcome)));
}

void add_line(Voucher& voucher, Side side, AccountId account, Amount amount, ItemId opens,
              ItemId clears) {
    VoucherLine line;
    line.account = account;
    line.side = side;
    line.amount = amount;
    line.opens = opens;
    line.clears = clears;
    voucher.lines.push_back(std::move(line));
}

void check_key(std::string_view field, std::string_view key) {
    const auto is_printable = [](char c) { return c > ' ' && c < '\x7f'; };
    if (!key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), is_printable)) {
        return;
    }
    throw InvalidArgument(std::string(field) + " " + detail::quoted(key) +
                          ": is 1..64 printable ASCII characters without spaces");
}

const PaymentChannel& known_channel(const PaymentBooks& books, std::string_view name) {
    const PaymentChannel* channel = books.channel(name);
    if (channel == nullptr) {
        throw InvalidArgument("channel " + detail::quoted(name) +
                              ": is none of these books; add it to PaymentBooks::channels");
    }
    return *channel;
}

}  // namespace ledger::adapters
