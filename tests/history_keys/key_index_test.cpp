// KeyIndex against a std::set of facts: random seals, merging steps, reopening in between, pinned
// snapshots.
#include "ledger/history/key_index.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/id.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/transaction.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace ledger::history {
namespace {

namespace fs = std::filesystem;

using SnapshotPtr = std::shared_ptr<const KeyIndex::Snapshot>;

/// A checkpoint file of its own that holds only keys.
class Store {
public:
    Store() {
        std::string name = (fs::temp_directory_path() / "ledger_keys_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw StorageError("mkdtemp failed");
        directory_ = name;
        storage::create_environment(file(), options(),
                                    [](storage::Environment&, storage::WriteTransaction&) {});
        open();
    }
    ~Store() {
        close();
        fs::remove_all(directory_);
    }
    fs::path file() const { return directory_ / "checkpoint.mdb"; }
    void open() {
        environment_ = std::make_unique<storage::Environment>(file(), options());
        index_ = std::make_unique<KeyIndex>(*environment_);
    }
    void close() {
        index_.reset();
        environment_.reset();
    }
    void reopen() {
        close();
        open();
    }
    KeyIndex& index() { return *index_; }
    storage::Environment& environment() { return *environment_; }
    void seal(KeyTable table, std::vector<KeyRow> rows) {
        storage::WriteTransaction transaction(*environment_);
        index_->seal(transaction, table, rows);
        transaction.commit();
    }
    bool step(std::size_t budget) {
        storage::WriteTransaction transaction(*environment_);
        const bool more = index_->step(transaction, budget);
        transaction.commit();
        return more;
    }
    SnapshotPtr snapshot() {
        return index_->snapshot(std::make_shared<const storage::ReadTransaction>(*environment_));
    }

private:
    static storage::EnvironmentOptions options() {
        storage::EnvironmentOptions options;
        options.map_size = std::size_t{4} << 30;
        options.no_meta_sync = true;
        options.databases = KeyIndex::databases();
        return options;
    }
    fs::path directory_;
    std::unique_ptr<storage::Environment> environment_;
    std::unique_ptr<KeyIndex> index_;
};

std::vector<KeyRow> all_rows(const KeyIndex::Snapshot& snapshot, KeyTable table) {
    std::vector<KeyRow> rows;
    std::vector<KeyRow> page(1000);
    KeyRow from;
    while (true) {
        const std::size_t count = snapshot.rows_from(table, from, page);
        rows.insert(rows.end(), page.begin(), page.begin() + static_cast<std::ptrdiff_t>(count));
        if (count < page.size()) return rows;
        from = rows.back();
        ++from.position_value;
    }
}

/// The facts themselves, and what each query should answer.
struct Oracle {
    std::set<KeyRow> rows;

    std::vector<Position> positions(u128 key) const {
        std::vector<Position> found;
        for (auto at = rows.lower_bound({key, {0}}); at != rows.end() && at->key() == key; ++at)
            found.push_back(at->position());
        return found;
    }
    void compare(const KeyIndex::Snapshot& snapshot, KeyTable table, const std::vector<u128>& keys,
                 std::mt19937_64& random) const {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const u128 key = keys[i];
            const auto expected = positions(key);
            snapshot.prefetch(table, key);
            ASSERT_EQ(snapshot.find(table, key), expected.empty() ? Position{} : expected.back());
            if (!expected.empty()) {  // from and to positions in the middle
                const Position middle = expected[random() % expected.size()];
                Position one[1];
                ASSERT_EQ(snapshot.newest_first(table, key, middle, one), 1u);
                ASSERT_EQ(one[0], middle);
                ASSERT_EQ(snapshot.oldest_first(table, key, middle, one), 1u);
                ASSERT_EQ(one[0], middle);
            }
            if (expected.size() > 20 && i >= 10) continue;  // a few long ones will do

            std::vector<Position> page(1 + random() % 5 + expected.size() / 5);
            std::vector<Position> got;
            for (Position from{0};; from = got.back() + 1) {
                const std::size_t n = snapshot.oldest_first(table, key, from, page);
                got.insert(got.end(), page.begin(), page.begin() + static_cast<std::ptrdiff_t>(n));
                if (n < page.size()) break;
            }
            ASSERT_EQ(got, expected);
            got.clear();
            for (Position limit{UINT64_MAX};; limit = {got.back().value - 1}) {
                const std::size_t n = snapshot.newest_first(table, key, limit, page);
                got.insert(got.end(), page.begin(), page.begin() + static_cast<std::ptrdiff_t>(n));
                if (n < page.size()) break;
            }
            std::reverse(got.begin(), got.end());
            ASSERT_EQ(got, expected);
        }
    }
};

enum class Keys { random, rising, falling, late, hot, few, clustered };

/// Makes keys the way a kind of caller does.
class KeyMaker {
public:
    KeyMaker(Keys kind, std::mt19937_64& random) : kind_(kind), random_(random) {}

    u128 next() {
        ++counter_;
        switch (kind_) {
            case Keys::random: return from_words(random_(), random_());
            case Keys::rising: return (u128{5} << 100) + counter_ * 3;
            case Keys::falling: return (u128{5} << 100) - counter_ * 3;
            case Keys::late:  // in order, overlapping a little, some very late
                return random_() % 500 == 0
                           ? (u128{5} << 100) + random_() % (counter_ * 1000)
                           : (u128{5} << 100) + counter_ * 1000 - random_() % 20'000 + 1'000'000;
            case Keys::hot: return random_() % 3 == 0 ? u128{7} << 90 : from_words(1, random_());
            case Keys::few: return random_() % 50;
            case Keys::clustered: return from_words(random_() % 10, counter_);
        }
        return 0;
    }

private:
    Keys kind_;
    std::mt19937_64& random_;
    std::uint64_t counter_ = 0;
};

class KeyIndexProperty : public testing::TestWithParam<Keys> {};

/// Seals of very different sizes, steps of any budget, transactions dropped half way, reopening,
/// and snapshots pinned long ago: every query at any moment gives what was sealed and committed
/// when it was taken.
TEST_P(KeyIndexProperty, EverySnapshotAnswersAsTheFactsSealedBeforeIt) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        Store store;
        KeyMaker maker(GetParam(), random);
        const KeyTable table = KeyTable::order;
        Oracle oracle;
        std::uint64_t position = 0;
        struct Pinned {
            SnapshotPtr snapshot;
            Oracle oracle;
        };
        std::vector<Pinned> pinned;
        const auto some_keys = [&] {
            std::vector<u128> keys;
            for (int i = 0; i < 40; ++i) {
                keys.push_back(from_words(random(), random()));
                if (oracle.rows.empty()) continue;
                const auto at = oracle.rows.lower_bound({keys.back(), {0}});
                keys.push_back(at == oracle.rows.end() ? oracle.rows.begin()->key() : at->key());
                keys.push_back(keys.back() + 1);
            }
            return keys;
        };
        for (int round = 0; round < 60; ++round) {
            if (random() % 3 != 0) {
                const std::size_t sizes[] = {1, 20, 3000, 30'000};
                std::vector<KeyRow> rows(1 + random() % sizes[random() % 4]);
                for (KeyRow& row : rows) row = KeyRow(maker.next(), Position{++position});
                if (random() % 8 == 0) rows.push_back(rows.front());
                if (random() % 6 == 0) {  // dropped: as if it had never been
                    storage::WriteTransaction transaction(store.environment());
                    auto copy = rows;
                    store.index().seal(transaction, table, copy);
                    if (random() % 2 == 0) store.index().step(transaction, 10'000);
                    transaction.abort();
                }
                oracle.rows.insert(rows.begin(), rows.end());
                store.seal(table, std::move(rows));
            }
            for (auto steps = random() % 3; steps-- > 0;) {
                const std::size_t budgets[] = {1, 5'000, 30'000, 1'000'000};
                store.step(budgets[random() % 4]);
            }
            if (random() % 10 == 0) {
                pinned.clear();
                store.reopen();
            }
            const auto snapshot = store.snapshot();
            oracle.compare(*snapshot, table, some_keys(), random);
            EXPECT_EQ(snapshot->facts(table).rows, oracle.rows.size());
            if (random() % 8 == 0) pinned.push_back({snapshot, oracle});
            if (!pinned.empty()) {
                const Pinned& old = pinned[random() % pinned.size()];
                old.oracle.compare(*old.snapshot, table, some_keys(), random);
            }
            if (HasFatalFailure()) return;
        }
        store.snapshot()->verify();
        while (store.step(50'000)) store.snapshot()->verify();
        EXPECT_FALSE(store.index().has_work(storage::ReadTransaction(store.environment())));
        const auto snapshot = store.snapshot();
        snapshot->verify();
        EXPECT_EQ(snapshot->facts(table).merging, 0u);
        EXPECT_TRUE(std::ranges::equal(all_rows(*snapshot, table), oracle.rows));
        for (const Pinned& old : pinned) {
            old.snapshot->verify();
            EXPECT_TRUE(std::ranges::equal(all_rows(*old.snapshot, table), old.oracle.rows));
        }
    }
}

std::string name_of(const testing::TestParamInfo<Keys>& info) {
    const char* names[] = {"random", "rising", "falling", "late", "hot", "few", "clustered"};
    return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(AllKeys, KeyIndexProperty,
                         testing::Values(Keys::random, Keys::rising, Keys::falling, Keys::late,
                                         Keys::hot, Keys::few, Keys::clustered),
                         name_of);

TEST(KeyIndex, AnEmptyOneFindsNothing) {
    Store store;
    const auto snapshot = store.snapshot();
    EXPECT_FALSE(snapshot->find(KeyTable::record, 5));
    Position page[3];
    EXPECT_EQ(snapshot->newest_first(KeyTable::record, 5, {9}, page), 0u);
    EXPECT_EQ(snapshot->facts(KeyTable::record).runs, 0u);
    EXPECT_FALSE(store.step(1000));
}

TEST(KeyIndex, TablesAreApart) {
    Store store;
    store.seal(KeyTable::record, {KeyRow(5, Position{1})});
    store.seal(KeyTable::order, {KeyRow(5, Position{2}), KeyRow(6, Position{3})});
    const auto snapshot = store.snapshot();
    EXPECT_EQ(snapshot->find(KeyTable::record, 5), Position{1});
    EXPECT_EQ(snapshot->find(KeyTable::order, 5), Position{2});
    EXPECT_FALSE(snapshot->find(KeyTable::record, 6));
}

TEST(KeyIndex, RisingAndFallingKeysStayOneRunAndAreNeverMerged) {
    for (const bool rising : {true, false}) {
        Store store;
        std::uint64_t position = 0;
        for (int seal = 0; seal < 40; ++seal) {
            std::vector<KeyRow> rows(5'000);
            for (KeyRow& row : rows) {
                ++position;
                row = KeyRow(rising ? position : 1'000'000'000 - position, Position{position});
            }
            store.seal(KeyTable::record, std::move(rows));
        }
        const auto facts = store.snapshot()->facts(KeyTable::record);
        EXPECT_EQ(facts.runs, 1u);
        EXPECT_EQ(facts.rows, 200'000u);
        EXPECT_LE(facts.blocks, 200'000u / 10'277 * 2 + 2);
        EXPECT_FALSE(store.step(1));
        store.snapshot()->verify();
    }
}

TEST(KeyIndex, SmallSealsOfRisingKeysDoNotLeaveSmallBlocks) {
    Store store;
    std::uint64_t position = 0;
    for (int seal = 0; seal < 300; ++seal) {
        std::vector<KeyRow> rows(50);
        for (KeyRow& row : rows) {
            ++position;
            row = KeyRow(position, Position{position});
        }
        store.seal(KeyTable::hold, std::move(rows));
    }
    const auto facts = store.snapshot()->facts(KeyTable::hold);
    EXPECT_EQ(facts.runs, 1u);
    EXPECT_LE(facts.blocks, 12u);
    EXPECT_EQ(facts.rows, 15'000u);
}

TEST(KeyIndex, MergingKeepsTheNumberOfRunsLogarithmic) {
    Store store;
    std::mt19937_64 random(1);
    std::uint64_t position = 0;
    for (int seal = 0; seal < 300; ++seal) {
        std::vector<KeyRow> rows(2'000);
        for (KeyRow& row : rows) row = KeyRow(from_words(random(), random()), {++position});
        store.seal(KeyTable::record, std::move(rows));
        while (store.step(100'000)) {
        }
    }
    EXPECT_LE(store.snapshot()->facts(KeyTable::record).runs, 12u);
    store.snapshot()->verify();
}

TEST(KeyIndex, AMergeThatWasBegunGoesOnAfterReopening) {
    Store store;
    std::mt19937_64 random(1);
    std::uint64_t position = 0;
    for (int seal = 0; seal < 4; ++seal) {
        std::vector<KeyRow> rows(60'000);
        for (KeyRow& row : rows) row = KeyRow(from_words(random(), random()), {++position});
        store.seal(KeyTable::record, std::move(rows));
    }
    int steps = 0;
    while (store.step(1)) {
        store.reopen();
        const auto snapshot = store.snapshot();
        EXPECT_EQ(snapshot->facts(KeyTable::record).rows, 240'000u);
        if (++steps % 5 == 0) snapshot->verify();
    }
    EXPECT_GE(steps, 20);
    const auto facts = store.snapshot()->facts(KeyTable::record);
    EXPECT_EQ(facts.runs, 1u);
    EXPECT_EQ(facts.rows, 240'000u);
    EXPECT_EQ(facts.blocks, 24u);
}

TEST(KeyIndex, BlocksApartFromAllOthersChangeHandsUncopied) {
    Store store;
    // Runs whose ranges interleave in big stretches: sealed so that none can be extended.
    for (int run = 0; run < 4; ++run) {
        std::vector<KeyRow> rows;
        for (int stretch = 0; stretch < 4; ++stretch) {
            const u128 base = u128(static_cast<unsigned>(stretch * 4 + 3 - run)) << 100;
            for (unsigned i = 0; i < 20'554; ++i) rows.emplace_back(base + i, Position{i + 1});
        }
        store.seal(KeyTable::record, std::move(rows));
    }
    ASSERT_EQ(store.snapshot()->facts(KeyTable::record).runs, 4u);
    const auto pages_before = store.environment().stat().pages_used;
    while (store.step(1'000'000)) {
    }
    const auto facts = store.snapshot()->facts(KeyTable::record);
    EXPECT_EQ(facts.runs, 1u);
    EXPECT_EQ(facts.blocks, 32u);
    EXPECT_LE(store.environment().stat().pages_used, pages_before + 64);
    store.snapshot()->verify();
}

TEST(KeyIndex, GivenUpBlocksAreUsedAgain) {
    Store store;
    std::mt19937_64 random(1);
    std::uint64_t position = 0;
    for (int seal = 0; seal < 64; ++seal) {
        std::vector<KeyRow> rows(20'000);
        for (KeyRow& row : rows) row = KeyRow(from_words(random(), random()), {++position});
        store.seal(KeyTable::record, std::move(rows));
        while (store.step(100'000)) {
        }
    }
    const double used = static_cast<double>(store.environment().used_bytes());
    EXPECT_LT(used / static_cast<double>(position), 26.0 * 2);
}

TEST(KeyIndex, AnOrderOfManyRecordsIsPagedAcrossBlocksAndRuns) {
    Store store;
    const u128 order = u128{9} << 120;
    std::vector<Position> expected;
    for (std::uint64_t seal = 0; seal < 3; ++seal) {
        std::vector<KeyRow> rows;
        for (std::uint64_t i = 0; i < 25'000; ++i) {
            const Position position{seal * 100'000 + i * 2 + 1};
            rows.emplace_back(order, position);
            rows.emplace_back(mix(position.value), position + 1);
            expected.push_back(position);
        }
        store.seal(KeyTable::order, std::move(rows));
    }
    const auto snapshot = store.snapshot();
    std::vector<Position> page(expected.size() + 1);
    ASSERT_EQ(snapshot->oldest_first(KeyTable::order, order, {0}, page), expected.size());
    page.resize(expected.size());
    EXPECT_EQ(page, expected);
    for (std::size_t i = 0; i < expected.size(); i += 997) {
        ASSERT_EQ(snapshot->newest_first(KeyTable::order, order, expected[i] + 1,
                                         std::span(page).first(1)),
                  1u);
        EXPECT_EQ(page[0], expected[i]);
    }
}

/// Flips one byte of the file wherever `where` is found, in the closed store.
void damage(const fs::path& file, const std::string& where, std::size_t offset) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    int found = 0;
    for (auto at = bytes.find(where); at != std::string::npos; at = bytes.find(where, at + 1)) {
        stream.clear();
        stream.seekp(static_cast<std::streamoff>(at + offset));
        stream.put(static_cast<char>(bytes[at + offset] ^ 0x10));
        ++found;
    }
    ASSERT_GT(found, 0);
}

class KeyIndexDamage : public testing::Test {
protected:
    void SetUp() override {
        std::vector<KeyRow> rows;
        for (std::uint64_t i = 1; i <= 5000; ++i) rows.emplace_back(mix(i), Position{i});
        store.seal(KeyTable::record, rows);
        store.close();
    }
    std::string message_of_find() {
        store.open();
        try {
            store.snapshot()->find(KeyTable::record, mix(77));
        } catch (const CorruptionError& error) {
            return error.what();
        }
        return "";
    }
    Store store;
};

TEST_F(KeyIndexDamage, OfARowIsFoundAndNamed) {
    damage(store.file(), "LEBK", 48 + 118 * 64 + 24 * 300 + 3);
    const std::string message = message_of_find();
    EXPECT_NE(message.find("checkpoint.mdb"), std::string::npos) << message;
    EXPECT_NE(message.find("rows fail their checksum"), std::string::npos) << message;
    EXPECT_NE(message.find("rebuild the checkpoint"), std::string::npos) << message;
}

TEST_F(KeyIndexDamage, OfAFilterIsFoundBeforeItCanHideAKey) {
    damage(store.file(), "LEBK", 48 + 64 * 9 + 5);
    EXPECT_NE(message_of_find().find("filter fails its checksum"), std::string::npos);
}

TEST_F(KeyIndexDamage, OfAShelfIsFound) {
    damage(store.file(), "LESH", 48 + 20);
    EXPECT_NE(message_of_find().find("fails its checksum"), std::string::npos);
}

TEST_F(KeyIndexDamage, OfAManifestIsFound) {
    damage(store.file(), "LEMN", 30);
    EXPECT_NE(message_of_find().find("fails its checksum"), std::string::npos);
}

/// A manifest is small, and its key in LMDB's tree has no checksum: one that is gone is no empty
/// table.
TEST_F(KeyIndexDamage, OfAManifestThatIsGoneOrOldIsFound) {
    const std::uint64_t key = 1 + static_cast<std::uint64_t>(KeyTable::record);
    store.open();
    const storage::Database keys = store.environment().database("keys");
    std::vector<std::byte> old;
    {
        storage::WriteTransaction transaction(store.environment());
        const auto value = transaction.get(keys, key);
        ASSERT_TRUE(value);
        old.assign(value->begin(), value->end());
        ASSERT_TRUE(transaction.erase(keys, key));
        transaction.commit();
    }
    store.close();
    EXPECT_NE(message_of_find().find("the manifest is missing"), std::string::npos);
    {
        storage::WriteTransaction transaction(store.environment());
        transaction.put(keys, key, old);
        transaction.commit();
    }
    store.seal(KeyTable::record, {{mix(6000), Position{6000}}});
    {
        storage::WriteTransaction transaction(store.environment());
        transaction.put(keys, key, old);
        transaction.commit();
    }
    store.close();
    EXPECT_NE(message_of_find().find("the root names another version"), std::string::npos);
}

TEST_F(KeyIndexDamage, OfTheRootIsFound) {
    damage(store.file(), "LERT", 17);
    EXPECT_NE(message_of_find().find("fails its checksum"), std::string::npos);
}

TEST_F(KeyIndexDamage, IsFoundByAMergeBeforeItSpreads) {
    store.open();
    for (std::uint64_t seal = 1; seal <= 3; ++seal) {
        std::vector<KeyRow> rows;
        for (std::uint64_t i = 1; i <= 5000; ++i)
            rows.emplace_back(mix(i + seal * 10'000), Position{i + seal * 10'000});
        store.seal(KeyTable::record, rows);
    }
    store.close();
    damage(store.file(), "LEBK", 48 + 118 * 64 + 24 * 300 + 3);
    store.open();
    EXPECT_THROW(store.step(1'000'000), CorruptionError);
}

/// One thread seals and merges and publishes snapshots, others ask them: whoever holds a snapshot
/// finds every key sealed before it and none sealed after it.
TEST(ThreadsKeyIndex, SnapshotsAnswerWhileTheSealingThreadSealsAndMerges) {
    Store store;
    constexpr std::uint64_t seal_rows = 3'000;
    constexpr std::uint64_t seals = 40;
    const auto key_of = [](std::uint64_t position) {
        return from_words(mix(position), mix(position + 1'000'000'000));
    };
    struct Published {
        SnapshotPtr snapshot;
        std::uint64_t positions = 0;
    };
    std::mutex mutex;
    Published published{store.snapshot(), 0};
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> wrong{0};

    std::vector<std::thread> readers;
    for (unsigned r = 0; r < 3; ++r) {
        readers.emplace_back([&, r] {
            std::mt19937_64 random(r);
            while (!done) {
                Published mine;
                {
                    const std::lock_guard lock(mutex);
                    mine = published;
                }
                for (int i = 0; i < 200; ++i) {
                    const std::uint64_t p = 1 + random() % (seal_rows * seals);
                    const Position found = mine.snapshot->find(KeyTable::record, key_of(p));
                    if (found.value != (p <= mine.positions ? p : 0)) ++wrong;
                }
            }
        });
    }
    for (std::uint64_t seal = 0; seal < seals; ++seal) {
        std::vector<KeyRow> rows;
        for (std::uint64_t i = 1; i <= seal_rows; ++i)
            rows.emplace_back(key_of(seal * seal_rows + i), Position{seal * seal_rows + i});
        store.seal(KeyTable::record, std::move(rows));
        for (int steps = 0; steps < 2; ++steps) {
            auto snapshot = store.snapshot();
            {
                const std::lock_guard lock(mutex);
                published = {std::move(snapshot), (seal + 1) * seal_rows};
            }
            store.step(15'000);
        }
    }
    done = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace ledger::history
