// follow: records in order, from a position or from where the last run came to.
#include "ctl.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Follow : public Ctl {
protected:
    void post_three() const {
        make_small_ledger();
        for (const char* id : {"text:r1", "text:r2", "text:r3"}) {
            ASSERT_EQ(pay_in("text:alice", "2.50", id).code, 0);
        }
    }
    std::string state() const { return path("state").string(); }
};

TEST_F(Follow, EveryRecordComesInOrderWithBalancesAfter) {
    post_three();
    const auto records = json({"follow"}).lines();
    ASSERT_EQ(records.size(), 10u);
    for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i]["position"], i + 1);
    EXPECT_EQ(records[0]["record"], "define_currency");
    EXPECT_EQ(records[0]["code"], "CNY");
    EXPECT_EQ(records[0]["entries"].size(), 0u);
    const auto& opened = records[4];
    EXPECT_EQ(opened["record"], "open_account");
    EXPECT_EQ(opened["id"], id_of("alice"));
    EXPECT_EQ(opened["minimum"], "0.00");
    EXPECT_EQ(opened["normal_side"], "credit");
    EXPECT_EQ(opened["entries"][0]["kind"], "opened");
    const auto& voucher = records[9];
    EXPECT_EQ(voucher["record"], "voucher");
    EXPECT_EQ(voucher["id"], id_of("r3"));
    EXPECT_EQ(voucher["number"], 3);
    EXPECT_EQ(voucher["lines"][1]["account"], id_of("alice"));
    EXPECT_EQ(voucher["lines"][1]["currency"], "CNY");
    ASSERT_EQ(voucher["entries"].size(), 2u);
    const auto& entry = voucher["entries"][1];
    EXPECT_EQ(entry["account"], id_of("alice"));
    EXPECT_EQ(entry["book"], 1);
    EXPECT_EQ(entry["kind"], "line");
    EXPECT_EQ(entry["line"], 1);
    EXPECT_EQ(entry["side"], "credit");
    EXPECT_EQ(entry["amount"], "2.50");
    EXPECT_EQ(entry["balance"]["total"], "7.50");
    EXPECT_FALSE(entry.contains("position"));
    // The same fields as the voucher itself has, where both have them.
    const auto itself = json({"voucher", "text:r3"}).json();
    for (const auto& [key, value] : itself.items()) {
        EXPECT_EQ(voucher.value(key, nlohmann::ordered_json()), value) << key;
    }
}

TEST_F(Follow, EveryKindOfRecordHasItsFields) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    ok({"post"},
       R"({"record": "define_group", "code": "9", "kind": "asset", "name": "Others"}
{"record": "define_relation", "number": 7, "at_day_close": true, "terms": [{"account": "text:cash"}, {"group": "9", "book": 1, "currency": "CNY", "coefficient": -1}]}
{"record": "set_limits", "id": "text:c1", "account": "text:alice", "minimum": "0.00", "maximum": "99.00"}
{"record": "set_freeze", "id": "text:c2", "account": "text:bob", "freeze": "inflow_only", "reference": "court"}
{"record": "set_attributes", "id": "text:c3", "account": "text:bob", "name": "Bob B.", "attributes": {"a": "b"}}
{"record": "set_buffering", "id": "text:c4", "account": "text:cash", "buffer_window": "1d"}
{"record": "place_hold", "id": "text:h1", "order": "text:o1", "account": "text:alice", "amount": "4.00", "expires_at": "2100-01-01T00:00:00Z"}
{"record": "place_hold", "id": "text:h2", "account": "text:alice", "kind": "precise", "sources": ["text:r1"]}
{"record": "release_hold", "id": "text:c5", "hold": "text:h2"}
{"id": "text:r2", "book": 1, "lines": [{"account": "text:alice", "side": "debit", "amount": "3.00"}, {"account": "text:cash", "side": "credit", "amount": "3.00"}], "captures": [{"hold": "text:h1", "amount": "3.00"}]}
{"record": "register_entry", "id": "text:c6", "type": 3, "payload": "text"}
{"record": "register_entry", "id": "text:c7", "payload_hex": "ff00"}
{"record": "close_account", "id": "text:c8", "account": "text:yen"}
{"record": "cut_day", "book": 1, "date": "2020-01-01"}
)");
    const auto records = json({"follow", "--after", "8"}).lines();
    ASSERT_EQ(records.size(), 14u);
    EXPECT_EQ(records[0]["name"], "Others");
    EXPECT_EQ(records[1]["number"], 7);
    EXPECT_EQ(records[1]["terms"][1]["coefficient"], -1);
    EXPECT_EQ(records[2]["maximum"], "99.00");
    EXPECT_EQ(records[3]["freeze"], "inflow_only");
    EXPECT_EQ(records[3]["reference"], "court");
    EXPECT_EQ(records[4]["attributes"]["a"], "b");
    EXPECT_EQ(records[5]["buffer_window"], "1d");
    EXPECT_EQ(records[6]["order"], id_of("o1"));
    EXPECT_EQ(records[6]["amount"], "4.00");
    EXPECT_EQ(records[6]["entries"][0]["balance"]["held"], "4.00");
    EXPECT_EQ(records[7]["kind"], "precise");
    EXPECT_EQ(records[7]["amount"], "6.00");
    EXPECT_EQ(records[7]["sources"][0], id_of("r1"));
    EXPECT_EQ(records[8]["hold"], id_of("h2"));
    EXPECT_EQ(records[8]["account"], id_of("alice"));
    EXPECT_EQ(records[8]["amount"], "6.00");
    EXPECT_EQ(records[8]["remaining"], "0.00");
    EXPECT_EQ(records[9]["captures"][0]["remaining"], "1.00");
    EXPECT_EQ(records[10]["payload"], "text");
    EXPECT_EQ(records[11]["payload_hex"], "ff00");
    EXPECT_EQ(records[12]["account"], id_of("yen"));
    EXPECT_EQ(records[13]["date"], "2020-01-01");
}

TEST_F(Follow, ItBeginsAndEndsWhereItIsTold) {
    post_three();
    const auto some = json({"follow", "--after", "7", "--limit", "2"}).lines();
    ASSERT_EQ(some.size(), 2u);
    EXPECT_EQ(some[0]["position"], 8);
    EXPECT_EQ(some[1]["position"], 9);
    EXPECT_EQ(ok({"follow", "--after", "10"}).out, "");
    const Ran beyond = run({"follow", "--after", "11"});
    EXPECT_EQ(beyond.code, 2);
    EXPECT_THAT(beyond.err, HasSubstr("the journal ends at position 10"));
    EXPECT_EQ(run({"follow", "--limit", "0"}).code, 2);
    EXPECT_EQ(run({"follow", "--after", "1", "--state", state()}).code, 2);
    EXPECT_EQ(json({"follow", "--after", "7", "--limit", "3", "--wait"}).lines().size(), 3u);
}

TEST_F(Follow, AStateFileRemembersHowFarItCame) {
    post_three();
    EXPECT_EQ(json({"follow", "--state", state(), "--limit", "4"}).lines().size(), 4u);
    EXPECT_EQ(json({"follow", "--state", state(), "--limit", "4"}).lines().at(0)["position"], 5);
    EXPECT_EQ(json({"follow", "--state", state()}).lines().size(), 2u);
    EXPECT_EQ(ok({"follow", "--state", state()}).out, "");
    pay_in("text:bob", "1.00", "text:r4");
    EXPECT_EQ(json({"follow", "--state", state()}).lines().at(0)["position"], 11);
}

TEST_F(Follow, AStateFileOfAnotherLedgerIsRefused) {
    post_three();
    ok({"follow", "--state", state()});
    std::filesystem::remove_all(ledger());
    make_small_ledger();
    const Ran shorter = run({"follow", "--state", state()});
    EXPECT_EQ(shorter.code, 2);
    EXPECT_THAT(shorter.err, AllOf(HasSubstr("--state " + state()), HasSubstr("position 10")));
    for (const char* id : {"text:r1", "text:r2", "text:r3"}) pay_in("text:bob", "2.50", id);
    EXPECT_EQ(run({"follow", "--state", state()}).code, 2);
    for (const char* text :
         {"", "{}", "nonsense", R"({"format": 2, "position": 1, "instant": ""})"}) {
        write("state", text);
        EXPECT_EQ(run({"follow", "--state", state()}).code, 2) << text;
    }
    std::filesystem::remove(state());
    EXPECT_EQ(run({"follow", "--state", state()}).code, 0);
}

TEST_F(Follow, PeopleGetATable) {
    post_three();
    const std::string table = ok({"follow", "--after", "8"}).out;
    EXPECT_THAT(table, AllOf(HasSubstr("position"), HasSubstr("voucher"), HasSubstr(id_of("alice")),
                             HasSubstr("7.50"), Not(HasSubstr("{"))));
}

}  // namespace
}  // namespace ledger::cli
