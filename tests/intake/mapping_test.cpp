// Mapping files: what is accepted, and that every slip is answered with the field's name.
#include "ledger/intake/mapping.hpp"

#include "fixture.hpp"
#include "intake/mapping_data.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

namespace ledger::intake {
namespace {

using ::testing::HasSubstr;

const std::string sound = R"({
    "accounts": {
        "a": {"id": "a:{x}", "open": {"code": "1", "kind": "asset"}},
        "b": {"id": "id:00ff"}
    },
    "id": {"prefix": "p:", "columns": "x"},
    "book": 1,
    "currency": "CNY",
    "amount": {"value": "{y}"},
    "rules": [{"debit": "a", "credit": "b"}]
})";

/// What parsing says after one replacement in the sound mapping.
std::string refusal(const std::string& from, const std::string& to) {
    std::string text = sound;
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return "the test names a text that is not in the mapping: " + from;
    text.replace(at, from.size(), to);
    try {
        Mapping::parse(text, "x.map.json");
        return "accepted";
    } catch (const InvalidArgument& failure) {
        return failure.what();
    }
}

TEST(Mapping, TakesTheShortestSoundOne) {
    const Mapping mapping = Mapping::parse(sound, "x.map.json");
    const MappingData& data = mapping.data();
    EXPECT_EQ(data.accounts.size(), 2u);
    EXPECT_EQ(data.rules.size(), 1u);
    EXPECT_EQ(data.rules[0].lines.size(), 2u);
    EXPECT_TRUE(data.data.header);
    EXPECT_FALSE(data.date.has_value());
}

TEST(Mapping, TakesComments) {
    EXPECT_EQ(refusal("\"book\": 1,", "/* the only one */ \"book\": 1, // here"), "accepted");
}

TEST(Mapping, NamesUnknownFieldsWithTheirPlace) {
    EXPECT_EQ(refusal("\"debit\": \"a\"", "\"debit\": \"a\", \"credti\": \"b\""),
              "mapping x.map.json: /rules/0/credti: is no field here; there are: "
              "code, credit, "
              "debit, lines, skip, summary, when");
    EXPECT_THAT(refusal("\"book\"", "\"bok\""), HasSubstr("/book: is missing"));
    EXPECT_THAT(refusal("\"book\": 1", "\"book\": 1, \"boook\": 1"),
                HasSubstr("/boook: is no field"));
    EXPECT_THAT(refusal("\"kind\"", "\"limits\": {\"min\": 1}, \"kind\""),
                HasSubstr("/accounts/a/open/limits/min: is no field here; there are: "
                          "maximum, minimum"));
    EXPECT_THAT(refusal("{\"value\": \"{y}\"}", "{\"value\": \"{y}\", \"comma\": \",\"}"),
                HasSubstr("/amount/comma: is no field"));
}

TEST(Mapping, RefusesWrongTypesAndTexts) {
    EXPECT_THAT(refusal("\"p:\"", "7"), HasSubstr("/id/prefix: must be a text"));
    EXPECT_THAT(refusal("\"p:\"", "\"\""), HasSubstr("/id/prefix: must not be empty"));
    EXPECT_THAT(refusal("\"asset\"", "\"assets\""), HasSubstr("/accounts/a/open/kind: "));
    EXPECT_THAT(refusal("\"CNY\"", "\"cny\""), HasSubstr("/currency: "));
    EXPECT_THAT(refusal("\"a:{x}\"", "\"a:{x\""),
                HasSubstr("/accounts/a/id: template \"a:{x\": a brace is not closed"));
    EXPECT_THAT(refusal("\"a:{x}\"", "\"a:}\""),
                HasSubstr("a closing brace without an opening one"));
    EXPECT_THAT(refusal("\"a:{x}\"", "\"{@when}\""), HasSubstr("there are only @line and @file"));
    EXPECT_THAT(refusal("\"a:{x}\"", "\"\""), HasSubstr("/accounts/a/id: the template is empty"));
    EXPECT_THAT(
        refusal("\"debit\": \"a\"", "\"debit\": \"c\""),
        HasSubstr("/rules/0/debit: there is no account named \"c\" in /accounts; there are: a, b"));
    EXPECT_THAT(refusal("[{\"debit\": \"a\", \"credit\": \"b\"}]", "[]"),
                HasSubstr("/rules: must have a rule"));
    EXPECT_THAT(refusal("\"debit\": \"a\", ", ""), HasSubstr("/rules/0/debit: is missing"));
    EXPECT_THAT(refusal("\"debit\": \"a\"", "\"skip\": true, \"debit\": \"a\""),
                HasSubstr("/rules/0: needs one of"));
    EXPECT_THAT(refusal("{\"value\": \"{y}\"}", "{\"plus\": \"{y}\"}"),
                HasSubstr("/amount: needs either"));
    EXPECT_THAT(refusal("\"book\": 1", "\"mode\": \"magic\", \"book\": 1"),
                HasSubstr("/mode: must be"));
    EXPECT_THAT(refusal("\"book\": 1", "\"mode\": \"opening\", \"book\": 1"),
                HasSubstr("/opening: is missing"));
}

TEST(Mapping, ChecksTheFileSection) {
    const auto file = [](const std::string& fields) {
        return refusal("\"book\": 1", "\"file\": {" + fields + "}, \"book\": 1");
    };
    EXPECT_EQ(file(R"("delimiter": "\t", "quote": "", "header": false, "columns": ["x", "y"])"),
              "accepted");
    EXPECT_EQ(file(R"("header": false, "columns": 7)"), "accepted");
    EXPECT_THAT(file(R"("delimiter": "||")"),
                HasSubstr("/file/delimiter: must be one ASCII character"));
    EXPECT_THAT(file(R"("header": false)"), HasSubstr("/file/columns: is missing"));
    EXPECT_THAT(file(R"("columns": 7)"), HasSubstr("/file/columns: contradicts the header row"));
    EXPECT_THAT(file(R"("header": "yes")"), HasSubstr("/file/header: must be true or false"));
    EXPECT_THAT(file(R"("skip_lines": -1)"),
                HasSubstr("/file/skip_lines: must be a whole number from 0"));
    EXPECT_THAT(file(R"("delimeter": ";")"), HasSubstr("/file/delimeter: is no field"));
}

TEST(Mapping, ChecksDefinitionsDatesAndSigns) {
    const auto with = [](const std::string& fields) {
        return refusal("\"book\": 1", fields + ", \"book\": 1");
    };
    EXPECT_THAT(with(R"("definitions": {"currencies": [{"code": "CZK"}, {"code": "QQQ"}]})"),
                HasSubstr("/definitions/currencies/1/code: \"QQQ\" is no currency of ISO 4217"));
    EXPECT_EQ(with(R"("definitions": {"currencies": [{"code": "POINTS", "decimals": 0}]})"),
              "accepted");
    EXPECT_THAT(with(R"("definitions": {"books": [{"book": 0}]})"),
                HasSubstr("/definitions/books/0/book: must be"));
    EXPECT_THAT(with(R"("definitions": {"books": [{"book": 1, "utc_offset": "1"}]})"),
                HasSubstr("/definitions/books/0/utc_offset: "));
    EXPECT_THAT(with(R"("book_date": {"value": "{y}", "format": "%y%m%d"})"),
                HasSubstr("/book_date/format: "));
    EXPECT_THAT(with(R"("book_date": {"value": "2026-02-30"})"),
                HasSubstr("/book_date/value: date \"2026-02-30\""));
    EXPECT_THAT(refusal("\"value\": \"{y}\"",
                        R"("value": "{y}", "sign": {"value": "{z}", "plus": "a", "minus": "a"})"),
                HasSubstr("/amount/sign/minus: \"a\" is also a value of plus"));
    EXPECT_THAT(refusal("\"value\": \"{y}\"", R"("plus": "{y}", "minus": "{z}", "sign": "value")"),
                HasSubstr("/amount/sign: contradicts"));
    EXPECT_THAT(refusal("\"debit\": \"a\"", R"("when": {"@sign": "both"}, "debit": "a")"),
                HasSubstr("/rules/0/when/@sign: must be"));
    EXPECT_THAT(refusal("\"debit\": \"a\"", R"("when": {"z": {"nott": "1"}}, "debit": "a")"),
                HasSubstr("/rules/0/when/z/nott: is no field"));
}

TEST(Mapping, RefusesWhatIsNoJsonAndFieldsThatStandTwice) {
    EXPECT_THAT(refusal("\"book\": 1,", "\"book\": 1"), HasSubstr("x.map.json: is no JSON: "));
    EXPECT_THAT(refusal("\"book\": 1", "\"book\": 1, \"book\": 2"),
                HasSubstr("the field \"book\" stands twice"));
    EXPECT_THROW(Mapping::parse("[]", "x"), InvalidArgument);
    EXPECT_THROW(Mapping::parse("", "x"), InvalidArgument);
}

TEST(Mapping, SaysWhichFileCannotBeRead) {
    const TemporaryDirectory directory;
    try {
        Mapping::load(directory / "none.map.json");
        FAIL() << "accepted a file that is not there";
    } catch (const StorageError& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("none.map.json: cannot be read: No such file"));
    }
    EXPECT_THROW(Mapping::load(directory / ""), StorageError);
}

TEST(RecordIdRule, JoinsSeveralColumnsWithoutMixingThemUp) {
    const TemporaryDirectory directory;
    RecordIdRule rule;
    rule.prefix = "p:";
    rule.columns = {TextTemplate("{1}", "here"), TextTemplate("{2}", "here")};
    const Columns columns(2, "data.csv");
    for (TextTemplate& column : rule.columns) column.bind(columns, "data.csv");
    DelimitedReader reader(write_file(directory / "data.csv", "a|b,c\na,b|c\na\\,b\n,x\n,\n"), {});
    std::vector<std::string> texts;
    Row row;
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(reader.next(row));
        texts.push_back(rule.text(row));
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"p:a\\|b|c", "p:a|b\\|c", "p:a\\\\|b", "p:|x"}));
    EXPECT_EQ(rule.make(row), RecordId{id_from_text("p:|x")});
    ASSERT_TRUE(reader.next(row));
    EXPECT_THROW(rule.make(row), InvalidArgument);
}

}  // namespace
}  // namespace ledger::intake
