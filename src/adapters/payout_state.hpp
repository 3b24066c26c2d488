// What the records of an order add up to, and what follows from them. Invariant: both are pure: the
// same facts give the same state, and the same state the same next step, before and after a
// restart.
#pragma once

#include "adapters/payout_records.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ledger::adapters::payout {

/// The last word of a bank's final files on an attempt.
enum class Verdict : std::uint8_t { none, executed, not_executed };

/// How an attempt's money stands in the books.
enum class Booked : std::uint8_t {
    none,
    paid,   ///< from the payer's hold
    wrong,  ///< to be recovered: it left although nothing was held for it any more
};

struct AttemptState {
    AttemptRecord record;
    Instant last_sent;
    Instant last_word;  ///< when it was last sent, or something definite was said
    unsigned resends = 0;
    bool not_found = false;  ///< since it was last sent
    bool succeeded = false;
    bool failed = false;
    bool refused = false;
    bool returned = false;
    bool denied_first = false;     ///< failed or refused before anything said that it succeeded
    Verdict file = Verdict::none;  ///< of the latest day and version whose lines name it
    Date file_day = Date::none();
    std::uint32_t file_version = 0;
    Booked booked = Booked::none;
    bool given_back = false;  ///< its return is booked
    bool undone = false;      ///< booked as paid, and that was not true
    bool unconfirmed = false;
    unsigned listings = 0;  ///< so often it was listed as unconfirmed
    bool recalled = false;
    Amount recall_outstanding;
    std::vector<RecordId> reports;

    bool is_answered() const noexcept { return succeeded || failed || refused || returned; }
    bool stands_paid() const noexcept { return booked == Booked::paid && !given_back && !undone; }
    /// Contradictory, and no money moved in the books.
    bool is_disputed() const noexcept { return unconfirmed && booked == Booked::none; }
};

struct OrderState {
    OrderId id;
    PayoutRequest request;
    std::string bank;  ///< the route now
    PayoutPhase phase = PayoutPhase::held;
    unsigned round = 0;     ///< so many holds were placed
    unsigned openings = 0;  ///< so many work items were opened
    unsigned moves = 0;     ///< attempts, routes and cancellations
    bool work_open = false;
    Amount held;  ///< what remains of the last hold
    std::vector<AttemptState> attempts;
    std::vector<RecordId> records;

    explicit operator bool() const noexcept { return round != 0; }
    AttemptState* attempt(std::string_view bank, std::uint64_t number) noexcept;
    const AttemptState* paid_attempt() const noexcept;
    bool is_disputed() const noexcept;
    bool has(RecordId record) const noexcept;
    /// What follows from a report that is (to be) posted.
    void apply(const ReportRecord& report);
};

/// Throws CorruptionError where a register is none that an adapter wrote.
OrderState state_of(OrderId order, const std::vector<Fact>& facts);

enum class StepKind : std::uint8_t {
    none,
    pay,        ///< capture the hold
    wrong,      ///< book money that left without a hold, and cover it
    give_back,  ///< book a return
    undo,       ///< take back what was booked as paid and did not happen
    cancel,     ///< release the hold
    dispute,    ///< list the attempt for the bank's final files
    confirm,    ///< take it off that list
};
struct Step {
    StepKind kind = StepKind::none;
    std::size_t attempt = 0;
    CancelReason reason = CancelReason::failed;
};

/// Whether the bank's final files would name the attempt by now: they lack it.
using Lacking = std::function<bool(const AttemptState&)>;

/// What the facts ask for next; none when the books say all that is known.
Step next_step(const OrderState& order, const Lacking& is_lacking);

}  // namespace ledger::adapters::payout
