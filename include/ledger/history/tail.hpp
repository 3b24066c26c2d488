// The tail of account entries: what is posted and not yet sealed, in bounded memory that is used
// again and again. Invariant: an entry is complete before a reader can reach it, and an entry that
// can be reached never changes until the generation is cleared, which only its last owner can do.
#pragma once

#include "ledger/core/region.hpp"
#include "ledger/core/time.hpp"
#include "ledger/posting/effects.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ledger::history {

class TailBlocks;

/// Records `first`..`last` of the journal, all posted at `instant`.
struct BatchSpan {
    Position first;
    Position last;
    Instant instant;
};

/// First position of a batch and its posting instant. Stored.
struct BatchInstant {
    Position first;
    Instant instant;
};

/// What one generation can hold. Memory is reserved at once and touched only as it fills.
struct TailCapacity {
    std::size_t entries = std::size_t{1} << 20;   ///< 64 bytes each; at most 2^26 - 2
    std::size_t reserved = std::size_t{1} << 20;  ///< 48 bytes each
    std::size_t batches = std::size_t{1} << 19;   ///< 16 bytes each
};

/// One stretch of the journal's account entries. One thread appends; any thread reads what the
/// view's position bound allows, without locks. Not movable: readers hold pointers into it.
class TailGeneration {
public:
    explicit TailGeneration(const TailCapacity& capacity = {});
    ~TailGeneration();
    TailGeneration(const TailGeneration&) = delete;
    TailGeneration& operator=(const TailGeneration&) = delete;

    // ---- the appending thread

    /// Whether append() of so much would succeed.
    bool fits(std::size_t entries, std::size_t reserved) const noexcept;
    bool fits(const posting::Effects& effects) const noexcept {
        return fits(effects.entries.size(), effects.reserved.size());
    }
    /// Appends the effects of the records of `batch`. Positions ascend from call to call without
    /// gaps between spans; calls with the same instant belong to one batch. The effects must fit.
    /// Readers see the entries at once and tell by their position bound whether they may use them.
    void append(const posting::Effects& effects, const BatchSpan& batch);
    /// Starts loading what append() of an entry of this account will touch first. append() itself
    /// looks ahead within its effects, so this pays only where effects are few.
    void prefetch(AccountHandle account) const noexcept;
    /// Forgets everything but keeps the memory. The caller is the only owner; heads are cleared by
    /// touched chunks, or one by one where few accounts were touched.
    void clear() noexcept;

    // ---- any thread

    /// The account's last entry at or before `limit`, or null. At most about 200 steps, however
    /// hot.
    const posting::Entry* last_at(AccountHandle account, Position limit) const noexcept;
    /// The account's entry before this one in this generation, or null.
    const posting::Entry* previous(const posting::Entry& entry) const noexcept {
        return entry.previous == 0 ? nullptr : &entries_[entry.previous - 1];
    }
    /// 1 for the account's first entry in this generation, 2 for the next, ...
    std::uint32_t ordinal(const posting::Entry& entry) const noexcept;
    /// The entry of this ordinal, searched backward from `from`, a later entry of the same account
    /// or the one itself. At most about 200 steps.
    const posting::Entry* at_ordinal(const posting::Entry& from,
                                     std::uint32_t ordinal) const noexcept;
    /// The account's entries that follow ordinal `after` (0: from its first on), oldest first, up
    /// to `limit`; fills at most `page.size()` and returns how many.
    std::size_t collect(AccountHandle account, std::uint32_t after, Position limit,
                        std::span<const posting::Entry*> page) const noexcept;
    /// The entries of the records first..last of all accounts, in the order in which they were
    /// made. `last` is at or before the position bound of the reader's view.
    std::span<const posting::Entry> entries_of(Position first, Position last) const noexcept;
    /// What is stored of this entry in the place of its Reserved; of a fold, what it folded.
    posting::Reserved stored_reserved_of(const posting::Entry& entry) const noexcept {
        return entry.reserved == 0 ? posting::Reserved{} : reserved_[entry.reserved - 1];
    }
    /// What was set aside on the account after this entry.
    posting::Reserved reserved_of(const posting::Entry& entry) const noexcept {
        return posting::reserved_of(entry.kind, stored_reserved_of(entry));
    }
    /// The posting instant of a record of this generation.
    Instant instant_of(Position position) const noexcept;
    /// The last record posted at or before this instant, among those up to `limit`; none where the
    /// generation has none.
    Position position_at(Instant instant, Position limit) const noexcept;
    /// Summaries of hot accounts' entries.
    TailBlocks& blocks() const noexcept { return *query_blocks_; }

    /// The records appended so far: first and last position, 0 while there are none. They count
    /// records without entries too.
    Position first_position() const noexcept {
        return {first_position_.load(std::memory_order_acquire)};
    }
    Position last_position() const noexcept {
        return {last_position_.load(std::memory_order_acquire)};
    }
    std::size_t entry_count() const noexcept {
        return entry_count_.load(std::memory_order_acquire);
    }
    std::size_t batch_count() const noexcept {
        return batch_count_.load(std::memory_order_acquire);
    }
    bool empty() const noexcept { return last_position().value == 0; }
    const TailCapacity& capacity() const noexcept { return capacity_; }

    /// All entries so far. Those after a reader's position bound are not for it.
    std::span<const posting::Entry> entries() const noexcept { return {entries_, entry_count()}; }

    // ---- an immutable generation: append() is not called any more (sealing)

    std::span<const BatchInstant> batches() const noexcept { return {batches_, batch_count()}; }

private:
    // Every 64th entry of an account is an anchor; anchors carry skew-binary jump pointers, so that
    // a hot account's past is reached in a logarithm of steps. `Entry::chain` = number of the
    // newest anchor (from 1) << 6 | entries since. An account's first 63 entries have no anchor.
    struct Anchor {
        std::uint64_t position;  // of the anchor's entry
        std::uint32_t entry;     // its index
        std::uint32_t previous;  // number of the account's anchor before, 0: none
        std::uint32_t jump;      // number of an older anchor, 0: none
        std::uint32_t rank;      // the account's anchors up to this one
    };
    static constexpr unsigned ordinal_bits = 6;
    static constexpr std::uint32_t ordinal_mask = (1U << ordinal_bits) - 1;
    static constexpr unsigned chunk_bits = 19;  // two megabytes of heads
    static constexpr std::size_t chunk_size = std::size_t{1} << chunk_bits;
    static constexpr std::size_t chunks_max = std::size_t{1} << (32 - chunk_bits);

    std::uint32_t head(AccountHandle account) const noexcept;
    std::uint32_t* chunk_for(AccountHandle account);
    void prefetch_previous(AccountHandle account) const noexcept;
    void note_batch(const BatchSpan& batch) noexcept;
    std::uint32_t chain_after(std::uint32_t previous, std::uint32_t index,
                              Position position) noexcept;
    std::uint32_t add_anchor(std::uint32_t previous, std::uint32_t index,
                             Position position) noexcept;

    TailCapacity capacity_;
    Region entries_memory_;
    Region reserved_memory_;
    Region batches_memory_;
    Region anchors_memory_;
    Region chunks_memory_;
    posting::Entry* entries_;
    posting::Reserved* reserved_;
    BatchInstant* batches_;
    Anchor* anchors_;  // from 1; number 0 is the virtual root of all jumps, of rank 0
    std::atomic<std::uint32_t*>*
        chunks_;  // heads: 1 + index of the account's newest entry, 0: none
    std::vector<Region> chunk_owners_;
    std::unique_ptr<TailBlocks> query_blocks_;
    std::size_t reserved_count_ = 0;
    std::uint32_t anchor_count_ = 0;
    std::atomic<std::size_t> entry_count_{0};
    std::atomic<std::size_t> batch_count_{0};
    std::atomic<std::uint64_t> first_position_{0};
    std::atomic<std::uint64_t> last_position_{0};
};

}  // namespace ledger::history
