// The test kit for embedders: a ledger that goes away, time that a test drives, a restart.
#include "ledger/testkit.hpp"

#include "ledger/core/id.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace ledger {
namespace {

const AccountId bank{1, 1};
const AccountId shop{1, 2};
const BookId book{1};

OpenAccount account(AccountId id, AccountKind kind, const char* code) {
    OpenAccount open;
    open.id = id;
    open.book = book;
    open.currency = CurrencyCode("CNY");
    open.code = code;
    open.kind = kind;
    return open;
}

void fill(Ledger& ledger) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook define;
    define.book = book;
    batch.add(define);
    batch.add(account(bank, AccountKind::asset, "1002"));
    batch.add(account(shop, AccountKind::liability, "2202"));
    batch.add_voucher(VoucherId{2, 1}, book).debit(bank, Amount{500}).credit(shop, Amount{500});
    for (const Result& result : ledger.post(std::move(batch))) ASSERT_TRUE(result);
}

TEST(Testkit, LeavesNothingBehind) {
    std::filesystem::path directory;
    {
        testkit::TemporaryLedger kit;
        fill(*kit);
        directory = kit.directory();
        EXPECT_TRUE(std::filesystem::exists(directory));
    }
    EXPECT_FALSE(std::filesystem::exists(directory));
    EXPECT_FALSE(std::filesystem::exists(directory.parent_path()));
}

TEST(Testkit, ClockGivesThePostingInstant) {
    const Instant start = parse_instant("2026-03-02T09:00:00Z");
    testkit::TemporaryLedger kit(testkit::small_options(), start);
    fill(*kit);
    EXPECT_EQ(utc_date(kit->view().instant()), make_date(2026, 3, 2));
    kit.clock().advance(std::chrono::hours{48});
    Batch batch;
    batch.add_voucher(VoucherId{2, 2}, book).debit(bank, Amount{1}).credit(shop, Amount{1});
    EXPECT_TRUE(kit->post(std::move(batch)).at(0));
    EXPECT_GE(kit->view().instant(), start + std::chrono::hours{48});
    EXPECT_EQ(kit->view().voucher(VoucherId{2, 2})->voucher.book_date, make_date(2026, 3, 4));
}

TEST(Testkit, HoldExpiresWhenTheTestSaysSo) {
    testkit::TemporaryLedger kit;
    fill(*kit);
    PlaceHold hold;
    hold.account = shop;
    hold.amount = Amount{200};
    hold.expires_at = kit.clock().now() + std::chrono::hours{1};
    ASSERT_TRUE(kit->post(HoldId{3, 1}, hold));
    EXPECT_EQ(kit->view().balance(shop)->available(), Amount{300});
    kit.clock().advance(std::chrono::hours{2});
    Batch batch;
    batch.add_voucher(VoucherId{2, 3}, book).debit(shop, Amount{450}).credit(bank, Amount{450});
    EXPECT_TRUE(kit->post(std::move(batch)).at(0));
    EXPECT_EQ(kit->view().balance(shop)->available(), Amount{50});
}

TEST(Testkit, ReopenKeepsWhatWasPosted) {
    testkit::TemporaryLedger kit;
    fill(*kit);
    kit.reopen();
    EXPECT_EQ(kit->view().balance(shop)->total(), Amount{500});
    fill(*kit);  // the same again: posted already
    EXPECT_EQ(kit->view().balance(shop)->total(), Amount{500});
}

}  // namespace
}  // namespace ledger
