// See bridge.hpp.
#include "ledger/reporting/bridge.hpp"

#include "ledger/core/error.hpp"

#include <map>

namespace ledger {

namespace {

constexpr std::size_t vouchers_a_page = 100;

/// The turnover of the first so many accounts after one, in the order of ids. What is left out
/// comes behind all that is kept, so each that is kept is complete.
class FirstAccounts {
public:
    FirstAccounts(AccountId after, std::size_t most) : after_(after), most_(most) {}

    void add(const VoucherLine& line) {
        if (line.account <= after_) return;
        if (sums_.size() == most_ && line.account > sums_.rbegin()->first) return;
        Turnover& sum = sums_[line.account];
        Amount& side = line.side == Side::debit ? sum.debits : sum.credits;
        side = line.ink == Ink::black ? side + line.amount : side - line.amount;
        if (sums_.size() > most_) sums_.erase(std::prev(sums_.end()));
    }
    const std::map<AccountId, Turnover>& sums() const noexcept { return sums_; }

private:
    AccountId after_;
    std::size_t most_;
    std::map<AccountId, Turnover> sums_;
};

}  // namespace

Bridge::Bridge(const View& view, BookId book, Date date) : view_(view) {
    const auto close = view.closed_by(book, date);
    if (!close) {
        throw InvalidArgument("day " + to_string(date) + " of book " + std::to_string(book.number) +
                              " is not closed at position " +
                              std::to_string(view.position().value) +
                              ": there is nothing to lead a bridge from; close it first");
    }
    head_ = {book, date, *close, view.certificate(book, date), view.position()};
}

Page<BridgedAccount> Bridge::accounts(const PageRequest& page) const {
    check_page(page);
    if (page.backward) {
        throw InvalidArgument(
            "the accounts of a bridge are listed in their order; ask for pages "
            "forward");
    }
    const AccountId after = page.cursor.empty() ? AccountId{} : AccountId{id_from_hex(page.cursor)};
    FirstAccounts first(after, page.size);
    PageRequest some{vouchers_a_page, false, {}};
    do {
        Page<PostedVoucher> late = vouchers(some);
        for (const PostedVoucher& posted : late.items) {
            for (const VoucherLine& line : posted.voucher.lines) first.add(line);
        }
        some.cursor = std::move(late.cursor);
    } while (!some.cursor.empty());

    Page<BridgedAccount> bridged;
    for (const auto& [id, late] : first.sums()) {
        BridgedAccount& one = bridged.items.emplace_back();
        one.account = view_.account(id).value();
        one.late = late;
        const auto certified = view_.balance_on(id, head_.date, head_.close.position);
        if (certified) one.certified = certified->total();  // else it was opened later
        const DatedBalance change{one.account.normal_side, late.debits, late.credits};
        one.seen = one.certified + change.total();
    }
    if (bridged.items.size() == page.size) {
        bridged.cursor = to_string(bridged.items.back().account.id);
    }
    return bridged;
}

}  // namespace ledger
