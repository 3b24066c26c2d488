// See memory_past.hpp.
#include "support/memory_past.hpp"

#include <algorithm>

namespace ledger::oracle {

void MemoryPast::add_record(const Batch& batch, std::size_t index, Instant instant) {
    Batch record;
    record.add_copy(batch, index);
    record.records[0].set(record_flag::linked, false);
    for (BatchLine& line : record.lines) line.account = {};
    records_.emplace_back(std::move(record), instant);
}

void MemoryPast::add_effects(const posting::Effects& effects, std::size_t entries_from,
                             std::size_t keys_from) {
    for (std::size_t i = entries_from; i < effects.entries.size(); ++i) {
        const posting::Entry& entry = effects.entries[i];
        totals_[entry.account].push_back({entry.position, {entry.debits, entry.credits}});
    }
    for (std::size_t i = keys_from; i < effects.keys.size(); ++i) {
        const posting::KeyFact& fact = effects.keys[i];
        keys_[{fact.table, fact.key}].push_back(fact.position);
    }
}

Position MemoryPast::find(posting::KeyTable table, u128 key) {
    const auto found = keys_.find({table, key});
    if (found == keys_.end()) return {};
    return *std::max_element(found->second.begin(), found->second.end());
}

std::size_t MemoryPast::newest_first(posting::KeyTable table, u128 key, std::span<Position> page) {
    const auto found = keys_.find({table, key});
    if (found == keys_.end()) return 0;
    std::vector<Position> all = found->second;
    std::sort(all.rbegin(), all.rend());
    const std::size_t count = std::min(all.size(), page.size());
    std::copy_n(all.begin(), count, page.begin());
    return count;
}

void MemoryPast::prefetch(posting::KeyTable, u128) {}

void MemoryPast::read(Position position, Batch& into) {
    into.clear();
    into.add_copy(record_at(position), 0);
}

Instant MemoryPast::instant_of(Position position) { return records_.at(position.value - 1).second; }

posting::Totals MemoryPast::totals_at(AccountHandle account, Position position) {
    posting::Totals totals;
    for (const auto& [at, after] : totals_[account]) {
        if (at <= position) totals = after;
    }
    return totals;
}

}  // namespace ledger::oracle
