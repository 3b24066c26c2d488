// Payments (入金): orders with one or several legs, what channels tell about them, and refunds.
// Invariant: a channel's serial is booked once; an order is paid only by money that equals the
// payable registered when it was created; whatever else arrives is booked and goes back; what
// contradicts stays an open item until a person has decided.
#pragma once

#include "ledger/adapters/payment_books.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::adapters {

/// One leg of an order (组合支付).
struct PlannedLeg {
    std::string channel;
    Amount amount;          ///< zero: the leg is not used, and nothing is posted for it
    std::string card_type;  ///< as in the fee table; may be empty
};

/// An order as the host creates it. Keys are 1..64 printable ASCII characters without spaces.
struct PaymentRequest {
    std::string order;
    AccountId merchant;            ///< the account that is credited when the order is paid
    Amount payable;                ///< > 0; the legs add up to it
    std::vector<PlannedLeg> legs;  ///< 1..legs_max; leg n is the n-th, from 1
    Instant expires_at;            ///< zero: never; may be closed for timeout from then on

    static constexpr std::size_t legs_max = 32;
};

/// What a channel says about money, in a notification, a query's answer or a file: the same claim
/// in whatever form. The host has checked that it is the channel who speaks.
struct ChannelNotice {
    std::string channel;
    std::string serial;  ///< the channel's own number of the transaction
    std::string order;
    std::uint32_t leg = 0;  ///< from 1
    bool success = false;
    Amount amount;                      ///< > 0 where it is a success
    Date clearing_date = Date::none();  ///< 清算日, by which the fee is found; of a success
};

enum class CreateOutcome : std::uint8_t {
    created,
    repeated,  ///< the same order was created before
    conflict,  ///< another order has this key: nothing was posted
};

/// What came of a notice; where several apply, the first of them.
enum class NoticeOutcome : std::uint8_t {
    repeated,            ///< the same claim was taken before
    contradiction,       ///< it cannot be true beside an earlier claim; an open item names it. A
                         ///< success after a failure is booked all the same
    order_unknown,       ///< no such order was created: an open item names the claim
    failure_recorded,    ///< the leg is still to be paid
    waits_for_reversal,  ///< booked; whether it goes back is the answer to the reversal asked for
    refunding,           ///< booked, and on its way back: late, doubled, or of another amount
    booked,              ///< it pays its leg; others are open
    merchant_refuses,  ///< booked, and all legs are paid; the merchant's account is closed, frozen
                       ///< or at its maximum: it waits in transit for finish(), or to be closed
    paid,              ///< it pays the last leg, and with it the order
};

enum class CloseReason : std::uint8_t { timeout = 1, voided = 2 };

/// What came of closing an order; where several apply, the first of them.
enum class CloseOutcome : std::uint8_t {
    order_unknown,
    repeated,         ///< it is closed already
    not_due,          ///< for timeout, before it expires
    already_paid,     ///< for timeout: it stands
    partly_refunded,  ///< void of a paid order of which something was refunded: refund the rest
    merchant_short,   ///< void of a paid order: as RefundOutcome::merchant_short
    refunding,        ///< void of a paid order: all of it is on its way back
    closed,           ///< legs that were paid are on their way back
};

enum class ReversalOutcome : std::uint8_t {
    order_unknown,
    repeated,       ///< asked before
    success_known,  ///< void the order instead; what pays no leg is refunded already
    order_final,    ///< too late to ask: a success that comes now is refunded
    asked,
};

enum class ReversalAnswer : std::uint8_t { reversed = 1, refused = 2, unknown = 3 };

enum class ReversalReplyOutcome : std::uint8_t {
    order_unknown,
    not_asked,
    repeated,
    contradiction,   ///< another answer than before; an open item names it
    still_unknown,   ///< nothing changes: ask again
    short_of_funds,  ///< it took back more than we have there: tell again after the top-up
    recorded,
};

/// Where a refund goes out.
enum class RefundRoute : std::uint8_t {
    original = 1,  ///< each part through the channel that it came from
    payout = 2,    ///< 代付退: from the platform's own account
};

/// What came of asking for a refund; where several apply, the first of them.
enum class RefundOutcome : std::uint8_t {
    order_unknown,
    repeated,
    conflict,  ///< another refund of the order has this key
    not_paid,
    exceeds_paid,    ///< with all refunds before, over all routes, more than was paid
    merchant_short,  ///< the merchant, or a receiver of its split, has not enough: ask again
    asked,
};

/// What one receiver gets of a split (分账): an amount, or a share of what the amounts leave.
struct SplitPart {
    AccountId receiver;      ///< a liability with the minimum zero, as the merchant's
    Amount amount;           ///< either this is more than zero,
    std::int64_t share = 0;  ///< or this: a weight
};

/// What came of a split; where several apply, the first of them.
enum class SplitOutcome : std::uint8_t {
    order_unknown,
    repeated,
    conflict,  ///< another split of the order has this key
    not_paid,
    exceeds_order,   ///< more than what is left to the merchant of this order
    merchant_short,  ///< the merchant's account has not enough: ask again
    split,
};

/// A part of a refund: what goes back through one channel. It waits, sent or not, as an open item.
struct RefundPart {
    RecordId id;  ///< also of its item on PaymentBooks::refunds
    std::string order;
    std::string channel;  ///< through which it goes out
    std::string serial;   ///< of the payment that it refunds, as its channel numbered it
    Amount amount;
    std::uint32_t attempts = 0;  ///< sent so often
    bool in_flight = false;      ///< sent, and its outcome is not known
    bool done = false;
    Instant since;        ///< when it was asked for
    std::string problem;  ///< in a list: why its order cannot be read; then only id and since hold
};

/// What to tell the channel, again with the same number if it is not known whether it heard it.
struct RefundInstruction {
    RecordId part;
    std::uint32_t attempt = 0;
    std::string channel;
    std::string serial;         ///< of the payment
    std::string refund_number;  ///< the merchant's number of the refund: one for each attempt
    Amount amount;
};

enum class SendOutcome : std::uint8_t {
    part_unknown,
    done,
    in_flight,       ///< the instruction is the recorded one: query it, or send the same again
    funds_blocked,   ///< the account of its money at the channel is frozen or closed
    short_of_funds,  ///< the channel has not enough of our money; goes on when it is topped up
    sent,            ///< recorded and its money reserved: now it may leave
};

struct SendResult {
    SendOutcome outcome = SendOutcome::part_unknown;
    RefundInstruction instruction;  ///< where sent or in_flight
};

enum class RefundStatus : std::uint8_t {
    success = 1,
    failure = 2,     ///< may be sent again, as a new attempt
    impossible = 3,  ///< not through this channel: a payout is the way that is left
    unknown = 4,
};

struct RefundReply {
    RecordId part;
    std::uint32_t attempt = 0;
    RefundStatus status = RefundStatus::unknown;
};

enum class RefundReplyOutcome : std::uint8_t {
    part_unknown,
    not_sent,       ///< no such attempt was recorded
    still_unknown,  ///< nothing changes
    repeated,
    contradiction,  ///< another answer than before; an open item names it
    booked,         ///< success: it is paid back
    requeued,       ///< failure, or impossible: send it again
};

enum class PaymentState : std::uint8_t { open = 1, paid = 2, closed = 3 };

/// An order as its records tell it.
struct PaymentOrder {
    PaymentRequest request;
    PaymentState state = PaymentState::open;
    Amount received;  ///< that pays legs
    Amount surplus;   ///< booked beside, and returned, on its way back, or waiting for a reversal
    Amount refunded;  ///< of what was paid: asked for, paid back or not
    Amount split;     ///< given to others and not returned
    bool is_final = false;  ///< paid or closed, and no reversal unanswered
    std::vector<RefundPart> refunds;
    std::vector<RecordId> contradictions;  ///< open or resolved
};

/// An order that is not final.
struct OpenPayment {
    std::string order;
    Instant since;
    Instant expires_at;
    /// Legs and channels whose reversal was asked for and not answered.
    struct Reversal {
        std::uint32_t leg = 0;
        std::string channel;
    };
    std::vector<Reversal> reversals;
    std::string problem;  ///< why it cannot be read; then only since holds
};

/// Claims that cannot be true together, not resolved yet.
struct OpenContradiction {
    RecordId id;  ///< also of its item
    std::string order;
    std::string claim;  ///< in words: who said what, against what
    Amount amount;
    Instant since;
    std::string problem;  ///< why it cannot be read; then only id, amount and since hold
};

/// Payments of one book and currency. Calls may come from any thread; those about one order take
/// turns. Every call validates before it posts (InvalidArgument names field, value and remedy),
/// posts one group, and can be repeated after whatever crash. All throw as Desk::post does.
class Payments {
public:
    /// Both must outlive it. Throws InvalidArgument as PaymentBooks::check does.
    Payments(Desk& desk, PaymentBooks books);

    // ---- orders
    CreateOutcome create(const PaymentRequest& request);
    /// Another channel through which a leg may be paid; the first success pays it. False: no such
    /// order, or it is paid or closed,
    /// or what the channel did for the leg was reversed.
    bool offer(std::string_view order, std::uint32_t leg, std::string_view channel);
    NoticeOutcome notify(const ChannelNotice& notice);
    /// Pays an order whose legs are all paid and whose merchant's account refused it; true where it
    /// is paid, now or before.
    bool finish(std::string_view order);
    CloseOutcome close(std::string_view order, CloseReason reason, Instant now);
    /// Timeout reversal (冲正): the channel is to undo whatever it did for the leg.
    ReversalOutcome reverse(std::string_view order, std::uint32_t leg, std::string_view channel);
    ReversalReplyOutcome reversal_answered(std::string_view order, std::uint32_t leg,
                                           std::string_view channel, ReversalAnswer answer);

    /// Gives parts of what the merchant got for an order to others. What the parts with amounts
    /// leave of the whole goes to those with shares, by allocate (largest remainder); without
    /// shares the amounts add up to the whole. 1..split_parts_max parts, each receiver once. A
    /// refund takes back first: beyond what is left to the merchant of the order, receivers return
    /// in proportion to what they still have, in the same group.
    SplitOutcome split(std::string_view order, std::string_view key, Amount whole,
                       const std::vector<SplitPart>& parts);
    static constexpr std::size_t split_parts_max = 64;

    // ---- refunds
    RefundOutcome refund(std::string_view order, std::string_view key, Amount amount,
                         RefundRoute route = RefundRoute::original);
    SendResult send_refund(RecordId part);
    RefundReplyOutcome refund_answered(const RefundReply& reply);

    // ---- contradictions
    /// A person has looked at it. False: no such one, or resolved before.
    bool resolve(RecordId contradiction, std::string_view by, std::string_view decision);

    // ---- what there is to do, oldest first; a page may have no items and a cursor: go on until
    // that is empty
    std::optional<PaymentOrder> order(std::string_view order) const;
    Page<OpenPayment> open_orders(const PageRequest& page = {}) const;
    Page<RefundPart> open_refunds(const PageRequest& page = {}) const;
    Page<OpenContradiction> open_contradictions(const PageRequest& page = {}) const;

    const PaymentBooks& books() const noexcept { return books_; }

private:
    Desk& desk_;
    PaymentBooks books_;
};

}  // namespace ledger::adapters
