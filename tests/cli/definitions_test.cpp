// init, currency, book, group, relation, account: what defines a ledger.
#include "ctl.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Definitions : public Ctl {};

TEST_F(Definitions, InitMakesAnEmptyLedgerOnce) {
    EXPECT_THAT(ok({"init"}).out, HasSubstr("empty ledger created"));
    const Ran again = run({"init"});
    EXPECT_EQ(again.code, 2);
    EXPECT_THAT(again.err, AllOf(HasSubstr("ledger"), HasSubstr("already")));
    EXPECT_EQ(json({"stats"}).json()["committed_through"], 0);
}

TEST_F(Definitions, CurrenciesComeFromIsoOrByHand) {
    ok({"init"});
    ok({"currency", "define", "CNY", "--iso"});
    ok({"currency", "define", "POINTS", "--decimals", "4", "--name", "Bonus points"});
    const auto items = json({"currency", "list"}).json()["items"];
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[0]["code"], "CNY");
    EXPECT_EQ(items[0]["decimals"], 2);
    EXPECT_EQ(items[0]["numeric"], 156);
    EXPECT_EQ(items[1]["name"], "Bonus points");
    EXPECT_THAT(ok({"currency", "list"}).out, HasSubstr("POINTS"));

    EXPECT_EQ(run({"currency", "define", "QQQ", "--iso"}).code, 2);
    EXPECT_EQ(run({"currency", "define", "QQQ"}).code, 2);
    EXPECT_EQ(run({"currency", "define", "cny", "--decimals", "2"}).code, 2);
    const Ran other = run({"currency", "define", "POINTS", "--decimals", "3"});
    EXPECT_EQ(other.code, 1);
    EXPECT_THAT(other.err, HasSubstr("currency_exists"));
    EXPECT_THAT(ok({"currency", "define", "CNY", "--iso"}).out, HasSubstr("already_posted"));
}

TEST_F(Definitions, BooksAreDefined) {
    ok({"init"});
    ok({"book", "define", "7", "--name", "Hong Kong", "--utc-offset", "+08:00", "--first-date",
        "2026-01-01", "--two-principals"});
    const auto books = json({"book", "list"}).json()["items"];
    EXPECT_EQ(books[0]["book"], 7);
    EXPECT_EQ(books[0]["utc_offset"], "+08:00");
    EXPECT_EQ(books[0]["first_date"], "2026-01-01");
    EXPECT_EQ(books[0]["two_principals"], true);
    EXPECT_THAT(ok({"book", "list"}).out, HasSubstr("+08:00"));
}

TEST_F(Definitions, GroupsRollUp) {
    make_small_ledger();
    ok({"group", "define", "30", "--kind", "asset", "--name", "Banks"});
    ok({"group", "define", "30.1", "--kind", "asset"});
    ok({"account", "open", "text:bank", "--book", "1", "--currency", "CNY", "--code", "30.1.1",
        "--kind", "asset"});
    ok({"post", "--book", "1", "--debit", "text:bank=12.50", "--credit", "text:alice=12.50"});
    const auto balance =
        json({"balance", "--group", "30", "--book", "1", "--currency", "CNY"}).json();
    EXPECT_EQ(balance["total"], "12.50");
    EXPECT_EQ(balance["group"], "30");
    EXPECT_EQ(json({"group", "list"}).json()["items"].size(), 2u);
    EXPECT_EQ(run({"balance", "--group", "99", "--book", "1", "--currency", "CNY"}).code, 3);
    EXPECT_EQ(run({"balance", "--group", "30"}).code, 2);
    EXPECT_EQ(run({"balance"}).code, 2);
    EXPECT_EQ(run({"group", "define", "31", "--kind", "nonsense"}).code, 2);
}

TEST_F(Definitions, RelationsAreKept) {
    make_small_ledger();
    ok({"relation", "define", "3", "--name", "alice = bob", "--term", "text:alice=1", "--term",
        "text:bob=-1"});
    const auto relation = json({"relation", "list"}).json()["items"][0];
    EXPECT_EQ(relation["number"], 3);
    EXPECT_EQ(relation["terms"][1]["coefficient"], -1);
    const Ran broken = pay_in("text:alice", "1.00", "text:1");
    EXPECT_EQ(broken.code, 1);
    EXPECT_THAT(broken.err, AllOf(HasSubstr("relation_broken"), HasSubstr("relation 3")));
    EXPECT_EQ(run({"relation", "define", "4", "--group-term", "30/1=1"}).code, 2);
}

TEST_F(Definitions, AccountsAreOpenedShownAndListed) {
    make_small_ledger();
    ok({"account", "open",        "text:shop", "--book",          "1",         "--currency",
        "CNY",     "--code",      "2003",      "--kind",          "liability", "--name",
        "商户",    "--maximum",   "500.00",    "--buffer-window", "500ms",     "--buffer-lines-max",
        "10",      "--attribute", "tier=gold"});
    const auto shop = json({"account", "show", "text:shop"}).json();
    EXPECT_EQ(shop["id"], id_of("shop"));
    EXPECT_EQ(shop["name"], "商户");
    EXPECT_EQ(shop["maximum"], "500.00");
    EXPECT_EQ(shop["buffer_window"], "500ms");
    EXPECT_EQ(shop["attributes"]["tier"], "gold");
    EXPECT_EQ(shop["balance"]["total"], "0.00");
    EXPECT_THAT(ok({"account", "show", "text:shop"}).out, HasSubstr("商户"));

    const auto all = json({"account", "list"}).json()["items"];
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0]["code"], "1001");
    EXPECT_EQ(json({"account", "list", "--prefix", "20"}).json()["items"].size(), 3u);
    EXPECT_EQ(run({"account", "show", "text:nobody"}).code, 3);
    EXPECT_EQ(run({"account", "show", "nobody"}).code, 2);
    EXPECT_EQ(run({"account", "open", "text:x", "--book", "1", "--currency", "CNY", "--code", "1",
                   "--kind", "asset", "--minimum", "1.234"})
                  .code,
              2);
    const Ran unknown = run({"account", "open", "text:x", "--book", "9", "--currency", "CNY",
                             "--code", "1", "--kind", "asset"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_THAT(unknown.err, HasSubstr("book_unknown"));
}

TEST_F(Definitions, AccountsChange) {
    make_small_ledger();
    ok({"account", "freeze", "text:alice", "--direction", "inflow_only", "--reference", "court 7"});
    EXPECT_EQ(json({"account", "show", "text:alice"}).json()["freeze_reference"], "court 7");
    ok({"account", "freeze", "text:alice", "--direction", "none"});

    ok({"account", "limits", "text:alice", "--maximum", "100.00"});
    auto alice = json({"account", "show", "text:alice"}).json();
    EXPECT_EQ(alice["minimum"], "0.00");
    EXPECT_EQ(alice["maximum"], "100.00");
    ok({"account", "limits", "text:alice", "--minimum", "none"});
    alice = json({"account", "show", "text:alice"}).json();
    EXPECT_FALSE(alice.contains("minimum"));
    EXPECT_EQ(alice["maximum"], "100.00");

    ok({"account", "attributes", "text:alice", "--attribute", "a=1", "--attribute", "b=2"});
    ok({"account", "attributes", "text:alice", "--name", "Alice L.", "--attribute", "b=3"});
    alice = json({"account", "show", "text:alice"}).json();
    EXPECT_EQ(alice["name"], "Alice L.");
    EXPECT_EQ(alice["attributes"].dump(), R"({"a":"1","b":"3"})");
    ok({"account", "attributes", "text:alice", "--clear"});
    EXPECT_FALSE(json({"account", "show", "text:alice"}).json().contains("attributes"));

    ok({"account", "buffering", "text:bob", "--buffer-window", "1s"});
    EXPECT_EQ(json({"account", "show", "text:bob"}).json()["buffer_window"], "1s");
    ok({"account", "buffering", "text:bob", "--buffer-window", "0"});
    EXPECT_FALSE(json({"account", "show", "text:bob"}).json().contains("buffer_window"));

    ok({"account", "close", "text:bob", "--id", "text:close-bob"});
    EXPECT_EQ(json({"account", "show", "text:bob"}).json()["closed"], true);
    EXPECT_THAT(ok({"account", "close", "text:bob", "--id", "text:close-bob"}).out,
                HasSubstr("already_posted"));
    EXPECT_THAT(run({"account", "close", "text:bob"}).err, HasSubstr("account_closed"));
}

}  // namespace
}  // namespace ledger::cli
