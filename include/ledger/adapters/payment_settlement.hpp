// Settlement (结算): what channels are expected to pay, and what they paid, held against each
// other. Invariant: what a channel has received and not settled is an open item until a file of the
// channel has it; a file's money is booked whole, and what of it nothing explains is an open item.
#pragma once

#include "ledger/adapters/payment_books.hpp"
#include "ledger/core/calendar.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::adapters {

/// What stands between a forecast and the channel's payment; in the order in which a trial names
/// them.
enum class SettlementCondition : std::uint8_t {
    nothing_received,     ///< of this day nothing is open
    day_not_over,         ///< T+1: payments of this day may still come
    not_due,              ///< the channel pays at `due`, which has not come
    fee_unknown,          ///< no row of the fee table holds for the payment named
    older_open,           ///< payments of days before are not settled; their sum
    reversal_unanswered,  ///< the channel may take back what it has received; the payment named
    refunds_in_flight,    ///< their outcome is not known; their sum
    contradictions_open,  ///< claims of this channel that nobody has decided; their sum
    funds_short,  ///< there is less at the channel in the books than it is to pay; by how much
};

std::string_view to_string(SettlementCondition condition) noexcept;

struct UnmetCondition {
    SettlementCondition condition = SettlementCondition::nothing_received;
    std::string what;  ///< a serial; may be empty
    Amount amount;
};

/// A forecast (试算): what the channel is to pay for a day, if every condition is met.
struct SettlementTrial {
    Amount received;  ///< payments of the day that are not settled
    Amount refunded;  ///< refunds that went out and are not settled, of any day
    Amount fees;      ///< for the payments, by the fee table
    Amount expected;  ///< received - refunded, less the fees where they are kept back
    Date due = Date::none();
    std::vector<UnmetCondition> unmet;
};

/// A row of a channel's file: a payment by its serial, or a refund by its number.
struct SettlementRow {
    bool refund = false;
    std::string serial;
    Amount amount;  ///< > 0
    Amount fee;     ///< >= 0
};

/// A channel's file of a day, and what arrived in the bank for it.
struct SettlementFile {
    std::string channel;
    Date clearing_date = Date::none();
    std::vector<SettlementRow> rows;  ///< at most rows_max, each serial once
    Amount paid;                      ///< less than zero: we paid
    static constexpr std::size_t rows_max = 10'000;
};

enum class SettlementDifference : std::uint8_t {
    missing_in_books = 1,  ///< the file has it, the books have nothing open: tell Payments::notify
    amount_differs = 2,    ///< of the same serial
    fee_differs = 3,       ///< from the fee table; booked as the file has it
    missing_in_file = 4,   ///< open in the books, of this day: it stays open
    total_differs = 5,     ///< what arrived is not what the rows add up to
};

std::string_view to_string(SettlementDifference difference) noexcept;

struct SettlementDiscrepancy {
    SettlementDifference difference = SettlementDifference::missing_in_books;
    std::string serial;  ///< empty for the total
    Amount in_books;
    Amount in_file;
};

enum class SettlementOutcome : std::uint8_t {
    repeated,     ///< this file was settled before
    conflict,     ///< another file of this channel and day was settled
    funds_short,  ///< it pays more than lies there in the books, or refunds in flight are held:
                  ///< nothing was posted; settle again when they are answered
    settled,      ///< booked; see the discrepancies
};

struct SettlementResult {
    SettlementOutcome outcome = SettlementOutcome::settled;
    std::size_t matched = 0;
    SettlementTrial trial;  ///< as it stood before
    std::vector<SettlementDiscrepancy> discrepancies;
};

/// Settlements of the channels of one PaymentBooks. Thread-safe as Payments is. Only channels that
/// have settlement terms are settled: of others InvalidArgument.
class Settlements {
public:
    /// Both must outlive it. Throws as PaymentBooks::check does.
    Settlements(Desk& desk, PaymentBooks books);

    /// Reads what is open of the channel. `today` and the calendar tell what is due.
    SettlementTrial trial(std::string_view channel, Date clearing_date, Date today,
                          const Calendar& calendar) const;
    /// Books what arrived: against the funds for what both have, against the differences for the
    /// rest. A channel and day are settled once.
    SettlementResult settle(const SettlementFile& file, Date today, const Calendar& calendar);

private:
    Desk& desk_;
    PaymentBooks books_;
};

}  // namespace ledger::adapters
