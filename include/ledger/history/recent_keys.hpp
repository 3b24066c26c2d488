// The keys of one tail generation: what is posted and not yet sealed. Invariants: an entry that a
// reader's position limit admits never changes until clear(), and a reader at work beside the
// writer gets exactly the entries up to its limit.
//
// Why readers need no lock. Entries lie in a dense array in the order of insertion; an
// open-addressing table of 8-byte slots (32 bits of the hash, 1 + index of the key's newest entry)
// points into it, and each entry points to older ones of its key, always to a smaller index. So any
// walk ends, whatever the writer does meanwhile, and never leaves the array. Inserting fills the
// entry before the slot is stored (release), so a reader that sees the slot sees the entry; and
// what is filled stays as it is.
#pragma once

#include "ledger/core/assert.hpp"
#include "ledger/core/id.hpp"
#include "ledger/history/key_row.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ledger::history {

/// A multimap from keys to ascending positions, insert-only. One writer thread; any number of
/// reader threads. 48 bytes a key of capacity, touched at once (capacities of 2^15 and more ask the
/// kernel for huge pages) and kept by clear().
class RecentKeys {
public:
    static constexpr std::uint32_t capacity_max = std::uint32_t{1} << 30;
    /// The limit of a reader on the writer thread, who may see what is not committed yet.
    static constexpr Position no_limit{UINT64_MAX};

    /// Room for this many entries, 1..capacity_max.
    explicit RecentKeys(std::uint32_t capacity);
    ~RecentKeys();
    RecentKeys(const RecentKeys&) = delete;
    RecentKeys& operator=(const RecentKeys&) = delete;

    // ---- any thread

    /// Starts loading what find(key) and insert(key) touch first.
    void prefetch(u128 key) const noexcept { __builtin_prefetch(&slots_[mix(key) & mask_]); }
    /// The key's newest position that is at or before `limit`, or none (zero). A logarithm of
    /// steps, however many newer ones there are.
    Position find(u128 key, Position limit = no_limit) const noexcept;
    /// Fills `page` with the key's newest positions at or before `limit`, newest first; returns how
    /// many. The next page has the last position minus one as its limit.
    std::size_t newest_first(u128 key, Position limit, std::span<Position> page) const noexcept;
    /// Fills `page` with the key's oldest positions at or after `from` and at or before `limit`,
    /// oldest first; returns how many. The next page begins at the last position plus one.
    std::size_t oldest_first(u128 key, Position from, Position limit,
                             std::span<Position> page) const noexcept;

    std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    std::uint32_t capacity() const noexcept { return capacity_; }
    bool full() const noexcept { return size() == capacity_; }

    // ---- the writer thread

    /// Adds the key's newest position and returns whether the key had one already. Positions of a
    /// key never descend (asserted); the same position again changes nothing. All positions lie
    /// within 2^32 from the first one. Not when full (asserted).
    bool insert(u128 key, Position position) noexcept;
    /// Forgets everything and keeps the memory; costs as much as few keys, or 8 bytes of zeroing a
    /// slot. Nobody else may be at work here.
    void clear() noexcept;

    // ---- a generation that grows no more (sealing)

    /// Appends all entries, in the order of insertion.
    void append_rows(std::vector<KeyRow>& rows) const;
    KeyRow row(std::uint32_t index) const noexcept;

private:
    // Links are 1 + index, 0: none. `jump` is a skew-binary jump pointer (Myers 1983): it skips
    // towards older entries so that any of `rank` many is reached in a logarithm of steps.
    struct Entry {
        std::atomic<std::uint64_t> key_low;
        std::atomic<std::uint64_t> key_high;
        std::atomic<std::uint32_t> offset;  // position minus base_
        std::atomic<std::uint32_t> previous;
        std::atomic<std::uint32_t> jump;
        std::atomic<std::uint32_t> rank;  // entries of the key up to this one

        bool has(u128 key) const noexcept {
            return key_low.load(std::memory_order_acquire) == low_word(key) &&
                   key_high.load(std::memory_order_acquire) == high_word(key);
        }
    };
    static_assert(sizeof(Entry) == 32);
    using Slot = std::atomic<std::uint64_t>;

    static constexpr std::uint64_t tag_bits = ~std::uint64_t{0xFFFFFFFF};

    const Entry& at(std::uint32_t link) const noexcept { return entries_[link - 1]; }
    std::uint32_t rank(std::uint32_t link) const noexcept {
        return link == 0 ? 0 : at(link).rank.load(std::memory_order_acquire);
    }
    std::uint32_t jump(std::uint32_t link) const noexcept {
        return link == 0 ? 0 : at(link).jump.load(std::memory_order_acquire);
    }
    /// The slot of the key, or the empty one where it would go. `link` is what it holds, 0 where
    /// empty.
    std::size_t probe(std::uint64_t hash, u128 key, std::uint32_t& link) const noexcept;
    std::uint32_t head(u128 key) const noexcept;
    /// The key's newest entry at or before `limit`.
    std::uint32_t newest_within(u128 key, Position limit) const noexcept;
    /// The newest entry from `link` back whose position is before `bound` (an offset from base_).
    std::uint32_t before(std::uint32_t link, std::uint64_t bound) const noexcept;
    std::uint32_t at_rank(std::uint32_t link, std::uint32_t rank) const noexcept;
    /// Distance of the first position beyond `limit` from base_; 0 where nothing is admitted.
    std::uint64_t bound_of(Position limit) const noexcept;
    Position position_of(std::uint32_t link) const noexcept {
        return {base_.load(std::memory_order_acquire) +
                at(link).offset.load(std::memory_order_acquire)};
    }

    Entry* entries_;
    Slot* slots_;
    std::uint64_t mask_;  // slots - 1
    std::uint32_t capacity_;
    std::atomic<std::uint32_t> size_{0};
    std::atomic<std::uint64_t> base_{0};  // the first entry's position
};

inline std::size_t RecentKeys::probe(std::uint64_t hash, u128 key,
                                     std::uint32_t& link) const noexcept {
    for (std::size_t at_slot = hash & mask_;; at_slot = (at_slot + 1) & mask_) {
        const std::uint64_t slot = slots_[at_slot].load(std::memory_order_acquire);
        link = static_cast<std::uint32_t>(slot);
        if (slot == 0 || (((slot ^ hash) & tag_bits) == 0 && at(link).has(key))) return at_slot;
    }
}

inline std::uint32_t RecentKeys::head(u128 key) const noexcept {
    std::uint32_t link;
    probe(mix(key), key, link);
    return link;
}

inline std::uint64_t RecentKeys::bound_of(Position limit) const noexcept {
    const std::uint64_t base = base_.load(std::memory_order_acquire);
    if (limit.value < base) return 0;
    const std::uint64_t distance = limit.value - base;
    return distance >= UINT32_MAX ? std::uint64_t{1} << 32 : distance + 1;
}

/// The head first: whoever has seen an entry knows the base of its generation as well, and takes
/// the limit's distance from no older one.
inline std::uint32_t RecentKeys::newest_within(u128 key, Position limit) const noexcept {
    const std::uint32_t newest = head(key);
    return newest == 0 ? 0 : before(newest, bound_of(limit));
}

inline Position RecentKeys::find(u128 key, Position limit) const noexcept {
    const std::uint32_t link = newest_within(key, limit);
    return link == 0 ? Position{} : position_of(link);
}

inline std::uint32_t RecentKeys::before(std::uint32_t link, std::uint64_t bound) const noexcept {
    while (link != 0 && at(link).offset.load(std::memory_order_acquire) >= bound) {
        const std::uint32_t far = at(link).jump.load(std::memory_order_acquire);
        const bool overshoots = far == 0 || at(far).offset.load(std::memory_order_acquire) < bound;
        link = overshoots ? at(link).previous.load(std::memory_order_acquire) : far;
    }
    return link;
}

}  // namespace ledger::history
