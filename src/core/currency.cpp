// Currency codes and the ISO 4217 table as Currency values.
#include "ledger/core/currency.hpp"

#include "core/quoted.hpp"
#include "ledger/core/iso4217.hpp"

#include <algorithm>
#include <memory>

namespace ledger {

namespace {

constexpr std::string_view code_remedy =
    "write 1 to 12 characters of A-Z, 0-9, '-', '.', '_', beginning with a letter";

constexpr bool is_letter(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_code_character(char c) noexcept {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

using IsoTable = std::array<Currency, iso_currencies.size()>;

/// Never destroyed: pointers into it are valid for ever, also while statics are destroyed.
const IsoTable& iso_table() {
    static const IsoTable& table = *[] {
        auto made = std::make_unique<IsoTable>();
        std::transform(iso_currencies.begin(), iso_currencies.end(), made->begin(),
                       [](const IsoCurrency& entry) {
                           return Currency{CurrencyCode(entry.code), entry.decimals, entry.numeric,
                                           std::string(entry.name)};
                       });
        return made.release();
    }();
    return table;
}

}  // namespace

CurrencyCode::CurrencyCode(std::string_view text) {
    if (text.empty()) detail::refuse("currency code", text, "it is empty", code_remedy);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!(at == 0 ? is_letter(text[at]) : is_code_character(text[at]))) {
            detail::refuse_at("currency code", text, at, code_remedy);
        }
    }
    if (text.size() > size_max) {
        detail::refuse("currency code", text,
                       "it has " + std::to_string(text.size()) + " characters", code_remedy);
    }
    std::copy(text.begin(), text.end(), chars_.begin());
}

std::string_view CurrencyCode::text() const noexcept {
    const auto end = std::find(chars_.begin(), chars_.end(), '\0');
    return {chars_.data(), static_cast<std::size_t>(end - chars_.begin())};
}

const Currency* find_iso_currency(std::string_view code) noexcept {
    const auto at = std::lower_bound(
        iso_currencies.begin(), iso_currencies.end(), code,
        [](const IsoCurrency& entry, std::string_view key) { return entry.code < key; });
    if (at == iso_currencies.end() || at->code != code) return nullptr;
    return &iso_table()[static_cast<std::size_t>(at - iso_currencies.begin())];
}

}  // namespace ledger
