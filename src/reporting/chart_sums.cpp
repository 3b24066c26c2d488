// See chart_sums.hpp.
#include "ledger/reporting/chart_sums.hpp"

#include "ledger/core/error.hpp"
#include "reporting/proposals.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace ledger {

using history::WideTurnover;

namespace {

constexpr std::size_t sweep_page = 4096;

void require_book(const View& view, BookId book) {
    const std::vector<DefineBook> books = view.books();
    if (std::ranges::find(books, book, &DefineBook::book) != books.end()) return;
    throw InvalidArgument("book " + std::to_string(book.number) +
                          " is not in the ledger at position " +
                          std::to_string(view.position().value));
}

void require_balance(BookId book, CurrencyCode currency, const WideTurnover& sum) {
    if (sum.debits == sum.credits) return;
    throw CorruptionError("book " + std::to_string(book.number) + " has " + to_string(sum.debits) +
                          " minor units of " + std::string(currency.text()) + " in debits and " +
                          to_string(sum.credits) +
                          " in credits, which no accepted voucher can cause; run verify --deep");
}

void require_balance(const ChartSums& all) {
    std::map<CurrencyCode, std::pair<WideTurnover, WideTurnover>> totals;
    for (const ChartSum& sum : all.sums) {
        auto& [before, through] = totals[sum.currency];
        before += sum.before;
        through += sum.through;
    }
    for (const auto& [currency, total] : totals) {
        require_balance(all.book, currency, total.first);
        require_balance(all.book, currency, total.second);
    }
}

WideTurnover wide(const Turnover& turnover) {
    return {Wide(turnover.debits), Wide(turnover.credits)};
}

// ---- without period closes

/// Whether a voucher counts before a range, and up to its end.
struct Counts {
    bool before = false;
    bool through = false;
};

class RangeOf {
public:
    RangeOf(const View& view, const MovementRange& range) {
        if (const auto* dates = std::get_if<DateRange>(&range)) {
            dates_ = *dates;
        } else {
            std::tie(first_, last_) = view.positions_of(std::get<Range>(range));
        }
    }
    Counts operator()(const PostedVoucher& posted) const {
        if (!dates_) return {posted.position < first_, posted.position <= last_};
        const Date date = posted.voucher.book_date;
        return {date < dates_->first, date <= dates_->last};
    }

private:
    std::optional<DateRange> dates_;
    Position first_, last_;
};

/// Takes the lines of a voucher out of the sums.
void leave_out(const View& view, const PostedVoucher& posted, const Counts& counts,
               std::vector<ChartSum>& sums) {
    if (!counts.through) return;
    for (const VoucherLine& line : posted.voucher.lines) {
        const AccountInfo account = view.account(line.account).value();
        const auto sum = std::ranges::find_if(sums, [&](const ChartSum& one) {
            return one.code == account.code && one.kind == account.kind &&
                   one.currency == account.currency;
        });
        const Wide amount(line.ink == Ink::black ? line.amount : -line.amount);
        const WideTurnover change =
            line.side == Side::debit ? WideTurnover{amount, {}} : WideTurnover{{}, amount};
        if (counts.before) sum->before -= change;
        sum->through -= change;
    }
}

}  // namespace

bool CodeOrder::operator()(std::string_view a, std::string_view b) const noexcept {
    const auto is_before = [](char one, char other) {
        return one != other && (one == '.' || (other != '.' && one < other));
    };
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), is_before);
}

ChartSums chart_sums(const View& view, BookId book, const MovementRange& range,
                     PeriodCloses closes) {
    require_book(view, book);
    std::map<std::string, std::map<std::pair<AccountKind, CurrencyCode>, ChartSum>, CodeOrder> sums;
    PageRequest page{sweep_page, false, {}};
    do {
        Page<ChartMovement> some = view.chart_movements("", book, range, page);
        for (ChartMovement& found : some.items) {
            const AccountMovement& movement = found.movement;
            ChartSum& sum = sums[std::move(found.code)][{movement.kind, movement.currency}];
            sum.account = ++sum.accounts == 1 ? movement.id : AccountId{};
            sum.before += wide(movement.before);
            sum.through += wide(movement.through);
        }
        page.cursor = std::move(some.cursor);
    } while (!page.cursor.empty());
    ChartSums all{book, range, closes, view.position(), {}};
    for (auto& [code, of_code] : sums) {
        for (auto& [place, sum] : of_code) {
            sum.code = code;
            std::tie(sum.kind, sum.currency) = place;
            all.sums.push_back(std::move(sum));
        }
    }
    if (closes == PeriodCloses::left_out) {
        const RangeOf range_of(view, range);
        each_proposed(view, Proposal::period_close, book, [&](const PostedVoucher& posted) {
            leave_out(view, posted, range_of(posted), all.sums);
        });
    }
    require_balance(all);
    return all;
}

}  // namespace ledger
