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

/// How many decimals an amount has: by its account, which may be opened by the records under way.
class MinorUnits {
public:
    explicit MinorUnits(std::shared_ptr<Owner> owner) noexcept : owner_(std::move(owner)) {}

    void remember(const Currency& currency) {
        currencies_.insert_or_assign(currency.code, currency.decimals);
    }
    void remember(const OpenAccount& opening) {
        accounts_.insert_or_assign(opening.id, opening.currency);
    }
    void remember(HoldId hold, AccountId account) { holds_.insert_or_assign(hold, account); }

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
    std::map<CurrencyCode, unsigned> currencies_;
    std::map<AccountId, CurrencyCode> accounts_;
    std::map<HoldId, AccountId> holds_;
};

/// Reads records, and groups of them, from any iterable. Throws TypeError and InvalidArgument.
Batch read_batch(py::handle records, const std::shared_ptr<Owner>& owner);
/// One record that is no group; false where the object is no record at all.
bool read_record(py::handle record, const std::shared_ptr<Owner>& owner, Batch& into);

}  // namespace ledger::python
