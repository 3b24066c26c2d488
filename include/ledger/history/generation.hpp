// One generation of what is posted and not sealed yet: account entries, keys, and where due the
// state of the machine after its last record. Invariant: a generation grows by whole journal
// batches, and once it is followed by the next one it never changes again.
#pragma once

#include "ledger/history/recent_keys.hpp"
#include "ledger/history/tail.hpp"
#include "ledger/posting/state.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace ledger::history {

/// The recent keys of one table: a few RecentKeys of growing capacity, so that a table that is
/// little used costs little memory and one that is used much is never full. One writer, lock-free
/// readers.
class KeyTail {
public:
    /// Room for this many keys is made at the first insert.
    explicit KeyTail(std::uint32_t first_capacity) noexcept : first_capacity_(first_capacity) {}
    ~KeyTail();
    KeyTail(const KeyTail&) = delete;
    KeyTail& operator=(const KeyTail&) = delete;

    void insert(u128 key, Position position);
    void prefetch(u128 key) const noexcept;
    /// The key's newest position at or before `limit`, or none.
    Position find(u128 key, Position limit = RecentKeys::no_limit) const noexcept;
    /// As in RecentKeys, over all parts.
    std::size_t newest_first(u128 key, Position limit, std::span<Position> page) const;
    std::size_t oldest_first(u128 key, Position from, Position limit,
                             std::span<Position> page) const;
    /// Calls `visit(KeyRow)` for every entry at or before `limit`, in the order of insertion.
    template <class Visit>
    void for_each(Position limit, Visit visit) const {
        const std::uint32_t count = parts_.load(std::memory_order_acquire);
        for (std::uint32_t part = 0; part < count; ++part) {
            const RecentKeys& keys = *parts_made_[part];
            const std::uint32_t size = keys.size();
            for (std::uint32_t i = 0; i < size; ++i) {
                const KeyRow row = keys.row(i);
                if (row.position() <= limit) visit(row);
            }
        }
    }
    void append_rows(std::vector<KeyRow>& rows) const;
    std::size_t size() const noexcept;
    void clear() noexcept;

private:
    static constexpr std::uint32_t parts_max = 12;
    std::uint32_t first_capacity_;
    std::array<std::unique_ptr<RecentKeys>, parts_max> parts_made_;
    std::atomic<std::uint32_t> parts_{0};  // in use; further ones may be kept from earlier
};

/// A saved state of the machine, in memory, on its way to the checkpoint.
class StateImage final : public posting::StateSink {
public:
    struct Block {
        std::uint32_t table;
        std::uint32_t index;
        std::span<const std::byte> bytes;
    };
    void block(std::uint32_t table, std::uint32_t index, std::span<const std::byte> bytes) override;
    void end_table(std::uint32_t table, std::uint32_t blocks) override;
    /// Keeps as much memory as states of a million accounts take.
    void clear() noexcept;

    const std::vector<Block>& blocks() const noexcept { return blocks_; }
    /// Table -> number of its blocks.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& tables() const noexcept {
        return tables_;
    }

private:
    static constexpr std::size_t piece_bytes = std::size_t{2} << 20;
    static constexpr std::size_t spare_pieces_max = 40;

    std::vector<Region> pieces_;
    std::size_t pieces_used_ = 0;
    std::size_t used_ = 0;  // of the last piece in use
    std::vector<Block> blocks_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> tables_;
};
using StateImagePtr = std::unique_ptr<StateImage>;

struct Generation {
    explicit Generation(std::size_t segment_records);

    std::size_t segment_records;

    std::shared_ptr<TailGeneration> entries;
    std::array<std::unique_ptr<KeyTail>, posting::key_tables> keys;
    /// The state after the last record; set before the generation is followed by another.
    StateImagePtr image;

    KeyTail& table(posting::KeyTable which) noexcept {
        return *keys[static_cast<std::size_t>(which)];
    }
    const KeyTail& table(posting::KeyTable which) const noexcept {
        return *keys[static_cast<std::size_t>(which)];
    }
    Position first() const noexcept { return entries->first_position(); }
    Position last() const noexcept { return entries->last_position(); }
    bool empty() const noexcept { return entries->empty(); }
    /// Whether it has a segment's records, or what so many leave as a rule: the next one follows.
    bool is_full() const noexcept;
    void add_keys(std::span<const posting::KeyFact> facts);
    void clear() noexcept;
};

/// What a view reads of the tail; newest first.
using Generations = std::vector<std::shared_ptr<const Generation>>;

/// Their entries. Each shares the ownership of the whole generation, so that its keys live as long.
std::vector<std::shared_ptr<const TailGeneration>> tails_of(const Generations& generations);

}  // namespace ledger::history
