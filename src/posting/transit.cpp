// Transit accounts (过渡): what they come to by book date, judged when a day is closed. Invariant:
// an open transit account's balance of book dates up to D is its balance less what DatedNet has
// after D; a closed one is zero on every date that is not closed.
#include "machine_impl.hpp"

namespace ledger::posting {

void Machine::Impl::set_dated(std::uint32_t handle, Date date, const Wide& net) {
    DatedNet& dated = state.transit.at(handle);
    if (net.is_zero()) {
        dated.erase(date);
    } else {
        dated[date] = net;
    }
}

void Machine::Impl::note_dated(std::uint32_t handle, Date date, i128 debit_positive) {
    const DatedNet& dated = state.transit.at(handle);
    const auto found = dated.find(date);
    const Wide before = found == dated.end() ? Wide{} : found->second;
    on_undo([this, handle, date, before] { set_dated(handle, date, before); });
    set_dated(handle, date, before + Wide{debit_positive});
}

/// By the lines of book dates up to this one, which is not closed yet or the last that is.
bool Machine::Impl::is_zero_on(std::uint32_t handle, Date date) const {
    const Account& of = state.accounts[handle];
    Wide balance = Wide{of.debits} - Wide{of.credits};
    const DatedNet& dated = state.transit.at(handle);
    for (auto later = dated.upper_bound(date); later != dated.end(); ++later) {
        balance -= later->second;
    }
    return balance.is_zero();
}

/// account_unknown, book_mismatch, transit_mismatch.
Result Machine::Impl::judge_exceptions(const CloseDay& value) const {
    const std::vector<AccountId>& exceptions = value.exceptions;
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (!find_account(exceptions[i])) return refuse(Outcome::account_unknown, i);
    }
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        if (state.accounts[find_account(exceptions[i]).index].book != value.book) {
            return refuse(Outcome::book_mismatch, i);
        }
    }
    std::unordered_set<AccountId> named;
    for (std::size_t i = 0; i < exceptions.size(); ++i) {
        const Account& of = state.accounts[find_account(exceptions[i]).index];
        if (!of.has(account_flag::transit) || !named.insert(exceptions[i]).second) {
            return refuse(Outcome::transit_mismatch, i);
        }
    }
    return {};
}

/// transit_not_zero of the account that was opened first, then transit_is_zero.
Result Machine::Impl::judge_transit(const CloseDay& value) const {
    std::unordered_set<std::uint32_t> excepted;
    for (const AccountId id : value.exceptions) excepted.insert(find_account(id).index);
    for (const auto& [handle, dated] : state.transit) {
        const bool counts = state.accounts[handle].book == value.book && !excepted.contains(handle);
        if (!counts || is_zero_on(handle, value.date)) continue;
        Result result = refuse(Outcome::transit_not_zero);
        result.account = id_of(handle);
        return result;
    }
    for (std::size_t i = 0; i < value.exceptions.size(); ++i) {
        const std::uint32_t handle = find_account(value.exceptions[i]).index;
        const bool closed = !state.transit.contains(handle);
        if (closed || is_zero_on(handle, value.date)) return refuse(Outcome::transit_is_zero, i);
    }
    return {};
}

/// Dates up to this one are closed: their lines are final.
void Machine::Impl::forget_dated(BookId book, Date through) {
    for (auto& [handle, dated] : state.transit) {
        if (state.accounts[handle].book != book) continue;
        while (!dated.empty() && dated.begin()->first <= through) {
            const auto [date, net] = *dated.begin();
            on_undo([this, of = handle, date = date, net = net] { set_dated(of, date, net); });
            dated.erase(dated.begin());
        }
    }
}

}  // namespace ledger::posting
