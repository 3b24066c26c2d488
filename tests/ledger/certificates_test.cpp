// Certificates of closed days: made in the background for each close, right by their definition,
// recomputed by deep verification.
#include "engine/balance_digest.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace test;

class Certificates : public ::testing::Test {
protected:
    Certificates() {
        options_.background = false;
        options_.clock = &clock_;
        ledger_.emplace(Ledger::create(path_, options_));
        EXPECT_TRUE(all_accepted(ledger_->post(foundations(5))));
    }
    void pay(std::uint64_t id, std::int64_t amount, Date date) {
        Voucher voucher = transfer(id, 1, 2, amount);
        voucher.book_date = date;
        ASSERT_TRUE(ledger_->post(voucher));
    }
    Position close(Date date) {
        EXPECT_TRUE(ledger_->post(CutDay{book, date}));
        return ledger_->post(CloseDay{book, date, {}}).result.position;
    }
    std::optional<Certificate> made(Date date) {
        becomes_true([&] {
            ledger_->step();
            return ledger_->view().certificate(book, date).has_value();
        });
        return ledger_->view().certificate(book, date);
    }
    void reopen() {
        ledger_.reset();
        ledger_.emplace(Ledger::open(path_, options_));
    }

    const Date day_ = make_date(2026, 11, 2);
    TemporaryDirectory directory_;
    const std::filesystem::path path_ = directory_ / "l";
    ManualClock clock_{start_instant};
    Options options_ = small_options();
    std::optional<Ledger> ledger_;
};

TEST_F(Certificates, EachCloseGetsOne) {
    pay(1, 10, day_);
    const Position first = close(day_);
    EXPECT_FALSE(ledger_->view().certificate(book, day_));
    const auto one = made(day_);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->book, book);
    EXPECT_EQ(one->date, day_);
    EXPECT_EQ(one->close, first);
    EXPECT_EQ(one->accounts, 5u);
    EXPECT_EQ(one->algorithm, "BLAKE2b-512");
    EXPECT_EQ(one->digest.size(), 64u);
    const auto record = ledger_->view().record(one->close + 1);
    EXPECT_EQ(record->kind, RecordKind::certificate);
    const Position second = close(day_ + 2);
    ASSERT_TRUE(made(day_ + 2));
    EXPECT_EQ(made(day_ + 2)->close, second);
    EXPECT_NE(made(day_ + 2)->digest, one->digest);
    EXPECT_FALSE(ledger_->view().certificate(book, day_ + 1));
    EXPECT_FALSE(ledger_->step());  // nothing is made twice
    const auto closes = ledger_->view().day_closes(book).items;
    ASSERT_EQ(closes.size(), 2u);
    EXPECT_EQ(closes[1].position, second);
    EXPECT_EQ(closes[1].close.date, day_ + 2);
}

/// The same vouchers make the same digest, in whatever ledger.
TEST_F(Certificates, TheDigestFollowsFromTheJournal) {
    pay(1, 10, day_);
    const Position at = close(day_);
    pay(2, 7, day_ + 1);  // after the close: no part of it
    const auto one = made(day_);
    Ledger other = Ledger::create(directory_ / "other", options_);
    ASSERT_TRUE(all_accepted(other.post(foundations(5))));
    Voucher voucher = transfer(99, 1, 2, 10);
    voucher.book_date = day_;
    ASSERT_TRUE(other.post(voucher));
    ASSERT_TRUE(other.post(CutDay{book, day_}));
    ASSERT_EQ(other.post(CloseDay{book, day_, {}}).result.position, at);
    ASSERT_TRUE(becomes_true([&] {
        other.step();
        return other.view().certificate(book, day_).has_value();
    }));
    EXPECT_EQ(other.view().certificate(book, day_)->digest, one->digest);
}

/// It is cut by book date: what the next day has already got when a day is closed is no part of it.
TEST_F(Certificates, LinesOfLaterDatesAreNoPartOfThem) {
    pay(1, 10, day_);
    pay(2, 7, day_ + 1);
    pay(3, 4, day_ + 40);
    const Position at = close(day_);
    const auto one = made(day_);
    ASSERT_TRUE(one);
    engine::BalanceDigest digest(Digest::blake2b_512, {book, day_, at});
    const View view = ledger_->view();
    for (std::uint64_t number = 1; number <= 5; ++number) {
        const DatedBalance balance = view.balance_on(account_id(number), day_, at).value();
        EXPECT_EQ(balance.debits + balance.credits, minor(number <= 2 ? 10 : 0));
        digest.add(account_id(number), {Wide(balance.debits), Wide(balance.credits)});
    }
    EXPECT_EQ(digest.finish().digest, one->digest);
    EXPECT_TRUE(ledger_->verify_balances(*one).ok);
    close(day_ + 40);
    ASSERT_TRUE(made(day_ + 40));
    ledger_.reset();
    const VerifyReport report = Ledger::verify(path_, true);
    EXPECT_TRUE(report.ok) << report.problem;
}

TEST_F(Certificates, OneThatWasNotMadeBeforeAnEndIsMadeLater) {
    close(day_);
    close(day_ + 1);
    reopen();
    pay(1, 10, day_ + 5);
    const auto late = made(day_ + 1);
    ASSERT_TRUE(late);
    EXPECT_TRUE(made(day_));
    EXPECT_EQ(late->accounts, 5u);
}

TEST_F(Certificates, ThereAreNoneWithoutADigest) {
    ledger_.reset();
    options_.digest = Digest::none;
    ledger_.emplace(Ledger::open(path_, options_));
    close(day_);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(ledger_->step());
    EXPECT_FALSE(ledger_->view().certificate(book, day_));
}

TEST_F(Certificates, ManyAccountsAreDigestedInSteps) {
    for (std::uint64_t number = 100; number < 20'100;) {
        Batch batch;
        while (batch.size() < 1000) batch.add(plain_account(number++));
        ASSERT_TRUE(all_accepted(ledger_->post(batch)));
        ASSERT_TRUE(all_accepted(ledger_->post(transfers(number, 100, 5))));
        while (ledger_->step()) {
        }
    }
    const Date today = utc_date(start_instant);
    close(today);
    const auto one = made(today);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->accounts, 20'005u);
    ledger_.reset();
    const VerifyReport report = Ledger::verify(path_, true);
    EXPECT_TRUE(report.ok) << report.problem;
}

TEST_F(Certificates, DeepVerificationRecomputesThem) {
    pay(1, 10, day_);
    close(day_);
    ASSERT_TRUE(made(day_));
    pay(2, 20, day_ + 1);
    close(day_ + 1);
    ASSERT_TRUE(made(day_ + 1));
    ledger_.reset();
    const VerifyReport report = Ledger::verify(path_, true);
    EXPECT_TRUE(report.ok) << report.problem;
}

}  // namespace
}  // namespace ledger
