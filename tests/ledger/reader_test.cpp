// Readers beside a writer in another process, and without one. Invariant tested: what was
// acknowledged before a refresh is in every view taken afterwards, whatever is sealed, merged or
// made anew meanwhile; a view says the same for ever; and reading changes nothing.
#include "support/remote_writer.hpp"

#include "ledger/history/follower.hpp"
#include "ledger/history/lease.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/storage/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace ledger {
namespace {

using namespace test;
namespace fs = std::filesystem;
using testing::AllOf;
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

/// Two views of one position say the same.
void expect_same(const View& one, const View& other) {
    ASSERT_EQ(one.position(), other.position());
    const std::string left = dump(one), right = dump(other);
    EXPECT_TRUE(left == right) << first_difference(left, right);
}

/// What a view of the reader says is what the writer's own views say of that position.
void expect_as_the_writer(const fs::path& directory, Position position, const std::string& read) {
    Ledger ledger = Ledger::open(directory, small_options());
    const std::string written = dump(ledger.view().at(position));
    EXPECT_TRUE(read == written) << first_difference(read, written);
}

/// The names in a directory with the bytes of the data files.
std::map<std::string, std::string> content_of(const fs::path& directory) {
    std::map<std::string, std::string> content;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with("-lock")) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        content[name].assign(std::istreambuf_iterator<char>(in), {});
    }
    return content;
}

class ReaderTest : public testing::Test {
protected:
    fs::path directory() const { return temporary_ / "books"; }
    fs::path other() const { return temporary_ / "other"; }
    /// A ledger of some segments and a tail, closed.
    void make(std::uint64_t vouchers = 5'000) {
        RemoteWriter writer(directory());
        writer.post_of_everything();
        writer.post(vouchers);
        writer.close();
    }

private:
    TemporaryDirectory temporary_;
};

TEST_F(ReaderTest, WhatWasAcknowledgedBeforeARefreshIsVisible) {
    RemoteWriter writer(directory());
    Reader reader = Reader::open(directory(), small_reader_options());
    writer.start_posting();
    std::uint64_t checked = 0;
    RemoteWriter::Told told;
    for (int i = 0; i < 400 || told.segments < 12; ++i) {
        told = writer.told();
        reader.refresh();
        const View view = reader.view();
        ASSERT_GE(view.position().value, told.position);
        for (std::uint64_t id = std::max(told.id, std::uint64_t{300}) - 299; id <= told.id; ++id) {
            const auto posted = view.voucher(record_id(id));
            ASSERT_TRUE(posted) << "voucher " << id << " is missing at " << view.position().value;
            ++checked;
        }
        ASSERT_TRUE(view.voucher(record_id(1 + told.id / 2)));
        ASSERT_TRUE(i % 20 != 0 || is_balanced(view)) << view.position().value;
    }
    std::printf("%lu vouchers looked up in %lu\n", static_cast<unsigned long>(checked),
                static_cast<unsigned long>(told.id));
    writer.stop();
}

TEST_F(ReaderTest, ItSaysWhatTheWriterSays) {
    Position position;
    std::string read;
    {
        RemoteWriter writer(directory());
        Reader reader = Reader::open(directory(), small_reader_options());
        for (int round = 0; round < 6; ++round) {
            writer.post_of_everything();
            writer.post(700);
            reader.refresh();
        }
        const View view = reader.view();
        position = view.position();
        read = dump(view);
        writer.seal();
        writer.close();
    }
    expect_as_the_writer(directory(), position, read);
}

/// A part of the tail then begins in the middle of a segment, of which the part before it counts.
TEST_F(ReaderTest, ItsTailNeedNotBeDividedAsTheWriters) {
    ReaderOptions options = small_reader_options();
    options.segment_records = 1'500;
    Position position;
    std::string read;
    {
        RemoteWriter writer(directory());
        Reader reader = Reader::open(directory(), options);
        for (int round = 0; round < 8; ++round) {
            writer.post_of_everything();
            writer.post(450);
            if (round % 2 == 1) writer.seal();
            reader.refresh();
            ASSERT_TRUE(is_balanced(reader.view()));
        }
        writer.post(450);
        reader.refresh();
        const View view = reader.view();
        position = view.position();
        read = dump(view);
        writer.close();
    }
    expect_as_the_writer(directory(), position, read);
}

TEST_F(ReaderTest, AJournalThatWasReplacedIsNoticed) {
    make();
    Reader reader = Reader::open(directory(), small_reader_options());
    fs::rename(directory(), other());
    EXPECT_THAT(refusal<UsageError>([&] { reader.refresh(); }), HasSubstr("open the reader again"));
    EXPECT_TRUE(is_balanced(reader.view()));
}

TEST_F(ReaderTest, APinnedViewSaysTheSameWhileTheWriterSealsMergesAndRebuilds) {
    RemoteWriter writer(directory());
    writer.post_of_everything();
    writer.post(1'500);
    Reader reader = Reader::open(directory(), small_reader_options());
    const View first = reader.view();
    const std::string before = dump(first);
    const auto expect_still = [&](const char* after) {
        const std::string now = dump(first);
        EXPECT_TRUE(now == before) << after << ": " << first_difference(before, now);
    };
    writer.post(12'000);
    writer.seal();
    expect_still("after segments");
    reader.refresh();
    expect_still("after a refresh");
    expect_same(reader.view().at(first.position()), first);

    writer.rebuild();
    expect_still("after a rebuild");
    const std::uint64_t position = writer.post(500).position;
    reader.refresh();
    EXPECT_GE(reader.view().position().value, position);
    expect_same(reader.view().at(first.position()), first);
    writer.seal();
    reader.refresh();
    EXPECT_EQ(reader.stats().sealed_through.value, reader.stats().committed_through.value)
        << "the new checkpoint was not taken";
    expect_same(reader.view().at(first.position()), first);
    expect_still("at last");
}

TEST_F(ReaderTest, TheFirstSegmentsMayComeAfterItWasOpened) {
    RemoteWriter writer(directory());
    Reader reader = Reader::open(directory(), small_reader_options());
    const View empty = reader.view();
    writer.post(5'000);
    writer.seal();
    reader.refresh();
    EXPECT_GE(reader.stats().segments, 4u);
    EXPECT_TRUE(reader.view().voucher(record_id(1)));
    EXPECT_EQ(empty.balance(account_id(1))->total(), Amount{});
    EXPECT_FALSE(empty.voucher(record_id(1)));
}

TEST_F(ReaderTest, WhatIsSealedLeavesItsMemory) {
    RemoteWriter writer(directory());
    Reader reader = Reader::open(directory(), small_reader_options());
    for (int round = 0; round < 8; ++round) {
        writer.post(3'000);
        writer.seal();
        reader.refresh();
        EXPECT_EQ(reader.stats().tail_entries, 0u);
        EXPECT_TRUE(reader.view().voucher(record_id(1 + 3'000 * static_cast<unsigned>(round))));
    }
}

TEST_F(ReaderTest, AClosedLedgerIsReadAndNotChanged) {
    make();
    const auto before = content_of(directory());
    std::string read;
    Position position;
    {
        Reader reader = Reader::open(directory(), small_reader_options());
        const View view = reader.view();
        position = view.position();
        read = dump(view);
        EXPECT_TRUE(view.voucher(record_id(5'000)));
        reader.refresh();
        EXPECT_EQ(reader.view().position(), position);
    }
    EXPECT_EQ(content_of(directory()), before);
    expect_as_the_writer(directory(), position, read);
}

TEST_F(ReaderTest, ACrashedLedgerIsRead) {
    RemoteWriter writer(directory());
    writer.post_of_everything();
    writer.start_posting();
    RemoteWriter::Told told;
    while (told.segments < 3) told = writer.told();
    writer.kill();
    std::string read;
    Position position;
    {
        Reader reader = Reader::open(directory(), small_reader_options());
        const View view = reader.view();
        EXPECT_GE(view.position().value, told.position);
        EXPECT_TRUE(view.voucher(record_id(told.id)));
        position = view.position();
        read = dump(view);
    }
    expect_as_the_writer(directory(), position, read);
}

TEST_F(ReaderTest, WithoutACheckpointTheRemedyIsSaid) {
    make();
    fs::remove(directory() / "checkpoint.mdb");
    const std::string said =
        refusal<StorageError>([&] { Reader::open(directory(), small_reader_options()); });
    EXPECT_THAT(said, AllOf(HasSubstr("checkpoint.mdb"), HasSubstr("open the ledger for writing")));
    EXPECT_FALSE(fs::exists(directory() / "checkpoint.mdb"));
    { Ledger ledger = Ledger::open(directory(), small_options()); }
    EXPECT_TRUE(Reader::open(directory(), small_reader_options()).view().voucher(record_id(5'000)));
}

TEST_F(ReaderTest, ACheckpointThatDoesNotFitIsRefused) {
    make();
    {
        RemoteWriter stranger(other());
        stranger.post(2'000);
        stranger.close();
    }
    fs::copy_file(directory() / "journal.mdb", other() / "new.mdb");
    fs::copy_file(other() / "checkpoint.mdb", directory() / "checkpoint.mdb",
                  fs::copy_options::overwrite_existing);
    EXPECT_THAT(
        refusal<CorruptionError>([&] { Reader::open(directory(), small_reader_options()); }),
        AllOf(HasSubstr("another ledger"), HasSubstr("checkpoint.mdb")));
}

TEST_F(ReaderTest, AnOldJournalIsRefused) {
    make(100);
    fs::copy_file(directory() / "journal.mdb", directory() / "old");
    make(5'000);
    fs::rename(directory() / "old", directory() / "journal.mdb");
    EXPECT_THAT(
        refusal<CorruptionError>([&] { Reader::open(directory(), small_reader_options()); }),
        HasSubstr("old journal"));
}

TEST_F(ReaderTest, ADamagedCheckpointIsRefused) {
    make();
    {
        std::fstream file(directory() / "checkpoint.mdb",
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(0);
        file << std::string(16'384, 'x');
    }
    EXPECT_THAT(refusal<StorageError>([&] { Reader::open(directory(), small_reader_options()); }),
                HasSubstr("checkpoint.mdb"));
}

TEST_F(ReaderTest, ATailThatIsLongerThanMemoryMayBeIsRefused) {
    RemoteWriter writer(directory());
    writer.post(900);
    ReaderOptions options = small_reader_options();
    options.tail_records_max = 500;
    EXPECT_THAT(refusal<StorageError>([&] { Reader::open(directory(), options); }),
                AllOf(HasSubstr("500"), HasSubstr("open the ledger for writing")));
    writer.seal();
    Reader reader = Reader::open(directory(), options);
    EXPECT_TRUE(reader.view().voucher(record_id(900)));
}

TEST_F(ReaderTest, OneProcessOpensALedgerOnce) {
    {
        Ledger ledger = Ledger::create(directory(), small_options());
        EXPECT_THAT(refusal<UsageError>([&] { Reader::open(directory(), small_reader_options()); }),
                    HasSubstr("Ledger::view"));
        EXPECT_TRUE(all_accepted(ledger.post(foundations(2))));
    }
    Reader reader = Reader::open(directory(), small_reader_options());
    EXPECT_THAT(refusal<UsageError>([&] { Reader::open(directory(), small_reader_options()); }),
                HasSubstr("open in this process already"));
    EXPECT_THAT(refusal<UsageError>([&] { Ledger::open(directory(), small_options()); }),
                HasSubstr("open already in this process"));
    // Another ledger is another matter.
    { Ledger ledger = Ledger::create(other(), small_options()); }
    Reader second = Reader::open(other(), small_reader_options());
    EXPECT_EQ(second.view().position(), Position{});
    EXPECT_EQ(reader.view().position(), Position{4});
}

TEST_F(ReaderTest, WhereNoLedgerIsThatIsSaid) {
    EXPECT_THAT(refusal<StorageError>([&] { Reader::open(directory(), small_reader_options()); }),
                HasSubstr("books"));
    fs::create_directory(directory());
    EXPECT_THAT(refusal<FormatError>([&] { Reader::open(directory(), small_reader_options()); }),
                HasSubstr("journal.mdb"));
    EXPECT_TRUE(fs::is_empty(directory()));
}

TEST_F(ReaderTest, AfterAForkTheChildIsRefusedAndTheParentGoesOn) {
    make(10);
    Reader reader = Reader::open(directory(), small_reader_options());
    const pid_t child = ::fork();
    if (child == 0) {
        int refusals = 0;
        const auto refused = [&](auto action) {
            try {
                action();
            } catch (const UsageError&) {
                ++refusals;
            }
        };
        refused([&] { reader.refresh(); });
        refused([&] { (void)reader.view(); });
        refused([&] { (void)reader.follow({}); });
        refused([&] { (void)reader.stats(); });
        {
            Reader own = Reader::open(directory(), small_reader_options());
            if (own.view().voucher(record_id(10))) ++refusals;
        }
        { const Reader destroyed = std::move(reader); }
        ::_exit(refusals);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "the child died";
    EXPECT_EQ(WEXITSTATUS(status), 5);
    reader.refresh();
    EXPECT_TRUE(reader.view().voucher(record_id(10)));
}

TEST_F(ReaderTest, AKilledReaderHarmsNothingAndItsSlotIsFreed) {
    RemoteWriter writer(directory());
    writer.post(3'000);
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        Reader reader = Reader::open(directory(), small_reader_options());
        const View view = reader.view();
        const bool is_there = view.voucher(record_id(1)).has_value();  // pins the journal as well
        if (::write(ready[1], &is_there, 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    char is_there = 0;
    ASSERT_EQ(::read(ready[0], &is_there, 1), 1);
    EXPECT_EQ(is_there, 1);
    const std::uint64_t with = writer.stats().readers;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_LT(writer.stats().readers, with);
    EXPECT_EQ(writer.post(3'000).id, 6'000u);
    writer.seal();
    EXPECT_TRUE(Reader::open(directory(), small_reader_options()).view().voucher(record_id(6'000)));
}

TEST_F(ReaderTest, AFeedGoesOnWithTheWriter) {
    RemoteWriter writer(directory());
    Reader reader = Reader::open(directory(), small_reader_options());
    Feed feed = reader.follow({});
    std::vector<FeedRecord> records;
    Position at;
    const auto take_all = [&](Position until) {
        while (at < until) {
            ASSERT_NE(feed.next(records, 97, std::chrono::seconds{10}), 0u);
            for (const FeedRecord& record : records) {
                at = at + 1;
                ASSERT_EQ(record.position, at);
                const auto* voucher = std::get_if<Voucher>(&record.value);
                ASSERT_TRUE(voucher == nullptr || record.entries.size() >= voucher->lines.size());
            }
        }
    };
    for (int round = 0; round < 4; ++round) {
        ASSERT_NO_FATAL_FAILURE(take_all({writer.post(1'500).position}));
        writer.post_of_everything();
        ASSERT_NO_FATAL_FAILURE(take_all({writer.seal().position}));
    }
    EXPECT_EQ(feed.next(records, 100), 0u);
    EXPECT_EQ(reader.view().position(), at) << "a feed refreshes its reader";
    EXPECT_THROW((void)reader.follow(at + 1), InvalidArgument);
}

TEST_F(ReaderTest, ItRefreshesAcrossWhatWasSealedLongAgo) {
    RemoteWriter writer(directory());
    writer.post(100);
    Reader reader = Reader::open(directory(), small_reader_options());
    const View first = reader.view();
    writer.post(20'000);
    writer.seal();
    writer.post(300);
    reader.refresh();
    const View view = reader.view();
    EXPECT_TRUE(view.voucher(record_id(20'400)));
    EXPECT_TRUE(is_balanced(view));
    EXPECT_TRUE(is_balanced(first));
    expect_same(view.at(first.position()), first);
}

/// How many snapshots of its files the reader's process pins.
std::size_t pinned_here(const Reader& reader) {
    std::size_t count = 0;
    for (const PinnedSnapshot& pinned : reader.stats().pinned) {
        if (pinned.process == static_cast<std::uint64_t>(::getpid())) ++count;
    }
    return count;
}

TEST_F(ReaderTest, AViewThatIsTooOldLetsGoAndSaysSo) {
    make(2'000);
    ReaderOptions options = small_reader_options();
    options.view_age_max = std::chrono::milliseconds{300};
    Reader reader = Reader::open(directory(), options);
    const View asked = reader.view();
    const View idle = reader.view();
    const View earlier = idle.at({1'500});
    EXPECT_TRUE(asked.voucher(record_id(2'000)));  // and the journal is pinned, too
    EXPECT_TRUE(idle.voucher(record_id(2'000)));
    EXPECT_GE(pinned_here(reader), 4u);
    std::this_thread::sleep_for(options.view_age_max);
    EXPECT_THAT(refusal<UsageError>([&] { (void)asked.balance(account_id(1)); }),
                HasSubstr("view_age_max"));
    EXPECT_EQ(pinned_here(reader), 0u) << "of idle views, too";
    EXPECT_THROW((void)idle.voucher(record_id(1)), UsageError);
    EXPECT_THROW((void)idle.at({1}), UsageError);
    EXPECT_THROW((void)earlier.trial_sums(), UsageError);
    EXPECT_TRUE(reader.view().voucher(record_id(2'000)));
}

TEST(ReaderLease, WhatIsInUseStaysUntilThatIsDone) {
    struct Kept {
        history::Expiry expiry;
    };
    const history::Expiry expiry = std::chrono::steady_clock::now() + std::chrono::hours{1};
    auto value = std::make_shared<Kept>(Kept{expiry});
    const std::weak_ptr<Kept> kept = value;
    const history::Leased<Kept> leased(std::move(value));
    {
        const history::Held<Kept> held = leased.hold();
        leased.revocable()->revoke();
        EXPECT_THROW((void)leased.hold(), UsageError);
        EXPECT_THROW((void)leased->expiry, UsageError);
        ASSERT_FALSE(kept.expired());
        EXPECT_EQ(held->expiry, expiry);
    }
    EXPECT_TRUE(kept.expired());
}

TEST_F(ReaderTest, AfterAForkTheChildIsRefusedAViewThatExpired) {
    make(10);
    ReaderOptions options = small_reader_options();
    options.view_age_max = std::chrono::milliseconds{50};
    const Reader reader = Reader::open(directory(), options);
    std::optional<View> view = reader.view();
    EXPECT_TRUE(view->voucher(record_id(10)));
    std::this_thread::sleep_for(options.view_age_max);
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            (void)view->voucher(record_id(10));
        } catch (const UsageError&) {
            view.reset();
            ::_exit(7);
        }
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "the child died";
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_TRUE(reader.view().voucher(record_id(10)));
}

struct Taken final : history::Revocable {
    void revoke() noexcept override { is_taken = true; }
    bool is_taken = false;
};

TEST_F(ReaderTest, WhatExpiresIsTakenBackBesideAWaitForRecords) {
    make(100);
    journal::LmdbStoreOptions files;
    files.read_only = true;
    files.map_size = small_reader_options().map_bytes;
    const auto store = journal::LmdbStore::open(directory(), files);
    history::FollowerOptions options;
    options.segment_records = 1024;
    options.map_bytes = small_reader_options().map_bytes;
    options.view_age_max = std::chrono::seconds{1};
    history::Follower follower(directory(), *store, options);
    const auto now = std::chrono::steady_clock::now();
    const auto due = std::make_shared<Taken>();
    const auto later = std::make_shared<Taken>();
    follower.watch(due, now + std::chrono::milliseconds{60});
    follower.watch(later, now + std::chrono::hours{1});
    const auto wait = std::chrono::milliseconds{200};
    follower.wait_committed(follower.committed_through(), wait);
    EXPECT_GE(std::chrono::steady_clock::now() - now, wait);
    EXPECT_TRUE(due->is_taken);
    EXPECT_FALSE(later->is_taken);
}

TEST_F(ReaderTest, ViewsWithoutAnAgeLimitStay) {
    make(100);
    for (const auto age : {std::chrono::nanoseconds{0}, std::chrono::nanoseconds::max()}) {
        ReaderOptions options = small_reader_options();
        options.view_age_max = age;
        const Reader reader = Reader::open(directory(), options);
        const View view = reader.view();
        EXPECT_GE(pinned_here(reader), 1u);
        EXPECT_TRUE(view.voucher(record_id(100)));
        EXPECT_TRUE(is_balanced(view));
    }
}

TEST_F(ReaderTest, OptionsOutOfRangeAreRefused) {
    make(10);
    ReaderOptions options = small_reader_options();
    options.segment_records = 7;
    EXPECT_THAT(refusal<InvalidArgument>([&] { Reader::open(directory(), options); }),
                HasSubstr("ReaderOptions::segment_records"));
    options = small_reader_options();
    options.view_age_max = std::chrono::nanoseconds{-1};
    EXPECT_THAT(refusal<InvalidArgument>([&] { Reader::open(directory(), options); }),
                HasSubstr("ReaderOptions::view_age_max"));
}

}  // namespace
}  // namespace ledger
