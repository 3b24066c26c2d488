// JSON files: one object of named fields. Invariant: every field is asked for by name, what nobody
// asked for is an error, and every message begins with the file and the field.
#pragma once

#include "ledger/core/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger::intake {

using nlohmann::json;

/// The whole file. Throws StorageError that begins with `thing`, as "mapping x.json".
std::string read_json_file(const std::filesystem::path& file, const std::string& thing);
/// The object in the text, with comments allowed and doubled keys refused (a JSON reader would
/// silently take the last). Throws InvalidArgument that begins with `thing`.
json parse_json_object(std::string_view text, const std::string& thing);

/// One JSON object: its fields by name, and at the end those that nobody asked for.
class JsonFields {
public:
    JsonFields(const json& object, std::string place) : object_(object), place_(std::move(place)) {
        if (!object.is_object()) refuse("", "must be an object, {...}");
    }

    std::string place(const std::string& field) const { return place_ + "/" + field; }
    [[noreturn]] void refuse(const std::string& field, const std::string& why) const {
        throw InvalidArgument((field.empty() ? place_ : place(field)) + ": " + why);
    }

    const json* find(const std::string& field) {
        known_.insert(field);
        const auto found = object_.find(field);
        return found == object_.end() ? nullptr : &*found;
    }
    const json& need(const std::string& field) {
        const json* found = find(field);
        if (found == nullptr) refuse(field, "is missing");
        return *found;
    }

    std::string text(const std::string& field) { return as_text(field, need(field)); }
    std::string text_or(const std::string& field, const std::string& otherwise) {
        const json* found = find(field);
        return found == nullptr ? otherwise : as_text(field, *found);
    }
    bool flag(const std::string& field, bool otherwise) {
        const json* found = find(field);
        if (found == nullptr) return otherwise;
        if (!found->is_boolean()) refuse(field, "must be true or false");
        return found->get<bool>();
    }
    std::uint64_t number(const std::string& field, std::uint64_t least, std::uint64_t most,
                         std::optional<std::uint64_t> otherwise = {}) {
        const json* found = find(field);
        if (found == nullptr && otherwise) return *otherwise;
        if (found == nullptr) refuse(field, "is missing");
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() < least ||
            found->get<std::uint64_t>() > most) {
            refuse(field, "must be a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
        }
        return found->get<std::uint64_t>();
    }
    /// A text or a list of texts.
    std::vector<std::string> texts(const std::string& field) {
        const json& value = need(field);
        if (!value.is_array()) return {as_text(field, value)};
        std::vector<std::string> out;
        for (const json& element : value) out.push_back(as_text(field, element));
        if (out.empty()) refuse(field, "must not be empty");
        return out;
    }
    /// Calls `read` with each element of a list and the place of it.
    template <class Read>
    void each(const std::string& field, Read read) {
        const json* found = find(field);
        if (found == nullptr) return;
        if (!found->is_array()) refuse(field, "must be a list, [...]");
        for (std::size_t i = 0; i < found->size(); ++i) {
            read((*found)[i], place(field) + "/" + std::to_string(i));
        }
    }
    /// Runs `parse` and puts the place in front of what it throws.
    template <class Parse>
    auto checked(const std::string& field, Parse parse) const {
        try {
            return parse();
        } catch (const Error& failure) {
            refuse(field, failure.what());
        }
    }

    std::string as_text(const std::string& field, const json& value) const {
        if (!value.is_string()) refuse(field, "must be a text, \"...\"");
        return value.get<std::string>();
    }

    /// Throws where there is a field that nobody asked for.
    void finish() const {
        for (const auto& [name, value] : object_.items()) {
            if (known_.contains(name)) continue;
            std::string known;
            for (const std::string& field : known_) known += (known.empty() ? "" : ", ") + field;
            refuse(name, "is no field here; there are: " + known);
        }
    }

private:
    const json& object_;
    std::string place_;
    std::set<std::string> known_;
};

}  // namespace ledger::intake
