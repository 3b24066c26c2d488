// Payouts (出金): from the order, whose money is held, by attempts that are recorded before they
// are sent, to an outcome that the bank's own files confirm. Invariant: nothing leaves without a
// hold; while what became of an attempt is unknown there is no other one; what is told to a payee
// is known.
#pragma once

#include "ledger/adapters/payout_bank.hpp"
#include "ledger/adapters/payout_guard.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::adapters {

namespace payout {
class Booking;
struct AttemptState;
struct ControlRecord;
struct OrderState;
}  // namespace payout

/// The books that payouts are made in: one currency of one book.
struct PayoutBooks {
    BookId book;
    CurrencyCode currency;
    AccountId own_funds;  ///< asset: own money, which covers what was paid wrongly
    AccountId recalls;    ///< asset with open items: what is to be recovered (追款)
};

/// An order as its caller gives it. The payer's account has a minimum of zero or a credit line:
/// what may be held on it is the engine's to judge.
struct PayoutRequest {
    std::string
        order;  ///< the caller's business number: 1..64 printable ASCII characters, no space
    AccountId payer;
    Amount amount;
    Payee payee;
    std::string bank;  ///< the route: through which bank
    friend bool operator==(const PayoutRequest&, const PayoutRequest&) = default;
};

enum class PayoutPhase : std::uint8_t {
    held,       ///< the money is held, and no attempt can be under way
    sent,       ///< an attempt is recorded: whatever became of it is unknown
    paid,       ///< debited by the bank, and by the books
    returned,   ///< it came back (退票) and is held again; waits for route() or cancel()
    cancelled,  ///< the money is the payer's again
};

/// What a payee, or a payer, may be told; never why.
enum class PayeeOutcome : std::uint8_t { in_progress, paid, returned, not_paid };

/// What became of the request; where several apply, the first of them.
enum class PayoutCreated : std::uint8_t {
    created,
    repeated,       ///< the same requests were taken before
    over_limit,     ///< more than the bank takes in one payout
    conflict,       ///< one of the orders exists with other content
    payer_unknown,  ///< no such account in the book and currency, or closed
    not_covered,    ///< less is available than is to be paid
    refused,        ///< by the ledger, see `refusal`
};
struct [[nodiscard]] PayoutCreation {
    PayoutCreated outcome = PayoutCreated::created;
    std::size_t index = 0;  ///< of the request at fault
    Outcome refusal = Outcome::accepted;
    explicit operator bool() const noexcept { return outcome <= PayoutCreated::repeated; }
};

enum class BankStatus : std::uint8_t {
    processing = 0,
    succeeded = 1,   ///< debited; credited is another matter
    failed = 2,      ///< for good
    refused = 3,     ///< not taken at all: throttled, no balance, account disabled; of an attempt
                     ///< that was sent again it counts as unreadable
    returned = 4,    ///< debited before, and back now (退票)
    not_found = 5,   ///< 查无此单
    unreadable = 6,  ///< timeout, broken or incomplete answer
};

/// What a bank said of one serial, in whatever way. A definite status without the amount, or with
/// another one, is an incomplete answer, and counts as unreadable.
struct BankAnswer {
    std::string serial;
    BankStatus status = BankStatus::unreadable;
    std::optional<Amount> amount;
    std::string reference;  ///< the bank's own; required of a return. Printable ASCII, at most 64
    Instant at;             ///< when it was received
};

/// What became of an answer; where several apply, the first of them.
enum class PayoutAnswered : std::uint8_t {
    serial_unknown,  ///< never recorded here: look at it
    repeated,        ///< known already
    unknown,         ///< says nothing definite; the order stays as it is
    disputed,        ///< contradicts what the bank said before; its final file decides
    unbooked,        ///< kept, but the ledger refuses what follows (a frozen account): tried again
    booked,
};

/// A day's file of a bank. Without its trailer's count and total it is partial.
struct PayoutFile {
    Date day = Date::none();
    std::uint32_t version = 0;
    bool final = false;  ///< nothing of that day will be added
    std::vector<BankAnswer> lines;
    std::optional<std::uint64_t> count;
    std::optional<Amount> total;
    /// The account pays in other ways, too: lines with serials that were never recorded here are
    /// expected. Otherwise such a line may be a garbled one of ours, and its day is not final.
    bool has_others = false;
};
enum class PayoutFileOutcome : std::uint8_t {
    partial,   ///< lines and trailer differ: nothing was taken
    conflict,  ///< another file of this day and version was taken: nothing was taken now
    taken,
};
struct [[nodiscard]] PayoutFiled {
    PayoutFileOutcome outcome = PayoutFileOutcome::taken;
    std::vector<std::string> strangers;  ///< serials that were never recorded here
    /// Serials of attempts with another amount, no definite status, or contradictory lines: the day
    /// is not final by this file.
    std::vector<std::string> unreadable;
    bool closes_day = false;  ///< the day is final by this file
};

enum class InstructionKind : std::uint8_t { send, resend, query };
struct PayoutInstruction {
    InstructionKind kind = InstructionKind::query;
    std::string order;
    std::string serial;
    std::string bytes;  ///< as recorded; empty of a query
    friend bool operator==(const PayoutInstruction&, const PayoutInstruction&) = default;
};

/// An order that cannot be worked on: what its records or the host's functions are at fault with.
struct BrokenPayout {
    OrderId order;
    std::string problem;
};

/// What a bank is to be told now.
struct PayoutWork {
    std::vector<PayoutInstruction> instructions;  ///< a batch: of at most so many orders as asked
    std::string cursor;                 ///< goes on with the next orders; empty: those were all
    bool stopped = false;               ///< by the guard or an operator (熔断): nothing is sent
    bool paused = false;                ///< the bank or its account is down: nothing is sent
    bool quota_reached = false;         ///< of the bank's day; the rest waits for the next one
    std::vector<std::string> unbooked;  ///< orders whose outcome the ledger refuses at the moment
    std::vector<BrokenPayout> broken;   ///< the others go on
    /// The ledger took no more posts after these instructions were recorded: carry them out, and
    /// call again from the same cursor.
    bool interrupted = false;
};

struct PayoutConfirmed {
    std::string cursor;  ///< goes on with the next attempts; empty: those were all
    std::vector<std::string> unbooked;
    std::vector<BrokenPayout> broken;
};

struct PayoutStatus {
    PayoutPhase phase = PayoutPhase::held;
    PayeeOutcome told = PayeeOutcome::in_progress;
    std::string bank;
    std::string serial;         ///< of the last attempt; empty: none
    bool unconfirmed = false;   ///< an attempt waits for the word of the bank's final files
    Amount recall_outstanding;  ///< of money paid wrongly
    friend bool operator==(const PayoutStatus&, const PayoutStatus&) = default;
};

/// What became of a command; where several apply, the first of them.
enum class PayoutDone : std::uint8_t {
    order_unknown,
    repeated,  ///< the same command, by its reference, was carried out before
    not_now,   ///< what the order is or waits for forbids it; nothing was posted
    refused,   ///< by the ledger: an amount over what is open, a frozen account
    done,
};

enum class RecoveryKind : std::uint8_t {
    returned = 1,  ///< came back into the account at the bank
    repaid = 2,    ///< paid to the company's own account
    netted = 3,    ///< taken from what is owed to `from`
};
struct Recovery {
    RecoveryKind kind = RecoveryKind::repaid;
    Amount amount;
    AccountId from;         ///< of netting: a liability account
    std::string reference;  ///< the caller's: the same one is booked once
};

/// Payouts of one book and currency. Thread-safe. References go with the ledger, which must outlive
/// it. Instants are the host's, by the clock that the ledger has. Everything throws
/// UnavailableError where the ledger takes no posts at the moment: call again.
class Payouts {
public:
    /// Attempts of one order until it is cancelled for want of a bank that takes it.
    static constexpr std::size_t attempts_max = 16;
    static constexpr unsigned moves_max = 48;  ///< attempts, routes and cancellations of one order
    static constexpr std::size_t batch_max = 1000;  ///< orders of one create()
    static constexpr std::size_t file_lines_max = 1'000'000;

    /// Throws InvalidArgument for a bank that does not check() or is named twice, or none.
    Payouts(Desk& desk, PayoutBooks books, std::vector<PayoutBank> banks, PayoutGuard guard);

    /// Opens the memorandum accounts of the banks: codes `code`, a dot and the bank's name, with
    /// `code` a group of kind memorandum. What is there already stays.
    void define(std::string_view code);

    /// Takes orders, all or none: each is written down, its money held and its work opened, in one
    /// group. Throws InvalidArgument naming the field for input that no books could take, for no
    /// request or more than batch_max.
    PayoutCreation create(std::span<const PayoutRequest> requests);
    PayoutCreation create(const PayoutRequest& request) { return create({&request, 1}); }

    /// What to tell the bank now; looks at up to `orders` (1..1000) of its open ones. New attempts
    /// are recorded here, each before it is given out, and given out as `send` by that call alone;
    /// what is due by the rules of docs/adapters/payout.md is booked. Call it again from the start
    /// as often as the bank is to be worked for.
    PayoutWork instructions(std::string_view bank, Instant now, std::size_t orders = 100,
                            const std::string& cursor = {});
    /// Of up to `orders` attempts that wait for the bank's final files, books what these say. Call
    /// it after a file, until the cursor is empty.
    PayoutConfirmed confirm(std::string_view bank, Instant now, std::size_t orders = 100,
                            const std::string& cursor = {});

    PayoutAnswered answer(std::string_view bank, const BankAnswer& answer);
    /// Takes a day's file whole, or nothing where it is partial or conflicts. A line counts like an
    /// answer; one of a final file is the bank's last word. Repeatable. Throws InvalidArgument for
    /// a final file of a day that has not ended, and more than file_lines_max.
    PayoutFiled file(std::string_view bank, const PayoutFile& file, Instant now);

    /// None: no such order.
    std::optional<PayoutStatus> status(std::string_view order) const;

    /// Sends an order that is held or returned through this bank from now on.
    PayoutDone route(std::string_view order, std::string_view bank);
    /// Gives the money back to the payer; of an order that is held or returned.
    PayoutDone cancel(std::string_view order);

    /// Of an order that is paid, and should not be: own money makes the payer whole at once, and
    /// what is to be recovered is an open item.
    PayoutDone recall(std::string_view order, std::string_view reason);
    /// Part of what is to be recovered has come; never more than is open.
    PayoutDone recover(std::string_view order, const Recovery& recovery);

    // ---- control of a bank's queue; `reference` names the occasion, once for ever
    /// The bank, or the account there, is down: holds stay, nothing is sent.
    PayoutDone pause(std::string_view bank, std::string_view reference);
    PayoutDone resume(std::string_view bank, std::string_view reference);
    /// Stops payouts (熔断), as the guard does.
    PayoutDone stop(std::string_view bank, std::string_view reference);
    /// Lifts a stop. Throws InvalidArgument unless two different principals are named.
    PayoutDone lift(std::string_view bank, std::string_view reference, std::string_view made_by,
                    std::string_view checked_by);

private:
    const PayoutBank& bank_of(std::string_view name) const;
    payout::Booking booking() const;
    payout::OrderState read(OrderId order) const;
    bool is_final(const PayoutBank& bank, Date first, Date last) const;
    bool lacks(const payout::AttemptState& attempt, Instant now) const;
    bool advance(payout::OrderState& order, Instant now, Batch first);
    void add_pause(Batch& batch, const PayoutBank& bank, const std::string& serial) const;
    bool objects(const View& view, const payout::OrderState& order, const PayoutBank& bank,
                 std::string_view bytes, bool again, Instant now);
    bool has_quota(const View& view, const PayoutBank& bank, Amount amount, Instant now) const;
    void begin_attempt(const payout::OrderState& order, const PayoutBank& bank, Instant now,
                       PayoutWork& work);
    void ask_or_resend(const payout::OrderState& order, const PayoutBank& bank, Instant now,
                       PayoutWork& work);
    void work_on(OrderId order, const PayoutBank& bank, Instant now, PayoutWork& work);
    PayoutAnswered take(const PayoutBank& bank, const BankAnswer& answer,
                        const PayoutFile* final_file);
    PayoutDone control(const PayoutBank& bank, const payout::ControlRecord& record);
    void check_request(const PayoutRequest& request) const;
    void check_accounts() const;
    bool can_hold(const View& view, AccountId liability) const;
    std::optional<PayoutCreation> judge(std::span<const PayoutRequest> requests) const;

    Desk& desk_;
    PayoutBooks books_;
    std::vector<PayoutBank> banks_;
    PayoutGuard guard_;
    std::mutex numbering_;  ///< one attempt takes its number at a time, so that few try in vain
};

}  // namespace ledger::adapters
