// Followers beside writers, while segments are sealed and generations rotated. Invariant tested:
// each follower, whatever its pace and page, gets every record once, in order, with the balance
// that the lines so far make; and one that waits is woken by a commit.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace ledger {
namespace {

using namespace test;

constexpr std::uint64_t accounts = 12;
constexpr std::uint64_t writers = 3;
constexpr std::uint64_t records_of_writer = 4000;
constexpr std::uint64_t all_records = 2 + accounts + writers * records_of_writer;

void write(Ledger& ledger, std::uint64_t writer) {
    const std::uint64_t first = (writer + 1) * 1'000'000;
    for (std::uint64_t done = 0; done < records_of_writer;) {
        const std::uint64_t count =
            std::min<std::uint64_t>(1 + done % 97, records_of_writer - done);
        ASSERT_TRUE(all_accepted(ledger.post(transfers(first + done, count, accounts))));
        done += count;
    }
}

/// Re-derives each balance from the lines, and compares it with the one that the feed tells.
class Check {
public:
    void take(const FeedRecord& record) {
        position_ = position_ + 1;
        ASSERT_EQ(record.position, position_);
        ASSERT_GE(record.instant, instant_);
        instant_ = record.instant;
        const auto* voucher = std::get_if<Voucher>(&record.value);
        if (voucher == nullptr) return;
        ASSERT_EQ(record.entries.size(), voucher->lines.size());
        for (const FeedEntry& entry : record.entries) {
            const VoucherLine& line = voucher->lines.at(entry.entry.line);
            ASSERT_EQ(line.account, entry.account);
            auto& [debits, credits] = turnover_[line.account];
            (line.side == Side::debit ? debits : credits) += line.amount.minor;
            ASSERT_EQ(entry.entry.balance.debits.minor, debits);
            ASSERT_EQ(entry.entry.balance.credits.minor, credits);
        }
    }
    Position position() const { return position_; }

private:
    Position position_;
    Instant instant_;
    std::map<AccountId, std::pair<i128, i128>> turnover_;
};

void follow(const Ledger& ledger, std::size_t page, bool is_resumed) {
    Check check;
    std::vector<FeedRecord> records;
    Feed feed = ledger.follow({});
    // Anchors come in between, so the end is where all vouchers have been seen.
    for (std::uint64_t own = 0; own < all_records;) {
        ASSERT_NE(feed.next(records, page, std::chrono::seconds{60}), 0u);
        for (const FeedRecord& record : records) {
            ASSERT_NO_FATAL_FAILURE(check.take(record));
            own += record.kind != RecordKind::anchor ? 1 : 0;
        }
        if (is_resumed) feed = ledger.follow(check.position());
    }
}

TEST(Followers, EachGetsEverythingOnceBesideWritersAndSealing) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    std::vector<std::thread> threads;
    for (const std::size_t page : {1, 64, 1000, 10'000}) {
        threads.emplace_back([&, page] { follow(ledger, page, page == 64); });
    }
    ASSERT_TRUE(all_accepted(ledger.post(foundations(accounts))));
    for (std::uint64_t writer = 0; writer < writers; ++writer) {
        threads.emplace_back([&, writer] { write(ledger, writer); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(ledger.stats().segments, 2u);
    follow(ledger, 500, false);  // and all of it again, most of it sealed by now
}

TEST(Followers, OneThatWaitsIsWokenByTheNextCommit) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(2))));
    std::atomic<std::uint64_t> seen{0};
    std::thread follower([&] {
        Feed feed = ledger.follow({4});
        std::vector<FeedRecord> records;
        for (std::uint64_t count = 0; count < 200; count += records.size()) {
            ASSERT_NE(feed.next(records, 10, std::chrono::hours{1}), 0u);
            seen += records.size();
            seen.notify_all();
        }
    });
    for (std::uint64_t id = 1; id <= 200; ++id) {
        ASSERT_TRUE(ledger.post(transfer(id, 1, 2, 1)));
        for (std::uint64_t now = seen; now < id; now = seen) seen.wait(now);
    }
    follower.join();
}

TEST(Followers, ClosingTheLedgerEndsTheirWait) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(2))));
    std::vector<std::thread> followers;
    std::atomic<int> begun{0};
    for (int i = 0; i < 4; ++i) {
        followers.emplace_back([&] {
            Feed feed = ledger.follow(ledger.view().position());
            std::vector<FeedRecord> records;
            ++begun;
            EXPECT_EQ(feed.next(records, 10, std::chrono::hours{1}), 0u);
        });
    }
    while (begun != 4) std::this_thread::yield();
    ledger.close();
    for (std::thread& follower : followers) follower.join();
}

}  // namespace
}  // namespace ledger
