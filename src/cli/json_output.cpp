// Conversion of values to JSON.
#include "cli/json_output.hpp"

#include "cli/exit_code.hpp"

#include <ostream>

namespace ledger::cli {

namespace {

void put_text(Json& object, const char* key, const std::string& text) {
    if (!text.empty()) object[key] = text;
}

template <class Id>
void put_id(Json& object, const char* key, Id id) {
    if (id) object[key] = to_string(id);
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

Json line_to_json(const VoucherLine& line, const View& view, const CurrencyTable& currencies) {
    const CurrencyCode currency = currency_of(view, line.account);
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

void put_limits(Json& out, const Limits& limits, CurrencyCode code, const CurrencyTable& units) {
    if (limits.minimum) out["minimum"] = units.print(*limits.minimum, code);
    if (limits.maximum) out["maximum"] = units.print(*limits.maximum, code);
}

}  // namespace

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

Json to_json(const AccountInfo& account, const CurrencyTable& currencies) {
    Json out{
        {"id", to_string(account.id)},         {"book", account.book.number},
        {"currency", account.currency.text()}, {"code", account.code},
        {"kind", to_string(account.kind)},     {"normal_side", to_string(account.normal_side)}};
    put_text(out, "name", account.name);
    put_limits(out, account.limits, account.currency, currencies);
    out["freeze"] = to_string(account.freeze);
    put_text(out, "freeze_reference", account.freeze_reference);
    if (account.buffering) {
        out["buffer_window"] = print_span(account.buffering.window);
        out["buffer_lines_max"] = account.buffering.lines_max;
    }
    out["open_items"] = account.open_items;
    out["transit"] = account.transit;
    out["closed"] = account.closed;
    put_id(out, "parent", account.parent);
    put_attributes(out, "attributes", account.attributes);
    out["opened"] = account.opened.value;
    return out;
}

Json to_json(const AccountEntry& entry, CurrencyCode currency, const CurrencyTable& currencies) {
    Json out{{"position", entry.position.value},
             {"instant", to_string(entry.instant)},
             {"kind", to_string(entry.kind)}};
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
    return out;
}

Json to_json(const PostedVoucher& posted, const View& view, const CurrencyTable& currencies) {
    const Voucher& voucher = posted.voucher;
    Json out{{"record", "voucher"},
             {"id", to_string(voucher.id)},
             {"position", posted.position.value},
             {"number", posted.number},
             {"instant", to_string(posted.instant)}};
    put_id(out, "order", voucher.order);
    out["book"] = voucher.book.number;
    put_date(out, "book_date", voucher.book_date);
    if (voucher.code != 0) out["code"] = voucher.code;
    if (voucher.manual) out["manual"] = true;
    if (voucher.red) out["red"] = true;
    put_detail(out, voucher.detail);
    out["lines"] = Json::array();
    for (const VoucherLine& line : voucher.lines) {
        out["lines"].push_back(line_to_json(line, view, currencies));
    }
    if (!voucher.detail.captures.empty()) out["captures"] = Json::array();
    for (const Capture& capture : voucher.detail.captures) {
        out["captures"].push_back(capture_to_json(capture, view, currencies));
    }
    put_id(out, "reversed_by", posted.reversed_by);
    put_id(out, "replaced_by", posted.replaced_by);
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
    for (const VoucherId source : hold.sources) out["sources"].push_back(to_string(source));
    for (const OrderId one : hold.orders) out["orders"].push_back(to_string(one));
    for (const VoucherId one : hold.resolved) out["resolved"].push_back(to_string(one));
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
