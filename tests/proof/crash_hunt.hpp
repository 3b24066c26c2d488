// Recovers a recorded run from every state in which a crash can leave it. Invariant: each distinct
// content is recovered by the real engine once, in a process that may die of it; what was
// acknowledged before any crash with that content must have been there.
#pragma once

#include "proof/crash_states.hpp"
#include "proof/workbench.hpp"
#include "proof/workload.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace ledger::proof {

/// What a hunt went through.
struct Hunted {
    std::uint64_t passes = 0;  ///< through the run
    std::uint64_t moments = 0;
    std::uint64_t states = 0;           ///< alike ones included
    std::uint64_t distinct = 0;         ///< by content
    std::uint64_t without_ledger = 0;   ///< of these: before there was one
    std::uint64_t lost = 0;             ///< acknowledged, and not there
    std::uint64_t failed = 0;           ///< not recovered, or not to what it may be
    std::vector<std::string> findings;  ///< the first few
};

/// Tries the regular states of each moment and, by lot, as many others as it takes to have tried so
/// many distinct ones. Works below `home`, an empty directory, best in memory. One thread only.
Hunted hunt(const RecordedRun& run, std::uint64_t seed, std::uint64_t distinct_wanted,
            const std::filesystem::path& home, const Sampling& sampling = {});

}  // namespace ledger::proof
