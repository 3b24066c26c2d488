// See report_table.hpp.
#include "cli/report_table.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace ledger::cli {

Format parse_format(const Session& session, const std::string& text) {
    if (session.json || text == "json") return Format::json;
    if (text == "text") return Format::text;
    if (text == "csv") return Format::csv;
    throw InvalidArgument("--format: '" + text + "' is none of text, csv, json");
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

ReportTable::ReportTable(Format format, const std::vector<Table::Column>& columns, bool csv_titles)
    : format_(format), table_(columns) {
    if (format != Format::csv || !csv_titles) return;
    std::vector<std::string> titles;
    for (const Table::Column& column : columns) {
        titles.push_back(column.title);
        std::ranges::replace(titles.back(), ' ', '_');
    }
    print_csv(titles);
}

void ReportTable::row(std::vector<std::string> cells) {
    if (format_ == Format::csv) {
        print_csv(cells);
    } else {
        table_.row(std::move(cells));
    }
}

void ReportTable::print() {
    if (format_ == Format::csv) return;
    table_.print(std::cout, is_first_);
    is_first_ = false;
}

void ReportTable::print_csv(const std::vector<std::string>& cells) const {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::cout << (i == 0 ? "" : ",") << csv_field(cells[i]);
    }
    std::cout << "\r\n";
}

}  // namespace ledger::cli
