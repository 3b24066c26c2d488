// A byte of an old batch of the journal changes. Invariant tested: whoever reads the batch then is
// told; nobody gets another answer, nothing is posted by what it says, and nothing vouches for it.
#include "support/small_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;

class DamagedBatch : public testing::Test {
protected:
    void SetUp() override {
        options_.background = false;
        Ledger ledger = Ledger::create(directory_, options_);
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        first_ = ledger.post(transfers(1, 400, 10)).front().position;
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1000, 300, 10))));
    }
    /// So far that opening replays nothing; without steps of the engine's own, such as anchoring.
    void seal() {
        options_.digest = Digest::none;
        Ledger::open(directory_, options_).seal();
        options_.digest = Options{}.digest;
    }
    /// Changes a byte, or changes it back, of the batch of vouchers 1..400; which one is told by
    /// the lot.
    void flip_byte(std::uint64_t lot) {
        const fs::path file = directory_ / "journal.mdb";
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        std::string wanted = "LGJB";
        wanted += std::string("\x01\0\x48\0", 4);
        wanted.append(reinterpret_cast<const char*>(&first_.value), sizeof first_.value);
        const std::size_t found = bytes.find(wanted);
        ASSERT_NE(found, std::string::npos);
        std::uint32_t payload = 0;
        std::memcpy(&payload, &bytes[found + 36], sizeof payload);
        std::mt19937_64 random(lot);
        const std::size_t at = found + 56 + random() % payload;
        stream.clear();
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(bytes[at] ^ 1 << random() % 8));
    }

    TemporaryDirectory temporary_;
    fs::path directory_ = temporary_ / "books";
    Options options_ = small_options();
    Position first_;
};

TEST_F(DamagedBatch, QueriesAreRefused) {
    seal();
    for (std::uint64_t lot = 1; lot <= 20; ++lot) {
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
        {
            const Ledger ledger = Ledger::open(directory_, options_);
            const View view = ledger.view();
            const Instant then = view.voucher(record_id(1000)).value().instant;
            EXPECT_THROW((void)view.voucher(record_id(200)), CorruptionError) << lot;
            EXPECT_THROW((void)view.record(first_), CorruptionError) << lot;
            // What does not need it is there.
            EXPECT_FALSE(view.entries(account_id(3)).items.empty()) << lot;
            EXPECT_EQ(view.position_at({then.nanoseconds - 1}), first_ + 399) << lot;
            EXPECT_TRUE(view.balance(account_id(3))) << lot;
            EXPECT_TRUE(view.voucher(record_id(1299))) << lot;
        }
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
    }
    const Ledger ledger = Ledger::open(directory_, options_);
    EXPECT_EQ(ledger.view().voucher(record_id(200)).value().voucher.id, record_id(200));
}

TEST_F(DamagedBatch, AFeedGivesWhatIsBeforeItAndThenSaysSo) {
    seal();
    for (std::uint64_t lot = 1; lot <= 5; ++lot) {
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
        {
            const Ledger ledger = Ledger::open(directory_, options_);
            Feed feed = ledger.follow({});
            std::vector<FeedRecord> records;
            ASSERT_EQ(feed.next(records, 1000), first_.value - 1) << lot;
            for (int again = 0; again < 2; ++again) {
                EXPECT_THROW((void)feed.next(records, 1000), CorruptionError) << lot;
                EXPECT_EQ(feed.position().value, first_.value - 1);
            }
            EXPECT_EQ(ledger.follow(first_ + 400).next(records, 1000), 299u);
        }
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
    }
    const Ledger ledger = Ledger::open(directory_, options_);
    std::vector<FeedRecord> records;
    EXPECT_EQ(ledger.follow({}).next(records, 1000), first_.value - 1 + 700);
}

TEST_F(DamagedBatch, AReversalOfItsVoucherIsNotPosted) {
    seal();
    Voucher reversal;
    reversal.id = record_id(5000);
    reversal.book = book;
    reversal.detail.reverses = record_id(200);
    for (std::uint64_t lot = 1; lot <= 5; ++lot) {
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
        {
            Ledger ledger = Ledger::open(directory_, options_);
            EXPECT_THROW((void)ledger.post(reversal), PoisonedError) << lot;
        }
        ASSERT_NO_FATAL_FAILURE(flip_byte(lot));
        Ledger ledger = Ledger::open(directory_, options_);
        EXPECT_FALSE(ledger.view().voucher(record_id(5000))) << lot;
    }
    Ledger ledger = Ledger::open(directory_, options_);
    EXPECT_EQ(ledger.post(reversal).result.outcome, Outcome::accepted);
    EXPECT_TRUE(Ledger::verify(directory_, true).ok);
}

/// How many anchors the view has.
int anchors_in(const View& view) {
    int count = 0;
    for (Position at{1}; at <= view.position(); at = at + 1) {
        count += view.record(at).value().kind == RecordKind::anchor;
    }
    return count;
}

TEST_F(DamagedBatch, NoAnchorVouchesForIt) {
    for (std::uint64_t lot = 1; lot <= 5; ++lot) {
        ASSERT_TRUE(all_accepted(
            Ledger::open(directory_, options_).post(transfers(10'000 + lot * 1000, 300, 10))));
    }
    seal();
    ASSERT_NO_FATAL_FAILURE(flip_byte(1));
    {
        Ledger ledger = Ledger::open(directory_, options_);
        for (int i = 0; i < 20; ++i) ledger.step();
        EXPECT_TRUE(ledger.post(transfer(7000, 1, 2, 1))) << "posting goes on";
        ASSERT_TRUE(all_accepted(ledger.post(transfers(30'000, 1500, 10))));
        ledger.seal();
    }
    ASSERT_NO_FATAL_FAILURE(flip_byte(1));
    EXPECT_EQ(anchors_in(Ledger::open(directory_, options_).view()), 0);
    {
        Ledger ledger = Ledger::open(directory_, options_);
        EXPECT_TRUE(becomes_true([&] { return ledger.step(), anchors_in(ledger.view()) == 1; }));
    }
    const VerifyReport report = Ledger::verify(directory_, true);
    EXPECT_TRUE(report.ok) << report.problem;
}

}  // namespace
}  // namespace ledger
