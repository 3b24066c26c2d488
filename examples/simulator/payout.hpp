// A bank that pays out, with the faults of real ones, in virtual time and from a seed: instructions
// and answers are lost, late, doubled, out of order and contradictory; "not found" becomes a
// success; successes come back days later; it runs out of balance, is out of order for hours, and
// files come incomplete first. Invariant: its own record says what it really did, and its final
// files say the same.
#pragma once

#include "ledger/adapters/payout.hpp"

#include "ledger/core/random.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::simulator {

/// The instruction as these banks want it: six fields, divided by '|'.
std::string write_instruction(const adapters::PayoutMessage& message);
/// Throws std::invalid_argument where the bytes are none.
adapters::PayoutMessage read_instruction(std::string_view bytes);

/// How many of a thousand.
struct PayoutFaults {
    unsigned lost_instruction = 0;
    unsigned late_instruction = 0;  ///< by up to late_max
    unsigned lost_answer = 0;
    unsigned late_answer = 0;
    unsigned doubled_answer = 0;
    unsigned broken_answer = 0;    ///< timeout, or without the amount
    unsigned false_answer = 0;     ///< says the contrary, before or after the truth
    unsigned false_not_found = 0;  ///< of queries, in the first hours
    unsigned failing = 0;          ///< the payee's account is closed
    unsigned returning = 0;        ///< of successes, one to three days later
    unsigned partial_file = 0;
    std::chrono::nanoseconds late_max = std::chrono::hours{12};
};

/// What the bank did about a serial.
struct PayoutTruth {
    unsigned executions = 0;
    bool failed = false;
    bool returned = false;
    Amount amount;
    adapters::Payee payee;
    Date day = Date::none();
    Date return_day = Date::none();
};

class PayoutBankSimulator {
public:
    PayoutBankSimulator(adapters::Idempotency idempotency, PayoutFaults faults, std::uint64_t seed)
        : idempotency_(idempotency), faults_(faults), random_(seed) {}

    /// An instruction on its way to the bank.
    void send(std::string_view bytes, Instant now);
    /// Time passes: what was under way arrives. Gives what the bank says by itself up to now.
    std::vector<adapters::BankAnswer> run(Instant now);
    adapters::BankAnswer query(const std::string& serial, Instant now);
    /// The files of a day that has ended: the last one is final and whole.
    std::vector<adapters::PayoutFile> files(Date day);

    /// The account is out of order until then: everything is refused.
    void disable_until(Instant instant) { disabled_until_ = instant; }
    bool is_disabled(Instant now) const { return now < disabled_until_; }
    /// What the account can still pay; refused beyond it.
    void set_balance(Amount balance) { balance_ = balance; }

    const std::map<std::string, PayoutTruth>& record() const { return record_; }

private:
    struct Travelling {
        std::string bytes;
        adapters::BankAnswer answer;
        bool is_answer = false;
        bool is_return = false;
    };
    bool happens(unsigned of_thousand) { return random_.next() % 1000 < of_thousand; }
    std::chrono::nanoseconds delay(bool late);
    void travel(Instant arrival, Travelling what) {
        travelling_.emplace(arrival.nanoseconds, std::move(what));
    }
    void arrive(const std::string& bytes, Instant at);
    void come_back(const std::string& serial, Instant at);
    void say(const adapters::BankAnswer& answer, Instant at);
    adapters::BankAnswer truth_of(const std::string& serial) const;

    adapters::Idempotency idempotency_;
    PayoutFaults faults_;
    SeededRandom random_;
    Instant disabled_until_;
    std::optional<Amount> balance_;
    std::multimap<std::int64_t, Travelling> travelling_;
    std::map<std::string, PayoutTruth> record_;
};

}  // namespace ledger::simulator
