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
    return {};
}

Result Machine::Impl::judge_close_day(const CloseDay& value) {
    Book* book = find_book(value.book);
    if (book == nullptr) return refuse(Outcome::book_unknown);
    if (value.date < date_min || value.date >= date_max) return refuse(Outcome::date_out_of_range);
    if (book->closed_through && value.date <= book->closed_through) {
        return refuse(Outcome::day_closed);
    }
    if (!book->current || value.date >= book->current) return refuse(Outcome::day_not_cut);
    std::uint32_t lowest = UINT32_MAX;
    for (const Relation& relation : state.relations) {
        const bool here = std::find(relation.books.begin(), relation.books.end(), value.book) !=
                          relation.books.end();
        if (here && relation.at_day_close && relation.value != 0) {
            lowest = std::min(lowest, relation.number);
        }
    }
    if (lowest != UINT32_MAX) return refuse(Outcome::relation_broken, Result::no_line, lowest);
    std::vector<std::uint32_t> due;
    for (const Buffer& buffer : state.buffers) {
        if (buffer.count != 0 && account(buffer.account).book == value.book &&
            buffer.book_date <= value.date) {
            due.push_back(buffer.account.index);
        }
    }
    std::sort(due.begin(), due.end());
    for (const std::uint32_t handle : due) fold(handle);
    const auto open = book->numbers.upper_bound(value.date);
    on_undo([this, id = value.book, closed = book->closed_through,
             numbers = std::map<Date, Numbers>(book->numbers.begin(), open)] {
        find_book(id)->closed_through = closed;
        find_book(id)->numbers.insert(numbers.begin(), numbers.end());
    });
    book->closed_through = value.date;
    book->numbers.erase(book->numbers.begin(), open);
    return {};
}

}  // namespace ledger::posting
