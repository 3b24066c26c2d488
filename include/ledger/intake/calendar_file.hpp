// The file of a calendar: JSON, described in docs/days.md. Invariant: a calendar that was read
// holds no unknown or contradicting field.
#pragma once

#include "ledger/core/calendar.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace ledger::intake {

/// Throws StorageError where the file cannot be read, InvalidArgument where it is no calendar: the
/// message names the file and the field.
Calendar load_calendar(const std::filesystem::path& file);
/// The same from a text; `name` stands for the file in messages.
Calendar parse_calendar(std::string_view json, const std::string& name);

}  // namespace ledger::intake
