// See payout.hpp.
#include "simulator/payout.hpp"

#include "ledger/core/decimal.hpp"

#include <stdexcept>
#include <utility>

namespace ledger::simulator {

using adapters::BankAnswer;
using adapters::BankStatus;
using adapters::Idempotency;
using adapters::PayoutFile;
using adapters::PayoutMessage;

namespace {

constexpr std::chrono::hours stale_queries{3};

std::vector<std::string> divide(std::string_view bytes) {
    std::vector<std::string> fields(1);
    for (const char byte : bytes) {
        if (byte == '|') {
            fields.emplace_back();
        } else {
            fields.back() += byte;
        }
    }
    return fields;
}

BankAnswer answer_of(std::string serial, BankStatus status, Amount amount) {
    BankAnswer answer;
    answer.serial = std::move(serial);
    answer.status = status;
    answer.amount = amount;
    answer.reference = "R" + answer.serial;
    return answer;
}

}  // namespace

std::string write_instruction(const PayoutMessage& message) {
    return message.serial + '|' + message.payee.token + '|' + message.payee.digest + '|' +
           message.payee.bank + '|' + to_string(message.amount) + '|' +
           std::string(message.currency.text());
}

PayoutMessage read_instruction(std::string_view bytes) {
    const std::vector<std::string> fields = divide(bytes);
    if (fields.size() != 6) throw std::invalid_argument("an instruction has six fields");
    return {fields[0],
            {fields[1], fields[2], fields[3]},
            parse_amount(fields[4], 0),
            CurrencyCode(fields[5])};
}

std::chrono::nanoseconds PayoutBankSimulator::delay(bool late) {
    const auto most = static_cast<std::uint64_t>(
        late ? faults_.late_max.count()
             : std::chrono::nanoseconds(std::chrono::seconds{20}).count());
    return std::chrono::nanoseconds{static_cast<std::int64_t>(random_.next() % most) + 1};
}

void PayoutBankSimulator::send(std::string_view bytes, Instant now) {
    if (happens(faults_.lost_instruction)) return;
    Travelling instruction;
    instruction.bytes = bytes;
    const Instant arrival = now + delay(happens(faults_.late_instruction));
    // Whoever knows a serial for a day only takes instructions of that day only.
    if (idempotency_ == Idempotency::same_day && utc_date(arrival) != utc_date(now)) return;
    travel(arrival, std::move(instruction));
}

std::vector<BankAnswer> PayoutBankSimulator::run(Instant now) {
    std::vector<BankAnswer> said;
    while (!travelling_.empty() && travelling_.begin()->first <= now.nanoseconds) {
        const auto first = travelling_.begin();
        const Instant at{first->first};
        Travelling what = std::move(first->second);
        travelling_.erase(first);
        if (what.is_answer) {
            what.answer.at = now;
            said.push_back(std::move(what.answer));
        } else if (what.is_return) {
            come_back(what.answer.serial, at);
        } else {
            arrive(what.bytes, at);
        }
    }
    return said;
}

void PayoutBankSimulator::arrive(const std::string& bytes, Instant at) {
    const PayoutMessage message = read_instruction(bytes);
    const auto known = record_.find(message.serial);
    if (known != record_.end()) {
        const bool same_day = known->second.day == utc_date(at);
        if (idempotency_ == Idempotency::for_ever ||
            (idempotency_ == Idempotency::same_day && same_day)) {
            say(truth_of(message.serial), at);
            return;
        }
    }
    if (is_disabled(at) || (balance_ && *balance_ < message.amount)) {
        say(answer_of(message.serial, BankStatus::refused, message.amount), at);
        return;
    }
    PayoutTruth& truth = record_[message.serial];
    truth.amount = message.amount;
    truth.payee = message.payee;
    truth.day = utc_date(at);
    truth.failed = happens(faults_.failing);
    if (!truth.failed) {
        ++truth.executions;
        if (balance_) *balance_ -= message.amount;
        if (happens(faults_.returning)) {
            Travelling back;
            back.is_return = true;
            back.answer.serial = message.serial;
            travel(at + std::chrono::hours{24 + random_.next() % 48}, std::move(back));
        }
    }
    say(truth_of(message.serial), at);
}

void PayoutBankSimulator::come_back(const std::string& serial, Instant at) {
    PayoutTruth& truth = record_[serial];
    truth.returned = true;
    truth.return_day = utc_date(at);
    if (balance_) *balance_ += truth.amount;
    say(answer_of(serial, BankStatus::returned, truth.amount), at);
}

/// The answer leaves, after or before others.
void PayoutBankSimulator::say(const BankAnswer& answer, Instant at) {
    const int times = happens(faults_.doubled_answer) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
        if (happens(faults_.lost_answer)) continue;
        Travelling travelling;
        travelling.is_answer = true;
        travelling.answer = answer;
        if (happens(faults_.broken_answer)) travelling.answer.amount.reset();
        travel(at + delay(happens(faults_.late_answer)), std::move(travelling));
    }
    const bool can_lie =
        answer.status == BankStatus::succeeded || answer.status == BankStatus::failed;
    if (!can_lie || !happens(faults_.false_answer)) return;
    Travelling lie;
    lie.is_answer = true;
    lie.answer = answer;
    lie.answer.status =
        answer.status == BankStatus::succeeded ? BankStatus::failed : BankStatus::succeeded;
    travel(at + delay(happens(500)), std::move(lie));
}

BankAnswer PayoutBankSimulator::truth_of(const std::string& serial) const {
    const PayoutTruth& truth = record_.at(serial);
    return answer_of(serial, truth.failed ? BankStatus::failed : BankStatus::succeeded,
                     truth.amount);
}

BankAnswer PayoutBankSimulator::query(const std::string& serial, Instant now) {
    BankAnswer answer;
    answer.serial = serial;
    answer.at = now;
    if (happens(faults_.broken_answer)) return answer;
    const auto known = record_.find(serial);
    answer.status = BankStatus::not_found;
    if (known == record_.end()) return answer;
    const bool fresh =
        utc_date(now + -std::chrono::nanoseconds{stale_queries}) <= known->second.day;
    if (fresh && happens(faults_.false_not_found)) return answer;
    answer = truth_of(serial);
    answer.at = now;
    return answer;
}

std::vector<PayoutFile> PayoutBankSimulator::files(Date day) {
    PayoutFile file;
    file.day = day;
    file.version = 1;
    file.final = true;
    file.count = 0;
    file.total = Amount{};
    const auto add = [&](const BankAnswer& line) {
        file.lines.push_back(line);
        *file.total += *line.amount;
        ++*file.count;
    };
    for (const auto& [serial, truth] : record_) {
        if (truth.day == day && !truth.failed) add(truth_of(serial));
        if (truth.return_day == day) add(answer_of(serial, BankStatus::returned, truth.amount));
    }
    std::vector<PayoutFile> files;
    if (!file.lines.empty() && happens(faults_.partial_file)) {
        files.push_back(file);
        files.back().lines.pop_back();
        file.version = 2;
    }
    files.push_back(std::move(file));
    return files;
}

}  // namespace ledger::simulator
