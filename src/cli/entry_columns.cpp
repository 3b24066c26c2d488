// Cells of tables of account entries.
#include "cli/entry_columns.hpp"

namespace ledger::cli {

std::string on_side(const AccountEntry& entry, Side side, const std::string& amount) {
    if (entry.kind != EntryKind::line || entry.side != side) return {};
    return entry.ink == Ink::red ? "red " + amount : amount;
}

std::string set_aside(const AccountEntry& entry, const std::string& amount) {
    const bool is_other = entry.kind != EntryKind::line && entry.amount != Amount{};
    return is_other ? amount : "";
}

std::string kind_of(const AccountEntry& entry) {
    std::string kind(to_string(entry.kind));
    if (entry.kind != EntryKind::fold) return kind;
    return kind + " of " + std::to_string(entry.folded.lines) + " from " +
           std::to_string(entry.folded.first.value) + " to " +
           std::to_string(entry.folded.last.value);
}

}  // namespace ledger::cli
