// balance, lines, entries, voucher, order, hold, item, trial: what is asked.
#include "ctl.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Query : public Ctl {};

TEST_F(Query, ABalanceNowAndBefore) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    const auto first = json({"balance", "text:alice"}).json();
    pay_in("text:alice", "5.00", "text:r2");
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "15.00");
    const std::string at = std::to_string(first["position"].get<std::uint64_t>());
    EXPECT_EQ(json({"balance", "text:alice", "--at", at}).json()["total"], "10.00");
    const std::string instant = json({"voucher", "text:r1"}).json()["instant"];
    EXPECT_EQ(json({"balance", "text:alice", "--at", instant}).json()["total"], "10.00");
    EXPECT_EQ(run({"balance", "text:alice", "--at", "9999"}).code, 2);
    EXPECT_EQ(run({"balance", "text:nobody"}).code, 3);
    const Ran before = run({"balance", "text:alice", "--at", "2"});
    EXPECT_EQ(before.code, 3);
    EXPECT_THAT(before.err, HasSubstr("account text:alice is not in the ledger at position 2"));
    const std::string table = ok({"balance", "text:alice"}).out;
    EXPECT_THAT(table, HasSubstr("\ndebits        0.00\ncredits      15.00\n"));
}

TEST_F(Query, LinesAreePagedBothWays) {
    make_small_ledger();
    for (int i = 1; i <= 7; ++i) {
        pay_in("text:alice", std::to_string(i) + ".00", "text:r" + std::to_string(i));
    }
    const auto page = json({"lines", "text:alice", "--limit", "3"}).json();
    ASSERT_EQ(page["items"].size(), 3u);
    EXPECT_EQ(page["items"][2]["balance"]["total"], "6.00");
    const auto next =
        json({"lines", "text:alice", "--limit", "3", "--cursor", page["cursor"]}).json();
    EXPECT_EQ(next["items"][0]["amount"], "4.00");
    const auto newest = json({"lines", "text:alice", "--limit", "1", "--backward"}).json();
    EXPECT_EQ(newest["items"][0]["amount"], "7.00");
    EXPECT_EQ(json({"lines", "text:alice", "--limit", "3", "--all"}).lines().size(), 3u);
    const std::string position = std::to_string(page["items"][1]["position"].get<std::uint64_t>());
    EXPECT_EQ(json({"lines", "text:alice", "--from", position, "--to", position})
                  .json()["items"][0]["amount"],
              "2.00");
    const Ran table = ok({"lines", "text:alice", "--limit", "3"});
    EXPECT_THAT(table.err, HasSubstr("--cursor"));
    EXPECT_THAT(table.out, AllOf(HasSubstr("position"), HasSubstr("  1.00")));
    EXPECT_EQ(run({"lines", "text:alice", "--limit", "10001"}).code, 2);
    EXPECT_EQ(run({"lines", "text:alice", "--cursor", "nonsense"}).code, 2);
    EXPECT_EQ(run({"lines", "text:nobody"}).code, 3);
}

TEST_F(Query, APreciseHoldCatchesTheVouchersOfAnOrder) {
    make_small_ledger();
    ok({"post", "--book", "1", "--debit", "text:cash=10.00", "--credit", "text:alice=10.00", "--id",
        "text:r1", "--order", "text:o1"});
    ok({"hold", "place", "text:alice", "4.00", "--kind", "precise", "--source-order", "text:o1",
        "--id", "text:h1"});
    const auto hold = json({"hold", "show", "text:h1"}).json();
    EXPECT_EQ(hold["placed"], "4.00");
    EXPECT_EQ(hold["orders"][0], id_of("o1"));
    EXPECT_EQ(hold["resolved"][0], id_of("r1"));
    const Ran other =
        run({"post"}, R"({"record": "place_hold", "id": "text:h2", "kind": "precise",)"
                      R"( "account": "text:alice", "orders": ["text:o2"]})");
    EXPECT_EQ(other.code, 1);
    EXPECT_THAT(other.out, HasSubstr("voucher_unknown"));
}

TEST_F(Query, AFoldNamesTheLinesItFolded) {
    make_small_ledger();
    ok({"account", "buffering", "text:alice", "--buffer-window", "1d", "--buffer-lines-max", "3"});
    for (const char* id : {"text:r1", "text:r2", "text:r3"}) pay_in("text:alice", "2.50", id);
    const auto items = json({"entries", "text:alice"}).json()["items"];
    ASSERT_EQ(items.size(), 6u);  // opened, buffering, three lines, the fold
    const auto& fold = items[5];
    EXPECT_EQ(fold["kind"], "fold");
    EXPECT_EQ(fold["amount"], "7.50");
    EXPECT_EQ(fold["folded"]["lines"], 3);
    EXPECT_EQ(fold["folded"]["debits"], "0.00");
    EXPECT_EQ(fold["folded"]["credits"], "7.50");
    EXPECT_EQ(fold["folded"]["first"], items[2]["position"]);
    EXPECT_EQ(fold["folded"]["last"], items[4]["position"]);
    EXPECT_FALSE(items[4].contains("folded"));
    EXPECT_THAT(ok({"entries", "text:alice"}).out,
                HasSubstr("fold of 3 from " + items[2]["position"].dump() + " to "));
}

TEST_F(Query, EntriesTellEverything) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    ok({"hold", "place", "text:alice", "4.00", "--id", "text:h1"});
    ok({"account", "freeze", "text:alice", "--direction", "all"});
    const auto items = json({"entries", "text:alice"}).json()["items"];
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0]["kind"], "opened");
    EXPECT_EQ(items[1]["kind"], "line");
    EXPECT_EQ(items[2]["kind"], "hold_placed");
    EXPECT_EQ(items[2]["balance"]["available"], "6.00");
    EXPECT_EQ(items[3]["kind"], "freeze");
    EXPECT_EQ(json({"lines", "text:alice"}).json()["items"].size(), 1u);
    EXPECT_THAT(ok({"entries", "text:alice"}).out, HasSubstr("hold_placed"));
}

TEST_F(Query, AVoucherIsFoundThreeWays) {
    make_small_ledger();
    ok({"post", "--book", "1", "--debit", "text:cash=1.00", "--credit", "text:alice=1.00", "--id",
        "text:r1", "--book-date", "2026-03-05"});
    const auto by_id = json({"voucher", "text:r1"}).json();
    const std::string position = std::to_string(by_id["position"].get<std::uint64_t>());
    EXPECT_EQ(json({"voucher", "--position", position}).json(), by_id);
    EXPECT_EQ(json({"voucher", "--number", "1", "--book", "1", "--book-date", "2026-03-05"}).json(),
              by_id);
    EXPECT_EQ(run({"voucher", "--number", "2", "--book", "1", "--book-date", "2026-03-05"}).code,
              3);
    EXPECT_EQ(run({"voucher", "text:none"}).code, 3);
    const Ran definition = run({"voucher", "--position", "1"});
    EXPECT_EQ(definition.code, 3);
    EXPECT_THAT(definition.err, HasSubstr("define_currency"));
    EXPECT_EQ(run({"voucher", "--position", "999"}).code, 3);
    EXPECT_EQ(run({"voucher"}).code, 2);
    EXPECT_EQ(run({"voucher", "--number", "1"}).code, 2);
    EXPECT_EQ(run({"voucher", "text:r1", "--position", "1"}).code, 2);
}

TEST_F(Query, OrdersAreFoundAndUnknownOnesAreNot) {
    make_small_ledger();
    ok({"post", "--book", "1", "--debit", "text:cash=1.00", "--credit", "text:alice=1.00",
        "--order", "text:o1"});
    ok({"hold", "place", "text:alice", "0.50", "--order", "text:o1"});
    const auto items = json({"order", "text:o1"}).json()["items"];
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[0]["record"], "voucher");
    EXPECT_EQ(items[1]["record"], "place_hold");
    EXPECT_EQ(run({"order", "text:o2"}).code, 3);
    EXPECT_EQ(run({"hold", "list", "--order", "text:o2"}).code, 3);
    EXPECT_EQ(run({"order", "text:o1", "--at", "1"}).code, 3);
}

TEST_F(Query, HoldsArePlacedShownListedAndReleased) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    ok({"hold", "place", "text:alice", "4.00", "--id", "text:h1", "--order", "text:o1",
        "--expires-in", "1h", "--reference", "booking"});
    const auto hold = json({"hold", "show", "text:h1"}).json();
    EXPECT_EQ(hold["placed"], "4.00");
    EXPECT_EQ(hold["remaining"], "4.00");
    EXPECT_EQ(hold["reference"], "booking");
    EXPECT_TRUE(hold.contains("expires_at"));
    ok({"hold", "release", "text:h1", "--amount", "1.50"});
    EXPECT_EQ(json({"hold", "show", "text:h1"}).json()["remaining"], "2.50");
    EXPECT_EQ(json({"balance", "text:alice"}).json()["available"], "7.50");
    EXPECT_EQ(json({"hold", "list", "--account", "text:alice"}).json()["items"].size(), 1u);
    ok({"hold", "release", "text:h1"});
    EXPECT_EQ(json({"hold", "list", "--account", "text:alice"}).json()["items"].size(), 0u);
    EXPECT_EQ(json({"hold", "list", "--account", "text:alice", "--closed"}).json()["items"].size(),
              1u);
    EXPECT_EQ(json({"hold", "list", "--order", "text:o1"}).json()["items"].size(), 1u);
    EXPECT_THAT(ok({"hold", "list", "--order", "text:o1"}).out, HasSubstr("booking"));

    EXPECT_THAT(run({"hold", "place", "text:alice", "99.00"}).err, HasSubstr("below_minimum"));
    ok({"hold", "place", "text:alice", "99.00", "--kind", "judicial"});
    ok({"hold", "place", "text:bob", "--kind", "judicial", "1.00"});
    EXPECT_EQ(run({"hold", "place", "text:alice"}).code, 2);
    EXPECT_EQ(run({"hold", "show", "text:none"}).code, 3);
    EXPECT_EQ(run({"hold", "release", "text:none"}).code, 3);
    EXPECT_EQ(run({"hold", "list"}).code, 2);
}

TEST_F(Query, ACaptureByFlags) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    ok({"hold", "place", "text:alice", "4.00", "--id", "text:h1"});
    ok({"post", "--book", "1", "--debit", "text:alice=3.00", "--credit", "text:bob=3.00",
        "--capture", "text:h1=3.00", "--id", "text:v1"});
    EXPECT_EQ(json({"hold", "show", "text:h1"}).json()["remaining"], "1.00");
    EXPECT_THAT(ok({"voucher", "text:v1"}).out, HasSubstr("captures"));
    EXPECT_EQ(
        run({"post", "--book", "1", "--debit", "text:alice=3.00", "--capture", "text:none=3.00"})
            .code,
        3);
}

TEST_F(Query, OpenItemsAreListedUntilCleared) {
    make_small_ledger();
    ok({"account", "open", "text:suspense", "--book", "1", "--currency", "CNY", "--code", "2999",
        "--kind", "liability", "--open-items"});
    ok({"post"},
       R"({"id": "text:v1", "book": 1, "lines": [{"account": "text:cash", "side": "debit", "amount": "8.00"}, {"account": "text:suspense", "side": "credit", "amount": "8.00", "opens": "text:i1"}]}
{"id": "text:v2", "book": 1, "lines": [{"account": "text:suspense", "side": "debit", "amount": "3.00", "clears": "text:i1"}, {"account": "text:alice", "side": "credit", "amount": "3.00"}]}
)");
    const auto item = json({"item", "show", "text:i1"}).json();
    EXPECT_EQ(item["opened"], "8.00");
    EXPECT_EQ(item["remaining"], "5.00");
    EXPECT_EQ(json({"item", "list", "text:suspense"}).json()["items"].size(), 1u);
    EXPECT_THAT(ok({"item", "list", "text:suspense"}).out, HasSubstr("5.00"));
    EXPECT_EQ(run({"item", "show", "text:i2"}).code, 3);
    EXPECT_EQ(run({"item", "list", "text:nobody"}).code, 3);
}

TEST_F(Query, TheTrialBalances) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    const auto items = json({"trial"}).json()["items"];
    bool is_found = false;
    for (const auto& sum : items) {
        if (sum["currency"] != "CNY") continue;
        is_found = true;
        EXPECT_EQ(sum["debits"], "10.00");
        EXPECT_EQ(sum["credits"], "10.00");
        EXPECT_EQ(sum["balanced"], true);
    }
    EXPECT_TRUE(is_found);
    EXPECT_THAT(ok({"trial"}).out, HasSubstr("10.00"));
    EXPECT_THAT(ok({"trial", "--at", "1"}).out, Not(HasSubstr("10.00")));
}

TEST_F(Query, TheSumOfAGroupNeedsABookAndACurrencyThatAreThere) {
    make_small_ledger();
    ok({"group", "define", "22", "--kind", "liability"});
    const auto sum = [&](const std::string& group, const std::string& book,
                         const std::string& currency) {
        return run({"balance", "--group", group, "--book", book, "--currency", currency});
    };
    EXPECT_EQ(sum("22", "1", "CNY").code, 0);
    const std::vector<std::pair<Ran, std::string>> cases{{sum("22", "9", "CNY"), "--book"},
                                                         {sum("22", "1", "XXX"), "--currency"},
                                                         {sum("23", "1", "CNY"), "--group"}};
    for (const auto& [ran, named] : cases) {
        EXPECT_EQ(ran.code, 3) << ran.err;
        EXPECT_EQ(ran.out, "");
        EXPECT_THAT(ran.err, HasSubstr(named));
    }
}

TEST_F(Query, AMistypedCommandIsNamed) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"blance", "text:alice"}, "ledgerctl: 'blance' is no command"},
        {{"account", "opne", "text:alice"}, "ledgerctl: 'opne' is no command"},
        {{"account"}, "ledgerctl: A subcommand is required; see: ledgerctl account --help"},
        {{"trial", "--colour"}, "--colour"}};
    for (const auto& [arguments, named] : cases) {
        const Ran ran = run(arguments);
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, HasSubstr(named));
    }
}

}  // namespace
}  // namespace ledger::cli
