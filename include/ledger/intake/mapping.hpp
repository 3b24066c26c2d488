// A mapping: which columns of a delimited file become which parts of vouchers. docs/import.md
// describes the file field by field. Invariant: a mapping that was read holds no unknown, missing
// or contradicting field.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ledger::intake {

struct MappingData;

/// Immutable, cheap to copy, may be used by many threads.
class Mapping {
public:
    /// Throws StorageError where the file cannot be read, InvalidArgument where it is no mapping:
    /// the message names the file and the field.
    static Mapping load(const std::filesystem::path& file);
    /// The same from a text; `name` stands for the file in messages.
    static Mapping parse(std::string_view json, const std::string& name);

    const MappingData& data() const noexcept { return *data_; }

private:
    explicit Mapping(std::shared_ptr<const MappingData> data) noexcept : data_(std::move(data)) {}
    std::shared_ptr<const MappingData> data_;
};

}  // namespace ledger::intake
