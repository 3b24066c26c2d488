// What a statement job costs: the pages of the ledger's files that it reads, counted by the memory
// protection and not by the engine. Invariant tested: today's statement costs what is new, however
// much lies behind it and however long the job has been running.
#include "support/small_ledger.hpp"
#include "support/touched_pages.hpp"

#include "ledger/core/clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>

namespace ledger {
namespace {

using namespace test;

constexpr std::uint64_t accounts = 50;

/// Reads the statement to its end; returns its lines.
std::uint64_t read_statement(const View& view, AccountId account, const StatementPeriod& period) {
    Statement statement(view, account, period);
    std::vector<StatementLine> lines;
    std::uint64_t count = 0;
    for (bool is_more = true; is_more; count += lines.size()) {
        lines.clear();
        is_more = statement.next(500, lines);
    }
    return count;
}

/// What a page counter can't see is not claimed: the reason for skipping, where there is one.
std::optional<std::string> reason_not_to_count(const std::filesystem::path& directory) {
    try {
        const TouchedPages counting(directory);
        return std::nullopt;
    } catch (const std::runtime_error& failure) {
        std::string reason =
            std::string("SKIPPED, NOT TESTED: pages can't be counted here: ") + failure.what();
        std::cerr << reason << '\n';
        return reason;
    }
}

struct Cost {
    std::uint64_t lines = 0;
    std::uint64_t journal = 0;
    std::uint64_t checkpoint = 0;
    std::uint64_t all() const { return journal + checkpoint; }
};

Cost cost_of(const std::filesystem::path& directory, const View& view, AccountId account,
             const StatementPeriod& period) {
    const TouchedPages pages(directory);
    Cost cost;
    cost.lines = read_statement(view, account, period);
    cost.journal = pages.journal();
    cost.checkpoint = pages.checkpoint();
    return cost;
}

// ---- how much lies behind it

constexpr std::uint64_t today_vouchers = 400;

struct Costs {
    Cost unsealed, first, again;  ///< what is new in the tail; sealed, read first, and once more
};

/// Today's statement of one account after so many lines of history.
Costs costs_after(std::uint64_t lines) {
    const TemporaryDirectory home;
    ManualClock clock(start_instant);
    Options options = small_options(&clock);
    options.background = false;
    Ledger ledger = Ledger::create(home / "books", options);
    EXPECT_TRUE(all_accepted(ledger.post(foundations(accounts))));
    for (std::uint64_t id = 1; id <= lines / 2; id += 5000) {
        clock.advance(std::chrono::minutes{1});
        EXPECT_TRUE(all_accepted(ledger.post(transfers(id, 5000, accounts))));
        ledger.seal();
    }
    const Since yesterday{ledger.view().position()};
    clock.advance(std::chrono::hours{24});
    EXPECT_TRUE(all_accepted(ledger.post(transfers(10'000'000, today_vouchers, accounts))));
    Costs costs;
    costs.unsealed = cost_of(home / "books", ledger.view(), account_id(1), yesterday);
    ledger.seal();
    const View view = ledger.view();
    costs.first = cost_of(home / "books", view, account_id(1), yesterday);
    costs.again = cost_of(home / "books", view, account_id(1), yesterday);
    return costs;
}

void print(const char* what, std::uint64_t lines, const Cost& cost) {
    std::printf(
        "%7llu lines of history, %s: %llu lines, pages of the journal %llu, of the "
        "checkpoint %llu\n",
        static_cast<unsigned long long>(lines), what, static_cast<unsigned long long>(cost.lines),
        static_cast<unsigned long long>(cost.journal),
        static_cast<unsigned long long>(cost.checkpoint));
}

TEST(StatementCost, DoesNotDependOnTheLengthOfTheHistory) {
    {
        const TemporaryDirectory home;
        const Ledger ledger = Ledger::create(home / "books", small_options());
        if (const auto reason = reason_not_to_count(home / "books")) GTEST_SKIP() << *reason;
    }
    const Costs small = costs_after(50'000);
    const Costs large = costs_after(500'000);
    const auto compare = [&](const char* what, const Cost& few, const Cost& many) {
        print(what, 50'000, few);
        print(what, 500'000, many);
        EXPECT_EQ(few.lines, many.lines) << what;
        EXPECT_GT(few.all(), 0u) << what << ": nothing was counted";
        // A tree over ten times as much may be a level higher.
        EXPECT_LE(many.all(), few.all() + 8) << what;
    };
    compare("in the tail", small.unsealed, large.unsealed);
    compare("sealed", small.first, large.first);
    compare("once more", small.again, large.again);
}

// ---- how long the job has been running

/// A ledger that a year goes by in: vouchers by day, closed in the evening, and then the job.
class StatementJob {
public:
    StatementJob() {
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("CNY")});
        batch.add(DefineBook{book, "own money", false, 0, Date::none()});
        for (std::uint64_t number = 1; number <= customers; ++number) {
            batch.add(plain_account(number));
        }
        EXPECT_TRUE(all_accepted(ledger_.post(std::move(batch))));
        seen_ = ledger_.view().position();
    }

    std::filesystem::path directory() const { return home_ / "books"; }

    /// A day's vouchers, one of ten late for the day before, and the evening's close.
    void trade() {
        clock_.advance(std::chrono::hours{24});
        today_ = utc_date(clock_.now());
        Batch batch;
        for (std::uint64_t i = 0; i < vouchers_of_day; ++i) {
            const std::uint64_t to = 1 + i % customers;
            const std::uint64_t from = 1 + (i + 7) % customers;
            const Amount amount = minor(static_cast<std::int64_t>(++id_ % 89 + 1));
            batch.add_voucher(record_id(id_), book)
                .debit(account_id(to), amount)
                .credit(account_id(from), amount)
                .book_date(i % 10 == 0 ? today_ + -1 : today_);
        }
        batch.add(CutDay{book, today_});
        if (id_ > vouchers_of_day) batch.add(CloseDay{book, today_ + -1});
        ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
        while (ledger_.step()) {
        }
    }

    /// Every customer's statement of what is new, and by book date of today. Returns the pages that
    /// were read for all of them.
    std::uint64_t run() {
        const View view = ledger_.view();
        std::uint64_t pages = 0, lines = 0;
        for (std::uint64_t number = 1; number <= customers; ++number) {
            const AccountId account = account_id(number);
            const Cost cost = cost_of(directory(), view, account, Since{seen_});
            pages += cost.all();
            lines += cost.lines;
            pages += cost_of(directory(), view, account, DateRange{today_, today_}).all();
            const Statement again(view, account, Since{seen_});
            EXPECT_EQ(again.head().opening, closings_[account]) << "account " << number;
            closings_[account] = again.head().closing;
        }
        EXPECT_EQ(lines, 2 * vouchers_of_day);
        seen_ = view.position();
        return pages;
    }

private:
    static constexpr std::uint64_t customers = 20;
    static constexpr std::uint64_t vouchers_of_day = 100;

    const TemporaryDirectory home_;
    ManualClock clock_{start_of_utc_day(make_date(2026, 1, 4))};
    Ledger ledger_ = Ledger::create(home_ / "books", options());
    std::map<AccountId, Amount> closings_;
    Position seen_;
    Date today_ = Date::none();
    std::uint64_t id_ = 0;

    Options options() {
        Options made = small_options(&clock_);
        made.background = false;
        return made;
    }
};

TEST(StatementCost, OfAJobThatRunsDailyIsTheSameAllYear) {
    StatementJob job;
    if (const auto reason = reason_not_to_count(job.directory())) GTEST_SKIP() << *reason;
    std::vector<std::uint64_t> pages;  // by day
    for (int day = 0; day < 365; ++day) {
        ASSERT_NO_FATAL_FAILURE(job.trade());
        pages.push_back(job.run());
    }
    const auto quarter = [&](std::size_t number) {
        const auto first = pages.begin() + static_cast<std::ptrdiff_t>(91 * number);
        return std::pair{std::accumulate(first, first + 91, std::uint64_t{0}) / 91,
                         *std::max_element(first, first + 91)};
    };
    for (std::size_t number = 0; number < 4; ++number) {
        std::printf("quarter %zu: %llu pages a day, at most %llu\n", number + 1,
                    static_cast<unsigned long long>(quarter(number).first),
                    static_cast<unsigned long long>(quarter(number).second));
    }
    EXPECT_GT(quarter(0).first, 0u) << "nothing was counted";
    EXPECT_LE(quarter(3).first * 10, quarter(1).first * 11) << "the mean grew by over a tenth";
    EXPECT_LE(quarter(3).second * 10, quarter(1).second * 11) << "the worst day did";
}

}  // namespace
}  // namespace ledger
