// See decoder.hpp.
#include "intake/decoder.hpp"

#include "ledger/core/error.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace ledger::intake {

namespace {

const auto no_descriptor = reinterpret_cast<iconv_t>(-1);
constexpr auto conversion_failed = static_cast<std::size_t>(-1);

bool is_ascii(std::string_view bytes) noexcept {
    return std::none_of(bytes.begin(), bytes.end(),
                        [](char c) { return (static_cast<unsigned char>(c) & 0x80u) != 0; });
}

}  // namespace

Decoder::Decoder(const std::string& encoding) : descriptor_(iconv_open("UTF-8", encoding.c_str())) {
    if (descriptor_ == no_descriptor) {
        throw InvalidArgument("encoding \"" + encoding +
                              "\" is unknown here; `iconv -l` lists those that are known");
    }
    bool needed_are_plain = true;
    ascii_is_plain_ = true;
    std::string out;
    for (int code = 0; code < 0x80; ++code) {
        const char c = static_cast<char>(code);
        out.clear();
        if (convert({&c, 1}, out) == 1 && out == std::string_view(&c, 1)) continue;
        ascii_is_plain_ = false;
        // ESC, '~', '+' and '\\' open shifts in, or are others in, encodings whose lines can be
        // found all the same.
        const bool needed = code == '\n' || code == '\r' || code == '\t' || code == '"' ||
                            code == ',' || code == ';' || code == '|' ||
                            (code >= '0' && code <= '9');
        needed_are_plain = needed_are_plain && !needed;
    }
    if (!needed_are_plain) {
        iconv_close(descriptor_);
        throw InvalidArgument(
            "encoding \"" + encoding +
            "\" does not write newlines and digits as single bytes; convert the file "
            "first: iconv -f " +
            encoding + " -t UTF-8");
    }
}

Decoder::~Decoder() { iconv_close(descriptor_); }

std::size_t Decoder::convert(std::string_view bytes, std::string& out) {
    iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);  // back to the initial shift state
    // iconv takes a char* but does not write through it.
    char* from = const_cast<char*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    std::size_t left = bytes.size();
    std::array<char, 4096> piece;
    while (left != 0) {
        char* to = piece.data();
        std::size_t room = piece.size();
        const std::size_t status = iconv(descriptor_, &from, &left, &to, &room);
        out.append(piece.data(), piece.size() - room);
        if (status == conversion_failed && errno != E2BIG) break;
    }
    // Some encodings keep a character back until they know that nothing combines with it.
    char* to = piece.data();
    std::size_t room = piece.size();
    iconv(descriptor_, nullptr, nullptr, &to, &room);
    out.append(piece.data(), piece.size() - room);
    return bytes.size() - left;
}

std::size_t Decoder::decode(std::string_view bytes, std::string& out) {
    if (!ascii_is_plain_ || !is_ascii(bytes)) return convert(bytes, out);
    out += bytes;
    return bytes.size();
}

void Decoder::decode_shown(std::string_view bytes, std::string& out) {
    while (true) {
        bytes.remove_prefix(decode(bytes, out));
        if (bytes.empty()) return;
        std::array<char, 5> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x",
                      static_cast<unsigned char>(bytes.front()));
        out += escape.data();
        bytes.remove_prefix(1);
    }
}

void Decoder::decode_known(std::string_view bytes, std::string& out) {
    while (true) {
        bytes.remove_prefix(decode(bytes, out));
        if (bytes.empty()) return;
        bytes.remove_prefix(1);
    }
}

}  // namespace ledger::intake
