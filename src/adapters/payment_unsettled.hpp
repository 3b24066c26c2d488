// What a channel has received or refunded and not settled, read from its open items and the orders
// behind them; and the forecast that follows. Invariant: nothing is posted here.
#pragma once

#include "adapters/payment_turn.hpp"
#include "ledger/adapters/payment_settlement.hpp"

#include <map>
#include <optional>
#include <string>

namespace ledger::adapters {

/// A payment or refund that is not settled.
struct UnsettledRow {
    bool refund = false;
    std::string serial;  ///< of a refund its number
    Amount amount;
    Date clearing_date = Date::none();  ///< of a payment
    std::optional<Fee> fee;             ///< none: the fee table has none
    bool waits = false;                 ///< for the answer to a reversal
};

/// By their items, which follow from channel and serial.
using UnsettledRows = std::map<ItemId, UnsettledRow>;

/// Throws InvalidArgument where the channel has none.
const SettlementTerms& terms_of(const PaymentChannel& channel);

UnsettledRows read_unsettled(const Desk& desk, const PaymentBooks& books,
                             const PaymentChannel& channel);

struct TrialQuestion {
    Date clearing_date = Date::none();
    Date today = Date::none();
};

SettlementTrial try_out(const Desk& desk, const PaymentBooks& books, const PaymentChannel& channel,
                        const UnsettledRows& open, const TrialQuestion& question,
                        const Calendar& calendar);

}  // namespace ledger::adapters
