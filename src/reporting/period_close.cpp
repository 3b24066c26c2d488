// See period_close.hpp.
#include "ledger/reporting/period_close.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/wide.hpp"
#include "reporting/proposals.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger {

namespace {

/// What an account holds, debit positive.
struct Held {
    AccountId account;
    Amount amount;
};
using HeldByCurrency = std::map<CurrencyCode, std::vector<Held>>;

std::map<CurrencyCode, AccountId> equity_by_currency(const View& view, const PeriodClose& close) {
    std::map<CurrencyCode, AccountId> found;
    for (const AccountId id : close.equity) {
        const auto account = view.account(id);
        if (!account || account->book != close.book || account->kind != AccountKind::equity) {
            throw InvalidArgument("account " + to_string(id) + " is no equity account of book " +
                                  std::to_string(close.book.number) +
                                  "; name one that takes the result");
        }
        if (!found.emplace(account->currency, id).second) {
            throw InvalidArgument("two equity accounts in " +
                                  std::string(account->currency.text()) +
                                  " were given; the result goes to one for each currency");
        }
    }
    return found;
}

HeldByCurrency held_by_income_and_expenses(const View& view, const PeriodClose& close,
                                           const Proposed& proposed) {
    HeldByCurrency held;
    PageRequest page{4096, false, {}};
    do {
        const Page<AccountMovement> some =
            view.movements(close.book, DateRange{date_min, close.last}, page);
        for (const AccountMovement& movement : some.items) {
            if (movement.kind != AccountKind::income && movement.kind != AccountKind::expense) {
                continue;
            }
            const Wide amount = Wide(movement.through.debits) - Wide(movement.through.credits) +
                                proposed.moved_later(movement.id);
            if (amount.is_zero()) continue;
            held[movement.currency].push_back({movement.id, to_amount(amount)});
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
    return held;
}

}  // namespace

std::vector<Voucher> propose_period_close(const View& view, const PeriodClose& close) {
    const std::map<CurrencyCode, AccountId> equity = equity_by_currency(view, close);
    const Proposed proposed(view, Proposal::period_close, close.book, close.last);
    std::vector<Voucher> vouchers;
    for (const auto& [currency, held] : held_by_income_and_expenses(view, close, proposed)) {
        const auto to = equity.find(currency);
        if (to == equity.end()) {
            throw InvalidArgument("book " + std::to_string(close.book.number) +
                                  " has income or expenses in " + std::string(currency.text()) +
                                  "; name an equity account in that currency");
        }
        for (std::size_t begin = 0; begin < held.size();) {
            const std::size_t end = std::min(begin + bounds::voucher_lines_max - 1, held.size());
            Voucher voucher = proposed_voucher(Proposal::period_close, close.book, close.last,
                                               close.book_date, proposed.count() + vouchers.size());
            voucher.detail.summary = close.summary;
            voucher.detail.made_by = close.made_by;
            Wide result;
            for (; begin < end; ++begin) {
                voucher.lines.push_back(line_of(held[begin].account, -Wide(held[begin].amount)));
                result += held[begin].amount;
            }
            if (!result.is_zero()) voucher.lines.push_back(line_of(to->second, result));
            vouchers.push_back(std::move(voucher));
        }
    }
    return vouchers;
}

}  // namespace ledger
