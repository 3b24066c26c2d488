// A payment channel that behaves as badly as channels do: it loses, delays, doubles and reorders
// what it tells, contradicts itself, answers late or not at all. Invariant: the same seed and the
// same calls give the same channel; its own records are the truth that the books are held against.
#pragma once

#include "ledger/adapters/payment.hpp"
#include "ledger/core/random.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger::simulator {

/// How often things go wrong, in percent.
struct ChannelFaults {
    unsigned lost = 20;           ///< a notice is never delivered
    unsigned doubled = 20;        ///< it is delivered again
    unsigned contradictory = 5;   ///< another claim about the same serial is delivered as well
    unsigned declined = 10;       ///< a payment fails
    unsigned unanswered = 20;     ///< a query, refund or reversal has no answer
    unsigned refund_fails = 15;   ///< a refund fails, half of them for good
    unsigned refund_denied = 5;   ///< it succeeds, and is first said to have failed
    unsigned reversal_late = 30;  ///< a reversal comes too late
};

/// A payment as the channel has it.
struct ChannelPayment {
    std::string order;
    std::uint32_t leg = 0;
    Amount amount;
    Date clearing_date = Date::none();
    bool success = false;
    bool reversed = false;
};

/// A refund as the channel has it.
struct ChannelRefund {
    RecordId part;
    std::uint32_t attempt = 0;
    Amount amount;
    adapters::RefundStatus status = adapters::RefundStatus::unknown;
};

/// One channel. Not thread-safe.
class PaymentChannelSimulator {
public:
    PaymentChannelSimulator(std::string name, std::uint64_t seed, ChannelFaults faults = {});

    /// No faults from now on: what is asked is answered, and truly.
    void calm();
    /// For so many questions nothing is answered.
    void fail_for(unsigned questions) { outage_ += questions; }

    /// A payer pays a leg, or tries to.
    void pay(const std::string& order, std::uint32_t leg, Amount amount, Date date);

    /// The next notice on its way, in whatever order.
    std::optional<adapters::ChannelNotice> next_notice();
    std::optional<adapters::RefundReply> next_refund_reply();

    /// All payments of a leg; none: no answer.
    std::optional<std::vector<adapters::ChannelNotice>> query(const std::string& order,
                                                              std::uint32_t leg);
    /// The channel's file of a day: every payment that brought money, whatever was told of it.
    std::vector<adapters::ChannelNotice> file(Date date) const;
    adapters::ReversalAnswer reverse(const std::string& order, std::uint32_t leg);
    /// Idempotent by the refund's number, for ever.
    adapters::RefundStatus refund(const adapters::RefundInstruction& instruction);

    /// The truth, by serial and by refund number.
    const std::map<std::string, ChannelPayment>& payments() const noexcept { return payments_; }
    const std::map<std::string, ChannelRefund>& refunds() const noexcept { return refunds_; }
    /// What lies at the channel if nothing but payments, reversals and refunds moved it.
    Amount balance() const;

private:
    bool happens(unsigned percent) { return random_.next() % 100 < percent; }
    bool is_silent();
    adapters::ChannelNotice notice_of(const std::string& serial) const;
    void tell(const std::string& serial);

    std::string name_;
    SeededRandom random_;
    ChannelFaults faults_;
    unsigned outage_ = 0;
    std::map<std::string, ChannelPayment> payments_;
    std::map<std::string, ChannelRefund> refunds_;
    std::set<std::pair<std::string, std::uint32_t>> reversed_;
    std::set<std::pair<std::string, std::uint32_t>> not_reversible_;
    std::vector<adapters::ChannelNotice> notices_;
    std::vector<adapters::RefundReply> replies_;
};

}  // namespace ledger::simulator
