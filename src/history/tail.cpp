// Appending to the tail and walking back in it.
#include "ledger/history/tail.hpp"

#include "history/tail_blocks.hpp"
#include "ledger/core/assert.hpp"
#include "ledger/core/prefetch.hpp"

#include <algorithm>
#include <cstring>

namespace ledger::history {

using posting::Entry;
using posting::Reserved;

namespace {

// Heads and, when those have come, the previous entries are loaded this many entries ahead.
constexpr std::size_t head_distance = 24;
constexpr std::size_t previous_distance = 12;

}  // namespace

TailGeneration::TailGeneration(const TailCapacity& capacity)
    : capacity_(capacity),
      entries_memory_(capacity.entries * sizeof(Entry), Region::Pages::huge),
      reserved_memory_(capacity.reserved * sizeof(Reserved)),
      batches_memory_(capacity.batches * sizeof(BatchInstant)),
      anchors_memory_(((capacity.entries >> ordinal_bits) + 1) * sizeof(Anchor)),
      chunks_memory_(chunks_max * sizeof(std::atomic<std::uint32_t*>)),
      entries_(entries_memory_.as<Entry>()),
      reserved_(reserved_memory_.as<Reserved>()),
      batches_(batches_memory_.as<BatchInstant>()),
      anchors_(anchors_memory_.as<Anchor>()),
      chunks_(chunks_memory_.as<std::atomic<std::uint32_t*>>()),
      query_blocks_(std::make_unique<TailBlocks>()) {
    LEDGER_ASSERT(capacity.entries > 0 && capacity.entries < (std::size_t{1} << 31));
    LEDGER_ASSERT(capacity.reserved < (std::size_t{1} << 32) && capacity.batches > 0);
}

TailGeneration::~TailGeneration() = default;

bool TailGeneration::fits(std::size_t entries, std::size_t reserved) const noexcept {
    return entries <= capacity_.entries - entry_count_.load(std::memory_order_relaxed) &&
           reserved <= capacity_.reserved - reserved_count_ &&
           batch_count_.load(std::memory_order_relaxed) < capacity_.batches;
}

std::uint32_t TailGeneration::head(AccountHandle account) const noexcept {
    std::uint32_t* chunk = chunks_[account.index >> chunk_bits].load(std::memory_order_acquire);
    if (chunk == nullptr) return 0;
    return std::atomic_ref<std::uint32_t>(chunk[account.index & (chunk_size - 1)])
        .load(std::memory_order_acquire);
}

std::uint32_t* TailGeneration::chunk_for(AccountHandle account) {
    const std::uint32_t number = account.index >> chunk_bits;
    std::uint32_t* chunk = chunks_[number].load(std::memory_order_relaxed);
    if (chunk == nullptr) {
        chunk_owners_.emplace_back(chunk_size * sizeof(std::uint32_t), Region::Pages::huge);
        chunk = chunk_owners_.back().as<std::uint32_t>();
        chunks_[number].store(chunk, std::memory_order_release);
    }
    return chunk;
}

void TailGeneration::prefetch(AccountHandle account) const noexcept {
    const std::uint32_t* chunk =
        chunks_[account.index >> chunk_bits].load(std::memory_order_relaxed);
    if (chunk != nullptr) prefetch_line_to_write(chunk + (account.index & (chunk_size - 1)));
}

void TailGeneration::prefetch_previous(AccountHandle account) const noexcept {
    const std::uint32_t* chunk =
        chunks_[account.index >> chunk_bits].load(std::memory_order_relaxed);
    if (chunk == nullptr) return;
    const std::uint32_t head = chunk[account.index & (chunk_size - 1)];
    if (head != 0) prefetch_line(entries_ + (head - 1));
}

void TailGeneration::note_batch(const BatchSpan& batch) noexcept {
    LEDGER_ASSERT(batch.first.value != 0 && batch.first <= batch.last);
    LEDGER_ASSERT(batch.first > Position{last_position_.load(std::memory_order_relaxed)});
    const std::size_t count = batch_count_.load(std::memory_order_relaxed);
    if (count == 0 || batches_[count - 1].instant != batch.instant) {
        LEDGER_ASSERT(count == 0 || batches_[count - 1].instant < batch.instant);
        batches_[count] = {batch.first, batch.instant};
        batch_count_.store(count + 1, std::memory_order_release);
    }
    if (count == 0) first_position_.store(batch.first.value, std::memory_order_release);
}

/// The chain word of an entry whose predecessor is entry `previous` - 1 (0: none here).
std::uint32_t TailGeneration::chain_after(std::uint32_t previous, std::uint32_t index,
                                          Position position) noexcept {
    if (previous == 0) return 1;
    const std::uint32_t chain = entries_[previous - 1].chain;
    if ((chain & ordinal_mask) != ordinal_mask) return chain + 1;
    return add_anchor(chain >> ordinal_bits, index, position) << ordinal_bits;
}

std::uint32_t TailGeneration::add_anchor(std::uint32_t previous, std::uint32_t index,
                                         Position position) noexcept {
    const Anchor& before = anchors_[previous];
    const Anchor& jumped = anchors_[before.jump];
    // Myers: two spans of the same length before it are joined into one jump.
    const bool join = before.rank - jumped.rank == jumped.rank - anchors_[jumped.jump].rank;
    const std::uint32_t number = ++anchor_count_;
    anchors_[number] = {position.value, index, previous, join ? jumped.jump : previous,
                        before.rank + 1};
    return number;
}

void TailGeneration::append(const posting::Effects& effects, const BatchSpan& batch) {
    LEDGER_ASSERT(fits(effects));
    note_batch(batch);
    const std::size_t count = entry_count_.load(std::memory_order_relaxed);
    const auto reserved_base = static_cast<std::uint32_t>(reserved_count_);
    std::copy(effects.reserved.begin(), effects.reserved.end(), reserved_ + reserved_count_);
    reserved_count_ += effects.reserved.size();

    const std::span<const Entry> added(effects.entries);
    for (std::size_t i = 0; i < std::min(head_distance, added.size()); ++i) {
        prefetch(added[i].account);
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
        if (i + head_distance < added.size()) prefetch(added[i + head_distance].account);
        if (i + previous_distance < added.size()) {
            prefetch_previous(added[i + previous_distance].account);
        }
        const auto index = static_cast<std::uint32_t>(count + i);
        Entry& entry = entries_[index];
        entry = added[i];
        LEDGER_ASSERT(entry.position >= batch.first && entry.position <= batch.last);
        std::uint32_t& slot = chunk_for(entry.account)[entry.account.index & (chunk_size - 1)];
        if (entry.reserved != 0) entry.reserved += reserved_base;
        entry.previous = slot;
        entry.chain = chain_after(slot, index, entry.position);
        std::atomic_ref<std::uint32_t>(slot).store(index + 1, std::memory_order_release);
    }
    entry_count_.store(count + added.size(), std::memory_order_release);
    last_position_.store(batch.last.value, std::memory_order_release);
}

void TailGeneration::clear() noexcept {
    const std::size_t count = entry_count_.load(std::memory_order_relaxed);
    const std::size_t chunk_bytes = chunk_owners_.size() * chunk_size * sizeof(std::uint32_t);
    if (chunk_bytes <= count * sizeof(Entry) + (std::size_t{1} << 20)) {
        for (const Region& chunk : chunk_owners_) std::memset(chunk.data(), 0, chunk.size());
    } else {  // few entries spread over many accounts
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t account = entries_[i].account.index;
            chunks_[account >> chunk_bits].load(
                std::memory_order_relaxed)[account & (chunk_size - 1)] = 0;
        }
    }
    query_blocks_->clear();
    reserved_count_ = 0;
    anchor_count_ = 0;
    entry_count_.store(0, std::memory_order_relaxed);
    batch_count_.store(0, std::memory_order_relaxed);
    first_position_.store(0, std::memory_order_relaxed);
    last_position_.store(0, std::memory_order_relaxed);
}

const Entry* TailGeneration::last_at(AccountHandle account, Position limit) const noexcept {
    const std::uint32_t head = this->head(account);
    if (head == 0) return nullptr;
    const Entry* entry = &entries_[head - 1];
    if (entry->position <= limit) return entry;
    std::uint32_t later = 0;  // the oldest anchor seen that lies after the limit
    std::uint32_t at = entry->chain >> ordinal_bits;
    while (anchors_[at].position > limit.value) {  // the virtual root has position 0
        later = at;
        const Anchor& anchor = anchors_[at];
        at = anchors_[anchor.jump].position > limit.value ? anchor.jump : anchor.previous;
    }
    if (later != 0) entry = &entries_[anchors_[later].entry];
    while (entry != nullptr && entry->position > limit) entry = previous(*entry);
    return entry;
}

std::uint32_t TailGeneration::ordinal(const Entry& entry) const noexcept {
    return (anchors_[entry.chain >> ordinal_bits].rank << ordinal_bits) +
           (entry.chain & ordinal_mask);
}

const Entry* TailGeneration::at_ordinal(const Entry& from, std::uint32_t ordinal) const noexcept {
    const Entry* entry = &from;
    std::uint32_t later = 0;
    std::uint32_t at = from.chain >> ordinal_bits;
    const auto is_after = [&](std::uint32_t anchor) {
        return anchor != 0 && (anchors_[anchor].rank << ordinal_bits) >= ordinal;
    };
    while (is_after(at)) {
        later = at;
        const Anchor& anchor = anchors_[at];
        at = is_after(anchor.jump) ? anchor.jump : anchor.previous;
    }
    if (later != 0) entry = &entries_[anchors_[later].entry];
    for (std::uint32_t n = this->ordinal(*entry); n > ordinal; --n) entry = previous(*entry);
    return entry;
}

std::size_t TailGeneration::collect(AccountHandle account, std::uint32_t after, Position limit,
                                    std::span<const Entry*> page) const noexcept {
    const Entry* last = last_at(account, limit);
    if (last == nullptr) return 0;
    const std::uint32_t total = ordinal(*last);
    if (after >= total || page.empty()) return 0;
    const std::size_t count = std::min<std::size_t>(page.size(), total - after);
    const Entry* entry = at_ordinal(*last, after + static_cast<std::uint32_t>(count));
    for (std::size_t i = count; i-- > 0; entry = previous(*entry)) page[i] = entry;
    return count;
}

std::span<const Entry> TailGeneration::entries_of(Position first, Position last) const noexcept {
    const std::span<const Entry> all = entries();
    const auto begin = std::lower_bound(
        all.begin(), all.end(), first,
        [](const Entry& entry, Position position) { return entry.position < position; });
    const auto end = std::upper_bound(
        begin, all.end(), last,
        [](Position position, const Entry& entry) { return position < entry.position; });
    return {begin, end};
}

Instant TailGeneration::instant_of(Position position) const noexcept {
    const std::span<const BatchInstant> all = batches();
    const auto next =
        std::upper_bound(all.begin(), all.end(), position,
                         [](Position at, const BatchInstant& batch) { return at < batch.first; });
    return next == all.begin() ? Instant{} : std::prev(next)->instant;
}

/// The records of a batch end where the next one begins, or with the generation.
Position TailGeneration::position_at(Instant instant, Position limit) const noexcept {
    const Position end = std::min(last_position(), limit);
    const std::span<const BatchInstant> all = batches();
    const auto next =
        std::upper_bound(all.begin(), all.end(), instant,
                         [](Instant at, const BatchInstant& batch) { return at < batch.instant; });
    if (next == all.begin() || all.front().first > end) return {};
    if (next == all.end()) return end;
    return std::min(end, Position{next->first.value - 1});
}

}  // namespace ledger::history
