// Summaries of a hot account's entries in a tail generation, made when a query first wants them, so
// that posting pays nothing. Invariant: a block stands for 512 entries that no longer change, and
// says of them what walking them would.
#pragma once

#include "ledger/history/summary.hpp"
#include "ledger/history/tail.hpp"
#include "ledger/history/turnover.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace ledger::history {

struct EntryBlock {
    Summary summary;
    std::vector<DateTurnover> dates;  ///< of its lines; ascending
};

/// Of one generation. Any thread; queries of one generation's hot accounts wait for each other.
class TailBlocks {
public:
    static constexpr std::uint32_t block_entries = 512;

    /// Calls `visit` for blocks first..end, counted from 0, of the account whose entry `last` is,
    /// which is not before their end. `opening`: the account's totals before the generation.
    template <class Visit>
    void visit(const TailGeneration& generation, const posting::Entry& last, const Totals& opening,
               std::uint32_t first, std::uint32_t end, Visit&& visit) {
        if (first >= end) return;
        const std::lock_guard lock(mutex_);
        std::deque<EntryBlock>& known = accounts_[last.account.index];
        while (known.size() < end) {
            known.push_back(make(generation, last, static_cast<std::uint32_t>(known.size()),
                                 known.empty() ? opening : known.back().summary.closing));
        }
        for (std::uint32_t i = first; i < end; ++i) visit(known[i]);
    }
    void clear() noexcept { accounts_.clear(); }

private:
    static EntryBlock make(const TailGeneration& generation, const posting::Entry& last,
                           std::uint32_t block, const Totals& opening);

    std::mutex mutex_;
    std::unordered_map<std::uint32_t, std::deque<EntryBlock>> accounts_;  // by handle
};

}  // namespace ledger::history
