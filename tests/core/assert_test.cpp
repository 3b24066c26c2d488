// The assertion is always on and stops the process; refused text is shown safely.
#include "ledger/core/assert.hpp"

#include "core/quoted.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

TEST(AssertDeathTest, StopsTheProcessAndNamesThePlace) {
    LEDGER_ASSERT(1 + 1 == 2);
    EXPECT_DEATH(LEDGER_ASSERT(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3\n.*assert_test.cpp:");
}

TEST(Quoted, IsPrintableOnOneLineAndShort) {
    EXPECT_EQ(detail::quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    EXPECT_EQ(detail::quoted("tab\tnew\nline\x7F"), "\"tab\\x09new\\x0aline\\x7f\"");
    EXPECT_EQ(detail::quoted("\xE5\x85\x83"), "\"\xE5\x85\x83\"");
    EXPECT_EQ(detail::quoted("\xE5\x85"), "\"\\xe5\\x85\"") << "a broken character";
    EXPECT_EQ(detail::quoted("\xFFz"), "\"\\xffz\"");
    EXPECT_EQ(detail::quoted(std::string(1000, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

TEST(Quoted, CountsCharactersNotBytes) {
    const std::string_view text = "\xE5\x85\x83x";
    EXPECT_EQ(detail::character_number(text, 0), 1u);
    EXPECT_EQ(detail::character_number(text, 2), 1u);
    EXPECT_EQ(detail::character_number(text, 3), 2u);
    EXPECT_EQ(detail::character_number(text, 4), 3u);
    EXPECT_EQ(detail::character_at(text, 1), "\"\xE5\x85\x83\"");
    EXPECT_EQ(detail::character_at(text, 4), "the end of the text");
}

}  // namespace
}  // namespace ledger
