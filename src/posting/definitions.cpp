// Definitions of currencies, books and chart groups; the states of a book's days.
#include "machine_impl.hpp"

namespace ledger::posting {

bool Machine::Impl::find_currency(const CurrencyCode& code, std::uint16_t& at) const noexcept {
    for (std::size_t i = 0; i < state.currencies.size(); ++i) {
        if (state.currencies[i].code != code) continue;
        at = static_cast<std::uint16_t>(i);
        return true;
    }
    return false;
}

Result Machine::Impl::judge_define(Batch& batch, std::size_t at) {
    const BatchRecord& record = batch.records[at];
    if (const auto* currency = batch.detail<DefineCurrency>(record)) {
        if (state.currencies.size() >= capacity.currencies) {
            return refuse(Outcome::too_many_definitions);
        }
        state.currencies.push_back(currency->currency);
        on_undo([this] { state.currencies.pop_back(); });
        return {};
    }
    if (const auto* define = batch.detail<DefineBook>(record)) {
        Book& book = state.books.emplace_back();
        book.id = define->book;
        book.two_principals = define->two_principals;
        book.utc_offset_seconds = define->utc_offset_seconds;
        book.first_date = define->first_date;
        state.book_slots[book.id.number] = static_cast<std::uint16_t>(state.books.size());
        on_undo([this] {
            state.book_slots[state.books.back().id.number] = 0;
            state.books.pop_back();
        });
        return {};
    }
    if (const auto* group = batch.detail<DefineGroup>(record)) return judge_define_group(*group);
    if (const auto* cut = batch.detail<CutDay>(record)) return judge_cut_day(*cut);
    return judge_close_day(*batch.detail<CloseDay>(record));
}

Result Machine::Impl::judge_define_group(const DefineGroup& value) {
    std::uint32_t parent = 0;
    if (const std::size_t dot = value.code.rfind('.'); dot != std::string::npos) {
        const auto found = state.group_codes.find(value.code.substr(0, dot));
        if (found == state.group_codes.end()) return refuse(Outcome::group_unknown);
        parent = found->second + 1;
    }
    if (!replaying && find(KeyTable::definition, id_from_text("account-code:" + value.code))) {
        return refuse(Outcome::code_is_group);
    }
    if (parent != 0 && state.groups[parent - 1].kind != value.kind) {
        return refuse(Outcome::kind_mismatch);
    }
    if (state.groups.size() >= capacity.groups) return refuse(Outcome::too_many_definitions);
    state.group_codes.emplace(value.code, static_cast<std::uint32_t>(state.groups.size()));
    state.groups.push_back({value.code, value.kind, parent});
    on_undo([this] {
        state.group_codes.erase(state.groups.back().code);
        state.groups.pop_back();
    });
    return {};
}

Result Machine::Impl::judge_cut_day(const CutDay& value) {
    Book* book = find_book(value.book);
    if (book == nullptr) return refuse(Outcome::book_unknown);
    if (value.date < date_min || value.date >= date_max) return refuse(Outcome::date_out_of_range);
    if ((book->current && value.date < book->current) ||
        (book->closed_through && value.date <= book->closed_through)) {
        return refuse(Outcome::day_closed);
    }
    on_undo([this, id = value.book, old = book->current] { find_book(id)->current = old; });
    book->current = value.date + 1;
    emit_key(KeyTable::definition, day_mark_key(RecordKind::cut_day, value.book));
    return {};
}

Result Machine::Impl::judge_close_day(const CloseDay& value) {
    Book* book = find_book(value.book);
    if (book == nullptr) return refuse(Outcome::book_unknown);
    if (const Result result = judge_exceptions(value); !result) return result;
    if (value.date < date_min || value.date > date_max) return refuse(Outcome::date_out_of_range);
    if (book->closed_through && value.date <= book->closed_through) {
        return refuse(Outcome::day_closed);
    }
    if (!book->current || value.date >= book->current) return refuse(Outcome::day_not_cut);
    if (const Result result = judge_transit(value); !result) return result;
    if (const Result result = judge_day_relations(value.book); !result) return result;
    assert_trial_balance(value.book);
    close_day(*book, value.date);
    emit_key(KeyTable::definition, day_mark_key(RecordKind::close_day, value.book));
    return {};
}

/// relation_broken of those kept at day close; they are judged over the lines of all dates.
Result Machine::Impl::judge_day_relations(BookId book) const {
    std::uint32_t lowest = UINT32_MAX;
    for (const Relation& relation : state.relations) {
        const bool here =
            std::find(relation.books.begin(), relation.books.end(), book) != relation.books.end();
        if (here && relation.at_day_close && relation.value != 0) {
            lowest = std::min(lowest, relation.number);
        }
    }
    if (lowest == UINT32_MAX) return {};
    return refuse(Outcome::relation_broken, Result::no_line, lowest);
}

/// Every voucher balances in its book, so no caller can bring about that the book does not.
void Machine::Impl::assert_trial_balance(BookId book) const {
    std::vector<Wide> sums(state.currencies.size());
    for (std::size_t handle = 0; handle < state.accounts.size(); ++handle) {
        const Account& of = state.accounts[handle];
        if (of.book == book) sums[of.currency] += Wide{of.debits} - Wide{of.credits};
    }
    for (const Wide& sum : sums) LEDGER_ASSERT(sum.is_zero());
}

void Machine::Impl::close_day(Book& book, Date date) {
    std::vector<std::uint32_t> due;
    for (const Buffer& buffer : state.buffers) {
        if (buffer.count != 0 && account(buffer.account).book == book.id &&
            buffer.book_date <= date) {
            due.push_back(buffer.account.index);
        }
    }
    std::sort(due.begin(), due.end());
    for (const std::uint32_t handle : due) fold(handle);
    const auto open = book.numbers.upper_bound(date);
    on_undo([this, id = book.id, closed = book.closed_through,
             numbers = std::map<Date, Numbers>(book.numbers.begin(), open)] {
        find_book(id)->closed_through = closed;
        find_book(id)->numbers.insert(numbers.begin(), numbers.end());
    });
    book.closed_through = date;
    book.numbers.erase(book.numbers.begin(), open);
    forget_dated(book.id, date);
}

}  // namespace ledger::posting
