// Queries that fill tables: entries, lines of vouchers, balances, statements, trial balances. Each
// reads on in bounded pages, between which others may ask the view and an interrupt gets through.
#include "columns.hpp"
#include "ledger/reporting/voucher_journal.hpp"
#include "register.hpp"
#include "values.hpp"
#include "views.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ledger::python {

namespace {

using SharedView = std::shared_ptr<HeldView>;

/// Of one account, whose turnover of each side, and their difference, fit 128 bits.
i128 total_of(const Balance& balance) {
    const i128 debits = balance.debits.minor + balance.buffered_debits.minor;
    const i128 credits = balance.credits.minor + balance.buffered_credits.minor;
    return balance.normal_side == Side::debit ? debits - credits : credits - debits;
}

/// Whose turn it is with what reads on. With the GIL; a reading that failed has lost its place.
class Turn {
public:
    explicit Turn(bool& taken) : taken_(taken) {
        if (taken_) {
            throw UsageError(
                "another thread reads this just now, or it failed in the middle; begin anew");
        }
        taken_ = true;
    }
    void over() noexcept { taken_ = false; }

private:
    bool& taken_;
};

// ---- account entries

class EntryRows {
public:
    explicit EntryRows(AmountWidth width)
        : amount_("amount", width), balance_("balance", width), held_("held", width) {}

    std::int32_t begin(AccountId account) { return account_.place_of(account); }
    void add(std::int32_t account, const std::vector<AccountEntry>& entries) {
        each([&](auto& column) { column.reserve(entries.size()); });
        for (const AccountEntry& entry : entries) {
            account_.push(account);
            position_.push(entry.position);
            instant_.push(entry.instant);
            kind_.push(entry.kind);
            const bool is_line = entry.kind == EntryKind::line;
            line_.push(is_line ? static_cast<std::int16_t>(entry.line) : std::int16_t{-1});
            is_line ? side_.push(entry.side) : side_.push_none();
            is_line ? ink_.push(entry.ink) : ink_.push_none();
            book_date_.push(entry.book_date);
            amount_.push(entry.amount);
            balance_.push(total_of(entry.balance));
            held_.push(entry.balance.held);
        }
    }
    py::list release() {
        TableParts parts;
        each([&](auto& column) { column.release(parts); });
        return parts.take();
    }

private:
    template <class Visit>
    void each(Visit&& visit) {
        each_of(visit, account_, position_, instant_, kind_, line_, side_, ink_, book_date_,
                amount_, balance_, held_);
    }
    AccountColumn account_{"account"};
    PositionColumn position_{"position"};
    InstantColumn instant_{"instant"};
    EnumColumn<EntryKind> kind_{"kind"};
    NumberColumn<std::int16_t> line_{"line", "<i2"};
    EnumColumn<Side> side_{"side"};
    EnumColumn<Ink> ink_{"ink"};
    DateColumn book_date_{"book_date"};
    AmountColumn amount_;
    AmountColumn balance_;
    AmountColumn held_;
};

/// Reads entries of accounts, one after the other.
class EntryTables {
public:
    EntryTables(HeldView& view, std::vector<AccountId> accounts, const Range& range,
                bool lines_only, bool wide)
        : view_(view.shared_from_this()),
          accounts_(std::move(accounts)),
          range_(range),
          lines_only_(lines_only),
          width_(width_of(wide)) {}

    /// The first table even where it is empty; None at the end.
    py::object next(std::size_t rows_max) {
        Turn turn(taken_);
        EntryRows rows(width_);
        std::size_t count = 0;
        while (next_ < accounts_.size() && count < rows_max) {
            const AccountId account = accounts_[next_];
            count += view_->ask([&](View& view) {
                const PageRequest page{std::min(page_rows, rows_max - count), false, cursor_};
                const auto found = lines_only_ ? view.lines(account, page, range_)
                                               : view.entries(account, page, range_);
                if (!found.items.empty()) rows.add(rows.begin(account), found.items);
                cursor_ = found.cursor;
                return found.items.size();
            });
            if (cursor_.empty()) ++next_;
            check_interrupt();
        }
        turn.over();
        if (count == 0 && std::exchange(is_begun_, true)) return py::none();
        is_begun_ = true;
        return rows.release();
    }

private:
    SharedView view_;
    std::vector<AccountId> accounts_;
    Range range_;
    bool lines_only_;
    AmountWidth width_;
    bool taken_ = false;
    bool is_begun_ = false;
    std::size_t next_ = 0;
    std::string cursor_;
};

// ---- the lines of vouchers

class LineRows {
public:
    explicit LineRows(AmountWidth width) : amount_("amount", width) {}

    void add(const PostedVoucher& posted) {
        const Voucher& voucher = posted.voucher;
        each([&](auto& column) { column.reserve(voucher.lines.size()); });
        for (std::size_t i = 0; i < voucher.lines.size(); ++i) {
            const VoucherLine& line = voucher.lines[i];
            position_.push(posted.position);
            instant_.push(posted.instant);
            book_.push(voucher.book.number);
            book_date_.push(voucher.book_date);
            number_.push(posted.number);
            id_.push(voucher.id.value);
            order_.push(voucher.order.value);
            code_.push(voucher.code);
            line_.push(static_cast<std::int16_t>(i));
            account_.push(account_.place_of(line.account));
            side_.push(line.side);
            ink_.push(line.ink);
            amount_.push(line.amount);
        }
    }
    py::list release() {
        TableParts parts;
        each([&](auto& column) { column.release(parts); });
        return parts.take();
    }

private:
    template <class Visit>
    void each(Visit&& visit) {
        each_of(visit, position_, instant_, book_, book_date_, number_, id_, order_, code_, line_,
                account_, side_, ink_, amount_);
    }
    PositionColumn position_{"position"};
    InstantColumn instant_{"instant"};
    NumberColumn<std::uint16_t> book_{"book", "<u2"};
    DateColumn book_date_{"book_date"};
    NumberColumn<std::uint64_t> number_{"number", "<u8"};
    IdColumns id_{"id_high", "id_low"};
    IdColumns order_{"order_high", "order_low"};
    NumberColumn<std::uint32_t> code_{"code", "<u4"};
    NumberColumn<std::int16_t> line_{"line", "<i2"};
    AccountColumn account_{"account"};
    EnumColumn<Side> side_{"side"};
    EnumColumn<Ink> ink_{"ink"};
    AmountColumn amount_;
};

class LineTables {
public:
    LineTables(HeldView& view, std::optional<BookId> book, const MovementRange& range, bool wide)
        : journal_(view,
                   [&](View& now) {
                       return std::make_unique<VoucherJournal>(now, book.value_or(BookId{}), range);
                   }),
          width_(width_of(wide)) {}

    /// Whole vouchers, so there can be some more rows than were asked for.
    py::object next(std::size_t rows_max) {
        Turn turn(taken_);
        LineRows rows(width_);
        std::size_t count = 0;
        std::vector<PostedVoucher> page;
        while (!is_over_ && count < rows_max) {
            journal_.ask([&](VoucherJournal& journal) {
                page.clear();
                const std::size_t size = std::clamp<std::size_t>((rows_max - count) / 2, 1, 1000);
                is_over_ = !journal.next(size, page);
                for (const PostedVoucher& voucher : page) {
                    rows.add(voucher);
                    count += voucher.voucher.lines.size();
                }
            });
            check_interrupt();
        }
        turn.over();
        if (count == 0 && std::exchange(is_begun_, true)) return py::none();
        is_begun_ = true;
        return rows.release();
    }

private:
    OnView<VoucherJournal> journal_;
    AmountWidth width_;
    bool taken_ = false;
    bool is_begun_ = false;
    bool is_over_ = false;
};

// ---- balances

class BalanceRows {
public:
    BalanceRows(AmountWidth width, bool with_code)
        : with_code_(with_code),
          debits_("debits", width),
          credits_("credits", width),
          balance_("balance", width) {}

    void reserve(std::size_t count) {
        each([&](auto& column) { column.reserve(count); });
        if (with_code_) code_.reserve(count);
    }
    void add(const AccountMovement& movement, const std::string& code) {
        if (with_code_) code_.push(code);
        account_.push(account_.add(movement.id));
        currency_.push(movement.currency.text());
        kind_.push(movement.kind);
        side_.push(movement.normal_side);
        const i128 debits = movement.through.debits.minor;
        const i128 credits = movement.through.credits.minor;
        debits_.push(debits);
        credits_.push(credits);
        balance_.push(movement.normal_side == Side::debit ? Wide(debits) - Wide(credits)
                                                          : Wide(credits) - Wide(debits));
    }
    py::list release() {
        TableParts parts;
        if (with_code_) code_.release(parts);
        each([&](auto& column) { column.release(parts); });
        return parts.take();
    }

private:
    template <class Visit>
    void each(Visit&& visit) {
        each_of(visit, account_, currency_, kind_, side_, debits_, credits_, balance_);
    }
    bool with_code_;
    TextColumn code_{"code"};
    AccountColumn account_{"account"};
    TextColumn currency_{"currency"};
    EnumColumn<AccountKind> kind_{"kind"};
    EnumColumn<Side> side_{"normal_side"};
    AmountColumn debits_;
    AmountColumn credits_;
    AmountColumn balance_;
};

/// At the end of the range, of every account of the book; with codes where a prefix is given.
py::list balances(HeldView& view, BookId book, const MovementRange& range,
                  const std::optional<std::string>& prefix, bool wide) {
    BalanceRows rows(width_of(wide), prefix.has_value());
    PageRequest page{page_rows, false, {}};
    do {
        view.ask([&](View& now) {
            if (prefix) {
                const auto found = now.chart_movements(*prefix, book, range, page);
                rows.reserve(found.items.size());
                for (const ChartMovement& one : found.items) rows.add(one.movement, one.code);
                page.cursor = found.cursor;
            } else {
                const auto found = now.movements(book, range, page);
                rows.reserve(found.items.size());
                for (const AccountMovement& one : found.items) rows.add(one, {});
                page.cursor = found.cursor;
            }
        });
        check_interrupt();
    } while (!page.cursor.empty());
    return rows.release();
}

}  // namespace

void register_tables(py::module_& module) {
    py::class_<EntryTables>(module, "EntryTables")
        .def(py::init<HeldView&, std::vector<AccountId>, const Range&, bool, bool>())
        .def("next", &EntryTables::next);
    py::class_<LineTables>(module, "LineTables")
        .def(py::init<HeldView&, std::optional<BookId>, const MovementRange&, bool>())
        .def("next", &LineTables::next);
    module.def("balances", &balances);
    register_report_tables(module);
}

}  // namespace ledger::python
