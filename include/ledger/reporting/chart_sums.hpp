// Sums of a book by chart code and currency, on which trial balance, day book, balance sheet and
// income statement stand. Invariant: in each currency debits equal credits, before the range and up
// to its end; memory is bounded by the codes in use, never by accounts or history.
#pragma once

#include "ledger/history/turnover.hpp"
#include "ledger/history/view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ledger {

/// The accounts of one code, kind and currency, added up.
struct ChartSum {
    std::string code;
    AccountKind kind = AccountKind::asset;
    CurrencyCode currency;
    std::uint64_t accounts = 0;
    AccountId account;              ///< where it is the only one; else zero
    history::WideTurnover before;   ///< of all lines before the range
    history::WideTurnover through;  ///< of all lines up to its end
};

/// Whether the vouchers of a period close (损益结转), which empty income and expense accounts, and
/// their reversals count.
enum class PeriodCloses { counted, left_out };

struct ChartSums {
    BookId book;
    MovementRange range;
    PeriodCloses closes = PeriodCloses::counted;
    Position known_at;           ///< the view's position
    std::vector<ChartSum> sums;  ///< in the order of (code, kind, currency)
};

/// Throws InvalidArgument where the book is unknown at this view, CorruptionError where debits and
/// credits differ, which no accepted voucher can cause. To leave period closes out, they are read
/// one by one.
ChartSums chart_sums(const View& view, BookId book, const MovementRange& range,
                     PeriodCloses closes = PeriodCloses::counted);

/// The order of chart codes: a group stands right before what is below it.
struct CodeOrder {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept;
};

}  // namespace ledger
