// See json_file.hpp.
#include "intake/json_file.hpp"

#include "core/quoted.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace ledger::intake {

std::string read_json_file(const std::filesystem::path& file, const std::string& thing) {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    if (stream) text << stream.rdbuf();
    if (!stream || std::filesystem::is_directory(file)) {
        const int error = errno == 0 ? EISDIR : errno;
        throw StorageError(thing + ": cannot be read: " + std::system_category().message(error));
    }
    return text.str();
}

json parse_json_object(std::string_view text, const std::string& thing) {
    std::vector<std::set<std::string>> open;
    const auto watch = [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key &&
            !open.back().insert(value.get<std::string>()).second) {
            throw InvalidArgument(thing + ": the field " +
                                  detail::quoted(value.get<std::string>()) +
                                  " stands twice in the same object; remove one");
        }
        return true;
    };
    json root;
    try {
        root = json::parse(text, watch, true, true);
    } catch (const json::exception& failure) {
        throw InvalidArgument(thing + ": is no JSON: " + failure.what());
    }
    if (!root.is_object()) throw InvalidArgument(thing + ": must be an object, {...}");
    return root;
}

}  // namespace ledger::intake
