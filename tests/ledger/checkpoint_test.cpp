// The checkpoint is disposable. Invariant tested: deleted, damaged, foreign or rebuilt, it changes no answer; one
// that is ahead of its journal is refused.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;

/// A ledger of some five segments with every kind of state in it: holds, frozen and buffered accounts, open
/// items, relations, reversals, limits, a cut day.
void fill(Ledger& ledger, std::uint64_t vouchers = 5000) {
    ASSERT_TRUE(all_accepted(ledger.post(foundations(30))));
    OpenAccount items = plain_account(31);
    items.open_items = true;
    OpenAccount hot = plain_account(32);
    hot.buffering.window = std::chrono::hours{1};
    OpenAccount parent = plain_account(33);
    OpenAccount child = plain_account(34);
    child.parent = account_id(33);
    for (const OpenAccount& open : {items, hot, parent, child}) ASSERT_TRUE(ledger.post(open));
    ASSERT_TRUE(ledger.post(DefineGroup{"g", AccountKind::asset, "group"}));
    DefineRelation relation;
    relation.number = 3;
    relation.terms = {{1, account_id(1), {}, {}, {}}, {-1, account_id(1), {}, {}, {}}};
    ASSERT_TRUE(ledger.post(relation));
    for (std::uint64_t id = 1; id <= vouchers; id += 500) {
        ASSERT_TRUE(all_accepted(ledger.post(transfers(id, 500, 30))));
    }
    for (std::uint64_t i = 0; i < 40; ++i) {
        ASSERT_TRUE(ledger.post(transfer(100'000 + i, 32, 29, 7)));
        ASSERT_TRUE(ledger.post(transfer(100'100 + i, 31, 30, 9)));
        Voucher reversal;
        reversal.id = record_id(100'200 + i);
        reversal.book = book;
        reversal.red = i % 2 == 0;
        reversal.detail.reverses = record_id(1 + i * 13);
        ASSERT_TRUE(ledger.post(reversal));
    }
    for (std::uint64_t i = 0; i < 40; ++i) {
        PlaceHold hold;
        hold.account = account_id(i % 20 + 1);
        hold.kind = HoldKind::judicial;
        hold.amount = minor(100);
        ASSERT_TRUE(ledger.post(record_id(100'300 + i), hold, order_id(i)));
    }
    ReleaseHold release;
    release.hold = record_id(100'300);
    release.amount = minor(40);
    ASSERT_TRUE(ledger.post(record_id(100'400), release));
    ASSERT_TRUE(ledger.post(record_id(100'401), SetFreeze{account_id(5), Freeze::all, "court 7"}));
    ASSERT_TRUE(
        ledger.post(record_id(100'402), SetLimits{account_id(6), {minor(-1'000'000'000), {}}}));
    ASSERT_TRUE(ledger.post(CutDay{book, utc_date(SystemClock{}.now())}));
}

/// The view's answers as of the position where the dump was taken: the engine may have journaled records of its
/// own since then.
void expect_same(const std::string& before, const View& view) {
    const std::string after = dump(view.at(dumped_position(before)));
    EXPECT_TRUE(before == after) << first_difference(before, after);
}

TEST(Checkpoint, ReopeningChangesNoAnswer) {
    TemporaryDirectory temporary;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger));
        before = dump(ledger.view());
        EXPECT_EQ(before.find("FOUND ELSEWHERE"), std::string::npos);
        EXPECT_EQ(before.find("NUMBER LOST"), std::string::npos);
        EXPECT_EQ(before.find("UNBALANCED"), std::string::npos);
        ledger.seal();
        EXPECT_GE(ledger.stats().segments, 3u);
        expect_same(before, ledger.view());
    }
    for (int i = 0; i < 2; ++i) {
        Ledger ledger = Ledger::open(temporary / "books", small_options());
        expect_same(before, ledger.view());
    }
}

TEST(Checkpoint, DeletedItIsMadeAnewWithTheSameAnswers) {
    TemporaryDirectory temporary;
    const fs::path directory = temporary / "books";
    std::string before;
    {
        Ledger ledger = Ledger::create(directory, small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger));
        before = dump(ledger.view());
    }
    fs::remove(directory / "checkpoint.mdb");
    {
        Ledger ledger = Ledger::open(directory, small_options());
        expect_same(before, ledger.view());
        // And it judges as before.
        EXPECT_EQ(ledger.post(transfer(500'000, 5, 6, 1)).result.outcome, Outcome::account_frozen);
        EXPECT_EQ(ledger.post(transfer(1, 5, 6, 1)).result.outcome, Outcome::id_conflict);
        EXPECT_TRUE(ledger.post(transfer(500'001, 29, 30, 1)));
    }
    fs::remove(directory / "checkpoint.mdb");
    fs::remove(directory / "checkpoint.mdb-lock");
    Ledger ledger = Ledger::open(directory);  // other sizes, same answers
    EXPECT_TRUE(ledger.view().voucher(record_id(500'001)));
}

TEST(Checkpoint, RebuildGivesTheSameAnswers) {
    TemporaryDirectory temporary;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger));
        before = dump(ledger.view());
        EXPECT_THROW(Ledger::rebuild(temporary / "books", small_options()), LockedError);
    }
    Ledger::rebuild(temporary / "books", small_options());
    Ledger ledger = Ledger::open(temporary / "books", small_options());
    EXPECT_EQ(ledger.stats().sealed_through, ledger.stats().committed_through);
    expect_same(before, ledger.view());
}

TEST(Checkpoint, NewerThanItsJournalIsRefusedWithAClearMessage) {
    TemporaryDirectory temporary;
    const fs::path directory = temporary / "books";
    {
        Ledger ledger = Ledger::create(directory, small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(5))));
    }
    fs::copy_file(directory / "journal.mdb", temporary / "old.mdb");
    {
        Ledger ledger = Ledger::open(directory, small_options());
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 3000, 5))));
        ledger.seal();
    }
    fs::copy_file(temporary / "old.mdb", directory / "journal.mdb",
                  fs::copy_options::overwrite_existing);
    try {
        Ledger ledger = Ledger::open(directory, small_options());
        FAIL() << "an old journal was taken for the newest";
    } catch (const StorageError& refused) {
        EXPECT_NE(std::string(refused.what()).find("old journal"), std::string::npos)
            << refused.what();
        EXPECT_NE(std::string(refused.what()).find("checkpoint"), std::string::npos)
            << refused.what();
    }
    fs::remove(directory / "checkpoint.mdb");  // the remedy that the message names
    Ledger ledger = Ledger::open(directory, small_options());
    EXPECT_EQ(ledger.view().position(), Position{7});
}

TEST(Checkpoint, OfAnotherLedgerIsMadeAnew) {
    TemporaryDirectory temporary;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger, 3000));
        before = dump(ledger.view());
        Ledger other = Ledger::create(temporary / "others", small_options());
        ASSERT_TRUE(all_accepted(other.post(foundations(30))));
        ASSERT_TRUE(all_accepted(other.post(transfers(1, 2000, 30))));
        other.seal();
    }
    fs::copy_file(temporary / "others/checkpoint.mdb", temporary / "books/checkpoint.mdb",
                  fs::copy_options::overwrite_existing);
    Ledger ledger = Ledger::open(temporary / "books", small_options());
    expect_same(before, ledger.view());
}

TEST(Checkpoint, OfAnotherJournalOfTheSameLedgerIsMadeAnew) {
    TemporaryDirectory temporary;
    const fs::path one = temporary / "one", two = temporary / "two";
    {
        Ledger ledger = Ledger::create(one, small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(5))));
        ledger.backup(two);
    }
    // The same ledger goes two ways.
    std::string before;
    for (const auto& [directory, first] : {std::pair{one, 1u}, std::pair{two, 100'000u}}) {
        Ledger ledger = Ledger::open(directory, small_options());
        ASSERT_TRUE(all_accepted(ledger.post(transfers(first, 2500, 5))));
        ledger.seal();
        if (directory == two) before = dump(ledger.view());
    }
    fs::copy_file(one / "checkpoint.mdb", two / "checkpoint.mdb",
                  fs::copy_options::overwrite_existing);
    Ledger ledger = Ledger::open(two, small_options());
    expect_same(before, ledger.view());
}

void flip_bytes(const fs::path& file, std::mt19937_64& random, int count) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    const std::uint64_t size = fs::file_size(file);
    for (int i = 0; i < count; ++i) {
        const auto at = static_cast<std::streamoff>(random() % size);
        stream.seekg(at);
        char byte = 0;
        stream.get(byte);
        stream.seekp(at);
        stream.put(static_cast<char>(byte ^ static_cast<char>(1 + random() % 255)));
    }
}

/// In a child, because a damaged page of LMDB can fault the process: 0 the same answers, 1 refused, 2 wrong
/// answers, 3 died.
int open_in_child(const fs::path& directory, const std::string& expected) {
    const pid_t child = ::fork();
    if (child == 0) {
        [[maybe_unused]] const auto* quiet = std::freopen("/dev/null", "w", stderr);
        try {
            Ledger ledger = Ledger::open(directory, small_options());
            ::_exit(dump(ledger.view().at(dumped_position(expected))) == expected ? 0 : 2);
        } catch (const Error&) {
            ::_exit(1);
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

TEST(Checkpoint, DamagedItIsMadeAnewOrRefusedButNeverWrong) {
    TemporaryDirectory temporary;
    const fs::path directory = temporary / "books";
    std::string before;
    {
        Ledger ledger = Ledger::create(directory, small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger, 3000));
        ledger.seal();
        before = dump(ledger.view());
    }
    fs::copy(directory, temporary / "sound", fs::copy_options::recursive);
    std::mt19937_64 random(99);
    int counts[4] = {};
    for (int i = 0; i < 40; ++i) {
        for (const char* name : {"journal.mdb", "checkpoint.mdb"}) {
            fs::copy_file(temporary / "sound" / name, directory / name,
                          fs::copy_options::overwrite_existing);
        }
        flip_bytes(directory / "checkpoint.mdb", random, 1 + i % 8);
        const int answer = open_in_child(directory, before);
        ++counts[answer];
        ASSERT_NE(answer, 2) << "a damaged checkpoint gave wrong answers, round " << i;
    }
    std::printf("damaged checkpoints: %d same answers, %d refused, %d killed the reader\n",
                counts[0], counts[1], counts[3]);
}

}  // namespace
}  // namespace ledger
