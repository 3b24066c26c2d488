// Time passing: due holds expire, due windows fold. The queues are heaps whose stale items
// (released holds, folded windows, undone groups) are skipped when they surface.
#include "machine_impl.hpp"

#include "ledger/model/bounds.hpp"

namespace ledger::posting {

namespace {

template <class Key>
void pop(std::vector<Due<Key>>& heap) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
    heap.pop_back();
}

/// Leaves each due item once, where there are far more items than the `most` that can be due. What
/// is sorted is a heap, too.
template <class Key, class IsDue>
void tidy(std::vector<Due<Key>>& heap, std::size_t most, IsDue is_due) {
    if (heap.size() <= 2 * most + 1024) return;
    std::erase_if(heap, [&](const Due<Key>& due) { return !is_due(due); });
    std::sort(heap.begin(), heap.end());
    heap.erase(std::unique(heap.begin(), heap.end()), heap.end());
}

}  // namespace

bool Machine::Impl::hold_is_due(const Due<u128>& due) const noexcept {
    const Hold* hold = state.holds.find(due.key);
    return hold != nullptr && hold->expires_at == due.at;
}

bool Machine::Impl::buffer_is_due(const Due<std::uint32_t>& due) const noexcept {
    if (due.key >= state.accounts.size() || state.accounts[due.key].buffer == 0) return false;
    const Buffer& buffer = state.buffers[state.accounts[due.key].buffer - 1];
    return buffer.count != 0 && buffer.opened + std::chrono::nanoseconds{buffer.window} == due.at;
}

void Machine::Impl::pass_time() {
    std::size_t steps = 0;
    while (!state.hold_due.empty() && state.hold_due.front().at <= instant &&
           steps < bounds::time_passed_steps_max) {
        const Due<u128> due = state.hold_due.front();
        pop(state.hold_due);
        if (!hold_is_due(due)) continue;
        lower_hold(due.key, state.holds.find(due.key)->remaining, EntryKind::hold_expired);
        ++steps;
    }
    while (!state.buffer_due.empty() && state.buffer_due.front().at <= instant &&
           steps < bounds::time_passed_steps_max) {
        const Due<std::uint32_t> due = state.buffer_due.front();
        pop(state.buffer_due);
        if (!buffer_is_due(due)) continue;
        fold(due.key);
        ++steps;
    }
}

void Machine::Impl::tidy_queues() noexcept {
    tidy(state.hold_due, state.holds.size(), [&](const auto& due) { return hold_is_due(due); });
    tidy(state.buffer_due, state.buffered_accounts,
         [&](const auto& due) { return buffer_is_due(due); });
}

/// Drops stale items from the tops, so that what remains on top is truly due.
std::optional<Instant> Machine::Impl::next_due() noexcept {
    tidy_queues();
    while (!state.hold_due.empty() && !hold_is_due(state.hold_due.front())) pop(state.hold_due);
    while (!state.buffer_due.empty() && !buffer_is_due(state.buffer_due.front())) {
        pop(state.buffer_due);
    }
    std::optional<Instant> first;
    if (!state.hold_due.empty()) first = state.hold_due.front().at;
    if (!state.buffer_due.empty() && (!first || state.buffer_due.front().at < *first)) {
        first = state.buffer_due.front().at;
    }
    return first;
}

}  // namespace ledger::posting
