// See calendar_file.hpp.
#include "ledger/intake/calendar_file.hpp"

#include "core/quoted.hpp"
#include "intake/json_file.hpp"

#include <algorithm>
#include <array>

namespace ledger::intake {

namespace {

/// In the order of std::chrono::weekday.
constexpr std::array<std::string_view, 7> weekday_names = {
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

std::chrono::weekday parse_weekday(const std::string& text) {
    const auto found = std::find(weekday_names.begin(), weekday_names.end(), text);
    if (found == weekday_names.end()) {
        throw InvalidArgument(detail::quoted(text) +
                              " is no day of the week; write monday, tuesday, wednesday, thursday, "
                              "friday, saturday or sunday");
    }
    return std::chrono::weekday{static_cast<unsigned>(found - weekday_names.begin())};
}

/// "17:30"; hours may go beyond 24.
std::chrono::minutes parse_cut_off(const std::string& text) {
    const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    const auto number = [&](std::size_t at) {
        return (text[at] - '0') * 10 + (text[at + 1] - '0');
    };
    const bool formed = text.size() == 5 && text[2] == ':' && is_digit(0) && is_digit(1) &&
                        is_digit(3) && is_digit(4) && number(3) < 60;
    if (!formed) {
        throw InvalidArgument(detail::quoted(text) +
                              " is no time of day; write hours and minutes, such as 17:30, 24:00 "
                              "(midnight) or 26:00 (two in the morning after)");
    }
    return std::chrono::hours{number(0)} + std::chrono::minutes{number(3)};
}

/// The elements of a list of texts, each read by `parse`; none where the field is missing.
template <class Parse>
auto read_list(JsonFields& fields, const std::string& field, Parse parse) {
    std::vector<decltype(parse(std::string{}))> out;
    fields.each(field, [&](const json& element, const std::string& place) {
        const std::string name = field + place.substr(place.rfind('/'));
        const std::string text = fields.as_text(name, element);
        out.push_back(fields.checked(name, [&] { return parse(text); }));
    });
    return out;
}

}  // namespace

Calendar parse_calendar(std::string_view text, const std::string& name) {
    const std::string thing = "calendar " + name;
    const json root = parse_json_object(text, thing);
    JsonFields fields(root, thing + ": ");
    CalendarRules rules;
    const std::string zone = fields.text("time_zone");
    rules.time_zone = fields.checked("time_zone", [&] { return TimeZone(zone); });
    const std::string cut_off = fields.text_or("cut_off", "24:00");
    rules.cut_off = fields.checked("cut_off", [&] { return parse_cut_off(cut_off); });
    rules.weekend = read_list(fields, "weekend", parse_weekday);
    rules.holidays = read_list(fields, "holidays", parse_date);
    rules.worked_days = read_list(fields, "worked_days", parse_date);
    fields.finish();
    try {
        return Calendar(std::move(rules));
    } catch (const InvalidArgument& failure) {  // which begins with the field
        throw InvalidArgument(thing + ": /" + failure.what());
    }
}

Calendar load_calendar(const std::filesystem::path& file) {
    return parse_calendar(read_json_file(file, "calendar " + file.string()), file.string());
}

}  // namespace ledger::intake
