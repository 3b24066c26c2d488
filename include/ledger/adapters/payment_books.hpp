// The accounts behind payments (入金), the channels that money comes through, and what these
// charge. Invariant: a fee is exact in the ratio, rounded once by the rule that its table names,
// and never more than the amount that it is charged on.
#pragma once

#include "ledger/adapters/desk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::adapters {

/// What a payer pays with (支付方式). Stored: append only.
enum class LegKind : std::uint8_t {
    card = 1,
    wallet = 2,
    provident_fund = 3,
    coins = 4,  ///< the platform's own promotion, as a coupon: paid out of an expense
    coupon = 5,
    payout =
        6,  ///< no way in, but one out: money is paid back from the platform's own bank account
};

std::string_view to_string(LegKind kind) noexcept;
/// Whether it brings the platform's own promotion, which is never paid out as money.
bool is_promotion(LegKind kind) noexcept;

/// When a channel pays what it has received: the same day (D0), or the next business day (T+1).
enum class SettlementCycle : std::uint8_t { same_day = 1, next_day = 2 };

/// How a channel settles.
struct SettlementTerms {
    SettlementCycle cycle = SettlementCycle::next_day;
    bool keeps_fees = true;  ///< net: it pays less its fees; else gross, and fees are paid apart
    AccountId bank;          ///< where it pays: the host's own
    WorkQueue unsettled;     ///< of each payment and refund what is not settled
};

/// A channel (渠道) and its accounts.
struct PaymentChannel {
    std::string name;  ///< 1..64 printable ASCII characters, no space
    LegKind kind = LegKind::card;
    AccountId funds;         ///< what lies at the channel, never below zero (asset or expense)
    AccountId fees_payable;  ///< what is owed to the channel in fees (liability)
    std::optional<SettlementTerms> settlement = {};  ///< none: it is not settled by files
};

/// Who bears a channel's fee.
enum class FeeBearer : std::uint8_t { merchant = 1, platform = 2 };

/// What a channel charges from a date on: a row of the fee table. Of the rows of a channel and card
/// type the one with the latest `from` that is not after the date holds; a row without a card type
/// is for those that have no row of their own.
struct FeeRule {
    std::string channel;
    std::string card_type;  ///< "debit", "credit"; empty: any
    Date from = Date::none();
    Ratio rate;                 ///< of the amount, 0..1
    std::optional<Amount> cap;  ///< 封顶; none: no cap
    FeeBearer bearer = FeeBearer::merchant;
    Rounding rounding = Rounding::half_up;
};

struct Fee {
    Amount amount;
    FeeBearer bearer = FeeBearer::merchant;
};

/// The accounts of one book and currency, its channels and their fees.
struct PaymentBooks {
    BookId book;
    CurrencyCode currency;
    AccountId transit;         ///< liability, open items: received, and not any merchant's yet
    AccountId refunds;         ///< liability, open items: asked to be paid back, and not paid yet
    AccountId fee_expense;     ///< expense: fees that the platform bears
    AccountId differences;     ///< liability, open items: settled, and nothing explains it
    WorkQueue open_orders;     ///< orders that are not final
    WorkQueue refundable;      ///< of each paid leg what may still be refunded
    WorkQueue contradictions;  ///< what channels said and cannot be true together
    std::vector<PaymentChannel> channels;
    std::vector<FeeRule> fees;

    /// Adds these accounts to a batch of definitions, the channels' included. Codes are `code` and
    /// a suffix; merchants' accounts are the host's own (liability, minimum zero).
    void define(Batch& batch, std::string_view code) const;
    /// Throws InvalidArgument naming what is missing, double or out of range.
    void check() const;
    /// Nullptr where there is none of this name.
    const PaymentChannel* channel(std::string_view name) const noexcept;
    /// The channel of the kind payout; nullptr where there is none.
    const PaymentChannel* payout() const noexcept;
    /// What the channel charges for this amount on this date; none where no row holds.
    std::optional<Fee> find_fee(std::string_view channel, std::string_view card_type, Date date,
                                Amount amount) const;
};

}  // namespace ledger::adapters
