// Reading of arguments.
#include "cli/arguments.hpp"

#include "ledger/core/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ledger::cli {

namespace {

constexpr std::string_view text_prefix = "text:";

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, std::string_view remedy) {
    throw InvalidArgument(std::string(what) + ": '" + std::string(text) + "' " +
                          std::string(remedy));
}

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    if (!is_digits(text)) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

u128 parse_id(std::string_view text, std::string_view what) {
    if (text.substr(0, text_prefix.size()) == text_prefix) {
        return naming(what, [&] { return id_from_text(text.substr(text_prefix.size())); });
    }
    const u128 value = naming(what, [&] {
        try {
            return id_from_hex(text);
        } catch (const InvalidArgument& error) {
            throw InvalidArgument(std::string(error.what()) +
                                  "; for the id of any other text write text:" + std::string(text));
        }
    });
    if (value == 0) refuse(what, text, "is the zero id, which means none; give another");
    return value;
}

BookId parse_book(std::string_view text, std::string_view what) {
    const std::uint64_t number = parse_number(text, UINT16_MAX, what);
    if (number == 0) refuse(what, text, "is no book; books are numbered 1..65535");
    return BookId{static_cast<std::uint16_t>(number)};
}

std::uint64_t parse_number(std::string_view text, std::uint64_t most, std::string_view what) {
    const auto number = to_number(text);
    if (!number || *number > most) {
        refuse(what, text, "is no number of the range 0.." + std::to_string(most));
    }
    return *number;
}

Date parse_optional_date(std::string_view text, std::string_view what) {
    if (text.empty()) return Date::none();
    return naming(what, [&] { return parse_date(text); });
}

Instant parse_optional_instant(std::string_view text, std::string_view what) {
    if (text.empty()) return {};
    return naming(what, [&] { return parse_instant(text); });
}

std::chrono::nanoseconds parse_span(std::string_view text, std::string_view what) {
    return naming(what, [&] { return ledger::parse_span(text); });
}

std::int32_t parse_utc_offset(std::string_view text, std::string_view what) {
    return naming(what, [&] { return ledger::parse_utc_offset(text); });
}

PastPoint parse_past_point(std::string_view text, std::string_view what) {
    if (!is_digits(text)) {
        return {{}, naming(what, [&] {
                    try {
                        return parse_instant(text);
                    } catch (const InvalidArgument& error) {
                        throw InvalidArgument(std::string(error.what()) +
                                              "; or give a position, in digits only");
                    }
                })};
    }
    const std::uint64_t number = parse_number(text, UINT64_MAX, what);
    if (number == 0) refuse(what, text, "is no position; they are counted from 1");
    return {Position{number}, {}};
}

Range parse_range(std::string_view from, std::string_view to) {
    const PastPoint first = from.empty() ? PastPoint{} : parse_past_point(from, "--from");
    const PastPoint last = to.empty() ? PastPoint{} : parse_past_point(to, "--to");
    if ((first.position && last.instant) || (first.instant && last.position)) {
        throw InvalidArgument("--from " + std::string(from) + " --to " + std::string(to) +
                              ": one is a position, the other an instant; give two of a kind");
    }
    return {first.position, last.position, first.instant, last.instant};
}

std::pair<std::string, std::string> split_pair(std::string_view text, std::string_view what) {
    const std::size_t at = text.rfind('=');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
        refuse(what, text, "is not of the form NAME=VALUE");
    }
    return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

Attributes parse_attributes(const std::vector<std::string>& texts, std::string_view what) {
    Attributes attributes;
    for (const std::string& text : texts) {
        const std::size_t at = text.find('=');
        if (at == std::string::npos || at == 0) refuse(what, text, "is not of the form KEY=VALUE");
        attributes.push_back({text.substr(0, at), text.substr(at + 1)});
    }
    return attributes;
}

CurrencyTable::CurrencyTable(const View& view) {
    for (const Currency& currency : view.currencies()) add(currency);
}

unsigned CurrencyTable::decimals(CurrencyCode code) const {
    const auto found = decimals_.find(code);
    if (found == decimals_.end()) {
        throw InvalidArgument("currency " + std::string(code.text()) +
                              " is not defined in this ledger; define it first (currency define)");
    }
    return found->second;
}

Amount CurrencyTable::parse(std::string_view text, CurrencyCode code, std::string_view what) const {
    return naming(what, [&] { return parse_amount(text, decimals(code)); });
}

std::string CurrencyTable::print(Amount amount, CurrencyCode code) const {
    return to_decimal(amount, decimals(code));
}

std::string CurrencyTable::print_digits(std::string_view digits, CurrencyCode code) const {
    const bool negative = !digits.empty() && digits.front() == '-';
    if (negative) digits.remove_prefix(1);
    const unsigned places = decimals(code);
    std::string text(digits);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    if (places != 0) text.insert(text.size() - places, 1, '.');
    return negative ? "-" + text : text;
}

}  // namespace ledger::cli
