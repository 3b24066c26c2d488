// Currencies: a code and its number of decimals. Invariant: a code is 1..12 characters of A-Z, 0-9,
// '-', '.', '_' beginning with a letter, stored inline and zero-padded.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

/// The code of a currency, "CNY" or user-defined "POINTS". Regular, 12 bytes.
class CurrencyCode {
public:
    static constexpr std::size_t size_max = 12;

    constexpr CurrencyCode() = default;
    /// Throws InvalidArgument where the text breaks the rule above.
    explicit CurrencyCode(std::string_view text);

    std::string_view text() const noexcept;
    constexpr explicit operator bool() const noexcept { return chars_[0] != 0; }
    friend constexpr auto operator<=>(const CurrencyCode&, const CurrencyCode&) = default;

private:
    std::array<char, size_max> chars_{};
};

/// A currency as a ledger knows it: an ISO 4217 entry or a user-defined one.
struct Currency {
    CurrencyCode code;
    std::uint8_t decimals = 0;  ///< 0..18 digits after the point
    std::uint16_t numeric = 0;  ///< ISO 4217 numeric code; 0 where user-defined
    std::string name;           ///< at most 64 bytes

    friend bool operator==(const Currency&, const Currency&) = default;
};

inline constexpr std::uint8_t currency_decimals_max = 18;

/// The ISO 4217 entry of this code, or nullptr. The table is generated (core/iso4217.hpp); the
/// pointer is valid for ever.
const Currency* find_iso_currency(std::string_view code) noexcept;

}  // namespace ledger
