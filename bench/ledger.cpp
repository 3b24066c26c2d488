// What a caller of the public face pays: posting in batches and one by one, and asking a ledger
// that has a past. Everything is durable and in production's options; figures that go to docs come
// from `ledgerctl bench`, whose runs are longer and end in a kill.
#include "ledger/ledger.hpp"
#include "support.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace ledger;

constexpr BookId book{1};
constexpr std::uint64_t accounts = 10'000;
constexpr std::size_t batch_vouchers = 8190;
constexpr std::size_t in_flight = 3;

AccountId account_at(std::uint64_t number) { return {1, number + 1}; }

enum class Shape { plain, hot_account, buffered_hot_account, holds };

/// A ledger of 10,000 accounts, and the records that go to it; account 0 is the hot one.
class Bench {
public:
    explicit Bench(Shape shape) : shape_(shape), ledger(Ledger::create(home_.path() / "ledger")) {
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("USD")});
        DefineBook bench_book;
        bench_book.book = book;
        batch.add(bench_book);
        for (std::uint64_t number = 0; number < accounts; ++number) {
            OpenAccount account;
            account.id = account_at(number);
            account.book = book;
            account.currency = CurrencyCode("USD");
            account.code = "2202";
            account.kind = AccountKind::liability;
            if (number == 0 && shape == Shape::buffered_hot_account) {
                account.buffering.window = std::chrono::milliseconds{100};
            }
            batch.add(account);
        }
        demand(ledger.post(std::move(batch)));
    }

    static void demand(const std::vector<Result>& results) {
        for (const Result& result : results) {
            if (!result)
                throw std::runtime_error("refused: " + std::string(explain(result.outcome)));
        }
    }

    void fill(Batch& batch, std::size_t records) {
        batch.clear();
        while (batch.size() < records) {
            const std::uint64_t id = ++posted_;
            if (shape_ == Shape::holds && id % 3 == 0) {
                hold(batch, id);
                continue;
            }
            const bool is_hot =
                shape_ == Shape::hot_account || shape_ == Shape::buffered_hot_account;
            batch.add_voucher({2, id}, book)
                .debit(account_at(is_hot ? 0 : random() / 2 * 2), Amount{100})
                .credit(account_at(random() / 2 * 2 + 1), Amount{100});
        }
    }
    std::uint64_t next_id() noexcept { return ++posted_; }
    std::uint64_t posted() const noexcept { return posted_; }
    /// An account's number.
    std::uint64_t random() { return random_() % accounts; }

    /// Posts until everything given is acknowledged, with a few batches on the way.
    void post(std::size_t batches) {
        std::unique_lock lock(mutex_);
        for (std::size_t i = 0; i < batches; ++i) {
            answered_.wait(lock, [&] { return flying_ < in_flight; });
            Batch batch;
            if (!idle_.empty()) {
                batch = std::move(idle_.back());
                idle_.pop_back();
            }
            ++flying_;
            lock.unlock();
            fill(batch, batch_vouchers);
            const bool is_taken =
                ledger.post_async(batch, [this](std::span<const Result> results, Batch&& used) {
                    const std::scoped_lock held(mutex_);
                    for (const Result& result : results) refused_ += result ? 0 : 1;
                    idle_.push_back(std::move(used));
                    --flying_;
                    answered_.notify_one();
                });
            if (!is_taken) throw std::runtime_error("the queue is full");
            lock.lock();
        }
        answered_.wait(lock, [&] { return flying_ == 0; });
        if (refused_ != 0) throw std::runtime_error("records were refused");
    }

private:
    /// Places and releases in turn.
    void hold(Batch& batch, std::uint64_t id) {
        if (id / 3 % 2 == 1) {
            PlaceHold place;
            place.account = account_at(random());
            place.amount = Amount{10};
            open_ = {3, id};
            batch.add(open_, place);
        } else {
            ReleaseHold release;
            release.hold = open_;
            batch.add({3, id}, release);
        }
    }

    bench::TemporaryDirectory home_;
    Shape shape_;
    std::uint64_t posted_ = 0;
    RecordId open_{};
    std::mt19937_64 random_{42};
    std::mutex mutex_;
    std::condition_variable answered_;
    std::vector<Batch> idle_;
    std::size_t flying_ = 0;
    std::size_t refused_ = 0;

public:
    Ledger ledger;  // the last member: gone before what its answers touch
};

void post_batches(benchmark::State& state, Shape shape) {
    Bench bench(shape);
    constexpr std::size_t batches = 64;
    bench.post(batches);
    for (auto _ : state) bench.post(batches);
    state.SetItemsProcessed(state.iterations() * std::int64_t{batches * batch_vouchers});
}
void post_plain(benchmark::State& state) { post_batches(state, Shape::plain); }
void post_hot_account(benchmark::State& state) { post_batches(state, Shape::hot_account); }
void post_buffered(benchmark::State& state) { post_batches(state, Shape::buffered_hot_account); }
void post_holds(benchmark::State& state) { post_batches(state, Shape::holds); }
BENCHMARK(post_plain)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3);
BENCHMARK(post_hot_account)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3);
BENCHMARK(post_buffered)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3);
BENCHMARK(post_holds)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3);

/// One voucher, synchronous, with the balances after it: two syncs of the disk.
void post_one(benchmark::State& state) {
    Bench bench(Shape::plain);
    Voucher voucher;
    voucher.book = book;
    voucher.lines.resize(2);
    for (VoucherLine& line : voucher.lines) line.amount = Amount{100};
    voucher.lines[1].side = Side::credit;
    for (auto _ : state) {
        voucher.id = {2, bench.next_id()};
        voucher.lines[0].account = account_at(bench.random() / 2 * 2);
        voucher.lines[1].account = account_at(bench.random() / 2 * 2 + 1);
        Bench::demand({{bench.ledger.post(voucher).result}});
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(post_one)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// 4 M vouchers, most of them sealed, some in the tail; made once for all queries.
Bench& with_a_past() {
    static const auto bench = [] {
        auto made = std::make_unique<Bench>(Shape::plain);
        made->post(500);
        return made;
    }();
    return *bench;
}

void take_view(benchmark::State& state) {
    Bench& bench = with_a_past();
    for (auto _ : state) benchmark::DoNotOptimize(bench.ledger.view());
}
void balance_now(benchmark::State& state) {
    Bench& bench = with_a_past();
    const View view = bench.ledger.view();
    for (auto _ : state) {
        const auto balance = view.balance(account_at(bench.random()));
        if (!balance) throw std::runtime_error("an account is missing");
    }
    state.SetItemsProcessed(state.iterations());
}
void voucher_by_id(benchmark::State& state) {
    Bench& bench = with_a_past();
    const View view = bench.ledger.view();
    std::mt19937_64 random(7);
    for (auto _ : state) {
        if (!view.voucher(VoucherId{2, 1 + random() % bench.posted()})) {
            throw std::runtime_error("a voucher is missing");
        }
    }
    state.SetItemsProcessed(state.iterations());
}
/// The newest page of lines of a random account; items are lines.
void lines_of_account(benchmark::State& state) {
    Bench& bench = with_a_past();
    const View view = bench.ledger.view();
    PageRequest page;
    page.size = static_cast<std::size_t>(state.range(0));
    page.backward = true;
    std::int64_t lines = 0;
    for (auto _ : state) {
        lines += std::ssize(view.lines(account_at(bench.random()), page).items);
    }
    state.SetItemsProcessed(lines);
}
/// The whole feed from the first record, most of it sealed; items are records.
void follow_feed(benchmark::State& state) {
    Bench& bench = with_a_past();
    const auto content = state.range(0) == 0 ? FeedContent::records : FeedContent::entries;
    std::vector<FeedRecord> records;
    std::int64_t given = 0;
    for (auto _ : state) {
        Feed feed = bench.ledger.follow({}, content);
        while (feed.next(records, 1000) != 0) given += std::ssize(records);
    }
    state.SetItemsProcessed(given);
}
/// The newest records, in the tail.
void follow_tail(benchmark::State& state) {
    Bench& bench = with_a_past();
    bench.post(2);
    const Position last = bench.ledger.view().position();
    const auto content = state.range(0) == 0 ? FeedContent::records : FeedContent::entries;
    std::vector<FeedRecord> records;
    std::int64_t given = 0;
    for (auto _ : state) {
        Feed feed = bench.ledger.follow({last.value - batch_vouchers}, content);
        while (feed.next(records, 1000) != 0) given += std::ssize(records);
    }
    state.SetItemsProcessed(given);
}
BENCHMARK(take_view);
BENCHMARK(balance_now);
BENCHMARK(voucher_by_id);
BENCHMARK(follow_feed)->ArgName("entries")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(follow_tail)->ArgName("entries")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(lines_of_account)->ArgName("page")->Arg(100)->Arg(1000);

}  // namespace
