// What the records of a payment order say. Invariant: everything that is known of an order follows
// from its registers, applied in order; a register about to be posted is applied by the same
// function, so what was decided and what will be read back are one.
#pragma once

#include "adapters/payment_ids.hpp"
#include "ledger/adapters/payment.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger::adapters {

/// What received money is for. Stored: append only.
enum class MoneyUse : std::uint8_t {
    leg = 1,       ///< it pays its leg
    back = 2,      ///< it goes back as a refund
    waits = 3,     ///< a reversal was asked for and not answered
    returned = 4,  ///< the channel took it back; never stored
};

struct PaymentMoney {
    std::string channel;
    std::string serial;
    std::uint32_t leg = 0;
    Amount amount;
    Date clearing_date = Date::none();
    MoneyUse use = MoneyUse::leg;
};

struct RefundAttempt {
    std::string channel;
    std::optional<RefundStatus> answer;
    bool claimed = false;  ///< success, but answered otherwise before
};

struct PaymentPart {
    RefundPart part;
    std::uint32_t leg = 0;
    bool of_paid = false;  ///< of what was paid; else of money that never became the merchant's
    std::vector<RefundAttempt> attempts;

    bool is_claimed() const noexcept;
};

struct RefundAsked {
    std::string key;
    Amount amount;
    RefundRoute route = RefundRoute::original;
};

struct PaymentSplit {
    std::string key;
    Amount whole;
    std::string content;  ///< of the call, to tell a repetition
};

/// A leg and a channel that it may be paid through.
using LegChannel = std::pair<std::uint32_t, std::string>;

class PaymentFacts {
public:
    /// Of the order's records. A register counts only under the id that follows from its payload,
    /// under the order that it names, beside the voucher that goes with it: throws CorruptionError
    /// that names any other.
    PaymentFacts(const PaymentBooks& books, OrderId order, const std::vector<Fact>& facts);

    void apply(RecordId id, const RegisterEntry& entry, Instant at);

    std::size_t records = 0;  ///< of the order, of all kinds
    std::optional<PaymentRequest> request;
    bool paid = false;
    std::optional<CloseReason> closed;
    std::set<LegChannel> offered;
    std::map<LegChannel, std::optional<ReversalAnswer>> reversals;  ///< asked for, and the answer
    std::vector<PaymentMoney> money;
    std::set<std::pair<std::string, std::string>> failures;  ///< channels and serials
    std::vector<RefundAsked> refunds;
    std::vector<PaymentPart> parts;
    std::vector<PaymentSplit> splits;
    std::map<AccountId, Amount> receivers;  ///< what each of a split has and has not returned
    Amount merchant_fee;
    std::vector<RecordId> contradictions;
    std::set<RecordId> resolved;

    bool is_open() const noexcept { return request && !paid && !closed; }
    bool is_final() const noexcept;
    const PlannedLeg* leg(std::uint32_t number) const noexcept;
    bool is_leg_paid(std::uint32_t number) const noexcept;
    Amount received() const;  ///< by legs that are paid
    Amount refunded(std::uint32_t leg) const;
    Amount refundable() const;  ///< of all legs together
    Amount split_out() const;
    /// What the order has left to its merchant: paid, less fees, refunds and what others got.
    Amount left_to_merchant() const;
    const PaymentPart* part(RecordId id) const noexcept;
    PaymentOrder order() const;

private:
    void apply_created(const Payload& payload);
    void apply_reversal(const Payload& payload);
    void apply_refund(const Payload& payload, Instant at);
    void apply_answer(const Payload& payload);
    void apply_split(const Payload& payload, bool returned);
    PaymentPart& known_part(const Payload& payload);
};

}  // namespace ledger::adapters
