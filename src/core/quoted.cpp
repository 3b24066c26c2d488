// How a message shows the text it refuses.
#include "core/quoted.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/utf8.hpp"

#include <algorithm>

namespace ledger::detail {

namespace {

constexpr std::size_t shown_bytes_max = 80;

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

void append_escaped(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15u];
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    while (!text.empty() && out.size() <= shown_bytes_max) {
        const auto byte = static_cast<unsigned char>(text.front());
        const std::size_t size = byte < 0x20 || byte == 0x7F ? 0 : utf8_character_size(text);
        if (size == 0) {
            append_escaped(out, text.front());
            text.remove_prefix(1);
            continue;
        }
        if (byte == '"' || byte == '\\') out += '\\';
        out += text.substr(0, size);
        text.remove_prefix(size);
    }
    out += text.empty() ? "\"" : "...\"";
    return out;
}

std::size_t character_number(std::string_view text, std::size_t byte) noexcept {
    const std::size_t end = std::min(byte + 1, text.size());
    const auto* first = text.data();
    const auto characters = std::count_if(first, first + end, [](char c) { return !continues(c); });
    return static_cast<std::size_t>(characters) + (byte >= text.size() ? 1 : 0);
}

std::string character_at(std::string_view text, std::size_t byte) {
    if (byte >= text.size()) return "the end of the text";
    while (byte > 0 && continues(text[byte])) --byte;
    const std::size_t size = utf8_character_size(text.substr(byte));
    return quoted(text.substr(byte, std::max<std::size_t>(size, 1)));
}

void refuse_at(std::string_view thing, std::string_view text, std::size_t byte,
               std::string_view remedy) {
    const std::string problem = "character " + std::to_string(character_number(text, byte)) +
                                " is " + character_at(text, byte);
    refuse(thing, text, problem, remedy);
}

void refuse(std::string_view thing, std::string_view text, std::string_view problem,
            std::string_view remedy) {
    std::string message(thing);
    message += ' ';
    message += quoted(text);
    message += ": ";
    message += problem;
    message += ": ";
    message += remedy;
    throw InvalidArgument(message);
}

}  // namespace ledger::detail
