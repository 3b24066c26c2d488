// See payment_ids.hpp.
#include "adapters/payment_ids.hpp"

namespace ledger::adapters {

namespace payment_id {

namespace {

/// Two books of one ledger, or two currencies of one book, may know the same orders and channels.
std::string scoped(const PaymentBooks& books, std::string_view kind) {
    return std::string(kind) + "@" + std::to_string(books.book.number) + "/" +
           std::string(books.currency.text());
}

}  // namespace

RecordId of(const PaymentBooks& books, std::string_view kind,
            std::initializer_list<std::string_view> parts) {
    return fact_id(scoped(books, kind), parts);
}

OrderId order(const PaymentBooks& books, std::string_view order) {
    return order_id(scoped(books, "payment"), order);
}

RecordId of_money(const PaymentBooks& books, std::string_view channel, std::string_view serial) {
    return of(books, "payment.money", {channel, serial});
}

RecordId of_money_register(const PaymentBooks& books, std::string_view channel,
                           std::string_view serial) {
    return of(books, "payment.money_register", {channel, serial});
}

ItemId refundable(const PaymentBooks& books, std::string_view order, std::uint32_t leg) {
    return ItemId{of(books, "payment.refundable", {order, std::to_string(leg)}).value};
}

ItemId unsettled(const PaymentBooks& books, std::string_view channel, std::string_view serial) {
    return ItemId{of(books, "payment.unsettled", {channel, serial}).value};
}

RecordId of_attempt(std::string_view kind, RecordId part, std::uint32_t attempt) {
    return fact_id(kind, {to_string(part), std::to_string(attempt)});
}

}  // namespace payment_id

namespace {

/// Which of an attempt's answers it is.
const char* answer_kind(const Payload& payload) {
    if (payload.flag("claim")) return "payment.refund_claim";
    return payload.flag("of_claim") ? "payment.refund_claim_booked" : "payment.refund_answer";
}

RecordId attempt_id(const char* kind, const Payload& payload) {
    return payment_id::of_attempt(kind, RecordId{id_from_hex(payload.text("part"))},
                                  static_cast<std::uint32_t>(payload.number("attempt")));
}

}  // namespace

RecordId payment_register_id(const PaymentBooks& books, PaymentRegister type,
                             const Payload& payload) {
    using payment_id::of;
    const std::string order = payload.text("order");
    const auto text = [&](const char* key) { return payload.text(key); };
    const auto of_leg = [&](const char* kind) {
        return of(books, kind, {order, std::to_string(payload.number("leg")), text("channel")});
    };
    switch (type) {
        case PaymentRegister::created: return of(books, "payment.created", {order});
        case PaymentRegister::offered: return of_leg("payment.offered");
        case PaymentRegister::money:
            return payment_id::of_money_register(books, text("channel"), text("serial"));
        case PaymentRegister::failure:
            return of(books, "payment.failure", {order, text("channel"), text("serial")});
        case PaymentRegister::closed: return of(books, "payment.closed", {order});
        case PaymentRegister::reversal_asked: return of_leg("payment.reversal");
        case PaymentRegister::reversal_answered: return of_leg("payment.reversal_answer");
        case PaymentRegister::refund_asked:
            return of(books, "payment.refund_asked", {order, text("key")});
        case PaymentRegister::refund_sent: return attempt_id("payment.refund_sent", payload);
        case PaymentRegister::refund_answered: return attempt_id(answer_kind(payload), payload);
        case PaymentRegister::contradiction:
            return of(books, "payment.contradiction", {order, text("identity")});
        case PaymentRegister::resolved:
            return of(books, "payment.resolved", {text("contradiction")});
        case PaymentRegister::split: return of(books, "payment.split", {order, text("key")});
        case PaymentRegister::split_returned:
            return of(books, "payment.split_returned", {order, text("refund")});
        case PaymentRegister::paid: return of(books, "payment.paid_register", {order});
    }
    throw CorruptionError("a register of order " + order + ": its type " +
                          std::to_string(static_cast<std::uint32_t>(type)) +
                          " is none of a payment; look at it with ledgerctl");
}

std::optional<VoucherId> payment_voucher_id(const PaymentBooks& books, PaymentRegister type,
                                            const Payload& payload) {
    using payment_id::of;
    const std::string order = payload.text("order");
    switch (type) {
        case PaymentRegister::created: return of(books, "payment.opening", {order});
        case PaymentRegister::money:
            return payment_id::of_money(books, payload.text("channel"), payload.text("serial"));
        case PaymentRegister::paid: return of(books, "payment.paid", {order});
        case PaymentRegister::refund_asked:
            return of(books, "payment.refund_voucher", {order, payload.text("key")});
        case PaymentRegister::refund_answered:
            if (payload.number("status") != 1 || payload.flag("claim")) return std::nullopt;
            return of(books, "payment.refund_paid", {payload.text("part")});
        case PaymentRegister::split:
            return of(books, "payment.split_voucher", {order, payload.text("key")});
        case PaymentRegister::split_returned:
            return of(books, "payment.split_return", {order, payload.text("refund")});
        default: return std::nullopt;
    }
}

}  // namespace ledger::adapters
