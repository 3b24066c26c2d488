// From the flat form back to regular values. Invariant: extracting a record that was added to a
// batch gives the value that was added.
#pragma once

#include "ledger/model/batch.hpp"

#include <cstddef>
#include <functional>
#include <variant>

namespace ledger {

/// Gives the account id of a handle that was read from the journal.
using AccountIdOf = std::function<AccountId(AccountHandle)>;

/// A record of any kind as the regular value of that kind; `time_passed` has none.
using RecordValue = std::variant<std::monostate, Voucher, DefineCurrency, DefineBook, DefineGroup,
                                 OpenAccount, SetLimits, SetFreeze, SetAttributes, SetBuffering,
                                 CloseAccount, PlaceHold, ReleaseHold, RegisterEntry,
                                 DefineRelation, CutDay, CloseDay, Anchor, Certificate, Snapshot>;

/// The voucher at this index. A line that has no account id (one read from the journal) takes it
/// from `account_id_of`. Throws UsageError where the record is no voucher, or where an id is wanted
/// and `account_id_of` is empty.
Voucher voucher_at(const Batch& batch, std::size_t index, const AccountIdOf& account_id_of = {});
/// The record at this index, of whatever kind; `account_id_of` as in voucher_at. Throws UsageError
/// where there is no such record, or where an id is wanted and `account_id_of` is empty.
RecordValue record_value_at(const Batch& batch, std::size_t index,
                            const AccountIdOf& account_id_of = {});

/// The record's value of the type T, one of the types of Detail (DefineBook, PlaceHold, ...); valid
/// until the batch changes. Throws UsageError where the record is of another kind.
template <class T>
const T& value_at(const Batch& batch, std::size_t index);

namespace detail {
/// Throws UsageError naming the record's kind.
[[noreturn]] void refuse_extraction(const Batch& batch, std::size_t index);
}  // namespace detail

template <class T>
const T& value_at(const Batch& batch, std::size_t index) {
    if (index < batch.size()) {
        if (const T* value = batch.detail<T>(batch.records[index])) return *value;
    }
    detail::refuse_extraction(batch, index);
}

}  // namespace ledger
