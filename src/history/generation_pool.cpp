// See generation_pool.hpp.
#include "history/generation_pool.hpp"

#include <utility>

namespace ledger::history {

namespace {

/// More than posting or following needs in turn; what views of different age kept is freed.
constexpr std::size_t spares_max = 3;

}  // namespace

std::shared_ptr<Generation> GenerationPool::take() {
    std::unique_ptr<Generation> made;
    {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            made = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    if (made == nullptr) made = std::make_unique<Generation>(segment_records_);
    return {made.release(), [pool = weak_from_this()](Generation* generation) {
                std::unique_ptr<Generation> owned{generation};
                if (const auto home = pool.lock()) home->give_back(std::move(owned));
            }};
}

void GenerationPool::give_back(std::unique_ptr<Generation> generation) {
    generation->clear();
    const std::lock_guard lock(mutex_);
    if (spare_.size() < spares_max) spare_.push_back(std::move(generation));
}

}  // namespace ledger::history
