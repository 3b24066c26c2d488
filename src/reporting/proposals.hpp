// Vouchers that a report proposes and somebody posts: how they are named, and how those that are
// posted are found again. Invariant: what is proposed twice from what stands has the same ids, and
// so posts once; what came since is proposed under further ids.
#pragma once

#include "ledger/core/wide.hpp"
#include "ledger/history/view.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace ledger {

enum class Proposal { period_close, revaluation };

/// A voucher, still without lines, of a book that concerns this date; `number` counts those of the
/// date from 0. No book date: the date that it concerns.
Voucher proposed_voucher(Proposal kind, BookId book, Date concerned, Date book_date,
                         std::uint64_t number);

/// A line that adds this to the account's debits less credits; not zero. Throws OverflowError.
VoucherLine line_of(AccountId account, const Wide& debit);

/// Calls `visit` for every posted one of the book, and for what reversed it.
void each_proposed(const View& view, Proposal kind, BookId book,
                   const std::function<void(const PostedVoucher&)>& visit);

/// The posted ones that concern one date.
class Proposed {
public:
    Proposed(const View& view, Proposal kind, BookId book, Date concerned);

    /// How many there are, reversals not counted.
    std::uint64_t count() const noexcept { return count_; }
    /// What they and their reversals did to an account on later book dates than the one they
    /// concern, debit positive.
    Wide moved_later(AccountId account) const;

private:
    std::uint64_t count_ = 0;
    std::map<AccountId, Wide> later_;
};

}  // namespace ledger
