// Incidents of account systems, replayed. A hot account was switched to buffered posting, its lines
// reached the store late, and a voucher query came back without lines; a download of everything
// starved other calls. Invariant tested: from the moment of the acknowledgement every query has
// every line, whoever asks; and an export is whole while others post and ask.
#include "support/other_process.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace ledger {
namespace {

using namespace test;

const AccountId hot = account_id(1);
constexpr std::uint64_t accounts = 9;  // the hot one and eight others

/// A voucher that was acknowledged: it debits the hot account.
struct Told {
    std::uint64_t id = 0;
    Position position;
    Instant instant;
};

std::uint64_t other_of(std::uint64_t id) { return 2 + id % (accounts - 1); }
Amount amount_of(std::uint64_t id) { return minor(static_cast<std::int64_t>(id % 97 + 1)); }

/// A receivable on which every inflow is buffered; after 64 lines, or an hour, they are folded.
Batch hot_books() {
    Batch batch = foundations(accounts);
    batch.add(record_id(900'000'000), SetBuffering{hot, {std::chrono::hours{1}, 64}});
    return batch;
}

Ledger create_hot_books(const std::filesystem::path& directory) {
    Ledger ledger = Ledger::create(directory, small_options());
    EXPECT_TRUE(all_accepted(ledger.post(hot_books())));
    return ledger;
}

Told post_one(Ledger& ledger, std::uint64_t id) {
    Voucher voucher = transfer(id, 1, other_of(id), 1);
    for (VoucherLine& line : voucher.lines) line.amount = amount_of(id);
    const Receipt receipt = ledger.post(voucher);
    EXPECT_TRUE(receipt);
    return {id, receipt.result.position, receipt.result.instant};
}

std::vector<StatementLine> lines_of(const View& view, const StatementPeriod& period) {
    Statement statement(view, hot, period);
    std::vector<StatementLine> lines;
    while (statement.next(1000, lines)) {
    }
    return lines;
}

/// Whether the period's statement has the voucher's line, once.
bool states(const View& view, const StatementPeriod& period, const Told& told) {
    const std::vector<StatementLine> lines = lines_of(view, period);
    return 1 == std::ranges::count_if(lines, [&](const StatementLine& line) {
               return line.voucher.id == record_id(told.id) &&
                      line.entry.position == told.position &&
                      line.entry.amount == amount_of(told.id) && line.entry.buffered;
           });
}

/// All that can be asked for the voucher gives it, whole: the incident was a list without its line.
void expect_complete(const View& view, const Told& told) {
    const std::string which = "voucher " + std::to_string(told.id);
    const auto posted = view.voucher(record_id(told.id));
    ASSERT_TRUE(posted) << which << " was acknowledged and is missed";
    ASSERT_EQ(posted->position, told.position) << which;
    ASSERT_EQ(posted->voucher.lines.size(), 2u) << which << " came back without its lines";
    const Date date = posted->voucher.book_date;
    const Range only{told.position, told.position, {}, {}};
    for (const AccountId account : {hot, account_id(other_of(told.id))}) {
        const Page<AccountEntry> lines = view.lines(account, {}, only);
        ASSERT_EQ(lines.items.size(), 1u) << "the lines of " << to_string(account) << " miss one";
        ASSERT_EQ(lines.items[0].amount, amount_of(told.id)) << which;
    }
    const InstantRange moment{told.instant, told.instant + std::chrono::nanoseconds{1}};
    ASSERT_TRUE(states(view, Since{{told.position.value - 1}}, told)) << which;
    ASSERT_TRUE(states(view, moment, told)) << which;
    const Page<AccountEntry> of_day =
        view.lines_on(hot, {date, date}, {told.position.value - 1}, {});
    ASSERT_TRUE(!of_day.items.empty() && of_day.items[0].position == told.position) << which;
}

/// All that was acknowledged is in one statement, each line once; and what lines say, balances say.
void expect_complete(const View& view, const std::vector<Told>& all) {
    for (const StatementPeriod& period :
         {StatementPeriod{Since{}}, StatementPeriod{DateRange{date_min, date_max}},
          StatementPeriod{InstantRange{Instant{1}, Instant{INT64_MAX}}}}) {
        const std::vector<StatementLine> lines = lines_of(view, period);
        std::map<Position, const StatementLine*> found;
        Amount sum;
        for (const StatementLine& line : lines) {
            ASSERT_TRUE(found.emplace(line.entry.position, &line).second) << "a line stands twice";
            sum =
                line.entry.side == Side::debit ? sum + line.entry.amount : sum - line.entry.amount;
        }
        for (const Told& told : all) {
            const auto line = found.find(told.position);
            ASSERT_TRUE(line != found.end()) << "voucher " << told.id << " is missed";
            ASSERT_EQ(line->second->voucher.id, record_id(told.id));
            ASSERT_EQ(line->second->entry.amount, amount_of(told.id));
        }
        EXPECT_EQ(view.balance(hot)->total(), sum);
    }
    EXPECT_TRUE(is_balanced(view));
}

TEST(Incidents, BufferedLinesAreCompleteAtOnceInTheThreadThatPostedThem) {
    const TemporaryDirectory home;
    Ledger ledger = create_hot_books(home / "books");
    std::vector<Told> all;
    for (std::uint64_t id = 1; id <= 600; ++id) {
        all.push_back(post_one(ledger, id));
        ASSERT_NO_FATAL_FAILURE(expect_complete(ledger.view(), all.back()));
        if (id % 250 == 0) ledger.seal();  // from now on part of it is in the checkpoint
        if (id % 150 == 0) {
            ASSERT_NO_FATAL_FAILURE(expect_complete(ledger.view(), all));
        }
    }
    const Balance balance = ledger.view().balance(hot).value();
    EXPECT_NE(balance.debits, Amount{}) << "nothing was folded";
    EXPECT_NE(balance.buffered_debits, Amount{}) << "nothing is in the buffer";
}

/// Acknowledgements as one thread hands them to others.
class Board {
public:
    void add(const Told& told) {
        {
            const std::lock_guard lock(mutex_);
            all_.push_back(told);
        }
        changed_.notify_all();
    }
    void end() {
        {
            const std::lock_guard lock(mutex_);
            is_over_ = true;
        }
        changed_.notify_all();
    }
    /// The newest one after the first `seen`, waited for; none: there will be no more.
    std::optional<Told> newest(std::size_t& seen) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return is_over_ || all_.size() > seen; });
        if (all_.size() <= seen) return std::nullopt;
        seen = all_.size();
        return all_.back();
    }
    std::vector<Told> all() {
        const std::lock_guard lock(mutex_);
        return all_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Told> all_;
    bool is_over_ = false;
};

TEST(ThreadsIncidents, BufferedLinesAreCompleteAtOnceInEveryOtherThread) {
    const TemporaryDirectory home;
    Ledger ledger = create_hot_books(home / "books");
    Board board;
    std::vector<std::thread> askers;
    for (int asker = 0; asker < 3; ++asker) {
        askers.emplace_back([&] {
            std::size_t seen = 0;
            while (const auto told = board.newest(seen)) {
                ASSERT_NO_FATAL_FAILURE(expect_complete(ledger.view(), *told));
            }
        });
    }
    for (std::uint64_t id = 1; id <= 300 && !testing::Test::HasFailure(); ++id) {
        board.add(post_one(ledger, id));
        if (id % 120 == 0) ledger.seal();
    }
    board.end();
    for (std::thread& asker : askers) asker.join();
    expect_complete(ledger.view(), board.all());
}

/// A writer in another process posts, `life` vouchers or some more, and is killed; a reader in this
/// one has each of them complete as soon as it hears of it, and all when the writer is dead.
void read_until_killed(const std::filesystem::path& directory, std::uint64_t first_id,
                       std::uint64_t life, std::vector<Told>& all) {
    OtherProcess<Told> writer([&](const auto& tell) {
        Ledger ledger = Ledger::open(directory, small_options());
        for (std::uint64_t id = first_id;; ++id) {
            tell(post_one(ledger, id));
            if (id % 90 == 0) ledger.seal();
        }
    });
    std::optional<Reader> reader;
    const auto take = [&](const Told& told) {
        all.push_back(told);
        if (!reader) reader.emplace(Reader::open(directory, small_reader_options()));
        reader->refresh();
        expect_complete(reader->view(), told);
    };
    for (; life > 0; --life) {
        const auto told = writer.next();
        ASSERT_TRUE(told) << "the writer ended by itself";
        ASSERT_NO_FATAL_FAILURE(take(*told));
    }
    writer.kill();
    while (const auto told = writer.next()) ASSERT_NO_FATAL_FAILURE(take(*told));
    ASSERT_TRUE(was_killed(writer.wait()));
    reader->refresh();
    expect_complete(reader->view(), all);
}

TEST(Incidents, BufferedLinesAreCompleteAtOnceInAnotherProcessAndAfterAKill) {
    const TemporaryDirectory home;
    const std::filesystem::path directory = home / "books";
    (void)create_hot_books(directory);
    std::vector<Told> all;
    for (std::uint64_t cycle = 0; cycle < 4; ++cycle) {
        ASSERT_NO_FATAL_FAILURE(
            read_until_killed(directory, 1000 * cycle + 1, 40 + 37 * cycle, all));
        const Ledger ledger = Ledger::open(directory, small_options());
        const View view = ledger.view();
        ASSERT_NO_FATAL_FAILURE(expect_complete(view, all)) << "cycle " << cycle;
        for (const Told& told : all) ASSERT_NO_FATAL_FAILURE(expect_complete(view, told));
    }
}

// ---- an export

/// Every account's statement from the beginning to the view's position, as text, page by page.
std::string export_of(const View& view) {
    std::ostringstream out;
    std::vector<StatementLine> lines;
    for (std::uint64_t number = 1; number <= accounts; ++number) {
        Statement statement(view, account_id(number), Since{});
        for (bool is_more = true; is_more;) {
            lines.clear();
            is_more = statement.next(100, lines);
            for (const StatementLine& line : lines) {
                out << number << ',' << line.entry.position.value << ','
                    << to_string(line.entry.instant) << ',' << to_string(line.voucher.id) << ','
                    << to_string(line.entry.amount) << ',' << to_string(line.balance) << '\n';
            }
        }
    }
    return out.str();
}

/// And all records once, by the feed, up to a position.
void expect_whole_feed(const Ledger& ledger, Position end) {
    Feed feed = ledger.follow({});
    std::vector<FeedRecord> records;
    Position at;
    while (at < end && feed.next(records, 1000) != 0) {
        for (const FeedRecord& record : records) {
            at = at + 1;
            ASSERT_EQ(record.position, at);
            const auto* voucher = std::get_if<Voucher>(&record.value);
            if (voucher == nullptr) continue;
            const auto lines = std::ranges::count(record.entries, EntryKind::line,
                                                  [](const auto& one) { return one.entry.kind; });
            ASSERT_EQ(static_cast<std::size_t>(lines), voucher->lines.size());
        }
    }
    ASSERT_GE(at, end);
}

TEST(ThreadsIncidents, AnExportIsWholeWhileOthersPostAndAsk) {
    const TemporaryDirectory home;
    Ledger ledger = create_hot_books(home / "books");
    for (std::uint64_t first = 10'001; first < 16'000; first += 500) {
        ASSERT_TRUE(all_accepted(ledger.post(transfers(first, 500, accounts))));
    }
    std::atomic<bool> is_over{false};
    std::atomic<std::uint64_t> asked{0};
    Board board;
    std::thread poster([&] {
        for (std::uint64_t id = 1; !is_over; ++id) board.add(post_one(ledger, id));
        board.end();
    });
    std::vector<std::thread> askers;
    for (std::uint64_t asker = 0; asker < 2; ++asker) {
        askers.emplace_back([&, asker] {
            std::mt19937_64 random(asker);
            std::size_t seen = 0;
            while (const auto told = board.newest(seen)) {
                const View view = ledger.view();
                ASSERT_NO_FATAL_FAILURE(expect_complete(view, *told));
                const std::uint64_t old = 10'001 + random() % 6'000;
                ASSERT_EQ(view.voucher(record_id(old))->voucher.lines.size(), 2u);
                ++asked;
            }
        });
    }
    for (int round = 0; round < 5 && !testing::Test::HasFailure(); ++round) {
        const View view = ledger.view();
        const std::string exported = export_of(view);
        EXPECT_NO_FATAL_FAILURE(expect_whole_feed(ledger, view.position()));
        // The same position says the same later, sealed by then or not.
        EXPECT_EQ(exported, export_of(ledger.view().at(view.position())));
    }
    is_over = true;
    poster.join();
    for (std::thread& asker : askers) asker.join();
    EXPECT_GT(asked, 0u);
    expect_complete(ledger.view(), board.all());
}

}  // namespace
}  // namespace ledger
