// What a view must answer, worked out of the naive model's facts. Invariant: nothing here asks the
// engine; a fact after the position that was asked for has no part in an answer.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/history/view.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ledger::oracle {

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

    PostedRecord record(const RecordFact& fact) const;
    PostedVoucher voucher(const RecordFact& fact) const;
    HoldInfo hold(const AccountFact& account, const HoldFact& hold) const;
    std::vector<HoldInfo> holds(const AccountFact& account, bool open_only) const;
    ItemInfo item(const AccountFact& account, const ItemFact& item) const;
    std::vector<ItemInfo> open_items(const AccountFact& account) const;

    /// By book and currency code.
    std::vector<TrialSum> trial_sums() const;
    /// The definitions of one kind, in the order of posting.
    template <class Definition>
    std::vector<Definition> definitions() const {
        std::vector<Definition> found;
        for (const RecordFact& fact : naive_.records()) {
            const auto* one = fact.stored.detail<Definition>(fact.record());
            if (one != nullptr && fact.position <= at_) found.push_back(*one);
        }
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
