// See generation.hpp.
#include "ledger/history/generation.hpp"

#include "ledger/core/assert.hpp"

#include <algorithm>

namespace ledger::history {

KeyTail::~KeyTail() = default;

void KeyTail::insert(u128 key, Position position) {
    std::uint32_t count = parts_.load(std::memory_order_relaxed);
    if (count == 0 || parts_made_[count - 1]->full()) {
        LEDGER_ASSERT(count < parts_max);
        if (parts_made_[count] == nullptr) {
            const std::uint64_t capacity = std::uint64_t{first_capacity_} << (2 * count);
            parts_made_[count] = std::make_unique<RecentKeys>(
                static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, 1U << 22)));
        }
        parts_.store(++count, std::memory_order_release);
    }
    parts_made_[count - 1]->insert(key, position);
}

void KeyTail::prefetch(u128 key) const noexcept {
    const std::uint32_t count = parts_.load(std::memory_order_acquire);
    for (std::uint32_t part = 0; part < count; ++part) parts_made_[part]->prefetch(key);
}

Position KeyTail::find(u128 key, Position limit) const noexcept {
    for (std::uint32_t part = parts_.load(std::memory_order_acquire); part-- > 0;) {
        if (const Position found = parts_made_[part]->find(key, limit)) return found;
    }
    return {};
}

std::size_t KeyTail::newest_first(u128 key, Position limit, std::span<Position> page) const {
    std::size_t filled = 0;
    for (std::uint32_t part = parts_.load(std::memory_order_acquire); part-- > 0;) {
        // The same position may stand in two parts, where a part became full in the middle of a
        // record.
        if (filled != 0 && page[filled - 1].value <= limit.value)
            limit = {page[filled - 1].value - 1};
        filled += parts_made_[part]->newest_first(key, limit, page.subspan(filled));
        if (filled == page.size()) break;
    }
    return filled;
}

std::size_t KeyTail::oldest_first(u128 key, Position from, Position limit,
                                  std::span<Position> page) const {
    std::size_t filled = 0;
    const std::uint32_t count = parts_.load(std::memory_order_acquire);
    for (std::uint32_t part = 0; part < count && filled < page.size(); ++part) {
        if (filled != 0) from = page[filled - 1] + 1;
        filled += parts_made_[part]->oldest_first(key, from, limit, page.subspan(filled));
    }
    return filled;
}

void KeyTail::append_rows(std::vector<KeyRow>& rows) const {
    const std::uint32_t count = parts_.load(std::memory_order_acquire);
    for (std::uint32_t part = 0; part < count; ++part) parts_made_[part]->append_rows(rows);
}

std::size_t KeyTail::size() const noexcept {
    std::size_t sum = 0;
    const std::uint32_t count = parts_.load(std::memory_order_acquire);
    for (std::uint32_t part = 0; part < count; ++part) sum += parts_made_[part]->size();
    return sum;
}

void KeyTail::clear() noexcept {
    const std::uint32_t count = parts_.load(std::memory_order_relaxed);
    for (std::uint32_t part = 0; part < count; ++part) parts_made_[part]->clear();
    parts_.store(0, std::memory_order_release);
}

void StateImage::block(std::uint32_t table, std::uint32_t index, std::span<const std::byte> bytes) {
    LEDGER_ASSERT(bytes.size() <= piece_bytes);
    if (pieces_used_ == 0 || piece_bytes - used_ < bytes.size()) {
        if (pieces_used_ == pieces_.size()) pieces_.emplace_back(piece_bytes, Region::Pages::huge);
        ++pieces_used_;
        used_ = 0;
    }
    std::byte* copy = pieces_[pieces_used_ - 1].as<std::byte>() + used_;
    std::copy(bytes.begin(), bytes.end(), copy);
    used_ += bytes.size();
    blocks_.push_back({table, index, {copy, bytes.size()}});
}

void StateImage::end_table(std::uint32_t table, std::uint32_t blocks) {
    tables_.emplace_back(table, blocks);
}

void StateImage::clear() noexcept {
    if (pieces_.size() > spare_pieces_max) pieces_.resize(spare_pieces_max);
    pieces_used_ = 0;
    used_ = 0;
    blocks_.clear();
    tables_.clear();
}

namespace {

// One run may add this much beyond the point where rotation becomes due (engine: run_effects_max
// and one group).
constexpr std::size_t slack = std::size_t{1} << 19;

// Of many keys, the slots of each are loaded so many before it.
constexpr std::size_t keys_ahead = 12;

TailCapacity capacity_for(std::size_t segment_records) {
    TailCapacity capacity;
    capacity.entries = 4 * segment_records + slack;
    capacity.reserved = 4 * segment_records + slack;
    capacity.batches = segment_records + 16384;
    return capacity;
}

}  // namespace

Generation::Generation(std::size_t records)
    : segment_records(records),
      entries(std::make_shared<TailGeneration>(capacity_for(segment_records))) {
    for (std::size_t table = 0; table < keys.size(); ++table) {
        const bool large = table == static_cast<std::size_t>(posting::KeyTable::record);
        const std::size_t first =
            large ? segment_records + 8192 : std::min<std::size_t>(segment_records, 1024);
        keys[table] = std::make_unique<KeyTail>(static_cast<std::uint32_t>(first));
    }
}

bool Generation::is_full() const noexcept {
    return !empty() && (last().value - first().value + 1 >= segment_records ||
                        entries->entry_count() >= 4 * segment_records ||
                        entries->batch_count() >= segment_records);
}

void Generation::add_keys(std::span<const posting::KeyFact> facts) {
    for (std::size_t i = 0; i < facts.size(); ++i) {
        if (i + keys_ahead < facts.size()) {
            const posting::KeyFact& later = facts[i + keys_ahead];
            table(later.table).prefetch(later.key);
        }
        table(facts[i].table).insert(facts[i].key, facts[i].position);
    }
}

void Generation::clear() noexcept {
    entries->clear();
    for (auto& tail : keys) tail->clear();
    image.reset();
}

std::vector<std::shared_ptr<const TailGeneration>> tails_of(const Generations& generations) {
    std::vector<std::shared_ptr<const TailGeneration>> tails;
    tails.reserve(generations.size());
    for (const auto& generation : generations) {
        tails.emplace_back(generation, generation->entries.get());
    }
    return tails;
}

}  // namespace ledger::history
