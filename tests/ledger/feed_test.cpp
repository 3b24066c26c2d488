// The change feed. Invariant tested: whatever is posted, sealed, rotated or reopened meanwhile, a
// feed gives every committed record once, in order, without gaps, with the entries that its account
// got, and can be resumed at every position.
#include "support/small_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace ledger {
namespace {

using namespace test;
using std::chrono::seconds;

std::string text_of(const AccountEntry& entry) {
    std::ostringstream out;
    out << entry.position.value << ' ' << to_string(entry.instant) << ' ' << to_string(entry.kind)
        << ' ' << entry.line << ' ' << to_string(entry.side) << ' ' << to_string(entry.ink) << ' '
        << entry.buffered << ' ' << to_string(entry.amount) << ' ' << to_string(entry.book_date)
        << ' ' << entry.folded.lines << ' ' << to_string(entry.folded.debits) << ' '
        << to_string(entry.folded.credits) << ' ' << entry.folded.first.value << ' '
        << entry.folded.last.value << ": " << test::text_of(entry.balance);
    return out.str();
}

/// All records after the position, in pages of a size of their own.
std::vector<FeedRecord> all_after(const Ledger& ledger, Position after, std::size_t page = 10'000,
                                  FeedContent content = FeedContent::entries) {
    Feed feed = ledger.follow(after, content);
    EXPECT_EQ(feed.position(), after);
    std::vector<FeedRecord> all, some;
    while (feed.next(some, page) != 0) {
        EXPECT_LE(some.size(), page);
        EXPECT_EQ(feed.position(), some.back().position);
        for (FeedRecord& record : some) all.push_back(std::move(record));
    }
    return all;
}

/// What the view says of the same entries, account by account.
std::map<AccountId, std::vector<std::string>> entries_by_account(const View& view, Position after) {
    std::map<AccountId, std::vector<std::string>> found;
    for (const AccountInfo& account : view.accounts("", {10'000, false, {}}).items) {
        PageRequest page{10'000, false, {}};
        do {
            const auto some = view.entries(account.id, page, {after + 1, {}, {}, {}});
            for (const AccountEntry& entry : some.items) {
                found[account.id].push_back(text_of(entry));
            }
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
    }
    return found;
}

/// The feed after a position says what the view's queries say.
void expect_complete(const Ledger& ledger, Position after, std::size_t page = 10'000) {
    const std::vector<FeedRecord> records = all_after(ledger, after, page);
    const View view = ledger.view();
    ASSERT_EQ(records.size(), view.position().value - after.value);
    std::map<AccountId, std::vector<std::string>> told;
    Position at = after;
    for (const FeedRecord& record : records) {
        at = at + 1;
        ASSERT_EQ(record.position, at);
        const PostedRecord known = view.record(at).value();
        EXPECT_EQ(record.instant, known.instant);
        EXPECT_EQ(record.kind, known.kind);
        EXPECT_EQ(record.id, known.id);
        EXPECT_EQ(record.order, known.order);
        if (const auto posted = view.voucher(at)) {
            EXPECT_EQ(std::get<Voucher>(record.value), posted->voucher);
            EXPECT_EQ(record.number, posted->number);
        }
        AccountHandle last;
        for (const FeedEntry& entry : record.entries) {
            told[entry.account].push_back(text_of(entry.entry));
            const AccountInfo account = view.account(entry.account).value();
            EXPECT_EQ(entry.book, account.book);
            EXPECT_EQ(entry.currency, account.currency);
            EXPECT_TRUE(!last || last <= account.handle) << "at " << at.value;
            last = account.handle;
        }
    }
    EXPECT_EQ(told, entries_by_account(view, after));
}

class FeedTest : public testing::Test {
protected:
    /// Of every kind of record, some that make more entries than lines, in several batches.
    void post_some_of_everything(std::uint64_t first) {
        Batch batch = transfers(first, 30, 5);
        SetBuffering buffering{account_id(2), {seconds{10}, 0}};
        batch.add(record_id(first + 100), buffering);
        PlaceHold hold;
        hold.account = account_id(1);
        hold.amount = minor(5);
        hold.expires_at = clock_.now() + seconds{30};
        batch.add(record_id(first + 101), hold);
        batch.add(record_id(first + 102), hold);
        hold.account = account_id(3);
        batch.add(record_id(first + 103), hold, order_id(first));
        batch.add(record_id(first + 104), RegisterEntry{7, "paid by card"}, order_id(first));
        batch.add(record_id(first + 105), SetLimits{account_id(4), {minor(-1'000'000), {}}});
        batch.add(record_id(first + 106), SetFreeze{account_id(5), Freeze::inflow_only, "court"});
        batch.add(record_id(first + 107), SetFreeze{account_id(5), Freeze::none, ""});
        for (const Result& result : ledger().post(std::move(batch))) {
            ASSERT_TRUE(result) << to_string(result.outcome);
        }
        clock_.advance(seconds{5});
        Voucher capture = transfer(first + 200, 4, 3, 9);
        capture.detail.captures.push_back({record_id(first + 103), minor(2), {}});
        ASSERT_TRUE(ledger().post(capture));
        ASSERT_TRUE(ledger().post(record_id(first + 201),
                                  ReleaseHold{record_id(first + 103), minor(1), {}}));
        ASSERT_TRUE(all_accepted(ledger().post(transfers(first + 300, 17, 5))));
        clock_.advance(seconds{60});  // both windows and holds are due
        ASSERT_TRUE(all_accepted(ledger().post(transfers(first + 400, 20, 5))));
    }

    Ledger& ledger() { return *ledger_; }
    void reopen() {
        ledger_.reset();
        ledger_.emplace(Ledger::open(directory_, options_));
    }

    TemporaryDirectory temporary_;
    std::filesystem::path directory_ = temporary_ / "books";
    ManualClock clock_{start_instant};
    Options options_ = [this] {
        Options options = small_options(&clock_);
        options.background = false;
        return options;
    }();
    std::optional<Ledger> ledger_{Ledger::create(directory_, options_)};
};

TEST_F(FeedTest, AnEmptyLedgerHasNothingToGive) {
    Feed feed = ledger().follow({});
    std::vector<FeedRecord> records(3);
    EXPECT_EQ(feed.next(records, 10), 0u);
    EXPECT_TRUE(records.empty());
    EXPECT_EQ(feed.next(records, 10, std::chrono::milliseconds{5}), 0u);
    EXPECT_EQ(feed.position(), Position{});
}

TEST_F(FeedTest, WhatIsAskedForMustMakeSense) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(1))));
    const Position last = ledger().view().position();
    EXPECT_THROW((void)ledger().follow(last + 1), InvalidArgument);
    Feed feed = ledger().follow(last);
    std::vector<FeedRecord> records;
    EXPECT_EQ(feed.next(records, 1), 0u);
    EXPECT_THROW((void)feed.next(records, 0), InvalidArgument);
    EXPECT_THROW((void)feed.next(records, 10'001), InvalidArgument);
}

TEST_F(FeedTest, EveryKindOfRecordComesWithItsEntries) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(5))));
    for (const bool sealed : {false, true}) {
        ASSERT_NO_FATAL_FAILURE(post_some_of_everything(sealed ? 2000 : 1000));
        if (sealed) ledger().seal();
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}, 1));
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}, 7));
    }
    std::map<RecordKind, int> kinds;
    std::map<EntryKind, int> of_time;
    for (const FeedRecord& record : all_after(ledger(), {})) {
        ++kinds[record.kind];
        if (record.kind != RecordKind::time_passed) continue;
        for (const FeedEntry& entry : record.entries) ++of_time[entry.entry.kind];
    }
    EXPECT_EQ(kinds[RecordKind::define_currency], 1);
    EXPECT_EQ(kinds[RecordKind::register_entry], 2);
    EXPECT_GE(kinds[RecordKind::time_passed], 2);
    EXPECT_EQ(of_time[EntryKind::hold_expired], 6);
    EXPECT_GE(of_time[EntryKind::fold], 2);
}

TEST_F(FeedTest, AValueIsWhatWasPosted) {
    Batch batch = foundations(2);
    const PlaceHold hold{account_id(1), minor(5), HoldKind::judicial, {}, {}, {}, "court", {}, {}};
    batch.add(record_id(1), hold, order_id(9));
    batch.add(record_id(2), RegisterEntry{7, std::string("\xff\0x", 3)});
    batch.add(CutDay{book, make_date(2026, 11, 2)});
    ASSERT_TRUE(all_accepted(ledger().post(batch)));
    const std::vector<FeedRecord> records = all_after(ledger(), {});
    ASSERT_EQ(records.size(), 7u);
    EXPECT_EQ(std::get<DefineBook>(records[1].value).name, "own money");
    EXPECT_EQ(std::get<OpenAccount>(records[2].value), plain_account(1));
    EXPECT_EQ(std::get<PlaceHold>(records[4].value), hold);
    EXPECT_EQ(records[4].order, order_id(9));
    EXPECT_EQ(std::get<RegisterEntry>(records[5].value), (RegisterEntry{7, {"\xff\0x", 3}}));
    EXPECT_EQ(std::get<CutDay>(records[6].value).date, make_date(2026, 11, 2));
    EXPECT_EQ(records[3].number, 0u) << "a handle is no number";
}

TEST_F(FeedTest, ItIsResumedAtEveryPosition) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(5))));
    ASSERT_NO_FATAL_FAILURE(post_some_of_everything(1000));
    ledger().seal();
    ASSERT_NO_FATAL_FAILURE(post_some_of_everything(2000));
    const Position last = ledger().view().position();
    for (Position after; after <= last; after = after + 1) {
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), after)) << after.value;
    }
}

TEST_F(FeedTest, WithoutEntriesTheRecordsAreTheSame) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(5))));
    ASSERT_NO_FATAL_FAILURE(post_some_of_everything(1000));
    const auto with = all_after(ledger(), {});
    const auto without = all_after(ledger(), {}, 13, FeedContent::records);
    ASSERT_EQ(with.size(), without.size());
    for (std::size_t i = 0; i < with.size(); ++i) {
        EXPECT_EQ(without[i].position, with[i].position);
        EXPECT_EQ(without[i].value, with[i].value);
        EXPECT_TRUE(without[i].entries.empty());
    }
}

/// Segments, and windows within them, end anywhere between the records of a page.
TEST_F(FeedTest, SegmentsAndWindowsAreCrossed) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(50))));
    std::uint64_t id = 1;
    for (int turn = 0; turn < 6; ++turn) {
        // Long vouchers fill a window of entries long before a segment of records.
        Batch batch;
        for (int voucher = 0; voucher < 30; ++voucher) {
            auto building = batch.add_voucher(record_id(id++), book);
            for (std::uint64_t line = 0; line < 1000; ++line) {
                building.line(account_id(line % 50 + 1), line % 2 == 0 ? Side::debit : Side::credit,
                              minor(7));
            }
        }
        ASSERT_TRUE(all_accepted(ledger().post(std::move(batch))));
        ASSERT_TRUE(all_accepted(ledger().post(transfers(10'000 * (turn + 1), 700, 50))));
        if (turn % 2 == 0) ledger().seal();
    }
    ASSERT_GE(ledger().stats().segments, 3u);
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}, 333));
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {777}, 10));
}

/// One account has more entries in a segment than a window holds, and one record more than two.
TEST_F(FeedTest, AVeryHotAccountAndAVeryLongRecordFitTheirWindows) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(3))));
    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(1);
    hold.expires_at = clock_.now() + seconds{10};
    Batch batch;
    for (std::uint64_t id = 1; id <= 4096; ++id) batch.add(record_id(id), hold);
    ASSERT_TRUE(all_accepted(ledger().post(std::move(batch))));
    batch.clear();
    for (std::uint64_t id = 10'000; id < 10'012; ++id) {
        auto building = batch.add_voucher(record_id(id), book);
        for (int line = 0; line < 4096; ++line) {
            building.line(account_id(1), line % 2 == 0 ? Side::debit : Side::credit, minor(3));
        }
    }
    ASSERT_TRUE(all_accepted(ledger().post(std::move(batch))));
    clock_.advance(seconds{20});
    ASSERT_TRUE(ledger().post(transfer(20'000, 2, 3, 1)));
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
    ledger().seal();
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {4102}, 1));
}

TEST_F(FeedTest, ItGoesOnWhileGenerationsAreSealedAndAfterReopening) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(7))));
    std::vector<FeedRecord> some;
    std::uint64_t id = 1;
    Position position;
    for (int turn = 0; turn < 3; ++turn) {
        {
            Feed feed = ledger().follow(position);
            for (int i = 0; i < 20; ++i) {
                ASSERT_TRUE(all_accepted(ledger().post(transfers(id, 200, 7))));
                id += 200;
                if (i % 7 == 3) ledger().seal();
                while (feed.next(some, 90) != 0) {
                    ASSERT_EQ(some.front().position, position + 1);
                    ASSERT_EQ(some.back().position, position + some.size());
                    for (const FeedRecord& record : some) {
                        ASSERT_EQ(record.entries.size(), record.kind == RecordKind::voucher ? 2u
                                                         : record.kind == RecordKind::open_account
                                                             ? 1u
                                                             : 0u);
                    }
                    position = feed.position();
                }
            }
        }
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
        reopen();
    }
    std::filesystem::path checkpoint = directory_ / "checkpoint.mdb";
    ledger_.reset();
    std::filesystem::remove(checkpoint);
    ledger_.emplace(Ledger::open(directory_, options_));
    ASSERT_NO_FATAL_FAILURE(expect_complete(ledger(), {}));
}

/// At every position, the newest balance that the feed told of each account is the view's.
TEST_F(FeedTest, FoldedIntoBalancesItIsTheView) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(5))));
    ASSERT_NO_FATAL_FAILURE(post_some_of_everything(1000));
    ledger().seal();
    ASSERT_NO_FATAL_FAILURE(post_some_of_everything(2000));
    const View view = ledger().view();
    std::map<AccountId, Balance> folded;
    for (const FeedRecord& record : all_after(ledger(), {})) {
        for (const FeedEntry& entry : record.entries) folded[entry.account] = entry.entry.balance;
        const View then = view.at(record.position);
        for (std::uint64_t number = 1; number <= 5; ++number) {
            const auto balance = then.balance(account_id(number));
            ASSERT_EQ(balance.has_value(), folded.count(account_id(number)) == 1);
            if (balance) {
                ASSERT_EQ(*balance, folded[account_id(number)]);
            }
        }
    }
}

TEST_F(FeedTest, ManySmallBatchesMakeAFullPage) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(2))));
    for (std::uint64_t id = 1; id <= 50; ++id) ASSERT_TRUE(ledger().post(transfer(id, 1, 2, 1)));
    Feed feed = ledger().follow({4});
    std::vector<FeedRecord> records;
    EXPECT_EQ(feed.next(records, 40), 40u);
    EXPECT_EQ(feed.next(records, 40), 10u);
}

/// Twenty of the longest vouchers are more than a page may have.
TEST_F(FeedTest, APageIsBoundedByItsLinesToo) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(2))));
    const Position before = ledger().view().position();
    for (std::uint64_t id = 1; id <= 20; ++id) {
        Batch batch;
        auto building = batch.add_voucher(record_id(id), book);
        for (int line = 0; line < 4096; ++line) {
            building.line(account_id(1), line % 2 == 0 ? Side::debit : Side::credit, minor(3));
        }
        ASSERT_TRUE(all_accepted(ledger().post(std::move(batch))));
        ledger().seal();
    }
    Feed feed = ledger().follow(before);
    std::vector<FeedRecord> records;
    EXPECT_EQ(feed.next(records, 10'000), bounds::batch_lines_max / 4096);
    EXPECT_EQ(feed.next(records, 10'000), 20 - bounds::batch_lines_max / 4096);
}

TEST_F(FeedTest, BetweenCallsNothingOfTheCheckpointIsPinned) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(3))));
    const std::uint64_t before = ledger().stats().readers;
    std::vector<FeedRecord> records;
    Feed feed = ledger().follow({});
    for (Position at{1}; at < Position{5}; at = at + 2) {
        ASSERT_EQ(feed.next(records, 2), 2u);
        EXPECT_EQ(records[0].position, at);
        EXPECT_EQ(ledger().stats().readers, before);
    }
    const View view = ledger().view();
    EXPECT_GT(ledger().stats().readers, before) << "a view does pin it";
}

TEST_F(FeedTest, AfterClosingItGivesTheRestAndWaitsForNothing) {
    ASSERT_TRUE(all_accepted(ledger().post(foundations(3))));
    Feed feed = ledger().follow({});
    std::vector<FeedRecord> records;
    ledger().close();
    EXPECT_EQ(feed.next(records, 100, std::chrono::hours{24}), 5u);
    EXPECT_EQ(feed.next(records, 100, std::chrono::nanoseconds::max()), 0u);
    EXPECT_THROW((void)Ledger::open(directory_, options_), LockedError);
}

}  // namespace
}  // namespace ledger
