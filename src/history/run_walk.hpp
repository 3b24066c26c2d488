// Walking back over an account's runs where their order does not matter. Invariant: every run of
// the stretch is visited once, or lies in the span of a jump that was passed over; the addresses of
// several runs are known at a time, so that their rows are loaded while others are looked at.
#pragma once

#include "history/segments_impl.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ledger::history {

/// Runs of an account, from one back to the one of a depth.
struct RunStretch {
    RunAddress newest;
    std::uint32_t oldest = 0;
};

/// A few stretches, first in, first out; the newest run of each is being loaded.
class WaitingRuns {
public:
    explicit WaitingRuns(const RunReader& reader) noexcept : reader_(reader) {}

    bool empty() const noexcept { return count_ == 0; }
    /// Whether two more fit.
    bool has_room() const noexcept { return count_ + 2 <= stretches_.size(); }
    void push(const RunStretch& stretch) {
        reader_.prefetch(stretch.newest);
        stretches_[(first_ + count_++) % stretches_.size()] = stretch;
    }
    RunStretch pop() noexcept {
        const RunStretch stretch = stretches_[first_];
        first_ = (first_ + 1) % stretches_.size();
        --count_;
        return stretch;
    }

private:
    const RunReader& reader_;
    std::array<RunStretch, 16> stretches_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

/// Calls `visit(run)` for `run` and those before it down to the one of depth `oldest`, but for the
/// spans of jumps of which `passes(run)`, asked of the run that jumps, says that they are done
/// with.
template <class Visit, class Passes>
void walk_back(const RunReader& reader, Run run, std::uint32_t oldest, Visit&& visit,
               Passes&& passes) {
    WaitingRuns waiting(reader);
    while (true) {
        visit(run);
        while (run.head.depth > oldest) {
            const std::uint32_t target = run.head.depth - format::jump_length(run.head.depth);
            const bool has_span = run.has_jump() && target >= oldest;
            if (has_span && passes(run)) {
                run = reader.open(run.jump());
                continue;
            }
            if (has_span && waiting.has_room()) {
                waiting.push({run.jump(), oldest});
                oldest = target + 1;
            }
            waiting.push({run.head.previous(), oldest});
            break;
        }
        if (waiting.empty()) return;
        const RunStretch next = waiting.pop();
        run = reader.open(next.newest);
        oldest = next.oldest;
    }
}

}  // namespace ledger::history
