// How account entries are shown in tables, wherever they are shown.
#pragma once

#include "ledger/history/view.hpp"

#include <string>

namespace ledger::cli {

/// Of a line on this side the printed amount, with its ink where that is red; else nothing.
std::string on_side(const AccountEntry& entry, Side side, const std::string& amount);
/// Of any other entry that has one: by how much it changed what is set aside; else nothing.
std::string set_aside(const AccountEntry& entry, const std::string& amount);
/// "line"; "fold of 3 from 17 to 20".
std::string kind_of(const AccountEntry& entry);

}  // namespace ledger::cli
