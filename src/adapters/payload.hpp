// What adapters write into registers: one JSON object with its version and sorted keys. Invariant:
// what is read back was written by an adapter of this version, whole; anything else is
// CorruptionError that names the record.
#pragma once

#include "ledger/adapters/desk.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ledger::adapters {

using json = nlohmann::json;

/// A register entry that holds the fields and the version. Throws InvalidArgument where it would be
/// longer than a register may be.
RegisterEntry register_of(std::uint32_t type, json fields);

/// Minor units as decimal digits, since JSON has no integers of 128 bits.
json to_json(Amount amount);

/// The fields of a register; each getter throws CorruptionError that names the record where the
/// field is missing or is none of that kind.
class Payload {
public:
    Payload(RecordId id, const RegisterEntry& entry);

    std::string text(const char* key) const;
    Amount amount(const char* key) const;
    std::int64_t number(const char* key) const;
    bool flag(const char* key) const;
    /// The objects of a list, each as a payload of the same record.
    std::vector<Payload> list(const char* key) const;

private:
    Payload(RecordId id, json fields) : id_(id), fields_(std::move(fields)) {}
    const json& field(const char* key) const;
    [[noreturn]] void refuse(const std::string& problem) const;

    RecordId id_;
    json fields_;
};

}  // namespace ledger::adapters
