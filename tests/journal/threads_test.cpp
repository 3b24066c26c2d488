// Readers and waiters beside a writer in one process.
#include "fixture.hpp"

#include "ledger/journal/scan.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace ledger::journal {
namespace {

using ThreadsJournal = JournalTest;

TEST_F(ThreadsJournal, ReadersSeeEveryAppendedBatchBesideTheWriter) {
    constexpr Position last = 400;
    LmdbStoreOptions options = small_options();
    options.ahead_bytes_max = std::uint64_t{4} << 20;
    open(options);
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            Scan scan(*store_, 1, Check::checksum);
            Position expected = 1;
            while (expected <= last) {
                const Head head = store_->wait_head(expected - 1, std::chrono::seconds(20));
                ASSERT_GE(head.position, expected);
                while (const auto batch = scan.next()) {
                    ASSERT_EQ(batch->header.first_position, expected);
                    ASSERT_TRUE(
                        std::ranges::equal(batch->payload, payload_of(expected, expected * 20)));
                    expected = batch->header.next_position();
                }
                ASSERT_GT(expected, head.position);
            }
        });
    }
    readers.emplace_back([&] {
        auto reader = store_->reader();
        for (Position seen = 0; seen < last;) {
            const Position acknowledged = store_->head().position;
            reader->refresh();
            const Head head = reader->head();
            ASSERT_GE(head.position, acknowledged);
            if (head.position > 0) {
                ASSERT_EQ(reader->find_instant(head.instant, Check::header)->header.chain,
                          head.chain);
            }
            seen = head.position;
        }
    });
    for (Position position = 1; position <= last; ++position) {
        ASSERT_EQ(append(1, position * 20).status, AppendStatus::appended);
    }
    for (auto& reader : readers) reader.join();
}

TEST_F(ThreadsJournal, WaitEndsWithItsTime) {
    open();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(store_->wait_head(0, std::chrono::milliseconds(30)).position, 0u);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
}

TEST_F(ThreadsJournal, ReaderMovesBetweenThreads) {
    open();
    append(1, 100);
    auto reader = store_->reader();
    ASSERT_TRUE(reader->find(1, Check::checksum));
    std::thread([&] {
        EXPECT_TRUE(reader->find(1, Check::checksum));
        reader->refresh();
        EXPECT_EQ(reader->head().position, 1u);
        reader.reset();
    }).join();
}

}  // namespace
}  // namespace ledger::journal
