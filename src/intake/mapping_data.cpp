// See mapping_data.hpp.
#include "intake/mapping_data.hpp"

#include "intake/refusal.hpp"

#include <algorithm>

namespace ledger::intake {

namespace {

void bind_all(NamedTemplates& named, const Columns& columns, std::string_view file_name) {
    for (auto& [name, text] : named) text.bind(columns, file_name);
}

void bind_open(OpenRule& open, const Columns& columns, std::string_view file_name) {
    for (TextTemplate* text :
         {&open.code, &open.name, &open.book, &open.currency, &open.minimum, &open.maximum}) {
        text->bind(columns, file_name);
    }
    bind_all(open.attributes, columns, file_name);
}

void bind_rule(VoucherRule& rule, const Columns& columns, std::string_view file_name) {
    for (Condition& condition : rule.when) condition.value.bind(columns, file_name);
    rule.code.bind(columns, file_name);
    rule.summary.bind(columns, file_name);
    for (LineRule& line : rule.lines) {
        line.opens.text().bind(columns, file_name);
        line.clears.text().bind(columns, file_name);
        bind_all(line.dimensions, columns, file_name);
    }
}

void append_escaped(std::string& out, std::string_view field) {
    for (const char c : field) {
        if (c == '\\' || c == '|') out += '\\';
        out += c;
    }
}

}  // namespace

bool VoucherRule::names_sign() const noexcept {
    return std::any_of(when.begin(), when.end(),
                       [](const Condition& condition) { return condition.of_sign(); });
}

std::string RecordIdRule::text(const Row& row) const {
    std::string out = prefix;
    bool any = false;
    bool first = true;
    for (const TextTemplate& column : columns) {
        const std::string field = column.expand(row);
        any = any || !field.empty();
        if (columns.size() == 1) {
            out += field;
            continue;
        }
        if (!first) out += '|';
        first = false;
        append_escaped(out, field);
    }
    if (!any) {
        throw Refusal(columns.front().column(),
                      "the columns that make the voucher's id are empty, so it could not be told "
                      "from others");
    }
    return out;
}

RecordId RecordIdRule::make(const Row& row) const { return RecordId{id_from_text(text(row))}; }

void MappingData::bind(const Columns& columns, std::string_view file_name) {
    for (AccountRule& account : accounts) {
        account.id.text().bind(columns, file_name);
        if (account.open) bind_open(*account.open, columns, file_name);
    }
    for (TextTemplate& column : id.columns) column.bind(columns, file_name);
    order.text().bind(columns, file_name);
    for (TextTemplate* part :
         {&book, &currency, &code, &summary, &made_by, &checked_by, &source_document}) {
        part->bind(columns, file_name);
    }
    for (std::optional<DateRule>* rule : {&date, &value_date, &concerns, &occurred_at}) {
        if (*rule) (*rule)->value.bind(columns, file_name);
    }
    for (AmountRule& amount : amounts) {
        for (TextTemplate* part :
             {&amount.value, &amount.plus, &amount.minus, &amount.sign_value}) {
            part->bind(columns, file_name);
        }
    }
    bind_all(attributes, columns, file_name);
    bind_all(dimensions, columns, file_name);
    for (VoucherRule& rule : rules) bind_rule(rule, columns, file_name);
}

}  // namespace ledger::intake
