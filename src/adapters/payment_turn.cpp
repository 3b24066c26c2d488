// See payment_turn.hpp.
#include "adapters/payment_turn.hpp"

#include "core/quoted.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

std::string refund_number(RecordId part, std::uint32_t attempt) {
    return to_string(payment_id::of_attempt("payment.refund_number", part, attempt));
}

PaymentTurn::PaymentTurn(Desk& desk, const PaymentBooks& books, OrderId order)
    : desk_(desk),
      books_(books),
      order_(order),
      turn_(desk.turn(order)),
      facts_(books, order, desk.facts_of(order)),
      was_final_(facts_.is_final()),
      was_created_(facts_.request.has_value()) {}

void PaymentTurn::add(PaymentRegister type, json fields) {
    if (!fields.contains("order")) fields["order"] = std::string(key());
    const RegisterEntry entry = register_of(static_cast<std::uint32_t>(type), std::move(fields));
    const RecordId id = payment_register_id(books_, type, Payload({}, entry));
    facts_.apply(id, entry, {});
    batch_.add(id, entry, order_);
}

void PaymentTurn::check_room() const {
    if (facts_.records < order_records_soft_max) return;
    throw UsageError("payment order " + to_string(order_) + ": has " +
                     std::to_string(facts_.records) +
                     " records, so nothing new is begun about it, and what is under way can still "
                     "be answered; look at it with ledgerctl");
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
    const std::string of = json(std::vector<std::string>(identity.begin(), identity.end())).dump();
    const RecordId id = payment_id::of(books_, "payment.contradiction", {claim.order, of});
    if (std::count(facts_.contradictions.begin(), facts_.contradictions.end(), id) != 0) return;
    check_room();
    Voucher opening = voucher(payment_id::of(books_, "payment.contradiction_item", {to_string(id)}),
                              "contradiction: " + claim.text);
    books_.contradictions.open(opening, ItemId{id.value}, claim.amount);
    add(PaymentRegister::contradiction, {{"claim", std::move(claim.text)},
                                         {"identity", of},
                                         {"amount", to_json(claim.amount)},
                                         {"channel", std::string(claim.channel)},
                                         {"order", std::string(claim.order)}});
    add(opening);
}

void PaymentTurn::ask_refund(const RefundAsked& asked, bool of_paid,
                             std::span<const PartSource> sources) {
    if (of_paid) return_split(asked.key, asked.amount);
    Voucher moving = voucher(payment_id::of(books_, "payment.refund_voucher", {key(), asked.key}),
                             "refund " + asked.key + " of " + std::string(key()));
    if (of_paid) add_line(moving, Side::debit, facts_.request->merchant, asked.amount);
    const PaymentChannel* payout = books_.payout();
    json parts = json::array();
    for (const PartSource& source : sources) {
        const RecordId part = payment_id::of(books_, "payment.refund",
                                             {key(), asked.key, source.source, source.serial});
        if (of_paid) {
            books_.refundable.clear(moving, payment_id::refundable(books_, key(), source.leg),
                                    source.amount);
        } else {
            add_line(moving, Side::debit, books_.transit, source.amount, {},
                     ItemId{payment_id::of_money(books_, source.source, source.serial).value});
        }
        add_line(moving, Side::credit, books_.refunds, source.amount, ItemId{part.value});
        parts.push_back(
            {{"part", to_string(part)},
             {"leg", source.leg},
             {"source", source.source},
             {"serial", source.serial},
             {"amount", to_json(source.amount)},
             {"channel", asked.route == RefundRoute::payout &&
                                 !is_promotion(known_channel(books_, source.source).kind)
                             ? payout->name
                             : source.source}});
    }
    add(PaymentRegister::refund_asked, {{"key", asked.key},
                                        {"amount", to_json(asked.amount)},
                                        {"route", static_cast<int>(asked.route)},
                                        {"of_paid", of_paid},
                                        {"parts", std::move(parts)}});
    add(moving);
}

void PaymentTurn::close_when_final() {
    if (was_final_ || !was_created_ || !facts_.is_final()) return;
    Voucher closing =
        voucher(payment_id::of(books_, "payment.final", {key()}), "final: " + std::string(key()));
    books_.open_orders.clear(closing, ItemId{payment_id::of(books_, "payment.open", {key()}).value},
                             facts_.request->payable);
    add(closing);
}

void PaymentTurn::receive(const PaymentMoney& money) {
    const VoucherId id = payment_id::of_money(books_, money.channel, money.serial);
    Voucher received = voucher(id, "received through " + money.channel);
    received.detail.value_date = money.clearing_date;
    received.detail.source_document = money.serial;
    const PaymentChannel& channel = known_channel(books_, money.channel);
    add_line(received, Side::debit, channel.funds, money.amount);
    add_line(received, Side::credit, books_.transit, money.amount, ItemId{id.value});
    if (channel.settlement) {
        channel.settlement->unsettled.open(
            received, payment_id::unsettled(books_, money.channel, money.serial), money.amount);
    }
    add(received);
}

void PaymentTurn::give_back(const PaymentMoney& money) {
    Voucher returned =
        voucher(payment_id::of(books_, "payment.returned", {money.channel, money.serial}),
                "taken back by " + money.channel);
    returned.detail.source_document = money.serial;
    add_line(returned, Side::debit, books_.transit, money.amount, {},
             ItemId{payment_id::of_money(books_, money.channel, money.serial).value});
    const PaymentChannel& channel = known_channel(books_, money.channel);
    add_line(returned, Side::credit, channel.funds, money.amount);
    if (channel.settlement) {
        channel.settlement->unsettled.clear(
            returned, payment_id::unsettled(books_, money.channel, money.serial), money.amount);
    }
    add(returned);
}

void PaymentTurn::refund_surplus(const PaymentMoney& money) {
    const PartSource source{money.leg, money.channel, money.serial, money.amount};
    ask_refund({"#surplus:" + to_string(payment_id::of_money(books_, money.channel, money.serial)),
                money.amount, RefundRoute::original},
               false, std::span(&source, 1));
}

bool PaymentTurn::post(std::initializer_list<Outcome> expected) {
    close_when_final();
    if (batch_.empty()) return true;
    const Decision decision = desk_.post(std::exchange(batch_, {}));
    was_final_ = facts_.is_final();
    if (decision) return true;
    const Result& refusal = decision.refusal();
    refusal_ = refusal.outcome;
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

void check_amount(std::string_view field, Amount amount) {
    if (amount > Amount{} && amount <= payment_amount_max) return;
    throw InvalidArgument(std::string(field) + " " + to_string(amount) + ": is not within 1.." +
                          to_string(payment_amount_max));
}

void check_creditor(const View& view, const PaymentBooks& books, std::string_view field,
                    AccountId account) {
    const auto info = view.account(account);
    const char* problem = nullptr;
    if (!info) {
        problem = "is no account; open it first";
    } else if (info->closed) {
        problem = "is closed; name another";
    } else if (info->book != books.book || info->currency != books.currency) {
        problem = "is of another book or currency; name one of these books";
    } else if (info->kind != AccountKind::liability || info->open_items) {
        problem = "is no liability without open items; name one that is";
    } else if (!info->limits.minimum || *info->limits.minimum < Amount{}) {
        problem = "may fall below zero; set its minimum";
    }
    if (problem == nullptr) return;
    throw InvalidArgument(std::string(field) + " " + to_string(account) + ": " + problem);
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
