// See statement.hpp.
#include "ledger/reporting/statement.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>

namespace ledger {

namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Currency currency_in(const View& view, CurrencyCode code) {
    const std::vector<Currency> all = view.currencies();
    return *std::ranges::find(all, code, &Currency::code);
}

Turnover turnover_between(const Balance& before, const Balance& after) {
    return {after.debits + after.buffered_debits - before.debits - before.buffered_debits,
            after.credits + after.buffered_credits - before.credits - before.buffered_credits};
}

}  // namespace

Statement::Statement(const View& view, AccountId account, const StatementPeriod& period)
    : view_(view) {
    const auto info = view.account(account);
    if (!info) {
        throw InvalidArgument("account " + to_string(account) +
                              " is not in the ledger at position " +
                              std::to_string(view.position().value));
    }
    head_.account = *info;
    head_.currency = currency_in(view, info->currency);
    head_.period = period;
    head_.known_at = view.position();
    Balance none;
    none.normal_side = info->normal_side;
    const auto in_order_of_posting = [&](Position after, Position last) {
        const Balance opening = view.balance_at(account, after).value_or(none);
        const Balance closing = view.balance_at(account, last).value_or(none);
        positions_ = {after + 1, last, {}, {}};
        is_over_ = after >= last;
        head_.opening = opening.total();
        head_.closing = closing.total();
        head_.turnover = turnover_between(opening, closing);
    };
    std::visit(
        Overloaded{
            [&](const InstantRange& range) {
                if (range.from >= range.to) {
                    throw InvalidArgument("the statement from " + to_string(range.from) + " to " +
                                          to_string(range.to) +
                                          " is empty; its end must be after its start");
                }
                in_order_of_posting(view.position_at({range.from.nanoseconds - 1}),
                                    view.position_at({range.to.nanoseconds - 1}));
            },
            [&](const DateRange& range) {
                head_.turnover = view.turnover(account, range).value();
                head_.opening = range.first == date_min
                                    ? Amount{}
                                    : view.balance_on(account, range.first + -1)->total();
                head_.closing = view.balance_on(account, range.last)->total();
            },
            [&](const Since& since) { in_order_of_posting(since.position, view.position()); }},
        period);
    balance_ = head_.opening;
}

Page<AccountEntry> Statement::page_of(const PageRequest& page) const {
    if (const auto* dates = std::get_if<DateRange>(&head_.period)) {
        return view_.lines_on(head_.account.id, *dates, Position{}, page);
    }
    return view_.lines(head_.account.id, page, positions_);
}

bool Statement::next(std::size_t size, std::vector<StatementLine>& into) {
    if (is_over_) return false;
    Page<AccountEntry> page = page_of({size, false, cursor_});
    into.reserve(into.size() + page.items.size());
    for (const AccountEntry& entry : page.items) {
        const bool is_increase =
            (entry.side == head_.account.normal_side) == (entry.ink == Ink::black);
        balance_ = is_increase ? balance_ + entry.amount : balance_ - entry.amount;
        into.push_back({entry, balance_, view_.voucher_head(entry.position).value()});
    }
    cursor_ = std::move(page.cursor);
    is_over_ = cursor_.empty();
    if (is_over_ && balance_ != head_.closing) {
        throw CorruptionError("the lines of account " + to_string(head_.account.id) + " end at " +
                              to_string(balance_) + " minor units, its balance at " +
                              to_string(head_.closing) + "; run verify --deep");
    }
    return !is_over_;
}

}  // namespace ledger
