// Eight writers and eight readers at once, while segments are sealed and merged all the time.
// Invariant tested: no view ever misses what was acknowledged before it was taken, or shows what is
// not durable; debits equal credits in every view; a view says the same for ever.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <thread>

namespace ledger {
namespace {

using namespace test;

constexpr std::uint64_t accounts = 16;
constexpr std::size_t writers = 8;
constexpr std::size_t readers = 8;
constexpr std::size_t records_of_writer = 3000;  // at most
constexpr auto duration = std::chrono::seconds{6};

/// What one writer's acknowledgements said: slots are filled once and counted by a release store.
struct Published {
    struct Slot {
        std::uint64_t id = 0;
        std::uint64_t position = 0;
    };
    std::vector<Slot> slots = std::vector<Slot>(records_of_writer);
    std::atomic<std::size_t> count{0};
    /// Each account's sum of acknowledged debit lines of this writer, in minor units.
    std::array<std::atomic<std::int64_t>, accounts + 1> debits{};
    std::atomic<int> in_flight{0};

    bool full() const { return count.load(std::memory_order_relaxed) >= records_of_writer - 64; }
    /// One thread at a time.
    void add(std::uint64_t id, Position position, std::uint64_t debit, std::int64_t amount) {
        const std::size_t at = count.load(std::memory_order_relaxed);
        slots[at] = {id, position.value};
        debits[debit].fetch_add(amount, std::memory_order_release);
        count.store(at + 1, std::memory_order_release);
    }
};

struct Round {
    explicit Round(Ledger& to) : ledger(to) {}

    Ledger& ledger;
    std::array<Published, writers> published;
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> views{0};
    std::atomic<std::uint64_t> looked_up{0};
};

std::uint64_t debit_of(std::uint64_t id) { return id % accounts + 1; }
std::uint64_t credit_of(std::uint64_t id) {
    return (id * 3 + 1) % accounts + 1 == debit_of(id) ? debit_of(id) % accounts + 1
                                                       : (id * 3 + 1) % accounts + 1;
}
std::int64_t amount_of(std::uint64_t id) { return static_cast<std::int64_t>(id % 97 + 1); }

void add_voucher(Batch& batch, std::uint64_t id) {
    batch.add_voucher(record_id(id), book)
        .debit(account_id(debit_of(id)), minor(amount_of(id)))
        .credit(account_id(credit_of(id)), minor(amount_of(id)))
        .order(order_id(id / 4));
}

void acknowledge(Round& round, std::size_t writer, std::uint64_t id, const Result& result) {
    ASSERT_EQ(result.outcome, Outcome::accepted) << explain(result.outcome);
    round.published[writer].add(id, result.position, debit_of(id), amount_of(id));
}

void write_batches(Round& round, std::size_t writer, std::uint64_t& next) {
    Batch batch;
    const std::uint64_t first = next;
    for (; next < first + 50; ++next) add_voucher(batch, next);
    const std::vector<Result> results = round.ledger.post(std::move(batch));
    for (std::size_t i = 0; i < results.size(); ++i)
        acknowledge(round, writer, first + i, results[i]);
}

void write_one(Round& round, std::size_t writer, std::uint64_t& next) {
    const std::uint64_t id = next++;
    Voucher voucher = transfer(id, debit_of(id), credit_of(id), amount_of(id));
    const Receipt receipt = round.ledger.post(voucher);
    ASSERT_EQ(receipt.balances.size(), 2u);
    acknowledge(round, writer, id, receipt.result);
}

/// Eight in flight at once; the callbacks run one after the other on the committing thread.
void write_async(Round& round, std::size_t writer, std::uint64_t& next) {
    std::atomic<int>& open = round.published[writer].in_flight;
    Batch single;
    for (int i = 0; i < 8; ++i) {
        const std::uint64_t id = next++;
        single.clear();
        add_voucher(single, id);
        open.fetch_add(1, std::memory_order_relaxed);
        const bool taken =
            round.ledger.post_async(single, [&round, &open, writer, id](const Result& result) {
                acknowledge(round, writer, id, result);
                if (open.fetch_sub(1, std::memory_order_acq_rel) == 1) open.notify_all();
            });
        if (!taken) open.fetch_sub(1, std::memory_order_acq_rel);
    }
    for (int left = open.load(); left != 0; left = open.load()) open.wait(left);
}

void write(Round& round, std::size_t writer) {
    std::uint64_t next = (writer + 1) * 1'000'000;
    while (!round.stop.load(std::memory_order_relaxed) && !round.published[writer].full()) {
        if (writer % 3 == 0) {
            write_batches(round, writer, next);
        } else if (writer % 3 == 1) {
            write_one(round, writer, next);
        } else {
            write_async(round, writer, next);
        }
    }
}

/// What was published before a view was taken.
struct Seen {
    std::array<std::size_t, writers> counts{};
    std::array<std::int64_t, accounts + 1> debits{};

    explicit Seen(const Round& round) {
        for (std::size_t writer = 0; writer < writers; ++writer) {
            const Published& published = round.published[writer];
            counts[writer] = published.count.load(std::memory_order_acquire);
            for (std::uint64_t account = 1; account <= accounts; ++account) {
                debits[account] += published.debits[account].load(std::memory_order_acquire);
            }
        }
    }
};

void check_vouchers(Round& round, const Seen& seen, const View& view, std::mt19937_64& random) {
    for (std::size_t writer = 0; writer < writers; ++writer) {
        if (seen.counts[writer] == 0) continue;
        for (int i = 0; i < 2; ++i) {
            // The newest one, and any.
            const std::size_t at =
                i == 0 ? seen.counts[writer] - 1 : random() % seen.counts[writer];
            const Published::Slot& slot = round.published[writer].slots[at];
            ASSERT_LE(slot.position, view.position().value);
            const auto posted = view.voucher(record_id(slot.id));
            ASSERT_TRUE(posted) << "voucher " << slot.id << " was acknowledged and is missed";
            ASSERT_EQ(posted->position.value, slot.position);
            Range only;
            only.from_position = only.to_position = posted->position;
            const Page<AccountEntry> lines = view.lines(account_id(debit_of(slot.id)), {}, only);
            ASSERT_EQ(lines.items.size(), 1u) << "the line of voucher " << slot.id << " is missed";
            ASSERT_EQ(lines.items[0].amount, minor(amount_of(slot.id)));
            const Page<PostedRecord> of_order = view.records_of(order_id(slot.id / 4));
            const bool singles = writer % 3 == 1;  // those give no order
            ASSERT_TRUE(singles || std::any_of(of_order.items.begin(), of_order.items.end(),
                                               [&](const PostedRecord& record) {
                                                   return record.position.value == slot.position;
                                               }))
                << "order of voucher " << slot.id;
            round.looked_up.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

void check_account(const Seen& seen, const View& view, std::uint64_t account) {
    const Balance balance = view.balance(account_id(account)).value();
    ASSERT_GE(balance.debits, minor(seen.debits[account])) << "account " << account;
    PageRequest newest{20, true, {}};
    const Page<AccountEntry> entries = view.entries(account_id(account), newest);
    Position above = view.position() + 1;
    for (const AccountEntry& entry : entries.items) {
        ASSERT_LT(entry.position, above)
            << "entries are not newest first, or after the view's position";
        above = entry.position;
    }
    if (!entries.items.empty()) {
        ASSERT_EQ(entries.items[0].balance, balance);
    }
    // By book date and over ranges the same money, in summaries that readers make of the tail.
    const auto dated = view.balance_on(account_id(account), date_max);
    ASSERT_EQ(dated->debits, balance.debits + balance.buffered_debits) << "account " << account;
    ASSERT_EQ(dated->credits, balance.credits + balance.buffered_credits) << "account " << account;
    const InstantRange all{Instant{1}, Instant{INT64_MAX}};
    ASSERT_GE(view.highest(account_id(account), all), balance.total()) << "account " << account;
    ASSERT_LE(view.lowest(account_id(account), all), balance.total()) << "account " << account;
}

void read(Round& round, std::size_t reader) {
    std::mt19937_64 random(reader + 1);
    Position last;
    while (!round.stop.load(std::memory_order_relaxed)) {
        const Seen seen(round);
        const View view = round.ledger.view();
        ASSERT_LE(view.position(), round.ledger.stats().committed_through)
            << "a view shows what is not durable";
        ASSERT_GE(view.position(), last) << "a later view shows less";
        last = view.position();
        ASSERT_NO_FATAL_FAILURE(check_vouchers(round, seen, view, random));
        for (int i = 0; i < 3; ++i) {
            ASSERT_NO_FATAL_FAILURE(check_account(seen, view, random() % accounts + 1));
        }
        ASSERT_TRUE(is_balanced(view));
        round.views.fetch_add(1, std::memory_order_relaxed);
    }
}

/// Keeps one view while segments are sealed below it, and asks it twice.
void read_pinned(Round& round) {
    while (!round.stop.load(std::memory_order_relaxed)) {
        const View view = round.ledger.view();
        const auto answers = [&] {
            std::string text = std::to_string(view.position().value);
            for (std::uint64_t account = 1; account <= accounts; ++account) {
                text += text_of(view.balance(account_id(account)).value());
                for (const AccountEntry& entry :
                     view.entries(account_id(account), {30, true, {}}).items) {
                    text += std::to_string(entry.position.value) + to_string(entry.amount);
                }
            }
            for (const TrialSum& sum : view.trial_sums()) text += sum.debits + "=" + sum.credits;
            return text;
        };
        const std::string first = answers();
        const Position sealed = round.ledger.stats().sealed_through;
        for (int i = 0; i < 100 && !round.stop.load(std::memory_order_relaxed) &&
                        round.ledger.stats().sealed_through == sealed;
             ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        ASSERT_EQ(first, answers()) << "a pinned view changed its answers";
    }
}

TEST(ThreadsLedger, NoViewMissesWhatWasAcknowledgedOrShowsWhatIsNotDurable) {
    TemporaryDirectory temporary;
    Ledger ledger = Ledger::create(temporary / "books", small_options());
    ASSERT_TRUE(all_accepted(ledger.post(foundations(accounts))));
    const auto round = std::make_unique<Round>(ledger);
    std::vector<std::thread> threads;
    for (std::size_t reader = 0; reader < readers; ++reader) {
        if (reader == 0) {
            threads.emplace_back([&] { read_pinned(*round); });
        } else {
            threads.emplace_back([&, reader] { read(*round, reader); });
        }
    }
    std::vector<std::thread> posting;
    for (std::size_t writer = 0; writer < writers; ++writer) {
        posting.emplace_back([&, writer] { write(*round, writer); });
    }
    const auto end = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < end && !testing::Test::HasFailure()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    round->stop = true;
    for (std::thread& thread : posting) thread.join();
    for (std::thread& thread : threads) thread.join();
    ledger.seal();
    const View view = ledger.view();
    std::size_t acknowledged = 0;
    for (std::size_t writer = 0; writer < writers; ++writer) {
        const Published& published = round->published[writer];
        acknowledged += published.count;
        EXPECT_GT(published.count, 0u) << "writer " << writer << " never came to its turn";
        for (std::size_t i = 0; i < published.count; ++i) {
            ASSERT_EQ(view.voucher(record_id(published.slots[i].id)).value().position.value,
                      published.slots[i].position);
        }
    }
    EXPECT_TRUE(is_balanced(view));
    std::printf("%zu acknowledged, %llu views, %llu look-ups, %llu segments\n", acknowledged,
                static_cast<unsigned long long>(round->views),
                static_cast<unsigned long long>(round->looked_up),
                static_cast<unsigned long long>(ledger.stats().segments));
}

TEST(ThreadsLedger, ClosingWhileManyPostAnswersEveryone) {
    TemporaryDirectory temporary;
    std::atomic<std::uint64_t> accepted{0}, refused{0};
    {
        Ledger ledger = Ledger::create(temporary / "books", small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(accounts))));
        std::vector<std::thread> posting;
        for (std::size_t writer = 0; writer < 4; ++writer) {
            posting.emplace_back([&, writer] {
                for (std::uint64_t id = (writer + 1) * 1'000'000;; ++id) {
                    try {
                        Batch batch;
                        add_voucher(batch, id);
                        const Result result = ledger.post(std::move(batch)).front();
                        if (result) {
                            ++accepted;
                        } else if (result.outcome == Outcome::closed ||
                                   result.outcome == Outcome::overloaded) {
                            ++refused;
                        } else {
                            FAIL() << explain(result.outcome);
                        }
                    } catch (const UsageError&) {
                        return;
                    }
                }
            });
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
        ledger.close();
        for (std::thread& thread : posting) thread.join();
    }
    Ledger ledger = Ledger::open(temporary / "books", small_options());
    std::uint64_t found = 0;
    const View view = ledger.view();
    for (Position at{1}; at <= view.position(); at = at + 1) found += view.voucher(at) ? 1 : 0;
    EXPECT_EQ(found, accepted);
}

}  // namespace
}  // namespace ledger
