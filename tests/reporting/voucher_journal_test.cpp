// The chronological journal: by posting, by book date and number, in pages, of one book.
#include "company.hpp"

#include <gmock/gmock.h>

namespace ledger {
namespace {

using test::Company;
using testing::ElementsAre;

class VoucherJournals : public Company {
protected:
    VoucherJournals() {
        open("1", AccountKind::asset);
        open("2", AccountKind::liability);
    }
    void pay(const std::string& date) { post(date, {{"1", "1.00"}}, {{"2", "1.00"}}); }
    /// The ids' numbers, read in pages of this size.
    std::vector<std::uint64_t> ids(const MovementRange& range, std::size_t size,
                                   BookId book = test::book) {
        const View view = ledger_.view();
        VoucherJournal journal(view, book, range);
        std::vector<std::uint64_t> found;
        std::vector<PostedVoucher> some;
        for (bool has_more = true; has_more;) {
            some.clear();
            has_more = journal.next(size, some);
            EXPECT_LE(some.size(), size);
            for (const PostedVoucher& posted : some) found.push_back(posted.voucher.id.low());
        }
        return found;
    }
};

TEST_F(VoucherJournals, EachVoucherOnceInEitherOrder) {
    for (const char* date :
         {"2026-01-03", "2026-01-02", "2026-01-03", "2026-01-05", "2026-01-02"}) {
        pay(date);
    }
    for (const bool is_sealed : {false, true}) {
        if (is_sealed) ledger_.seal();
        for (const std::size_t size : {1u, 2u, 100u}) {
            EXPECT_THAT(ids(Range{}, size), ElementsAre(1, 2, 3, 4, 5));
            EXPECT_THAT(ids(Company::january(), size), ElementsAre(2, 5, 1, 3, 4));
            EXPECT_THAT(ids(DateRange{parse_date("2026-01-03"), parse_date("2026-01-04")}, size),
                        ElementsAre(1, 3));
        }
    }
    EXPECT_TRUE(ids(Range{}, 10, BookId{5}).empty());
    EXPECT_TRUE(ids(Company::february(), 10).empty());
}

TEST_F(VoucherJournals, ADayOfManyBatches) {
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t i = 0; i < 200; ++i) {
        Batch batch;
        for (int k = 0; k < 7; ++k) {
            const bool is_other = k % 3 == 1;
            batch.add_voucher(test::record_id(++vouchers_), test::book)
                .debit(test::account("1"), Amount{1})
                .credit(test::account("2"), Amount{1})
                .book_date(parse_date(is_other ? "2026-01-08" : "2026-01-07"));
            if (!is_other) wanted.push_back(vouchers_);
        }
        ASSERT_TRUE(test::all_accepted(ledger_.post(std::move(batch))));
    }
    const DateRange day{parse_date("2026-01-07"), parse_date("2026-01-07")};
    EXPECT_EQ(ids(day, 9), wanted);
    ledger_.seal();
    EXPECT_EQ(ids(day, 10'000), wanted);
}

TEST_F(VoucherJournals, ARangeThatIsNoneIsRefused) {
    const View view = ledger_.view();
    EXPECT_THROW(VoucherJournal(view, test::book,
                                DateRange{parse_date("2026-01-03"), parse_date("2026-01-02")}),
                 InvalidArgument);
    EXPECT_THROW(view.vouchers_on(test::book, parse_date("2026-01-03"), {10, true, {}}),
                 InvalidArgument);
}

}  // namespace
}  // namespace ledger
