// Identities as text: hexadecimal digits, UUIDs, and the digest of any other text.
#include "ledger/core/id.hpp"

#include "core/quoted.hpp"

#include <xxhash.h>
#include <array>

namespace ledger {

namespace {

constexpr std::size_t hex_digits_max = 32;
constexpr std::size_t uuid_size = 36;
constexpr std::string_view id_remedy =
    "write 1 to 32 hexadecimal digits, or a UUID as 8-4-4-4-12 digits with hyphens";

/// The value of the digit, or 16.
constexpr unsigned hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

constexpr bool is_hyphen_place(std::size_t at) noexcept {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

std::string id_to_string(u128 value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(hex_digits_max, '0');
    for (std::size_t at = hex_digits_max; at-- > 0; value >>= 4) {
        text[at] = digits[static_cast<unsigned>(value & 15u)];
    }
    return text;
}

u128 id_from_hex(std::string_view text) {
    if (text.empty()) detail::refuse("id", text, "there are no digits", id_remedy);
    const bool is_uuid = text.find('-') != std::string_view::npos;
    if (text.size() > uuid_size || (is_uuid && text.size() != uuid_size) ||
        (!is_uuid && text.size() > hex_digits_max)) {
        detail::refuse("id", text, "it has " + std::to_string(text.size()) + " bytes", id_remedy);
    }
    u128 value = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_uuid && is_hyphen_place(at)) {
            if (text[at] != '-') detail::refuse_at("id", text, at, id_remedy);
            continue;
        }
        const unsigned digit = hex_value(text[at]);
        if (digit == 16) detail::refuse_at("id", text, at, id_remedy);
        value = (value << 4) | digit;
    }
    return value;
}

u128 id_from_text(std::string_view text) {
    if (text.empty()) {
        detail::refuse("id", text, "the text is empty",
                       "give the key that names the thing, or no id at all");
    }
    const XXH128_hash_t digest = XXH3_128bits(text.data(), text.size());
    const u128 value = from_words(digest.high64, digest.low64);
    return value == 0 ? 1 : value;
}

}  // namespace ledger
