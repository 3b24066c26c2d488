// Backup, restore, verify and a full disk.
#include "support/small_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <random>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;
using testing::HasSubstr;

/// Posts batches in a thread until it goes.
class Poster {
public:
    Poster(Ledger& ledger, std::uint64_t first_id)
        : thread_([this, &ledger, first_id] {
              for (std::uint64_t id = first_id; !stop_; id += 50) {
                  if (!all_accepted(ledger.post(transfers(id, 50, 10)))) ++failures;
                  acknowledged = id + 49;
              }
          }) {}
    ~Poster() {
        stop_ = true;
        thread_.join();
    }
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<int> failures{0};

private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

TEST(Care, RebuildingWhatIsNoLedgerLeavesItAsItIs) {
    const TemporaryDirectory directory;
    const auto foreign = directory.path() / "checkpoint.mdb";
    std::ofstream(foreign) << "somebody's own";
    EXPECT_THROW(Ledger::rebuild(directory.path()), FormatError);
    EXPECT_TRUE(std::filesystem::exists(foreign));
    std::ofstream(directory.path() / "journal.mdb") << "somebody's own as well";
    EXPECT_THROW(Ledger::rebuild(directory.path()), Error);
    EXPECT_TRUE(std::filesystem::exists(foreign));
}

TEST(Care, AHotBackupRestoresToALedgerThatIsWhole) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
    ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 3000, 10))));
    std::uint64_t acknowledged = 0;
    {
        Poster poster(ledger, 10'001);
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(becomes_true([&] { return poster.acknowledged > acknowledged; }));
            acknowledged = poster.acknowledged;
            ledger.backup(temporary.path() / ("backup" + std::to_string(i)));
        }
        EXPECT_EQ(poster.failures, 0);
    }
    EXPECT_THROW(ledger.backup(temporary / "backup0"), UsageError) << "a backup was overwritten";
    Ledger::restore(temporary / "backup2", temporary / "restored");
    EXPECT_THROW(Ledger::restore(temporary / "backup2", temporary / "restored"), UsageError);
    EXPECT_TRUE(Ledger::verify(temporary / "restored", true).ok);
    Ledger restored = Ledger::open(temporary / "restored", small_options());
    const View view = restored.view();
    EXPECT_TRUE(is_balanced(view));
    for (std::uint64_t id = 10'001; id <= acknowledged; ++id) {
        ASSERT_TRUE(view.voucher(record_id(id)))
            << id << " was acknowledged before the backup began";
    }
    const std::string then = dump(ledger.view().at(view.position()));
    const std::string now = dump(view);
    EXPECT_TRUE(then == now) << first_difference(then, now);
    EXPECT_EQ(restored.post(transfers(1, 1, 10))[0].outcome, Outcome::already_posted);
    EXPECT_TRUE(restored.post(transfer(5'000'000, 1, 2, 1)));
}

void expect_sound(const fs::path& books) {
    for (int i = 0; i < 3; ++i) {
        for (const bool deep : {false, true}) {
            const VerifyReport report = Ledger::verify(books, deep);
            EXPECT_TRUE(report.ok) << (deep ? "deep: " : "") << report.problem;
        }
    }
}

TEST(Care, VerifyIsContentWithASoundLedgerWhileThisProcessWritesIt) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "SKIPPED UNDER ASAN: its allocator may be locked for ever after a fork beside "
                    "busy threads, see storage/child.hpp";
#endif
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
    ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 3000, 10))));
    const VerifyReport quiet = Ledger::verify(temporary / "books", true);
    EXPECT_TRUE(quiet.ok) << quiet.problem;
    EXPECT_GE(quiet.verified_through.value, 3012u);
    Poster poster(ledger, 10'001);
    expect_sound(temporary / "books");
    EXPECT_EQ(poster.failures, 0);
}

TEST(Care, VerifyIsContentWithASoundLedgerWhileAnotherProcessWritesIt) {
    TemporaryDirectory temporary;
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
    }
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
        Ledger ledger = Ledger::open(temporary / "books", small_options());
        for (std::uint64_t id = 1;; id += 100) {
            if (!all_accepted(ledger.post(transfers(id, 100, 10)))) ::_exit(1);
            std::this_thread::sleep_for(std::chrono::milliseconds{5});  // verify must keep up
        }
    }
    ASSERT_TRUE(becomes_true(
        [&] { return Ledger::verify(temporary / "books").verified_through.value > 3000; }));
    expect_sound(temporary / "books");
    EXPECT_EQ(::waitpid(writer, nullptr, WNOHANG), 0) << "the writer ended";
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
}

void flip_byte(const fs::path& file, std::uint64_t at, char mask) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    char byte = 0;
    stream.get(byte);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ mask));
}

TEST(Care, VerifyReportsAFlippedByteOfTheJournal) {
    TemporaryDirectory temporary;
    const fs::path journal = temporary / "books/journal.mdb";
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 4000, 10))));
    }
    std::string bytes;
    {
        std::ifstream in(journal, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    // Inside the values of batches: where voucher 2000's id stands (its low word, little-endian).
    const u128 id = record_id(2000).value;
    const std::size_t found = bytes.find(std::string(reinterpret_cast<const char*>(&id), 8));
    ASSERT_NE(found, std::string::npos);
    flip_byte(journal, found + 1, 0x10);
    VerifyReport report = Ledger::verify(temporary / "books");
    EXPECT_FALSE(report.ok);
    EXPECT_THAT(report.problem, HasSubstr("journal.mdb"));
    flip_byte(journal, found + 1, 0x10);
    report = Ledger::verify(temporary / "books", true);
    EXPECT_TRUE(report.ok) << report.problem;

    // Anywhere: never a crash of this process, and never "ok" with another content.
    std::mt19937_64 random(5);
    int reported = 0, unused = 0;
    for (int i = 0; i < 60; ++i) {
        const std::uint64_t at = random() % bytes.size();
        const char mask = static_cast<char>(1u << (random() % 8));
        flip_byte(journal, at, mask);
        try {
            Ledger::verify(temporary / "books").ok ? ++unused : ++reported;
        } catch (const StorageError&) {
            ++reported;
        }
        flip_byte(journal, at, mask);
    }
    EXPECT_GT(reported, 0);
    std::printf("of 60 flipped bytes %d were reported, %d stood in unused room\n", reported,
                unused);
    EXPECT_TRUE(Ledger::verify(temporary / "books").ok);
}

/// Offsets: LMDB 0.9, mdb.c, MDB_page, MDB_meta, MDB_node.
TEST(Care, VerifyReportsAUsedPageInTheJournalsFreeList) {
    TemporaryDirectory temporary;
    const fs::path journal = temporary / "books/journal.mdb";
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        for (std::uint64_t id = 1; id < 20; ++id) ASSERT_TRUE(ledger.post(transfer(id, 1, 2, 1)));
    }
    constexpr std::size_t page_bytes = 4096, free_root = 80, newest_transaction = 144;
    std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
    const auto read = [&](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        file.seekg(static_cast<std::streamoff>(at));
        file.read(reinterpret_cast<char*>(&value), static_cast<std::streamsize>(size));
        return value;
    };
    const std::size_t meta =
        read(newest_transaction, 8) > read(page_bytes + newest_transaction, 8) ? 0 : page_bytes;
    const std::uint64_t root = read(meta + free_root, 8);
    const std::size_t leaf = root * page_bytes;
    const std::size_t node = leaf + read(leaf + 16, 2);
    const std::size_t first_page = node + 8 + 8 + 8;  // behind node header, key and count
    ASSERT_GT(read(first_page - 8, 8), 0u);
    ASSERT_TRUE(Ledger::verify(temporary / "books").ok);
    file.seekp(static_cast<std::streamoff>(first_page));
    file.write(reinterpret_cast<const char*>(&root), 8);
    file.close();
    const VerifyReport report = Ledger::verify(temporary / "books");
    EXPECT_FALSE(report.ok);
    EXPECT_THAT(report.problem, AllOf(HasSubstr("journal.mdb"), HasSubstr("restore a backup")));
}

TEST(Care, OpeningADamagedJournalIsRefused) {
    TemporaryDirectory temporary;
    const fs::path journal = temporary / "books/journal.mdb";
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 200, 10))));
    }
    std::string bytes;
    {
        std::ifstream in(journal, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    const u128 id = record_id(150).value;
    const std::size_t found = bytes.find(std::string(reinterpret_cast<const char*>(&id), 8));
    ASSERT_NE(found, std::string::npos);
    flip_byte(journal, found + 1, 0x10);
    fs::remove(temporary / "books/checkpoint.mdb");
    try {
        Ledger ledger = Ledger::open(temporary / "books", small_options());
        FAIL() << "a damaged journal was replayed";
    } catch (const CorruptionError& refused) {
        EXPECT_THAT(refused.what(), HasSubstr("journal.mdb"));
    }
    // Cut off in the middle.
    fs::resize_file(journal, bytes.size() / 2);
    EXPECT_THROW(Ledger::open(temporary / "books", small_options()), StorageError);
    EXPECT_FALSE(Ledger::verify(temporary / "books").ok);
}

/// A small file system of its own; nothing where there is no right to mount.
class SmallDisk {
public:
    SmallDisk(const fs::path& place, const char* size) : place_(place) {
        fs::create_directory(place);
        mounted_ =
            ::mount("tmpfs", place.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }

    /// Leaves so many bytes free.
    void fill_up(std::uint64_t leave) const {
        const std::uint64_t free = fs::space(place_).available;
        if (free <= leave) return;
        const int file = ::open((place_ / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
        EXPECT_EQ(::posix_fallocate(file, 0, static_cast<off_t>(free - leave)), 0);
        ::close(file);
    }
    void free_up() const { fs::remove(place_ / "filler"); }

private:
    fs::path place_;
    bool mounted_ = false;
};

TEST(Care, AFullDiskRefusesPostsUntilThereIsRoomAgain) {
    TemporaryDirectory temporary;
    const SmallDisk disk(temporary / "disk", "200m");
    if (!disk.mounted())
        GTEST_SKIP() << "no right to mount here: a small file system can't be made";
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "disk/books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 500, 10))));
        for (const std::uint64_t leave : {std::uint64_t{30} << 20, std::uint64_t{0}}) {
            disk.fill_up(leave);
            for (const Result& result : ledger.post(transfers(1000, 50, 10))) {
                ASSERT_EQ(result.outcome, Outcome::storage_full) << to_string(result.outcome);
            }
            EXPECT_EQ(ledger.post(transfer(1000, 1, 2, 1)).result.outcome, Outcome::storage_full);
            EXPECT_TRUE(ledger.view().voucher(record_id(500))) << "reading must go on";
            EXPECT_FALSE(ledger.view().voucher(record_id(1000)));
            disk.free_up();
            EXPECT_EQ(ledger.post(transfer(2000 + leave, 1, 2, 1)).result.outcome,
                      Outcome::accepted);
        }
        before = dump(ledger.view());
    }
    EXPECT_TRUE(Ledger::verify(temporary / "disk/books").ok);
    Ledger ledger = Ledger::open(temporary / "disk/books", small_options());
    const std::string after = dump(ledger.view().at(dumped_position(before)));
    EXPECT_TRUE(before == after) << first_difference(before, after);
}

TEST(Care, AnAnchorRefusedByAFullDiskIsMadeAnew) {
    TemporaryDirectory temporary;
    const SmallDisk disk(temporary / "disk", "200m");
    if (!disk.mounted())
        GTEST_SKIP() << "no right to mount here: a small file system can't be made";
    Options options = small_options();
    options.background = false;
    {
        Ledger ledger = Ledger::create(temporary / "disk/books", options);
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 1500, 10))));
        while (ledger.stats().sealed_through.value < options.segment_records) ledger.step();
        disk.fill_up(std::uint64_t{20} << 20);
        for (int i = 0; i < 20; ++i) ledger.step();  // among them the one that anchors
        EXPECT_EQ(ledger.post(transfer(9000, 1, 2, 1)).result.outcome, Outcome::storage_full);
        disk.free_up();
        for (std::uint64_t id = 10'000; id < 40'000; id += 1500) {
            ASSERT_TRUE(all_accepted(ledger.post(transfers(id, 1500, 10))));
            while (ledger.step()) {
            }
        }
    }
    const VerifyReport report = Ledger::verify(temporary / "disk/books", true);
    EXPECT_TRUE(report.ok) << report.problem;
}

TEST(Care, AHoldThatIsDueOnAFullDiskWaits) {
    TemporaryDirectory temporary;
    const SmallDisk disk(temporary / "disk", "200m");
    if (!disk.mounted())
        GTEST_SKIP() << "no right to mount here: a small file system can't be made";
    ManualClock clock{start_instant};
    Options options = small_options(&clock);
    options.preallocate_bytes = 0;
    Ledger ledger = Ledger::create(temporary / "disk/books", options);
    ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(5);
    hold.expires_at = start_instant + std::chrono::seconds{60};
    ASSERT_TRUE(ledger.post(record_id(1), hold));
    disk.fill_up(0);
    clock.advance(std::chrono::seconds{61});
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    EXPECT_EQ(ledger.view().balance(account_id(1))->held, minor(5));
    disk.free_up();
    EXPECT_TRUE(
        becomes_true([&] { return ledger.view().balance(account_id(1))->held == Amount{}; }));
}

TEST(Care, ADiskThatFillsWhilePostingLosesNothingThatWasAcknowledged) {
    TemporaryDirectory temporary;
    const SmallDisk disk(temporary / "disk", "100m");
    if (!disk.mounted())
        GTEST_SKIP() << "no right to mount here: a small file system can't be made";
    std::uint64_t last = 0;
    {
        Ledger ledger = Ledger::create(temporary / "disk/books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
        Outcome outcome = Outcome::accepted;
        for (std::uint64_t id = 1; id < 2'000'000 && is_success(outcome); id += 2000) {
            const std::vector<Result> results = ledger.post(transfers(id, 2000, 10));
            for (std::size_t i = 0; i < results.size(); ++i) {
                outcome = results[i].outcome;
                if (!is_success(outcome)) break;
                last = id + i;
            }
        }
        EXPECT_EQ(outcome, Outcome::storage_full) << to_string(outcome);
        EXPECT_TRUE(ledger.view().voucher(record_id(last)));
        EXPECT_TRUE(is_balanced(ledger.view()));
    }
    Ledger ledger = Ledger::open(temporary / "disk/books", small_options());
    const View view = ledger.view();
    EXPECT_TRUE(is_balanced(view));
    for (std::uint64_t id = 1; id <= last; id += 97) ASSERT_TRUE(view.voucher(record_id(id))) << id;
    std::printf("the disk was full after %llu vouchers\n", static_cast<unsigned long long>(last));
}

TEST(Care, StatsSayWhatTheEngineKnows) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(10))));
    ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 3000, 10))));
    PlaceHold hold;
    hold.account = account_id(1);
    hold.kind = HoldKind::judicial;
    hold.amount = minor(1);
    ASSERT_TRUE(ledger.post(record_id(9000), hold));
    const Stats stats = ledger.stats();
    EXPECT_EQ(stats.accounts, 10u);
    EXPECT_EQ(stats.open_holds, 1u);
    EXPECT_GE(stats.committed_through.value, 3013u);
    EXPECT_LE(stats.sealed_through, stats.committed_through);
    EXPECT_GT(stats.journal_bytes, 100'000u);
    EXPECT_GT(stats.batches, 1u);
    EXPECT_GT(stats.bytes_appended, 100'000u);
    ledger.seal();
    EXPECT_GE(ledger.stats().segments, 1u);
    EXPECT_GT(ledger.stats().checkpoint_bytes, 0u);
}

}  // namespace
}  // namespace ledger
