// See payout_records.hpp.
#include "adapters/payout_records.hpp"

#include "ledger/core/utf8.hpp"

#include <algorithm>

namespace ledger::adapters::payout {

namespace {

std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        hex += digits[static_cast<unsigned char>(byte) >> 4];
        hex += digits[static_cast<unsigned char>(byte) & 15];
    }
    return hex;
}

unsigned hex_value(char digit) {
    return static_cast<unsigned>(digit < 'a' ? digit - '0' : digit - 'a' + 10);
}

std::string bytes_of(RecordId id, const std::string& hex) {
    const bool whole =
        hex.size() % 2 == 0 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!whole) {
        throw CorruptionError("register entry " + to_string(id) +
                              ": its bytes are no hexadecimal digits; look at it with ledgerctl");
    }
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(hex_value(hex[i]) << 4 | hex_value(hex[i + 1]));
    }
    return bytes;
}

std::uint64_t count_of(const Payload& payload, const char* key) {
    return static_cast<std::uint64_t>(payload.number(key));
}

ItemId item_of(RecordId id) { return ItemId{id.value}; }

}  // namespace

OrderId order_of(std::string_view order) { return order_id("payout", order); }
OrderId control_order(std::string_view bank) { return order_id("payout.control", bank); }
OrderId day_order(std::string_view bank, Date day) {
    return OrderId{fact_id("payout.day", {bank, to_string(day)}).value};
}

RecordId attempt_id(std::string_view bank, std::uint64_t number) {
    return attempt_fact("payout.attempt", bank, number);
}
RecordId hold_id(OrderId order, unsigned round) { return order_fact("payout.hold", order, round); }
ItemId work_item(OrderId order, unsigned opening) {
    return item_of(order_fact("payout.work", order, opening));
}
ItemId unconfirmed_item(std::string_view bank, std::uint64_t number, unsigned n) {
    return item_of(attempt_fact("payout.unconfirmed", bank, number, n));
}
ItemId recall_item(std::string_view bank, std::uint64_t number) {
    return item_of(attempt_fact("payout.recall_item", bank, number));
}
RecordId attempt_fact(std::string_view what, std::string_view bank, std::uint64_t number) {
    return fact_id(what, {bank, text_of(number)});
}
RecordId attempt_fact(std::string_view what, std::string_view bank, std::uint64_t number,
                      unsigned n) {
    return fact_id(what, {bank, text_of(number), text_of(n)});
}
RecordId serial_id(std::string_view bank, std::string_view serial) {
    return fact_id("payout.serial", {bank, serial});
}
RecordId order_fact(std::string_view what, OrderId order, unsigned n) {
    return fact_id(what, {to_string(order), text_of(n)});
}
RecordId report_id(const ReportRecord& report) {
    return fact_id(
        "payout.report",
        {report.bank, text_of(report.number), text_of(static_cast<std::uint64_t>(report.status)),
         text_of(report.occasion), report.final_word ? to_string(report.day) : ""});
}
RecordId resend_id(std::string_view bank, std::uint64_t number, unsigned resend) {
    return attempt_fact("payout.resend", bank, number, resend);
}
RecordId control_id(std::string_view bank, const ControlRecord& control) {
    return fact_id("payout.control",
                   {bank, text_of(static_cast<std::uint64_t>(control.action)), control.reference});
}
RecordId file_id(std::string_view bank, Date day, std::uint32_t version) {
    return fact_id("payout.file", {bank, to_string(day), text_of(version)});
}
RecordId final_id(std::string_view bank, Date day) {
    return fact_id("payout.final", {bank, to_string(day)});
}

RegisterEntry to_register(const PayoutRequest& request) {
    json fields;
    fields["amount"] = to_json(request.amount);
    fields["bank"] = request.bank;
    fields["order"] = request.order;
    fields["payee"] = request.payee.token;
    fields["payee_bank"] = request.payee.bank;
    fields["payee_digest"] = request.payee.digest;
    fields["payer"] = to_string(request.payer);
    return register_of(order_register, std::move(fields));
}

RegisterEntry to_register(const AttemptRecord& attempt) {
    json fields;
    fields["at"] = attempt.at.nanoseconds;
    fields["bank"] = attempt.bank;
    fields["bytes"] = to_hex(attempt.bytes);
    fields["number"] = attempt.number;
    fields["round"] = attempt.round;
    fields["serial"] = attempt.serial;
    return register_of(attempt_register, std::move(fields));
}

RegisterEntry to_register(const ReportRecord& report) {
    json fields;
    fields["at"] = report.at.nanoseconds;
    fields["bank"] = report.bank;
    fields["day"] = report.day.days;
    fields["final"] = report.final_word;
    fields["number"] = report.number;
    fields["occasion"] = report.occasion;
    fields["reference"] = report.reference;
    fields["status"] = static_cast<unsigned>(report.status);
    return register_of(report_register, std::move(fields));
}

RegisterEntry to_register(std::string_view bank, const ControlRecord& control) {
    json fields;
    fields["action"] = static_cast<unsigned>(control.action);
    fields["bank"] = bank;
    fields["checked_by"] = control.checked_by;
    fields["made_by"] = control.made_by;
    fields["reason"] = control.reason;
    fields["reference"] = control.reference;
    return register_of(control_register, std::move(fields));
}

RegisterEntry cancel_entry(CancelReason reason) {
    json fields;
    fields["reason"] = static_cast<unsigned>(reason);
    return register_of(cancel_register, std::move(fields));
}

RegisterEntry route_entry(std::string_view bank) {
    json fields;
    fields["bank"] = bank;
    return register_of(route_register, std::move(fields));
}

RegisterEntry resend_entry(const AttemptRecord& attempt, unsigned resend, Instant at) {
    json fields;
    fields["at"] = at.nanoseconds;
    fields["bank"] = attempt.bank;
    fields["number"] = attempt.number;
    fields["resend"] = resend;
    return register_of(resend_register, std::move(fields));
}

RegisterEntry serial_entry(std::uint64_t number) {
    json fields;
    fields["number"] = number;
    return register_of(serial_register, std::move(fields));
}

RegisterEntry recall_entry(std::string_view reason) {
    json fields;
    fields["reason"] = reason;
    return register_of(recall_register, std::move(fields));
}

PayoutRequest read_request(RecordId id, const RegisterEntry& entry) {
    const Payload payload(id, entry);
    PayoutRequest request;
    request.order = payload.text("order");
    request.payer = AccountId{id_from_hex(payload.text("payer"))};
    request.amount = payload.amount("amount");
    request.payee = {payload.text("payee"), payload.text("payee_digest"),
                     payload.text("payee_bank")};
    request.bank = payload.text("bank");
    return request;
}

AttemptRecord read_attempt(RecordId id, const RegisterEntry& entry) {
    const Payload payload(id, entry);
    AttemptRecord attempt;
    attempt.bank = payload.text("bank");
    attempt.number = count_of(payload, "number");
    attempt.serial = payload.text("serial");
    attempt.bytes = bytes_of(id, payload.text("bytes"));
    attempt.round = static_cast<unsigned>(payload.number("round"));
    attempt.at = Instant{payload.number("at")};
    return attempt;
}

ReportRecord read_report(RecordId id, const RegisterEntry& entry) {
    const Payload payload(id, entry);
    ReportRecord report;
    report.bank = payload.text("bank");
    report.number = count_of(payload, "number");
    const std::int64_t status = payload.number("status");
    if (status < 0 || status > static_cast<std::int64_t>(BankStatus::unreadable)) {
        throw CorruptionError("register entry " + to_string(id) + ": has a status that is none");
    }
    report.status = static_cast<BankStatus>(status);
    report.day = Date{static_cast<std::int32_t>(payload.number("day"))};
    report.final_word = payload.flag("final");
    report.reference = payload.text("reference");
    report.at = Instant{payload.number("at")};
    report.occasion = static_cast<std::uint32_t>(payload.number("occasion"));
    return report;
}

void check_key(std::string_view thing, std::string_view text, std::size_t most) {
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (text.empty() || text.size() > most || !printable) {
        throw InvalidArgument(std::string(thing) + " '" + std::string(text) + "': give 1.." +
                              std::to_string(most) + " printable ASCII characters without space");
    }
}

void check_instant(std::string_view thing, Instant instant) {
    static const Instant most = start_of_utc_day(make_date(2200, 1, 1));
    if (instant.nanoseconds <= 0 || instant > most) {
        throw InvalidArgument(std::string(thing) + " " + to_string(instant) +
                              ": give an instant of the years 1970..2200");
    }
}

void check_text(std::string_view thing, std::string_view text) {
    if (text.empty() || text.size() > bounds::text_bytes_max || !is_utf8(text)) {
        throw InvalidArgument(std::string(thing) + ": give 1..512 bytes of UTF-8");
    }
}

}  // namespace ledger::adapters::payout
