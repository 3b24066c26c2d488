// Reading, writing, and cursors.
#include "fixture.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <thread>
#include <vector>

namespace ledger::storage {
namespace {

class Transactions : public StorageTest {
protected:
    void SetUp() override {
        StorageTest::SetUp();
        create();
        environment_.emplace(file(), small_options());
        numbers_ = environment_->database("numbers");
        names_ = environment_->database("names");
    }
    void TearDown() override {
        environment_.reset();
        StorageTest::TearDown();
    }
    std::optional<Environment> environment_;
    Database numbers_;
    Database names_;
};

TEST_F(Transactions, AbortedChangesLeaveNoTrace) {
    {
        WriteTransaction writing(*environment_);
        writing.put(numbers_, 1, bytes_of("one"));
    }
    {
        WriteTransaction writing(*environment_);
        writing.put(numbers_, 2, bytes_of("two"));
        writing.abort();
        EXPECT_THROW(writing.commit(), UsageError);
    }
    const ReadTransaction reading(*environment_);
    EXPECT_EQ(reading.stat(numbers_).entries, 0u);
}

class ThreadsTransactions : public Transactions {};

// Whoever is held up while a snapshot begins must not get a part of a later one, which may not be
// durable yet.
TEST_F(ThreadsTransactions, ASnapshotIsThatOfItsNumber) {
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> wrong{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 6; ++i) {
        readers.emplace_back([&] {
            ReadTransaction reading(*environment_);
            while (!stop.load(std::memory_order_relaxed)) {
                const auto found = reading.get(numbers_, 1);
                std::uint64_t number = reading.number();
                if (found && std::memcmp(found->data(), &number, sizeof number) != 0) ++wrong;
                reading.renew();
            }
        });
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
    while (std::chrono::steady_clock::now() < end) {
        WriteTransaction writing(*environment_);
        const std::uint64_t number = writing.number();
        writing.put(numbers_, 1, std::as_bytes(std::span(&number, 1)));
        writing.commit();
    }
    stop = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0u);
}

TEST_F(Transactions, SnapshotStaysUntilRenewed) {
    ReadTransaction reading(*environment_);
    const std::uint64_t number = reading.number();
    {
        WriteTransaction writing(*environment_);
        EXPECT_EQ(writing.number(), number + 1);
        writing.put(names_, bytes_of("key"), bytes_of("value"));
        EXPECT_EQ(text_of(*writing.get(names_, bytes_of("key"))), "value");
        writing.commit();
    }
    EXPECT_FALSE(reading.get(names_, bytes_of("key")));
    reading.renew();
    EXPECT_EQ(reading.number(), number + 1);
    EXPECT_EQ(text_of(*reading.get(names_, bytes_of("key"))), "value");
    ReadTransaction moved(std::move(reading));
    EXPECT_EQ(text_of(*moved.get(names_, bytes_of("key"))), "value");
    EXPECT_THROW((void)reading.get(numbers_, 1), UsageError);  // NOLINT(bugprone-use-after-move)
    moved.reset();
    EXPECT_FALSE(moved.is_active());
    EXPECT_THROW((void)moved.get(numbers_, 1), UsageError);
    moved.renew();
    EXPECT_TRUE(moved.get(names_, bytes_of("key")));
}

TEST_F(Transactions, ReservedRoomIsStoredAsFilled) {
    WriteTransaction writing(*environment_);
    for (const std::size_t size : {8u, 5000u, 100'000u}) {
        const MutableBytes room = writing.append_reserve(numbers_, size, size);
        ASSERT_EQ(room.size(), size);
        std::memset(room.data(), 'r', room.size());
    }
    std::memset(writing.reserve(names_, bytes_of("n"), 3).data(), 'n', 3);
    writing.commit();
    const ReadTransaction reading(*environment_);
    EXPECT_EQ(text_of(*reading.get(numbers_, 5000)), std::string(5000, 'r'));
    EXPECT_EQ(text_of(*reading.get(names_, bytes_of("n"))), "nnn");
}

TEST_F(Transactions, AppendOutOfOrderIsRefused) {
    WriteTransaction writing(*environment_);
    writing.append(numbers_, 5, bytes_of("five"));
    EXPECT_THROW(writing.append(numbers_, 4, bytes_of("four")), UsageError);
}

TEST_F(Transactions, EmptyAndOversizedKeysAreRefused) {
    WriteTransaction writing(*environment_);
    EXPECT_THROW(writing.put(names_, bytes_of(""), bytes_of("v")), UsageError);
    EXPECT_THROW(writing.put(names_, bytes_of(std::string(512, 'k')), bytes_of("v")), UsageError);
}

TEST_F(Transactions, EraseAndClearTellWhatWasThere) {
    WriteTransaction writing(*environment_);
    writing.put(numbers_, 1, bytes_of("one"));
    writing.put(names_, bytes_of("a"), bytes_of("A"));
    EXPECT_TRUE(writing.erase(numbers_, 1));
    EXPECT_FALSE(writing.erase(numbers_, 1));
    EXPECT_TRUE(writing.erase(names_, bytes_of("a")));
    EXPECT_FALSE(writing.erase(names_, bytes_of("a")));
    for (std::uint64_t key = 0; key < 100; ++key) writing.put(numbers_, key, bytes_of("x"));
    EXPECT_EQ(writing.stat(numbers_).entries, 100u);
    writing.clear(numbers_);
    EXPECT_EQ(writing.stat(numbers_).entries, 0u);
}

TEST_F(Transactions, CursorAgreesWithAMap) {
    std::mt19937_64 random(7);
    std::map<std::uint64_t, std::string> expected;
    WriteTransaction writing(*environment_);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t key = random() % 5000;
        expected[key] = std::to_string(i) + std::string(random() % 200, '.');
        writing.put(numbers_, key, bytes_of(expected[key]));
    }
    writing.commit();
    const ReadTransaction reading(*environment_);
    Cursor cursor(reading, numbers_);
    EXPECT_FALSE(cursor.is_placed());
    for (std::uint64_t key = 0; key < 5010; ++key) {
        const auto least = expected.lower_bound(key);
        ASSERT_EQ(cursor.seek_at_least(key), least != expected.end());
        if (cursor.is_placed()) {
            EXPECT_EQ(cursor.integer_key(), least->first);
            EXPECT_EQ(text_of(cursor.value()), least->second);
        }
        const auto beyond = expected.upper_bound(key);
        ASSERT_EQ(cursor.seek_at_most(key), beyond != expected.begin());
        if (cursor.is_placed()) {
            EXPECT_EQ(cursor.integer_key(), std::prev(beyond)->first);
        }
    }
    auto at = expected.begin();
    for (bool more = cursor.first(); more; more = cursor.next()) {
        ASSERT_EQ(cursor.integer_key(), (at++)->first);
    }
    EXPECT_EQ(at, expected.end());
    for (bool more = cursor.last(); more; more = cursor.previous()) {
        ASSERT_EQ(cursor.integer_key(), (--at)->first);
    }
    EXPECT_EQ(at, expected.begin());
}

TEST_F(Transactions, ByteKeysAreOrderedAsUnsignedBytes) {
    WriteTransaction writing(*environment_);
    for (const char* key : {"b", "a", "ab", "\xff", "\x01"}) {
        writing.put(names_, bytes_of(key), bytes_of(key));
    }
    std::string order;
    Cursor cursor(writing, names_);
    for (bool more = cursor.first(); more; more = cursor.next()) {
        order += text_of(cursor.key()) + " ";
    }
    EXPECT_EQ(order, "\x01 a ab b \xff ");
    ASSERT_TRUE(cursor.seek_at_most(bytes_of("aa")));
    EXPECT_EQ(text_of(cursor.key()), "a");
    ASSERT_TRUE(cursor.seek_at_most(bytes_of("ab")));
    EXPECT_EQ(text_of(cursor.key()), "ab");
    EXPECT_FALSE(cursor.seek_at_most(bytes_of(std::string(1, '\0'))));
}

TEST_F(Transactions, CursorErasesAndGoesOn) {
    WriteTransaction writing(*environment_);
    for (std::uint64_t key = 1; key <= 10; ++key) writing.put(numbers_, key, bytes_of("x"));
    {
        Cursor cursor(writing, numbers_);
        for (bool more = cursor.first(); more; more = cursor.next()) {
            if (cursor.integer_key() % 2 == 0) cursor.erase();
        }
    }
    writing.commit();
    const ReadTransaction reading(*environment_);
    EXPECT_EQ(reading.stat(numbers_).entries, 5u);
    EXPECT_FALSE(reading.get(numbers_, 4));
    EXPECT_TRUE(reading.get(numbers_, 5));
}

TEST_F(Transactions, AllReaderSlotsTakenIsSaid) {
    environment_.reset();
    EnvironmentOptions options = small_options();
    options.readers_max = 2;
    std::filesystem::remove(file().string() + "-lock");
    environment_.emplace(file(), options);
    const ReadTransaction one(*environment_);
    const ReadTransaction two(*environment_);
    EXPECT_THAT(message_of<StorageError>([&] { const ReadTransaction three(*environment_); }),
                ::testing::HasSubstr("raise the number of readers"));
}

using TransactionsDeathTest = Transactions;

TEST_F(TransactionsDeathTest, CursorThatOutlivesItsTransactionStopsTheProcess) {
    WriteTransaction writing(*environment_);
    const Cursor cursor(writing, numbers_);
    EXPECT_DEATH(writing.commit(), "cursors_ == 0");
}

class ThreadsStorage : public Transactions {};

TEST_F(ThreadsStorage, ReadersSeeWholeTransactionsBesideAWriter) {
    constexpr std::uint64_t rounds = 300;
    std::atomic<bool> is_done{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            ReadTransaction reading(*environment_);
            while (!is_done.load()) {
                reading.renew();
                const auto one = reading.get(numbers_, 1);
                const auto two = reading.get(numbers_, 2);
                ASSERT_EQ(one.has_value(), two.has_value());
                if (one) {
                    ASSERT_EQ(text_of(*one), text_of(*two));
                }
            }
        });
    }
    for (std::uint64_t round = 0; round < rounds; ++round) {
        WriteTransaction writing(*environment_);
        const std::string value = std::to_string(round);
        writing.put(numbers_, 1, bytes_of(value));
        writing.put(numbers_, 2, bytes_of(value));
        writing.commit();
    }
    is_done.store(true);
    for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace ledger::storage
