// See mapping.hpp. The JSON of a mapping to MappingData; every field is asked for by name, and what
// nobody asked for is an error.
#include "ledger/intake/mapping.hpp"

#include "core/quoted.hpp"
#include "intake/json_file.hpp"
#include "intake/mapping_data.hpp"
#include "intake/refusal.hpp"
#include "ledger/core/error.hpp"
#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <utility>

namespace ledger::intake {

namespace {

/// The fields of an object in a mapping, some of which are templates.
class Fields : public JsonFields {
public:
    using JsonFields::JsonFields;

    /// Empty where the field is missing. A number stands for its digits.
    TextTemplate text_template(const std::string& field) {
        const json* found = find(field);
        if (found == nullptr) return {};
        return {found->is_number_unsigned() ? found->dump() : as_text(field, *found), place(field)};
    }
    KeyTemplate key(const std::string& field) {
        const json* found = find(field);
        return found == nullptr ? KeyTemplate{} : KeyTemplate(as_text(field, *found), place(field));
    }
    NamedTemplates named_templates(const std::string& field) {
        NamedTemplates out;
        const json* found = find(field);
        if (found == nullptr) return out;
        Fields inner(*found, place(field));
        for (const auto& [name, value] : found->items()) {
            out.emplace_back(name, TextTemplate(inner.as_text(name, value), inner.place(name)));
        }
        return out;
    }
};

/// One ASCII character, or '\0' for the empty text where that is allowed.
char one_character(Fields& fields, const std::string& field, char otherwise, bool may_be_empty) {
    const json* found = fields.find(field);
    if (found == nullptr) return otherwise;
    const std::string text = fields.as_text(field, *found);
    if (text.empty() && may_be_empty) return '\0';
    if (text.size() != 1)
        fields.refuse(field, "must be one ASCII character, " + detail::quoted(text) + " is not");
    return text.front();
}

/// "+01:00" to seconds.
std::int32_t utc_offset(Fields& fields, const std::string& field) {
    const std::string text = fields.text_or(field, "+00:00");
    return fields.checked(field, [&] { return parse_utc_offset(text); });
}

class MappingReader {
public:
    MappingReader(const json& root, MappingData& out)
        : root_(root, "mapping " + out.file + ": "), out_(out) {}

    void read() {
        const std::string mode = root_.text_or("mode", "vouchers");
        if (mode != "vouchers" && mode != "opening") {
            root_.refuse("mode", "must be \"vouchers\" or \"opening\", " + detail::quoted(mode) +
                                     " is neither");
        }
        if (const json* file = root_.find("file")) read_file(*file);
        if (const json* definitions = root_.find("definitions")) read_definitions(*definitions);
        read_accounts();
        read_identity();
        read_dates();
        read_amounts();
        read_texts();
        if (mode == "opening") {
            read_opening();
        } else {
            root_.each("rules",
                       [&](const json& rule, const std::string& place) { read_rule(rule, place); });
            if (out_.rules.empty())
                root_.refuse("rules", "must have a rule at least: which accounts take the lines");
        }
        root_.finish();
    }

private:
    void read_file(const json& value) {
        Fields fields(value, root_.place("file"));
        Dialect& dialect = out_.data.dialect;
        dialect.delimiter = one_character(fields, "delimiter", ',', false);
        dialect.quote = one_character(fields, "quote", '"', true);
        dialect.encoding = fields.text_or("encoding", "utf-8");
        dialect.comment = fields.text_or("comment", "");
        dialect.skip_lines = fields.number("skip_lines", 0, 1'000'000, 0);
        dialect.trim = fields.flag("trim", false);
        dialect.final_newline = fields.flag("final_newline", true);
        out_.data.extra_columns = fields.flag("extra_columns", false);
        out_.data.header = fields.flag("header", true);
        const json* columns = fields.find("columns");
        if (out_.data.header == (columns != nullptr)) {
            fields.refuse("columns",
                          out_.data.header
                              ? "contradicts the header row, which names the columns; set "
                                "\"header\": false where the file has none"
                              : "is missing: the names of the columns, or how many there are");
        }
        if (columns != nullptr && columns->is_number()) {
            out_.data.column_count = fields.number("columns", 1, 10'000);
        } else if (columns != nullptr) {
            out_.data.columns = fields.texts("columns");
        }
        fields.finish();
    }

    void read_definitions(const json& value) {
        Fields fields(value, root_.place("definitions"));
        fields.each("currencies",
                    [&](const json& v, const std::string& place) { read_currency(v, place); });
        fields.each("books", [&](const json& v, const std::string& place) { read_book(v, place); });
        fields.each("groups", [&](const json& v, const std::string& place) {
            Fields group(v, place);
            DefineGroup& made = out_.groups.emplace_back();
            made.code = group.text("code");
            made.kind = read_kind(group);
            made.name = group.text_or("name", "");
            group.finish();
        });
        fields.finish();
    }

    void read_currency(const json& value, const std::string& place) {
        Fields fields(value, place);
        const std::string code = fields.text("code");
        Currency& made = out_.currencies.emplace_back();
        if (fields.find("decimals") == nullptr) {
            const Currency* iso = find_iso_currency(code);
            if (iso == nullptr) {
                fields.refuse(
                    "code",
                    detail::quoted(code) +
                        " is no currency of ISO 4217; one of your own needs \"decimals\" too");
            }
            made = *iso;
        } else {
            made.code = fields.checked("code", [&] { return CurrencyCode(code); });
            made.decimals =
                static_cast<std::uint8_t>(fields.number("decimals", 0, currency_decimals_max));
            made.numeric = static_cast<std::uint16_t>(
                fields.number("numeric", 0, bounds::currency_numeric_max, 0));
            made.name = fields.text_or("name", "");
        }
        fields.finish();
    }

    void read_book(const json& value, const std::string& place) {
        Fields fields(value, place);
        DefineBook& made = out_.books.emplace_back();
        made.book = {static_cast<std::uint16_t>(fields.number("book", 1, UINT16_MAX))};
        made.name = fields.text_or("name", "");
        made.two_principals = fields.flag("two_principals", false);
        made.utc_offset_seconds = utc_offset(fields, "utc_offset");
        if (fields.find("first_date") != nullptr) {
            const std::string date = fields.text("first_date");
            made.first_date = fields.checked("first_date", [&] { return parse_date(date); });
        }
        fields.finish();
    }

    static AccountKind read_kind(Fields& fields) {
        const std::string kind = fields.text("kind");
        return fields.checked("kind", [&] { return parse_account_kind(kind); });
    }

    void read_accounts() {
        const json& value = root_.need("accounts");
        Fields fields(value, root_.place("accounts"));
        for (const auto& [name, account] : value.items()) {
            AccountRule& made = out_.accounts.emplace_back();
            made.name = name;
        }
        if (out_.accounts.empty()) root_.refuse("accounts", "must name an account at least");
        for (AccountRule& made : out_.accounts) {
            Fields account(value.at(made.name), fields.place(made.name));
            account.need("id");
            made.id = account.key("id");
            if (const json* open = account.find("open"))
                made.open = read_open(*open, account.place("open"));
            account.finish();
        }
        for (const AccountRule& account : out_.accounts) {
            if (!account.open || !account.open->parent) continue;
            const AccountRule& parent = out_.accounts[*account.open->parent];
            if (parent.open && parent.open->parent) {
                fields.refuse(
                    account.name + "/open/parent",
                    detail::quoted(parent.name) + " has a parent itself; a child has no children");
            }
        }
    }

    OpenRule read_open(const json& value, const std::string& place) {
        Fields fields(value, place);
        OpenRule made;
        fields.need("code");
        made.code = fields.text_template("code");
        made.name = fields.text_template("name");
        made.kind = read_kind(fields);
        if (fields.find("normal_side") != nullptr) {
            const std::string side = fields.text("normal_side");
            made.normal_side = fields.checked("normal_side", [&] { return parse_side(side); });
        }
        made.book = fields.text_template("book");
        made.currency = fields.text_template("currency");
        if (const json* limits = fields.find("limits")) {
            Fields inner(*limits, fields.place("limits"));
            made.minimum = inner.text_template("minimum");
            made.maximum = inner.text_template("maximum");
            inner.finish();
        }
        if (fields.find("buffer_window") != nullptr) {
            const std::string window = fields.text("buffer_window");
            made.buffering.window =
                fields.checked("buffer_window", [&] { return parse_span(window); });
            if (made.buffering.window > bounds::buffer_window_max) {
                fields.refuse("buffer_window", "is longer than a day");
            }
        }
        made.buffering.lines_max = static_cast<std::uint32_t>(
            fields.number("buffer_lines_max", 0, bounds::buffer_lines_max, 0));
        made.open_items = fields.flag("open_items", false);
        made.transit = fields.flag("transit", false);
        if (fields.find("parent") != nullptr) made.parent = account_index(fields, "parent");
        made.attributes = fields.named_templates("attributes");
        fields.finish();
        return made;
    }

    std::size_t account_index(Fields& fields, const std::string& field) const {
        const std::string name = fields.text(field);
        std::string known;
        for (std::size_t i = 0; i < out_.accounts.size(); ++i) {
            if (out_.accounts[i].name == name) return i;
            known += (known.empty() ? "" : ", ") + out_.accounts[i].name;
        }
        fields.refuse(field, "there is no account named " + detail::quoted(name) +
                                 " in /accounts; there are: " + known);
    }

    void read_identity() {
        Fields fields(root_.need("id"), root_.place("id"));
        out_.id.prefix = fields.text("prefix");
        if (out_.id.prefix.empty()) {
            fields.refuse("prefix", "must not be empty: it keeps the ids of different files apart");
        }
        for (const std::string& column : fields.texts("columns")) {
            out_.id.columns.emplace_back("{" + column + "}", fields.place("columns"));
        }
        fields.finish();

        out_.order = root_.key("order");
        root_.need("book");
        out_.book = root_.text_template("book");
        root_.need("currency");
        out_.currency = root_.text_template("currency");
        const Row none;
        if (out_.currency.constant()) {
            root_.checked("currency", [&] { return CurrencyCode(out_.currency.expand(none)); });
        }
    }

    std::optional<DateRule> read_date(const std::string& field) {
        const json* value = root_.find(field);
        if (value == nullptr) return std::nullopt;
        Fields fields(*value, root_.place(field));
        DateRule made;
        fields.need("value");
        made.value = fields.text_template("value");
        const auto pivot = static_cast<int>(fields.number("pivot", 1, 9900, 0));
        if (fields.find("format") == nullptr) {
            made.formats.emplace_back("%Y-%m-%d", pivot, fields.place("format"));
        } else {
            for (const std::string& format : fields.texts("format")) {
                made.formats.emplace_back(format, pivot, fields.place("format"));
            }
        }
        made.utc_offset_seconds = utc_offset(fields, "utc_offset");
        fields.finish();
        if (made.value.constant()) {
            const Row none;
            fields.checked("value", [&] { return made.read_date(none, false); });
        }
        return made;
    }

    void read_dates() {
        out_.date = read_date("book_date");
        out_.value_date = read_date("value_date");
        out_.concerns = read_date("concerns");
        out_.occurred_at = read_date("occurred_at");
    }

    void read_amounts() {
        out_.amounts.push_back(read_amount("amount", root_.need("amount"), root_.place("amount")));
        const json* more = root_.find("amounts");
        if (more == nullptr) return;
        Fields fields(*more, root_.place("amounts"));
        for (const auto& [name, value] : more->items()) {
            if (name == "amount")
                fields.refuse(name, "is the name of the main amount; choose another");
            out_.amounts.push_back(read_amount(name, value, fields.place(name)));
        }
    }

    static AmountRule read_amount(const std::string& name, const json& value,
                                  const std::string& place) {
        Fields fields(value, place);
        AmountRule made;
        made.name = name;
        made.value = fields.text_template("value");
        made.plus = fields.text_template("plus");
        made.minus = fields.text_template("minus");
        if (made.value.empty() ? made.plus.empty() || made.minus.empty()
                               : !made.plus.empty() || !made.minus.empty()) {
            fields.refuse("", "needs either \"value\" or both \"plus\" and \"minus\"");
        }
        const std::string decimal = fields.text_or("decimal", ".");
        const std::string grouping = fields.text_or("grouping", "");
        made.style = fields.checked("decimal", [&] { return DecimalStyle(decimal, grouping); });
        const std::string unit = fields.text_or("unit", "major");
        if (unit != "major" && unit != "minor")
            fields.refuse("unit", "must be \"major\" or \"minor\"");
        made.minor_units = unit == "minor";
        if (fields.find("strip") != nullptr) made.strip = fields.texts("strip");
        const std::string negative = fields.text_or("negative", "leading");
        if (negative != "leading" && negative != "trailing" && negative != "parentheses") {
            fields.refuse("negative", "must be \"leading\", \"trailing\" or \"parentheses\"");
        }
        made.negative = negative == "leading"    ? AmountRule::Negative::leading
                        : negative == "trailing" ? AmountRule::Negative::trailing
                                                 : AmountRule::Negative::parentheses;
        const std::string zero = fields.text_or("zero", "reject");
        if (zero != "reject" && zero != "skip")
            fields.refuse("zero", "must be \"reject\" or \"skip\"");
        made.skip_zero = zero == "skip";
        if (const json* sign = fields.find("sign")) read_sign(fields, *sign, made);
        fields.finish();
        return made;
    }

    static void read_sign(Fields& amount, const json& value, AmountRule& made) {
        if (made.has_two_columns()) {
            amount.refuse("sign",
                          "contradicts \"plus\" and \"minus\", which give the sign; remove it");
        }
        if (value.is_string()) {
            const auto text = value.get<std::string>();
            if (text != "value" && text != "inverted") {
                amount.refuse(
                    "sign", "must be \"value\", \"inverted\" or an object with value, plus, minus");
            }
            made.sign = text == "value" ? AmountRule::Sign::value : AmountRule::Sign::inverted;
            return;
        }
        Fields fields(value, amount.place("sign"));
        made.sign = AmountRule::Sign::column;
        fields.need("value");
        made.sign_value = fields.text_template("value");
        made.plus_values = fields.texts("plus");
        made.minus_values = fields.texts("minus");
        for (const std::string& text : made.plus_values) {
            if (std::find(made.minus_values.begin(), made.minus_values.end(), text) !=
                made.minus_values.end()) {
                fields.refuse("minus", detail::quoted(text) + " is also a value of plus");
            }
        }
        fields.finish();
    }

    void read_texts() {
        out_.code = root_.text_template("code");
        out_.manual = root_.flag("manual", false);
        out_.summary = root_.text_template("summary");
        out_.made_by = root_.text_template("made_by");
        out_.checked_by = root_.text_template("checked_by");
        out_.source_document = root_.text_template("source_document");
        out_.attributes = root_.named_templates("attributes");
        out_.dimensions = root_.named_templates("dimensions");
    }

    void read_rule(const json& value, const std::string& place) {
        Fields fields(value, place);
        VoucherRule& made = out_.rules.emplace_back();
        if (const json* when = fields.find("when"))
            read_conditions(*when, fields.place("when"), made);
        made.skip = fields.flag("skip", false);
        made.code = fields.text_template("code");
        made.summary = fields.text_template("summary");
        const bool has_sides = fields.find("debit") != nullptr || fields.find("credit") != nullptr;
        const bool has_lines = fields.find("lines") != nullptr;
        if (made.skip ? has_sides || has_lines : has_sides == has_lines) {
            fields.refuse("", "needs one of: \"debit\" and \"credit\", \"lines\", \"skip\": true");
        }
        if (has_sides) {
            for (const Side side : {Side::debit, Side::credit}) {
                LineRule& line = made.lines.emplace_back();
                line.side = side;
                line.account = account_index(fields, side == Side::debit ? "debit" : "credit");
            }
        }
        fields.each("lines", [&](const json& v, const std::string& p) { read_line(v, p, made); });
        if (!made.skip && made.lines.size() < bounds::voucher_lines_min) {
            fields.refuse("lines", "must be two at least");
        }
        fields.finish();
    }

    void read_line(const json& value, const std::string& place, VoucherRule& rule) {
        Fields fields(value, place);
        LineRule& made = rule.lines.emplace_back();
        const bool is_debit = fields.find("debit") != nullptr;
        if (is_debit == (fields.find("credit") != nullptr)) {
            fields.refuse("", "needs one of \"debit\" and \"credit\", with an account's name");
        }
        made.side = is_debit ? Side::debit : Side::credit;
        made.account = account_index(fields, is_debit ? "debit" : "credit");
        const std::string amount = fields.text_or("amount", "amount");
        const auto found =
            std::find_if(out_.amounts.begin(), out_.amounts.end(),
                         [&](const AmountRule& known) { return known.name == amount; });
        if (found == out_.amounts.end()) {
            fields.refuse("amount",
                          "there is no amount named " + detail::quoted(amount) + " in /amounts");
        }
        made.amount = static_cast<std::size_t>(found - out_.amounts.begin());
        made.opens = fields.key("opens");
        made.clears = fields.key("clears");
        made.dimensions = fields.named_templates("dimensions");
        fields.finish();
    }

    static void read_conditions(const json& value, const std::string& place, VoucherRule& rule) {
        Fields fields(value, place);
        for (const auto& [column, wanted] : value.items()) {
            Condition& made = rule.when.emplace_back();
            if (column != "@sign")
                made.value = TextTemplate("{" + column + "}", fields.place(column));
            if (!wanted.is_object()) {
                made.values = fields.texts(column);
            } else {
                read_test(wanted, fields.place(column), made);
            }
            if (!made.of_sign()) continue;
            const auto is_sign = [](const std::string& text) {
                return text == "plus" || text == "minus";
            };
            if (made.test != Condition::Test::equals || made.values.size() != 1 ||
                !is_sign(made.values.front())) {
                fields.refuse(column, "must be \"plus\" or \"minus\"");
            }
        }
    }

    static void read_test(const json& value, const std::string& place, Condition& made) {
        Fields fields(value, place);
        if (value.size() != 1) fields.refuse("", "needs one of: not, begins, contains, empty");
        using Test = Condition::Test;
        constexpr std::pair<const char*, Test> tests[] = {
            {"not", Test::differs}, {"begins", Test::begins}, {"contains", Test::contains}};
        for (const auto& [name, test] : tests) {
            if (fields.find(name) == nullptr) continue;
            made.test = test;
            made.values = fields.texts(name);
        }
        if (fields.find("empty") != nullptr) {
            made.test = fields.flag("empty", true) ? Test::is_empty : Test::is_filled;
        }
        fields.finish();
    }

    void read_opening() {
        Fields fields(root_.need("opening"), root_.place("opening"));
        OpeningRule made;
        made.account = account_index(fields, "account");
        made.against = account_index(fields, "against");
        const std::string plus = fields.text_or("plus", "normal_side");
        if (plus != "normal_side" && plus != "debit" && plus != "credit") {
            fields.refuse("plus", "must be \"normal_side\", \"debit\" or \"credit\"");
        }
        made.plus = plus == "debit"    ? OpeningRule::Plus::debit
                    : plus == "credit" ? OpeningRule::Plus::credit
                                       : OpeningRule::Plus::normal_side;
        fields.finish();
        out_.opening = made;
    }

    Fields root_;
    MappingData& out_;
};

}  // namespace

Mapping Mapping::parse(std::string_view text, const std::string& name) {
    const json root = parse_json_object(text, "mapping " + name);
    auto data = std::make_shared<MappingData>();
    data->file = name;
    data->text = text;
    MappingReader(root, *data).read();
    return Mapping(std::move(data));
}

Mapping Mapping::load(const std::filesystem::path& file) {
    return parse(read_json_file(file, "mapping " + file.string()), file.string());
}

}  // namespace ledger::intake
