// See date_format.hpp.
#include "intake/date_format.hpp"

#include "core/quoted.hpp"
#include "intake/refusal.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <array>

namespace ledger::intake {

namespace {

constexpr std::string_view number_letters = "YymdHMS";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Whether a number begins at this place of the format.
bool number_at(std::string_view format, std::size_t at) noexcept {
    return at + 1 < format.size() && format[at] == '%' && format[at + 1] != '%';
}

/// Takes up to `most` digits, at least `least`, off the front of the text.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < most && count < text.size() && is_digit(text[count])) {
        value = value * 10 + (text[count] - '0');
        ++count;
    }
    if (count < least) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

struct Parts {
    std::array<int, 128> of{};  // by letter
    int operator[](char letter) const noexcept { return of[static_cast<unsigned char>(letter)]; }
    int& operator[](char letter) noexcept { return of[static_cast<unsigned char>(letter)]; }
};

}  // namespace

DateFormat::DateFormat(std::string_view format, int pivot, const std::string& place)
    : format_(format), pivot_(pivot) {
    const auto refuse = [&](const std::string& why) {
        throw InvalidArgument(place + ": date format " + detail::quoted(format) + ": " + why);
    };
    std::string seen;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') continue;
        const char letter = ++i < format.size() ? format[i] : '\0';
        if (letter == '%') continue;
        if (letter == '\0' || number_letters.find(letter) == std::string_view::npos) {
            refuse("after % there can be only Y, y, m, d, H, M, S and %");
        }
        if (seen.find(letter) != std::string::npos)
            refuse(std::string("%") + letter + " stands in it twice");
        seen += letter;
    }
    const auto has = [&](char letter) { return seen.find(letter) != std::string::npos; };
    if (has('Y') == has('y')) refuse("it needs one of %Y and %y");
    if (!has('m') || !has('d')) refuse("it needs %m and %d");
    two_digit_year_ = has('y');
    if (two_digit_year_ && pivot == 0) {
        refuse(
            "%y needs \"pivot\", the first year that two digits can mean: 1970 for 1970 to 2069");
    }
}

std::optional<DateFormat::Reading> DateFormat::read(std::string_view text) const {
    Parts parts;
    bool after_number = false;
    for (std::size_t i = 0; i < format_.size(); ++i) {
        const char c = format_[i];
        if (c == '%' && format_[++i] != '%') {
            const char letter = format_[i];
            const bool exact = after_number || number_at(format_, i + 1);
            const std::size_t most = letter == 'Y' ? 4 : 2;
            const bool year = letter == 'Y' || letter == 'y';
            const auto value = take_number(text, exact || year ? most : 1, most);
            if (!value) return std::nullopt;
            parts[letter] = *value;
            after_number = true;
            continue;
        }
        after_number = false;
        if (text.empty() || text.front() != c) return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.empty() || parts['H'] > 23 || parts['M'] > 59 || parts['S'] > 59) return std::nullopt;
    int year = parts['Y'];
    if (two_digit_year_) {
        year = pivot_ / 100 * 100 + parts['y'];
        if (year < pivot_) year += 100;
    }
    try {
        return Reading{make_date(year, parts['m'], parts['d']),
                       parts['H'] * 3600 + parts['M'] * 60 + parts['S']};
    } catch (const InvalidArgument&) {
        return std::nullopt;
    }
}

DateFormat::Reading DateRule::read(const std::string& text) const {
    for (const DateFormat& format : formats) {
        if (const auto reading = format.read(text)) return *reading;
    }
    std::string wanted;
    for (const DateFormat& format : formats) {
        wanted += (wanted.empty() ? "" : " or ") + detail::quoted(format.format());
    }
    throw Refusal(value.column(),
                  "date " + detail::quoted(text) + " is no day of the form " + wanted);
}

Date DateRule::read_date(const Row& row, bool optional) const {
    const std::string text = value.expand(row);
    if (text.empty() && optional) return Date::none();
    return read(text).date;
}

Instant DateRule::read_instant(const Row& row) const {
    const std::string text = value.expand(row);
    if (text.empty()) return {};
    const DateFormat::Reading reading = read(text);
    constexpr Date earliest{-106751};  // what 64 bits of nanoseconds hold
    constexpr Date latest{106750};
    if (reading.date < earliest || reading.date > latest) {
        throw Refusal(value.column(),
                      "date " + detail::quoted(text) + " lies outside the years 1678 to 2261");
    }
    const std::int64_t seconds =
        std::int64_t{reading.date.days} * 86'400 + reading.seconds - utc_offset_seconds;
    return Instant{seconds * 1'000'000'000};
}

}  // namespace ledger::intake
