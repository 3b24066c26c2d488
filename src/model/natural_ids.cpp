// Natural ids: the texts they are made from.
#include "ledger/model/natural_ids.hpp"

#include <string>

namespace ledger::natural_id {

namespace {

RecordId id_of(std::string_view prefix, std::string_view rest) {
    std::string text(prefix);
    text += rest;
    return RecordId{id_from_text(text)};
}

std::string day_text(BookId book, Date date) {
    const bool printable = date >= date_min && date <= date_max;
    return std::to_string(book.number) + ":" +
           (printable ? to_string(date) : "#" + std::to_string(date.days));
}

}  // namespace

RecordId of_currency(CurrencyCode code) { return id_of(currency_prefix, code.text()); }
RecordId of_book(BookId book) { return id_of(book_prefix, std::to_string(book.number)); }
RecordId of_group(std::string_view code) { return id_of(group_prefix, code); }
RecordId of_relation(std::uint32_t number) {
    return id_of(relation_prefix, std::to_string(number));
}
RecordId of_cut_day(BookId book, Date date) { return id_of(cut_day_prefix, day_text(book, date)); }
RecordId of_close_day(BookId book, Date date) {
    return id_of(close_day_prefix, day_text(book, date));
}

RecordId of_certificate(BookId book, Date date) {
    return id_of(certificate_prefix, day_text(book, date));
}

RecordId of_snapshot(std::string_view name) { return id_of(snapshot_prefix, name); }

}  // namespace ledger::natural_id
