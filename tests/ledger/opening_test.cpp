// Making, opening, locking and closing ledgers, and what is said where that can't be done.
#include "support/small_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;
using testing::HasSubstr;

/// The message of the refusal of type `Refusal`; a failure where there is none.
template <class Refusal, class Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const Refusal& refused) {
        return refused.what();
    } catch (const std::exception& other) {
        ADD_FAILURE() << "refused with another type: " << other.what();
        return other.what();
    }
    ADD_FAILURE() << "was not refused";
    return {};
}

void overwrite(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST(Opening, ANewLedgerIsEmptyAndHasItsFiles) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    EXPECT_TRUE(fs::exists(temporary / "books/journal.mdb"));
    EXPECT_EQ(ledger.view().position(), Position{});
    EXPECT_EQ(ledger.view().instant(), Instant{});
    EXPECT_TRUE(ledger.view().trial_sums().empty());
    EXPECT_TRUE(ledger.view().accounts("").items.empty());
    EXPECT_EQ(ledger.stats().committed_through, Position{});
}

TEST(Opening, CreateRefusesWhereALedgerIs) {
    TemporaryDirectory temporary;
    { Ledger ledger = Ledger::create(temporary / "books", small_options()); }
    EXPECT_THAT(refusal<UsageError>([&] { Ledger::create(temporary / "books", small_options()); }),
                HasSubstr("books"));
    Ledger ledger = Ledger::open_or_create(temporary / "books", small_options());
}

TEST(Opening, CreateRefusesAFileAndAMissingParent) {
    TemporaryDirectory temporary;
    overwrite(temporary / "file", "text");
    EXPECT_THAT(refusal<StorageError>([&] { Ledger::create(temporary / "file", small_options()); }),
                HasSubstr("file"));
    EXPECT_THAT(
        refusal<StorageError>([&] { Ledger::create(temporary / "no/books", small_options()); }),
        HasSubstr("no"));
}

TEST(Opening, AMissingDirectoryIsNamed) {
    TemporaryDirectory temporary;
    EXPECT_THAT(refusal<StorageError>([&] { Ledger::open(temporary / "none", small_options()); }),
                HasSubstr("none"));
    fs::create_directory(temporary / "empty");
    EXPECT_THAT(refusal<FormatError>([&] { Ledger::open(temporary / "empty", small_options()); }),
                HasSubstr("journal.mdb"));
    EXPECT_THAT(refusal<FormatError>([&] { (void)Ledger::verify(temporary / "empty"); }),
                HasSubstr("journal.mdb"));
    EXPECT_THAT(
        refusal<FormatError>([&] { Ledger::restore(temporary / "empty", temporary / "new"); }),
        HasSubstr("journal.mdb"));
    EXPECT_FALSE(fs::exists(temporary / "new"));
}

TEST(Opening, AFileThatIsNoLedgerIsNamed) {
    TemporaryDirectory temporary;
    for (const std::string& content :
         {std::string{}, std::string("not a database"), std::string(100'000, 'x')}) {
        fs::create_directories(temporary / "books");
        overwrite(temporary / "books/journal.mdb", content);
        EXPECT_THAT(
            refusal<StorageError>([&] { Ledger::open(temporary / "books", small_options()); }),
            HasSubstr("journal.mdb"))
            << content.size();
        fs::remove_all(temporary / "books");
    }
}

TEST(Opening, ANewerFormatVersionIsRefused) {
    TemporaryDirectory temporary;
    { Ledger ledger = Ledger::create(temporary / "books", small_options()); }
    // The identity row begins with its magic and the version after it.
    std::string bytes;
    {
        std::ifstream in(temporary / "books/journal.mdb", std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    std::size_t found = 0;
    for (std::size_t at = bytes.find("LEDGERJL"); at != std::string::npos;
         at = bytes.find("LEDGERJL", at + 1)) {
        bytes[at + 8] = 77;
        ++found;
    }
    ASSERT_GE(found, 1u);
    std::ofstream(temporary / "books/journal.mdb", std::ios::binary) << bytes;
    EXPECT_THAT(refusal<FormatError>([&] { Ledger::open(temporary / "books", small_options()); }),
                HasSubstr("version is 77"));
    EXPECT_EQ(fs::file_size(temporary / "books/journal.mdb"), bytes.size());
}

TEST(Opening, ASecondWriterIsToldWhoHoldsTheLedger) {
    TemporaryDirectory temporary;
    const std::string self = "process " + std::to_string(::getpid());
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    EXPECT_THAT(refusal<LockedError>([&] { Ledger::open(temporary / "books", small_options()); }),
                HasSubstr(self));
    // A process of its own is told the same.
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::string told = "not refused";
        try {
            Ledger second = Ledger::open(temporary / "books", small_options());
        } catch (const LockedError& refused) {
            told = refused.what();
        } catch (const std::exception& other) {
            told = std::string("another error: ") + other.what();
        }
        [[maybe_unused]] const auto written = ::write(ends[1], told.data(), told.size());
        ::_exit(0);
    }
    char text[1024] = {};
    ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
    ::waitpid(child, nullptr, 0);
    EXPECT_THAT(text, HasSubstr(self));
    ledger.close();
}

TEST(Opening, TheLockGoesWithItsHolder) {
    TemporaryDirectory temporary;
    {
        Ledger first = Ledger::create(temporary / "books", small_options());
        Ledger moved = std::move(first);
        EXPECT_TRUE(all_accepted(moved.post(foundations(2))));
    }
    Ledger again = Ledger::open(temporary / "books", small_options());
    EXPECT_TRUE(again.post(transfer(1, 1, 2, 1)));
}

TEST(Opening, AfterAForkTheChildIsRefusedAndTheParentGoesOn) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(2))));
    const pid_t child = ::fork();
    if (child == 0) {
        int refusals = 0;
        try {
            (void)ledger.post(transfer(1, 1, 2, 1));
        } catch (const UsageError&) {
            ++refusals;
        }
        try {
            (void)ledger.view();
        } catch (const UsageError&) {
            ++refusals;
        }
        try {
            ledger.seal();
        } catch (const UsageError&) {
            ++refusals;
        }
        ledger = Ledger::create(temporary / "of the child", small_options());
        if (ledger.post(foundations(2)).size() != 4) ++refusals;
        { const Ledger destroyed = std::move(ledger); }
        ::_exit(refusals);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "the child died";
    EXPECT_EQ(WEXITSTATUS(status), 3);
    EXPECT_TRUE(ledger.post(transfer(1, 1, 2, 1)));
    EXPECT_THROW(Ledger::open(temporary / "books", small_options()), LockedError);
}

TEST(Opening, AClosedLedgerRefusesAndClosingTwiceIsFine) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(2))));
    ledger.close();
    ledger.close();
    EXPECT_THAT(refusal<UsageError>([&] { (void)ledger.post(transfer(1, 1, 2, 1)); }),
                HasSubstr("closed"));
    EXPECT_THAT(refusal<UsageError>([&] { ledger.seal(); }), HasSubstr("closed"));
    EXPECT_THAT(refusal<UsageError>([&] { (void)ledger.dry_run(transfers(1, 1, 2)); }),
                HasSubstr("closed"));
    EXPECT_THAT(refusal<UsageError>([&] { ledger.backup(temporary / "copy"); }),
                HasSubstr("closed"));
}

TEST(Opening, AReadOnlyFileSystemIsSaid) {
    TemporaryDirectory temporary;
    { Ledger ledger = Ledger::create(temporary / "books", small_options()); }
    const fs::path mounted = temporary / "mounted";
    fs::create_directory(mounted);
    if (::mount((temporary / "books").c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        GTEST_SKIP() << "no right to mount here: a read-only file system can't be made";
    }
    const int remounted =
        ::mount(nullptr, mounted.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr);
    if (remounted == 0) {
        const std::string said =
            refusal<StorageError>([&] { Ledger::open(mounted, small_options()); });
        EXPECT_THAT(said, HasSubstr("mounted"));
        EXPECT_THAT(said, testing::AnyOf(HasSubstr("ead-only"), HasSubstr("writable")));
        EXPECT_THAT(
            refusal<StorageError>([&] { Ledger::create(mounted / "new", small_options()); }),
            HasSubstr("new"));
    }
    ::umount(mounted.c_str());
    if (remounted != 0) GTEST_SKIP() << "no right to remount read-only";
}

}  // namespace
}  // namespace ledger
