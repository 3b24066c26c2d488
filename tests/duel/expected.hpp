// What a view must answer, worked out of the naive model's facts. Invariant: nothing here asks the
// engine; a fact after the position that was asked for has no part in an answer.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/history/view.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {

/// Debits and credits of lines, without a bound; red ones lower their side.
struct LineSums {
    Big debits = 0;
    Big credits = 0;

    void add(Side side, const Big& amount) { (side == Side::debit ? debits : credits) += amount; }
    LineSums& operator+=(const LineSums& other) {
        debits += other.debits;
        credits += other.credits;
        return *this;
    }
    Big on_side(Side normal_side) const {
        return normal_side == Side::debit ? Big(debits - credits) : Big(credits - debits);
    }
    bool is_in_bounds() const { return fits(debits) && fits(credits); }
    std::string text() const { return debits.str() + "/" + credits.str(); }
    friend bool operator==(const LineSums&, const LineSums&) = default;
};

/// The answers at one position. The model must not change as long as this is used.
class Expected {
public:
    Expected(const NaiveLedger& naive, Position at);

    const NaiveLedger& naive() const { return naive_; }
    Position position() const { return at_; }
    /// The last position whose instant is not after `instant`.
    Position position_at(Instant instant) const;

    std::vector<const AccountFact*> accounts() const;
    AccountInfo account(const AccountFact& account) const;
    ledger::Balance balance(const AccountFact& account) const;
    /// None where the group is not defined, or where a sum leaves 128 bits.
    std::optional<ledger::Balance> group_balance(const DefineGroup& group, BookId book,
                                                 CurrencyCode currency) const;
    std::vector<AccountEntry> entries(const AccountFact& account) const;
    /// Of the account's lines that `counts` is true of.
    template <class Counts>
    LineSums sum_of_lines(const AccountFact& account, const Counts& counts) const {
        LineSums sum;
        for (const EntryFact& entry : account.entries) {
            if (entry.position > at_) break;
            if (entry.kind == EntryKind::line && counts(entry)) sum.add(entry.side, entry.amount);
        }
        return sum;
    }
    /// At the end of a book date, as known at a position.
    LineSums sums_on(const AccountFact& account, Date date, Position known) const {
        return sum_of_lines(account, [&](const EntryFact& line) {
            return line.book_date <= date && line.position <= known;
        });
    }

    PostedRecord record(const RecordFact& fact) const;
    PostedVoucher voucher(const RecordFact& fact) const;
    HoldInfo hold(const AccountFact& account, const HoldFact& hold) const;
    std::vector<HoldInfo> holds(const AccountFact& account, bool open_only) const;
    ItemInfo item(const AccountFact& account, const ItemFact& item) const;
    std::vector<ItemInfo> open_items(const AccountFact& account) const;

    /// By book and currency code.
    std::vector<TrialSum> trial_sums() const;
    /// The records of one kind and their places, in the order of posting.
    template <class Detail>
    std::vector<std::pair<const Detail*, const RecordFact*>> records_of() const {
        std::vector<std::pair<const Detail*, const RecordFact*>> found;
        for (const RecordFact& fact : naive_.records()) {
            if (fact.position > at_) break;
            const auto* one = fact.stored.detail<Detail>(fact.record());
            if (one != nullptr) found.emplace_back(one, &fact);
        }
        return found;
    }
    /// The definitions of one kind, in the order of posting.
    template <class Definition>
    std::vector<Definition> definitions() const {
        std::vector<Definition> found;
        for (const auto& [one, fact] : records_of<Definition>()) found.push_back(*one);
        return found;
    }

private:
    const NaiveLedger& naive_;
    Position at_;
    std::map<VoucherId, VoucherId> replaced_by_;  ///< the newest correction of each voucher
};

/// The model's balance as a view gives it. Throws std::overflow_error where a figure leaves 128
/// bits.
ledger::Balance public_balance(Side normal_side, const Balance& balance);

}  // namespace ledger::oracle
