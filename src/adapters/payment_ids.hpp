// The ids of what payments post. Invariant: an id follows from what it is about, its book and its
// currency, so whoever posts the same fact again meets the first, and no two books meet.
#pragma once

#include "adapters/payload.hpp"
#include "ledger/adapters/payment_books.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace ledger::adapters {

/// The types of the registers. Stored: append only.
enum class PaymentRegister : std::uint32_t {
    created = 0x5001,
    offered = 0x5002,
    money = 0x5003,
    failure = 0x5004,
    closed = 0x5005,
    reversal_asked = 0x5006,
    reversal_answered = 0x5007,
    refund_asked = 0x5008,
    refund_sent = 0x5009,
    refund_answered = 0x500a,
    contradiction = 0x500b,
    resolved = 0x500c,
    split = 0x500d,
    split_returned = 0x500e,
    paid = 0x500f,
};

/// The ids of an order's facts. Stored: never change a form.
namespace payment_id {
RecordId of(const PaymentBooks& books, std::string_view kind,
            std::initializer_list<std::string_view> parts);
OrderId order(const PaymentBooks& books, std::string_view order);
RecordId of_money(const PaymentBooks& books, std::string_view channel, std::string_view serial);
RecordId of_money_register(const PaymentBooks& books, std::string_view channel,
                           std::string_view serial);
ItemId refundable(const PaymentBooks& books, std::string_view order, std::uint32_t leg);
/// Of a payment by its serial, of a refund by its number, at the channel.
ItemId unsettled(const PaymentBooks& books, std::string_view channel, std::string_view serial);
/// Of a refund's part, whose own id is of its books.
RecordId of_attempt(std::string_view kind, RecordId part, std::uint32_t attempt);
}  // namespace payment_id

/// The id of a register with this payload. Throws CorruptionError as Payload does, and for a type
/// that is none of a payment.
RecordId payment_register_id(const PaymentBooks& books, PaymentRegister type,
                             const Payload& payload);
/// The voucher that stands in the same group as the register; none for those without.
std::optional<VoucherId> payment_voucher_id(const PaymentBooks& books, PaymentRegister type,
                                            const Payload& payload);

}  // namespace ledger::adapters
