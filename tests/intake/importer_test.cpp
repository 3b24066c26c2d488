// Imports into a ledger: what is posted, what is refused with which reason, and going on after a
// stop.
#include "ledger/intake/importer.hpp"

#include "fixture.hpp"
#include "ledger/core/error.hpp"
#include "ledger/intake/delimited.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <thread>

namespace ledger::intake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string payments_map = R"({
    "definitions": {
        "currencies": [{"code": "CNY"}, {"code": "JPY"}],
        "books": [{"book": 1, "name": "payments"}],
        "groups": [{"code": "22", "kind": "liability"}]
    },
    "accounts": {
        "merchant": {"id": "merchant:{merchant}",
                     "open": {"code": "22.{merchant}", "kind": "liability", "name": "M {merchant}",
                              "limits": {"minimum": "0"}, "attributes": {"city": "{city}"}}},
        "channel": {"id": "channel", "open": {"code": "11", "kind": "asset"}},
        "fees": {"id": "fees", "open": {"code": "61", "kind": "income"}}
    },
    "id": {"prefix": "pay:", "columns": ["no"]},
    "order": "order:{order}",
    "book": 1,
    "currency": "{currency}",
    "book_date": {"value": "{day}"},
    "occurred_at": {"value": "{day} 08:00", "format": "%Y-%m-%d %H:%M", "utc_offset": "+08:00"},
    "amount": {"value": "{gross}", "zero": "skip"},
    "amounts": {"net": {"value": "{net}"}, "fee": {"value": "{fee}"}},
    "summary": "payment {no}",
    "attributes": {"source": "{@file}:{@line}"},
    "rules": [
        {"when": {"kind": "total"}, "skip": true},
        {"when": {"kind": ["pay", "refund"]}, "code": 7,
         "lines": [{"debit": "channel"},
                   {"credit": "merchant", "amount": "net", "dimensions": {"kind": "{kind}"}},
                   {"credit": "fees", "amount": "fee"}]}
    ]
})";

const std::string payments_header = "no,order,merchant,city,kind,currency,day,gross,net,fee\n";
const std::string payments = payments_header +
                             "1,A,7,Hangzhou,pay,CNY,2026-11-20,100.00,99.40,0.60\n"
                             "2,,8,,pay,CNY,2026-11-20,50.00,50.00,0.00\n"
                             "3,A,7,Hangzhou,refund,CNY,2026-11-21,-10.00,-9.94,-0.06\n"
                             "4,,8,,pay,CNY,2026-11-21,0.00,0.00,0.00\n"
                             "5,,,,total,CNY,2026-11-21,140.00,,\n";

class Import : public ::testing::Test {
protected:
    Ledger& ledger() {
        if (!ledger_) ledger_.emplace(Ledger::create(directory_ / "ledger", small_options()));
        return *ledger_;
    }
    ImportReport import(const std::string& map, const std::string& data,
                        ImportOptions options = {}) {
        const auto file = write_file(directory_ / "data.csv", data);
        return Importer(ledger(), Mapping::parse(map, "test.map.json"), std::move(options))
            .run(file);
    }
    std::string rejects() const { return read_file(directory_ / "data.csv.rejects.csv"); }
    std::string balance(std::string_view account) {
        const auto found = ledger().view().balance(AccountId{id_from_text(account)});
        return found ? to_string(found->total()) : "none";
    }
    /// The reason of the only row, which must be refused.
    std::string reason_of(const std::string& map, const std::string& row) {
        const ImportReport report = import(map, payments_header + row);
        if (report.counts.rejected != 1) return "accepted";
        return std::to_string(report.first_rejected.at(0).column) + ": " +
               report.first_rejected.at(0).reason;
    }
    std::string with(const std::string& from, const std::string& to,
                     std::string map = payments_map) {
        const std::size_t at = map.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return map.replace(at, from.size(), to);
    }

    TemporaryDirectory directory_;
    std::optional<Ledger> ledger_;
};

TEST_F(Import, FillsAnEmptyLedger) {
    const ImportReport report = import(payments_map, payments);
    EXPECT_EQ(report.counts, (ImportCounts{5, 3, 0, 2, 0, 4}));
    EXPECT_TRUE(report.finished);
    EXPECT_FALSE(std::filesystem::exists(report.rejects));
    EXPECT_EQ(balance("merchant:7"), "8946");
    EXPECT_EQ(balance("merchant:8"), "5000");
    EXPECT_EQ(balance("fees"), "54");
    EXPECT_EQ(balance("channel"), "14000");

    const View view = ledger().view();
    const auto posted = view.voucher(VoucherId{id_from_text("pay:3")});
    ASSERT_TRUE(posted);
    const Voucher& voucher = posted->voucher;
    EXPECT_EQ(voucher.order, OrderId{id_from_text("order:A")});
    EXPECT_EQ(to_string(voucher.book_date), "2026-11-21");
    EXPECT_EQ(voucher.code, 7u);
    EXPECT_EQ(voucher.detail.summary, "payment 3");
    EXPECT_EQ(to_string(voucher.detail.occurred_at), "2026-11-21T00:00:00Z");
    EXPECT_EQ(voucher.detail.attributes, (Attributes{{"source", "data.csv:4"}}));
    ASSERT_EQ(voucher.lines.size(), 3u);
    EXPECT_EQ(voucher.lines[0].side,
              Side::credit);  // a refund: what is negative stands on the other side
    EXPECT_EQ(voucher.lines[1].side, Side::debit);
    EXPECT_EQ(voucher.lines[1].amount, Amount{994});
    EXPECT_EQ(voucher.lines[1].dimensions, (Attributes{{"kind", "refund"}}));
    const auto second = view.voucher(VoucherId{id_from_text("pay:2")});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->voucher.lines.size(), 2u);  // no fee, no line
    EXPECT_FALSE(second->voucher.order);
    const auto account = view.account(AccountId{id_from_text("merchant:7")});
    ASSERT_TRUE(account);
    EXPECT_EQ(account->code, "22.7");
    EXPECT_EQ(account->name, "M 7");
    EXPECT_EQ(account->limits.minimum, Amount{});
    EXPECT_EQ(account->attributes, (Attributes{{"city", "Hangzhou"}}));
}

TEST_F(Import, PostsNothingWhenItIsRepeated) {
    import(payments_map, payments);
    const Position before = ledger().view().position();
    const ImportReport again = import(payments_map, payments);
    EXPECT_EQ(again.counts, (ImportCounts{5, 0, 3, 2, 0, 0}));
    EXPECT_EQ(ledger().view().position(), before);
}

TEST_F(Import, RejectsAChangedRowWithTheSameId) {
    import(payments_map, payments);
    const ImportReport report =
        import(payments_map, payments_header + "2,,8,,pay,CNY,2026-11-20,51.00,51.00,0.00\n");
    EXPECT_EQ(report.counts.rejected, 1u);
    EXPECT_THAT(report.first_rejected.at(0).reason,
                AllOf(HasSubstr("id_conflict: "), HasSubstr("at position ")));
}

TEST_F(Import, RejectsBusinessRefusalsWithTheAccount) {
    const ImportReport report =
        import(payments_map, payments_header +
                                 "1,,7,,pay,CNY,2026-11-20,5.00,5.00,0.00\n"
                                 "2,,7,,refund,CNY,2026-11-20,-6.00,-6.00,0.00\n"
                                 "3,,7,,pay,CNY,2026-11-20,5.00,5.00,1.00\n");
    EXPECT_EQ(report.counts, (ImportCounts{3, 1, 0, 0, 2, 3}));
    EXPECT_EQ(report.first_rejected.at(0).line, 3u);
    EXPECT_THAT(report.first_rejected.at(0).reason,
                AllOf(HasSubstr("below_minimum: "),
                      HasSubstr("(line 2 of the voucher, account \"merchant:7\" (merchant))")));
    EXPECT_THAT(report.first_rejected.at(1).reason, HasSubstr("unbalanced: "));
    EXPECT_THAT(rejects(), HasSubstr("data.csv,3,,\"below_minimum: "));
    EXPECT_THAT(rejects(), HasSubstr(",\"2,,7,,refund,CNY,2026-11-20,-6.00,-6.00,0.00\"\n"));
    EXPECT_EQ(balance("merchant:7"), "500");
}

/// Of all accounts' names only those can be the refused one's that the row has the parts of.
TEST_F(Import, NamesTheAccountAlsoWhereTheRowHasNoIdOfAnother) {
    const std::string map = with(R"("accounts": {)", R"("accounts": {
        "a": {"id": "id:{order}"},)");
    const ImportReport report =
        import(map, payments_header + "1,N/A,7,,refund,CNY,2026-11-20,-6.00,-6.00,0.00\n" +
                        "2,,7,,refund,CNY,2026-11-20,-6.00,-6.00,0.00\n");
    EXPECT_EQ(report.counts.rejected, 2u);
    EXPECT_TRUE(report.finished);
    for (const RejectedRow& row : report.first_rejected) {
        EXPECT_THAT(row.reason, AllOf(HasSubstr("below_minimum: "),
                                      HasSubstr("account \"merchant:7\" (merchant))")));
    }
}

TEST_F(Import, NamesTheAccountByItsIdWhereTheFileWasChangedMeanwhile) {
    const std::string row = ",,7,,pay,CNY,2026-11-20,1.00,1.00,0\n";
    const std::string refused = "2,,7,,refund,CNY,2026-11-20,-6.00,-6.00,0.00\n";
    for (const std::string& changed :
         {std::string(), payments_header + "1" + row + "short\n",
          payments_header + "1" + row + "2,\"", payments_header + "1" + row + "\n\n" + refused}) {
        ImportOptions options;
        options.batch_rows = 1;
        options.on_progress = [&](const ImportProgress& progress) {
            if (progress.counts.rows == 1) write_file(directory_ / "data.csv", changed);
            return true;
        };
        const ImportReport report =
            import(payments_map, payments_header + "1" + row + refused, options);
        EXPECT_EQ(report.counts.rejected, 1u);
        EXPECT_THAT(report.first_rejected.at(0).reason,
                    HasSubstr("account " + to_string(AccountId{id_from_text("merchant:7")}) + ")"));
    }
}

TEST_F(Import, RefusesToClearAnItemThatTheRowDoesNotName) {
    const std::string map =
        with(R"({"debit": "channel"})", R"({"debit": "channel", "clears": "item:{order}"})",
             with(R"("code": "11",)", R"("code": "11", "open_items": true,)"));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5,5,0\n"),
                HasSubstr("2: order: the field is empty, but mapping test.map.json: "
                          "/rules/1/lines/0/clears makes an identity of it"));
    EXPECT_THAT(reason_of(map, "1,A,7,,pay,CNY,2026-11-20,5,5,0\n"), HasSubstr("item_unknown: "));
    EXPECT_EQ(reason_of(with(R"("clears")", R"("opens")", map), "1,,7,,pay,CNY,2026-11-20,5,5,0\n"),
              "accepted");
}

TEST_F(Import, RejectsRowsThatDoNotMeanAVoucher) {
    const std::string& map = payments_map;
    EXPECT_THAT(reason_of(map, "1,,7,,gift,CNY,2026-11-20,5,5,0\n"),
                HasSubstr("5: kind: no rule of the mapping holds for kind \"gift\""));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5.001,5,0\n"), HasSubstr("8: gross: "));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5,5,o\n"), HasSubstr("10: fee: "));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,JPY,2026-11-20,5.1,5,0\n"), HasSubstr("8: gross: "));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,EUR,2026-11-20,5,5,0\n"),
                HasSubstr("6: currency: the ledger has no currency \"EUR\""));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-31,5,5,0\n"),
                HasSubstr("7: day: date \"2026-11-31\" is no day of the form \"%Y-%m-%d\""));
    EXPECT_THAT(
        reason_of(map, "1,,,,pay,CNY,2026-11-20,5,5,0\n"),
        HasSubstr(
            "3: merchant: the field is empty, but mapping test.map.json: /accounts/merchant/id"));
    EXPECT_THAT(reason_of(map, ",,7,,pay,CNY,2026-11-20,5,5,0\n"),
                HasSubstr("1: no: the columns that make"));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5,5\n"),
                HasSubstr("the row ends after 9 of 10 columns"));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5,5,0,\n"),
                HasSubstr("the row has 11 columns, not 10"));
    EXPECT_THAT(reason_of(map, "1,,7,,pay,CNY,2026-11-20,5,5,0"),
                HasSubstr("ends without a newline"));
    EXPECT_THAT(reason_of(map, "1,,7,\"Ha\"ng,pay,CNY,2026-11-20,5,5,0\n"),
                HasSubstr("4: city: a closing quote"));
    EXPECT_THAT(reason_of(map, "1,,7,Z\xFCrich,pay,CNY,2026-11-20,5,5,0\n"),
                HasSubstr("is no text in utf-8"));
    EXPECT_THAT(rejects(), HasSubstr("1,,7,Z\\xfcrich,pay"));
    EXPECT_EQ(balance("merchant:7"), "none");
    EXPECT_EQ(
        reason_of(with("\"definitions\"", "\"file\": {\"extra_columns\": true}, \"definitions\""),
                  "1,,7,,pay,CNY,2026-11-20,5,5,0,\n"),
        "accepted");
}

/// Money is never posted from text inside a field.
TEST_F(Import, PostsNothingFromTheTextOfABrokenRow) {
    const std::string map = R"({
        "definitions": {"currencies": [{"code": "CNY"}], "books": [{"book": 1}]},
        "accounts": {
            "merchant": {"id": "merchant:{merchant}", "open": {"code": "22", "kind": "liability"}},
            "channel": {"id": "channel", "open": {"code": "11", "kind": "asset"}}
        },
        "id": {"prefix": "pay:", "columns": ["no"]},
        "book": 1, "currency": "CNY", "book_date": {"value": "{day}"},
        "amount": {"value": "{amount}"},
        "summary": "{memo}",
        "rules": [{"debit": "channel", "credit": "merchant"}]
    })";
    const std::string header = "no,merchant,day,amount,memo\n";
    const std::string memo = "2,8,2026-11-20,5000.00,x\n";
    const std::string sound = "3,7,2026-11-20,30.00,y\n";
    const std::string large(DelimitedReader::row_bytes_max, 'x');
    const std::string row = "1,7,2026-11-20,10.00,\"";
    for (const std::string& broken : {
             row + "thanks\n" + memo + "Z\xFCrich\"\n",
             row + "Z\xFCrich\n" + memo + "thanks\"\n",
             row + "thanks\n" + memo + "said \"hi\" bye\"\n",
             row + "said \"hi\n" + memo + "bye\"\n",
             row + "thanks\n" + memo + large + "\"\n",
             row + large + "\n" + memo + "thanks\"\n",
         }) {
        const ImportReport report = import(map, header + broken + sound);
        EXPECT_EQ(report.counts.rows, 4u);
        EXPECT_EQ(report.counts.posted + report.counts.already_posted, 1u);
        EXPECT_EQ(report.counts.rejected, 3u);
        EXPECT_THAT(rejects(), HasSubstr("data.csv,3,,\"may be text of a field of the row that "
                                         "begins in line 2, which is malformed; repair"));
        EXPECT_THAT(rejects(), HasSubstr("\",\"2,8,2026-11-20,5000.00,x\"\n"));
    }
    const ImportReport cut = import(map, header + sound + row + "thanks\n" + memo);
    EXPECT_EQ(cut.counts, (ImportCounts{3, 0, 1, 0, 2, 0}));
    EXPECT_TRUE(ledger().view().voucher(VoucherId{id_from_text("pay:3")}));
    EXPECT_FALSE(ledger().view().voucher(VoucherId{id_from_text("pay:1")}));
    EXPECT_FALSE(ledger().view().voucher(VoucherId{id_from_text("pay:2")}));
    EXPECT_EQ(balance("channel"), "3000");
}

TEST_F(Import, DoubtsTheTextOfABrokenRowAlsoWhenItGoesOnInside) {
    std::string data = payments_header + "1,,7,,pay,CNY,2026-11-20,1.00,1.00,0\n";
    data += "2,,7,\"Z\xFCrich\n";
    for (int i = 0; i < 50; ++i) data += "3,,7,,pay,CNY,2026-11-20,1.00,1.00,0\n";
    data += "\",pay,CNY,2026-11-20,1.00,1.00,0\n4,,7,,pay,CNY,2026-11-20,1.00,1.00,0\n";
    ImportOptions options;
    options.batch_rows = 4;
    options.batches_in_flight = 1;
    options.progress_interval = std::chrono::milliseconds{0};
    int batches = 0;
    options.on_progress = [&](const ImportProgress&) { return ++batches % 2 != 0; };
    ImportReport report = import(payments_map, data, options);
    options.resume = true;
    int runs = 1;
    for (; !report.finished && runs < 100; ++runs) report = import(payments_map, data, options);
    EXPECT_GT(runs, 3);
    EXPECT_EQ(report.counts, (ImportCounts{54, 2, 0, 0, 52, 2}));
    EXPECT_EQ(balance("channel"), "200");
    EXPECT_FALSE(ledger().view().voucher(VoucherId{id_from_text("pay:3")}));
}

TEST_F(Import, RefusesZeroUnlessToldToSkipIt) {
    EXPECT_THAT(reason_of(with("\"zero\": \"skip\"", "\"zero\": \"reject\""),
                          "1,,7,,pay,CNY,2026-11-20,0.00,0,0\n"),
                HasSubstr("8: gross: the amount is zero"));
}

TEST_F(Import, SkipsRowsOfWhichNothingElseCanBeRead) {
    const std::string sign_first =
        with(R"({"when": {"kind": "total"}, "skip": true},)",
             R"({"when": {"@sign": "minus", "city": "nowhere"}, "debit": "fees", "credit": "fees"},
                {"when": {"kind": "total"}, "skip": true},)");
    for (const std::string& map : {payments_map, sign_first}) {
        for (const char* trailer :
             {",,,,total,CNY,2026-11-21,,,\n", ",,,,total,,,,,\n", ",,,,total,EUR,,3 rows,,\n"}) {
            const ImportReport report = import(map, payments_header + trailer);
            EXPECT_EQ(report.counts.skipped, 1u) << trailer;
        }
    }
    // Without a rule for them, the reason is still the amount.
    EXPECT_THAT(reason_of(payments_map, "1,,7,,gift,CNY,2026-11-20,x,5,0\n"),
                HasSubstr("8: gross: "));
}

TEST_F(Import, SkipsOrRefusesZeroAlsoWhereEveryRuleNamesASign) {
    const std::string map =
        with(R"({"when": {"kind": ["pay", "refund"]}, "code": 7,)",
             R"({"when": {"@sign": "minus"}, "debit": "merchant", "credit": "channel"},
           {"when": {"@sign": "plus"}, "code": 7,)");
    const std::string zero = "1,,7,,pay,CNY,2026-11-20,0.00,0,0\n";
    EXPECT_EQ(import(map, payments_header + zero).counts.skipped, 1u);
    EXPECT_THAT(reason_of(with("\"zero\": \"skip\"", "\"zero\": \"reject\"", map), zero),
                HasSubstr("8: gross: the amount is zero"));
    EXPECT_EQ(reason_of(map, "2,,7,,pay,CNY,2026-11-20,5,5,0\n"), "accepted");
}

TEST_F(Import, RefusesAccountsOfAnotherCurrencyOrNone) {
    import(payments_map, payments);
    EXPECT_THAT(reason_of(payments_map, "9,,7,,pay,JPY,2026-11-20,5,5,0\n"),
                HasSubstr("the account \"channel\" (channel) is in CNY, the row in JPY"));
    const std::string no_opening =
        with(R"("channel": {"id": "channel", "open": {"code": "11", "kind": "asset"}})",
             R"("channel": {"id": "bank:{city}"})");
    EXPECT_THAT(
        reason_of(no_opening, "9,,7,Paris,pay,CNY,2026-11-20,5,5,0\n"),
        HasSubstr("4: city: the ledger has no account \"bank:Paris\" (channel); open it first"));
}

TEST_F(Import, SaysWhyAnAccountCouldNotBeOpened) {
    const std::string reason = reason_of(with("\"22.{merchant}\"", "\"23.{merchant}\""),
                                         "1,,7,,pay,CNY,2026-11-20,5,5,0\n");
    EXPECT_THAT(reason, AllOf(HasSubstr("account_unknown: "),
                              HasSubstr("account \"merchant:7\" (merchant)"),
                              HasSubstr("its opening was refused: group_unknown: ")));
}

TEST_F(Import, RefusesDefinitionsThatTheLedgerHasOtherwise) {
    import(payments_map, payments);
    EXPECT_THAT(
        [&] { import(with("\"payments\"", "\"other\""), payments); },
        ThrowsMessage<InvalidArgument>(AllOf(HasSubstr("number 3 cannot be defined: book_exists"),
                                             HasSubstr("does not belong into the mapping"))));
}

TEST_F(Import, RefusesFilesThatTheMappingDoesNotFit) {
    EXPECT_THAT([&] { import(payments_map, "no,order\n1,2\n"); },
                ThrowsMessage<InvalidArgument>(AllOf(
                    HasSubstr("test.map.json: /accounts/merchant/id: "),
                    HasSubstr("data.csv has no column \"merchant\"; it has \"no\", \"order\""))));
    EXPECT_THAT(
        [&] {
            import(payments_map, "no,order,merchant,city,kind,currency,day,gross,net,fee,net\n");
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("has several columns named \"net\"")));
    EXPECT_THAT(
        [&] { import(payments_map, ""); },
        ThrowsMessage<InvalidArgument>(HasSubstr("data.csv has no header row, it is empty")));
    EXPECT_THAT(
        [&] { import(payments_map, "no,\"ord"); },
        ThrowsMessage<InvalidArgument>(HasSubstr("line 1: the header row cannot be read: ")));
    EXPECT_THAT(
        [&] { Importer(ledger(), Mapping::parse(payments_map, "m")).run(directory_ / "none.csv"); },
        ThrowsMessage<StorageError>(
            HasSubstr("none.csv: cannot be opened for reading: No such file")));
    EXPECT_THAT(
        [&] {
            import(with("\"definitions\"", "\"file\": {\"encoding\": \"utf-16\"}, \"definitions\""),
                   payments);
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("test.map.json: /file: encoding \"utf-16\"")));
    EXPECT_THAT(
        [&] { import(with("\"currency\": \"{currency}\"", "\"currency\": \"USD\""), payments); },
        ThrowsMessage<InvalidArgument>(HasSubstr("/currency: the ledger has no currency \"USD\"")));
}

TEST_F(Import, AFileWithAHeaderAloneIsDone) {
    ImportOptions options;
    for (const bool resume : {false, true, true}) {
        options.resume = resume;
        const ImportReport report = import(payments_map, payments_header, options);
        EXPECT_EQ(report.counts, (ImportCounts{}));
        EXPECT_TRUE(report.finished);
        EXPECT_EQ(report.resumed, resume);
    }
}

TEST_F(Import, LeavesARejectsFileOnlyWhereThereAreRejects) {
    const std::filesystem::path path = directory_ / "data.csv.rejects.csv";
    ImportOptions options;
    for (const bool resume : {false, true}) {
        options.resume = resume;
        import(payments_map, payments, options);
        EXPECT_FALSE(std::filesystem::exists(path));
    }
    import(payments_map, payments + "torn\n");
    EXPECT_THAT(rejects(), HasSubstr("data.csv,7,"));
    import(payments_map, payments);
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Import, ChecksItsFilesBeforeItWritesAnything) {
    ledger();
    const Position before = ledger().view().position();
    ImportOptions options;
    options.rejects = write_file(directory_ / "letter.txt", "Dear ledger,");
    EXPECT_THROW(import(payments_map, payments, options), StorageError);
    options.rejects = directory_ / "none" / "rejects.csv";
    EXPECT_THROW(import(payments_map, payments, options), StorageError);
    EXPECT_EQ(ledger().view().position(), before);

    import(payments_map, payments + "torn\n");
    const std::string torn = rejects();
    const std::string other_book = with("\"payments\"", "\"other\"");
    EXPECT_THROW(import(other_book, payments), InvalidArgument);
    EXPECT_EQ(rejects(), torn);
    EXPECT_TRUE(std::filesystem::exists(directory_ / "data.csv.rejects.csv.progress"));
    options.rejects = directory_ / "new.csv";
    EXPECT_THROW(import(other_book, payments, options), InvalidArgument);
    EXPECT_FALSE(std::filesystem::exists(options.rejects));
}

TEST_F(Import, SparesOtherPeoplesFiles) {
    ImportOptions options;
    options.rejects = write_file(directory_ / "letter.txt", "Dear ledger,");
    EXPECT_THAT([&] { import(payments_map, payments, options); },
                ThrowsMessage<StorageError>(
                    HasSubstr("letter.txt: is there already and is no rejects file")));
    EXPECT_EQ(read_file(options.rejects), "Dear ledger,");
    options.rejects = directory_ / "data.csv";
    EXPECT_THAT([&] { import(payments_map, payments, options); },
                ThrowsMessage<InvalidArgument>(HasSubstr("is what is to be read")));
    options.rejects = directory_ / "none" / "rejects.csv";
    EXPECT_THAT(
        [&] { import(payments_map, payments, options); },
        ThrowsMessage<StorageError>(HasSubstr("rejects.csv: cannot be opened: No such file")));
    options = {};
    options.batch_rows = 0;
    EXPECT_THAT(
        [&] { import(payments_map, payments, options); },
        ThrowsMessage<InvalidArgument>(HasSubstr("batch_rows is 0; it must be from 1 to 8190")));
}

/// Rows of which every tenth is refused.
std::string many_payments(int count) {
    std::string out = payments_header;
    for (int i = 1; i <= count; ++i) {
        const std::string amount = i % 10 == 0 ? "x" : "1.00";
        out += std::to_string(i) + ",," + std::to_string(i % 17) + ",,pay,CNY,2026-11-20," +
               amount + ",1.00,0\n";
    }
    return out;
}

TEST_F(Import, GoesOnAfterAStopWithoutRepeatingAnything) {
    const std::string data = many_payments(1000);
    ImportOptions options;
    options.batch_rows = 64;
    options.progress_interval = std::chrono::milliseconds{0};
    import(payments_map, data, options);
    const std::string whole = rejects();

    TemporaryDirectory other;
    Ledger fresh = Ledger::create(other / "ledger", small_options());
    const auto file = write_file(other / "data.csv", data);
    const Mapping mapping = Mapping::parse(payments_map, "test.map.json");
    ImportOptions stopping = options;
    int batches = 0;
    stopping.on_progress = [&](const ImportProgress& progress) {
        EXPECT_EQ(progress.file_bytes, data.size());
        return ++batches < 5;
    };
    const ImportReport first = Importer(fresh, mapping, stopping).run(file);
    EXPECT_FALSE(first.finished);
    EXPECT_GE(first.counts.rows, 5 * 64u);  // and those in flight
    EXPECT_LT(first.counts.rows, 1000u);
    // What a crash in the middle of a batch leaves behind the last sync.
    std::ofstream(first.rejects, std::ios::app) << "data.csv,999,,torn";

    options.resume = true;
    const ImportReport second = Importer(fresh, mapping, options).run(file);
    EXPECT_TRUE(second.finished);
    EXPECT_TRUE(second.resumed);
    EXPECT_EQ(second.counts.rows, 1000u);
    EXPECT_EQ(second.counts.rejected, 100u);
    EXPECT_EQ(second.counts.posted, 900u);
    EXPECT_EQ(second.counts.already_posted, 0u);
    EXPECT_EQ(read_file(second.rejects), whole);
    const auto total = fresh.view().balance(AccountId{id_from_text("channel")});
    ASSERT_TRUE(total);
    EXPECT_EQ(total->total(), Amount{90'000});

    const ImportReport third = Importer(fresh, mapping, options).run(file);
    EXPECT_EQ(third.counts, second.counts);
    EXPECT_EQ(read_file(third.rejects), whole);
}

TEST_F(Import, ResumesOnlyTheSameFileMappingAndLedger) {
    ImportOptions options;
    import(payments_map, payments, options);
    options.resume = true;
    EXPECT_THAT([&] { import(payments_map, payments + payments, options); },
                ThrowsMessage<InvalidArgument>(AllOf(HasSubstr("data.csv.rejects.csv.progress: "),
                                                     HasSubstr("another size"),
                                                     HasSubstr("without resuming"))));
    std::string changed = payments;
    changed[payments_header.size()] = '9';
    EXPECT_THAT([&] { import(payments_map, changed, options); },
                ThrowsMessage<InvalidArgument>(HasSubstr("the data file has other content")));
    EXPECT_THAT([&] { import(payments_map + " ", payments, options); },
                ThrowsMessage<InvalidArgument>(HasSubstr("the mapping was changed")));
    Ledger other = Ledger::create(directory_ / "other", small_options());
    const Position before = other.view().position();
    write_file(directory_ / "data.csv", payments);
    EXPECT_THAT(
        [&] {
            Importer(other, Mapping::parse(payments_map, "test.map.json"), options)
                .run(directory_ / "data.csv");
        },
        ThrowsMessage<InvalidArgument>(HasSubstr("this ledger does not hold what was imported")));
    EXPECT_EQ(other.view().position(), before);
    write_file(directory_ / "data.csv.rejects.csv.progress", "{}");
    EXPECT_THAT([&] { import(payments_map, payments, options); },
                ThrowsMessage<InvalidArgument>(HasSubstr("without resuming")));
    std::filesystem::remove(directory_ / "data.csv.rejects.csv.progress");
    const ImportReport report = import(payments_map, payments, options);
    EXPECT_FALSE(report.resumed);
    EXPECT_EQ(report.counts.already_posted, 3u);
}

TEST_F(Import, ResumesNoFileThatWasChangedAnywhereBefore) {
    const std::string data = many_payments(10'000);
    ASSERT_GT(data.size(), 300'000u);
    ImportOptions options;
    options.on_progress = [](const ImportProgress&) { return false; };
    ASSERT_FALSE(import(payments_map, data, options).finished);
    options.resume = true;
    for (std::size_t at = payments_header.size(); at < 150'000; at += 20'000) {
        std::string changed = data;
        changed[at] ^= 1;
        EXPECT_THAT([&] { import(payments_map, changed, options); },
                    ThrowsMessage<InvalidArgument>(HasSubstr("the data file has other content")))
            << at;
    }
    options.on_progress = {};
    const ImportReport report = import(payments_map, data, options);
    EXPECT_TRUE(report.resumed);
    EXPECT_EQ(report.counts, (ImportCounts{10'000, 9'000, 0, 0, 1'000, 18}));
}

/// Posting threads wait for room that nobody makes when the ledger is closed.
TEST_F(Import, ARowThatFindsTheLedgerClosedIsNotRejected) {
    Options manual = small_options();
    manual.background = false;
    manual.segment_records = 1024;
    manual.tail_segments_max = 2;
    Ledger narrow = Ledger::create(directory_ / "narrow", manual);
    const auto file = write_file(directory_ / "data.csv", many_payments(10'000));
    const Mapping mapping = Mapping::parse(payments_map, "test.map.json");
    ImportOptions options;
    options.batch_rows = 256;
    options.progress_interval = std::chrono::milliseconds{0};
    std::thread closer([&] {
        Position seen;
        do {
            seen = narrow.view().position();
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
        } while (seen == Position{} || narrow.view().position() != seen);
        narrow.close();
    });
    EXPECT_THAT([&] { Importer(narrow, mapping, options).run(file); },
                ThrowsMessage<Error>(HasSubstr("closed")));
    closer.join();
    EXPECT_THAT(rejects(), ::testing::Not(HasSubstr("closed")));
}

TEST_F(Import, PostsOpeningBalancesAgainstOneAccount) {
    const std::string map = R"({
        "mode": "opening",
        "file": {"delimiter": "\t", "encoding": "gb18030", "header": false, "columns": 4},
        "definitions": {"currencies": [{"code": "CNY"}], "books": [{"book": 2}]},
        "accounts": {
            "customer": {"id": "c:{1}", "open": {"code": "{2}", "kind": "liability", "name": "{3}"}},
            "opening": {"id": "opening", "open": {"code": "40", "kind": "equity"}}
        },
        "id": {"prefix": "cutover:2026:", "columns": ["1"]},
        "book": 2, "currency": "CNY",
        "book_date": {"value": "2025-12-31"},
        "amount": {"value": "{4}", "decimal": ",", "grouping": ".", "zero": "skip"},
        "opening": {"account": "customer", "against": "opening"}
    })";
    // 支付 in GB 18030.
    const std::string data =
        "1\t2201\t\xD6\xA7\xB8\xB6\t1.000,50\n2\t2201\tb\t-0,50\n3\t2201\tc\t0\n";
    const ImportReport report = import(map, data);
    EXPECT_EQ(report.counts, (ImportCounts{3, 2, 0, 1, 0, 3}));
    EXPECT_EQ(balance("c:1"), "100050");
    EXPECT_EQ(balance("c:2"), "-50");
    EXPECT_EQ(balance("opening"), "-100000");
    const View view = ledger().view();
    EXPECT_EQ(view.account(AccountId{id_from_text("c:1")})->name, "支付");
    EXPECT_EQ(to_string(view.voucher(VoucherId{id_from_text("cutover:2026:1")})->voucher.book_date),
              "2025-12-31");
    EXPECT_EQ(import(map, data).counts.already_posted, 2u);
}

TEST_F(Import, ReadsATrialBalanceWithDebitAndCreditColumns) {
    const std::string map = R"({
        "mode": "opening",
        "definitions": {"currencies": [{"code": "CNY"}], "books": [{"book": 1}]},
        "accounts": {
            "account": {"id": "gl:{code}", "open": {"code": "{code}", "kind": "asset"}},
            "opening": {"id": "opening", "open": {"code": "40", "kind": "equity"}}
        },
        "id": {"prefix": "cutover:", "columns": ["code"]},
        "book": 1, "currency": "CNY", "book_date": {"value": "2025-12-31"},
        "amount": {"plus": "{debit}", "minus": "{credit}"},
        "opening": {"account": "account", "against": "opening", "plus": "debit"}
    })";
    EXPECT_EQ(import(map, "code,debit,credit\n10,7.00,\n20,,5.00\n30,1,1\n").counts,
              (ImportCounts{3, 2, 0, 0, 1, 3}));
    EXPECT_EQ(balance("gl:10"), "700");
    EXPECT_EQ(balance("gl:20"), "-500");
    EXPECT_EQ(balance("opening"), "200");
}

TEST_F(Import, OpensParentsBeforeTheirChildren) {
    const std::string map = R"({
        "definitions": {"currencies": [{"code": "CNY"}], "books": [{"book": 1}]},
        "accounts": {
            "bank": {"id": "bank:{bank}", "open": {"code": "10", "kind": "asset"}},
            "child": {"id": "bank:{bank}:{owner}", "open": {"code": "10", "kind": "asset", "parent": "bank"}},
            "owner": {"id": "owner:{owner}", "open": {"code": "20", "kind": "liability"}}
        },
        "id": {"prefix": "p:", "columns": ["bank", "owner"]},
        "book": 1, "currency": "CNY", "book_date": {"value": "2026-01-01"},
        "amount": {"value": "{amount}"},
        "rules": [{"lines": [{"debit": "bank"}, {"debit": "child"}, {"credit": "owner"}, {"credit": "owner"}]}]
    })";
    const ImportReport report = import(map, "bank,owner,amount\nICBC,1,5\nICBC,2,7\n");
    EXPECT_EQ(report.counts, (ImportCounts{2, 2, 0, 0, 0, 5}));
    EXPECT_EQ(balance("bank:ICBC"), "1200");
    EXPECT_EQ(balance("bank:ICBC:2"), "700");
    EXPECT_TRUE(ledger().view().voucher(VoucherId{id_from_text("p:ICBC|2")}));
}

TEST_F(Import, BuffersAccountsAsTheMappingSays) {
    const std::string with_window = R"({"code": "61", "kind": "income", "buffer_window": "250ms",)"
                                    R"( "buffer_lines_max": 9})";
    const std::string map = with(R"({"code": "61", "kind": "income"})", with_window);
    ASSERT_EQ(import(map, payments).counts.posted, 3u);
    const auto fees = ledger().view().account(AccountId{id_from_text("fees")});
    ASSERT_TRUE(fees);
    EXPECT_EQ(fees->buffering, (Buffering{std::chrono::milliseconds{250}, 9}));
    for (const char* bad : {"250", "-1s", "25h"}) {
        EXPECT_THROW(Mapping::parse(with("250ms", bad, map), "test.map.json"), InvalidArgument);
    }
}

TEST_F(Import, SaysThatALedgerWhoseClockRunsAheadIsToBeTriedLater) {
    ManualClock clock(parse_instant("2026-11-21T00:00:00Z"));
    Options options = small_options();
    options.clock = &clock;
    ledger_.emplace(Ledger::create(directory_ / "ledger", options));
    EXPECT_EQ(import(payments_map, payments).counts.posted, 3u);
    clock.set(parse_instant("2027-11-21T00:00:00Z"));
    EXPECT_THAT(
        [&] { import(payments_map, payments + "6,,8,,pay,CNY,2026-11-21,1.00,1.00,0.00\n"); },
        ThrowsMessage<UnavailableError>(
            AllOf(HasSubstr("clock_out_of_range"), HasSubstr("import again"))));
    clock.set(parse_instant("2026-11-21T00:00:01Z"));
    EXPECT_EQ(import(payments_map, payments).counts.already_posted, 3u);
    ledger_.reset();  // before its clock
}

}  // namespace
}  // namespace ledger::intake
