// Segments as files: what a damaged, cut or repeated write does, heads across reopening, sizes,
// bounds.
#include "fixture.hpp"

#include "history/segments_impl.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace ledger::history {

namespace {

constexpr TailCapacity capacity{.entries = 300'000, .reserved = 10'000, .batches = 1'000};

/// A generation of `vouchers` two-line vouchers over `accounts` accounts, totals carried on in
/// `totals`.
class Vouchers {
public:
    explicit Vouchers(std::uint32_t accounts) : debits_(accounts), credits_(accounts) {}

    std::shared_ptr<TailGeneration> generation(std::size_t vouchers) {
        auto tail = std::make_shared<TailGeneration>(capacity);
        posting::Effects effects;
        const Position first = next_;
        for (std::size_t i = 0; i < vouchers; ++i, next_ = next_ + 1) {
            for (std::uint16_t line = 0; line < 2; ++line) {
                const auto account = static_cast<std::uint32_t>(random_() % debits_.size());
                (line == 0 ? debits_ : credits_)[account] += 1 + random_() % 1000;
                posting::Entry& entry = effects.entries.emplace_back();
                entry.position = next_;
                entry.account = {account};
                entry.line = line;
                entry.flags = line == 0 ? std::uint8_t{0} : posting::entry_flag::credit;
                entry.book_date_days = 20'000;
                entry.debits = static_cast<i128>(debits_[account]);
                entry.credits = static_cast<i128>(credits_[account]);
            }
        }
        tail->append(effects, {first, {next_.value - 1}, {static_cast<std::int64_t>(next_.value)}});
        return tail;
    }
    i128 total(std::uint32_t account) const {
        return static_cast<i128>(debits_[account]) + static_cast<i128>(credits_[account]);
    }

private:
    std::mt19937_64 random_{5};
    std::vector<std::uint64_t> debits_;
    std::vector<std::uint64_t> credits_;
    Position next_{1};
};

storage::Database table(const SegmentFile& file) { return file.environment->database("segments"); }

/// Changes one byte of a stored value through LMDB itself, then reopens.
void damage(SegmentFile& file, std::uint64_t key, std::size_t at) {
    {
        storage::WriteTransaction transaction(*file.environment);
        const storage::Bytes value = *transaction.get(table(file), key);
        std::vector<std::byte> copy(value.begin(), value.end());
        copy[at] ^= std::byte{1};
        transaction.put(table(file), key, copy);
        transaction.commit();
    }
    file.close();
}

}  // namespace

TEST(Segments, AFollowerTakesNewOnesOverInPartsOfRuns) {
    constexpr std::uint32_t accounts = 500;
    SegmentFile file;
    Segments follower(*file.environment);
    EXPECT_TRUE(follower.load(file.read()));
    // A view of the time before any segment, whose transaction knows none of what follows.
    const storage::ReadTransaction old = file.read();
    Vouchers vouchers(accounts);
    for (std::uint32_t sealed = 1; sealed <= 4; ++sealed) {
        file.seal(*vouchers.generation(2'000));
        std::uint32_t calls = 1;
        for (; !follower.load(file.read(), 64); ++calls) {
            EXPECT_EQ(follower.last_segment(), sealed - 1) << "half of a segment is known";
        }
        EXPECT_GE(calls, accounts / 64);
        EXPECT_EQ(follower.last_segment(), sealed);
        EXPECT_EQ(follower.sealed_through(), file.segments->sealed_through());
        for (std::uint32_t account = 0; account < accounts; ++account) {
            ASSERT_EQ(follower.head({account}), file.segments->head({account})) << account;
        }
    }
    const HistorySources sources{{}, &follower, &old, follower.sealed_through()};
    for (std::uint32_t account = 0; account < accounts; ++account) {
        const Totals totals = AccountHistory(sources, {account}).standing_at(sources.limit).totals;
        ASSERT_EQ(totals.debits + totals.credits, vouchers.total(account)) << account;
    }
}

TEST(Segments, AFollowerTakesALateOneOverAtOnce) {
    SegmentFile file;
    Segments follower(*file.environment);
    EXPECT_TRUE(follower.load(file.read()));
    Vouchers vouchers(500);
    for (int sealed = 0; sealed < 3; ++sealed) file.seal(*vouchers.generation(2'000));
    EXPECT_FALSE(follower.load(file.read(), 1)) << "a part of the newest one";
    EXPECT_EQ(follower.last_segment(), 2u);
    EXPECT_TRUE(follower.load(file.read()));
    EXPECT_EQ(follower.last_segment(), 3u);
    for (std::uint32_t account = 0; account < 500; ++account) {
        ASSERT_EQ(follower.head({account}), file.segments->head({account})) << account;
    }
}

TEST(Segments, EmptyCheckpointHasNone) {
    SegmentFile file;
    EXPECT_EQ(file.segments->last_segment(), 0U);
    EXPECT_EQ(file.segments->sealed_through(), Position{});
    EXPECT_FALSE(file.segments->head({7}));
    EXPECT_EQ(file.segments->instant_of(file.read(), {1}), Instant{});
    file.save_heads();
    file.reopen();
    EXPECT_EQ(file.segments->last_segment(), 0U);
}

TEST(Segments, GenerationWithoutEntriesIsSealedToo) {
    SegmentFile file;
    TailGeneration tail(capacity);
    tail.append({}, {{1}, {500}, {33}});
    file.seal(tail);
    file.reopen();
    EXPECT_EQ(file.segments->sealed_through(), Position{500});
    EXPECT_EQ(file.segments->instant_of(file.read(), {500}), Instant{33});
    file.segments->verify(file.read(), 1);
}

TEST(Segments, FactsAndInstantsSurviveReopening) {
    SegmentFile file;
    Vouchers vouchers(50);
    for (int i = 0; i < 3; ++i) file.seal(*vouchers.generation(100));
    file.reopen();
    EXPECT_EQ(file.segments->last_segment(), 3U);
    EXPECT_EQ(file.segments->sealed_through(), Position{300});
    const SegmentFacts facts = file.segments->facts(2);
    EXPECT_EQ(facts.first, Position{101});
    EXPECT_EQ(facts.last, Position{200});
    EXPECT_EQ(facts.entries, 200U);
    EXPECT_LE(facts.runs, 50U);
    const storage::ReadTransaction transaction = file.read();
    EXPECT_EQ(file.segments->instant_of(transaction, {100}), Instant{101});
    EXPECT_EQ(file.segments->instant_of(transaction, {101}), Instant{201});
    EXPECT_EQ(file.segments->instant_of(transaction, {300}), Instant{301});
    EXPECT_EQ(file.segments->instant_of(transaction, {301}), Instant{});
    EXPECT_EQ(file.segments->instant_of(transaction, {0}), Instant{});
}

TEST(Segments, HeadsComeFromSavedBlocksAndLaterDirectories) {
    for (const int saved_after : {0, 1, 3, 5}) {
        SegmentFile file;
        Vouchers vouchers(100'000);  // several head blocks
        for (int i = 1; i <= 5; ++i) {
            file.seal(*vouchers.generation(30'000));
            if (i == saved_after) file.save_heads(1);
        }
        std::vector<RunAddress> heads;
        for (std::uint32_t a = 0; a < 100'000; ++a) heads.push_back(file.segments->head({a}));
        file.reopen();
        for (std::uint32_t a = 0; a < 100'000; ++a) {
            ASSERT_EQ(file.segments->head({a}), heads[a])
                << "account " << a << ", saved " << saved_after;
        }
    }
}

TEST(Segments, HeadsOfADroppedTransactionAreWrittenAgain) {
    SegmentFile file;
    Vouchers vouchers(100'000);
    file.seal(*vouchers.generation(50'000));
    {
        storage::WriteTransaction transaction(*file.environment);
        EXPECT_FALSE(file.segments->save_heads(transaction, 1));
    }
    file.segments->heads_saved(false);
    file.save_heads(1);
    file.seal(*vouchers.generation(50'000));
    const RunAddress head = file.segments->head({4'711});
    file.reopen();
    EXPECT_EQ(file.segments->head({4'711}), head);
}

TEST(Segments, SealCutShortLeavesNothingThatShows) {
    SegmentFile file;
    Vouchers vouchers(20'000);
    file.seal(*vouchers.generation(1'000));
    const auto second = vouchers.generation(60'000);
    {
        const storage::ReadTransaction older = file.read();
        file.writer->begin(*second, older);
        storage::WriteTransaction transaction(*file.environment);
        ASSERT_FALSE(file.writer->write(transaction, std::size_t{1} << 20));
        transaction.commit();
    }
    file.reopen();
    EXPECT_EQ(file.segments->last_segment(), 1U);
    const auto other = [&] {
        Vouchers again(20'000);  // the journal is replayed into other generations
        again.generation(1'000);
        return again.generation(50);
    }();
    file.seal(*other);
    file.reopen();
    EXPECT_EQ(file.segments->last_segment(), 2U);
    EXPECT_EQ(file.segments->sealed_through(), Position{1'050});
    const storage::ReadTransaction transaction = file.read();
    file.segments->verify(transaction, 2);
    storage::Cursor cursor(transaction, table(file));
    std::size_t values = 0;
    for (bool found = cursor.seek_at_least(std::uint64_t{2} << 32); found; found = cursor.next())
        ++values;
    EXPECT_LE(values, 5U) << "values of the seal that was cut short are still there";
}

TEST(Segments, CommittedButUnpublishedSegmentShowsAfterReopening) {
    SegmentFile file;
    Vouchers vouchers(100);
    file.commit(*vouchers.generation(1'000));
    EXPECT_EQ(file.segments->last_segment(), 0U);
    file.reopen();
    EXPECT_EQ(file.segments->last_segment(), 1U);
}

TEST(Segments, PublishingBeforeTheCommitIsRefused) {
    SegmentFile file;
    Vouchers vouchers(100);
    const storage::ReadTransaction before = file.read();
    const auto tail = vouchers.generation(10);
    file.commit(*tail);
    EXPECT_THROW(file.writer->publish(before), UsageError);
    file.writer->publish(file.read());
    EXPECT_EQ(file.segments->last_segment(), 1U);
}

TEST(Segments, EveryDamagedValueIsNamed) {
    using format::Stream;
    const std::vector<std::pair<Stream, const char*>> streams{{Stream::directory, "directory"},
                                                              {Stream::narrow, "narrow rows"},
                                                              {Stream::inner, "inner summaries"},
                                                              {Stream::instants, "instants"}};
    for (const auto& [stream, name] : streams) {
        SegmentFile file;
        Vouchers vouchers(3);
        file.seal(*vouchers.generation(2'000));
        damage(file, format::value_key(1, stream, 0), 40);
        try {
            file.open();
            const storage::ReadTransaction transaction = file.read();
            const AccountHistory history({{}, file.segments.get(), &transaction, {2'000}}, {1});
            static_cast<void>(history.summary({300}, {2'000}));
            FAIL() << "damage of " << name << " was not found";
        } catch (const CorruptionError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(name));
            EXPECT_THAT(error.what(), testing::HasSubstr("segment 1"));
            EXPECT_THAT(error.what(), testing::HasSubstr("rebuild"));
        }
        if (file.segments != nullptr && file.segments->last_segment() == 1) {
            const storage::ReadTransaction transaction = file.read();
            EXPECT_THROW(file.segments->verify(transaction, 1), CorruptionError);
        }
    }
}

TEST(Segments, DamagedHeaderIsNamed) {
    SegmentFile file;
    Vouchers vouchers(3);
    file.seal(*vouchers.generation(10));
    damage(file, format::value_key(1, format::Stream::header, 0), 33);
    EXPECT_THROW(file.open(), CorruptionError);
}

TEST(Segments, NewerFormatIsRefused) {
    SegmentFile file;
    Vouchers vouchers(3);
    file.seal(*vouchers.generation(10));
    const std::uint64_t key = format::value_key(1, format::Stream::header, 0);
    {
        storage::WriteTransaction transaction(*file.environment);
        auto header = format::load<format::Header>(transaction.get(table(file), key)->data());
        header.version = 99;
        header.checksum = value_checksum(key, reinterpret_cast<const std::byte*>(&header),
                                         sizeof header - format::checksum_bytes);
        transaction.put(table(file), key, std::as_bytes(std::span(&header, 1)));
        transaction.commit();
    }
    file.close();
    EXPECT_THROW(file.open(), FormatError);
}

TEST(Segments, DamagedHeadBlockIsNamed) {
    SegmentFile file;
    Vouchers vouchers(3);
    file.seal(*vouchers.generation(10));
    file.save_heads();
    {
        const storage::Database heads = file.environment->database("segment_heads");
        storage::WriteTransaction transaction(*file.environment);
        const storage::Bytes value = *transaction.get(heads, std::uint64_t{0});
        std::vector<std::byte> copy(value.begin(), value.end());
        copy[3] ^= std::byte{16};
        transaction.put(heads, std::uint64_t{0}, copy);
        transaction.commit();
    }
    file.close();
    EXPECT_THROW(file.open(), CorruptionError);
}

TEST(Segments, SingleNarrowEntryTakesFiftySixBytes) {
    SegmentFile file;
    Vouchers vouchers(2'000'000'000 / 1'000);
    const SegmentFacts facts = [&] {
        file.seal(*vouchers.generation(100'000));
        return file.segments->facts(1);
    }();
    const std::uint64_t singles_at_least = facts.runs * 9 / 10;
    EXPECT_GT(facts.runs, 180'000U);
    EXPECT_LT(facts.bytes,
              singles_at_least * 56 + facts.runs / 10 * 200 + 5 * format::value_bytes_max);
}

TEST(Segments, ValuesHaveOneSizeAndTransactionsStayWithinTheirBudget) {
    SegmentFile file;
    Vouchers vouchers(1'000);
    const auto tail = vouchers.generation(100'000);
    constexpr std::size_t budget = std::size_t{1} << 20;
    const storage::ReadTransaction older = file.read();
    file.writer->begin(*tail, older);
    int transactions = 0;
    for (bool done = false; !done; ++transactions) {
        storage::WriteTransaction transaction(*file.environment);
        done = file.writer->write(transaction, budget);
        transaction.commit();
    }
    file.writer->publish(file.read());
    const SegmentFacts facts = file.segments->facts(1);
    EXPECT_GE(static_cast<std::size_t>(transactions),
              facts.bytes / (budget + 6 * format::value_bytes_max));
    const storage::ReadTransaction transaction = file.read();
    storage::Cursor cursor(transaction, table(file));
    for (bool found = cursor.first(); found; found = cursor.next()) {
        EXPECT_LE(cursor.value().size(), format::value_bytes_max);
    }
}

TEST(Segments, ReaderProcessFollowsByLoadingAgain) {
    // Two catalogs of one environment stand for writer and reader: the reader loads what was
    // committed since.
    SegmentFile file;
    Vouchers vouchers(200);
    Segments reader(*file.environment);
    const auto first = vouchers.generation(500);
    file.seal(*first);
    reader.load(file.read());
    EXPECT_EQ(reader.last_segment(), 1U);
    const storage::ReadTransaction pinned = file.read();
    const AccountHistory old({{}, &reader, &pinned, {500}}, {7});
    const Standing before = old.standing_at({500});
    for (int i = 0; i < 5; ++i) file.seal(*vouchers.generation(500));
    reader.load(file.read());
    EXPECT_EQ(reader.last_segment(), 6U);
    EXPECT_EQ(reader.head({7}), file.segments->head({7}));
    EXPECT_EQ(old.standing_at({500}).totals, before.totals) << "an old view meets a newer head";
    const storage::ReadTransaction now = file.read();
    const AccountHistory fresh({{}, &reader, &now, {3'000}}, {7});
    EXPECT_EQ(fresh.standing_at({3'000}).totals.debits + fresh.standing_at({3'000}).totals.credits,
              vouchers.total(7));
}

TEST(SegmentFormat, JumpsFollowSkewBinaryNumbers) {
    // Against Myers' rule, by which the lengths were defined.
    std::vector<std::uint32_t> jump{0};
    for (std::uint32_t depth = 1; depth < 5'000; ++depth) {
        const std::uint32_t previous = depth - 1;
        const std::uint32_t far = jump[previous];
        const bool join = previous - far == far - jump[far];
        jump.push_back(join ? jump[far] : previous);
        ASSERT_EQ(depth - format::jump_length(depth), jump[depth]) << depth;
    }
}

TEST(SegmentFormat, ValuesFillWholePages) {
    for (std::size_t payload = 8; payload <= format::payload_max; payload += 8) {
        const std::size_t size = format::value_size(payload);
        ASSERT_EQ((size + format::page_header) % format::page, 0U);
        ASSERT_GE(size, payload + format::checksum_bytes);
        ASSERT_LE(size, format::value_bytes_max);
    }
}

}  // namespace ledger::history
