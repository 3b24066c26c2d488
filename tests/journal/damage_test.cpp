// What is said of damaged, foreign, newer, full, unwritable and contested journals.
#include "fixture.hpp"

#include "ledger/core/error.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

namespace ledger::journal {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string read_file(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

template <class Exception, class Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const Exception& failure) {
        return failure.what();
    }
    ADD_FAILURE() << "nothing of the expected type was thrown";
    return {};
}

template <class Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

class JournalDamage : public JournalTest {
protected:
    void TearDown() override {
        ::umount2((directory_ / "disk").c_str(), MNT_DETACH);  // of tests that mounted one there
        JournalTest::TearDown();
    }

    /// A journal of small and large batches, closed; the chain value after each.
    std::map<Position, Chain> make_journal(int batches) {
        std::map<Position, Chain> chains{{0, 0}};
        open();
        for (int i = 0; i < batches; ++i) {
            const std::size_t size = i % 3 == 0 ? 100 : i % 3 == 1 ? 1500 : 9000;
            const auto result = append(static_cast<std::uint32_t>(1 + i % 4), size);
            chains[store_->head().position] = result.batch;
        }
        store_.reset();
        return chains;
    }

    /// Changes the closed journal by means of the room below.
    template <class Change>
    void tamper(Change change) {
        storage::EnvironmentOptions options;
        options.databases = {{"meta", storage::KeyKind::bytes},
                             {"batches", storage::KeyKind::integer}};
        storage::Environment environment(file(), options);
        storage::WriteTransaction transaction(environment);
        change(transaction, environment.database("meta"), environment.database("batches"));
        transaction.commit();
    }

    std::string walk() {
        return message_of<CorruptionError>([&] {
            open({.map_size = std::size_t{1} << 28, .read_only = true});
            Scan scan(*store_, 1, Check::checksum);
            while (scan.next()) {
            }
        });
    }
};

TEST_F(JournalDamage, SoundJournalVerifiesAlsoBesideItsWriter) {
    const auto chains = make_journal(100);
    Verification found = verify(directory_);
    EXPECT_EQ(found.damage, std::nullopt);
    EXPECT_EQ(found.batches, 100u);
    EXPECT_EQ(found.head.chain, chains.rbegin()->second);
    open();
    append(1, 10);
    found = verify(directory_);
    EXPECT_EQ(found.damage, std::nullopt);
    EXPECT_EQ(found.head, store_->head());
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
}

TEST_F(JournalDamage, VerifyOfAMissingJournalIsAnError) {
    EXPECT_THROW(verify(directory_ / "absent"), StorageError);
}

TEST_F(JournalDamage, FlippedPayloadByteIsNamedWithFileAndPosition) {
    make_journal(30);
    const std::string sound = read_file(file());
    for (const Position position : {1u, 3u, 6u}) {  // in a leaf, in a leaf, on pages of its own
        const std::size_t size = position == 1 ? 100 : position == 3 ? 1500 : 9000;
        const auto payload = payload_of(position == 3 ? 2 : position == 6 ? 4 : 1, size);
        const std::string_view bytes(reinterpret_cast<const char*>(payload.data()), size);
        const std::size_t at = sound.find(bytes);
        ASSERT_NE(at, std::string::npos);
        std::string damaged = sound;
        damaged[at + size / 2] = static_cast<char>(damaged[at + size / 2] ^ 0x10);
        write_file(file(), damaged);
        const std::string message = walk();
        EXPECT_THAT(message, HasSubstr(file().string()));
        EXPECT_THAT(message, HasSubstr("checksum"));
        EXPECT_THAT(message, HasSubstr("restore a backup"));
        store_.reset();
        const Verification found = verify(directory_);
        EXPECT_EQ(found.damage, message);
    }
}

TEST_F(JournalDamage, AnyFlippedByteIsFoundOrHarmless) {
    const auto chains = make_journal(40);
    const std::string sound = read_file(file());
    std::mt19937_64 random(11);
    int damages = 0;
    for (int i = 0; i < 150; ++i) {
        std::string damaged = sound;
        // Half of the flips in the pages that hold LMDB's own structure, which lie all over the
        // file.
        const std::size_t page = random() % (sound.size() / 4096) * 4096;
        const std::size_t at = page + (i % 2 == 0 ? random() % 96 : random() % 4096);
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
        write_file(file(), damaged);
        fs::remove(file().string() + "-lock");
        const Verification found = verify(directory_);
        if (found.damage) {
            EXPECT_THAT(*found.damage, HasSubstr(file().string()));
            ++damages;
            continue;
        }
        // Then it lies in a free page, or turned LMDB to its older meta page: still a true journal.
        const auto known = chains.find(found.head.position);
        ASSERT_NE(known, chains.end()) << "flip at " << at;
        EXPECT_EQ(known->second, found.head.chain) << "flip at " << at;
    }
    EXPECT_GT(damages, 20);
    EXPECT_LT(damages, 150);
}

TEST_F(JournalDamage, TruncatedFileIsFound) {
    make_journal(40);
    const std::string sound = read_file(file());
    for (const std::size_t size : {sound.size() / 2, sound.size() - 4096, std::size_t{8192},
                                   std::size_t{5000}, std::size_t{100}}) {
        write_file(file(), sound.substr(0, size));
        EXPECT_THROW(open(), StorageError) << size;
        EXPECT_TRUE(verify(directory_).damage) << size;
        EXPECT_EQ(fs::file_size(file()), size);
    }
}

TEST_F(JournalDamage, MissingBatchIsFound) {
    make_journal(40);
    tamper([](auto& transaction, auto, auto batches) { transaction.erase(batches, 51); });
    EXPECT_THAT(walk(), HasSubstr("position 51 is missing"));
    store_.reset();
    EXPECT_THAT(verify(directory_).damage.value_or(""), HasSubstr("position 51 is missing"));
}

TEST_F(JournalDamage, MissingBeginningIsFound) {
    make_journal(10);
    tamper([](auto& transaction, auto, auto batches) { transaction.erase(batches, 1); });
    EXPECT_TRUE(verify(directory_).damage);
}

TEST_F(JournalDamage, BatchesOfAnotherHistoryDoNotChain) {
    make_journal(5);  // at 1, 2, 4, 7, 11
    tamper([](auto& transaction, auto, auto batches) {
        BatchHeader header;
        header.first_position = 4;
        header.record_count = 3;
        header.instant = Instant{identity.created.nanoseconds + 2500};
        header.previous = 99;
        const auto value = transaction.reserve(batches, std::uint64_t{4}, stored_bytes(0));
        encode_batch(header, {}, value);
    });
    EXPECT_THAT(walk(), HasSubstr("position 4 does not chain"));
}

TEST_F(JournalDamage, NewerVersionsSayWhichAndWhatToDo) {
    make_journal(5);
    const auto rewrite_identity = [](std::size_t at, char byte) {
        return [=](auto& transaction, auto meta, auto) {
            const auto key = std::as_bytes(std::span<const char>("identity", 8));
            const auto old = *transaction.get(meta, key);
            std::vector<std::byte> changed(old.begin(), old.end());
            changed[at] = static_cast<std::byte>(byte);
            transaction.put(meta, key, changed);
        };
    };
    tamper(rewrite_identity(8, 2));
    const auto message = message_of<FormatError>([&] { open(); });
    EXPECT_THAT(message, HasSubstr("version is 2"));
    EXPECT_THAT(message, HasSubstr("newer library"));
    tamper(rewrite_identity(8, 1));
    tamper(rewrite_identity(20, 1));
    EXPECT_THAT(message_of<CorruptionError>([&] { open(); }), HasSubstr("identity"));
    tamper(rewrite_identity(0, 'X'));
    EXPECT_THROW(open(), FormatError);
    tamper([](auto& transaction, auto meta, auto) {
        transaction.erase(meta, std::as_bytes(std::span<const char>("identity", 8)));
    });
    EXPECT_THROW(open(), FormatError);
}

TEST_F(JournalDamage, NewerBatchVersionIsAFormatError) {
    make_journal(5);
    tamper([](auto& transaction, auto, auto batches) {
        const auto old = *transaction.get(batches, std::uint64_t{11});
        std::vector<std::byte> changed(old.begin(), old.end());
        changed[20] = std::byte{9};
        transaction.put(batches, std::uint64_t{11}, changed);
    });
    EXPECT_THAT(message_of<FormatError>([&] { open(); }), HasSubstr("version 9"));
}

TEST_F(JournalDamage, ForeignFilesAreNoJournal) {
    fs::remove(file());
    EXPECT_THAT(message_of<StorageError>([&] { open(); }), HasSubstr(file().string()));
    write_file(file(), std::string(50'000, 'x'));
    EXPECT_THROW(open(), FormatError);
    fs::remove(file());
    storage::EnvironmentOptions options;
    options.databases = {{"other", storage::KeyKind::bytes}};
    storage::create_environment(file(), options, [](auto&, auto&) {});
    const std::string before = read_file(file());
    EXPECT_THAT(message_of<FormatError>([&] { open(); }), HasSubstr("as a journal"));
    EXPECT_EQ(read_file(file()), before);
}

TEST_F(JournalDamage, CreationOverAJournalIsRefusedAndTornCreationLeavesNothing) {
    EXPECT_THROW(LmdbStore::create(directory_, identity, {}), StorageError);
    for (int delay = 0; delay < 30; ++delay) {
        fs::remove(file());
        fs::remove(file().string() + "-lock");
        const pid_t child = ::fork();
        if (child == 0) {
            LmdbStore::create(directory_, identity, {});
            ::_exit(0);
        }
        ::usleep(static_cast<useconds_t>(delay * 150));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        if (!fs::exists(file())) LmdbStore::create(directory_, identity, {});
        open();
        EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
        store_.reset();
        EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 2) << delay;
    }
}

TEST_F(JournalDamage, KilledWriterLosesNothingThatWasAppended) {
    int pipes[2];
    Position acknowledged = 0;
    for (int round = 0; round < 10; ++round) {
        ASSERT_EQ(::pipe(pipes), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            open();
            for (;;) {
                append(3, 50'000);
                const Position position = store_->head().position;
                if (::write(pipes[1], &position, sizeof position) < 0) ::_exit(1);
            }
        }
        ::close(pipes[1]);
        ::usleep(static_cast<useconds_t>(20'000 + round * 3'000));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        for (Position read = 0; ::read(pipes[0], &read, sizeof read) == sizeof read;) {
            acknowledged = read;
        }
        ::close(pipes[0]);
        open();
        EXPECT_GE(store_->head().position, acknowledged);
        EXPECT_LE(store_->head().position, acknowledged + 3);
        acknowledged = store_->head().position;
        store_.reset();
        EXPECT_EQ(verify(directory_).damage, std::nullopt);
    }
}

TEST_F(JournalDamage, FullMapRefusesAppendsAndLeavesTheStoreAlive) {
    LmdbStoreOptions options = small_options();
    options.map_size = std::size_t{4} << 20;
    open(options);
    int appended = 0;
    EXPECT_THAT(message_of<StorageFull>([&] {
                    for (;; ++appended) append(1, 500'000);
                }),
                HasSubstr("larger one"));
    EXPECT_GE(appended, 5);
    EXPECT_FALSE(store_->is_poisoned());
    EXPECT_FALSE(store_->has_room(500'000));
    EXPECT_TRUE(store_->has_room(1000));
    EXPECT_EQ(append(1, 1000).status, AppendStatus::appended);
    open();
    EXPECT_EQ(append(1, 500'000).status, AppendStatus::appended);
    store_.reset();
    EXPECT_EQ(verify(directory_).batches, static_cast<std::uint64_t>(appended + 2));
}

TEST_F(JournalDamage, FullDiskRefusesAppendsAndLeavesTheStoreAlive) {
    const fs::path disk = directory_ / "disk";
    fs::create_directory(disk);
    if (::mount("ledger-test", disk.c_str(), "tmpfs", 0, "size=16m") != 0) {
        GTEST_SKIP() << "only root can mount";
    }
    LmdbStore::create(disk, identity, {});
    LmdbStoreOptions options;
    options.disk_reserve_bytes = std::uint64_t{4} << 20;
    auto store = LmdbStore::open(disk, options);
    const Epoch epoch = store->acquire();
    write_file(disk / "other", std::string(6'000'000, 'x'));
    const auto payload = payload_of(1, 400'000);
    Position position = 0;
    const auto append_one = [&] {
        const Instant instant{static_cast<std::int64_t>(position) + 1};
        const auto result = append_payload(*store, epoch, {position + 1, 1, instant}, payload);
        ASSERT_EQ(result.status, AppendStatus::appended);
        ++position;
    };
    EXPECT_THAT(message_of<StorageFull>([&] {
                    for (;;) append_one();
                }),
                HasSubstr("kept in reserve"));
    EXPECT_FALSE(store->has_room(payload.size()));
    EXPECT_GE(position, 5u);
    EXPECT_GE(storage::disk_free(disk), std::uint64_t{3} << 20);
    EXPECT_FALSE(store->is_poisoned());
    fs::remove(disk / "other");
    append_one();
    const Head head = store->head();
    store.reset();
    EXPECT_EQ(verify(disk).head, head);
}

TEST_F(JournalDamage, ReadOnlyFileSystemIsReadOnly) {
    const fs::path disk = directory_ / "disk";
    fs::create_directory(disk);
    if (::mount("ledger-test", disk.c_str(), "tmpfs", 0, "size=16m") != 0) {
        GTEST_SKIP() << "only root can mount";
    }
    LmdbStore::create(disk, identity, {});
    ASSERT_EQ(::mount("ledger-test", disk.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    EXPECT_THAT(message_of<StorageError>([&] { LmdbStore::open(disk, {}); }), HasSubstr("remount"));
    LmdbStoreOptions options;
    options.read_only = true;
    auto store = LmdbStore::open(disk, options);
    EXPECT_EQ(store->head(), Head{});
    EXPECT_THROW(store->acquire(), UsageError);
    EXPECT_THROW(append_payload(*store, Epoch{1}, {1, 1, Instant{1}}, {}), UsageError);
    EXPECT_EQ(verify(disk).damage, std::nullopt);
    store.reset();
}

TEST_F(JournalDamage, FileSizeLimitRefusesAppendsInsteadOfKillingTheProcess) {
    open();
    append(2, 1000);
    EXPECT_TRUE(store_->has_room(1'000'000));
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit tight{store_->used_bytes() + 500'000, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    EXPECT_FALSE(store_->has_room(1'000'000));
    EXPECT_TRUE(store_->has_room(1000));
    EXPECT_THAT(message_of<StorageFull>([&] { append(1, 1'000'000); }), HasSubstr("ulimit"));
    EXPECT_EQ(append(1, 1000).status, AppendStatus::appended);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_EQ(append(1, 1'000'000).status, AppendStatus::appended);
}

TEST_F(JournalDamage, SecondWriterIsRefusedInThisProcessAndInOthers) {
    open();
    EXPECT_THROW(LmdbStore::open(directory_, small_options()), UsageError);
    EXPECT_EQ(in_child([&] {
                  try {
                      LmdbStore::open(directory_, small_options());
                  } catch (const LockedError&) {
                      return 0;
                  } catch (...) {
                  }
                  return 1;
              }),
              0);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
}

TEST_F(JournalDamage, ReaderInAnotherProcessFollowsTheWriter) {
    open();
    append(1, 10);
    int pipes[2];
    ASSERT_EQ(::pipe(pipes), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        LmdbStoreOptions options = small_options();
        options.read_only = true;
        auto store = LmdbStore::open(directory_, options);
        if (::write(pipes[1], "x", 1) != 1) ::_exit(9);
        Scan scan(*store, 1, Check::checksum);
        Position last = 0;
        while (last < 200) {
            while (const auto batch = scan.next()) last = batch->header.last_position();
            if (last < 200 && store->wait_head(last, std::chrono::seconds(20)).position <= last) {
                ::_exit(2);
            }
        }
        ::_exit(0);
    }
    char ready = 0;
    ASSERT_EQ(::read(pipes[0], &ready, 1), 1);
    for (int i = 1; i < 200; ++i) append(1, 100);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    ::close(pipes[0]);
    ::close(pipes[1]);
}

TEST_F(JournalDamage, ForkedChildLeavesTheParentsStoreAlone) {
    open();
    append(1, 10);
    EXPECT_EQ(in_child([&] {
                  try {
                      append(1, 10);
                      return 1;
                  } catch (const UsageError&) {
                  }
                  store_.reset();
                  return 0;
              }),
              0);
    EXPECT_EQ(append(1, 10).status, AppendStatus::appended);
    store_.reset();
    open();
    EXPECT_EQ(store_->head().position, 2u);
}

TEST_F(JournalDamage, BackupIsHotAndVerifies) {
    open();
    for (int i = 0; i < 20; ++i) append(2, 10'000);
    const fs::path backup = directory_ / "backup";
    fs::create_directory(backup);
    const Head head = store_->head();
    store_->backup(backup);
    append(1, 10);
    EXPECT_EQ(verify(backup).head, head);
    EXPECT_THROW(store_->backup(backup), StorageError);
    auto copy = LmdbStore::open(backup, small_options());
    EXPECT_EQ(copy->identity(), identity);
    EXPECT_EQ(append_payload(*copy, copy->acquire(), {head.position + 1, 1, Instant{INT64_MAX}}, {})
                  .status,
              AppendStatus::appended);
}

TEST_F(JournalDamage, CleanCloseGivesBackTheRoomAhead) {
    LmdbStoreOptions options = small_options();
    options.ahead_bytes_first = options.ahead_bytes_max = std::uint64_t{4} << 20;
    for (const bool writes_zeros : {false, true}) {
        options.writes_zeros_ahead = writes_zeros;
        open(options);
        for (int i = 0; i < 20; ++i) append(1, 100'000);
        ::usleep(50'000);
        EXPECT_GT(fs::file_size(file()), store_->used_bytes());
        const std::uint64_t used = store_->used_bytes();
        store_.reset();
        EXPECT_EQ(fs::file_size(file()), used);
    }
    EXPECT_EQ(verify(directory_).batches, 40u);
}

}  // namespace
}  // namespace ledger::journal
