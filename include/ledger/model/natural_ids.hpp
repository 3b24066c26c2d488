// Record ids of the records to which callers give none: definitions and day marks. Invariant: the
// id follows from what the record defines alone, so that a repeated definition meets the first one
// under the same id. An account's opening has the account's id as its record id; time_passed and
// anchor have zero.
#pragma once

#include "ledger/core/currency.hpp"
#include "ledger/core/id.hpp"
#include "ledger/core/time.hpp"
#include "ledger/model/kinds.hpp"

#include <cstdint>
#include <string_view>

namespace ledger::natural_id {

/// id_from_text of a prefix and what is defined. Stored in journals: never change a prefix or a
/// form.
inline constexpr std::string_view currency_prefix = "currency:";        ///< currency:CNY
inline constexpr std::string_view book_prefix = "book:";                ///< book:7
inline constexpr std::string_view group_prefix = "group:";              ///< group:1001.01
inline constexpr std::string_view relation_prefix = "relation:";        ///< relation:12
inline constexpr std::string_view cut_day_prefix = "cut_day:";          ///< cut_day:7:2026-11-21
inline constexpr std::string_view close_day_prefix = "close_day:";      ///< close_day:7:2026-11-21
inline constexpr std::string_view certificate_prefix = "certificate:";  ///< certificate:7:...
inline constexpr std::string_view snapshot_prefix = "snapshot:";        ///< snapshot:2026-Q3

RecordId of_currency(CurrencyCode code);
RecordId of_book(BookId book);
RecordId of_group(std::string_view code);
RecordId of_relation(std::uint32_t number);
/// A date outside date_min..date_max stands as its number of days, "#-30000": such a record is
/// refused.
RecordId of_cut_day(BookId book, Date date);
RecordId of_close_day(BookId book, Date date);
RecordId of_certificate(BookId book, Date date);
RecordId of_snapshot(std::string_view name);
constexpr RecordId of_account(AccountId account) noexcept { return RecordId{account.value}; }

}  // namespace ledger::natural_id
