// See payout_bank.hpp.
#include "ledger/adapters/payout_bank.hpp"

#include "adapters/payout_records.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

constexpr std::int64_t second = 1'000'000'000;

[[noreturn]] void refuse(const std::string& bank, std::string_view field, std::string_view why) {
    throw InvalidArgument("bank '" + bank + "', " + std::string(field) + ": " + std::string(why));
}

AccountId account_of(std::string_view bank, std::string_view what) {
    return AccountId{fact_id("payout.account", {bank, what}).value};
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

bool is_alphabet(std::string_view text) {
    std::string sorted(text);
    std::sort(sorted.begin(), sorted.end());
    return text.size() >= 2 && text.size() <= 64 && sorted.front() > ' ' && sorted.back() <= '~' &&
           std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

}  // namespace

std::string PayoutSerials::serial_of(std::uint64_t number) const {
    std::string serial = prefix + std::string(length - prefix.size(), alphabet.front());
    for (std::size_t i = serial.size(); number != 0; number /= alphabet.size()) {
        if (i == prefix.size()) return {};
        serial[--i] = alphabet[number % alphabet.size()];
    }
    return serial;
}

std::optional<std::uint64_t> PayoutSerials::number_of(std::string_view serial) const noexcept {
    if (serial.size() != length || serial.substr(0, prefix.size()) != prefix) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : serial.substr(prefix.size())) {
        const std::size_t value = alphabet.find(digit);
        if (value == std::string::npos ||
            __builtin_mul_overflow(number, std::uint64_t{alphabet.size()}, &number) ||
            __builtin_add_overflow(number, std::uint64_t{value}, &number)) {
            return std::nullopt;
        }
    }
    return number;
}

Date PayoutBank::day_of(Instant instant) const noexcept {
    return utc_date(instant + std::chrono::seconds{utc_offset_seconds});
}

Instant PayoutBank::start_of(Date day) const noexcept {
    return {start_of_utc_day(day).nanoseconds - utc_offset_seconds * second};
}

void PayoutBank::check() const {
    if (!is_name(name)) refuse(name, "name", "give 1..16 of a-z and 0-9");
    if (!account) refuse(name, "account", "is missing");
    if (!is_alphabet(serials.alphabet)) {
        refuse(name, "serials.alphabet", "give 2..64 different printable ASCII characters");
    }
    if (!serials.prefix.empty()) payout::check_key("bank serials.prefix", serials.prefix);
    if (serials.length <= serials.prefix.size() || serials.length > 64) {
        refuse(name, "serials.length", "give the whole length, at most 64, with room for digits");
    }
    if (idempotency > Idempotency::for_ever) refuse(name, "idempotency", "is none of the three");
    if (answer_wait.count() <= 0) refuse(name, "answer_wait", "give a positive span");
    if (query_horizon < answer_wait || query_horizon > std::chrono::hours{24 * 31}) {
        refuse(name, "query_horizon", "give at least answer_wait, at most 31 days");
    }
    if (utc_offset_seconds < -bounds::utc_offset_seconds_max ||
        utc_offset_seconds > bounds::utc_offset_seconds_max) {
        refuse(name, "utc_offset_seconds", "give -50400..50400");
    }
    if (resends_max > 10) refuse(name, "resends_max", "give at most 10");
    if (single_max && single_max->minor <= 0) refuse(name, "single_max", "give more than zero");
    if (!write) refuse(name, "write", "is missing: give what makes the bytes of an instruction");
}

PayoutAccounts payout_accounts(std::string_view bank) {
    return {{account_of(bank, "work"), account_of(bank, "work counterpart")},
            {account_of(bank, "unconfirmed"), account_of(bank, "unconfirmed counterpart")},
            account_of(bank, "count"),
            account_of(bank, "total"),
            account_of(bank, "counterpart")};
}

}  // namespace ledger::adapters
