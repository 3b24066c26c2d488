// Dates and instants as ISO 8601 text. Invariant: what to_string prints, parse_* reads back to the
// same value; no locale, no time zone data and no clock is consulted.
#include "ledger/core/time.hpp"

#include "core/quoted.hpp"
#include "ledger/core/int128.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace ledger {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t day_ns = 86'400 * second_ns;
struct SpanUnit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr std::array span_units{
    SpanUnit{"d", day_ns},    SpanUnit{"h", 3600 * second_ns}, SpanUnit{"m", 60 * second_ns},
    SpanUnit{"s", second_ns}, SpanUnit{"ms", 1'000'000},       SpanUnit{"us", 1'000},
    SpanUnit{"ns", 1}};
constexpr std::int32_t day_of_year_0 = -719528;     // 0000-01-01
constexpr std::int32_t day_of_year_9999 = 2932896;  // 9999-12-31
constexpr std::string_view date_remedy = "write a date as YYYY-MM-DD";
constexpr std::string_view instant_remedy =
    "write an instant as YYYY-MM-DDTHH:MM:SS[.fraction] with Z or an offset such as +08:00";

std::chrono::year_month_day calendar_day(Date date) noexcept {
    return std::chrono::sys_days{std::chrono::days{date.days}};
}

/// Appends the number with leading zeros up to `width` digits.
void append_number(std::string& out, std::int64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

/// Walks over a text whose characters each have one place; says where and why it stops.
class Cursor {
public:
    Cursor(std::string_view thing, std::string_view text, std::string_view remedy) noexcept
        : thing_(thing), text_(text), remedy_(remedy) {}

    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool at_end() const noexcept { return at_ == text_.size(); }
    bool at_digit() const noexcept { return peek() >= '0' && peek() <= '9'; }

    void take(char expected) {
        if (at_end() || text_[at_] != expected) fail();
        ++at_;
    }
    int take_digit() {
        if (!at_digit()) fail();
        return text_[at_++] - '0';
    }
    int take_digits(int count) {
        int value = 0;
        while (count-- > 0) value = value * 10 + take_digit();
        return value;
    }
    /// Two digits of at most `max`, called `what` in the message.
    int take_field(int max, std::string_view what) {
        const int value = take_digits(2);
        if (value > max) {
            refuse(std::string(what) + " is " + std::to_string(value) + ", at most " +
                   std::to_string(max) + " exists");
        }
        return value;
    }
    void take_end() {
        if (!at_end()) fail();
    }
    [[noreturn]] void fail() const { detail::refuse_at(thing_, text_, at_, remedy_); }
    [[noreturn]] void refuse(std::string_view problem) const {
        detail::refuse(thing_, text_, problem, remedy_);
    }

private:
    std::string_view thing_;
    std::string_view text_;
    std::string_view remedy_;
    std::size_t at_ = 0;
};

Date days_of(std::chrono::year_month_day day) noexcept {
    const auto count = std::chrono::sys_days{day}.time_since_epoch().count();
    return Date{static_cast<std::int32_t>(count)};
}

Date take_date(Cursor& cursor) {
    const int year = cursor.take_digits(4);
    cursor.take('-');
    const int month = cursor.take_digits(2);
    cursor.take('-');
    const int day = cursor.take_digits(2);
    const std::chrono::year_month_day calendar{std::chrono::year{year},
                                               std::chrono::month{static_cast<unsigned>(month)},
                                               std::chrono::day{static_cast<unsigned>(day)}};
    if (!calendar.ok()) cursor.refuse("the calendar has no such day");
    return days_of(calendar);
}

/// Nanoseconds after a '.', 1..9 digits.
std::int64_t take_fraction(Cursor& cursor) {
    std::int64_t fraction = cursor.take_digit();
    std::int64_t unit = second_ns / 10;
    while (unit > 1 && cursor.at_digit()) {
        fraction = fraction * 10 + cursor.take_digit();
        unit /= 10;
    }
    if (cursor.at_digit()) cursor.refuse("more than 9 digits of a second");
    return fraction * unit;
}

/// Nanoseconds east of UTC.
std::int64_t take_offset(Cursor& cursor) {
    const char sign = cursor.peek();
    if (sign == 'Z') {
        cursor.take('Z');
        return 0;
    }
    if (sign != '+' && sign != '-') cursor.fail();
    cursor.take(sign);
    const std::int64_t hours = cursor.take_field(23, "the offset's hour");
    cursor.take(':');
    const std::int64_t minutes = cursor.take_field(59, "the offset's minute");
    const std::int64_t offset = (hours * 60 + minutes) * 60 * second_ns;
    return sign == '-' ? -offset : offset;
}

}  // namespace

Date make_date(int year, int month, int day) {
    const bool in_fields =
        year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    const std::chrono::year_month_day calendar{
        std::chrono::year{in_fields ? year : 0},
        std::chrono::month{static_cast<unsigned>(in_fields ? month : 0)},
        std::chrono::day{static_cast<unsigned>(in_fields ? day : 0)}};
    if (!calendar.ok()) {
        const std::string text =
            std::to_string(year) + "-" + std::to_string(month) + "-" + std::to_string(day);
        detail::refuse("date", text, "the calendar has no such day",
                       "give a year 0..9999, a month 1..12 and a day of that month");
    }
    return days_of(calendar);
}

Date utc_date(Instant instant) noexcept {
    const std::int64_t days = instant.nanoseconds / day_ns;
    const bool before = instant.nanoseconds % day_ns < 0;
    return Date{static_cast<std::int32_t>(days - (before ? 1 : 0))};
}

Instant start_of_utc_day(Date date) noexcept {
    std::int64_t start = 0;
    if (__builtin_mul_overflow(std::int64_t{date.days}, day_ns, &start)) {
        return Instant{date.days < 0 ? INT64_MIN : INT64_MAX};
    }
    return Instant{start};
}

std::string to_string(Date date) {
    if (!date) return "none";
    if (date.days < day_of_year_0 || date.days > day_of_year_9999) {
        return "#" + std::to_string(date.days);
    }
    const std::chrono::year_month_day day = calendar_day(date);
    std::string out;
    append_number(out, static_cast<int>(day.year()), 4);
    out += '-';
    append_number(out, static_cast<unsigned>(day.month()), 2);
    out += '-';
    append_number(out, static_cast<unsigned>(day.day()), 2);
    return out;
}

std::string to_string(Instant instant) {
    const Date date = utc_date(instant);
    // The remainder, not the distance from the day's start: the first day of the range begins
    // before it.
    const std::int64_t in_day = (instant.nanoseconds % day_ns + day_ns) % day_ns;
    const std::int64_t seconds = in_day / second_ns;
    std::string out = to_string(date);
    out += 'T';
    append_number(out, seconds / 3600, 2);
    out += ':';
    append_number(out, seconds / 60 % 60, 2);
    out += ':';
    append_number(out, seconds % 60, 2);
    if (const std::int64_t fraction = in_day % second_ns; fraction != 0) {
        out += '.';
        append_number(out, fraction, 9);
        out.erase(out.find_last_not_of('0') + 1);
    }
    out += 'Z';
    return out;
}

Date parse_date(std::string_view text) {
    Cursor cursor("date", text, date_remedy);
    const Date date = take_date(cursor);
    cursor.take_end();
    return date;
}

std::int32_t parse_utc_offset(std::string_view text) {
    Cursor cursor("offset from UTC", text, "write +08:00, -03:30 or Z");
    std::int64_t offset = take_offset(cursor) / second_ns;
    if (text != "Z" && !cursor.at_end()) {
        cursor.take(':');
        const std::int64_t seconds = cursor.take_field(59, "the offset's second");
        offset += text.front() == '-' ? -seconds : seconds;
    }
    cursor.take_end();
    return static_cast<std::int32_t>(offset);
}

std::string print_utc_offset(std::int32_t seconds) {
    const std::int32_t size = seconds < 0 ? -seconds : seconds;
    std::string out(1, seconds < 0 ? '-' : '+');
    append_number(out, size / 3'600, 2);
    out += ':';
    append_number(out, size / 60 % 60, 2);
    if (size % 60 == 0) return out;
    out += ':';
    append_number(out, size % 60, 2);
    return out;
}

std::chrono::nanoseconds parse_span(std::string_view text) {
    const auto refuse = [&]() {
        detail::refuse("span of time", text, "it is none, or too long",
                       "write a whole number and ns, us, ms, s, m, h or d, such as 500ms");
    };
    if (text == "0") return std::chrono::nanoseconds{0};
    std::int64_t number = 0;
    const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) refuse();
    const std::string_view named(unit, static_cast<std::size_t>(text.data() + text.size() - unit));
    for (const SpanUnit& one : span_units) {
        if (one.name != named) continue;
        std::int64_t product = 0;
        if (__builtin_mul_overflow(number, one.nanoseconds, &product)) refuse();
        return std::chrono::nanoseconds{product};
    }
    refuse();
    return {};
}

std::string print_span(std::chrono::nanoseconds span) {
    if (span.count() == 0) return "0";
    for (const SpanUnit& unit : span_units) {
        if (span.count() % unit.nanoseconds != 0) continue;
        return std::to_string(span.count() / unit.nanoseconds) + std::string(unit.name);
    }
    return {};  // not reached: the last unit is one nanosecond
}

Instant parse_instant(std::string_view text) {
    Cursor cursor("instant", text, instant_remedy);
    const Date date = take_date(cursor);
    cursor.take('T');
    const std::int64_t hours = cursor.take_field(23, "the hour");
    cursor.take(':');
    const std::int64_t minutes = cursor.take_field(59, "the minute");
    cursor.take(':');
    const std::int64_t seconds = cursor.take_field(59, "the second (leap seconds do not count)");
    std::int64_t fraction = 0;
    if (cursor.peek() == '.') {
        cursor.take('.');
        fraction = take_fraction(cursor);
    }
    const std::int64_t offset = take_offset(cursor);
    cursor.take_end();
    const std::int64_t in_day = ((hours * 60 + minutes) * 60 + seconds) * second_ns + fraction;
    const i128 nanoseconds = i128{date.days} * day_ns + in_day - offset;
    if (nanoseconds < INT64_MIN || nanoseconds > INT64_MAX) {
        cursor.refuse("it lies outside 1677-09-21T00:12:43Z .. 2262-04-11T23:47:16Z");
    }
    return Instant{static_cast<std::int64_t>(nanoseconds)};
}

}  // namespace ledger
