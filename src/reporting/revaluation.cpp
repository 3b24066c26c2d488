// See revaluation.hpp.
#include "ledger/reporting/revaluation.hpp"

#include "ledger/core/error.hpp"
#include "reporting/proposals.hpp"

#include <algorithm>
#include <set>

namespace ledger {

namespace {

AccountInfo account_in(const View& view, AccountId id, BookId book, const char* what) {
    const auto account = view.account(id);
    if (account && account->book == book) return *account;
    throw InvalidArgument(std::string(what) + " " + to_string(id) + " is no account of book " +
                          std::to_string(book.number) + " at position " +
                          std::to_string(view.position().value));
}

/// Throws unless the account is in the home currency.
void require_home(const View& view, const Revaluation& revaluation, AccountId id,
                  const char* what) {
    const CurrencyCode home = revaluation.rates.reporting().code;
    const AccountInfo account = account_in(view, id, revaluation.book, what);
    if (account.currency == home) return;
    throw InvalidArgument(std::string(what) + " " + to_string(id) + " is in " +
                          std::string(account.currency.text()) + "; it has to be in " +
                          std::string(home.text()) + ", the currency of the rates");
}

/// At the end of the date, and what a revaluation of that date did later.
Wide balance_of(const View& view, AccountId account, Date date, const Proposed& proposed) {
    const DatedBalance balance = view.balance_on(account, date).value();
    return Wide(balance.debits) - Wide(balance.credits) + proposed.moved_later(account);
}

RevaluedHome& home_of(RevaluationProposal& proposal, AccountId account) {
    const auto found = std::ranges::find(proposal.homes, account, &RevaluedHome::account);
    if (found != proposal.homes.end()) return *found;
    proposal.homes.push_back({account, {}, {}, {}});
    return proposal.homes.back();
}

void value_positions(const View& view, const Revaluation& revaluation, const Proposed& proposed,
                     RevaluationProposal& into) {
    std::set<AccountId> seen;
    for (const ExchangePosition& position : revaluation.positions) {
        require_home(view, revaluation, position.home, "home position");
        const CurrencyCode currency =
            account_in(view, position.foreign, revaluation.book, "exchange position").currency;
        if (currency == revaluation.rates.reporting().code ||
            !seen.insert(position.foreign).second) {
            throw InvalidArgument("exchange position " + to_string(position.foreign) +
                                  " is in the home currency, or was named before");
        }
        RevaluedPosition valued{position, currency, {}, revaluation.rates.rate_of(currency), {}};
        valued.balance = balance_of(view, position.foreign, revaluation.date, proposed);
        valued.value = revaluation.rates.convert(valued.balance, currency);
        home_of(into, position.home).value += valued.value;
        into.positions.push_back(valued);
    }
}

}  // namespace

RevaluationProposal propose_revaluation(const View& view, const Revaluation& revaluation) {
    RevaluationProposal proposal;
    require_home(view, revaluation, revaluation.result, "account of gain and loss");
    const Proposed proposed(view, Proposal::revaluation, revaluation.book, revaluation.date);
    value_positions(view, revaluation, proposed, proposal);
    Voucher voucher = proposed_voucher(Proposal::revaluation, revaluation.book, revaluation.date,
                                       revaluation.book_date, proposed.count());
    voucher.detail.summary = revaluation.summary;
    voucher.detail.made_by = revaluation.made_by;
    for (RevaluedHome& home : proposal.homes) {
        home.balance = balance_of(view, home.account, revaluation.date, proposed);
        home.adjustment = -(home.value + home.balance);
        if (home.adjustment.is_zero()) continue;
        voucher.lines.push_back(line_of(home.account, home.adjustment));
        voucher.lines.push_back(line_of(revaluation.result, -home.adjustment));
    }
    if (!voucher.lines.empty()) proposal.voucher = std::move(voucher);
    return proposal;
}

}  // namespace ledger
