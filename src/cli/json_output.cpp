// Conversion of values to JSON.
#include "cli/json_output.hpp"

#include "cli/exit_code.hpp"

#include "ledger/core/utf8.hpp"

#include <functional>
#include <map>
#include <ostream>
#include <utility>
#include <variant>

namespace ledger::cli {

namespace {

void put_text(Json& object, const char* key, const std::string& text) {
    if (!text.empty()) object[key] = text;
}

template <class Id>
void put_id(Json& object, const char* key, Id id) {
    if (id) object[key] = to_string(id);
}

template <class Id>
void put_ids(Json& object, const char* key, const std::vector<Id>& ids) {
    for (const Id id : ids) object[key].push_back(to_string(id));
}

void put_date(Json& object, const char* key, Date date) {
    if (date) object[key] = to_string(date);
}

void put_instant(Json& object, const char* key, Instant instant) {
    if (instant) object[key] = to_string(instant);
}

void put_attributes(Json& object, const char* key, const Attributes& attributes) {
    if (!attributes.empty()) object[key] = to_json(attributes);
}

/// The currency of an account that a record names.
using CurrencyOf = std::function<CurrencyCode(AccountId)>;

Json line_to_json(const VoucherLine& line, CurrencyCode currency, const CurrencyTable& currencies) {
    Json out{{"account", to_string(line.account)},
             {"side", to_string(line.side)},
             {"amount", currencies.print(line.amount, currency)},
             {"currency", currency.text()}};
    if (line.ink == Ink::red) out["ink"] = to_string(line.ink);
    put_attributes(out, "dimensions", line.dimensions);
    put_id(out, "opens", line.opens);
    put_id(out, "clears", line.clears);
    return out;
}

Json capture_to_json(const Capture& capture, const View& view, const CurrencyTable& currencies) {
    Json out{{"hold", to_string(capture.hold)}};
    if (const auto hold = view.hold(capture.hold)) {
        const CurrencyCode currency = currency_of(view, hold->account);
        out["amount"] = currencies.print(capture.amount, currency);
        out["remaining"] = currencies.print(capture.remaining, currency);
    }
    return out;
}

void put_detail(Json& out, const VoucherDetail& detail) {
    put_date(out, "value_date", detail.value_date);
    put_date(out, "concerns", detail.concerns);
    put_instant(out, "occurred_at", detail.occurred_at);
    put_text(out, "summary", detail.summary);
    put_text(out, "made_by", detail.made_by);
    put_text(out, "checked_by", detail.checked_by);
    put_text(out, "source_document", detail.source_document);
    put_id(out, "reverses", detail.reverses);
    put_id(out, "replaces", detail.replaces);
    put_attributes(out, "attributes", detail.attributes);
}

/// What the caller gave, and the lines and captures.
void put_voucher(Json& out, const Voucher& voucher, const CurrencyOf& currency_of_account,
                 const View& view, const CurrencyTable& currencies) {
    put_id(out, "order", voucher.order);
    out["book"] = voucher.book.number;
    put_date(out, "book_date", voucher.book_date);
    if (voucher.code != 0) out["code"] = voucher.code;
    if (voucher.manual) out["manual"] = true;
    if (voucher.red) out["red"] = true;
    put_detail(out, voucher.detail);
    out["lines"] = Json::array();
    for (const VoucherLine& line : voucher.lines) {
        out["lines"].push_back(line_to_json(line, currency_of_account(line.account), currencies));
    }
    if (!voucher.detail.captures.empty()) out["captures"] = Json::array();
    for (const Capture& capture : voucher.detail.captures) {
        out["captures"].push_back(capture_to_json(capture, view, currencies));
    }
}

void put_limits(Json& out, const Limits& limits, CurrencyCode code, const CurrencyTable& units) {
    if (limits.minimum) out["minimum"] = units.print(*limits.minimum, code);
    if (limits.maximum) out["maximum"] = units.print(*limits.maximum, code);
}

void put_buffering(Json& out, const Buffering& buffering) {
    if (!buffering) return;
    out["buffer_window"] = print_span(buffering.window);
    out["buffer_lines_max"] = buffering.lines_max;
}

/// What the entry says beside where it stands.
void put_entry(Json& out, const AccountEntry& entry, CurrencyCode currency,
               const CurrencyTable& currencies) {
    out["kind"] = to_string(entry.kind);
    if (entry.kind == EntryKind::line) {
        out["line"] = entry.line;
        out["side"] = to_string(entry.side);
        if (entry.ink == Ink::red) out["ink"] = to_string(entry.ink);
        if (entry.buffered) out["buffered"] = true;
    }
    if (entry.amount != Amount{} || entry.kind == EntryKind::line) {
        out["amount"] = currencies.print(entry.amount, currency);
    }
    put_date(out, "book_date", entry.book_date);
    if (entry.kind == EntryKind::fold) {
        const FoldedLines& folded = entry.folded;
        out["folded"] = {{"lines", folded.lines},
                         {"debits", currencies.print(folded.debits, currency)},
                         {"credits", currencies.print(folded.credits, currency)},
                         {"first", folded.first.value},
                         {"last", folded.last.value}};
    }
    out["balance"] = to_json(entry.balance, currency, currencies);
}

/// The fields of a record's own kind, named as in the records that are posted.
class FeedFields {
public:
    FeedFields(Json& out, const FeedRecord& record, const View& view,
               const CurrencyTable& currencies)
        : out_(out), view_(view), currencies_(currencies) {
        for (const FeedEntry& entry : record.entries) known_[entry.account] = entry.currency;
    }

    void operator()(std::monostate) const {}
    void operator()(const Voucher& value) const {
        const auto currency = [&](AccountId account) { return known_.at(account); };
        put_voucher(out_, value, currency, view_, currencies_);
    }
    void operator()(const DefineCurrency& value) const { out_.update(to_json(value.currency)); }
    void operator()(const DefineBook& value) const { out_.update(to_json(value)); }
    void operator()(const DefineGroup& value) const { out_.update(to_json(value)); }
    void operator()(const DefineRelation& value) const { out_.update(to_json(value)); }
    void operator()(const OpenAccount& value) const {
        out_["book"] = value.book.number;
        out_["currency"] = value.currency.text();
        out_["code"] = value.code;
        out_["kind"] = to_string(value.kind);
        out_["normal_side"] = to_string(value.normal_side.value_or(normal_side_of(value.kind)));
        put_text(out_, "name", value.name);
        put_limits(out_, value.limits, value.currency, currencies_);
        put_buffering(out_, value.buffering);
        if (value.open_items) out_["open_items"] = true;
        if (value.transit) out_["transit"] = true;
        put_id(out_, "parent", value.parent);
        put_attributes(out_, "attributes", value.attributes);
    }
    void operator()(const SetLimits& value) const {
        put_account(value.account);
        put_limits(out_, value.limits, known_.at(value.account), currencies_);
    }
    void operator()(const SetFreeze& value) const {
        put_account(value.account);
        out_["freeze"] = to_string(value.freeze);
        put_text(out_, "reference", value.reference);
    }
    void operator()(const SetAttributes& value) const {
        put_account(value.account);
        put_text(out_, "name", value.name);
        put_attributes(out_, "attributes", value.attributes);
    }
    void operator()(const SetBuffering& value) const {
        put_account(value.account);
        put_buffering(out_, value.buffering);
    }
    void operator()(const CloseAccount& value) const { put_account(value.account); }
    void operator()(const PlaceHold& value) const {
        put_account(value.account);
        out_["kind"] = to_string(value.kind);
        const CurrencyCode currency = known_.at(value.account);
        out_["amount"] = currencies_.print(value.amount, currency);
        if (value.requested != Amount{}) {
            out_["requested"] = currencies_.print(value.requested, currency);
        }
        put_instant(out_, "expires_at", value.expires_at);
        put_ids(out_, "sources", value.sources);
        put_ids(out_, "orders", value.orders);
        put_ids(out_, "resolved", value.resolved);
        put_text(out_, "reference", value.reference);
    }
    void operator()(const ReleaseHold& value) const {
        put_id(out_, "hold", value.hold);
        const auto& [account, currency] = *known_.begin();  // the hold's, and no other
        put_account(account);
        out_["amount"] = currencies_.print(value.amount, currency);
        out_["remaining"] = currencies_.print(value.remaining, currency);
    }
    void operator()(const RegisterEntry& value) const {
        out_["type"] = value.type;
        if (is_utf8(value.payload)) {
            put_text(out_, "payload", value.payload);
        } else {
            out_["payload_hex"] = to_hex(value.payload);
        }
    }
    void operator()(const CutDay& value) const { put_day(value.book, value.date); }
    void operator()(const CloseDay& value) const {
        put_day(value.book, value.date);
        put_ids(out_, "exceptions", value.exceptions);
    }
    void operator()(const Anchor& value) const {
        out_["through"] = value.through.value;
        out_["algorithm"] = value.algorithm;
        out_["digest"] = to_hex(value.digest);
    }
    void operator()(const Certificate& value) const { out_.update(to_json(value)); }

private:
    void put_account(AccountId account) const { out_["account"] = to_string(account); }
    void put_day(BookId book, Date date) const {
        out_["book"] = book.number;
        out_["date"] = to_string(date);
    }

    Json& out_;
    const View& view_;
    const CurrencyTable& currencies_;
    std::map<AccountId, CurrencyCode> known_;  // of the accounts that the record touched
};

}  // namespace

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value >> 4];
        text += digits[value & 15];
    }
    return text;
}

Json to_json(const Certificate& certificate) {
    return {{"book", certificate.book.number},    {"date", to_string(certificate.date)},
            {"close", certificate.close.value},   {"accounts", certificate.accounts},
            {"algorithm", certificate.algorithm}, {"digest", to_hex(certificate.digest)}};
}

Json to_json(const Currency& currency) {
    Json out{{"code", currency.code.text()}, {"decimals", currency.decimals}};
    if (currency.numeric != 0) out["numeric"] = currency.numeric;
    put_text(out, "name", currency.name);
    return out;
}

Json to_json(const DefineBook& book) {
    Json out{{"book", book.book.number}, {"name", book.name}};
    out["two_principals"] = book.two_principals;
    out["utc_offset"] = print_utc_offset(book.utc_offset_seconds);
    put_date(out, "first_date", book.first_date);
    return out;
}

Json to_json(const DefineGroup& group) {
    return {{"code", group.code}, {"kind", to_string(group.kind)}, {"name", group.name}};
}

Json to_json(const DefineRelation& relation) {
    Json out{{"number", relation.number},
             {"name", relation.name},
             {"at_day_close", relation.at_day_close},
             {"terms", Json::array()}};
    for (const RelationTerm& term : relation.terms) {
        Json item{{"coefficient", term.coefficient}};
        put_id(item, "account", term.account);
        if (!term.group.empty()) {
            item["group"] = term.group;
            item["book"] = term.book.number;
            item["currency"] = term.currency.text();
        }
        out["terms"].push_back(std::move(item));
    }
    return out;
}

Json to_json(const Attributes& attributes) {
    Json out = Json::object();
    for (const Attribute& attribute : attributes) out[attribute.key] = attribute.value;
    return out;
}

Json to_json(const Balance& balance, CurrencyCode currency, const CurrencyTable& currencies) {
    const auto print = [&](Amount amount) { return currencies.print(amount, currency); };
    return {{"currency", currency.text()},
            {"normal_side", to_string(balance.normal_side)},
            {"total", print(balance.total())},
            {"posted", print(balance.posted())},
            {"held", print(balance.held)},
            {"available", print(balance.available())},
            {"debits", print(balance.debits)},
            {"credits", print(balance.credits)},
            {"buffered_debits", print(balance.buffered_debits)},
            {"buffered_credits", print(balance.buffered_credits)}};
}

Json to_json(const DatedBalance& balance, CurrencyCode currency, const CurrencyTable& currencies) {
    const auto print = [&](Amount amount) { return currencies.print(amount, currency); };
    return {{"currency", currency.text()},
            {"normal_side", to_string(balance.normal_side)},
            {"total", print(balance.total())},
            {"debits", print(balance.debits)},
            {"credits", print(balance.credits)}};
}

Json to_json(const AccountInfo& account, const CurrencyTable& currencies) {
    Json out{
        {"id", to_string(account.id)},         {"book", account.book.number},
        {"currency", account.currency.text()}, {"code", account.code},
        {"kind", to_string(account.kind)},     {"normal_side", to_string(account.normal_side)}};
    put_text(out, "name", account.name);
    put_limits(out, account.limits, account.currency, currencies);
    out["freeze"] = to_string(account.freeze);
    put_text(out, "freeze_reference", account.freeze_reference);
    put_buffering(out, account.buffering);
    out["open_items"] = account.open_items;
    out["transit"] = account.transit;
    out["closed"] = account.closed;
    put_id(out, "parent", account.parent);
    put_attributes(out, "attributes", account.attributes);
    out["opened"] = account.opened.value;
    return out;
}

Json to_json(const AccountEntry& entry, CurrencyCode currency, const CurrencyTable& currencies) {
    Json out{{"position", entry.position.value}, {"instant", to_string(entry.instant)}};
    put_entry(out, entry, currency, currencies);
    return out;
}

Json to_json(const PostedVoucher& posted, const View& view, const CurrencyTable& currencies) {
    const Voucher& voucher = posted.voucher;
    Json out{{"record", "voucher"},
             {"id", to_string(voucher.id)},
             {"position", posted.position.value},
             {"number", posted.number},
             {"instant", to_string(posted.instant)}};
    const auto currency = [&](AccountId account) { return currency_of(view, account); };
    put_voucher(out, voucher, currency, view, currencies);
    put_id(out, "reversed_by", posted.reversed_by);
    put_id(out, "replaced_by", posted.replaced_by);
    return out;
}

Json to_json(const Voucher& voucher, const View& view, const CurrencyTable& currencies) {
    Json out{{"record", "voucher"}, {"id", to_string(voucher.id)}};
    const auto currency = [&](AccountId account) { return currency_of(view, account); };
    put_voucher(out, voucher, currency, view, currencies);
    for (Json& line : out["lines"]) line.erase("currency");  // the account's own
    return out;
}

Json to_json(const PostedRecord& record) {
    Json out{{"record", to_string(record.kind)},
             {"id", to_string(record.id)},
             {"position", record.position.value},
             {"instant", to_string(record.instant)}};
    put_id(out, "order", record.order);
    return out;
}

Json to_json(const FeedRecord& record, const View& view, const CurrencyTable& currencies) {
    Json out{{"record", to_string(record.kind)}};
    put_id(out, "id", record.id);
    out["position"] = record.position.value;
    if (record.number != 0) out["number"] = record.number;
    out["instant"] = to_string(record.instant);
    put_id(out, "order", record.order);
    std::visit(FeedFields(out, record, view, currencies), record.value);
    out["entries"] = Json::array();
    for (const FeedEntry& entry : record.entries) {
        Json item{{"account", to_string(entry.account)}, {"book", entry.book.number}};
        put_entry(item, entry.entry, entry.currency, currencies);
        out["entries"].push_back(std::move(item));
    }
    return out;
}

Json to_json(const HoldInfo& hold, CurrencyCode currency, const CurrencyTable& currencies) {
    Json out{{"id", to_string(hold.id)},
             {"account", to_string(hold.account)},
             {"kind", to_string(hold.kind)},
             {"currency", currency.text()},
             {"requested", currencies.print(hold.requested, currency)},
             {"placed", currencies.print(hold.placed, currency)},
             {"remaining", currencies.print(hold.remaining, currency)}};
    put_id(out, "order", hold.order);
    put_instant(out, "expires_at", hold.expires_at);
    put_ids(out, "sources", hold.sources);
    put_ids(out, "orders", hold.orders);
    put_ids(out, "resolved", hold.resolved);
    put_text(out, "reference", hold.reference);
    out["position"] = hold.position.value;
    return out;
}

Json to_json(const ItemInfo& item, CurrencyCode currency, const CurrencyTable& currencies) {
    return {{"id", to_string(item.id)},
            {"account", to_string(item.account)},
            {"side", to_string(item.side)},
            {"currency", currency.text()},
            {"opened", currencies.print(item.opened, currency)},
            {"remaining", currencies.print(item.remaining, currency)},
            {"position", item.position.value},
            {"instant", to_string(item.instant)}};
}

Json to_json(const TrialSum& sum, const CurrencyTable& currencies) {
    return {{"book", sum.book.number},
            {"currency", sum.currency.text()},
            {"debits", currencies.print_digits(sum.debits, sum.currency)},
            {"credits", currencies.print_digits(sum.credits, sum.currency)},
            {"accounts", sum.accounts},
            {"balanced", sum.balanced}};
}

bool is_about_a_hold(Outcome outcome) noexcept {
    return outcome == Outcome::hold_unknown || outcome == Outcome::hold_mismatch ||
           outcome == Outcome::hold_closed || outcome == Outcome::hold_exceeded;
}

Json to_json(const Result& result) {
    Json out{{"outcome", to_string(result.outcome)}};
    if (result.position) out["position"] = result.position.value;
    if (result.number != 0) out["number"] = result.number;
    put_instant(out, "instant", result.instant);
    put_date(out, "book_date", result.book_date);
    if (result) return out;
    out["explanation"] = explain(result.outcome);
    if (result.names_line()) out["line"] = result.line;
    if (result.culprit != 0) out["relation"] = result.culprit;
    put_id(out, "account", result.account);
    return out;
}

void print_json(std::ostream& out, const Json& value) {
    out << value.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

AccountInfo info_of(const View& view, AccountId account, std::string_view typed) {
    if (auto info = view.account(account)) return *std::move(info);
    throw NotFound("account " + (typed.empty() ? to_string(account) : std::string(typed)) +
                   " is not in the ledger at position " + std::to_string(view.position().value) +
                   "; list what is there with: account list");
}

CurrencyCode currency_of(const View& view, AccountId account, std::string_view typed) {
    return info_of(view, account, typed).currency;
}

}  // namespace ledger::cli
