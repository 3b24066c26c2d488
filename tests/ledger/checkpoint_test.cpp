// The checkpoint is disposable. Invariant tested: deleted, damaged, foreign or rebuilt, it changes
// no answer; one that is ahead of its journal is refused.
#include "support/small_ledger.hpp"

#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <string_view>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;

/// A ledger of some five segments with every kind of state in it: holds, frozen and buffered
/// accounts, open items, relations, reversals, limits, a cut day.
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

/// The view's answers as of the position where the dump was taken: the engine may have journaled
/// records of its own since then.
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

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Changes one byte.
void flip_byte(const fs::path& file, std::uint64_t at, std::mt19937_64& random) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    char byte = 0;
    stream.get(byte);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ static_cast<char>(1 + random() % 255)));
}

enum class Opened { same_answers, query_refused, open_refused, other_answers, no_remedy, died };

/// In a child, since what is tested is that a damaged page does not fault the process. Queries may
/// be refused where a value that opening does not read is damaged, and then must name the remedy.
Opened open_in_child(const fs::path& directory, const std::string& expected) {
    const pid_t child = ::fork();
    if (child == 0) {
        [[maybe_unused]] const auto* quiet = std::freopen("/dev/null", "w", stderr);
        Opened opened = Opened::open_refused;
        try {
            Ledger ledger = Ledger::open(directory, small_options());
            opened = Opened::no_remedy;
            const bool same = dump(ledger.view().at(dumped_position(expected))) == expected;
            opened = same ? Opened::same_answers : Opened::other_answers;
        } catch (const Error& refused) {
            const bool names_it =
                std::string_view(refused.what()).find("rebuild") != std::string::npos;
            if (opened == Opened::no_remedy && names_it) opened = Opened::query_refused;
            std::ofstream(directory / "refusal.txt") << refused.what();
        }
        ::_exit(static_cast<int>(opened));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? static_cast<Opened>(WEXITSTATUS(status)) : Opened::died;
}

class DamagedCheckpoint : public testing::Test {
protected:
    void SetUp() override {
        Ledger ledger = Ledger::create(directory_, small_options());
        ASSERT_NO_FATAL_FAILURE(fill(ledger, 3000));
        ledger.seal();
        before_ = dump(ledger.view());
        ledger.close();
        fs::copy(directory_, temporary_ / "sound", fs::copy_options::recursive);
    }
    void put_sound_files() {
        for (const char* name : {"journal.mdb", "checkpoint.mdb"}) {
            fs::copy_file(temporary_ / "sound" / name, directory_ / name,
                          fs::copy_options::overwrite_existing);
        }
    }
    /// What opening says after one byte is changed.
    Opened opened_with_damage_at(std::uint64_t at) {
        put_sound_files();
        flip_byte(directory_ / "checkpoint.mdb", at, random_);
        return open_in_child(directory_, before_);
    }

    TemporaryDirectory temporary_;
    fs::path directory_ = temporary_ / "books";
    std::string before_;
    std::mt19937_64 random_{99};
};

/// Heads of pages and what follows in turn.
TEST_F(DamagedCheckpoint, OpensWhereverAByteIsWrongAndNeverGivesWrongAnswers) {
    constexpr std::uint64_t page_bytes = 4096;
    const std::uint64_t pages = fs::file_size(directory_ / "checkpoint.mdb") / page_bytes;
    int counts[6] = {};
    for (std::uint64_t page = 0; page < pages; ++page) {
        const std::uint64_t at = page * page_bytes + random_() % (page % 2 == 0 ? 32 : page_bytes);
        const Opened opened = opened_with_damage_at(at);
        ++counts[static_cast<int>(opened)];
        EXPECT_TRUE(opened == Opened::same_answers || opened == Opened::query_refused)
            << "byte " << at << ": " << static_cast<int>(opened) << ": "
            << content_of(directory_ / "refusal.txt");
    }
    std::printf("damaged checkpoints: %d same answers, %d refused a query\n", counts[0], counts[1]);
    EXPECT_GT(counts[0], 0);
}

/// What verify calls sound answers every query as before; what it finds it names with the remedy,
/// and leaves alone.
TEST_F(DamagedCheckpoint, VerifyReportsItOrItDoesNotMatter) {
    const fs::path file = directory_ / "checkpoint.mdb";
    constexpr std::uint64_t page_bytes = 4096, rounds = 96;
    const std::uint64_t pages = fs::file_size(file) / page_bytes;
    int by_pages = 0, by_replay = 0;
    for (std::uint64_t i = 0; i < rounds; ++i) {
        const std::uint64_t page = i < rounds / 3 ? i : i * pages / rounds;
        const std::uint64_t at = page * page_bytes + random_() % (i % 2 == 0 ? 32 : page_bytes);
        put_sound_files();
        flip_byte(file, at, random_);
        const std::string damaged = content_of(file);
        VerifyReport report = Ledger::verify(directory_);
        by_pages += !report.ok;
        if (report.ok) {
            report = Ledger::verify(directory_, true);
            by_replay += !report.ok;
        }
        EXPECT_EQ(content_of(file), damaged) << "byte " << at << ": verify wrote";
        if (report.ok) {
            EXPECT_EQ(open_in_child(directory_, before_), Opened::same_answers) << "byte " << at;
        } else {
            EXPECT_THAT(report.problem, testing::HasSubstr(file.string())) << "byte " << at;
            EXPECT_THAT(report.problem, testing::HasSubstr("rebuild")) << "byte " << at;
        }
    }
    std::printf("damaged checkpoints: %d found by their pages, %d by a replay\n", by_pages,
                by_replay);
    EXPECT_GT(by_pages, 0);
    EXPECT_GT(by_replay, 0);
}

/// LMDB gives names of tables no checksum: one that can't be found must not pass for one that is
/// empty.
TEST_F(DamagedCheckpoint, ATableThatLostItsNameIsMadeAnewAndNoIdPostsTwice) {
    const fs::path file = directory_ / "checkpoint.mdb";
    for (const std::string name : {"keys", "segments", "segment_heads", "state", "meta"}) {
        put_sound_files();
        const std::string stored{static_cast<char>(name.size()), '\0'};  // its length comes before
        const std::string bytes = content_of(file);
        int found = 0;
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        for (auto at = bytes.find(stored + name); at != std::string::npos;
             at = bytes.find(stored + name, at + 1), ++found) {
            const std::size_t last = at + stored.size() + name.size() - 1;
            stream.seekp(static_cast<std::streamoff>(last));
            stream.put(static_cast<char>(bytes[last] ^ 1));
        }
        stream.close();
        ASSERT_GT(found, 0) << name;
        EXPECT_EQ(open_in_child(directory_, before_), Opened::same_answers) << name;
        Ledger ledger = Ledger::open(directory_, small_options());
        const View view = ledger.view();
        std::optional<PostedVoucher> sealed;
        for (Position at{1}; !sealed; at = at + 1) sealed = view.voucher(at);
        EXPECT_NE(ledger.post(sealed->voucher).result.outcome, Outcome::accepted) << name;
    }
}

/// Finds account 1's row of the saved state in the file, by its content, and changes it.
TEST_F(DamagedCheckpoint, ADamagedStateIsDiscardedWithTheCheckpoint) {
    std::ifstream stream(directory_ / "checkpoint.mdb", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const AccountId id = account_id(1);
    const std::string wanted(reinterpret_cast<const char*>(&id), sizeof id);
    int found = 0;
    for (std::size_t at = bytes.find(wanted); at != std::string::npos && found < 8;
         at = bytes.find(wanted, at + 1)) {
        ++found;
        EXPECT_NE(opened_with_damage_at(at), Opened::open_refused) << at;
        const Opened opened = opened_with_damage_at(at + 1);
        EXPECT_TRUE(opened == Opened::same_answers || opened == Opened::query_refused) << at;
    }
    EXPECT_GT(found, 0);
}

/// One thing in which the pasts of two ledgers differ.
enum class Twist { none, amount, id, order, hold, hold_remainder, item, limits, freeze, account };

/// A few segments of vouchers, holds, items and settings; with a twist near the end of the first
/// one.
void live(Ledger& ledger, Twist twist) {
    const auto twisted = [&](Twist one) { return twist == one ? 1u : 0u; };
    ASSERT_TRUE(all_accepted(ledger.post(foundations(24))));
    OpenAccount items = plain_account(25);
    items.open_items = true;
    items.code = twisted(Twist::account) ? "other" : "items";
    ASSERT_TRUE(ledger.post(items));
    ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 500, 20))));
    Voucher voucher =
        transfer(1000 + twisted(Twist::id), 1, 2, 100 + std::int64_t{twisted(Twist::amount)});
    voucher.order = order_id(7000 + twisted(Twist::order));
    ASSERT_TRUE(ledger.post(voucher));
    Voucher opening = transfer(1010, 25, 3, 50);
    opening.lines[0].opens = ItemId{0x17E3, 5000 + std::uint64_t{twisted(Twist::item)}};
    ASSERT_TRUE(ledger.post(opening));
    PlaceHold hold;
    hold.account = account_id(22 + twisted(Twist::hold));
    hold.kind = HoldKind::judicial;
    hold.amount = minor(90);
    ASSERT_TRUE(ledger.post(record_id(1020), hold));
    ReleaseHold release;
    release.hold = record_id(1020);
    release.amount = minor(30 + std::int64_t{twisted(Twist::hold_remainder)});
    ASSERT_TRUE(ledger.post(record_id(1030), release));
    const Amount minimum = minor(-1'000'000 - std::int64_t{twisted(Twist::limits)});
    ASSERT_TRUE(ledger.post(record_id(1040), SetLimits{account_id(24), {minimum, {}}}));
    const Freeze freeze = twisted(Twist::freeze) ? Freeze::inflow_only : Freeze::outflow_only;
    ASSERT_TRUE(ledger.post(record_id(1050), SetFreeze{items.id, freeze, "court 7"}));
    for (std::uint64_t id = 2000; id < 4500; id += 500) {
        ASSERT_TRUE(all_accepted(ledger.post(transfers(id, 500, 20))));
        while (ledger.step()) {
        }
    }
    ledger.seal();
}

/// The row that ties a checkpoint to its journal, taken from one and put into another.
std::vector<std::byte> meta_of(const fs::path& checkpoint) {
    storage::Environment environment(checkpoint, {});
    const auto table = environment.open_database("meta", storage::KeyKind::bytes, false);
    const storage::ReadTransaction transaction(environment);
    const auto value = transaction.get(table, std::as_bytes(std::span("meta", 4))).value();
    return {value.begin(), value.end()};
}
void put_meta(const fs::path& checkpoint, const std::vector<std::byte>& row) {
    storage::Environment environment(checkpoint, {});
    const auto table = environment.open_database("meta", storage::KeyKind::bytes, false);
    storage::WriteTransaction transaction(environment);
    transaction.put(table, std::as_bytes(std::span("meta", 4)), row);
    transaction.commit();
}

TEST(Checkpoint, OfAnotherPastWithSoundChecksumsIsFoundByAReplay) {
    TemporaryDirectory temporary;
    const fs::path one = temporary / "one", other = temporary / "other";
    const fs::path checkpoint = one / "checkpoint.mdb";
    ManualClock clock{start_instant};
    Options options = small_options(&clock);
    options.background = false;
    options.digest = Digest::none;
    Ledger::create(temporary / "empty", options).close();
    const auto fill_copy = [&](const fs::path& directory, Twist twist) {
        fs::remove_all(directory);
        fs::copy(temporary / "empty", directory);
        Ledger ledger = Ledger::open(directory, options);
        live(ledger, twist);
    };
    ASSERT_NO_FATAL_FAILURE(fill_copy(one, Twist::none));
    const std::vector<std::byte> meta = meta_of(checkpoint);
    for (int twist = 0; twist <= static_cast<int>(Twist::account); ++twist) {
        ASSERT_NO_FATAL_FAILURE(fill_copy(other, static_cast<Twist>(twist)));
        fs::copy_file(other / "checkpoint.mdb", checkpoint, fs::copy_options::overwrite_existing);
        fs::remove(one / "checkpoint.mdb-lock");
        // Sealed as far as the other: ledger and both positions, before the chain value.
        const std::vector<std::byte> foreign = meta_of(checkpoint);
        ASSERT_TRUE(std::equal(meta.begin(), meta.begin() + 48, foreign.begin())) << twist;
        if (twist != 0) {
            const VerifyReport report = Ledger::verify(one, true);
            EXPECT_FALSE(report.ok) << twist;
            EXPECT_THAT(report.problem, testing::HasSubstr("another journal")) << twist;
        }
        put_meta(checkpoint, meta);
        EXPECT_TRUE(Ledger::verify(one).ok) << twist;
        const VerifyReport report = Ledger::verify(one, true);
        EXPECT_EQ(report.ok, twist == 0) << twist << ": " << report.problem;
        if (report.ok) continue;
        EXPECT_THAT(report.problem, testing::HasSubstr("a replay of the journal")) << twist;
        EXPECT_THAT(report.problem, testing::HasSubstr("rebuild")) << twist;
    }
}

}  // namespace
}  // namespace ledger
