// Amounts with their currency. Invariant: two currencies never meet in one operation without a
// rate; what is shared out adds up to the whole, to the last minor unit.
#pragma once

#include "ledger/core/amount.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/rounding.hpp"

#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ledger {

/// An amount in minor units of a currency. Regular. Arithmetic and ordering throw InvalidArgument
/// naming both where the currencies differ, and OverflowError as Amount does; equality only says
/// no.
struct Money {
    Amount amount;
    CurrencyCode currency;

    friend constexpr bool operator==(const Money&, const Money&) = default;
    friend std::strong_ordering operator<=>(const Money& a, const Money& b);
};

Money operator+(const Money& a, const Money& b);
Money operator-(const Money& a, const Money& b);
Money operator-(const Money& a);

/// "-12.30 CNY"; `decimals` are the currency's (0..18).
std::string to_string(const Money& money, unsigned decimals);

/// How many parts one whole may be shared out into.
inline constexpr std::size_t allocation_parts_max = 65'536;

/// Shares the whole out in proportion to the weights; the parts add up to it exactly. Each part is
/// first the exact share cut towards zero; the minor units left over go, one each, to the largest
/// cut-off fractions, equal ones in the order of the weights (largest remainder, Hamilton's
/// method). So a part is less than one unit from its exact share, a weight of 0 gets 0, and
/// allocate(-x) is -allocate(x). Throws InvalidArgument for no weights, more than
/// allocation_parts_max, a negative one, or all zero.
std::vector<Amount> allocate(Amount whole, std::span<const i128> weights);
std::vector<Money> allocate(const Money& whole, std::span<const i128> weights);

/// Shares the whole out into `parts` (1..allocation_parts_max) that differ by one unit at most; the
/// first ones are the larger in magnitude. The same as allocate with equal weights.
std::vector<Amount> split(Amount whole, std::size_t parts);
std::vector<Money> split(const Money& whole, std::size_t parts);

/// The result of an exchange: exact = money + remainder, in minor units of the target currency.
struct Exchanged {
    Money money;
    Ratio remainder;

    friend constexpr bool operator==(const Exchanged&, const Exchanged&) = default;
};

/// Converts `money`, which is in `source`, at `rate` whole units (yuan, not fen) of `target` for
/// one whole unit of `source`, rounded once. Throws InvalidArgument where the money is in another
/// currency, the two are the same or the rate is not positive; OverflowError where the result needs
/// more than 128 bits.
Exchanged exchange(const Money& money, const Currency& source, const Currency& target,
                   const Ratio& rate, Rounding rounding);

}  // namespace ledger
