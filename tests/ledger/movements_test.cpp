// Sweeps over all accounts: what each moved over ranges of the past, against the vouchers added up
// one by one, in tail and segments; pages, books, the order of the chart.
#include "support/seeds.hpp"
#include "support/small_ledger.hpp"

#include "ledger/core/clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace ledger {
namespace {

using test::account_id;
using test::all_accepted;
using test::record_id;

constexpr BookId other_book{9};
constexpr std::uint64_t accounts = 300;
const Date first_day = parse_date("2026-11-02");

/// Accounts by threes: two of book 1, whose codes are few and partly long, and one of book 9.
OpenAccount opening(std::uint64_t number) {
    OpenAccount open = test::plain_account(number);
    if (number % 3 == 0) open.book = other_book;
    const std::string few = std::to_string(number % 7);
    open.code = number % 2 == 0 ? "b" + few : "a-code-of-over-16-bytes-" + few;
    return open;
}

struct Line {
    std::uint64_t account = 0;
    Side side = Side::debit;
    std::int64_t amount = 0;
    Position position;
    Date date;
};

/// A ledger of random vouchers, and the plain list of their lines.
class Movements : public testing::Test {
protected:
    Movements() {
        Batch batch = test::foundations(0);
        batch.add(DefineBook{other_book, "other", false, 0, Date::none()});
        for (std::uint64_t number = 1; number <= accounts; ++number) batch.add(opening(number));
        EXPECT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    }

    void post_vouchers(std::uint64_t count) {
        Batch batch;
        for (std::uint64_t i = 0; i < count; ++i) {
            // Few accounts move often, most of them rarely.
            const std::uint64_t debit = 1 + random_() % (random_() % accounts + 1);
            std::uint64_t credit = 1 + random_() % (random_() % accounts + 1);
            while ((debit % 3 == 0) != (credit % 3 == 0)) credit = 1 + random_() % accounts;
            const auto amount = static_cast<std::int64_t>(random_() % 1000 + 1);
            const Date date = first_day + static_cast<std::int32_t>(random_() % 20);
            batch.add_voucher(record_id(++vouchers_), opening(debit).book)
                .debit(account_id(debit), Amount{amount})
                .credit(account_id(credit), Amount{amount})
                .book_date(date);
            posted_.push_back({debit, Side::debit, amount, {}, date});
            posted_.push_back({credit, Side::credit, amount, {}, date});
        }
        const std::vector<Result> results = ledger_.post(std::move(batch));
        ASSERT_TRUE(all_accepted(results));
        for (std::size_t i = 0; i < results.size(); ++i) {
            posted_[posted_.size() - 2 * count + 2 * i].position = results[i].position;
            posted_[posted_.size() - 2 * count + 2 * i + 1].position = results[i].position;
        }
    }

    /// What the lines for which `counts` holds come to on each account.
    template <class Counts>
    std::map<AccountId, Turnover> sums(Counts counts) const {
        std::map<AccountId, Turnover> found;
        for (const Line& line : posted_) {
            if (!counts(line)) continue;
            Turnover& turnover = found[account_id(line.account)];
            (line.side == Side::debit ? turnover.debits : turnover.credits) += Amount{line.amount};
        }
        return found;
    }

    static std::vector<AccountMovement> all(const View& view, BookId book,
                                            const MovementRange& range, std::size_t size) {
        std::vector<AccountMovement> found;
        PageRequest page{size, false, {}};
        do {
            Page<AccountMovement> some = view.movements(book, range, page);
            EXPECT_LE(some.items.size(), size);
            std::ranges::move(some.items, std::back_inserter(found));
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
        return found;
    }

    /// Both sweeps over both books give these sums.
    void expect(const View& view, const MovementRange& range, std::map<AccountId, Turnover> before,
                std::map<AccountId, Turnover> through) {
        for (const BookId book : {test::book, other_book}) {
            const std::size_t size = 1 + random_() % 150;
            const std::vector<AccountMovement> found = all(view, book, range, size);
            ASSERT_EQ(found.size(), book == test::book ? 200u : 100u);
            EXPECT_TRUE(std::ranges::is_sorted(found, {}, &AccountMovement::handle));
            std::map<AccountId, AccountMovement> by_id;
            for (const AccountMovement& movement : found) {
                ASSERT_EQ(movement.before, before[movement.id]);
                ASSERT_EQ(movement.through, through[movement.id]);
                ASSERT_EQ(movement.currency, CurrencyCode("CNY"));
                by_id[movement.id] = movement;
            }
            expect_in_chart(view, book, range, by_id, size);
        }
    }

    void expect_in_chart(const View& view, BookId book, const MovementRange& range,
                         const std::map<AccountId, AccountMovement>& wanted, std::size_t size) {
        std::string code;
        std::size_t count = 0;
        PageRequest page{size, false, {}};
        do {
            const Page<ChartMovement> some = view.chart_movements("", book, range, page);
            for (const ChartMovement& found : some.items) {
                ASSERT_EQ(found.movement, wanted.at(found.movement.id));
                ASSERT_EQ(found.code, opening(found.movement.id.low()).code);
                ASSERT_LE(code.substr(0, 16), found.code.substr(0, 16));
                code = found.code;
                ++count;
            }
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
        ASSERT_EQ(count, wanted.size());
    }

    void expect_random_ranges(const View& view) {
        for (int i = 0; i < 20; ++i) {
            Position from{random_() % view.position().value + 1};
            Position to{random_() % view.position().value + 1};
            if (to < from) std::swap(from, to);
            from = std::max(from, Position{400});  // all accounts are open then
            to = std::max(to, Position{400});
            expect(view, Range{from, to, {}, {}},
                   sums([&](const Line& line) { return line.position < from; }),
                   sums([&](const Line& line) { return line.position <= to; }));
            Date first = first_day + static_cast<std::int32_t>(random_() % 22) + -1;
            Date last = first_day + static_cast<std::int32_t>(random_() % 22) + -1;
            if (last < first) std::swap(first, last);
            const auto known = [&](const Line& line) { return line.position <= view.position(); };
            expect(view, DateRange{first, last},
                   sums([&](const Line& line) { return known(line) && line.date < first; }),
                   sums([&](const Line& line) { return known(line) && line.date <= last; }));
        }
    }

    test::TemporaryDirectory home_;
    ManualClock clock_{test::start_instant};
    Ledger ledger_ = Ledger::create(home_ / "books", test::small_options(&clock_));
    std::mt19937_64 random_{oracle::chosen_seeds(1).first};
    std::uint64_t vouchers_ = 0;
    std::vector<Line> posted_;
};

TEST_F(Movements, AreTheSumsOfTheLines) {
    for (int i = 0; i < 30; ++i) post_vouchers(250);
    expect_random_ranges(ledger_.view());
    ledger_.seal();
    for (int i = 0; i < 3; ++i) post_vouchers(100);  // tail over segments
    const View view = ledger_.view();
    expect_random_ranges(view);
    expect_random_ranges(view.at(Position{4000}));
    expect(view, Range{}, {}, sums([](const Line&) { return true; }));
}

TEST_F(Movements, ThoseOpenedLaterAreNotThereYet) {
    const View view = ledger_.view();
    // The currency, two books, then one account a record.
    EXPECT_EQ(all(view, test::book, Range{{}, {3}, {}, {}}, 100).size(), 0u);
    EXPECT_EQ(all(view, test::book, Range{{}, {5}, {}, {}}, 100).size(), 2u);
    EXPECT_EQ(all(view.at(Position{6}), other_book, Range{}, 100).size(), 1u);
    EXPECT_EQ(all(view.at(Position{6}), other_book, DateRange{first_day, first_day}, 1).size(), 1u);
}

TEST_F(Movements, ARangeOfInstantsIsOneOfPositions) {
    post_vouchers(10);
    const Instant then = ledger_.view().instant();
    clock_.advance(std::chrono::hours{1});
    post_vouchers(10);
    const View view = ledger_.view();
    const Position last{posted_[19].position};
    EXPECT_EQ(all(view, test::book, Range{{}, {}, {}, then}, 100),
              all(view, test::book, Range{{}, last, {}, {}}, 100));
    EXPECT_EQ(all(view, test::book, Range{{}, {}, then + std::chrono::seconds{1}, {}}, 100),
              all(view, test::book, Range{last + 1, {}, {}, {}}, 100));
}

TEST_F(Movements, RefuseWhatTheyCannotRead) {
    const View view = ledger_.view();
    EXPECT_THROW(view.movements(test::book, Range{}, {10, true, {}}), InvalidArgument);
    EXPECT_THROW(view.chart_movements("", test::book, Range{}, {10, true, {}}), InvalidArgument);
    EXPECT_THROW(view.movements(test::book, Range{}, {0, false, {}}), InvalidArgument);
    EXPECT_THROW(view.movements(test::book, DateRange{first_day, first_day + -1}), InvalidArgument);
    EXPECT_THROW(view.movements(test::book, Range{}, {10, false, "x"}), InvalidArgument);
    EXPECT_TRUE(view.movements(BookId{77}, Range{}).items.empty());
}

}  // namespace
}  // namespace ledger
