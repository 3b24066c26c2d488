// Reading of JSON records.
#include "cli/record_input.hpp"

#include "ledger/core/decimal.hpp"

#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger::cli {

namespace {

/// Decimals to read an amount with whose account nobody knows: the ledger refuses it anyway.
constexpr unsigned decimals_of_unknown = currency_decimals_max;

/// Remembers what an object would bring. Two objects that differ cannot both be believed, and which
/// one the ledger takes is not known before they are posted.
template <class Key>
void remember(std::map<Key, unsigned>& pending, Key key, unsigned decimals,
              const std::string& name) {
    const auto [found, is_new] = pending.emplace(key, decimals);
    if (!is_new && found->second != decimals) {
        throw InvalidArgument(name + " stands twice in this input, with " +
                              std::to_string(found->second) + " and with " +
                              std::to_string(decimals) +
                              " decimals; post the first one alone, then the rest");
    }
}

std::string from_hex(std::string_view digits, std::string_view what) {
    const auto value_of = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = value_of(digits[i]);
        const int low = i + 1 < digits.size() ? value_of(digits[i + 1]) : -1;
        if (high < 0 || low < 0) {
            throw InvalidArgument(std::string(what) +
                                  ": not pairs of hexadecimal digits at character " +
                                  std::to_string(i + 1));
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace

Json parse_json(std::string_view text) {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key) {
            const auto& key = parsed.get_ref<const std::string&>();
            if (!keys.back().insert(key).second) {
                throw InvalidArgument("the key \"" + key +
                                      "\" stands twice in one object; keep one of them");
            }
        }
        return true;
    };
    try {
        return Json::parse(text.begin(), text.end(), watch);
    } catch (const Json::exception& error) {
        throw InvalidArgument(std::string("this is no JSON: ") + error.what());
    }
}

/// The fields of one object, each to be taken once; what is left over at the end is an error.
class RecordInput::Fields {
public:
    Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object.is_object()) {
            throw InvalidArgument(name("") + "is no JSON object; write {\"kind\": ..., ...}");
        }
    }

    std::string path(const std::string& key) const {
        return where_.empty() ? key : where_ + "." + key;
    }
    bool has(const std::string& key) const { return object_.contains(key); }

    /// The value of a key that may be missing.
    const Json* take(const std::string& key) {
        taken_.insert(key);
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }
    const Json& need(const std::string& key) {
        if (const Json* value = take(key)) return *value;
        throw InvalidArgument(name(key) + "is missing; it has to be given");
    }

    std::string text(const std::string& key) {
        const Json* value = take(key);
        return value == nullptr ? std::string() : string_of(*value, key);
    }
    std::string needed_text(const std::string& key) { return string_of(need(key), key); }
    bool flag(const std::string& key) {
        const Json* value = take(key);
        if (value == nullptr) return false;
        if (!value->is_boolean()) throw InvalidArgument(name(key) + "must be true or false");
        return value->get<bool>();
    }
    std::int64_t number(const std::string& key, std::int64_t least, std::int64_t most,
                        std::int64_t otherwise) {
        const Json* value = take(key);
        return value == nullptr ? otherwise : number_of(*value, key, least, most);
    }
    std::int64_t needed_number(const std::string& key, std::int64_t least, std::int64_t most) {
        return number_of(need(key), key, least, most);
    }
    template <class Id>
    Id id(const std::string& key) {
        return parse_optional_id<Id>(text(key), path(key));
    }
    /// An array of ids.
    template <class Id>
    std::vector<Id> ids(const std::string& key) {
        std::vector<Id> out;
        const Json& all = array(key);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string where = path(key) + "[" + std::to_string(i) + "]";
            if (!all[i].is_string()) {
                throw InvalidArgument("field \"" + where + "\" must be the text of an id");
            }
            out.push_back(parse_id_as<Id>(all[i].get_ref<const std::string&>(), where));
        }
        return out;
    }
    template <class Id>
    Id needed_id(const std::string& key) {
        return parse_id_as<Id>(needed_text(key), path(key));
    }
    BookId book(const std::string& key = "book") {
        return BookId{static_cast<std::uint16_t>(needed_number(key, 1, UINT16_MAX))};
    }
    CurrencyCode currency(const std::string& key = "currency") {
        const std::string code = needed_text(key);
        return naming(path(key), [&] { return CurrencyCode(code); });
    }
    Date date(const std::string& key) { return parse_optional_date(text(key), path(key)); }
    /// One of ISO 4217 by its code alone, or one of the caller's own.
    Currency defined_currency() {
        Currency made;
        made.code = currency("code");
        if (!has("decimals") && !has("numeric") && !has("name")) {
            const Currency* iso = find_iso_currency(made.code.text());
            if (iso == nullptr) {
                throw InvalidArgument(name("code") + "'" + std::string(made.code.text()) +
                                      "' is no currency of ISO 4217; one of your own needs "
                                      "\"decimals\" too");
            }
            return *iso;
        }
        made.decimals = static_cast<std::uint8_t>(needed_number("decimals", 0, UINT8_MAX));
        made.numeric = static_cast<std::uint16_t>(number("numeric", 0, UINT16_MAX, 0));
        made.name = text("name");
        return made;
    }
    Instant instant(const std::string& key) { return parse_optional_instant(text(key), path(key)); }
    /// Of text, never of a number: 0.1 is no exact amount in most JSON libraries.
    Amount amount(const std::string& key, unsigned decimals) {
        const Json& value = need(key);
        if (!value.is_string()) {
            throw InvalidArgument(name(key) + "must be a decimal string such as \"12.30\"");
        }
        return naming(path(key),
                      [&] { return parse_amount(value.get_ref<const std::string&>(), decimals); });
    }
    template <class Parse>
    auto parsed(const std::string& key, Parse parse) {
        const std::string value = needed_text(key);
        return naming(path(key), [&] { return parse(value); });
    }
    Attributes attributes(const std::string& key) {
        Attributes out;
        const Json* value = take(key);
        if (value == nullptr) return out;
        if (!value->is_object()) {
            throw InvalidArgument(name(key) + "must be an object of texts: {\"key\": \"value\"}");
        }
        for (const auto& [attribute, content] : value->items()) {
            out.push_back({attribute, string_of(content, key + "." + attribute)});
        }
        return out;
    }
    const Json& array(const std::string& key) {
        static const Json none = Json::array();
        const Json* value = take(key);
        if (value == nullptr) return none;
        if (!value->is_array()) throw InvalidArgument(name(key) + "must be an array: [...]");
        return *value;
    }

    void finish() const {
        for (const auto& [key, value] : object_.items()) {
            if (taken_.count(key) == 0) {
                throw InvalidArgument(name(key) +
                                      "is not known here; see docs/ledgerctl.md, 'Records'");
            }
        }
    }

private:
    std::string name(const std::string& key) const {
        const std::string full = key.empty() ? where_ : path(key);
        return full.empty() ? "the line " : "field \"" + full + "\" ";
    }
    std::string string_of(const Json& value, const std::string& key) const {
        if (!value.is_string()) throw InvalidArgument(name(key) + "must be a text: \"...\"");
        return value.get<std::string>();
    }
    std::int64_t number_of(const Json& value, const std::string& key, std::int64_t least,
                           std::int64_t most) const {
        const bool fits =
            value.is_number_integer() &&
            (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
        if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
            throw InvalidArgument(name(key) + "must be a whole number of the range " +
                                  std::to_string(least) + ".." + std::to_string(most));
        }
        return value.get<std::int64_t>();
    }

    const Json& object_;
    std::string where_;
    std::set<std::string> taken_;
};

RecordInput::RecordInput(Ledger& ledger)
    : ledger_(ledger), view_(ledger.view()), currencies_(view_) {}

void RecordInput::refresh() {
    view_ = ledger_.view();
    currencies_ = CurrencyTable(view_);
    pending_ = {};
}

std::size_t RecordInput::add(const Json& object, Batch& batch) {
    if (!object.is_object() || !object.contains("group")) return add_one(object, batch);
    Fields fields(object, "");
    const Json& group = fields.array("group");
    fields.finish();
    if (group.empty() || group.size() > bounds::batch_records_max) {
        throw InvalidArgument("field \"group\" has " + std::to_string(group.size()) +
                              " records; a group has 1.." +
                              std::to_string(bounds::batch_records_max));
    }
    const std::size_t first = batch.size();
    for (std::size_t i = 0; i < group.size(); ++i) {
        naming("group[" + std::to_string(i) + "]", [&] { add_one(group[i], batch); });
    }
    batch.link(first, batch.size());
    return group.size();
}

Voucher RecordInput::voucher(const Json& object) {
    Fields fields(object, "");
    const std::string kind = fields.text("record");
    if (!kind.empty() && kind != "voucher") {
        throw InvalidArgument("field \"record\" is \"" + kind + "\"; a voucher is wanted here");
    }
    Voucher value = read_voucher(fields);
    fields.finish();
    return value;
}

std::size_t RecordInput::add_one(const Json& object, Batch& batch) {
    Fields fields(object, "");
    const std::string kind = fields.text("record");
    if (kind.empty() || kind == "voucher") {
        batch.add(read_voucher(fields));
    } else if (!add_definition(kind, fields, batch) && !add_account_record(kind, fields, batch) &&
               !add_other(kind, fields, batch)) {
        throw InvalidArgument("field \"record\": '" + kind +
                              "' is no kind of record that can be posted; write voucher, "
                              "define_currency, define_book, define_group, define_relation, "
                              "open_account, set_limits, set_freeze, set_attributes, "
                              "set_buffering, close_account, place_hold, release_hold, "
                              "register_entry, cut_day or close_day");
    }
    fields.finish();
    return 1;
}

bool RecordInput::add_definition(std::string_view kind, Fields& fields, Batch& batch) {
    if (kind == "define_currency") {
        DefineCurrency value;
        value.currency = fields.defined_currency();
        if (!currencies_.knows(value.currency.code)) {
            remember(pending_.currencies, value.currency.code, value.currency.decimals,
                     "currency " + std::string(value.currency.code.text()));
        }
        batch.add(value);
    } else if (kind == "define_book") {
        DefineBook value;
        value.book = fields.book();
        value.name = fields.text("name");
        value.two_principals = fields.flag("two_principals");
        if (fields.has("utc_offset")) {
            value.utc_offset_seconds =
                parse_utc_offset(fields.needed_text("utc_offset"), fields.path("utc_offset"));
        }
        value.first_date = fields.date("first_date");
        batch.add(value);
    } else if (kind == "define_group") {
        DefineGroup value;
        value.code = fields.needed_text("code");
        value.kind = fields.parsed("kind", parse_account_kind);
        value.name = fields.text("name");
        batch.add(value);
    } else if (kind == "define_relation") {
        batch.add(read_relation(fields));
    } else if (kind == "cut_day" || kind == "close_day") {
        const BookId book = fields.book();
        const Date date = fields.parsed("date", parse_date);
        if (kind == "cut_day") {
            batch.add(CutDay{book, date});
        } else {
            batch.add(CloseDay{book, date, fields.ids<AccountId>("exceptions")});
        }
    } else {
        return false;
    }
    return true;
}

bool RecordInput::add_account_record(std::string_view kind, Fields& fields, Batch& batch) {
    if (kind == "open_account") {
        batch.add(read_open_account(fields));
        return true;
    }
    const bool is_known = kind == "set_limits" || kind == "set_freeze" ||
                          kind == "set_attributes" || kind == "set_buffering" ||
                          kind == "close_account";
    if (!is_known) return false;
    const auto id = fields.needed_id<RecordId>("id");
    const auto order = fields.id<OrderId>("order");
    const auto account = fields.needed_id<AccountId>("account");
    if (kind == "set_limits") {
        const Limits limits =
            read_limits(fields, decimals_of(account).value_or(decimals_of_unknown));
        batch.add(id, SetLimits{account, limits}, order);
    } else if (kind == "set_freeze") {
        const Freeze freeze = fields.parsed("freeze", parse_freeze);
        batch.add(id, SetFreeze{account, freeze, fields.text("reference")}, order);
    } else if (kind == "set_attributes") {
        std::string name = fields.text("name");
        batch.add(id, SetAttributes{account, std::move(name), fields.attributes("attributes")},
                  order);
    } else if (kind == "set_buffering") {
        batch.add(id, SetBuffering{account, read_buffering(fields)}, order);
    } else {
        batch.add(id, CloseAccount{account}, order);
    }
    return true;
}

bool RecordInput::add_other(std::string_view kind, Fields& fields, Batch& batch) {
    const bool is_known =
        kind == "place_hold" || kind == "release_hold" || kind == "register_entry";
    if (!is_known) return false;
    const auto id = fields.needed_id<RecordId>("id");
    const auto order = fields.id<OrderId>("order");
    if (kind == "place_hold") {
        batch.add(id, read_hold(fields, id), order);
    } else if (kind == "release_hold") {
        ReleaseHold value;
        value.hold = fields.needed_id<HoldId>("hold");
        if (fields.has("amount")) {
            value.amount =
                fields.amount("amount", decimals_of(value.hold).value_or(decimals_of_unknown));
        }
        batch.add(id, value, order);
    } else {
        RegisterEntry value;
        value.type = static_cast<std::uint32_t>(fields.number("type", 0, UINT32_MAX, 0));
        value.payload = fields.text("payload");
        if (fields.has("payload_hex")) {
            if (!value.payload.empty()) {
                throw InvalidArgument("give \"payload\" or \"payload_hex\", not both");
            }
            value.payload = from_hex(fields.text("payload_hex"), "field \"payload_hex\"");
        }
        batch.add(id, value, order);
    }
    return true;
}

Voucher RecordInput::read_voucher(Fields& fields) {
    Voucher voucher;
    voucher.id = fields.needed_id<VoucherId>("id");
    voucher.order = fields.id<OrderId>("order");
    voucher.book = fields.book();
    voucher.book_date = fields.date("book_date");
    voucher.code = static_cast<std::uint32_t>(fields.number("code", 0, UINT32_MAX, 0));
    voucher.manual = fields.flag("manual");
    voucher.red = fields.flag("red");
    const Json& lines = fields.array("lines");
    voucher.lines.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        Fields line(lines[i], "lines[" + std::to_string(i) + "]");
        VoucherLine& out = voucher.lines.emplace_back();
        out.account = line.needed_id<AccountId>("account");
        out.side = line.parsed("side", parse_side);
        out.amount = line.amount("amount", decimals_of(out.account).value_or(decimals_of_unknown));
        if (line.has("ink")) out.ink = line.parsed("ink", parse_ink);
        out.dimensions = line.attributes("dimensions");
        out.opens = line.id<ItemId>("opens");
        out.clears = line.id<ItemId>("clears");
        line.finish();
    }
    voucher.detail = read_detail(fields);
    return voucher;
}

VoucherDetail RecordInput::read_detail(Fields& fields) {
    VoucherDetail detail;
    detail.value_date = fields.date("value_date");
    detail.concerns = fields.date("concerns");
    detail.occurred_at = fields.instant("occurred_at");
    detail.summary = fields.text("summary");
    detail.made_by = fields.text("made_by");
    detail.checked_by = fields.text("checked_by");
    detail.source_document = fields.text("source_document");
    detail.reverses = fields.id<VoucherId>("reverses");
    detail.replaces = fields.id<VoucherId>("replaces");
    detail.attributes = fields.attributes("attributes");
    const Json& captures = fields.array("captures");
    for (std::size_t i = 0; i < captures.size(); ++i) {
        Fields capture(captures[i], "captures[" + std::to_string(i) + "]");
        Capture& out = detail.captures.emplace_back();
        out.hold = capture.needed_id<HoldId>("hold");
        out.amount = capture.amount("amount", decimals_of(out.hold).value_or(decimals_of_unknown));
        capture.finish();
    }
    return detail;
}

Buffering RecordInput::read_buffering(Fields& fields) {
    Buffering buffering;
    if (fields.has("buffer_window")) {
        buffering.window = fields.parsed(
            "buffer_window", [](const std::string& text) { return ledger::parse_span(text); });
    }
    buffering.lines_max =
        static_cast<std::uint32_t>(fields.number("buffer_lines_max", 0, UINT32_MAX, 0));
    return buffering;
}

OpenAccount RecordInput::read_open_account(Fields& fields) {
    OpenAccount value;
    value.id = fields.needed_id<AccountId>("id");
    value.book = fields.book();
    value.currency = fields.currency();
    value.code = fields.needed_text("code");
    value.kind = fields.parsed("kind", parse_account_kind);
    if (fields.has("normal_side")) value.normal_side = fields.parsed("normal_side", parse_side);
    value.name = fields.text("name");
    const auto decimals = decimals_of(value.currency);
    value.limits = read_limits(fields, decimals.value_or(decimals_of_unknown));
    value.buffering = read_buffering(fields);
    value.open_items = fields.flag("open_items");
    value.transit = fields.flag("transit");
    value.parent = fields.id<AccountId>("parent");
    value.attributes = fields.attributes("attributes");
    if (decimals && !view_.account(value.id)) {
        remember(pending_.accounts, value.id, *decimals, "account " + to_string(value.id));
    }
    return value;
}

PlaceHold RecordInput::read_hold(Fields& fields, HoldId id) {
    PlaceHold value;
    value.account = fields.needed_id<AccountId>("account");
    if (fields.has("kind")) value.kind = fields.parsed("kind", parse_hold_kind);
    const auto decimals = decimals_of(value.account);
    if (fields.has("amount") || value.kind != HoldKind::precise) {
        value.amount = fields.amount("amount", decimals.value_or(decimals_of_unknown));
    }
    value.expires_at = fields.instant("expires_at");
    value.reference = fields.text("reference");
    value.sources = fields.ids<VoucherId>("sources");
    value.orders = fields.ids<OrderId>("orders");
    if (decimals && !view_.hold(id)) {
        remember(pending_.holds, id, *decimals, "hold " + to_string(id));
    }
    return value;
}

DefineRelation RecordInput::read_relation(Fields& fields) {
    DefineRelation value;
    value.number = static_cast<std::uint32_t>(fields.needed_number("number", 0, UINT32_MAX));
    value.name = fields.text("name");
    value.at_day_close = fields.flag("at_day_close");
    const Json& terms = fields.array("terms");
    for (std::size_t i = 0; i < terms.size(); ++i) {
        Fields term(terms[i], "terms[" + std::to_string(i) + "]");
        RelationTerm& out = value.terms.emplace_back();
        out.coefficient = term.number("coefficient", std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max(), 1);
        out.account = term.id<AccountId>("account");
        out.group = term.text("group");
        if (!out.group.empty()) {
            out.book = term.book();
            out.currency = term.currency();
        }
        term.finish();
    }
    return value;
}

Limits RecordInput::read_limits(Fields& fields, unsigned decimals) {
    Limits limits;
    if (fields.has("minimum")) limits.minimum = fields.amount("minimum", decimals);
    if (fields.has("maximum")) limits.maximum = fields.amount("maximum", decimals);
    return limits;
}

std::optional<unsigned> RecordInput::decimals_of(CurrencyCode code) const {
    if (currencies_.knows(code)) return currencies_.decimals(code);
    const auto found = pending_.currencies.find(code);
    return found == pending_.currencies.end() ? std::nullopt : std::optional(found->second);
}

std::optional<unsigned> RecordInput::decimals_of(AccountId account) {
    const auto seen = pending_.seen.find(account);
    if (seen != pending_.seen.end()) return seen->second;
    if (const auto info = view_.account(account)) {
        return pending_.seen.emplace(account, currencies_.decimals(info->currency)).first->second;
    }
    const auto found = pending_.accounts.find(account);
    return found == pending_.accounts.end() ? std::nullopt : std::optional(found->second);
}

std::optional<unsigned> RecordInput::decimals_of(HoldId hold) {
    if (const auto info = view_.hold(hold)) return decimals_of(info->account);
    const auto found = pending_.holds.find(hold);
    return found == pending_.holds.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace ledger::cli
