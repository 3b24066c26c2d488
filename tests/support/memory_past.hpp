// The old facts of a posting machine, kept in plain lists: what history is to the engine.
// Invariant: a record is given back as the journal would, with handles and without account ids.
#pragma once

#include "ledger/posting/past.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace ledger::oracle {

/// One thread only.
class MemoryPast : public posting::Past {
public:
    /// Takes an accepted record, as the machine resolved it, at the next position.
    void add_record(const Batch& batch, std::size_t index, Instant instant);
    /// Takes the effects from these places on.
    void add_effects(const posting::Effects& effects, std::size_t entries_from,
                     std::size_t keys_from);

    Position last_position() const { return {records_.size()}; }
    /// The record as the journal gives it back; `position` exists.
    const Batch& record_at(Position position) const {
        return records_.at(position.value - 1).first;
    }

    Position find(posting::KeyTable table, u128 key) override;
    std::size_t newest_first(posting::KeyTable table, u128 key, std::span<Position> page) override;
    void prefetch(posting::KeyTable table, u128 key) override;
    void read(Position position, Batch& into) override;
    Instant instant_of(Position position) override;
    posting::Totals totals_at(AccountHandle account, Position position) override;

private:
    std::vector<std::pair<Batch, Instant>> records_;
    std::map<std::pair<posting::KeyTable, u128>, std::vector<Position>> keys_;
    std::map<AccountHandle, std::vector<std::pair<Position, posting::Totals>>> totals_;
};

}  // namespace ledger::oracle
