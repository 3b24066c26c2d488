// Comparisons of two points of the past: the accounts that changed, and the vouchers that did it.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace test;

using Ids = std::vector<RecordId>;

class Comparisons : public ::testing::Test {
protected:
    Comparisons() {
        Batch batch = foundations(4);
        DefineBook second;
        second.book = BookId{2};
        batch.add(second);
        for (const std::uint64_t number : {11, 12}) {
            OpenAccount open = plain_account(number);
            open.book = BookId{2};
            batch.add(open);
        }
        EXPECT_TRUE(all_accepted(ledger_.post(batch)));
    }
    Position pay(std::uint64_t id, std::uint64_t debit, std::uint64_t credit, std::int64_t amount,
                 Date date, BookId of = book) {
        Voucher voucher = transfer(id, debit, credit, amount);
        voucher.book = of;
        voucher.book_date = date;
        return ledger_.post(voucher).result.position;
    }
    /// All accounts that changed, as "account: before -> through".
    static std::string changes(const Comparison& comparison, std::size_t size = 100) {
        std::string all;
        PageRequest page{size, false, {}};
        do {
            const Page<BookMovement> some = comparison.accounts(page);
            for (const BookMovement& one : some.items) {
                const auto net = [](const Turnover& of) {
                    return to_string(of.debits - of.credits);
                };
                all += std::to_string(one.book.number) + "/" +
                       std::to_string(one.movement.id.low()) + ": " + net(one.movement.before) +
                       " -> " + net(one.movement.through) + "; ";
            }
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
        return all;
    }
    /// In pages of this size.
    static Ids vouchers(const View& view, const ComparedSpan& span, std::size_t size = 100) {
        Comparison comparison(view, span);
        std::vector<PostedVoucher> all;
        while (comparison.next_vouchers(size, all)) {
        }
        Ids ids;
        for (const PostedVoucher& one : all) ids.push_back(one.voucher.id);
        return ids;
    }

    const Date day_ = make_date(2026, 11, 2);
    TemporaryDirectory directory_;
    ManualClock clock_{start_instant};
    Ledger ledger_ = Ledger::create(directory_ / "l", small_options(&clock_));
};

TEST_F(Comparisons, OfTwoPositionsHaveWhatWasPostedInBetween) {
    const Position first = pay(1, 1, 2, 10, day_);
    pay(2, 1, 3, 5, day_ + -1);
    const Position last = pay(3, 11, 12, 7, day_, BookId{2});
    pay(4, 4, 1, 1, day_);
    const View view = ledger_.view();
    const PositionSpan span{first, last};
    const Comparison comparison(view, span);
    const std::string expected = "1/1: 10 -> 15; 1/3: 0 -> -5; 2/11: 0 -> 7; 2/12: 0 -> -7; ";
    EXPECT_EQ(changes(comparison), expected);
    EXPECT_EQ(changes(comparison, 1), expected);
    EXPECT_EQ(vouchers(view, span), (Ids{record_id(2), record_id(3)}));
    EXPECT_EQ(vouchers(view, span, 1), (Ids{record_id(2), record_id(3)}));
    const Comparison whole(view, PositionSpan{{}, first});
    EXPECT_EQ(changes(whole), "1/1: 0 -> 10; 1/2: 0 -> -10; ");
    EXPECT_EQ(vouchers(view, PositionSpan{{}, first}, 2), Ids{record_id(1)});
}

TEST_F(Comparisons, OfTwoDaysHaveWhatBelongsToTheDaysInBetween) {
    pay(1, 1, 2, 10, day_);
    pay(2, 1, 3, 5, day_ + 3);
    pay(3, 1, 3, 6, day_ + 1);
    pay(4, 1, 3, 100, day_ + 4);
    pay(5, 11, 12, 7, day_ + 1, BookId{2});
    pay(6, 1, 2, 3, day_ + 3);
    const View view = ledger_.view();
    const DaySpan span{book, day_, day_ + 3};
    const Comparison comparison(view, span);
    EXPECT_EQ(changes(comparison), "1/1: 10 -> 24; 1/2: -10 -> -13; 1/3: 0 -> -11; ");
    for (const std::size_t size : {1, 100}) {
        EXPECT_EQ(vouchers(view, span, size), (Ids{record_id(3), record_id(2), record_id(6)}));
    }
}

TEST_F(Comparisons, OfADayKnownAtTwoPositionsHaveWhatCameForItInBetween) {
    const Position first = pay(1, 1, 2, 10, day_);
    pay(2, 1, 3, 5, day_ + 1);
    pay(3, 1, 4, 6, day_ + -2);
    pay(4, 11, 12, 7, day_, BookId{2});
    const Position last = pay(5, 1, 2, 1, day_);
    pay(6, 1, 2, 50, day_);
    const View view = ledger_.view();
    const KnownSpan span{book, day_, first, last};
    const Comparison comparison(view, span);
    EXPECT_EQ(changes(comparison), "1/1: 10 -> 17; 1/2: -10 -> -11; 1/4: 0 -> -6; ");
    for (const std::size_t size : {1, 100}) {
        EXPECT_EQ(vouchers(view, span, size), (Ids{record_id(3), record_id(5)}));
    }
}

TEST_F(Comparisons, NeedTheirFirstPointBeforeTheSecond) {
    const Position last = pay(1, 1, 2, 10, day_);
    const View view = ledger_.view();
    EXPECT_THROW(Comparison(view, PositionSpan{last, last}), InvalidArgument);
    EXPECT_THROW(Comparison(view, PositionSpan{last, view.position() + 1}), InvalidArgument);
    EXPECT_THROW(Comparison(view, DaySpan{book, day_, day_}), InvalidArgument);
    EXPECT_THROW(Comparison(view, DaySpan{book, day_, date_max + 1}), InvalidArgument);
    EXPECT_THROW(Comparison(view, DaySpan{book, Date::none(), day_}), InvalidArgument);
    EXPECT_THROW(Comparison(view, KnownSpan{book, Date::none(), {1}, last}), InvalidArgument);
    EXPECT_THROW(Comparison(view, KnownSpan{book, day_, last, {1}}), InvalidArgument);
    const Comparison comparison(view, PositionSpan{{}, last});
    for (const PageRequest& page :
         {PageRequest{0, false, {}}, PageRequest{1, true, {}}, PageRequest{1, false, "further"},
          PageRequest{1, false, "77:"}}) {
        EXPECT_THROW((void)comparison.accounts(page), InvalidArgument);
    }
}

}  // namespace
}  // namespace ledger
