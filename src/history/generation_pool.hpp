// Generations wait here for their next use, because memory that was touched once is cheap.
// Invariant: a generation comes back when its last owner lets go of it, cleared, or goes away where
// the pool has gone before.
#pragma once

#include "ledger/history/generation.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace ledger::history {

/// Any thread. Owned by a shared_ptr.
class GenerationPool : public std::enable_shared_from_this<GenerationPool> {
public:
    explicit GenerationPool(std::size_t segment_records) : segment_records_(segment_records) {}

    /// An empty one.
    std::shared_ptr<Generation> take();

private:
    void give_back(std::unique_ptr<Generation> generation);

    const std::size_t segment_records_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Generation>> spare_;
};

}  // namespace ledger::history
