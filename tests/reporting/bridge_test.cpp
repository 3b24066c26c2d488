// Bridges of closed days: which vouchers are late for a day, and what they make of its balances.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace test;

class Bridges : public ::testing::Test {
protected:
    Bridges() { EXPECT_TRUE(all_accepted(ledger_->post(foundations(4)))); }

    Voucher dated(std::uint64_t id, std::int64_t amount, Date date, Date concerns = Date::none()) {
        Voucher voucher = transfer(id, 1, 2, amount);
        voucher.book_date = date;
        voucher.detail.concerns = concerns;
        return voucher;
    }
    void pay(std::uint64_t id, std::int64_t amount, Date date, Date concerns = Date::none()) {
        ASSERT_TRUE(ledger_->post(dated(id, amount, date, concerns)));
    }
    Position close(Date date) {
        EXPECT_TRUE(ledger_->post(CutDay{book, date}));
        return ledger_->post(CloseDay{book, date, {}}).result.position;
    }
    static std::vector<RecordId> ids(const Page<PostedVoucher>& page) {
        std::vector<RecordId> found;
        for (const PostedVoucher& one : page.items) found.push_back(one.voucher.id);
        return found;
    }
    std::vector<RecordId> late(Date date) { return ids(ledger_->view().late_vouchers(book, date)); }

    const Date day_ = make_date(2026, 11, 2);
    TemporaryDirectory directory_;
    ManualClock clock_{start_instant};
    std::optional<Ledger> ledger_{Ledger::create(directory_ / "l", small_options(&clock_))};
};

TEST_F(Bridges, LeadFromTheCertifiedBalancesToThoseSeenToday) {
    pay(1, 100, day_);
    const Position closed = close(day_);
    pay(2, 40, day_ + 1, day_);
    Voucher refund = transfer(3, 3, 1, 15);
    refund.book_date = day_ + 1;
    refund.detail.concerns = day_;
    ASSERT_TRUE(ledger_->post(refund));
    pay(4, 7, day_ + 1);
    const View view = ledger_->view();
    const Bridge bridge(view, book, day_);
    EXPECT_EQ(bridge.head().close.position, closed);
    EXPECT_EQ(bridge.head().close.close.date, day_);
    EXPECT_EQ(bridge.head().known_at, view.position());
    EXPECT_EQ(ids(bridge.vouchers()), (std::vector{record_id(2), record_id(3)}));
    const auto accounts = bridge.accounts().items;
    ASSERT_EQ(accounts.size(), 3u);
    const auto expect = [&](std::size_t at, std::int64_t certified, Turnover turnover,
                            std::int64_t seen) {
        EXPECT_EQ(accounts[at].account.id, account_id(at + 1));
        EXPECT_EQ(accounts[at].certified, minor(certified)) << at;
        EXPECT_EQ(accounts[at].late, turnover) << at;
        EXPECT_EQ(accounts[at].seen, minor(seen)) << at;
        EXPECT_EQ(view.balance_on(accounts[at].account.id, day_)->total(), minor(certified)) << at;
    };
    expect(0, 100, {minor(40), minor(15)}, 125);
    expect(1, -100, {minor(0), minor(40)}, -140);
    expect(2, 0, {minor(15), minor(0)}, 15);
}

TEST_F(Bridges, HaveWhatConcernsTheDayOrOneBeforeItAndIsDatedAfterIt) {
    close(day_);
    pay(1, 1, day_ + 1, day_);        // of the next day, which is still open
    pay(2, 1, day_ + 1, day_ + 1);    // its own day
    pay(3, 1, day_ + 2, day_ + -30);  // long before
    pay(4, 1, day_ + 2, day_ + 1);    // told before that day was closed, but not posted to it
    pay(5, 1, day_ + 2);
    close(day_ + 1);
    pay(6, 1, day_ + 9, day_ + 5);
    using Ids = std::vector<RecordId>;
    EXPECT_EQ(late(day_), (Ids{record_id(1), record_id(3)}));
    EXPECT_EQ(late(day_ + 1), (Ids{record_id(3), record_id(4)}));
    EXPECT_EQ(late(day_ + 2), Ids{});
    EXPECT_EQ(late(day_ + -30), (Ids{record_id(3)}));
    EXPECT_EQ(late(day_ + -31), Ids{});
    for (int after = 5; after <= 8; ++after) EXPECT_EQ(late(day_ + after), (Ids{record_id(6)}));
    EXPECT_EQ(late(day_ + 9), Ids{});
    EXPECT_EQ(late(day_ + 4), Ids{});
    EXPECT_TRUE(ledger_->view().late_vouchers(BookId{2}, day_).items.empty());
    EXPECT_THROW((void)ledger_->view().late_vouchers(book, date_max + 1), InvalidArgument);
}

TEST_F(Bridges, ShowReversalsThatSayWhichDayTheyConcern) {
    pay(1, 100, day_);
    pay(2, 30, day_);
    close(day_);
    for (const std::uint64_t reversed : {1, 2}) {
        Voucher reversal;
        reversal.id = record_id(10 + reversed);
        reversal.book = book;
        reversal.red = true;
        reversal.detail.reverses = record_id(reversed);
        if (reversed == 1) reversal.detail.concerns = day_;
        ASSERT_TRUE(ledger_->post(reversal));
    }
    const View view = ledger_->view();
    const Bridge bridge(view, book, day_);
    EXPECT_EQ(ids(bridge.vouchers()), (std::vector{record_id(11)}));
    const auto accounts = bridge.accounts().items;
    ASSERT_EQ(accounts.size(), 2u);
    EXPECT_EQ(accounts[0].late, (Turnover{minor(-100), minor(0)}));
    EXPECT_EQ(accounts[0].seen, minor(30));
    EXPECT_EQ(accounts[1].seen, minor(-30));
}

TEST_F(Bridges, AreOfClosedDaysOnly) {
    pay(1, 100, day_ + 2);
    const Position closed = close(day_ + 1);
    const View view = ledger_->view();
    EXPECT_THROW(Bridge(view, book, day_ + 2), InvalidArgument);
    EXPECT_THROW(Bridge(view, BookId{9}, day_), InvalidArgument);
    const Bridge along(view, book, day_);  // closed along with the day after it
    EXPECT_EQ(along.head().close.close.date, day_ + 1);
    EXPECT_FALSE(along.head().certificate);
    EXPECT_TRUE(along.accounts().items.empty());
    const View before = view.at({closed.value - 1});
    EXPECT_THROW(Bridge(before, book, day_), InvalidArgument);
    close(day_ + 2);
    close(day_ + 4);
    const View later = ledger_->view();
    EXPECT_EQ(later.closed_by(book, day_ + 2)->close.date, day_ + 2);
    EXPECT_EQ(later.closed_by(book, day_ + 3)->close.date, day_ + 4);
    EXPECT_FALSE(later.closed_by(book, day_ + 5));
}

/// Whatever the page and wherever the vouchers are: in the tail, or sealed.
TEST_F(Bridges, AreReadInPages) {
    Batch batch;
    for (std::uint64_t number = 100; number < 140; ++number) batch.add(plain_account(number));
    ASSERT_TRUE(all_accepted(ledger_->post(batch)));
    close(day_);
    std::vector<RecordId> expected;
    for (std::uint64_t id = 1; id <= 300; ++id) {
        Voucher voucher = transfer(id, 100 + id % 40, 100 + (id * 7 + 1) % 40, 1);
        voucher.book_date = day_ + 1 + static_cast<int>(id % 70);
        voucher.detail.concerns = day_ + -static_cast<int>(id * 13 % 50);
        ASSERT_TRUE(ledger_->post(voucher));
        expected.push_back(voucher.id);
        if (id == 200) ledger_->seal();
    }
    const View view = ledger_->view();
    const Bridge bridge(view, book, day_);
    std::vector<RecordId> read;
    for (PageRequest page{7, false, {}};;) {
        const auto some = bridge.vouchers(page);
        for (const PostedVoucher& one : some.items) read.push_back(one.voucher.id);
        if (some.cursor.empty()) break;
        page.cursor = some.cursor;
    }
    EXPECT_EQ(read, expected);
    const auto newest = bridge.vouchers({1, true, {}});
    EXPECT_EQ(ids(newest), (std::vector{expected.back()}));
    EXPECT_EQ(ids(bridge.vouchers({1, true, newest.cursor})), (std::vector{record_id(299)}));

    const auto whole = bridge.accounts().items;
    ASSERT_EQ(whole.size(), 40u);
    std::size_t at = 0;
    for (PageRequest page{7, false, {}};;) {
        const auto some = bridge.accounts(page);
        for (const BridgedAccount& one : some.items) {
            ASSERT_LT(at, whole.size());
            EXPECT_EQ(one.account.id, whole[at].account.id);
            EXPECT_EQ(one.late, whole[at].late);
            ++at;
        }
        if (some.cursor.empty()) break;
        page.cursor = some.cursor;
    }
    EXPECT_EQ(at, whole.size());
    EXPECT_THROW((void)bridge.accounts({0, false, {}}), InvalidArgument);
    EXPECT_THROW((void)bridge.accounts({1, true, {}}), InvalidArgument);
    EXPECT_THROW((void)bridge.accounts({1, false, "next"}), InvalidArgument);
}

}  // namespace
}  // namespace ledger
