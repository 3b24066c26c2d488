// See payload.hpp.
#include "adapters/payload.hpp"

#include "ledger/core/decimal.hpp"

#include <utility>

namespace ledger::adapters {

namespace {

constexpr int payload_version = 1;

}  // namespace

RegisterEntry register_of(std::uint32_t type, json fields) {
    fields["version"] = payload_version;
    RegisterEntry entry;
    entry.type = type;
    entry.payload = fields.dump();
    if (entry.payload.size() > bounds::register_bytes_max) {
        throw InvalidArgument("a register of " + std::to_string(entry.payload.size()) +
                              " bytes: at most " + std::to_string(bounds::register_bytes_max) +
                              " are kept; give fewer or shorter parts");
    }
    return entry;
}

json to_json(Amount amount) { return to_string(amount); }

Payload::Payload(RecordId id, const RegisterEntry& entry)
    : id_(id), fields_(json::parse(entry.payload, nullptr, false)) {
    if (!fields_.is_object()) refuse("its payload is no JSON object");
    if (number("version") != payload_version) {
        refuse("its payload has the version " + std::to_string(number("version")));
    }
}

const json& Payload::field(const char* key) const {
    const auto found = fields_.find(key);
    if (found == fields_.end()) refuse(std::string("its payload lacks the field ") + key);
    return *found;
}

std::string Payload::text(const char* key) const {
    const json& value = field(key);
    if (!value.is_string()) refuse(std::string("the field ") + key + " is no text");
    return value.get<std::string>();
}

Amount Payload::amount(const char* key) const {
    try {
        return parse_amount(text(key), 0);
    } catch (const InvalidArgument&) {
        refuse(std::string("the field ") + key + " is no amount");
    }
}

std::int64_t Payload::number(const char* key) const {
    const json& value = field(key);
    if (!value.is_number_integer()) refuse(std::string("the field ") + key + " is no number");
    return value.get<std::int64_t>();
}

bool Payload::flag(const char* key) const {
    const json& value = field(key);
    if (!value.is_boolean()) refuse(std::string("the field ") + key + " is neither true nor false");
    return value.get<bool>();
}

std::vector<Payload> Payload::list(const char* key) const {
    const json& value = field(key);
    if (!value.is_array()) refuse(std::string("the field ") + key + " is no list");
    std::vector<Payload> items;
    for (const json& item : value) items.push_back(Payload(id_, item));
    return items;
}

void Payload::refuse(const std::string& problem) const {
    throw CorruptionError("register entry " + to_string(id_) + ": " + problem +
                          "; no adapter wrote it: look at it with ledgerctl");
}

}  // namespace ledger::adapters
