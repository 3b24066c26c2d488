// The machine and the naive model side by side: every batch goes through both, and every result,
// resolved record, entry and key is compared. Invariant: after compare() returned nothing, the two
// agree on all they let see so far.
#pragma once

#include "support/memory_past.hpp"
#include "support/naive_ledger.hpp"
#include "support/random_history.hpp"

#include "ledger/posting/machine.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {

/// A saved state, block by block. Several saves on top of each other are what a checkpoint keeps.
class SavedState : public posting::StateSink, public posting::StateSource {
public:
    void block(std::uint32_t table, std::uint32_t index, std::span<const std::byte> bytes) override;
    void end_table(std::uint32_t table, std::uint32_t blocks) override;
    std::uint32_t blocks(std::uint32_t table) override;
    std::span<const std::byte> block(std::uint32_t table, std::uint32_t index) override;
    friend bool operator==(const SavedState& a, const SavedState& b) {
        return a.tables_ == b.tables_;
    }
    /// The first table that differs, for a test's message.
    std::string first_difference(const SavedState& other) const;

private:
    std::map<std::uint32_t, std::map<std::uint32_t, std::vector<std::byte>>> tables_;
};

/// A past that must not be asked.
class NoPast : public posting::Past {
public:
    Position find(posting::KeyTable, u128) override { return fail(), Position{}; }
    std::size_t newest_first(posting::KeyTable, u128, std::span<Position>) override {
        return fail(), 0;
    }
    void prefetch(posting::KeyTable, u128) override {}
    void read(Position, Batch&) override { fail(); }
    Instant instant_of(Position) override { return fail(), Instant{}; }
    posting::Totals totals_at(AccountHandle, Position) override {
        return fail(), posting::Totals{};
    }
    bool was_asked() const { return was_asked_; }

private:
    void fail() { was_asked_ = true; }
    bool was_asked_ = false;
};

class Duel {
public:
    explicit Duel(const Capacity& capacity = {})
        : capacity_(capacity),
          machine_(std::make_unique<posting::Machine>(past_, capacity)),
          naive_(capacity) {}

    /// Posts the step to both. Gives the first difference, or an empty text.
    std::string post(const Step& step);
    /// Saves the machine, loads that into a new one and goes on with the new one. Gives the first
    /// difference.
    std::string save_and_load();
    /// Applies all accepted records to a new machine, which must come to the same effects and
    /// state.
    std::string replay() const;

    const NaiveLedger& naive() const { return naive_; }

private:
    std::vector<Result> post_to_machine(Batch& batch, Instant instant);
    void post_time(Instant instant);
    void post_group(Batch& batch, std::size_t first, std::size_t last, Instant instant,
                    std::vector<Result>& results);
    void remember(const Batch& batch, std::size_t index, Instant instant);
    std::string compare_results(const Batch& batch, const std::vector<Result>& machine,
                                const std::vector<Result>& naive) const;
    std::string compare_effects(Position after) const;
    std::string compare_entries(Position position) const;
    std::string compare_keys(Position position) const;
    std::string compare_numbers(Position after) const;
    std::string compare_state() const;

    Capacity capacity_;
    MemoryPast past_;
    std::unique_ptr<posting::Machine> machine_;
    NaiveLedger naive_;
    SavedState checkpoint_;
    posting::Effects effects_;  ///< of everything so far
    std::size_t entries_seen_ = 0;
    std::size_t keys_seen_ = 0;
    std::size_t step_keys_ = 0;  ///< where the keys of the last step begin
    std::string complaint_;
};

}  // namespace ledger::oracle
