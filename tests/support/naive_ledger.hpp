// The naive model of the ledger: docs/posting-rules.md written a second time, slowly and plainly,
// as the oracle of the property tests. Invariant: all it keeps are append-only lists of facts, each
// with the position of the record that made it; every balance, hold, item, relation and status is
// worked out of them again each time it is asked for.
#pragma once

#include "ledger/model/batch.hpp"
#include "ledger/model/bounds.hpp"
#include "ledger/model/outcome.hpp"

#include <boost/multiprecision/cpp_int.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {

/// Sums have no bound here, so that overflow is judged by value.
using Big = boost::multiprecision::cpp_int;

Big big(i128 value);
inline Big big(Amount amount) { return big(amount.minor); }
/// Whether the value is one of a signed 128-bit integer.
bool fits(const Big& value);
/// Throws std::overflow_error where it does not fit.
i128 narrow(const Big& value);

/// "As of everything recorded", the default of every query.
inline constexpr Position everything{UINT64_MAX};

struct Balance {
    Big debits;
    Big credits;
    Big held;
    Big buffered_debits;
    Big buffered_credits;
    friend bool operator==(const Balance&, const Balance&) = default;
};

/// What a record did to one account.
struct EntryFact {
    Position position;
    Instant instant;
    std::uint64_t order = 0;    ///< ascends over the entries of all accounts
    std::uint32_t account = 0;  ///< handle
    std::uint16_t line = 0;
    EntryKind kind = EntryKind::line;
    Side side = Side::debit;  ///< of a line, as the next three
    Ink ink = Ink::black;
    bool buffered = false;
    Big amount;                     ///< change of the side's total: negative where red
    Date book_date = Date::none();  ///< of a line or a fold
    std::uint64_t folded = 0;       ///< of a fold: so many lines, from
    Position folded_first;          ///< this position
    Position folded_last;           ///< to this one
    Balance after;
};

/// A change of a hold's or an item's remainder, signed.
struct ChangeFact {
    Position position;
    Big change;
};

struct HoldFact {
    HoldId id;
    Position placed;
    PlaceHold given;  ///< as posted; `amount` below is what was held
    Big amount;
    std::vector<VoucherId> resolved;  ///< of a precise freeze, through its orders
    std::vector<ChangeFact> changes;
    Big remaining(Position at = everything) const;
};

struct ItemFact {
    ItemId id;
    Position opened;
    std::uint16_t line = 0;
    bool inflow = true;  ///< direction of the line that opened it
    Big amount;
    std::vector<ChangeFact> changes;
    Big remaining(Position at = everything) const;
};

/// One accepted record: as the caller gave it, and with what the ledger gave (date, number, derived
/// lines and amounts, remainders, handles). Both batches hold just this record.
struct RecordFact {
    Batch given;
    Batch stored;
    Position position;
    Instant instant;
    Result result;
    const BatchRecord& record() const { return stored.records.front(); }
};

struct AccountFact {
    OpenAccount opened;
    Position position;
    std::uint32_t handle = 0;
    std::vector<EntryFact> entries;
    std::vector<Position>
        settings;  ///< records that changed limits, freeze, attributes, buffering, or closed it
    std::vector<HoldFact> holds;
    std::vector<ItemFact> items;
};

/// An account's settings as of a position.
struct AccountStatus {
    Limits limits;
    Freeze freeze = Freeze::none;
    std::string freeze_reference;
    std::string name;
    Attributes attributes;
    Buffering buffering;
    bool closed = false;
};

/// A book's days as of a position.
struct BookDays {
    Date first_date = Date::none();
    Date last_cut = Date::none();  ///< the current day, where there is one, is the day after
    Date closed_through = Date::none();
};

/// Σ debits and Σ credits of a book and currency.
struct TrialSums {
    Big debits;
    Big credits;
    friend bool operator==(const TrialSums&, const TrialSums&) = default;
};

/// One thread only.
class NaiveLedger {
public:
    explicit NaiveLedger(const Capacity& capacity = {}) : capacity_(capacity) {}

    /// Posts record `index` of the batch alone (its `linked` flag is not looked at). `position` is
    /// the next one, `instant` not before the last one.
    Result post(const Batch& batch, std::size_t index, Position position, Instant instant);
    /// Posts records first..last-1 as one group; the accepted ones take positions from `position`
    /// on.
    std::vector<Result> post_group(const Batch& batch, std::size_t first, std::size_t last,
                                   Position position, Instant instant);
    /// What the engine does with a batch: time_passed records while something is due, then groups
    /// and single records. Gives the results of the batch's own records.
    std::vector<Result> post_batch(const Batch& batch, Instant instant);

    Position last_position() const { return {records_.size()}; }
    Instant last_instant() const { return records_.empty() ? Instant{} : records_.back().instant; }
    /// The earliest instant at which a hold expires or a buffer folds.
    std::optional<Instant> next_due() const;

    const std::vector<RecordFact>& records() const { return records_; }
    const std::vector<AccountFact>& accounts() const { return accounts_; }
    const RecordFact& record_at(Position position) const { return records_.at(position.value - 1); }
    const RecordFact* find_record(RecordId id, Position at = everything) const;
    /// A record of kind voucher, or nullptr.
    const RecordFact* find_voucher(VoucherId id, Position at = everything) const;
    const RecordFact* find_voucher(BookId book, Date book_date, std::uint64_t number,
                                   Position at = everything) const;
    const AccountFact* find_account(AccountId id, Position at = everything) const;
    const HoldFact* find_hold(HoldId id, Position at = everything) const;
    const ItemFact* find_item(ItemId id, Position at = everything) const;
    /// The account a hold or an item is of.
    const AccountFact& account_of_hold(HoldId id) const {
        return accounts_.at(hold_accounts_.at(id));
    }
    const AccountFact& account_of_item(ItemId id) const {
        return accounts_.at(item_accounts_.at(id));
    }
    std::vector<Position> records_of(OrderId order, Position at = everything) const;
    std::optional<Position> reversal_of(VoucherId voucher, Position at = everything) const;

    /// All zero where the account has no entry yet.
    Balance balance(const AccountFact& account, Position at = everything) const;
    AccountStatus status(const AccountFact& account, Position at = everything) const;
    std::vector<EntryFact> entries(const AccountFact& account, Position at = everything) const;
    /// Holds with something remaining, in order of placing.
    std::vector<const HoldFact*> open_holds(const AccountFact& account,
                                            Position at = everything) const;
    /// Items with something remaining, in order of opening.
    std::vector<const ItemFact*> open_items(const AccountFact& account,
                                            Position at = everything) const;
    std::vector<const AccountFact*> children_of(const AccountFact& account,
                                                Position at = everything) const;
    /// Accounts whose code begins with the text, by (code, handle).
    std::vector<const AccountFact*> accounts_by_code(const std::string& prefix,
                                                     Position at = everything) const;
    std::map<std::pair<BookId, CurrencyCode>, TrialSums> trial(Position at = everything) const;
    /// None where the book is not defined.
    std::optional<BookDays> days(BookId book, Position at = everything) const;

    /// Balance on the normal side: of everything, and of what is posted (not buffered).
    Big natural(const AccountFact& account, Position at = everything) const;
    Big natural_posted(const AccountFact& account, Position at = everything) const;
    /// Debits less credits of the lines up to a book date; of this date alone.
    Big net_through(const AccountFact& account, Date date) const;
    Big net_of(const AccountFact& account, Date date) const;
    Big held(const AccountFact& account, Position at = everything) const;
    Big available(const AccountFact& account, Position at = everything) const;
    std::optional<Big> effective_minimum(const AccountFact& account,
                                         Position at = everything) const;
    /// What of a judicial hold the balance covers, where a voucher has taken these amounts already.
    using Taken = std::map<HoldId, Big>;
    Big cover(const AccountFact& account, const HoldFact& hold, Taken taken = {}) const;
    /// What is left of the money that a voucher brought to the account, first in first out; none
    /// where it brought none.
    std::optional<Big> left_of(const AccountFact& account, VoucherId voucher) const;
    Big relation_value(const DefineRelation& relation) const;
    Big parent_relation_value(const AccountFact& parent) const;

    bool has_currency(CurrencyCode code) const { return currencies_.contains(code); }
    const std::map<std::string, std::pair<DefineGroup, Position>>& groups() const {
        return groups_;
    }
    const std::map<std::uint32_t, std::pair<DefineRelation, Position>>& relations() const {
        return relations_;
    }
    const std::map<BookId, std::pair<DefineBook, Position>>& books() const { return books_; }

    static Side normal_side(const AccountFact& account);
    static bool is_inflow(const AccountFact& account, Side side, Ink ink);

private:
    friend class Judge;
    friend class VoucherJudge;

    /// The buffer of a hot account: what was buffered since its last fold.
    struct Buffer {
        std::uint64_t count = 0;
        Position first;
        Position last;
        Instant opened;
        Date book_date = Date::none();
    };

    std::optional<Buffer> buffer_of(const AccountFact& account) const;
    /// The instant at which the account's buffer is due to fold.
    std::optional<Instant> fold_due(const AccountFact& account) const;
    void pass_time(Position position, Instant instant);
    void add_entry(AccountFact& account, EntryFact entry);
    void add_entry(AccountFact& account, EntryKind kind, Position position, Instant instant);
    void fold(AccountFact& account, Position position, Instant instant);
    /// Undoes every record after the position.
    void forget_after(Position position);

    Capacity capacity_;
    std::vector<RecordFact> records_;
    std::vector<AccountFact> accounts_;
    std::map<CurrencyCode, Position> currencies_;
    std::map<BookId, std::pair<DefineBook, Position>> books_;
    std::map<std::string, std::pair<DefineGroup, Position>> groups_;
    std::map<std::uint32_t, std::pair<DefineRelation, Position>> relations_;
    std::vector<std::pair<Position, CutDay>> cuts_;
    std::vector<std::pair<Position, CloseDay>> closes_;
    std::map<RecordId, Position> record_positions_;
    std::map<AccountId, std::uint32_t> account_handles_;
    std::map<HoldId, std::uint32_t> hold_accounts_;
    std::map<ItemId, std::uint32_t> item_accounts_;
    std::map<VoucherId, Position> reversals_;
    std::map<std::pair<BookId, Date>, std::vector<Position>> numbers_;
    std::uint64_t entry_order_ = 0;
};

/// Whether two one-record batches hold the same content: what their callers gave.
bool same_given(const Batch& a, const Batch& b);

/// The shape rules of model/shape.hpp written a second time: the first outcome in numeric order,
/// with the culprit's index.
std::pair<Outcome, std::uint16_t> naive_shape(const Batch& batch, std::size_t index);

}  // namespace ledger::oracle
