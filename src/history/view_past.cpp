// A view's queries on the past: balances by posting instant and by book date, and what a range of
// either held.
#include "history/timeline.hpp"
#include "history/view_impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/history/date_lines.hpp"

#include <algorithm>
#include <charconv>

namespace ledger {

using history::DailyTurnover;
using history::Timeline;
using history::WideTurnover;

namespace {

void require_date(Date date) {
    if (date_min <= date && date <= date_max) return;
    throw InvalidArgument("book date " + to_string(date) + " is not within " + to_string(date_min) +
                          " to " + to_string(date_max));
}

DatedBalance dated(Side normal_side, const WideTurnover& sum) {
    return {normal_side, to_amount(sum.debits), to_amount(sum.credits)};
}

}  // namespace

void require_range(const DateRange& range) {
    require_date(range.first);
    require_date(range.last);
    if (range.first <= range.last) return;
    throw InvalidArgument("the range of book dates " + to_string(range.first) + " to " +
                          to_string(range.last) + " ends before it starts");
}

Amount DatedBalance::total() const {
    return to_amount(normal_side == Side::debit ? Wide(debits) - Wide(credits)
                                                : Wide(credits) - Wide(debits));
}

// ---- at a moment

std::optional<Balance> View::balance_at(AccountId id, Position position) const {
    impl_->require_not_after(position);
    const AccountHandle handle = impl_->source->accounts().find(id);
    if (!handle) return std::nullopt;
    const history::Standing standing =
        AccountHistory(impl_->pin->sources(), handle).standing_at(position);
    if (!standing.as_of) return std::nullopt;
    return impl_->balance_of(handle, standing);
}

std::optional<Balance> View::balance_at(AccountId id, Instant instant) const {
    return balance_at(id, position_at(instant));
}

// ---- on a book date

std::optional<DatedBalance> View::balance_on(AccountId id, Date date, Position known_at) const {
    require_date(date);
    impl_->require_not_after(known_at);
    const AccountHandle handle = impl_->source->accounts().find(id);
    if (!handle) return std::nullopt;
    const AccountHistory account(impl_->pin->sources(), handle);
    if (!account.standing_at(known_at).as_of) return std::nullopt;
    return dated(impl_->source->accounts().facts_of(handle).normal_side,
                 account.turnover_through(date, known_at));
}

std::optional<DatedBalance> View::balance_on(AccountId id, Date date) const {
    return balance_on(id, date, impl_->limit);
}

std::optional<DatedBalance> View::balance_on(AccountId id, Date date, Instant known_at) const {
    return balance_on(id, date, position_at(known_at));
}

std::optional<DatedBalance> View::balance_of_group_on(std::string_view code, BookId book,
                                                      CurrencyCode currency, Date date) const {
    require_date(date);
    WideTurnover sum;
    DefineGroup group;
    const bool is_there =
        impl_->each_of_group(code, book, currency, group, [&](AccountHandle handle) {
            sum +=
                AccountHistory(impl_->pin->sources(), handle).turnover_through(date, impl_->limit);
        });
    if (!is_there) return std::nullopt;
    return dated(normal_side_of(group.kind), sum);
}

// ---- the accounts of a range

/// What a range query asks about.
struct View::Impl::Several {
    std::vector<AccountHandle> handles;  ///< each once
    Side normal_side = Side::debit;

    /// Debit-positive sums on the normal side.
    Wide on_side(const Wide& sum) const { return normal_side == Side::debit ? sum : -sum; }
};

/// None where one is unknown.
std::optional<View::Impl::Several> View::Impl::several(const AccountSet& accounts) const {
    if (accounts.ids().empty()) {
        throw InvalidArgument("a range of no account was asked for; name one or more");
    }
    Several found;
    for (const AccountId id : accounts.ids()) {
        const AccountHandle handle = find(id);
        if (!handle) return std::nullopt;
        const posting::AccountFacts& facts = source->accounts().facts_of(handle);
        if (found.handles.empty()) {
            found.normal_side = facts.normal_side;
        } else if (facts.currency != source->accounts().facts_of(found.handles.front()).currency) {
            throw InvalidArgument("accounts " + to_string(accounts.ids().front()) + " and " +
                                  to_string(id) +
                                  " have different currencies and no sum; ask for each currency");
        }
        found.handles.push_back(handle);
    }
    std::ranges::sort(found.handles);
    const auto [first, last] = std::ranges::unique(found.handles);
    found.handles.erase(first, last);
    return found;
}

// ---- by instant

namespace {

/// The records of a range of instants: after the last one at or before its beginning.
struct Stretch {
    Position after;
    Position last;
};

Stretch stretch_of(const View& view, const InstantRange& range) {
    if (range.from >= range.to) {
        throw InvalidArgument("the range from " + to_string(range.from) + " to " +
                              to_string(range.to) + " is empty; its end must be after its start");
    }
    return {view.position_at(range.from), view.position_at({range.to.nanoseconds - 1})};
}

}  // namespace

std::optional<Amount> View::lowest(AccountSet accounts, InstantRange range) const {
    const Stretch stretch = stretch_of(*this, range);
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    const Timeline timeline(impl_->pin->sources(), several->handles);
    return to_amount(several->normal_side == Side::debit
                         ? timeline.lowest(stretch.after, stretch.last)
                         : -timeline.highest(stretch.after, stretch.last));
}

std::optional<Amount> View::highest(AccountSet accounts, InstantRange range) const {
    const Stretch stretch = stretch_of(*this, range);
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    const Timeline timeline(impl_->pin->sources(), several->handles);
    return to_amount(several->normal_side == Side::debit
                         ? timeline.highest(stretch.after, stretch.last)
                         : -timeline.lowest(stretch.after, stretch.last));
}

std::optional<Amount> View::average(AccountSet accounts, InstantRange range,
                                    Rounding rounding) const {
    const Stretch stretch = stretch_of(*this, range);
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    const Timeline timeline(impl_->pin->sources(), several->handles);
    const Wide area = timeline.area(stretch.after, stretch.last, range.from, range.to);
    return divide(several->on_side(area), i128{range.to.nanoseconds} - range.from.nanoseconds,
                  rounding);
}

std::optional<Turnover> View::turnover(AccountSet accounts, InstantRange range) const {
    const Stretch stretch = stretch_of(*this, range);
    const Position before = position_at({range.from.nanoseconds - 1});
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    WideTurnover sum;
    for (const AccountHandle handle : several->handles) {
        const AccountHistory account(impl_->pin->sources(), handle);
        sum += WideTurnover::between(account.standing_at(before).totals,
                                     account.standing_at(stretch.last).totals);
    }
    return Turnover{to_amount(sum.debits), to_amount(sum.credits)};
}

std::optional<InstantRange> View::longest_run_above(AccountSet accounts, InstantRange range,
                                                    Amount threshold) const {
    const Stretch stretch = stretch_of(*this, range);
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    const Timeline timeline(impl_->pin->sources(), several->handles);
    const bool is_debit = several->normal_side == Side::debit;
    InstantRange longest{range.from, range.from};
    Instant since = range.from;
    bool is_above =
        several->on_side(timeline.bounds(stretch.after, stretch.after).opening) > Wide(threshold);
    const auto pass = [&](Instant at, bool now_above) {
        if (is_above && !now_above && at - since > longest.to - longest.from) longest = {since, at};
        if (!is_above && now_above) since = at;
        is_above = now_above;
    };
    // On the credit side: above it where the debit-positive sum is below its negative, which is
    // where it is not above the number before that.
    const Wide level = is_debit ? Wide(threshold) : -Wide(threshold) - Wide(i128{1});
    timeline.crossings(stretch.after, stretch.last, level,
                       [&](Instant at, bool above) { pass(at, above == is_debit); });
    pass(range.to, false);
    return longest;
}

// ---- by book date

/// Calls `visit(date, balance)` for the end of each day of the range, on the normal side.
template <class Visit>
bool View::Impl::each_closing(const AccountSet& accounts, const DateRange& range,
                              Visit&& visit) const {
    require_range(range);
    DailyTurnover days(range.first, range.last);
    const auto several = this->several(accounts);
    if (!several) return false;
    Wide balance;
    for (const AccountHandle handle : several->handles) {
        const AccountHistory account(pin->sources(), handle);
        const WideTurnover opening = account.turnover_through({range.first.days - 1}, limit);
        balance += opening.debits - opening.credits;
        account.add_days(limit, days);
    }
    Date date = range.first;
    for (const WideTurnover& day : days.days()) {
        balance += day.debits - day.credits;
        visit(date, several->on_side(balance));
        date = date + 1;
    }
    return true;
}

namespace {

/// The date's days, the position and the index of the line that was given last.
std::string date_cursor_text(const AccountEntry& line, std::uint32_t index) {
    return std::to_string(line.book_date.days) + ":" + cursor_text({line.position.value, index});
}

history::DateLines::Place parse_date_cursor(const std::string& text) {
    std::int32_t days = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, days);
    if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ':') {
        throw InvalidArgument("'" + text +
                              "' is no cursor of lines by book date; pass the cursor of the page "
                              "before as it is");
    }
    const PageCursor cursor = parse_cursor(std::string(read.ptr + 1, end));
    return {{days}, {{cursor.position}, static_cast<std::uint32_t>(cursor.index)}};
}

}  // namespace

Page<AccountEntry> View::lines_on(AccountId id, const DateRange& dates, Position since,
                                  const PageRequest& page) const {
    require_range(dates);
    check_page(page);
    if (page.backward) {
        throw InvalidArgument("lines by book date are read forward only");
    }
    Page<AccountEntry> found;
    const AccountHandle handle = impl_->find(id);
    if (!handle) return found;
    history::DateLines::Place after;
    if (!page.cursor.empty()) after = parse_date_cursor(page.cursor);
    history::DateLines lines(impl_->pin->sources(), handle, dates.first, dates.last, since, after);
    std::vector<history::EntryView> some;
    lines.next(page.size, some);
    for (const history::EntryView& line : some) found.items.push_back(impl_->entry(line, {}));
    if (some.size() == page.size) {
        found.cursor = date_cursor_text(found.items.back(), some.back().index);
    }
    return found;
}

std::optional<Amount> View::lowest(AccountSet accounts, DateRange range) const {
    Wide least = wide_max;
    const auto look = [&](Date /*date*/, const Wide& balance) { least = std::min(least, balance); };
    if (!impl_->each_closing(accounts, range, look)) return std::nullopt;
    return to_amount(least);
}

std::optional<Amount> View::highest(AccountSet accounts, DateRange range) const {
    Wide greatest = wide_min;
    const auto look = [&](Date /*date*/, const Wide& balance) {
        greatest = std::max(greatest, balance);
    };
    if (!impl_->each_closing(accounts, range, look)) return std::nullopt;
    return to_amount(greatest);
}

std::optional<Amount> View::average(AccountSet accounts, DateRange range, Rounding rounding) const {
    Wide sum;
    const auto add = [&](Date /*date*/, const Wide& balance) { sum += balance; };
    if (!impl_->each_closing(accounts, range, add)) return std::nullopt;
    return divide(sum, range.days(), rounding);
}

std::optional<Turnover> View::turnover(AccountSet accounts, DateRange range) const {
    require_range(range);
    const auto several = impl_->several(accounts);
    if (!several) return std::nullopt;
    WideTurnover sum;
    for (const AccountHandle handle : several->handles) {
        const AccountHistory account(impl_->pin->sources(), handle);
        sum += account.turnover_through(range.last, impl_->limit);
        sum -= account.turnover_through({range.first.days - 1}, impl_->limit);
    }
    return Turnover{to_amount(sum.debits), to_amount(sum.credits)};
}

std::optional<DateRange> View::longest_run_above(AccountSet accounts, DateRange range,
                                                 Amount threshold) const {
    DateRange longest{range.first, range.first + -1};
    DateRange run = longest;
    const auto look = [&](Date date, const Wide& balance) {
        if (balance > Wide(threshold)) {
            if (run.days() == 0) run.first = date;
            run.last = date;
            if (run.days() > longest.days()) longest = run;
        } else {
            run = {date + 1, date};
        }
    };
    if (!impl_->each_closing(accounts, range, look)) return std::nullopt;
    return longest;
}

}  // namespace ledger
