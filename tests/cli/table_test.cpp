// Tables, cards, printable text, readable numbers.
#include "cli/table.hpp"

#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace ledger::cli {
namespace {

TEST(Table, AlignsColumnsAndAmounts) {
    Table table({{"account"}, {"total", Align::right}, {"name"}});
    table.row({"a", "1.00", "x"});
    table.row({"bb", "1234.50", ""});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(),
              "account    total  name\n"
              "a           1.00  x\n"
              "bb       1234.50\n");
}

TEST(Table, CountsWideCharactersTwice) {
    EXPECT_EQ(display_width("abc"), 3u);
    EXPECT_EQ(display_width("商户"), 4u);
    EXPECT_EQ(display_width("Dvořák"), 6u);
    EXPECT_EQ(display_width("e\u0301"), 1u);
    Table table({{"name"}, {"n", Align::right}});
    table.row({"商户", "1"});
    table.row({"Bob", "22"});
    std::ostringstream out;
    table.print(out, false);
    EXPECT_EQ(out.str(), "商户   1\nBob   22\n");
}

TEST(Table, KeepsItsWidthsFromPageToPage) {
    Table table({{"a", Align::right}});
    table.row({"12345"});
    std::ostringstream first;
    table.print(first);
    table.row({"1"});
    std::ostringstream second;
    table.print(second, false);
    EXPECT_EQ(second.str(), "    1\n");
}

TEST(Table, EscapesWhatWouldMoveTheCursor) {
    EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
    EXPECT_EQ(printable("a\nb"), "a\\x0ab");
    EXPECT_EQ(printable("\xff"), "\\xff");
    EXPECT_EQ(printable("\xe5\x95"), "\\xe5\\x95");
    EXPECT_EQ(printable("\u202Eabc"), "\\xe2\\x80\\xaeabc");
    EXPECT_EQ(printable("商户 é"), "商户 é");
}

TEST(Card, LinesUpNamesAndAmounts) {
    Card card;
    card.field("name", "Bob").field("nothing", "").amount("total", "10.00").amount("held", "5.00");
    std::ostringstream out;
    card.print(out);
    EXPECT_EQ(out.str(),
              "name   Bob\n"
              "total  10.00\n"
              "held    5.00\n");
}

TEST(Progress, PrintsNumbersForPeople) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'000), "1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(readable_bytes(1023), "1023 B");
    EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
}

}  // namespace
}  // namespace ledger::cli
