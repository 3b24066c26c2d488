// Arguments as people write them.
#include "cli/arguments.hpp"

#include "cli/command_line.hpp"
#include "cli/line_reader.hpp"
#include "cli/record_input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Work>
std::string refusal(Work work) {
    try {
        work();
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "nothing was refused";
}

TEST(Arguments, IdsAreHexadecimalOrText) {
    EXPECT_EQ(parse_id("ff", "ID"), u128{255});
    EXPECT_EQ(parse_id("00000000-0000-0000-0000-0000000000ff", "ID"), u128{255});
    EXPECT_EQ(parse_id("text:ff", "ID"), id_from_text("ff"));
    EXPECT_THAT(refusal([] { parse_id("alice", "ACCOUNT"); }),
                AllOf(HasSubstr("ACCOUNT"), HasSubstr("alice"), HasSubstr("text:alice")));
    EXPECT_THAT(refusal([] { parse_id("0", "ID"); }), HasSubstr("zero"));
    EXPECT_THAT(refusal([] { parse_id("text:", "ID"); }), HasSubstr("ID"));
    EXPECT_THAT(refusal([] { parse_id("", "ID"); }), HasSubstr("ID"));
}

TEST(Arguments, NumbersAreWholeAndInRange) {
    EXPECT_EQ(parse_book("65535", "BOOK"), BookId{65535});
    EXPECT_THAT(refusal([] { parse_book("0", "BOOK"); }), HasSubstr("1..65535"));
    EXPECT_THAT(refusal([] { parse_book("65536", "BOOK"); }), HasSubstr("65536"));
    EXPECT_THAT(refusal([] { parse_book("-1", "BOOK"); }), HasSubstr("-1"));
    EXPECT_THAT(refusal([] { parse_book("1x", "BOOK"); }), HasSubstr("1x"));
    EXPECT_THAT(refusal([] { parse_number("99999999999999999999", UINT64_MAX, "N"); }),
                HasSubstr("N"));
}

TEST(Arguments, SpansHaveUnits) {
    EXPECT_EQ(parse_span("500ms", "W"), std::chrono::milliseconds{500});
    EXPECT_EQ(parse_span("7d", "W"), std::chrono::hours{7 * 24});
    EXPECT_EQ(parse_span("0", "W"), std::chrono::nanoseconds{0});
    for (const char* bad : {"", "5", "ms", "-5s", "1.5s", "99999999999d", "5 s"}) {
        EXPECT_THAT(refusal([bad] { parse_span(bad, "--window"); }), HasSubstr("--window")) << bad;
    }
}

TEST(Arguments, OffsetsAreIso) {
    EXPECT_EQ(parse_utc_offset("+08:00", "O"), 8 * 3600);
    EXPECT_EQ(parse_utc_offset("-03:30", "O"), -(3 * 3600 + 30 * 60));
    EXPECT_EQ(parse_utc_offset("Z", "O"), 0);
    for (const char* bad : {"8", "08:00", "+8:00", "+08:60", "+0800"}) {
        EXPECT_THAT(refusal([bad] { parse_utc_offset(bad, "O"); }), HasSubstr(bad));
    }
}

TEST(Arguments, OffsetsArePrintedAsTheyAreRead) {
    for (const char* text : {"+00:00", "+08:00", "-03:30", "+08:05:43", "-14:00"}) {
        EXPECT_EQ(print_utc_offset(parse_utc_offset(text, "O")), text);
    }
}

TEST(ExitCodes, ABusyLedgerIsToBeTriedAgain) {
    EXPECT_EQ(exit_code_of(Outcome::overloaded), ExitCode::unavailable);
    EXPECT_EQ(exit_code_of(Outcome::clock_out_of_range), ExitCode::unavailable);
    EXPECT_EQ(exit_code_of(Outcome::below_minimum), ExitCode::refused);
    EXPECT_EQ(graver(ExitCode::unavailable, ExitCode::refused), ExitCode::unavailable);
    EXPECT_EQ(graver(ExitCode::unavailable, ExitCode::outcome_unknown), ExitCode::outcome_unknown);
    EXPECT_EQ(graver(ExitCode::storage, ExitCode::unavailable), ExitCode::storage);
    EXPECT_EQ(graver(ExitCode::ok, ExitCode::refused), ExitCode::refused);
    EXPECT_EQ(graver(ExitCode::ok, ExitCode::ok), ExitCode::ok);
}

TEST(Arguments, RangesAreOfOneKind) {
    const Range range = parse_range("5", "10");
    EXPECT_EQ(range.from_position, Position{5});
    EXPECT_EQ(range.to_position, Position{10});
    EXPECT_EQ(parse_range("2026-11-21T00:00:00Z", "").from, parse_instant("2026-11-21T00:00:00Z"));
    EXPECT_THAT(refusal([] { parse_range("5", "2026-11-21T00:00:00Z"); }), HasSubstr("two of a"));
    EXPECT_THAT(refusal([] { parse_range("0", ""); }), HasSubstr("--from"));
    EXPECT_THAT(refusal([] { parse_range("yesterday", ""); }), HasSubstr("yesterday"));
}

TEST(Arguments, PairsSplitWhereDocumented) {
    EXPECT_EQ(split_pair("text:a=b=1.00", "--debit"),
              (std::pair<std::string, std::string>{"text:a=b", "1.00"}));
    EXPECT_THAT(refusal([] { split_pair("text:a", "--debit"); }), HasSubstr("--debit"));
    EXPECT_THAT(refusal([] { split_pair("text:a=", "--debit"); }), HasSubstr("NAME=VALUE"));
    EXPECT_EQ(parse_attributes({"k=a=b", "e="}, "A"), (Attributes{{"k", "a=b"}, {"e", ""}}));
}

TEST(Arguments, SumsBeyond128BitsHaveTheirPoint) {
    CurrencyTable table;
    table.add({CurrencyCode("CNY"), 2, 156, ""});
    table.add({CurrencyCode("JPY"), 0, 392, ""});
    const CurrencyCode cny("CNY");
    EXPECT_EQ(table.print_digits("0", cny), "0.00");
    EXPECT_EQ(table.print_digits("-5", cny), "-0.05");
    EXPECT_EQ(table.print_digits("1234", cny), "12.34");
    EXPECT_EQ(table.print_digits("1234", CurrencyCode("JPY")), "1234");
    EXPECT_THAT(refusal([&] { table.print(Amount{1}, CurrencyCode("EUR")); }), HasSubstr("EUR"));
}

TEST(Json, RepeatedKeysAreRefused) {
    EXPECT_THAT(refusal([] { parse_json(R"({"a": 1, "b": {"a": 2}, "a": 3})"); }),
                HasSubstr("\"a\""));
    EXPECT_EQ(parse_json(R"({"a": 1, "b": {"a": 2}})")["b"]["a"], 2);
    EXPECT_THAT(refusal([] { parse_json("{"); }), HasSubstr("no JSON"));
}

TEST(LineReader, ReadsLinesOfAllEndings) {
    const auto path =
        std::filesystem::temp_directory_path() / ("line_reader." + std::to_string(::getpid()));
    std::ofstream(path) << "one\r\n\ntwo\nlast";
    LineReader reader(path.string());
    EXPECT_EQ(reader.next(), "one");
    EXPECT_EQ(reader.next(), "");
    EXPECT_TRUE(reader.is_ready());
    EXPECT_EQ(reader.next(), "two");
    EXPECT_EQ(reader.next(), "last");
    EXPECT_EQ(reader.line_number(), 4u);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.next(), std::nullopt);
    std::filesystem::remove(path);
    EXPECT_THAT(refusal([&] { LineReader missing(path.string()); }), HasSubstr("line_reader."));
}

TEST(LineReader, ReadsLinesLongerThanItsBuffer) {
    const auto path =
        std::filesystem::temp_directory_path() / ("line_reader_long." + std::to_string(::getpid()));
    const std::string line(1'000'000, 'x');
    std::ofstream(path) << line << "\n" << line << "y\nz\n";
    LineReader reader(path.string());
    EXPECT_EQ(reader.next(), line);
    EXPECT_EQ(reader.next(), line + "y");
    EXPECT_EQ(reader.next(), "z");
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.bytes_read(), 2'000'005u);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace ledger::cli
