// One reader shared by threads, beside a writer in another process. Invariant tested: while some
// threads refresh, others' views have everything that a refresh before them showed, stay as they
// are, and balance; and a feed loses nothing.
#include "support/remote_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace ledger {
namespace {

using namespace test;

constexpr auto duration = std::chrono::seconds{4};

struct Shared {
    explicit Shared(Reader& of) : reader(of) {}

    Reader& reader;
    std::atomic<std::uint64_t> shown{0};  // a refresh made this position visible
    std::atomic<std::uint64_t> last_id{0};
    std::atomic<std::uint64_t> views{0};
    std::atomic<bool> stop{false};
};

void look(Shared& shared) {
    while (!shared.stop.load(std::memory_order_relaxed)) {
        const std::uint64_t id = shared.last_id.load(std::memory_order_acquire);
        const std::uint64_t shown = shared.shown.load(std::memory_order_acquire);
        const View view = shared.reader.view();
        ASSERT_GE(view.position().value, shown);
        if (id != 0) {
            const auto posted = view.voucher(record_id(id));
            ASSERT_TRUE(posted) << id;
            const AccountId account = posted->voucher.lines.at(0).account;
            const Balance now = view.balance(account).value();
            ASSERT_EQ(view.balance_at(account, view.position()), now);
            ASSERT_FALSE(view.lines(account, {10, true, {}}).items.empty());
            ASSERT_EQ(view.balance(account), now);
        }
        if (shared.views.fetch_add(1, std::memory_order_relaxed) % 64 == 0) {
            ASSERT_TRUE(is_balanced(view));
        }
    }
}

void follow(Shared& shared) {
    Feed feed = shared.reader.follow({});
    std::vector<FeedRecord> records;
    Position at;
    while (!shared.stop.load(std::memory_order_relaxed)) {
        feed.next(records, 500, std::chrono::milliseconds{20});
        for (const FeedRecord& record : records) {
            at = at + 1;
            ASSERT_EQ(record.position, at);
        }
    }
    ASSERT_GT(at.value, 0u);
}

TEST(ReaderThreads, ViewsBesideRefreshes) {
    TemporaryDirectory temporary;
    RemoteWriter writer(temporary / "books");
    ReaderOptions options;
    options.segment_records = 1024;
    options.map_bytes = std::size_t{4} << 30;
    Reader reader = Reader::open(temporary / "books", options);
    Shared shared(reader);
    writer.start_posting();
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { look(shared); });
    threads.emplace_back([&] { follow(shared); });
    threads.emplace_back([&] {
        while (!shared.stop.load(std::memory_order_relaxed)) reader.refresh();
    });
    const auto end = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < end) {
        const RemoteWriter::Told told = writer.told();
        reader.refresh();
        shared.shown.store(told.position, std::memory_order_release);
        shared.last_id.store(told.id, std::memory_order_release);
        EXPECT_GE(reader.stats().committed_through.value, told.position);
    }
    shared.stop.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();
    const RemoteWriter::Told told = writer.stop();
    std::printf("%lu views of %lu records\n", static_cast<unsigned long>(shared.views.load()),
                static_cast<unsigned long>(told.position));
}

/// Asks views until they expire, in the middle of a query or between two.
void look_until_expired(Shared& shared) {
    while (!shared.stop.load(std::memory_order_relaxed)) {
        const View view = shared.reader.view();
        try {
            const std::vector<TrialSum> sums = view.trial_sums();
            while (!shared.stop.load(std::memory_order_relaxed)) {
                const Page<AccountEntry> lines = view.lines(account_id(1), {50, true, {}});
                for (const AccountEntry& line : lines.items) {
                    ASSERT_TRUE(view.voucher(line.position));
                    ASSERT_TRUE(view.voucher_head(line.position));
                }
                const std::vector<TrialSum> again = view.at(view.position()).trial_sums();
                ASSERT_TRUE(
                    std::ranges::equal(again, sums, {}, &TrialSum::debits, &TrialSum::debits));
            }
        } catch (const UsageError&) {
            shared.views.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

TEST(ReaderThreads, ViewsExpireWhileTheyAreAsked) {
    TemporaryDirectory temporary;
    RemoteWriter writer(temporary / "books");
    ReaderOptions options;
    options.segment_records = 1024;
    options.map_bytes = std::size_t{4} << 30;
    options.view_age_max = std::chrono::milliseconds{150};
    Reader reader = Reader::open(temporary / "books", options);
    Shared shared(reader);
    writer.start_posting();
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { look_until_expired(shared); });
    threads.emplace_back([&] {
        while (!shared.stop.load(std::memory_order_relaxed)) reader.refresh();
    });
    std::this_thread::sleep_for(duration);
    shared.stop.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();
    static_cast<void>(writer.stop());
    EXPECT_GE(shared.views.load(), 3u);
}

}  // namespace
}  // namespace ledger
