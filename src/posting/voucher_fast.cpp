// The fast path of plain vouchers: few black lines without details on accounts without special
// policies. Invariant: it either does exactly what the general path would do, or nothing at all.
#include "machine_impl.hpp"

namespace ledger::posting {

namespace {

constexpr std::size_t plain_lines_max = 8;

struct Before {
    i128 debits;
    i128 credits;
};

/// Limits on the net effect: `first` is the standing before the voucher's first line on the
/// account.
bool within_limits(const Account& account, const AccountTerms& terms,
                   const Before& first) noexcept {
    if (!account.has(account_flag::has_minimum | account_flag::has_maximum |
                     account_flag::has_judicial)) {
        return true;
    }
    const i128 before = natural_unchecked(account, first.debits, first.credits);
    const i128 after = natural(account);
    if (after < before) {
        if (account.has(account_flag::has_judicial)) return false;  // let the general path judge
        i128 available = 0;
        if (account.has(account_flag::has_minimum)) {
            return checked_subtract(after, account.held, available) && available >= terms.minimum;
        }
        return true;
    }
    return after <= before || !account.has(account_flag::has_maximum) || after <= terms.maximum;
}

}  // namespace

Date Machine::Impl::default_date(const Book& book) const noexcept {
    Date date = book.current ? book.current
                             : utc_date(instant + std::chrono::seconds{book.utc_offset_seconds});
    if (book.closed_through && date <= book.closed_through) date = book.closed_through + 1;
    if (book.first_date && date < book.first_date) date = book.first_date;
    return date;
}

bool Machine::Impl::date_open(const Book& book, Date date) const noexcept {
    return !(book.closed_through && date <= book.closed_through) &&
           !(book.first_date && date < book.first_date);
}

bool Machine::Impl::may_number(const Book& book, Date date) const noexcept {
    return book.numbers.size() < capacity.book_dates || book.numbers.contains(date);
}

void Machine::Impl::give_number(Book& book, BatchRecord& record) {
    const auto [at, is_new] = book.numbers.try_emplace(record.book_date);
    Numbers& numbers = at->second;
    if (logging()) {
        undo_rare.push_back(
            [this, id = record.book, date = record.book_date, old = numbers, is_new] {
                auto& all = find_book(id)->numbers;
                if (is_new) {
                    all.erase(date);
                } else {
                    all[date] = old;
                }
            });
    }
    LEDGER_ASSERT(!replaying || record.number == numbers.next);
    record.number = numbers.next++;
    if (numbers.keyed == instant) return;
    numbers.keyed = instant;
    emit_key(KeyTable::number, number_key(record.book, record.book_date, record.number));
}

bool Machine::Impl::post_plain(Batch& batch, BatchRecord& record) {
    Book* book = find_book(record.book);
    if (record.detail != no_detail || record.line_count > plain_lines_max || book == nullptr ||
        (book->two_principals && record.has(record_flag::manual))) {
        return false;
    }
    const Date date = record.book_date ? record.book_date : default_date(*book);
    if (date < date_min || date > date_max || !date_open(*book, date) || !may_number(*book, date)) {
        return false;
    }

    const auto lines = batch.lines_of(record);
    i128 sum = 0;
    for (BatchLine& line : lines) {
        if (!line.handle) line.handle = find_account(line.account);
        if (!line.handle || line.detail != no_detail || line.ink == Ink::red) return false;
        const Account& of = account(line.handle);
        if (of.has(account_flag::general_path) || of.book != record.book ||
            of.currency != account(lines[0].handle).currency) {
            return false;
        }
        const i128 signed_amount =
            line.side == Side::debit ? line.amount.minor : -line.amount.minor;
        if (!checked_add(sum, signed_amount, sum)) return false;
    }
    if (sum != 0) return false;

    const std::size_t entries = effects->entries.size();
    const std::size_t reserved = effects->reserved.size();
    Before before[plain_lines_max];
    std::size_t done = 0;
    bool fits = true;
    for (; done < lines.size() && fits; ++done) {
        const BatchLine& line = lines[done];
        Account& of = touch(line.handle.index);
        before[done] = {of.debits, of.credits};
        const bool credit = line.side == Side::credit;
        i128& total = credit ? of.credits : of.debits;
        i128 balance = 0;
        fits = checked_add(total, line.amount.minor, total) &&
               checked_subtract(of.debits, of.credits, balance) && balance != i128_min &&
               (of.held == 0 || checked_subtract(natural(of), of.held, balance));
        emit(EntryKind::line, line.handle.index, static_cast<std::uint16_t>(done),
             credit ? entry_flag::credit : std::uint8_t{0}, date);
    }
    for (std::size_t i = 0; fits && i < lines.size(); ++i) {
        std::size_t first = 0;
        while (lines[first].handle != lines[i].handle) ++first;
        fits = within_limits(account(lines[i].handle), terms(lines[i].handle), before[first]);
    }
    if (!fits) {
        while (done-- > 0) {
            Account& of = account(lines[done].handle);
            of.debits = before[done].debits;
            of.credits = before[done].credits;
        }
        effects->entries.resize(entries);
        effects->reserved.resize(reserved);
        return false;
    }
    if (!record.book_date) {
        record.flags |= record_flag::date_defaulted;
        record.book_date = date;
    }
    give_number(*book, record);
    return true;
}

}  // namespace ledger::posting
