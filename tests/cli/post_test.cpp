// post and reverse: by flags and as JSON lines.
#include "ctl.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Post : public Ctl {};

TEST_F(Post, AVoucherByFlagsGivesItsReceipt) {
    make_small_ledger();
    const auto receipt =
        json({"post", "--book", "1", "--debit", "text:cash=100.00", "--credit", "text:alice=60.00",
              "--credit", "text:bob=40.00", "--id", "text:r1", "--book-date", "2026-03-05",
              "--summary", "paid in", "--attribute", "channel=bank"})
            .json();
    EXPECT_EQ(receipt["outcome"], "accepted");
    EXPECT_EQ(receipt["number"], 1);
    EXPECT_EQ(receipt["book_date"], "2026-03-05");
    ASSERT_EQ(receipt["balances"].size(), 3u);
    EXPECT_EQ(receipt["balances"][1]["account"], id_of("alice"));
    EXPECT_EQ(receipt["balances"][1]["balance"]["total"], "60.00");
    const auto voucher = json({"voucher", "text:r1"}).json();
    EXPECT_EQ(voucher["summary"], "paid in");
    EXPECT_EQ(voucher["lines"][2]["amount"], "40.00");
    EXPECT_EQ(voucher["attributes"]["channel"], "bank");
    EXPECT_THAT(ok({"voucher", "text:r1"}).out, AllOf(HasSubstr("paid in"), HasSubstr("100.00")));
}

TEST_F(Post, TheSameIdPostsOnce) {
    make_small_ledger();
    EXPECT_EQ(pay_in("text:alice", "1.00", "text:r1").code, 0);
    const Ran again = pay_in("text:alice", "1.00", "text:r1");
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.out, HasSubstr("already_posted"));
    const Ran other = pay_in("text:alice", "2.00", "text:r1");
    EXPECT_EQ(other.code, 1);
    EXPECT_THAT(other.err, HasSubstr("id_conflict"));
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "1.00");
}

TEST_F(Post, ACurrencyOfIso4217NeedsItsCodeAlone) {
    ok({"init"});
    ok({"post"}, R"({"record": "define_currency", "code": "JPY"})");
    ok({"currency", "define", "JPY", "--iso"});  // the same definition
    const auto yen = json({"currency", "list"}).json()["items"][0];
    EXPECT_EQ(yen["name"], "Yen");
    EXPECT_EQ(yen["decimals"], 0);
    const Ran unknown = run({"post"}, R"({"record": "define_currency", "code": "POINTS"})");
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.err,
                AllOf(HasSubstr("line 1"), HasSubstr("POINTS"), HasSubstr("decimals")));
    const Ran half =
        run({"post"}, R"({"record": "define_currency", "code": "JPY", "name": "Yen"})");
    EXPECT_THAT(half.err, AllOf(HasSubstr("decimals"), HasSubstr("is missing")));
}

TEST_F(Post, ARefusalIsExplained) {
    make_small_ledger();
    const Ran ran = run({"post", "--book", "1", "--debit", "text:alice=1.00", "--credit",
                         "text:cash=1.00", "--json"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.json()["outcome"], "below_minimum");
    EXPECT_TRUE(ran.json().contains("explanation"));
    EXPECT_THAT(ran.err, AllOf(HasSubstr(": refused: below_minimum, line 1 of 2: "),
                               Not(HasSubstr("posted"))));
    EXPECT_EQ(ran.json()["line"], 0);
    ok({"book", "define", "2"});
    const Ran other = run({"post", "--book", "2", "--debit", "text:cash=1.00", "--credit",
                           "text:alice=1.00", "--json"});
    EXPECT_EQ(other.json()["outcome"], "book_mismatch");
    EXPECT_EQ(other.json()["line"], 0);
    EXPECT_THAT(other.err, HasSubstr("book_mismatch, line 1 of 2: "));
    const Ran second = run({"post", "--book", "1", "--debit", "text:bob=1.00", "--debit",
                            "text:yen=1", "--credit", "text:cash=1.00", "--json"});
    EXPECT_FALSE(second.json().contains("line")) << second.out;
    EXPECT_THAT(second.err, HasSubstr("refused: unbalanced: "));
    EXPECT_THAT(
        run({"post", "--book", "1", "--debit", "text:cash=1.00", "--credit", "text:alice=2.00"})
            .err,
        HasSubstr("unbalanced"));
}

TEST_F(Post, FlagsThatAreWrongAreNamed) {
    make_small_ledger();
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"post", "--book", "1", "--debit", "text:cash"}, "--debit"},
        {{"post", "--book", "1", "--debit", "text:cash=1.001"}, "1.001"},
        {{"post", "--book", "1", "--debit", "text:cash=1,00"}, "1,00"},
        {{"post", "--debit", "text:cash=1.00"}, "--book"},
        {{"post", "--book", "1", "--debit", "text:cash=1.00", "file.jsonl"}, "FILE"},
        {{"post", "--book", "1", "--debit", "text:cash=1.00", "--book-date", "2026-13-01"},
         "--book-date"},
        {{"post", "--book", "1", "--debits", "text:cash=1.00"}, "--debits"},
        {{"post", "missing.jsonl"}, "missing.jsonl"},
        {{"post", "--book", "1", "--summary", "x"}, "--book"},
        {{"post", "--summary", "x", "file.jsonl"}, "--summary"},
        {{"post", "--code", "7", "file.jsonl"}, "--code"},
    };
    for (const auto& [arguments, named] : cases) {
        const Ran ran = run(arguments);
        EXPECT_EQ(ran.code, 2) << ran.err;
        EXPECT_THAT(ran.err, HasSubstr(named));
        EXPECT_EQ(ran.out, "");
    }
    const Ran unknown = run({"post", "--book", "1", "--debit", "text:nobody=1.00"});
    EXPECT_EQ(unknown.code, 3);
    EXPECT_THAT(unknown.err, HasSubstr("account text:nobody is not in the ledger at position"));
}

TEST_F(Post, IdsThatWereMadeUpArePrinted) {
    make_small_ledger();
    const auto voucher =
        json({"post", "--book", "1", "--debit", "text:cash=9.00", "--credit", "text:alice=9.00"})
            .json();
    const std::string id = voucher["id"];
    EXPECT_EQ(json({"voucher", id}).json()["position"], voucher["position"]);
    const auto hold = json({"hold", "place", "text:bob", "1.00", "--kind", "judicial"}).json();
    EXPECT_EQ(json({"hold", "show", hold["id"]}).json()["placed"], "1.00");
    const auto reversal = json({"reverse", id, "--red", "--order", "text:o"}, "").json();
    EXPECT_EQ(json({"voucher", reversal["id"]}).json()["reverses"], id);
    EXPECT_EQ(json({"account", "freeze", "text:bob", "--direction", "all"}).json().count("id"), 1u);
}

TEST_F(Post, JsonLinesOfAllKinds) {
    make_small_ledger();
    const std::string input = R"(
{"record": "define_group", "code": "60", "kind": "income"}
{"record": "open_account", "id": "text:fees", "book": 1, "currency": "CNY", "code": "60.1", "kind": "income"}
{"id": "text:v1", "order": "text:o1", "book": 1, "book_date": "2026-03-05", "code": 12, "value_date": "2026-03-06", "occurred_at": "2026-03-05T09:00:00Z", "summary": "s", "made_by": "m", "checked_by": "c", "source_document": "d", "attributes": {"k": "v"}, "lines": [{"account": "text:cash", "side": "debit", "amount": "10.00", "dimensions": {"branch": "7"}}, {"account": "text:alice", "side": "credit", "amount": "9.50"}, {"account": "text:fees", "side": "credit", "amount": "0.50"}]}
{"record": "place_hold", "id": "text:h1", "order": "text:o1", "account": "text:alice", "amount": "3.00", "reference": "r"}
{"id": "text:v2", "order": "text:o1", "book": 1, "lines": [{"account": "text:alice", "side": "debit", "amount": "2.00"}, {"account": "text:bob", "side": "credit", "amount": "2.00"}], "captures": [{"hold": "text:h1", "amount": "2.00"}]}
{"record": "release_hold", "id": "text:x1", "hold": "text:h1", "amount": "0.40", "order": "text:o1"}
{"record": "set_limits", "id": "text:l1", "account": "text:bob", "maximum": "1000.00"}
{"record": "set_freeze", "id": "text:f1", "account": "text:yen", "freeze": "all", "reference": "court"}
{"record": "set_attributes", "id": "text:a1", "account": "text:bob", "name": "Robert", "attributes": {"tier": "gold"}}
{"record": "set_buffering", "id": "text:b1", "account": "text:bob", "buffer_window": "1ms"}
{"record": "register_entry", "id": "text:e1", "type": 4, "payload": "instruction", "order": "text:o1"}
{"record": "register_entry", "id": "text:e2", "payload_hex": "00ff"}
{"record": "define_relation", "number": 1, "at_day_close": true, "terms": [{"account": "text:alice"}, {"coefficient": -1, "group": "60", "book": 1, "currency": "CNY"}]}
{"record": "close_account", "id": "text:c1", "account": "text:yen"}
{"record": "cut_day", "book": 1, "date": "2026-03-05"}
)";
    const Ran ran = json({"post", "-"}, input);
    EXPECT_THAT(ran.err, HasSubstr("15 accepted, 0 posted already, 0 refused"));
    EXPECT_EQ(ran.lines().size(), 15u);
    EXPECT_EQ(ran.lines()[0]["input_line"], 2);
    EXPECT_EQ(json({"balance", "text:alice"}).json()["held"], "0.60");
    EXPECT_EQ(json({"hold", "show", "text:h1"}).json()["remaining"], "0.60");
    const auto voucher = json({"voucher", "text:v1"}).json();
    EXPECT_EQ(voucher["code"], 12);
    EXPECT_EQ(voucher["value_date"], "2026-03-06");
    EXPECT_EQ(voucher["occurred_at"], "2026-03-05T09:00:00Z");
    EXPECT_EQ(voucher["lines"][0]["dimensions"]["branch"], "7");
    EXPECT_EQ(json({"voucher", "text:v2"}).json()["captures"][0]["remaining"], "1.00");
    EXPECT_EQ(json({"order", "text:o1"}).json()["items"].size(), 5u);
    EXPECT_EQ(json({"account", "show", "text:bob"}).json()["name"], "Robert");

    const Ran again = json({"post"}, input);
    EXPECT_THAT(again.err, HasSubstr("0 accepted, 15 posted already, 0 refused"));
}

TEST_F(Post, AGroupPostsAllOrNone) {
    make_small_ledger();
    const std::string good = R"({"record": "register_entry", "id": "text:e", "payload": "x"})";
    const std::string bad =
        R"({"record": "place_hold", "id": "text:h", "account": "text:alice", "amount": "1.00"})";
    const Ran ran = run({"post", "--json"}, "{\"group\": [" + good + ", " + bad + "]}\n");
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.lines().at(0)["outcome"], "group_failed");
    EXPECT_EQ(ran.lines().at(1)["outcome"], "below_minimum");
    EXPECT_EQ(json({"post"}, "{\"group\": [" + good + "]}\n").lines()[0]["outcome"], "accepted");
    EXPECT_EQ(run({"post"}, "{\"group\": []}\n").code, 2);
}

TEST_F(Post, BadLinesAreNamedAndNothingAfterThemIsPosted) {
    make_small_ledger();
    const std::string good =
        R"({"id": "text:v1", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": "1.00"}, {"account": "text:alice", "side": "credit", "amount": "1.00"}]})";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{", "no JSON"},
        {"[]", "JSON object"},
        {R"({"record": "nonsense"})", "nonsense"},
        {R"({"id": "text:v2", "book": 1, "sumary": "x"})", "sumary"},
        {R"({"id": "text:v2", "id": "text:v3", "book": 1})", "twice"},
        {R"({"book": 1})", "\"id\""},
        {R"({"id": "text:v2"})", "\"book\""},
        {R"({"id": "text:v2", "book": 70000})", "1..65535"},
        {R"({"id": "text:v2", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": 1.0}]})",
         "lines[0].amount"},
        {R"({"id": "text:v2", "book": 1, "lines": [{"account": "text:cash", "side": "left", "amount": "1.0"}]})",
         "lines[0].side"},
        {R"({"id": "text:v2", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": "1.005"}]})",
         "1.005"},
        {R"({"id": "text:v2", "book": 1, "lines": {"account": 1}})", "array"},
        {R"({"id": "text:v2", "book": 1, "book_date": "5.3.2026"})", "book_date"},
        {R"({"group": [{"record": "cut_day", "book": 1, "date": "x"}]})", "group[0]"},
    };
    for (const auto& [line, named] : cases) {
        const Ran ran = run({"post"}, good + "\n" + line + "\n" + good + "\n");
        EXPECT_EQ(ran.code, 2) << line;
        EXPECT_THAT(ran.err, AllOf(HasSubstr(named), HasSubstr("line 2"))) << line;
    }
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "1.00");
}

TEST_F(Post, ADryRunPostsNothing) {
    make_small_ledger();
    const std::string input =
        R"({"record": "open_account", "id": "text:new", "book": 1, "currency": "JPY", "code": "1003", "kind": "asset"}
{"id": "text:v1", "book": 1, "lines": [{"account": "text:yen", "side": "debit", "amount": "5"}, {"account": "text:new", "side": "credit", "amount": "5"}]}
{"id": "text:v2", "book": 1, "lines": [{"account": "text:cash", "side": "credit", "amount": "5.00"}, {"account": "text:bob", "side": "debit", "amount": "5.00"}]}
)";
    const Ran ran = run({"post", "--dry-run", "--json"}, input);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.lines().at(1)["outcome"], "accepted");
    EXPECT_EQ(ran.lines().at(2)["outcome"], "below_minimum");
    EXPECT_THAT(ran.err, HasSubstr("nothing posted"));
    EXPECT_EQ(run({"account", "show", "text:new"}).code, 3);
    ok({"post", "--dry-run", "--book", "1", "--debit", "text:cash=1.00", "--credit",
        "text:alice=1.00"});
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "0.00");
}

TEST_F(Post, AmountsTakeTheDecimalsOfTheirAccount) {
    make_small_ledger();
    // An account that exists keeps its currency, whatever a later, refused opening says.
    const Ran ran = run(
        {"post", "--json"},
        R"({"record": "open_account", "id": "text:alice", "book": 1, "currency": "JPY", "code": "9", "kind": "asset"}
{"id": "text:v1", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": "12"}, {"account": "text:alice", "side": "credit", "amount": "12.00"}]}
)");
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.lines().at(0)["outcome"], "account_exists");
    EXPECT_EQ(ran.lines().at(1)["outcome"], "accepted");
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "12.00");
    const Ran twice = run(
        {"post"},
        R"({"record": "open_account", "id": "text:n", "book": 9, "currency": "JPY", "code": "9", "kind": "asset"}
{"record": "open_account", "id": "text:n", "book": 1, "currency": "CNY", "code": "9", "kind": "asset"}
)");
    EXPECT_EQ(twice.code, 2);
    EXPECT_THAT(twice.err, HasSubstr("stands twice"));
}

TEST_F(Post, ManyLinesArePostedInBatches) {
    make_small_ledger();
    std::string input;
    for (int i = 0; i < 2'500; ++i) {
        input +=
            "{\"id\": \"text:v" + std::to_string(i) +
            R"(", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": "0.01"}, {"account": "text:alice", "side": "credit", "amount": "0.01"}]})" +
            "\n";
    }
    const Ran ran = ok({"post", write("many.jsonl", input)});
    EXPECT_THAT(ran.err, HasSubstr("2500 accepted"));
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "25.00");
    EXPECT_LT(json({"stats"}).json()["journal_bytes"], 5'000'000);
}

TEST_F(Post, ALiveFeedIsAnsweredAtOnce) {
    make_small_ledger();
    int to_child[2];
    int from_child[2];
    ASSERT_EQ(pipe(to_child), 0);
    ASSERT_EQ(pipe(from_child), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(to_child[0], STDIN_FILENO);
        dup2(from_child[1], STDOUT_FILENO);
        close(to_child[1]);
        close(from_child[0]);
        execl(LEDGER_CTL, LEDGER_CTL, "--dir", ledger().c_str(), "post", "--json",
              static_cast<char*>(nullptr));
        _exit(127);
    }
    close(to_child[0]);
    close(from_child[1]);
    FILE* answers = fdopen(from_child[0], "r");
    for (const char* id : {"text:e1", "text:e2"}) {
        const std::string line =
            std::string(R"({"record": "register_entry", "id": ")") + id + "\"}\n";
        ASSERT_EQ(::write(to_child[1], line.data(), line.size()),
                  static_cast<ssize_t>(line.size()));
        char answer[512] = {};
        ASSERT_NE(std::fgets(answer, sizeof answer, answers), nullptr);
        EXPECT_THAT(std::string(answer), HasSubstr("accepted"));
    }
    close(to_child[1]);
    int status = 0;
    waitpid(child, &status, 0);
    std::fclose(answers);
    EXPECT_EQ(status, 0);
}

TEST_F(Post, AReversalUndoesOnce) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    ok({"reverse", "text:r1", "--summary", "mistake"});
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "0.00");
    EXPECT_EQ(json({"balance", "text:alice"}).json()["debits"], "10.00");
    EXPECT_THAT(ok({"reverse", "text:r1", "--summary", "mistake"}).out,
                HasSubstr("already_posted"));
    EXPECT_THAT(run({"reverse", "text:r1", "--id", "text:again"}).err,
                HasSubstr("already_reversed"));
    const auto voucher = json({"voucher", "text:r1"}).json();
    EXPECT_EQ(voucher["reversed_by"], id_of("reversal:" + id_of("r1")));
    EXPECT_EQ(run({"reverse", "text:nothing"}).code, 3);
}

TEST_F(Post, ARedReversalWithItsCorrection) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    const std::string file = write("correction.json", R"({
        "id": "text:r2", "book": 1, "lines": [
            {"account": "text:cash", "side": "debit", "amount": "1.00"},
            {"account": "text:alice", "side": "credit", "amount": "1.00"}]})");
    const Ran ran = json({"reverse", "text:r1", "--red", "--replace", file});
    EXPECT_EQ(ran.lines().at(0)["part"], "reversal");
    EXPECT_EQ(ran.lines().at(1)["id"], id_of("r2"));
    const auto balance = json({"balance", "text:alice"}).json();
    EXPECT_EQ(balance["credits"], "1.00");
    EXPECT_EQ(balance["debits"], "0.00");
    EXPECT_EQ(json({"voucher", "text:r2"}).json()["replaces"], id_of("r1"));
    EXPECT_EQ(json({"voucher", "text:r1"}).json()["replaced_by"], id_of("r2"));
    EXPECT_EQ(run({"reverse", "text:r1", "--replace", "missing.json"}).code, 2);
}

}  // namespace
}  // namespace ledger::cli
