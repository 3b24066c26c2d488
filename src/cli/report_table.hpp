// Tables of reports: as text for people, or as CSV (RFC 4180) for spreadsheets. Invariant: both
// have the same columns and rows; memory is bounded by the rows between two calls of print().
#pragma once

#include "cli/session.hpp"
#include "cli/table.hpp"

#include <string>
#include <vector>

namespace ledger::cli {

enum class Format { text, csv, json };

/// JSON where the session has --json. Throws InvalidArgument naming the three.
Format parse_format(const Session& session, const std::string& text);

/// A field as RFC 4180 quotes it.
std::string csv_field(const std::string& text);

class ReportTable {
public:
    /// Titles of CSV are those of the columns, '_' for each space; one file has them once.
    ReportTable(Format format, const std::vector<Table::Column>& columns, bool csv_titles = true);

    void row(std::vector<std::string> cells);
    /// Writes what came since the last call to stdout.
    void print();

private:
    void print_csv(const std::vector<std::string>& cells) const;

    Format format_;
    Table table_;
    bool is_first_ = true;
};

}  // namespace ledger::cli
