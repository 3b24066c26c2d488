// See payout.hpp: what banks say, by whatever way, and their files.
#include "adapters/payout_booking.hpp"

#include <map>
#include <set>

namespace ledger::adapters {

namespace {

using payout::AttemptState;
using payout::Booked;
using payout::check_instant;
using payout::OrderState;
using payout::ReportRecord;

/// Keeps what an answer says from becoming more than it says. A definite one is about this amount;
/// a refusal is about one sending, and where there were several says nothing of the others.
bool is_definite(const BankAnswer& answer, const AttemptState& attempt, Amount amount) {
    if (answer.amount != amount) return false;
    switch (answer.status) {
        case BankStatus::succeeded:
        case BankStatus::failed: return true;
        case BankStatus::refused: return attempt.resends == 0;
        case BankStatus::returned: return !answer.reference.empty();
        default: return false;
    }
}

/// What is worth remembering until the attempt is sent again, and no longer.
bool is_passing(BankStatus status) noexcept {
    return status == BankStatus::not_found || status == BankStatus::processing;
}

/// What the order learns from the answer; none where that is nothing.
std::optional<ReportRecord> report_of(const BankAnswer& answer, const AttemptState& attempt,
                                      Amount amount, const PayoutFile* final_file) {
    ReportRecord report;
    report.bank = attempt.record.bank;
    report.number = attempt.record.number;
    report.status = answer.status;
    report.at = answer.at;
    if (is_definite(answer, attempt, amount)) {
        report.final_word = final_file != nullptr;
        if (final_file != nullptr) {
            report.day = final_file->day;
            report.occasion = final_file->version;
        }
        report.reference = answer.reference;
        return report;
    }
    report.occasion = attempt.resends;
    const bool is_news =
        (answer.status == BankStatus::not_found && !attempt.not_found && !attempt.is_answered()) ||
        (answer.status == BankStatus::processing && attempt.not_found);
    if (final_file != nullptr || !is_news) return std::nullopt;
    return report;
}

PayoutAnswered answered_of(const AttemptState& attempt, BankStatus status) {
    const bool left = attempt.booked != Booked::none && !attempt.undone;
    if (attempt.is_disputed()) return PayoutAnswered::disputed;
    switch (status) {
        case BankStatus::succeeded: return left ? PayoutAnswered::booked : PayoutAnswered::unbooked;
        case BankStatus::returned:
            return attempt.given_back ? PayoutAnswered::booked : PayoutAnswered::unbooked;
        default: break;
    }
    return left ? PayoutAnswered::disputed : PayoutAnswered::booked;
}

void check_answer(const BankAnswer& answer) {
    if (!answer.reference.empty()) payout::check_key("reference", answer.reference);
    if (answer.status > BankStatus::unreadable) {
        throw InvalidArgument("answer to '" + answer.serial + "', status: is none that there is");
    }
}

std::string file_digest(const PayoutFile& file) {
    std::string text = "payout.file";
    const auto add = [&](const std::string& part) {
        text += ';' + std::to_string(part.size()) + ':' + part;
    };
    for (const BankAnswer& line : file.lines) {
        add(line.serial);
        add(std::to_string(static_cast<unsigned>(line.status)));
        add(line.amount ? to_string(*line.amount) : "");
        add(line.reference);
    }
    return id_to_string(id_from_text(text));
}

/// Serials of which the file says two things that exclude each other.
std::set<std::string> contradicted_in(const PayoutFile& file) {
    std::map<std::string, BankStatus> first;
    std::set<std::string> contradicted;
    for (const BankAnswer& line : file.lines) {
        if (line.status == BankStatus::returned) continue;
        if (first.emplace(line.serial, line.status).first->second != line.status) {
            contradicted.insert(line.serial);
        }
    }
    return contradicted;
}

RegisterEntry file_entry(std::string_view bank, const PayoutFile& file) {
    json fields;
    fields["bank"] = bank;
    fields["count"] = *file.count;
    fields["day"] = to_string(file.day);
    fields["digest"] = file_digest(file);
    fields["final"] = file.final;
    fields["total"] = to_json(*file.total);
    return register_of(payout::file_register, std::move(fields));
}

RegisterEntry final_entry(std::string_view bank, Date day) {
    json fields;
    fields["bank"] = bank;
    fields["day"] = to_string(day);
    return register_of(payout::final_register, std::move(fields));
}

bool is_whole(const PayoutFile& file) {
    Amount total;
    for (const BankAnswer& line : file.lines) total += line.amount.value_or(Amount{});
    return file.count == file.lines.size() && file.total == total;
}

}  // namespace

PayoutAnswered Payouts::answer(std::string_view bank, const BankAnswer& answer) {
    check_answer(answer);
    check_instant("answer.at", answer.at);
    return take(bank_of(bank), answer, nullptr);
}

PayoutAnswered Payouts::take(const PayoutBank& bank, const BankAnswer& answer,
                             const PayoutFile* final_file) {
    // The books know which attempt has the serial, whatever serials the bank gets today.
    const View view = desk_.view();
    const RecordId kept = payout::serial_id(bank.name, answer.serial);
    const std::optional<PostedRecord> posted = view.record(kept);
    const std::optional<RegisterEntry> entry = view.register_entry(kept);
    if (!posted || !entry || entry->type != payout::serial_register) {
        return PayoutAnswered::serial_unknown;
    }
    const auto number = static_cast<std::uint64_t>(Payload(kept, *entry).number("number"));

    const auto turn = desk_.turn(posted->order);
    OrderState order = read(posted->order);
    const AttemptState* attempt = order.attempt(bank.name, number);
    if (attempt == nullptr || attempt->record.serial != answer.serial) {
        return PayoutAnswered::serial_unknown;
    }
    const std::optional<ReportRecord> report =
        report_of(answer, *attempt, order.request.amount, final_file);
    if (!report) return PayoutAnswered::unknown;

    const bool is_known = order.has(payout::report_id(*report));
    Batch first;
    if (!is_known) {
        first.add(payout::report_id(*report), payout::to_register(*report), order.id);
        order.apply(*report);
        const bool is_down = report->status == BankStatus::refused && final_file == nullptr &&
                             order.phase == PayoutPhase::held && attempt == &order.attempts.back();
        if (is_down) add_pause(first, bank, answer.serial);
    }
    const bool done = advance(order, answer.at, std::move(first));
    if (is_passing(report->status)) return PayoutAnswered::unknown;
    if (is_known && done) return PayoutAnswered::repeated;
    return done ? answered_of(*order.attempt(bank.name, number), report->status)
                : PayoutAnswered::unbooked;
}

/// A line that names an attempt and cannot be read as an answer to it must not pass for one that
/// the file lacks: then the day is not final.
PayoutFiled Payouts::file(std::string_view name, const PayoutFile& file, Instant now) {
    const PayoutBank& bank = bank_of(name);
    check_instant("now", now);
    if (file.day < date_min || file.day > date_max) {
        throw InvalidArgument("file of bank '" + bank.name + "', day " + to_string(file.day) +
                              ": give a date");
    }
    if (file.lines.size() > file_lines_max) {
        throw InvalidArgument("file of bank '" + bank.name + "': has more than " +
                              std::to_string(file_lines_max) + " lines; give it in parts");
    }
    if (file.final && bank.day_of(now) <= file.day) {
        throw InvalidArgument("file of bank '" + bank.name + "', day " + to_string(file.day) +
                              ": is called final before that day has ended");
    }
    for (const BankAnswer& line : file.lines) check_answer(line);
    if (!is_whole(file)) return {PayoutFileOutcome::partial, {}, {}, false};

    const OrderId order = payout::day_order(bank.name, file.day);
    Batch version;
    version.add(payout::file_id(bank.name, file.day, file.version), file_entry(bank.name, file),
                order);
    if (!desk_.post(std::move(version))) return {PayoutFileOutcome::conflict, {}, {}, false};

    PayoutFiled filed;
    const std::set<std::string> contradicted = contradicted_in(file);
    for (BankAnswer line : file.lines) {
        line.at = now;
        const PayoutAnswered answered = contradicted.contains(line.serial)
                                            ? PayoutAnswered::unknown
                                            : take(bank, line, file.final ? &file : nullptr);
        if (answered == PayoutAnswered::serial_unknown) filed.strangers.push_back(line.serial);
        if (answered == PayoutAnswered::unknown) filed.unreadable.push_back(line.serial);
    }
    filed.closes_day =
        file.final && filed.unreadable.empty() && (filed.strangers.empty() || file.has_others);
    if (filed.closes_day) {
        Batch final;
        final.add(payout::final_id(bank.name, file.day), final_entry(bank.name, file.day), order);
        (void)desk_.post(std::move(final));
    }
    return filed;
}

}  // namespace ledger::adapters
