// A view's sweeps over all accounts: what moved on each over a range, and sums per book and
// currency.
#include "history/view_impl.hpp"
#include "ledger/core/error.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/history/standings.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger {

using history::Standing;

/// All that moved on an account up to the beginning of a range, and up to its end.
struct View::Impl::Moved {
    bool is_open = false;  ///< at the end; nothing else counts where it is not
    Turnover before;
    Turnover through;
};

namespace {

Turnover turnover_of(const posting::Totals& totals) {
    return {Amount{totals.debits}, Amount{totals.credits}};
}

Turnover turnover_of(const history::WideTurnover& sum) {
    return {to_amount(sum.debits), to_amount(sum.credits)};
}

void require_movement_range(const MovementRange& range) {
    if (const auto* dates = std::get_if<DateRange>(&range)) require_range(*dates);
}

}  // namespace

std::vector<View::Impl::Moved> View::Impl::moved(std::span<const AccountHandle> accounts,
                                                 const MovementRange& range) const {
    std::vector<Moved> found(accounts.size());
    std::vector<Standing> standings(accounts.size());
    if (const auto* dates = std::get_if<DateRange>(&range)) {
        standings_at(pin->sources(), accounts, limit, standings);
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            found[i].is_open = static_cast<bool>(standings[i].as_of);
            if (!found[i].is_open) continue;
            const AccountHistory account(pin->sources(), accounts[i]);
            found[i].through = turnover_of(account.turnover_through(dates->last, limit));
            if (dates->first == date_min) continue;
            found[i].before = turnover_of(account.turnover_through(dates->first + -1, limit));
        }
        return found;
    }
    const auto [first, last] = positions_of(std::get<Range>(range));
    const Position before = std::min(Position{first.value - 1}, last);
    standings_at(pin->sources(), accounts, last, standings);
    std::vector<AccountHandle> active;  // those that something happened to in the range,
    std::vector<std::size_t> places;    // and which of the accounts they are
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        found[i].is_open = static_cast<bool>(standings[i].as_of);
        found[i].before = found[i].through = turnover_of(standings[i].totals);
        if (standings[i].as_of <= before) continue;
        active.push_back(accounts[i]);
        places.push_back(i);
    }
    standings_at(pin->sources(), active, before, {standings.data(), active.size()});
    for (std::size_t i = 0; i < active.size(); ++i) {
        found[places[i]].before = turnover_of(standings[i].totals);
    }
    return found;
}

AccountMovement View::Impl::movement(AccountHandle account, const Moved& moved) const {
    const posting::AccountFacts& facts = source->accounts().facts_of(account);
    return {source->accounts().id_of(account),
            account,
            currencies()[facts.currency].code,
            facts.kind,
            facts.normal_side,
            moved.before,
            moved.through};
}

std::optional<AccountMovement> View::movement(AccountId id, const MovementRange& range) const {
    require_movement_range(range);
    const AccountHandle account = impl_->source->accounts().find(id);
    if (!account) return std::nullopt;
    const Impl::Moved moved = impl_->moved({&account, 1}, range).front();
    if (!moved.is_open) return std::nullopt;
    return impl_->movement(account, moved);
}

Page<AccountMovement> View::movements(BookId book, const MovementRange& range,
                                      const PageRequest& page) const {
    require_movement_range(range);
    check_page(page);
    if (page.backward) {
        throw InvalidArgument(
            "movements are listed in the order of opening; ask for pages forward");
    }
    const posting::AccountIndex& index = impl_->source->accounts();
    const std::uint64_t count = index.size();
    std::uint64_t next = page.cursor.empty() ? 0 : parse_cursor(page.cursor).position;
    Page<AccountMovement> found;
    std::vector<AccountHandle> accounts;
    while (next < count && found.items.size() < page.size) {
        accounts.clear();
        for (; next < count && accounts.size() < page.size - found.items.size(); ++next) {
            const AccountHandle account{static_cast<std::uint32_t>(next)};
            if (index.facts_of(account).book == book) accounts.push_back(account);
        }
        const std::vector<Impl::Moved> moved = impl_->moved(accounts, range);
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            if (!moved[i].is_open) continue;
            found.items.push_back(impl_->movement(accounts[i], moved[i]));
        }
    }
    if (next < count) found.cursor = cursor_text({next, 0});
    return found;
}

Page<ChartMovement> View::chart_movements(std::string_view prefix, BookId book,
                                          const MovementRange& range,
                                          const PageRequest& page) const {
    require_movement_range(range);
    Page<ChartMovement> found;
    std::vector<AccountHandle> accounts;
    found.cursor =
        impl_->chart_page(prefix, page, [&](const OpenAccount& open, AccountHandle account) {
            if (open.book != book) return false;
            accounts.push_back(account);
            found.items.push_back({open.code, open.parent, {}});
            return true;
        });
    const std::vector<Impl::Moved> moved = impl_->moved(accounts, range);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        if (!moved[i].is_open) continue;
        if (kept != i) found.items[kept] = std::move(found.items[i]);
        found.items[kept++].movement = impl_->movement(accounts[i], moved[i]);
    }
    found.items.resize(kept);
    return found;
}

std::vector<TrialSum> View::trial_sums() const {
    struct Sum {
        Wide debits;
        Wide credits;
        std::uint64_t accounts = 0;
    };
    std::map<std::pair<BookId, std::uint16_t>, Sum> sums;
    const posting::AccountIndex& index = impl_->source->accounts();
    std::vector<AccountHandle> accounts;
    std::vector<Standing> standings;
    const std::uint32_t count = index.size();
    for (std::uint32_t next = 0; next < count;) {
        accounts.clear();
        while (next < count && accounts.size() < 4096) accounts.push_back({next++});
        standings.resize(accounts.size());
        standings_at(impl_->pin->sources(), accounts, impl_->limit, standings);
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            if (!standings[i].as_of) continue;
            const posting::AccountFacts& facts = index.facts_of(accounts[i]);
            Sum& sum = sums[{facts.book, facts.currency}];
            sum.debits += Wide{standings[i].totals.debits};
            sum.credits += Wide{standings[i].totals.credits};
            ++sum.accounts;
        }
    }
    std::vector<TrialSum> result;
    for (const auto& [key, sum] : sums) {
        result.push_back({key.first, impl_->currencies()[key.second].code, to_string(sum.debits),
                          to_string(sum.credits), sum.accounts, sum.debits == sum.credits});
    }
    return result;
}

}  // namespace ledger
