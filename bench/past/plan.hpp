// What is measured: how many vouchers over how many accounts, spread over which year. Invariant:
// the same numbers make the same ledger.
#pragma once

#include "ledger/core/id.hpp"
#include "ledger/core/time.hpp"
#include "ledger/engine/options.hpp"
#include "ledger/model/records.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace ledger::past {

inline constexpr BookId book{1};
inline constexpr std::size_t batch_vouchers = 8190;
inline constexpr std::int64_t year_nanoseconds = std::int64_t{365} * 86'400 * 1'000'000'000;
inline const Instant year_start = parse_instant("2025-01-01T00:00:00Z");

struct Plan {
    std::string directory;
    std::vector<std::string> workloads;
    std::uint64_t lines = 100'000'000;
    std::uint64_t accounts = 1'000'000;
    std::uint64_t queries = 1'000'000;
    std::uint64_t checks = 10'000;

    bool wants(const std::string& workload) const {
        return workloads.empty() || std::ranges::find(workloads, workload) != workloads.end();
    }
    std::uint64_t vouchers() const { return lines / 2; }
    std::uint64_t batches() const { return (vouchers() + batch_vouchers - 1) / batch_vouchers; }
    Instant instant_of(std::uint64_t batch) const {
        const auto step = year_nanoseconds / static_cast<std::int64_t>(batches() + 1);
        return year_start + std::chrono::nanoseconds(step * static_cast<std::int64_t>(batch + 1));
    }
};

inline AccountId account_at(std::uint64_t number) { return {1, number + 1}; }

/// Ends the program with `what` where it does not hold.
inline void demand(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

inline Options options_of(Clock& clock) {
    Options options;
    options.clock = &clock;
    return options;
}

}  // namespace ledger::past
