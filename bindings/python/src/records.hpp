// Records from Python into batches, and back (values.hpp declares the way back). Invariant: a
// record is read as a whole or the call fails with the name of the field; amounts are integer minor
// units, or decimals that the currency of their account has room for.
#pragma once

#include "casters.hpp"
#include "ledger/model/batch.hpp"
#include "owner.hpp"

#include <map>
#include <memory>
#include <optional>

namespace ledger::python {

/// What records under way say themselves; none of what two of them say differently.
template <class Key, class Value>
class Announced {
public:
    void add(const Key& key, const Value& value) {
        const auto [found, is_new] = said_.try_emplace(key, value);
        if (!is_new && found->second != value) found->second.reset();
    }
    std::optional<Value> find(const Key& key) const {
        const auto found = said_.find(key);
        return found == said_.end() ? std::nullopt : found->second;
    }

private:
    std::map<Key, std::optional<Value>> said_;
};

/// How many decimals an amount has: by its account in the ledger; only of one that the ledger does
/// not know, by the record under way that opens it, since the ledger refuses any other.
class MinorUnits {
public:
    explicit MinorUnits(std::shared_ptr<Owner> owner) noexcept : owner_(std::move(owner)) {}

    void remember(const Currency& currency) {
        new_currencies_.add(currency.code, currency.decimals);
    }
    void remember(const OpenAccount& opening) { new_accounts_.add(opening.id, opening.currency); }
    void remember(HoldId hold, AccountId account) { new_holds_.add(hold, account); }

    /// The number itself where it is an int. False: neither int nor Decimal.
    bool read(py::handle object, AccountId account, Amount& amount);
    bool read(py::handle object, CurrencyCode currency, Amount& amount);
    bool read_of_hold(py::handle object, HoldId hold, Amount& amount);

private:
    unsigned decimals_of(CurrencyCode currency);
    CurrencyCode currency_of(AccountId account);
    AccountId account_of(HoldId hold);
    HeldView& view();

    std::shared_ptr<Owner> owner_;
    std::shared_ptr<HeldView> view_;  // taken when it is first needed
    // Of the view, which is asked once for each.
    std::map<CurrencyCode, unsigned> currencies_;
    std::map<AccountId, std::optional<CurrencyCode>> accounts_;
    std::map<HoldId, std::optional<AccountId>> holds_;
    Announced<CurrencyCode, unsigned> new_currencies_;
    Announced<AccountId, CurrencyCode> new_accounts_;
    Announced<HoldId, AccountId> new_holds_;
};

/// Reads records, and groups of them, from any iterable. Throws TypeError and InvalidArgument.
Batch read_batch(py::handle records, const std::shared_ptr<Owner>& owner);
/// One record that is no group; false where the object is no record at all.
bool read_record(py::handle record, const std::shared_ptr<Owner>& owner, Batch& into);

}  // namespace ledger::python
