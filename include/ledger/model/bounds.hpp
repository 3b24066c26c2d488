// Every bound of the record model in one place. Invariant: anything a caller can make long has its
// bound here, is checked before apply, and is refused with an outcome that names it: those of one
// record by model/shape.hpp, those of the whole ledger as docs/posting-rules.md says in section 8.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ledger::bounds {

inline constexpr std::size_t voucher_lines_min = 2;
inline constexpr std::size_t voucher_lines_max = 4096;
inline constexpr std::size_t batch_records_max = 8190;
inline constexpr std::size_t own_records_max =
    2;  ///< of a batch, made by the engine, beside the above
inline constexpr std::size_t batch_lines_max = 65536;
inline constexpr std::size_t batch_bytes_max = std::size_t{8} << 20;

inline constexpr std::size_t code_bytes_max = 32;       ///< account and group codes
inline constexpr std::size_t name_bytes_max = 64;       ///< names of books, accounts, groups
inline constexpr std::size_t principal_bytes_max = 64;  ///< made by, checked by
inline constexpr std::size_t text_bytes_max = 512;      ///< summary, source document, reference
/// All texts of one record together, its lines' dimensions included: so that any record fits into a
/// batch.
inline constexpr std::size_t record_text_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t attributes_max = 16;  ///< attributes of a record
inline constexpr std::size_t dimensions_max = 8;   ///< dimensions of a line
inline constexpr std::size_t attribute_key_bytes_max = 32;
inline constexpr std::size_t attribute_value_bytes_max = 256;
inline constexpr std::size_t register_bytes_max = 64 * 1024;  ///< payload of a register entry

inline constexpr std::uint16_t currency_numeric_max = 999;         ///< ISO 4217 numeric code
inline constexpr std::int32_t utc_offset_seconds_max = 14 * 3600;  ///< of a book, either way
inline constexpr std::int64_t relation_coefficient_max = 1000;     ///< either way
inline constexpr std::size_t captures_max = 64;  ///< holds captured by one voucher
/// Vouchers whose money a precise freeze catches, named or found through orders.
inline constexpr std::size_t precise_sources_max = 64;
inline constexpr std::size_t precise_orders_max = 16;  ///< orders named by a precise freeze
/// Records of an order that a precise freeze names.
inline constexpr std::size_t precise_order_records_max = 256;
inline constexpr std::size_t relation_terms_max = 64;  ///< terms of one relation
inline constexpr std::size_t relations_max = 65535;
inline constexpr std::size_t judicial_holds_max = 64;       ///< open judicial holds of one account
inline constexpr std::size_t time_passed_steps_max = 4096;  ///< expiries and folds of one record

inline constexpr std::size_t close_exceptions_max = 1024;  ///< of one day close
/// Open transit accounts: closing a day looks at each of them.
inline constexpr std::size_t transit_accounts_max = 65536;
/// Accounts with buffering on: closing a day folds all their buffers in one record.
inline constexpr std::size_t buffered_accounts_max = 65536;
inline constexpr std::uint32_t buffer_lines_max = 1'000'000;  ///< of a buffer window; < 2^20
/// A day: no window spans two book dates.
inline constexpr std::chrono::nanoseconds buffer_window_max = std::chrono::hours{24};

// What one ledger holds at most.
inline constexpr std::size_t accounts_max = std::size_t{1} << 28;
inline constexpr std::size_t currencies_max = 65535;
inline constexpr std::size_t groups_max = 65536;  ///< of the chart
/// Dates of one book that have vouchers and are not closed: each has a counter in memory.
inline constexpr std::size_t book_dates_max = 65536;
inline constexpr std::size_t open_holds_max = std::size_t{1} << 30;
inline constexpr std::size_t open_items_max = std::size_t{1} << 30;

}  // namespace ledger::bounds

namespace ledger {

/// What one ledger holds at most, as a value: every ledger has the defaults, tests have less.
struct Capacity {
    std::size_t accounts = bounds::accounts_max;
    std::size_t currencies = bounds::currencies_max;
    std::size_t groups = bounds::groups_max;
    std::size_t transit_accounts = bounds::transit_accounts_max;
    std::size_t book_dates = bounds::book_dates_max;
    std::size_t open_holds = bounds::open_holds_max;
    std::size_t open_items = bounds::open_items_max;
};

}  // namespace ledger
