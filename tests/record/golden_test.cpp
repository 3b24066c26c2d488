// The bytes of each released format version, kept in golden/: every later version must read them.
// With LEDGER_WRITE_GOLDEN set in the environment the current version's file is written anew.
#include "ledger/record/codec.hpp"
#include "support/same_record.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ledger::record {
namespace {

std::string golden_path(int version) {
    return std::string(LEDGER_SOURCE_DIR) + "/tests/record/golden/batch_v" +
           std::to_string(version) + ".bin";
}

std::vector<char> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void add_vouchers(Batch& batch) {
    batch.add_voucher(VoucherId(1, 2), BookId{7})
        .debit(AccountId(0, 11), Amount{12'345})
        .credit(AccountId(0, 12), Amount{12'345})
        .order(OrderId(3, 4))
        .book_date(Date{20'778})
        .code(42);
    Voucher voucher;
    voucher.id = VoucherId(1, 3);
    voucher.book = BookId{7};
    voucher.manual = true;
    voucher.red = true;
    const Amount wide{static_cast<i128>(from_words(5, 6))};
    voucher.lines = {
        {AccountId(0, 13), Side::debit, wide, Ink::red, {{"部门", "结算"}, {"empty", ""}}, {}, {}},
        {AccountId(0, 14), Side::credit, wide, Ink::red, {}, ItemId(1, 1), ItemId(2, 2)},
    };
    voucher.detail.value_date = Date{20'779};
    voucher.detail.occurred_at = Instant{1'795'000'000'123'456'789};
    voucher.detail.summary = "摘要";
    voucher.detail.made_by = "maker";
    voucher.detail.checked_by = "checker";
    voucher.detail.source_document = "receipt 9";
    voucher.detail.reverses = VoucherId(8, 8);
    voucher.detail.replaces = VoucherId(9, 9);
    voucher.detail.attributes = {{"channel", "bank"}};
    voucher.detail.captures = {{HoldId(5, 5), Amount{10}, Amount{90}}};
    batch.add(voucher);
}

void add_definitions(Batch& batch) {
    batch.add(DefineCurrency{{CurrencyCode{"POINTS"}, 3, 0, "Bonus points"}});
    batch.add(DefineBook{BookId{7}, "Client money", true, 28'800, Date{20'000}});
    batch.add(DefineGroup{"1001.01", AccountKind::asset, "Cash"});
    OpenAccount account;
    account.id = AccountId(0, 11);
    account.book = BookId{7};
    account.currency = CurrencyCode{"CNY"};
    account.code = "1001.01.7";
    account.kind = AccountKind::common;
    account.normal_side = Side::credit;
    account.name = "Merchant";
    account.limits = {Amount{-100}, Amount{1'000'000}};
    account.buffering = {std::chrono::seconds{5}, 1000};
    account.open_items = true;
    account.parent = AccountId(0, 10);
    account.attributes = {{"risk", "low"}};
    batch.add(account);
    DefineRelation relation;
    relation.number = 12;
    relation.name = "reserve";
    relation.at_day_close = true;
    relation.terms = {{1, AccountId(0, 11), "", {}, {}},
                      {-2, {}, "2001", BookId{7}, CurrencyCode{"CNY"}}};
    batch.add(relation);
}

void add_the_rest(Batch& batch) {
    const AccountId account(0, 11);
    batch.add(RecordId(2, 1), SetLimits{account, {Amount{0}, {}}}, OrderId(3, 5));
    batch.add(RecordId(2, 2), SetFreeze{account, Freeze::inflow_only, "court 17"});
    batch.add(RecordId(2, 3), SetAttributes{account, "Merchant 2", {{"risk", "high"}}});
    batch.add(RecordId(2, 4), SetBuffering{account, {std::chrono::seconds{1}, 10}});
    batch.add(RecordId(2, 5), CloseAccount{account});
    PlaceHold hold;
    hold.account = account;
    hold.amount = Amount{60};
    hold.kind = HoldKind::precise;
    hold.expires_at = Instant{1'795'000'000'000'000'000};
    hold.sources = {VoucherId(1, 2), VoucherId(1, 3)};
    hold.reference = "police 4";
    hold.requested = Amount{100};
    batch.records[batch.add(HoldId(5, 6), hold)].set(record_flag::amount_derived, true);
    batch.add(RecordId(2, 6), ReleaseHold{HoldId(5, 6), Amount{10}, Amount{50}});
    batch.add(RecordId(2, 7), RegisterEntry{3, std::string("a\0b", 3)}, OrderId(3, 6));
    batch.add(CutDay{BookId{7}, Date{20'778}});
    batch.add(CloseDay{BookId{7}, Date{20'778}});
    batch.add_time_passed();
    batch.add(Anchor{Position{1'000}, "BLAKE2b-256", std::string(32, '\x5a')});
}

/// What golden/batch_v1.bin holds. Never changed.
Batch batch_of_version_1() {
    Batch batch;
    add_vouchers(batch);
    add_definitions(batch);
    add_the_rest(batch);
    for (BatchLine& line : batch.lines) {
        line.handle.index = static_cast<std::uint32_t>(line.account.low());
    }
    std::uint64_t number = 100;
    for (BatchRecord& record : batch.records) record.number = number++;
    return batch;
}

TEST(Golden, VersionOneIsRead) {
    const std::vector<char> golden = read_file(golden_path(1));
    ASSERT_FALSE(golden.empty()) << golden_path(1) << " is missing";
    const auto payload = std::as_bytes(std::span(golden));
    const Batch expected = batch_of_version_1();
    Batch out;
    decode(payload, out);
    EXPECT_TRUE(test::same_batch(expected, out));
    const PayloadView view(payload);
    for (std::size_t i = 0; i < view.size(); ++i) {
        out.clear();
        view.read(i, out);
        EXPECT_TRUE(test::same_record(expected, i, out, 0)) << i;
    }
}

TEST(Golden, TheCurrentVersionIsWrittenAsBefore) {
    ASSERT_EQ(format_version, 1);
    const Batch batch = batch_of_version_1();
    Encoder encoder;
    encoder.begin();
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    const auto payload = encoder.finish();
    if (std::getenv("LEDGER_WRITE_GOLDEN") != nullptr) {
        std::ofstream file(golden_path(format_version), std::ios::binary);
        file.write(reinterpret_cast<const char*>(payload.data()),
                   static_cast<std::streamsize>(payload.size()));
    }
    const std::vector<char> golden = read_file(golden_path(format_version));
    ASSERT_EQ(golden.size(), payload.size());
    EXPECT_EQ(std::memcmp(golden.data(), payload.data(), payload.size()), 0);
}

}  // namespace
}  // namespace ledger::record
