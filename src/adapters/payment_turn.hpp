// One decision about one payment order: its turn, what is known of it, and the group that is being
// put together. Invariant: what is posted is what was applied to the facts, and the order's open
// item is closed in the same group that makes it final.
#pragma once

#include "adapters/payment_facts.hpp"

#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace ledger::adapters {

/// The merchant's number of a refund, as the channel is told it: one for each attempt.
std::string refund_number(RecordId part, std::uint32_t attempt);

/// A claim that contradicts another, in words.
struct ContradictoryClaim {
    std::string_view order;
    std::string_view channel;
    Amount amount;
    std::string text;
};

/// What a refund's part is made of.
struct PartSource {
    std::uint32_t leg = 0;
    std::string source;  ///< the channel that the money came through
    std::string serial;
    Amount amount;
};

class PaymentTurn {
public:
    /// Well below Desk::order_records_max, so that answers and reversals find room.
    static constexpr std::size_t order_records_soft_max = 3000;

    PaymentTurn(Desk& desk, const PaymentBooks& books, OrderId order);

    const PaymentFacts& facts() const noexcept { return facts_; }
    const PaymentBooks& books() const noexcept { return books_; }
    std::string_view key() const noexcept { return facts_.request->order; }

    /// Adds to the group. A register is applied to the facts at once.
    void add(PaymentRegister type, json fields);
    /// Throws UsageError where the order has so many records that nothing new may be begun.
    void check_room() const;
    void add(const Voucher& voucher) { batch_.add(voucher); }
    void add(HoldId id, const PlaceHold& hold) { batch_.add(id, hold, order_); }
    void add(RecordId id, const ReleaseHold& release) { batch_.add(id, release, order_); }
    /// A voucher of this order, without lines yet.
    Voucher voucher(VoucherId id, std::string summary) const;
    /// A register and an open item that name a claim; the same claim again changes nothing.
    void contradict(std::initializer_list<std::string_view> identity, ContradictoryClaim claim);
    /// Asks for a refund of parts: its register, and a voucher that moves them from the merchant
    /// (of what was paid) or from transit to the refunds payable.
    void ask_refund(const RefundAsked& asked, bool of_paid, std::span<const PartSource> sources);
    /// The voucher that books what a channel has received, and the one that undoes it.
    void receive(const PaymentMoney& money);
    void give_back(const PaymentMoney& money);
    /// Asks for a refund of money that pays no leg.
    void refund_surplus(const PaymentMoney& money);
    /// What receivers of splits give back before so much is refunded of what was paid.
    void return_split(std::string_view refund, Amount refunded);
    /// Posts the group, if there is anything in it; false where the books refuse it for a reason
    /// that is one of `expected`, and then the turn is over. Throws UsageError for another.
    bool post(std::initializer_list<Outcome> expected = {});
    /// Why the last post answered false.
    Outcome refusal() const noexcept { return refusal_; }

private:
    void close_when_final();

    Desk& desk_;
    const PaymentBooks& books_;
    OrderId order_;
    std::unique_lock<std::mutex> turn_;
    PaymentFacts facts_;
    bool was_final_;
    bool was_created_;
    Batch batch_;
    Outcome refusal_ = Outcome::accepted;
};

/// So that no sum of an order leaves 128 bits.
inline constexpr Amount payment_amount_max{1'000'000'000'000'000'000};

/// Lines of a voucher.
void add_line(Voucher& voucher, Side side, AccountId account, Amount amount, ItemId opens = {},
              ItemId clears = {});
/// Throws InvalidArgument naming the field where the text is no key: 1..64 printable ASCII
/// characters without spaces.
void check_key(std::string_view field, std::string_view key);
/// Throws InvalidArgument naming the field where the amount is not 1..payment_amount_max.
void check_amount(std::string_view field, Amount amount);
/// Throws InvalidArgument where the account cannot take an order's money: unknown, closed, of
/// another book or currency, with open items, no liability, or one that may fall below zero.
void check_creditor(const View& view, const PaymentBooks& books, std::string_view field,
                    AccountId account);
const PaymentChannel& known_channel(const PaymentBooks& books, std::string_view name);

}  // namespace ledger::adapters
