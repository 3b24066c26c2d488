// The groups of records that the steps of an order are booked by. Invariant: every id follows from
// the order and the step, so the engine books a step once, whoever asks and however often.
#pragma once

#include "adapters/payout_state.hpp"

namespace ledger::adapters::payout {

/// The account at a bank of this name.
using AccountOfBank = std::function<AccountId(std::string_view bank)>;

class Booking {
public:
    Booking(const PayoutBooks& books, AccountOfBank account_of_bank)
        : books_(books), account_of_bank_(std::move(account_of_bank)) {}

    /// Register, hold and opened work of a new order.
    void create(Batch& batch, const PayoutRequest& request) const;
    /// The attempt with its number, and what counts it as the order's next move. Refused by the
    /// ledger where the bank is stopped or paused; the first of the two where another attempt took
    /// the number, the second where something else was decided about the order.
    void attempt(Batch& batch, const OrderState& order, const AttemptRecord& record) const;
    /// The same bytes again; the voucher moves nothing, but is refused by the ledger where the bank
    /// is stopped or paused.
    void resend(Batch& batch, const OrderState& order, const AttemptState& attempt,
                Instant at) const;
    void step(Batch& batch, const OrderState& order, const Step& step) const;
    void cancel(Batch& batch, const OrderState& order, CancelReason reason) const;
    /// Lists an attempt for the final files.
    void dispute(Batch& batch, const OrderState& order, const AttemptState& attempt) const;
    void route(Batch& batch, const OrderState& order, std::string_view bank) const;
    void recall(Batch& batch, const OrderState& order, const AttemptState& attempt,
                std::string_view reason) const;
    void recover(Batch& batch, const OrderState& order, const AttemptState& attempt,
                 const Recovery& recovery) const;

private:
    Voucher voucher(const OrderState& order, VoucherCode code, const AttemptState& attempt,
                    std::string_view what) const;
    void pay(Batch& batch, const OrderState& order, const AttemptState& attempt) const;
    void wrong(Batch& batch, const OrderState& order, const AttemptState& attempt) const;
    void give_back(Batch& batch, const OrderState& order, const AttemptState& attempt) const;
    void undo(Batch& batch, const OrderState& order, const AttemptState& attempt,
              CancelReason reason) const;
    void confirm(Batch& batch, const OrderState& order, const AttemptState& attempt) const;
    void add_recovered(Voucher& voucher, const AttemptState& attempt, Amount amount) const;

    const PayoutBooks& books_;
    AccountOfBank account_of_bank_;
};

/// What happened to a bank's queue, with the freeze that makes the ledger itself refuse attempts.
void add_control(Batch& batch, std::string_view bank, const ControlRecord& record);

/// The id of the order's next attempt, route or cancellation: the ledger accepts one, whoever
/// decides.
RecordId next_move(const OrderState& order);

/// The id of the voucher by which a recovery of this reference is booked.
RecordId recovery_id(OrderId order, std::string_view reference);

}  // namespace ledger::adapters::payout
