// One thread appends, one seals and drops, several read, as in the engine: every reader finds at
// its pinned position exactly what was appended up to it, whatever happens meanwhile. Meant for
// TSan.
#include "fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace ledger::history {

namespace {

constexpr std::uint32_t accounts = 40;
constexpr TailCapacity capacity{.entries = 4'000, .reserved = 4'000, .batches = 400};

/// Voucher p moves 1 from account p % accounts (credit) to account 0 (debit): so every total is
/// known.
i128 debits_of_hot(Position at) { return static_cast<i128>(at.value); }
i128 credits_of(std::uint32_t account, Position at) {
    return static_cast<i128>((at.value + accounts - account) / accounts) - (account == 0 ? 1 : 0);
}

class Shared {
public:
    using Generations = std::vector<std::shared_ptr<const TailGeneration>>;

    Shared() : published_(std::make_shared<Generations>()) {}

    std::shared_ptr<TailGeneration> take() {
        std::unique_ptr<TailGeneration> made;
        {
            const std::lock_guard lock(mutex_);
            if (!spare_.empty()) {
                made = std::move(spare_.back());
                spare_.pop_back();
            }
        }
        if (made == nullptr) made = std::make_unique<TailGeneration>(capacity);
        return {made.release(), [this](TailGeneration* used) {
                    used->clear();
                    const std::lock_guard lock(mutex_);
                    spare_.emplace_back(used);
                }};
    }
    void push(const std::shared_ptr<TailGeneration>& generation) {
        const std::lock_guard lock(mutex_);
        unsealed_.push_back(generation);
        publish();
    }
    /// The oldest generation that is full; null after the end.
    std::shared_ptr<TailGeneration> wait_full() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return unsealed_.size() > 1 || ended_; });
        return unsealed_.size() > 1 ? unsealed_.front() : nullptr;
    }
    void wait_room() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return unsealed_.size() < 4; });
    }
    void drop_oldest() {
        const std::lock_guard lock(mutex_);
        unsealed_.pop_front();
        publish();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }
    std::shared_ptr<const Generations> generations() {
        const std::lock_guard lock(mutex_);
        return published_;
    }

    std::atomic<std::uint64_t> committed{0};
    std::atomic<bool> reading{true};

private:
    void publish() {
        published_ = std::make_shared<Generations>(unsealed_.rbegin(), unsealed_.rend());
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<TailGeneration>> spare_;
    std::deque<std::shared_ptr<TailGeneration>> unsealed_;
    std::shared_ptr<const Generations> published_;
    bool ended_ = false;
};

void append_all(Shared& shared, std::uint64_t vouchers) {
    std::vector<i128> credits(accounts, 0);
    std::mt19937_64 random(3);
    auto open = shared.take();
    shared.push(open);
    posting::Effects effects;
    for (std::uint64_t first = 1; first <= vouchers;) {
        const std::uint64_t last = std::min(vouchers, first + random() % 50);
        effects.clear();
        for (std::uint64_t p = first; p <= last; ++p) {
            const auto from = static_cast<std::uint32_t>(p % accounts);
            posting::Entry debit;
            debit.position = {p};
            debit.account = {0};
            debit.debits = static_cast<i128>(p);
            debit.credits = credits[0];
            posting::Entry credit = debit;
            credit.account = {from};
            credit.line = 1;
            credit.flags = posting::entry_flag::credit;
            credit.credits = ++credits[from];
            if (from != 0) credit.debits = 0;
            effects.entries.push_back(debit);
            effects.entries.push_back(credit);
        }
        if (!open->fits(effects)) {
            shared.wait_room();
            open = shared.take();
            shared.push(open);
        }
        open->append(effects, {{first}, {last}, {static_cast<std::int64_t>(last)}});
        shared.committed.store(last, std::memory_order_release);
        first = last + 1;
    }
    shared.end();
}

void seal_all(Shared& shared, SegmentFile& file) {
    int sealed = 0;
    while (const auto generation = shared.wait_full()) {
        file.seal(*generation, sealed % 2 == 0 ? std::size_t{48} << 20 : 4096);
        if (++sealed % 5 == 0) file.save_heads();
        shared.drop_oldest();
    }
}

void read(Shared& shared, SegmentFile& file, unsigned seed) {
    std::mt19937_64 random(seed);
    while (shared.reading.load()) {
        const Position limit{shared.committed.load(std::memory_order_acquire)};
        const auto generations = shared.generations();
        const storage::ReadTransaction transaction = file.read();
        const HistorySources sources{*generations, file.segments.get(), &transaction, limit};
        for (int query = 0; query < 30 && limit.value > 0; ++query) {
            const auto account = static_cast<std::uint32_t>(random() % accounts);
            const AccountHistory history(sources, {account});
            const Position at{1 + random() % limit.value};
            const Standing standing = history.standing_at(at);
            ASSERT_EQ(standing.totals.debits, account == 0 ? debits_of_hot(at) : 0);
            ASSERT_EQ(standing.totals.credits, credits_of(account, at));

            const AccountHistory hot(sources, {0});
            const std::size_t size = 1 + random() % 100;
            const bool back = random() % 2 == 0;
            const std::vector<EntryView> page =
                back ? backward(sources, {0}, EntryCursor::before(at + 1), size)
                     : forward(sources, {0}, EntryCursor::before(at), size);
            ASSERT_FALSE(page.empty());
            ASSERT_EQ(page.front().position, at);
            for (std::size_t i = 1; i < page.size(); ++i) {
                const EntryView& older = back ? page[i] : page[i - 1];
                const EntryView& newer = back ? page[i - 1] : page[i];
                const bool same = older.position == newer.position;
                ASSERT_EQ(older.position.value + (same ? 0 : 1), newer.position.value);
                ASSERT_EQ(newer.amount, 1);
            }
            const Summary summary = hot.summary({1}, at);
            ASSERT_EQ(summary.closing.debits, debits_of_hot(at));
        }
    }
}

}  // namespace

TEST(ThreadsSegments, ReadersSeeEverythingWhileOthersAppendAndSeal) {
    SegmentFile file;
    Shared shared;
    std::vector<std::thread> readers;
    for (unsigned i = 0; i < 4; ++i) {
        readers.emplace_back([&, i] { read(shared, file, i); });
    }
    std::thread sealer([&] { seal_all(shared, file); });
    append_all(shared, 60'000);
    sealer.join();
    shared.reading.store(false);
    for (std::thread& reader : readers) reader.join();
    EXPECT_GT(file.segments->last_segment(), 20U);
    const storage::ReadTransaction transaction = file.read();
    for (std::uint32_t i = 1; i <= file.segments->last_segment(); ++i) {
        file.segments->verify(transaction, i);
    }
}

}  // namespace ledger::history
