// The keys of one tail generation; the argument for its lock-free readers stands in the header.
#include "ledger/history/recent_keys.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace ledger::history {
namespace {

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

/// Anonymous memory of zeros. Big ones lie in huge pages where the kernel has them: random access
/// to slots would otherwise miss the TLB every time, and one fault replaces 512.
void* map_zeros(std::size_t bytes) {
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (bytes >= huge_page_bytes / 2) ::madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

std::size_t slots_for(std::uint32_t capacity) { return std::bit_ceil(std::size_t{capacity} * 2); }

}  // namespace

RecentKeys::RecentKeys(std::uint32_t capacity) : capacity_(capacity) {
    LEDGER_ASSERT(capacity >= 1 && capacity <= capacity_max);
    const std::size_t slots = slots_for(capacity);
    mask_ = slots - 1;
    // Zero bytes are the initial value of every atomic member (lock-free, no other state).
    static_assert(Slot::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);
    slots_ = static_cast<Slot*>(map_zeros(slots * sizeof(Slot)));
    try {
        entries_ = static_cast<Entry*>(map_zeros(capacity * sizeof(Entry)));
    } catch (...) {
        ::munmap(slots_, slots * sizeof(Slot));
        throw;
    }
}

RecentKeys::~RecentKeys() {
    ::munmap(entries_, capacity_ * sizeof(Entry));
    ::munmap(slots_, (mask_ + 1) * sizeof(Slot));
}

bool RecentKeys::insert(u128 key, Position position) noexcept {
    const std::uint32_t size = size_.load(std::memory_order_relaxed);
    LEDGER_ASSERT(size < capacity_);
    if (size == 0) base_.store(position.value, std::memory_order_release);
    const std::uint64_t offset = position.value - base_.load(std::memory_order_relaxed);
    LEDGER_ASSERT(offset <= UINT32_MAX);
    const std::uint64_t hash = mix(key);
    std::uint32_t head;
    const std::size_t slot = probe(hash, key, head);

    Entry& entry = entries_[size];
    std::uint32_t far = 0;
    if (head != 0) {
        const std::uint32_t newest = at(head).offset.load(std::memory_order_relaxed);
        LEDGER_ASSERT(newest <= offset);
        if (newest == offset) return true;
        const std::uint32_t skip = jump(head);
        far = rank(head) - rank(skip) == rank(skip) - rank(jump(skip)) ? jump(skip) : head;
    }
    entry.key_low.store(low_word(key), std::memory_order_release);
    entry.key_high.store(high_word(key), std::memory_order_release);
    entry.offset.store(static_cast<std::uint32_t>(offset), std::memory_order_release);
    entry.previous.store(head, std::memory_order_release);
    entry.jump.store(far, std::memory_order_release);
    entry.rank.store(rank(head) + 1, std::memory_order_release);
    slots_[slot].store((hash & tag_bits) | (size + 1), std::memory_order_release);
    size_.store(size + 1, std::memory_order_release);
    return head != 0;
}

void RecentKeys::clear() noexcept {
    const std::uint32_t size = size_.load(std::memory_order_relaxed);
    if (size >= (mask_ + 1) / 64) {
        std::memset(static_cast<void*>(slots_), 0, (mask_ + 1) * sizeof(Slot));
    } else {
        // The last of a stretch of slots was filled last: emptied in that order, those before are
        // still found.
        for (std::uint32_t link = size; link > 0; --link) {
            const Entry& entry = at(link);
            if (entry.previous.load(std::memory_order_relaxed) != 0) continue;  // shares the slot
            const u128 key = from_words(entry.key_high.load(std::memory_order_relaxed),
                                        entry.key_low.load(std::memory_order_relaxed));
            std::uint32_t head;
            slots_[probe(mix(key), key, head)].store(0, std::memory_order_relaxed);
        }
    }
    size_.store(0, std::memory_order_release);
}

std::uint32_t RecentKeys::at_rank(std::uint32_t link, std::uint32_t wanted) const noexcept {
    while (link != 0 && rank(link) > wanted) {
        const std::uint32_t far = jump(link);
        link = far != 0 && rank(far) >= wanted ? far
                                               : at(link).previous.load(std::memory_order_acquire);
    }
    return link;
}

std::size_t RecentKeys::newest_first(u128 key, Position limit,
                                     std::span<Position> page) const noexcept {
    std::uint32_t link = newest_within(key, limit);
    std::size_t filled = 0;
    while (link != 0 && filled < page.size()) {
        page[filled++] = position_of(link);
        link = at(link).previous.load(std::memory_order_acquire);
    }
    return filled;
}

std::size_t RecentKeys::oldest_first(u128 key, Position from, Position limit,
                                     std::span<Position> page) const noexcept {
    const std::uint32_t newest = newest_within(key, limit);
    const std::uint64_t bound = from.value == 0 ? 0 : bound_of({from.value - 1});
    const std::uint32_t skipped = rank(before(newest, bound));
    if (rank(newest) <= skipped) return 0;
    const std::size_t filled = std::min<std::size_t>(rank(newest) - skipped, page.size());
    std::uint32_t link = at_rank(newest, skipped + static_cast<std::uint32_t>(filled));
    for (std::size_t i = filled; i-- > 0;) {
        page[i] = position_of(link);
        link = at(link).previous.load(std::memory_order_acquire);
    }
    return filled;
}

KeyRow RecentKeys::row(std::uint32_t index) const noexcept {
    LEDGER_ASSERT(index < size());
    const Entry& entry = entries_[index];
    return {from_words(entry.key_high.load(std::memory_order_relaxed),
                       entry.key_low.load(std::memory_order_relaxed)),
            position_of(index + 1)};
}

void RecentKeys::append_rows(std::vector<KeyRow>& rows) const {
    const std::uint32_t count = size();
    rows.reserve(rows.size() + count);
    for (std::uint32_t i = 0; i < count; ++i) rows.push_back(row(i));
}

}  // namespace ledger::history
