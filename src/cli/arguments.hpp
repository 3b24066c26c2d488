// Ids, books, amounts, dates and ranges as people write them on the command line and in JSON.
// Invariant: what cannot be read exactly is an InvalidArgument that names the argument, its text
// and the remedy; nothing is guessed.
#pragma once

#include "ledger/core/error.hpp"
#include "ledger/history/view.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger::cli {

/// Rethrows InvalidArgument of `read` with the name of the argument before its message.
template <class Read>
auto naming(std::string_view what, Read read) {
    try {
        return read();
    } catch (const InvalidArgument& error) {
        throw InvalidArgument(std::string(what) + ": " + error.what());
    }
}

/// Up to 32 hexadecimal digits, a UUID, or "text:ANYTHING", which is the id of that text
/// (id_from_text). The zero id is refused. `what` names the argument.
u128 parse_id(std::string_view text, std::string_view what);

template <class Id>
Id parse_id_as(std::string_view text, std::string_view what) {
    return Id{parse_id(text, what)};
}
/// The same, where the empty text means none.
template <class Id>
Id parse_optional_id(std::string_view text, std::string_view what) {
    return text.empty() ? Id{} : Id{parse_id(text, what)};
}

/// 1..65535.
BookId parse_book(std::string_view text, std::string_view what);
/// Digits only, at most `most`.
std::uint64_t parse_number(std::string_view text, std::uint64_t most, std::string_view what);
/// Empty: Date::none().
Date parse_optional_date(std::string_view text, std::string_view what);
/// Empty: none.
Instant parse_optional_instant(std::string_view text, std::string_view what);
/// A number with its unit, ns, us, ms, s, m, h or d ("500ms"); "0" needs none.
std::chrono::nanoseconds parse_span(std::string_view text, std::string_view what);
/// "+08:00", "-03:30" (or with seconds, "+08:05:43") or "Z", in seconds.
std::int32_t parse_utc_offset(std::string_view text, std::string_view what);

/// A point of the past: a position (digits only) or an instant; the other one is zero.
struct PastPoint {
    Position position;
    Instant instant;
};
PastPoint parse_past_point(std::string_view text, std::string_view what);
/// A range from two such points, either of which may be empty. Both must be of the same kind.
Range parse_range(std::string_view from, std::string_view to);

/// Splits NAME=VALUE at its last '='; both parts must be there.
std::pair<std::string, std::string> split_pair(std::string_view text, std::string_view what);
/// KEY=VALUE texts, split at the first '=', as attributes. A value may be empty.
Attributes parse_attributes(const std::vector<std::string>& texts, std::string_view what);

/// The currencies of a ledger with their decimals.
class CurrencyTable {
public:
    CurrencyTable() = default;
    explicit CurrencyTable(const View& view);

    void add(const Currency& currency) { decimals_[currency.code] = currency.decimals; }
    bool knows(CurrencyCode code) const { return decimals_.count(code) != 0; }
    /// Throws InvalidArgument where the currency is not defined.
    unsigned decimals(CurrencyCode code) const;
    /// `what` names the argument in the error.
    Amount parse(std::string_view text, CurrencyCode code, std::string_view what) const;
    std::string print(Amount amount, CurrencyCode code) const;
    /// The same for a sum that can exceed 128 bits, given in decimal digits of minor units.
    std::string print_digits(std::string_view digits, CurrencyCode code) const;

private:
    std::map<CurrencyCode, std::uint8_t> decimals_;
};

}  // namespace ledger::cli
