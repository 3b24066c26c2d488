// Durable file operations, the writer's lock, and the room ahead.
#include "fixture.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/room_ahead.hpp"
#include "ledger/storage/writer_lock.hpp"

#include <gmock/gmock.h>
#include <fstream>
#include <memory>

namespace ledger::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Files : public StorageTest {};

TEST_F(Files, DirectoriesAreCreatedOnceAndNeedTheirParent) {
    create_directory_durably(directory_ / "made");
    create_directory_durably(directory_ / "made");
    EXPECT_TRUE(fs::is_directory(directory_ / "made"));
    EXPECT_THAT(
        message_of<StorageError>([&] { create_directory_durably(directory_ / "absent" / "made"); }),
        HasSubstr((directory_ / "absent" / "made").string()));
    std::ofstream(directory_ / "file") << "x";
    EXPECT_THROW(create_directory_durably(directory_ / "file"), StorageError);
}

TEST_F(Files, RenameReplacesAndErrorsNameBothPaths) {
    std::ofstream(directory_ / "a") << "new";
    std::ofstream(directory_ / "b") << "old one";
    rename_durably(directory_ / "a", directory_ / "b");
    EXPECT_EQ(length_of(directory_ / "b"), 3u);
    const auto message =
        message_of<StorageError>([&] { rename_durably(directory_ / "a", directory_ / "c"); });
    EXPECT_THAT(message, HasSubstr((directory_ / "a").string()));
    EXPECT_THAT(message, HasSubstr((directory_ / "c").string()));
}

TEST_F(Files, AFileIsReplacedAsAWhole) {
    const fs::path file = directory_ / "state";
    for (const char* content : {"first, a longer one", "second", ""}) {
        replace_file_durably(file, content);
        std::ifstream stream(file);
        EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), content);
    }
    EXPECT_FALSE(fs::exists(directory_ / "state.new"));
    std::ofstream(directory_ / "state.new") << "left by a crash, and longer than what follows";
    replace_file_durably(file, "third");
    EXPECT_EQ(length_of(file), 5u);
    EXPECT_THAT(
        message_of<StorageError>([&] { replace_file_durably(directory_ / "no/state", "x"); }),
        HasSubstr((directory_ / "no/state.new").string()));
}

TEST_F(Files, FreeSpaceIsMeasured) {
    EXPECT_GT(disk_free(directory_), 0u);
    EXPECT_THROW(disk_free(directory_ / "absent"), StorageError);
    if (!mount_small("1m")) GTEST_SKIP() << "only root can mount";
    EXPECT_LE(disk_free(directory_), 1u << 20);
}

TEST_F(Files, StagingDirectoryOfALivingMakerIsLeftAlone) {
    const StagingDirectory first(directory_ / "target");
    fs::path abandoned;
    {
        const StagingDirectory second(directory_ / "target");
        EXPECT_TRUE(fs::exists(first.path()));
        EXPECT_NE(first.path(), second.path());
        abandoned = second.path();
    }
    EXPECT_FALSE(fs::exists(abandoned));
    fs::create_directory(abandoned);
    std::ofstream(abandoned / "left") << "x";
    const StagingDirectory third(directory_ / "target");
    EXPECT_FALSE(fs::exists(abandoned));
    EXPECT_TRUE(fs::exists(first.path()));
}

TEST_F(Files, SecondWriterIsToldWhoHoldsTheLock) {
    const fs::path path = directory_ / "writer.lock";
    auto lock = std::make_unique<WriterLock>(path);
    const std::string self = "process " + std::to_string(::getpid()) + " on host ";
    const auto message = message_of<LockedError>([&] { WriterLock second(path); });
    EXPECT_THAT(message, HasSubstr(path.string()));
    EXPECT_THAT(message, HasSubstr(self));
    EXPECT_THAT(message, HasSubstr(" since 20"));
    EXPECT_EQ(in_child([&] {
                  try {
                      WriterLock second(path);
                  } catch (const LockedError& failure) {
                      return std::strstr(failure.what(), self.c_str()) != nullptr ? 0 : 1;
                  }
                  return 2;
              }),
              0);
    lock.reset();
    EXPECT_EQ(in_child([&] {
                  WriterLock second(path);
                  return 0;
              }),
              0);
    WriterLock again(path);
}

TEST_F(Files, LockVanishesWithAKilledHolder) {
    const fs::path path = directory_ / "writer.lock";
    EXPECT_EQ(in_child([&] {
                  WriterLock lock(path);
                  ::raise(SIGKILL);
                  return 0;
              }),
              200 + SIGKILL);
    WriterLock lock(path);
}

TEST_F(Files, ChildOfTheHolderDoesNotKeepTheLock) {
    const fs::path path = directory_ / "writer.lock";
    auto lock = std::make_unique<WriterLock>(path);
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(gate[1]);
        char byte = 0;
        [[maybe_unused]] const ssize_t got = ::read(gate[0], &byte, 1);  // until the parent closes
        ::_exit(0);
    }
    lock.reset();
    WriterLock again(path);
    ::close(gate[0]);
    ::close(gate[1]);
    ::waitpid(child, nullptr, 0);
}

class Room : public StorageTest {
protected:
    void SetUp() override {
        StorageTest::SetUp();
        create();
    }
    static constexpr std::uint64_t mib = std::uint64_t{1} << 20;
};

TEST_F(Room, ZerosAreAheadAndTransactionsKeepTheirBytes) {
    Environment environment(file(), small_options());
    RoomAhead room(environment, {.first = 2 * mib, .max = 8 * mib});
    if (!room.writes_zeros()) GTEST_SKIP() << "no direct writes on this file system";
    const Database numbers = environment.database("numbers");
    const std::string value(300'000, 'v');
    for (std::uint64_t key = 0; key < 60; ++key) {
        WriteTransaction writing(environment);
        room.require(value.size() + mib / 4);
        // Zeros are written between room and commit, where they would do harm if they could.
        if (key % 3 == 0) room.step();
        writing.put(numbers, key, bytes_of(value));
        if (key % 3 == 1) room.step();
        writing.commit();
        if (key % 3 == 2) room.step();
    }
    while (room.step()) {
    }
    EXPECT_GE(room.ahead(), 4 * mib);
    EXPECT_FALSE(room.is_wanted());
    const ReadTransaction reading(environment);
    for (std::uint64_t key = 0; key < 60; ++key) {
        ASSERT_EQ(text_of(*reading.get(numbers, key)), value);
    }
}

TEST_F(Room, WithoutZerosBlocksAreAllocatedInGrowingSteps) {
    Environment environment(file(), small_options());
    RoomAhead room(environment, {.first = mib, .max = 4 * mib, .writes_zeros = false});
    room.require(1000);
    EXPECT_EQ(room.ahead(), mib);
    EXPECT_GE(environment.preallocated(), mib);
    room.require(mib + 1);
    EXPECT_EQ(room.ahead(), 2 * mib);
    EXPECT_FALSE(room.is_wanted());
    EXPECT_FALSE(room.step());
}

TEST_F(Room, FullDiskIsFoundBeforeAnythingIsWritten) {
    if (!mount_small("4m")) GTEST_SKIP() << "only root can mount";
    create();
    Environment environment(file(), small_options());
    RoomAhead room(environment, {.first = mib, .max = mib, .disk_reserve = mib});
    room.require(2 * mib);
    EXPECT_THAT(message_of<StorageFull>([&] { room.require(4 * mib); }), HasSubstr("in reserve"));
    EXPECT_THAT(message_of<StorageFull>([&] { room.require(100 * mib); }), HasSubstr("larger one"));
    room.require(2 * mib);
}

TEST_F(Room, SecondWriterOfTheFileIsRefused) {
    Environment environment(file(), small_options());
    RoomAhead room(environment, {});
    EXPECT_EQ(in_child([&] {
                  Environment own(file(), small_options());
                  try {
                      RoomAhead second(own, {});
                  } catch (const LockedError&) {
                      return 0;
                  }
                  return 1;
              }),
              0);
}

}  // namespace
}  // namespace ledger::storage
