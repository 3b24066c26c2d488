// The independent check of payouts (旁路监控): before anything leaves, the very bytes that would be
// sent are read and compared with what the books say was ordered. Invariant: it shares no code and
// no state with what made the bytes; it reads the order's records and the bank's totals itself.
#pragma once

#include "ledger/adapters/payout_bank.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::adapters {

/// How the guard sees one bank.
struct GuardedBank {
    std::string name;
    AccountId account;  ///< that is paid from
    /// Reads the bytes of an instruction; throws any std::exception where they are none.
    std::function<PayoutMessage(std::string_view bytes)> read;
    Amount daily_total_max;  ///< of what the bank is sent in one day of its own
    std::int32_t utc_offset_seconds = 0;
};

/// What is about to leave.
struct Departure {
    OrderId order;
    std::string bank;
    std::string_view bytes;
    bool again = false;  ///< recorded before, and counted among the bank's total already
    Instant now;
};

/// Stateless but for its configuration; any thread. It only reads.
class PayoutGuard {
public:
    /// Throws InvalidArgument for a bank without reader or named twice.
    explicit PayoutGuard(std::vector<GuardedBank> banks);

    /// What is wrong with it, for the operators; none: it may leave. Compares payee, payee's bank,
    /// amount and currency with the order's record; the money that left any guarded account for the
    /// order and is not back, with this, with the order's amount; finds attempts that are under way
    /// for it; and compares the bank's total of the day, with this, with what the guard was told.
    std::optional<std::string> objection(const View& view, const Departure& departure) const;

private:
    const GuardedBank* find(std::string_view bank) const noexcept;
    std::vector<GuardedBank> banks_;
};

}  // namespace ledger::adapters
