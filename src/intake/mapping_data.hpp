// What a mapping file says, parsed. Invariant: everything that can be checked without the data file
// and the ledger was checked; indexes point inside their vectors.
#pragma once

#include "intake/amount_rule.hpp"
#include "intake/date_format.hpp"
#include "intake/text_template.hpp"
#include "ledger/intake/delimited.hpp"
#include "ledger/model/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ledger::intake {

using NamedTemplates = std::vector<std::pair<std::string, TextTemplate>>;

struct FileRule {
    Dialect dialect;
    bool header = true;
    std::vector<std::string> columns;  ///< names, where there is no header row
    std::size_t column_count = 0;      ///< where there is neither header nor names
    bool extra_columns = false;        ///< fields beyond the last column are ignored, not refused
};

/// How an account is opened where it does not exist yet.
struct OpenRule {
    TextTemplate code;
    TextTemplate name;
    AccountKind kind = AccountKind::asset;
    std::optional<Side> normal_side;
    TextTemplate book;      ///< empty: the voucher's
    TextTemplate currency;  ///< empty: the voucher's
    TextTemplate minimum;   ///< empty: no limit
    TextTemplate maximum;
    Buffering buffering;
    bool open_items = false;
    bool transit = false;
    std::optional<std::size_t> parent;  ///< in MappingData::accounts
    NamedTemplates attributes;
};

struct AccountRule {
    std::string name;
    KeyTemplate id;
    std::optional<OpenRule> open;
};

struct Condition {
    enum class Test { equals, differs, begins, contains, is_empty, is_filled };
    TextTemplate value;  ///< of one column; empty: the sign of the main amount, "plus" or "minus"
    Test test = Test::equals;
    std::vector<std::string> values;

    bool of_sign() const noexcept { return value.empty(); }
};

struct LineRule {
    Side side = Side::debit;
    std::size_t account = 0;  ///< in MappingData::accounts
    std::size_t amount = 0;   ///< in MappingData::amounts
    KeyTemplate opens;
    KeyTemplate clears;
    NamedTemplates dimensions;
};

struct VoucherRule {
    std::vector<Condition> when;  ///< all must hold
    bool skip = false;            ///< such rows are no vouchers
    std::vector<LineRule> lines;
    TextTemplate code;     ///< empty: the mapping's
    TextTemplate summary;  ///< empty: the mapping's

    bool names_sign() const noexcept;
};

/// Mode "opening": the row's balance on an account against an opening-balance account.
struct OpeningRule {
    enum class Plus { normal_side, debit, credit };
    std::size_t account = 0;
    std::size_t against = 0;
    Plus plus = Plus::normal_side;
};

struct RecordIdRule {
    std::string prefix;
    std::vector<TextTemplate> columns;  ///< each of one column, @line or @file

    /// id_from_text of the prefix and the fields. One field stands as it is; of several each has
    /// '\' and '|' escaped by '\', and they are joined by '|'. Throws Refusal where all are empty.
    RecordId make(const Row& row) const;
    std::string text(const Row& row) const;
};

struct MappingData {
    std::string file;  ///< for messages
    std::string text;  ///< as it was read
    FileRule data;
    std::vector<Currency> currencies;
    std::vector<DefineBook> books;
    std::vector<DefineGroup> groups;
    std::vector<AccountRule> accounts;

    RecordIdRule id;
    KeyTemplate order;
    TextTemplate book;
    TextTemplate currency;
    std::optional<DateRule> date;
    std::optional<DateRule> value_date;
    std::optional<DateRule> concerns;
    std::optional<DateRule> occurred_at;
    std::vector<AmountRule> amounts;  ///< the main one first
    TextTemplate code;
    bool manual = false;
    TextTemplate summary;
    TextTemplate made_by;
    TextTemplate checked_by;
    TextTemplate source_document;
    NamedTemplates attributes;
    NamedTemplates dimensions;       ///< of every line
    std::vector<VoucherRule> rules;  ///< the first that holds counts
    std::optional<OpeningRule> opening;

    /// Finds the columns of every template. Throws InvalidArgument where one is missing.
    void bind(const Columns& columns, std::string_view file_name);
};

}  // namespace ledger::intake
