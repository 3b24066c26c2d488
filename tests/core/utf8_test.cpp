// What is UTF-8 and what is not. Invariant tested: every code point but the surrogates, in its
// shortest form, and nothing else.
#include "ledger/core/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ledger {
namespace {

/// The bits of a code point in so many bytes, shortest form or not.
std::string encode(std::uint32_t point, int bytes) {
    if (bytes == 1) return {static_cast<char>(point)};
    std::string text;
    const std::uint32_t mark = bytes == 2 ? 0xC0 : bytes == 3 ? 0xE0 : 0xF0;
    text += static_cast<char>(mark | point >> (6 * (bytes - 1)));
    for (int i = bytes - 2; i >= 0; --i) {
        text += static_cast<char>(0x80 | (point >> (6 * i) & 0x3F));
    }
    return text;
}

int shortest(std::uint32_t point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

TEST(Utf8, EveryCodePointInItsShortestFormAndNoSurrogate) {
    for (std::uint32_t point = 0; point < 0x200000; ++point) {
        const bool is_character = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
        for (int bytes = shortest(point); bytes <= 4; ++bytes) {
            const std::string text = encode(point, bytes);
            const bool expected = is_character && bytes == shortest(point);
            ASSERT_EQ(is_utf8(text), expected) << point << " in " << bytes << " bytes";
            ASSERT_EQ(utf8_character_size(text), expected ? text.size() : 0) << point;
        }
    }
}

TEST(Utf8, ACutOrStrayByteIsFoundAtEveryPlace) {
    for (std::size_t before = 0; before < 20; ++before) {
        for (std::size_t after = 0; after < 20; ++after) {
            const std::string left(before, 'a'), right(after, 'z');
            EXPECT_TRUE(is_utf8(left + "\xE5\x87\xAD" + right));
            for (const char* wrong : {"\x80", "\xC3", "\xE5\x87", "\xF0\x9F\x98", "\xFF"}) {
                EXPECT_FALSE(is_utf8(left + wrong + right)) << before << ' ' << after;
            }
        }
    }
}

}  // namespace
}  // namespace ledger
