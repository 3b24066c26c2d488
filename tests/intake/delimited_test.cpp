// Rows out of delimited files, sound and broken ones.
#include "ledger/intake/delimited.hpp"

#include "fixture.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <vector>

namespace ledger::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct Seen {
    std::uint64_t line;
    std::vector<std::string> fields;  // empty where malformed
    std::string problem;
    std::string raw;
};

class Delimited : public ::testing::Test {
protected:
    DelimitedReader reader(std::string_view text, const Dialect& dialect = {}) {
        return {write_file(directory_ / "data.csv", text), dialect};
    }
    std::vector<Seen> read(std::string_view text, const Dialect& dialect = {}) {
        DelimitedReader rows = reader(text, dialect);
        return rest_of(rows);
    }
    static std::vector<Seen> rest_of(DelimitedReader& rows) {
        std::vector<Seen> out;
        Row row;
        while (rows.next(row)) {
            Seen& seen = out.emplace_back();
            seen.line = row.line;
            seen.raw = rows.bytes(row.begin, row.end);
            if (row.problem) {
                seen.problem = std::to_string(row.problem->column) + ": " + row.problem->reason;
                continue;
            }
            for (std::size_t i = 0; i < row.size(); ++i) seen.fields.emplace_back(row[i]);
        }
        return out;
    }

    TemporaryDirectory directory_;
};

TEST_F(Delimited, SplitsAtTheDelimiterAndKeepsEmptyFields) {
    const auto rows = read("a,b,c\n1,,3\r\n,,\n");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[0].fields, ElementsAre("a", "b", "c"));
    EXPECT_THAT(rows[1].fields, ElementsAre("1", "", "3"));
    EXPECT_THAT(rows[2].fields, ElementsAre("", "", ""));
    EXPECT_EQ(rows[2].line, 3u);
    EXPECT_EQ(rows[1].raw, "1,,3\r\n");
}

TEST_F(Delimited, ReadsQuotedFieldsAsRfc4180) {
    const auto rows =
        read("\"a,1\",\"say \"\"hi\"\"\",\"\"\n\"two\nlines\",\"crlf\r\nkept\",x\nlast,one,!\n");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[0].fields, ElementsAre("a,1", "say \"hi\"", ""));
    EXPECT_THAT(rows[1].fields, ElementsAre("two\nlines", "crlf\r\nkept", "x"));
    EXPECT_EQ(rows[1].line, 2u);
    EXPECT_EQ(rows[2].line, 5u);
    EXPECT_EQ(rows[1].raw, "\"two\nlines\",\"crlf\r\nkept\",x\n");
}

TEST_F(Delimited, TakesOtherDelimitersAndNoQuotes) {
    Dialect tabs;
    tabs.delimiter = '\t';
    tabs.quote = '\0';
    EXPECT_THAT(read("a\t5\" pipe\n", tabs)[0].fields, ElementsAre("a", "5\" pipe"));
    Dialect single;
    single.delimiter = ';';
    single.quote = '\'';
    EXPECT_THAT(read("'a;b';\"c\n", single)[0].fields, ElementsAre("a;b", "\"c"));
}

TEST_F(Delimited, PassesOverEmptyLinesCommentsAndThePreamble) {
    Dialect dialect;
    dialect.skip_lines = 2;
    dialect.comment = "#";
    dialect.trim = true;
    const auto rows = read("Bank \"of\nPreamble\n a , \"b\"\n#c\n\n  \na,\tb \n", dialect);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_THAT(rows[0].problem, HasSubstr("2: a quote stands inside a field"));
    EXPECT_THAT(rows[1].fields, ElementsAre("a", "b"));
    EXPECT_EQ(rows[1].line, 7u);
}

TEST_F(Delimited, RefusesTextBehindAClosingQuoteAndGoesOn) {
    const auto rows = read("\"a\"b,c\nx,y\n");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_THAT(rows[0].problem, HasSubstr("1: a closing quote is followed by other text"));
    EXPECT_THAT(rows[1].fields, ElementsAre("x", "y"));
}

TEST_F(Delimited, DoubtsWhatAQuoteLeftOpenMayHaveDrawnIn) {
    // A slip of the pen, or a file that was cut: nothing tells which.
    const auto rows = read("0,w\n1,\"PRIJE\n2,x\n\n3,y\n");
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_THAT(rows[0].fields, ElementsAre("0", "w"));
    EXPECT_THAT(rows[1].problem,
                HasSubstr("2: the field begins with a quote that is closed nowhere"));
    EXPECT_EQ(rows[1].raw, "1,\"PRIJE\n");
    EXPECT_THAT(rows[2].problem,
                HasSubstr("0: may be text of a field of the row that begins in line 2"));
    EXPECT_EQ(rows[2].raw, "2,x\n");
    EXPECT_THAT(rows[3].problem, HasSubstr("may be text"));
    EXPECT_EQ(rows[3].line, 5u);

    // The next quote shows where the field ends at the latest.
    const auto paired = read("1,\"PRIJE\n2,x\n3,\"PRIJEM\"\n4,y\n");
    ASSERT_EQ(paired.size(), 4u);
    EXPECT_NE(paired[0].problem, "");
    EXPECT_THAT(paired[1].problem, HasSubstr("may be text"));
    EXPECT_THAT(paired[2].problem, HasSubstr("may be text"));
    EXPECT_THAT(paired[3].fields, ElementsAre("4", "y"));
}

/// The numbers of the sound rows among a row with a memo whose second line looks like a row, and
/// one that is sound.
class DoubtfulText : public Delimited {
protected:
    std::vector<std::string> sound(const std::string& text) {
        std::vector<std::string> numbers;
        rows_ = read(text);
        for (const Seen& row : rows_) {
            if (row.problem.empty()) numbers.push_back(row.fields.at(0));
        }
        return numbers;
    }
    std::vector<Seen> rows_;
};

TEST_F(DoubtfulText, IsNoRowWhateverBrokeTheRowOfTheField) {
    const std::string large(3 * DelimitedReader::row_bytes_max, 'x');
    for (const std::string& text : {
             // bytes that are no text: behind, in front of, and before the field
             std::string("1,\"thanks\n2,x\nZ\xFCrich\"\n3,y\n"),
             std::string("1,\"Z\xFCrich\n2,x\nthanks\"\n3,y\n"),
             std::string("Z\xFCrich,\"thanks\n2,x\nbye\"\n3,y\n"),
             std::string("1,\"thanks\nZ\xFCrich\n2,x\n2,x\nbye\"\n3,y\n"),
             // quotes that are not written twice, in every line
             std::string("1,\"thanks\n2,x\nsaid \"hi\" bye\"\n3,y\n"),
             std::string("1,\"thanks\nsaid \"hi\" bye\n2,x\nand so on\"\n3,y\n"),
             std::string("1,\"said \"hi\n2,x\nbye\"\n3,y\n"),
             std::string("5\" pipe,\"thanks\n2,x\nbye\"\n3,y\n"),
             std::string("\"1\"a,\"thanks\n2,x\nbye\"\n3,y\n"),
             // rows over the bound: the line that looks like a row lies behind, before, far behind
             "1,\"" + large + "\n2,x\nbye\"\n3,y\n",
             "1,\"thanks\n2,x\n" + large + "\"\n3,y\n",
             "1,\"thanks\n2,x\n" + large + "\"\r\n3,y\n",
             "1,\"" + large + "\n" + large + "\n2,x\nbye\"\n3,y\n",
             large + ",\"thanks\n2,x\nbye\"\n3,y\n",
         }) {
        EXPECT_THAT(sound(text), ElementsAre("3")) << text.substr(0, 100);
        EXPECT_EQ(rows_.back().raw, "3,y\n");
        std::string all;
        for (const Seen& row : rows_) all += row.raw;
        EXPECT_TRUE(all == text) << "every line is a row";
    }
}

TEST_F(DoubtfulText, OfAFileThatWasCutIsNoRow) {
    EXPECT_TRUE(sound("1,\"thanks\n2,x\n").empty());
    EXPECT_TRUE(sound("1,\"thanks\n2,x\nby").empty());
    EXPECT_TRUE(sound("1,\"Z\xFCrich\n2,x\n").empty());
    EXPECT_TRUE(sound("1,\"thanks\nsaid \"hi\" bye\n2,x\n").empty());
}

TEST_F(DoubtfulText, CostsNothingWhereQuotesMeanNothing) {
    Dialect none;
    none.quote = '\0';
    const auto rows = read("1,\"PRIJE\n2,\xFC\n3,y\n", none);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[0].fields, ElementsAre("1", "\"PRIJE"));
    EXPECT_NE(rows[1].problem, "");
    EXPECT_THAT(rows[2].fields, ElementsAre("3", "y"));
}

/// A search to the end of the file for each of them would take hours.
TEST_F(DoubtfulText, IsLookedForOnceInAFileFullOfBrokenRows) {
    constexpr std::size_t count = 200'000;
    for (const std::string broken : {"\"a\"b,c\n", "\"a\n", "\"a\"\xFC\"b,c\n", "a\"b,\"c\n"}) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += broken;
        EXPECT_TRUE(sound(text).empty());
        EXPECT_EQ(rows_.size(), count);
    }
}

TEST_F(DoubtfulText, IsDoubtedFromEveryPlaceInIt) {
    DelimitedReader rows = reader("0,w\n1,\"thanks\n2,x\n2,x\nZ\xFCrich\"\n3,y\n");
    std::vector<Place> places{rows.place()};
    Row row;
    while (rows.next(row)) places.push_back(rows.place());
    ASSERT_EQ(places.size(), 7u);
    EXPECT_EQ(places[5].line, 6u);
    EXPECT_EQ(places[5].doubtful_end, 0u);
    for (std::size_t i = 0; i < places.size(); ++i) {
        rows.seek(places[i]);
        const auto rest = rest_of(rows);
        ASSERT_EQ(rest.size(), 6 - i);
        for (std::size_t left = 0; left < rest.size(); ++left) {
            EXPECT_EQ(rest[left].problem.empty(), i + left == 0 || i + left == 5) << i << left;
        }
    }
}

/// Rows of memos full of what looks like rows, and one fault anywhere.
TEST_F(DoubtfulText, IsNeverARow) {
    std::mt19937 random(20261122);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    constexpr std::string_view pieces[] = {"n,",      "memo", "\"\"", "\n",
                                           "\nn,n\n", "\r\n", ", ",   "é"};
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        std::vector<std::string> written;
        std::vector<std::size_t> inside;  // places in a field where no quote is next to it
        for (int i = 0; i < 8; ++i) {
            const std::size_t begin = text.size();
            text += std::to_string(i);
            for (int field = 0; field < 2; ++field) {
                text += ",\"";
                while (below(4) != 0) {
                    const std::string_view piece = pieces[below(8)];
                    if (piece == "memo") inside.push_back(text.size() + 2);
                    text += piece;
                }
                text += '"';
            }
            text += '\n';
            written.push_back(text.substr(begin));
        }
        switch (below(3)) {
            case 0: text.resize(below(text.size())); break;
            case 1: text.insert(below(text.size()), "\xFC"); break;
            default:
                if (!inside.empty()) text.insert(inside[below(inside.size())], "\"");
        }
        for (const Seen& row : read(text)) {
            if (!row.problem.empty()) continue;
            EXPECT_THAT(written, ::testing::Contains(row.raw)) << text;
        }
    }
}

TEST_F(Delimited, ARowCutAtTheEndOfTheFileIsMalformed) {
    const auto quoted = read("1,\"a\"\n3526882,11021,\"PRIJE");
    ASSERT_EQ(quoted.size(), 2u);
    EXPECT_THAT(quoted[1].problem,
                HasSubstr("3: the file ends inside this quoted field: the row is cut"));
    const auto plain = read("1,2\n3,45");
    ASSERT_EQ(plain.size(), 2u);
    EXPECT_THAT(plain[1].problem, HasSubstr("the file ends without a newline"));
    Dialect may;
    may.final_newline = false;
    EXPECT_THAT(read("3,45", may)[0].fields, ElementsAre("3", "45"));
}

TEST_F(Delimited, AnEmptyFileHasNoRows) {
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read("\n\n").empty());
}

TEST_F(Delimited, DecodesOtherEncodings) {
    Dialect dialect;
    dialect.encoding = "latin1";
    EXPECT_THAT(read("caf\xE9,\xA3\n", dialect)[0].fields, ElementsAre("café", "£"));
    dialect.encoding = "windows-1250";
    EXPECT_THAT(read("p\xF8\xEDjem\n", dialect)[0].fields, ElementsAre("příjem"));
    dialect.encoding = "gb18030";
    // The second byte of the last character is '|', which must not be taken for the delimiter.
    dialect.delimiter = '|';
    EXPECT_THAT(read("\xD6\xA7\xB8\xB6|\x81\x7C\n", dialect)[0].fields, ElementsAre("支付", "亅"));
}

TEST_F(Delimited, LeavesTheByteOrderMarkAway) {
    EXPECT_THAT(read("\xEF\xBB\xBFid,x\n\"1\",2\n")[0].fields, ElementsAre("id", "x"));
}

TEST_F(Delimited, BytesThatAreNoTextCostOneRow) {
    const auto rows = read("a,b\nx,caf\xE9\nc,d\n");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[1].problem, HasSubstr("2: byte 6 of line 2 (\\xe9) is no text in utf-8"));
    EXPECT_THAT(rows[2].fields, ElementsAre("c", "d"));
    DelimitedReader again = reader("a,b\nx,caf\xE9\nc,d\n");
    EXPECT_EQ(again.shown(4, 11), "x,caf\\xe9");
}

TEST_F(Delimited, RowsOverTheBoundCostOneRow) {
    const std::string text = "a,b\n" + std::string(3'000'000, 'x') + "\nc,d\n";
    const auto rows = read(text);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[1].problem, HasSubstr("longer than 1048576 bytes"));
    EXPECT_EQ(rows[1].raw.size(), 3'000'001u);
    EXPECT_THAT(rows[2].fields, ElementsAre("c", "d"));
    EXPECT_EQ(rows[2].line, 3u);
    DelimitedReader again = reader(text);
    EXPECT_THAT(again.shown(4, 3'000'005), HasSubstr("... (2934465 bytes more)"));
}

TEST_F(Delimited, GoesOnWhereItIsTold) {
    std::string text;
    for (int i = 1; i <= 40'000; ++i) text += std::to_string(i) + ",\"some\ntext\"\n";
    DelimitedReader rows = reader(text);
    Row row;
    for (int i = 0; i < 12'345; ++i) ASSERT_TRUE(rows.next(row));
    const Place place = rows.place();
    EXPECT_EQ(place.line, 2 * 12'345u + 1);
    const auto rest = rest_of(rows);
    EXPECT_EQ(rest.size(), 40'000u - 12'345u);
    rows.seek(place);
    const auto again = rest_of(rows);
    ASSERT_EQ(again.size(), rest.size());
    EXPECT_EQ(again.front().fields, rest.front().fields);
    EXPECT_EQ(again.front().fields[0], "12346");
    EXPECT_EQ(again.back().line, 79'999u);
}

TEST_F(Delimited, EndsWhereTheFileEndedWhenItWasOpened) {
    DelimitedReader rows = reader("a,b\nc,d\n");
    write_file(directory_ / "data.csv", "a,b\nc,d\ne,f\n");
    EXPECT_EQ(rest_of(rows).size(), 2u);
}

TEST_F(Delimited, RefusesAFileThatIsCutWhileItIsRead) {
    std::string text;
    while (text.size() < 1'000'000) text += "some,text\n";
    DelimitedReader rows = reader(text);
    Row row;
    ASSERT_TRUE(rows.next(row));
    write_file(directory_ / "data.csv", text.substr(0, 500'000));
    EXPECT_THAT(
        [&] { rest_of(rows); },
        ThrowsMessage<StorageError>(HasSubstr("ends at byte 500000 although it had 1000000")));
}

TEST_F(Delimited, ReadsBackWhateverWasQuoted) {
    std::mt19937 random(20261121);
    constexpr std::string_view alphabet = "ab,;\"\n\r |";
    for (int round = 0; round < 50; ++round) {
        std::vector<std::vector<std::string>> written;
        std::string text;
        for (int row = 0; row < 20; ++row) {
            auto& fields = written.emplace_back();
            for (std::size_t column = 0; column < 3; ++column) {
                std::string field;
                while (random() % 4 != 0) field += alphabet[random() % 9];
                if (random() % 8 == 0) field += "é";
                text += column == 0 ? "\"" : ",\"";
                for (const char c : field)
                    text += c == '"' ? std::string("\"\"") : std::string(1, c);
                text += '"';
                fields.push_back(std::move(field));
            }
            text += random() % 2 == 0 ? "\n" : "\r\n";
        }
        const auto rows = read(text);
        ASSERT_EQ(rows.size(), written.size()) << text;
        for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].fields, written[i]) << text;
    }
}

TEST_F(Delimited, WhateverTheBytesNoLineIsLost) {
    std::mt19937 random(7);
    constexpr std::string_view alphabet("ab,,\"\"\n\n\r\xE9", 10);
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (int i = 0; i < 200; ++i) text += alphabet[random() % alphabet.size()];
        DelimitedReader rows = reader(text);
        Row row;
        std::uint64_t reached = 0;
        while (rows.next(row)) {
            // Between two rows there are only empty lines.
            const std::string between = rows.bytes(reached, row.begin);
            EXPECT_EQ(between.find_first_not_of("\r\n"), std::string::npos) << text;
            EXPECT_EQ(row.line,
                      1u + static_cast<std::uint64_t>(std::count(
                               text.begin(), text.begin() + static_cast<std::ptrdiff_t>(row.begin),
                               '\n')));
            const std::string raw = rows.bytes(row.begin, row.end);
            if (row.problem) {
                EXPECT_EQ(raw.find('\n') + 1, raw.back() == '\n' ? raw.size() : 0) << text;
            }
            reached = row.end;
        }
        EXPECT_EQ(rows.bytes(reached, text.size()).find_first_not_of("\r\n"), std::string::npos)
            << text;
    }
}

TEST_F(Delimited, RefusesWhatItCannotRead) {
    EXPECT_THAT([&] { DelimitedReader((directory_ / "none.csv"), {}); },
                ThrowsMessage<StorageError>(HasSubstr("No such file")));
    EXPECT_THAT([&] { DelimitedReader("/dev/null", {}); },
                ThrowsMessage<StorageError>(HasSubstr("is not a regular file")));
    Dialect dialect;
    dialect.encoding = "klingon";
    EXPECT_THAT([&] { reader("", dialect); },
                ThrowsMessage<InvalidArgument>(HasSubstr("encoding \"klingon\" is unknown")));
    dialect.encoding = "utf-16";
    EXPECT_THAT([&] { reader("", dialect); },
                ThrowsMessage<InvalidArgument>(HasSubstr("convert the file")));
    dialect = {};
    dialect.quote = ',';
    EXPECT_THAT([&] { reader("", dialect); },
                ThrowsMessage<InvalidArgument>(HasSubstr("are both ','")));
}

}  // namespace
}  // namespace ledger::intake
