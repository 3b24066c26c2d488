// Sealing while views are taken, and sealing that fails half-way. Invariant tested: no moment of
// sealing shows in an answer, and a step that failed leaves nothing that the next one, or a
// reopened ledger, trips over.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

namespace ledger {
namespace {

using namespace test;

Options stepped_options() {
    Options options = small_options();
    options.background = false;
    options.digest = Digest::none;  // no records of the engine's own
    return options;
}

/// Accounts first..first+count-1 with the codes `code(number)`.
template <class Code>
Batch openings(std::uint64_t first, std::uint64_t count, Code code) {
    Batch batch;
    for (std::uint64_t number = first; number < first + count; ++number) {
        OpenAccount open = plain_account(number);
        open.code = code(number);
        batch.add(open);
    }
    return batch;
}

TEST(ThreadsSealing, AccountsAreAllListedWhileTheirKeysAreInTailAndCheckpoint) {
    constexpr std::uint64_t per_batch = 8000;
    constexpr std::uint64_t batches = 4;
    // The batches interleave, so that every one has its part in the first page.
    const auto code = [](std::uint64_t place, std::uint64_t of_batch) {
        return "c" + std::to_string(1'000'000 + place * batches + of_batch);
    };
    TemporaryDirectory temporary;
    Options options = stepped_options();
    options.readers_max = 2000;
    Ledger ledger = Ledger::create(temporary / "books", options);
    ASSERT_TRUE(all_accepted(ledger.post(foundations(0))));
    const std::uint64_t before = ledger.view().position().value;
    for (std::uint64_t batch = 0; batch < batches; ++batch) {
        ASSERT_TRUE(all_accepted(
            ledger.post(openings(1 + batch * per_batch, per_batch, [&](std::uint64_t number) {
                return code((number - 1) % per_batch, batch);
            }))));
        std::atomic<bool> sealed{false};
        std::thread sealer([&] {
            ledger.seal();
            sealed = true;
        });
        std::vector<View> views;
        while (!sealed && views.size() < 500) {
            views.push_back(ledger.view());
            std::this_thread::sleep_for(std::chrono::microseconds{100});
        }
        sealer.join();
        for (const View& view : views) {
            const std::uint64_t shown = (view.position().value - before) / per_batch;
            const auto page = view.accounts("", {100, false, {}}).items;
            ASSERT_EQ(page.size(), 100u);
            for (std::size_t i = 0; i < page.size(); ++i) {
                ASSERT_EQ(page[i].code, code(i / shown, i % shown));
            }
        }
    }
}

/// Takes views until no reader's slot is left for another.
std::vector<View> all_views(const Ledger& ledger) {
    std::vector<View> views;
    try {
        while (views.size() < 100) views.push_back(ledger.view());
        ADD_FAILURE() << "there seem to be slots without end";
    } catch (const StorageError&) {
    }
    return views;
}

TEST(Sealing, OneFreeReaderSlotIsEnough) {
    TemporaryDirectory temporary;
    Options options = stepped_options();
    options.readers_max = 6;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", options);
        ASSERT_TRUE(all_accepted(ledger.post(foundations(30))));
        ASSERT_TRUE(all_accepted(ledger.post(transfers(1, 1100, 30))));
        std::vector<View> views = all_views(ledger);
        ASSERT_FALSE(views.empty());
        EXPECT_FALSE(ledger.step());
        views.pop_back();
        EXPECT_TRUE(ledger.step());
        EXPECT_EQ(ledger.stats().segments, 1u);
        views.clear();
        ledger.seal();
        before = dump(ledger.view());
    }
    Ledger ledger = Ledger::open(temporary / "books", options);
    const std::string after = dump(ledger.view());
    EXPECT_TRUE(before == after) << first_difference(before, after);
}

TEST(ThreadsSealing, GoesOnAfterViewsTookItsReaderSlotsNowAndThen) {
    TemporaryDirectory temporary;
    Options options = stepped_options();
    options.readers_max = 6;
    std::string before;
    {
        Ledger ledger = Ledger::create(temporary / "books", options);
        ASSERT_TRUE(all_accepted(ledger.post(foundations(30))));
        std::vector<View> views = all_views(ledger);
        for (int free = 0; free < 2; ++free) views.pop_back();
        std::atomic<bool> stop{false};
        const auto read = [&] {
            while (!stop) {
                try {
                    const View view = ledger.view();
                } catch (const StorageError&) {
                }
            }
        };
        std::thread one(read);
        std::thread other(read);
        for (std::uint64_t id = 1; id < 20'000; id += 1000) {
            EXPECT_TRUE(all_accepted(ledger.post(transfers(id, 1000, 30))));
            ledger.seal();
        }
        stop = true;
        one.join();
        other.join();
        EXPECT_EQ(ledger.stats().segments, 20u);
        views.clear();
        before = dump(ledger.view());
    }
    Ledger ledger = Ledger::open(temporary / "books", options);
    const std::string after = dump(ledger.view());
    EXPECT_TRUE(before == after) << first_difference(before, after);
}

/// No file of this process grows beyond so many bytes.
class FileLimit {
public:
    explicit FileLimit(std::uint64_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
    sighandler_t handler_;
};

TEST(Sealing, HeadsThatCouldNotBeSavedAreNotTakenForSaved) {
    // Heads are saved in blocks of some 32,000 accounts: the last account's block is not the first
    // one's.
    constexpr std::uint64_t last = 40'000;
    TemporaryDirectory temporary;
    Options options = stepped_options();
    options.segment_records = std::size_t{1} << 16;
    {
        Ledger ledger = Ledger::create(temporary / "books", options);
        const View oldest = ledger.view();  // no page that is free since is used again: files grow
        ASSERT_TRUE(all_accepted(ledger.post(foundations(0))));
        for (std::uint64_t number = 1; number <= last; number += 8000) {
            ASSERT_TRUE(all_accepted(ledger.post(
                openings(number, 8000, [](std::uint64_t n) { return "c" + std::to_string(n); }))));
        }
        ledger.seal();
        while (ledger.step()) {
        }
        ASSERT_TRUE(ledger.post(transfer(1, last, last - 1, 5)));
        ledger.seal();
        {
            const FileLimit full(ledger.stats().checkpoint_bytes);
            EXPECT_FALSE(ledger.step()) << "the heads found room to be saved";
        }
        ASSERT_TRUE(ledger.post(transfer(2, 1, 2, 7)));
        ledger.seal();
        while (ledger.step()) {
        }
    }
    Ledger ledger = Ledger::open(temporary / "books", options);
    const View view = ledger.view();
    EXPECT_EQ(view.balance(account_id(last)).value().total(), minor(5));
    EXPECT_EQ(view.balance(account_id(last - 1)).value().total(), minor(-5));
    EXPECT_EQ(view.balance(account_id(1)).value().total(), minor(7));
    EXPECT_EQ(view.entries(account_id(last)).items.size(), 2u);
}

TEST(Sealing, APreciseHoldNeedsNoReaderSlot) {
    TemporaryDirectory temporary;
    Options options = small_options();
    options.background = false;
    options.readers_max = 4;
    Ledger ledger = Ledger::create(temporary / "books", options);
    ASSERT_TRUE(all_accepted(ledger.post(foundations(3))));
    ASSERT_TRUE(ledger.post(transfer(1, 1, 2, 30)));
    ledger.seal();
    ASSERT_TRUE(ledger.post(transfer(2, 3, 1, 10)));
    ASSERT_TRUE(ledger.post(transfer(3, 1, 3, 4)));
    std::vector<View> views = all_views(ledger);
    PlaceHold hold;
    hold.account = account_id(1);
    hold.kind = HoldKind::precise;
    for (std::uint64_t source : {1, 3}) {
        hold.sources = {record_id(source)};
        EXPECT_EQ(ledger.post(record_id(10 + source), hold).result.outcome, Outcome::accepted);
    }
    views.clear();
    EXPECT_EQ(ledger.view().hold(record_id(11)).value().placed, minor(20));
    EXPECT_EQ(ledger.view().hold(record_id(13)).value().placed, minor(4));
}

}  // namespace
}  // namespace ledger
