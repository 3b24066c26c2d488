// See proposals.hpp.
#include "reporting/proposals.hpp"

#include <string>
#include <string_view>

namespace ledger {

namespace {

/// Ids and orders are made of it, so it never changes.
std::string_view name_of(Proposal kind) noexcept {
    return kind == Proposal::period_close ? "period_close" : "revaluation";
}

/// All of a book share one order.
std::string order_text(Proposal kind, BookId book) {
    return std::string(name_of(kind)) + ":" + std::to_string(book.number);
}

OrderId order_of(Proposal kind, BookId book) {
    return OrderId{id_from_text(order_text(kind, book))};
}

/// Gives the voucher, and its reversal. A reversal that is listed itself is given with what it
/// reverses.
void visit_with_reversal(const View& view, const PostedVoucher& posted,
                         const std::function<void(const PostedVoucher&)>& visit) {
    if (posted.voucher.detail.reverses) return;
    visit(posted);
    if (posted.reversed_by) visit(view.voucher(posted.reversed_by).value());
}

Wide debit_positive(const VoucherLine& line) {
    const bool is_debit = (line.side == Side::debit) == (line.ink == Ink::black);
    return is_debit ? Wide(line.amount) : -Wide(line.amount);
}

}  // namespace

Voucher proposed_voucher(Proposal kind, BookId book, Date concerned, Date book_date,
                         std::uint64_t number) {
    Voucher voucher;
    voucher.id = VoucherId{id_from_text(order_text(kind, book) + ":" + to_string(concerned) + ":" +
                                        std::to_string(number))};
    voucher.order = order_of(kind, book);
    voucher.book = book;
    voucher.book_date = book_date ? book_date : concerned;
    voucher.detail.concerns = concerned;
    return voucher;
}

VoucherLine line_of(AccountId account, const Wide& debit) {
    VoucherLine line;
    line.account = account;
    line.side = debit.is_negative() ? Side::credit : Side::debit;
    line.amount = to_amount(debit.is_negative() ? -debit : debit);
    return line;
}

void each_proposed(const View& view, Proposal kind, BookId book,
                   const std::function<void(const PostedVoucher&)>& visit) {
    PageRequest page;
    do {
        const Page<PostedRecord> some = view.records_of(order_of(kind, book), page);
        for (const PostedRecord& record : some.items) {
            if (record.kind != RecordKind::voucher) continue;
            visit_with_reversal(view, view.voucher(record.position).value(), visit);
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
}

Proposed::Proposed(const View& view, Proposal kind, BookId book, Date concerned) {
    const auto take = [&](const PostedVoucher& posted) {
        if (!posted.voucher.detail.reverses) ++count_;
        if (posted.voucher.book_date <= concerned) return;
        for (const VoucherLine& line : posted.voucher.lines) {
            later_[line.account] += debit_positive(line);
        }
    };
    PageRequest page{16, false, {}};
    do {
        const Page<PostedVoucher> some = view.vouchers_concerning(book, concerned, page);
        for (const PostedVoucher& posted : some.items) {
            if (posted.voucher.order != order_of(kind, book)) continue;
            visit_with_reversal(view, posted, take);
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
}

Wide Proposed::moved_later(AccountId account) const {
    const auto found = later_.find(account);
    return found == later_.end() ? Wide{} : found->second;
}

}  // namespace ledger
