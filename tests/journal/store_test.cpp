// Appending, reading back, fencing and waiting on the LMDB store.
#include "fixture.hpp"

#include "ledger/core/error.hpp"
#include "ledger/journal/scan.hpp"

#include <gmock/gmock.h>
#include <algorithm>
#include <numeric>

namespace ledger::journal {
namespace {

using ::testing::HasSubstr;
using Journal = JournalTest;

TEST_F(Journal, NewJournalIsEmptyAndKnowsItsIdentity) {
    LmdbStore& store = open();
    EXPECT_EQ(store.head(), Head{});
    EXPECT_EQ(store.identity(), identity);
    EXPECT_TRUE(store.options_blob().empty());
    EXPECT_EQ(store.reader()->first_position(), 1u);
    EXPECT_FALSE(store.reader()->find(1, Check::checksum));
    EXPECT_FALSE(store.reader()->find_instant(Instant{INT64_MAX}, Check::checksum));
}

TEST_F(Journal, AppendedBatchesAreReadBackAfterReopening) {
    open();
    const std::vector<std::size_t> sizes = {0,    1,    7,     8,       100,
                                            2000, 4096, 65537, 790'000, payload_bytes_max};
    for (const std::size_t size : sizes) {
        const auto result = append(static_cast<std::uint32_t>(1 + size % 5), size);
        ASSERT_EQ(result.status, AppendStatus::appended);
        EXPECT_EQ(store_->head().chain, result.batch);
    }
    const Head head = store_->head();
    for (const bool read_only : {false, true}) {
        LmdbStoreOptions options = small_options();
        options.read_only = read_only;
        open(options);
        EXPECT_EQ(store_->head(), head);
        const auto reader = store_->reader();
        Position position = 1;
        for (const std::size_t size : sizes) {
            const auto batch = reader->find(position, Check::checksum);
            ASSERT_TRUE(batch);
            EXPECT_EQ(batch->header.first_position, position);
            EXPECT_TRUE(std::ranges::equal(batch->payload, payload_of(position, size)));
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch->payload.data()) % 8, 0u);
            position = batch->header.next_position();
        }
        EXPECT_EQ(position, head.position + 1);
    }
}

TEST_F(Journal, PiecesAreStoredOneAfterAnother) {
    open();
    const auto whole = payload_of(1, 1000);
    const std::span<const std::byte> all(whole);
    const std::span<const std::byte> pieces[] = {all.subspan(0, 3), all.subspan(3, 0),
                                                 all.subspan(3, 900), all.subspan(903)};
    ASSERT_EQ(store_->append(epoch_, {1, 1, Instant{5}}, pieces).status, AppendStatus::appended);
    const auto reader = store_->reader();
    EXPECT_TRUE(std::ranges::equal(reader->find(1, Check::checksum)->payload, whole));
}

TEST_F(Journal, FindGivesTheBatchThatContainsThePosition) {
    open();
    for (int i = 0; i < 300; ++i) append(static_cast<std::uint32_t>(1 + i % 7), 50);
    const auto reader = store_->reader();
    const Position end = reader->head().position;
    for (Position position = 1; position <= end; ++position) {
        const auto batch = reader->find(position, Check::header);
        ASSERT_TRUE(batch);
        EXPECT_LE(batch->header.first_position, position);
        EXPECT_GE(batch->header.last_position(), position);
    }
    EXPECT_FALSE(reader->find(0, Check::header));
    EXPECT_FALSE(reader->find(end + 1, Check::header));
}

TEST_F(Journal, FindInstantGivesTheLastBatchNotLater) {
    open();
    std::vector<BatchHeader> headers;
    std::int64_t instant = 1000;
    for (int i = 0; i < 200; ++i) {
        instant += 1 + (i * 37) % 90;
        const NewBatch batch{store_->head().position + 1, static_cast<std::uint32_t>(1 + i % 9),
                             Instant{instant}};
        ASSERT_EQ(append_payload(*store_, epoch_, batch, {}).status, AppendStatus::appended);
        headers.push_back(store_->reader()->find(batch.first_position, Check::checksum)->header);
    }
    const auto reader = store_->reader();
    for (std::int64_t at = 990; at <= instant + 5; ++at) {
        const auto later =
            std::ranges::upper_bound(headers, Instant{at}, {}, &BatchHeader::instant);
        const auto found = reader->find_instant(Instant{at}, Check::header);
        if (later == headers.begin()) {
            EXPECT_FALSE(found);
        } else {
            ASSERT_TRUE(found);
            EXPECT_EQ(found->header, *(later - 1));
        }
    }
}

TEST_F(Journal, ScanFollowsTheHeadAndRenewsItsSnapshot) {
    open();
    for (int i = 0; i < 3 * Scan::batches_per_snapshot; ++i) append(2, 100);
    Scan scan(*store_, 4, Check::checksum);
    Position expected = 3;
    while (const auto batch = scan.next()) {
        EXPECT_EQ(batch->header.first_position, expected);
        expected = batch->header.next_position();
    }
    EXPECT_EQ(expected, store_->head().position + 1);
    EXPECT_FALSE(scan.next());
    append(5, 10);
    scan.release();
    ASSERT_TRUE(scan.next());
    EXPECT_FALSE(scan.next());

    Scan bounded(*store_, 1, Check::header, 5);
    int count = 0;
    while (bounded.next()) ++count;
    EXPECT_EQ(count, 3);
}

TEST_F(Journal, WrongPositionIsAConflictAndWritesNothing) {
    open();
    append(3, 10);
    for (const Position position : {0u, 1u, 3u, 5u}) {
        EXPECT_EQ(append_payload(*store_, epoch_, {position, 1, Instant{INT64_MAX}}, {}).status,
                  AppendStatus::conflict);
    }
    EXPECT_EQ(store_->head().position, 3u);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
}

TEST_F(Journal, OlderEpochIsFenced) {
    open();
    append(1, 10);
    EXPECT_EQ(append_payload(*store_, Epoch{}, {2, 1, Instant{INT64_MAX}}, {}).status,
              AppendStatus::fenced);
    const Epoch old = epoch_;
    epoch_ = store_->acquire();
    EXPECT_GT(epoch_, old);
    EXPECT_EQ(append_payload(*store_, old, {2, 1, Instant{INT64_MAX}}, {}).status,
              AppendStatus::fenced);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
}

TEST_F(Journal, BadBatchesAreRefusedWithTheReason) {
    open();
    append(1, 10);
    const Instant last = store_->head().instant;
    EXPECT_THROW(append_payload(*store_, epoch_, {2, 0, Instant{INT64_MAX}}, {}), InvalidArgument);
    EXPECT_THROW(append_payload(*store_, epoch_, {2, 1, last}, {}), InvalidArgument);
    const std::vector<std::byte> large(payload_bytes_max + 1);
    EXPECT_THROW(append_payload(*store_, epoch_, {2, 1, Instant{INT64_MAX}}, large),
                 InvalidArgument);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
}

TEST_F(Journal, ResolveTellsMineFromOtherAndAbsent) {
    open();
    const Chain chain = append(4, 10).batch;
    EXPECT_EQ(store_->resolve(1, chain), Resolution::mine);
    EXPECT_EQ(store_->resolve(1, chain + 1), Resolution::other);
    EXPECT_EQ(store_->resolve(2, chain), Resolution::other);
    EXPECT_EQ(store_->resolve(5, chain), Resolution::absent);
}

TEST_F(Journal, TrimKeepsTheBatchOfThePositionAndTheLast) {
    open();
    for (int i = 0; i < 1000; ++i) append(3, 40);
    store_->trim(epoch_, 1502);
    EXPECT_EQ(store_->reader()->first_position(), 1501u);
    EXPECT_FALSE(store_->reader()->find(1500, Check::header));
    EXPECT_THROW(Scan(*store_, 1, Check::header).next(), UsageError);
    EXPECT_EQ(verify(directory_).damage, std::nullopt);
    store_->trim(epoch_, 1'000'000);
    EXPECT_EQ(store_->reader()->first_position(), 2998u);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
    EXPECT_EQ(verify(directory_).batches, 2u);
}

TEST_F(Journal, ReaderKeepsItsSnapshotUntilRefreshed) {
    open();
    append(1, 10);
    const auto reader = store_->reader();
    EXPECT_EQ(reader->head().position, 1u);
    append(1, 10);
    EXPECT_EQ(reader->head().position, 1u);
    EXPECT_FALSE(reader->find(2, Check::header));
    reader->refresh();
    EXPECT_TRUE(reader->find(2, Check::header));
    reader->release();
    EXPECT_THROW(reader->head(), UsageError);
}

}  // namespace
}  // namespace ledger::journal
