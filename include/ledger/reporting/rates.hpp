// In which money a report speaks: one currency alone, or all currencies of a book in one by given
// rates. Invariant: rates are exact; a figure is rounded once, by a rule that is named, and what
// rounding makes of a sum is shown, never lost.
#pragma once

#include "ledger/core/currency.hpp"
#include "ledger/core/rounding.hpp"
#include "ledger/core/wide.hpp"

#include <map>
#include <variant>

namespace ledger {

/// What one whole unit (yuan, not fen) of each currency is worth in the reporting currency.
/// Regular.
class Rates {
public:
    Rates(Currency reporting, Rounding rounding);

    /// Throws InvalidArgument where the rate is not positive or the currency is the reporting one.
    Rates& set(const Currency& currency, const Ratio& rate);

    const Currency& reporting() const noexcept { return reporting_; }
    Rounding rounding() const noexcept { return rounding_; }
    /// One, for the reporting currency itself. Throws InvalidArgument naming the currency where no
    /// rate was set.
    Ratio rate_of(CurrencyCode currency) const;
    /// Minor units of the currency to minor units of the reporting one. Throws what rate_of does,
    /// and OverflowError where the amount or the result leaves 128 bits.
    Wide convert(const Wide& amount, CurrencyCode currency) const;

    friend bool operator==(const Rates&, const Rates&) = default;

private:
    struct Quote {
        Currency currency;
        Ratio rate;
        friend bool operator==(const Quote&, const Quote&) = default;
    };
    const Quote& quote_of(CurrencyCode currency) const;

    Currency reporting_;
    Rounding rounding_;
    std::map<CurrencyCode, Quote> quotes_;
};

/// Of one currency alone, or of all by rates.
using Valuation = std::variant<CurrencyCode, Rates>;

}  // namespace ledger
