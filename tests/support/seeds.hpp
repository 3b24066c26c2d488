// Which seeds a property test runs: the usual ones, or those that LEDGER_TEST_SEEDS names.
// Invariant: a failure's seed, given by itself, repeats the failure.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace ledger::oracle {

struct Seeds {
    std::uint64_t first = 1;
    std::uint64_t count = 1;
};

/// LEDGER_TEST_SEEDS=first:count, or just one seed; else 1..count.
inline Seeds chosen_seeds(std::uint64_t count) {
    Seeds seeds{1, count};
    if (const char* text = std::getenv("LEDGER_TEST_SEEDS")) {
        const std::string chosen = text;
        const auto colon = chosen.find(':');
        seeds.first = std::stoull(chosen.substr(0, colon));
        seeds.count = colon == std::string::npos ? 1 : std::stoull(chosen.substr(colon + 1));
    }
    return seeds;
}

}  // namespace ledger::oracle
