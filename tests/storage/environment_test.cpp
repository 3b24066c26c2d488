// Opening, creating, copying and lengthening environments, and what is said when that is not
// possible.
#include "fixture.hpp"

#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <fstream>
#include <thread>

namespace ledger::storage {
namespace {

using ::testing::HasSubstr;
using Storage = StorageTest;

void write_file(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

TEST_F(Storage, CreatedEnvironmentHoldsWhatItWasFilledWith) {
    create_environment(file(), small_options(), [](Environment& made, WriteTransaction& fill) {
        fill.put(made.database("numbers"), 7, bytes_of("seven"));
    });
    Environment environment(file(), small_options());
    const ReadTransaction reading(environment);
    EXPECT_EQ(text_of(*reading.get(environment.database("numbers"), 7)), "seven");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 2);
}

TEST_F(Storage, CreationThatFailsLeavesNothing) {
    EXPECT_THROW(
        create_environment(file(), small_options(),
                           [](Environment&, WriteTransaction&) { throw InvalidArgument("no"); }),
        InvalidArgument);
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(Storage, KilledCreationLeavesNothingThatOpens) {
    const int status = in_child([&] {
        create_environment(file(), small_options(),
                           [](Environment&, WriteTransaction&) { ::raise(SIGKILL); });
        return 0;
    });
    ASSERT_EQ(status, 200 + SIGKILL);
    EXPECT_FALSE(std::filesystem::is_empty(directory_));  // the draft
    EXPECT_THROW(Environment(file(), small_options()), StorageError);
    create();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
    Environment(file(), small_options());
}

TEST_F(Storage, CreationOverAnExistingFileIsRefused) {
    create();
    const auto message = message_of<StorageError>([&] { create(); });
    EXPECT_THAT(message, HasSubstr(file().string()));
    EXPECT_THAT(message, HasSubstr("exists"));
}

TEST_F(Storage, MissingFileAndMissingDirectoryAreNamed) {
    for (const auto& path : {file(), directory_ / "absent" / "test.mdb"}) {
        const auto message = message_of<StorageError>([&] { Environment(path, small_options()); });
        EXPECT_THAT(message, HasSubstr(path.string()));
        EXPECT_THAT(message, HasSubstr("No such file"));
        EXPECT_THAT(message, HasSubstr("create the ledger first"));
    }
    EXPECT_THROW(create_environment(directory_ / "absent" / "test.mdb", small_options(),
                                    [](Environment&, WriteTransaction&) {}),
                 StorageError);
}

TEST_F(Storage, FilesThatAreNoEnvironmentAreRefusedAndLeftAlone) {
    for (const std::string& content :
         {std::string(), std::string("x"), std::string(100'000, 'x'), std::string(8192, '\0')}) {
        write_file(file(), content);
        EXPECT_THAT(message_of<FormatError>([&] { Environment(file(), small_options()); }),
                    HasSubstr(file().string()));
        EXPECT_EQ(length_of(file()), content.size());
    }
    std::filesystem::remove(file());
    std::filesystem::create_directory(file());
    EXPECT_THROW(Environment(file(), small_options()), StorageError);
}

TEST_F(Storage, OpeningTwiceInOneProcessIsRefused) {
    create();
    const Environment environment(file(), small_options());
    std::filesystem::create_symlink(file(), directory_ / "link.mdb");
    for (const auto& path : {file(), directory_ / "link.mdb"}) {
        EXPECT_THAT(message_of<UsageError>([&] { Environment(path, small_options()); }),
                    HasSubstr("open already in this process"));
    }
}

TEST_F(Storage, ClosedEnvironmentCanBeOpenedAgain) {
    create();
    for (int i = 0; i < 3; ++i) Environment(file(), small_options());
}

TEST_F(Storage, TableOfAnotherKindIsRefused) {
    create();
    Environment environment(file(), small_options());
    EXPECT_THAT(message_of<FormatError>(
                    [&] { environment.open_database("numbers", KeyKind::bytes, false); }),
                HasSubstr("table numbers of " + file().string()));
    EXPECT_THROW(environment.open_database("absent", KeyKind::bytes, false), FormatError);
    EXPECT_THROW(environment.database("absent"), UsageError);
    const Database made = environment.open_database("made", KeyKind::bytes, true);
    EXPECT_EQ(environment.database("made"), made);
    EXPECT_EQ(environment.name_of(made), "made");
}

TEST_F(Storage, ReadOnlyFileSystemIsReadAndWritingNamesTheRemedy) {
    if (!mount_small("8m")) GTEST_SKIP() << "only root can mount";
    create();
    ASSERT_TRUE(remount_read_only());
    EnvironmentOptions options = small_options();
    const auto message = message_of<StorageError>([&] { Environment(file(), options); });
    EXPECT_THAT(message, HasSubstr("remount"));
    options.read_only = true;
    Environment environment(file(), options);
    const ReadTransaction reading(environment);
    EXPECT_FALSE(reading.get(environment.database("numbers"), 1));
    EXPECT_THROW(WriteTransaction{environment}, UsageError);
}

TEST_F(Storage, FileWithoutPermissionNamesTheRemedy) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs to change the user";
    create();
    std::filesystem::permissions(directory_, std::filesystem::perms(0755));
    std::filesystem::permissions(file(), std::filesystem::perms(0600));
    EXPECT_EQ(in_child([&] {
                  if (::setuid(65534) != 0) return 1;
                  try {
                      Environment(file(), small_options());
                  } catch (const StorageError& failure) {
                      return std::strstr(failure.what(), "permission") != nullptr ? 0 : 2;
                  }
                  return 3;
              }),
              0);
}

TEST_F(Storage, FullMapIsStorageFullAndTheWriterLivesOn) {
    EnvironmentOptions options = small_options();
    options.map_size = std::size_t{2} << 20;
    create_environment(file(), options, [](Environment&, WriteTransaction&) {});
    Environment environment(file(), options);
    const Database numbers = environment.database("numbers");
    {
        WriteTransaction writing(environment);
        const std::string value(std::size_t{4} << 20, 'v');
        EXPECT_THAT(message_of<StorageFull>([&] { writing.put(numbers, 1, bytes_of(value)); }),
                    HasSubstr("larger map size"));
    }
    WriteTransaction writing(environment);
    writing.put(numbers, 1, bytes_of("small"));
    writing.commit();
}

TEST_F(Storage, UseAfterForkIsRefusedAndHarmsNothing) {
    create();
    Environment environment(file(), small_options());
    const Database numbers = environment.database("numbers");
    ReadTransaction reading(environment);
    EXPECT_EQ(in_child([&] {
                  try {
                      WriteTransaction writing(environment);
                      return 1;
                  } catch (const UsageError&) {
                  }
                  try {
                      reading.renew();
                      return 2;
                  } catch (const UsageError&) {
                  }
                  // The child opens the file for itself, beside its parent.
                  Environment own(file(), small_options());
                  WriteTransaction writing(own);
                  writing.put(own.database("numbers"), 5, bytes_of("child"));
                  writing.commit();
                  return 0;
              }),
              0);
    reading.renew();
    EXPECT_EQ(text_of(*reading.get(numbers, 5)), "child");
}

TEST_F(Storage, CopyIsHotConsistentAndAppearsWhole) {
    create();
    Environment environment(file(), small_options());
    const Database numbers = environment.database("numbers");
    WriteTransaction(environment).abort();
    {
        WriteTransaction writing(environment);
        writing.put(numbers, 1, bytes_of("before"));
        writing.commit();
    }
    environment.preallocate(1 << 20);
    const auto copy = directory_ / "copy.mdb";
    environment.copy_to(copy);
    EXPECT_EQ(length_of(copy), environment.used_bytes());
    EXPECT_THROW(environment.copy_to(copy), StorageError);
    Environment copied(copy, small_options());
    const ReadTransaction reading(copied);
    EXPECT_EQ(text_of(*reading.get(copied.database("numbers"), 1)), "before");
}

TEST_F(Storage, PreallocatedFileIsReadReopenedCopiedAndCutBack) {
    create();
    const std::string value(100'000, 'v');
    {
        Environment environment(file(), small_options());
        const std::uint64_t ahead = environment.preallocate(4 << 20);
        EXPECT_GE(ahead, 4u << 20);
        EXPECT_EQ(environment.preallocated(), ahead);
        WriteTransaction writing(environment);
        writing.put(environment.database("numbers"), 1, bytes_of(value));
        writing.commit();
        EXPECT_EQ(length_of(file()), environment.used_bytes() + environment.preallocated());
    }
    Environment environment(file(), small_options());
    EXPECT_GT(environment.preallocated(), 3u << 20);
    ReadTransaction reading(environment);
    EXPECT_EQ(text_of(*reading.get(environment.database("numbers"), 1)), value);
    environment.release_preallocated();
    EXPECT_EQ(environment.preallocated(), 0u);
    EXPECT_EQ(length_of(file()), environment.used_bytes());
    EXPECT_EQ(text_of(*reading.get(environment.database("numbers"), 1)), value);
    WriteTransaction writing(environment);
    writing.put(environment.database("numbers"), 2, bytes_of(value));
    writing.commit();
    reading.renew();
    EXPECT_EQ(text_of(*reading.get(environment.database("numbers"), 2)), value);
}

TEST_F(Storage, ReplacedEnvironmentIsSeenByNewOpenersOnly) {
    create();
    const auto other = directory_ / "other.mdb";
    create_environment(other, small_options(), [](Environment& made, WriteTransaction& fill) {
        fill.put(made.database("numbers"), 1, bytes_of("new"));
    });
    const Environment old(file(), small_options());
    replace_environment(other, file());
    Environment environment(file(), small_options());
    const ReadTransaction reading(environment);
    EXPECT_EQ(text_of(*reading.get(environment.database("numbers"), 1)), "new");
    EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_F(Storage, SlotsOfKilledReadersAreFreed) {
    create();
    Environment environment(file(), small_options());
    EXPECT_EQ(in_child([&] {
                  Environment own(file(), small_options());
                  const ReadTransaction reading(own);
                  ::raise(SIGKILL);
                  return 0;
              }),
              200 + SIGKILL);
    EXPECT_EQ(environment.readers().size(), 1u);
    EXPECT_EQ(environment.reader_check(), 1);
    EXPECT_TRUE(environment.readers().empty());
    const ReadTransaction reading(environment);
    ASSERT_EQ(environment.readers().size(), 1u);
    EXPECT_EQ(environment.readers()[0].process, static_cast<std::uint64_t>(::getpid()));
    EXPECT_EQ(environment.readers()[0].transaction, reading.number());
}

TEST_F(Storage, DefaultMapSizeIsOnlyAddressSpace) {
    create();
    EnvironmentOptions options;
    options.databases = small_options().databases;
    Environment environment(file(), options);
    EXPECT_EQ(environment.stat().map_bytes, std::uint64_t{1} << 40);
    EXPECT_LT(environment.stat().file_bytes, 1u << 20);
}

}  // namespace
}  // namespace ledger::storage
