// See rates.hpp.
#include "ledger/reporting/rates.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/money.hpp"

#include <string>
#include <utility>

namespace ledger {

Rates::Rates(Currency reporting, Rounding rounding)
    : reporting_(std::move(reporting)), rounding_(rounding) {}

Rates& Rates::set(const Currency& currency, const Ratio& rate) {
    const std::string code(currency.code.text());
    if (currency.code == reporting_.code) {
        throw InvalidArgument("a rate for " + code +
                              " was given, which is the reporting currency; leave it out");
    }
    if (rate <= Ratio{}) {
        throw InvalidArgument("the rate " + to_string(rate) + " of " + code + " to " +
                              std::string(reporting_.code.text()) + " is not positive");
    }
    quotes_[currency.code] = {currency, rate};
    return *this;
}

const Rates::Quote& Rates::quote_of(CurrencyCode currency) const {
    const auto found = quotes_.find(currency);
    if (found != quotes_.end()) return found->second;
    throw InvalidArgument("there is no rate of " + std::string(currency.text()) + " to " +
                          std::string(reporting_.code.text()) + "; give one");
}

Ratio Rates::rate_of(CurrencyCode currency) const {
    return currency == reporting_.code ? Ratio{1} : quote_of(currency).rate;
}

Wide Rates::convert(const Wide& amount, CurrencyCode currency) const {
    if (currency == reporting_.code) return amount;
    const Quote& quote = quote_of(currency);
    const Money money{to_amount(amount), currency};
    return Wide(exchange(money, quote.currency, reporting_, quote.rate, rounding_).money.amount);
}

}  // namespace ledger
