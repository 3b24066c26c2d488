// One order at a time: read from the books, decided, posted as a group.
#include "ledger/adapters/desk.hpp"

#include "ledger/testkit.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace ledger::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr BookId book{1};
const AccountId bank{1, 1};
const AccountId shop{1, 2};
const WorkQueue open_orders{AccountId{1, 3}, AccountId{1, 4}};

OpenAccount account(AccountId id, AccountKind kind, const char* code) {
    OpenAccount open;
    open.id = id;
    open.book = book;
    open.currency = CurrencyCode("CNY");
    open.code = code;
    open.kind = kind;
    return open;
}

RegisterEntry entry(std::string payload) {
    RegisterEntry entry;
    entry.type = 1;
    entry.payload = std::move(payload);
    return entry;
}

class DeskTest : public ::testing::Test {
protected:
    DeskTest() {
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("CNY")});
        DefineBook define;
        define.book = book;
        batch.add(define);
        batch.add(account(bank, AccountKind::asset, "1002"));
        batch.add(account(shop, AccountKind::liability, "2202"));
        open_orders.define(batch, book, CurrencyCode("CNY"), "9001", "open orders");
        desk_.define(std::move(batch));
    }

    static Voucher payment(VoucherId id, std::int64_t cents) {
        Voucher voucher;
        voucher.id = id;
        voucher.order = order_;
        voucher.book = book;
        voucher.lines.resize(2);
        voucher.lines[0].account = bank;
        voucher.lines[1].account = shop;
        voucher.lines[1].side = Side::credit;
        for (VoucherLine& line : voucher.lines) line.amount = Amount{cents};
        return voucher;
    }

    static inline const OrderId order_ = order_id("test", "P-1");
    testkit::TemporaryLedger ledger_;
    Desk desk_{*ledger_};
};

TEST_F(DeskTest, ReadsAnOrderWithAllThatItsRecordsHold) {
    Batch batch;
    batch.add(RecordId{7, 1}, entry("created"), order_);
    Voucher voucher = payment(VoucherId{7, 2}, 500);
    open_orders.open(voucher, ItemId{7, 9}, Amount{500});
    batch.add(voucher);
    PlaceHold hold;
    hold.account = shop;
    hold.amount = Amount{200};
    batch.add(HoldId{7, 3}, hold, order_);
    ASSERT_TRUE(desk_.post(std::move(batch)));

    const std::vector<Fact> facts = desk_.facts_of(order_);
    ASSERT_EQ(facts.size(), 3u);
    ASSERT_NE(facts[0].as<RegisterEntry>(), nullptr);
    EXPECT_EQ(facts[0].as<RegisterEntry>()->payload, "created");
    ASSERT_NE(facts[1].as<PostedVoucher>(), nullptr);
    EXPECT_EQ(facts[1].as<PostedVoucher>()->voucher.lines.size(), 4u);
    ASSERT_NE(facts[2].as<HoldInfo>(), nullptr);
    EXPECT_EQ(facts[2].as<HoldInfo>()->placed, Amount{200});
    EXPECT_TRUE(desk_.facts_of(order_id("test", "P-2")).empty());
}

TEST_F(DeskTest, PostsAllOrNothingAndTellsWhichRecordWasAtFault) {
    Batch batch;
    batch.add(RecordId{7, 1}, entry("created"), order_);
    PlaceHold hold;
    hold.account = AccountId{9, 9};
    hold.amount = Amount{200};
    batch.add(HoldId{7, 3}, hold, order_);
    const Decision decision = desk_.post(std::move(batch));
    EXPECT_FALSE(decision);
    EXPECT_EQ(decision.refusal().outcome, Outcome::account_unknown);
    EXPECT_TRUE(desk_.facts_of(order_).empty());
}

TEST_F(DeskTest, KeepsOpenWorkAsOpenItems) {
    Voucher opening = payment(VoucherId{7, 2}, 500);
    open_orders.open(opening, ItemId{7, 9}, Amount{500});
    Batch batch;
    batch.add(opening);
    ASSERT_TRUE(desk_.post(std::move(batch)));
    EXPECT_EQ(desk_.view().open_items(open_orders.items).items.size(), 1u);

    Voucher closing = payment(VoucherId{7, 3}, 100);
    open_orders.clear(closing, ItemId{7, 9}, Amount{501});
    batch = {};
    batch.add(closing);
    EXPECT_EQ(desk_.post(batch).refusal().outcome, Outcome::item_exceeded);
    closing.lines.resize(2);
    open_orders.clear(closing, ItemId{7, 9}, Amount{500});
    batch = {};
    batch.add(closing);
    EXPECT_TRUE(desk_.post(batch));
    EXPECT_TRUE(desk_.view().open_items(open_orders.items).items.empty());
}

TEST_F(DeskTest, NamesADefinitionThatContradictsWhatIsThere) {
    Batch same;
    same.add(account(bank, AccountKind::asset, "1002"));
    desk_.define(std::move(same));
    Batch other;
    other.add(account(shop, AccountKind::liability, "2202"));
    other.add(account(bank, AccountKind::asset, "1003"));
    EXPECT_THAT([&] { desk_.define(std::move(other)); },
                ThrowsMessage<UsageError>(HasSubstr("definition 2 of 2 is refused: ")));
}

TEST_F(DeskTest, IdsOfFactsDependOnEveryPart) {
    EXPECT_EQ(fact_id("leg", {"a", "b"}), fact_id("leg", {"a", "b"}));
    EXPECT_NE(fact_id("leg", {"a", "b"}), fact_id("leg", {"ab", ""}));
    EXPECT_NE(fact_id("leg", {"a", "b"}), fact_id("leg", {"a", "b", ""}));
    EXPECT_NE(fact_id("leg", {"a;1:b"}), fact_id("leg", {"a", "b"}));
    EXPECT_NE(order_id("payment", "1"), order_id("payout", "1"));
}

using ThreadsDesk = DeskTest;

TEST_F(ThreadsDesk, OnlyOneCallerDecidesAboutAnOrderAtATime) {
    std::atomic<int> decided = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const auto turn = desk_.turn(order_);
            if (!desk_.facts_of(order_).empty()) return;
            Batch batch;
            batch.add(RecordId{7, static_cast<std::uint64_t>(i) + 1}, entry("decided"), order_);
            if (desk_.post(std::move(batch))) ++decided;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(decided, 1);
    EXPECT_EQ(desk_.facts_of(order_).size(), 1u);
}

}  // namespace
}  // namespace ledger::adapters
