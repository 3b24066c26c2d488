// The key index as it is read: what the manifests and shelves of one snapshot say, with the blocks'
// addresses. Invariant: immutable but for the marks "this was checked"; addresses are good under
// any read transaction whose snapshot the catalog belongs to, because a block never moves while it
// lives. Shelves are shared between catalogs: a commit costs what it changed.
#pragma once

#include "key_store.hpp"

#include "ledger/history/key_index.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ledger::history::sealed {

/// A block as readers keep it.
struct BlockInfo {
    static constexpr std::uint8_t head_checked = 1;
    static constexpr std::uint8_t rows_checked = 2;

    const std::byte* data = nullptr;
    std::uint32_t number = 0;  // the lower half of the block's, to know it by
    std::uint16_t lines = 0;
    mutable std::atomic<std::uint8_t> checked{0};

    BlockInfo() = default;
    BlockInfo(const BlockInfo&) = delete;
    BlockInfo& operator=(const BlockInfo&) = delete;

    /// Once checked.
    std::span<const KeyRow> rows() const noexcept {
        return rows_of(data, lines, header_of(data).count);
    }
    bool has(std::uint8_t mark) const noexcept {
        return (checked.load(std::memory_order_acquire) & mark) != 0;
    }
};
static_assert(sizeof(BlockInfo) == 16);

class Shelf {
public:
    /// Blocks before `first` are given up already and have no address.
    Shelf(std::uint64_t id, std::size_t size, std::size_t first)
        : id_(id), first_(first), least_(size), blocks_(size) {}

    std::uint64_t id() const noexcept { return id_; }
    std::size_t first() const noexcept { return first_; }
    std::size_t size() const noexcept { return least_.size(); }
    u128 least(std::size_t block) const noexcept { return least_[block]; }
    const BlockInfo& block(std::size_t index) const noexcept { return blocks_[index]; }
    /// The last block whose least key is at or below `key`; the first one's is.
    std::size_t locate(u128 key) const noexcept;

    /// While it is made.
    void set(std::size_t index, const BlockRecord& record, const std::byte* data);
    void finish() noexcept;

private:
    std::uint64_t id_;
    std::size_t first_;
    std::vector<u128> least_;
    std::vector<BlockInfo> blocks_;
    int shift_ = 0;            // of a distance between keys, so that it fits 32 bits
    std::uint64_t scale_ = 0;  // blocks per such distance, times 2^32
};

struct KeyRun {
    RunRecord record;
    std::vector<std::shared_ptr<const Shelf>> shelves;

    /// Where the key's rows end if it has any: the last block whose least key is at or below `key`.
    const BlockInfo& locate(u128 key) const noexcept {
        const Shelf& shelf = *shelves[shelf_of(key)];
        return shelf.block(shelf.locate(key));
    }
    std::size_t shelf_of(u128 key) const noexcept;
};

struct Table {
    struct Bounds {
        u128 least;
        u128 greatest;
    };
    std::uint64_t changed = 0;
    std::vector<Bounds> bounds;  // of the runs, in their order: what rejects a key first
    std::vector<KeyRun> runs;

    /// Calls visit(run) for the runs whose range has the key.
    template <class Visit>
    void for_each_candidate(u128 key, Visit visit) const {
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            if (key >= bounds[i].least && key <= bounds[i].greatest) visit(runs[i]);
        }
    }
};

}  // namespace ledger::history::sealed

namespace ledger::history {

struct KeyIndex::Snapshot::Catalog {
    sealed::Root root;
    std::vector<std::shared_ptr<const sealed::Table>> tables;  // by KeyTable; never null

    const sealed::Table& table(KeyTable which) const noexcept {
        return *tables[static_cast<std::size_t>(which)];
    }

    /// What the transaction sees; shares what `before`, which may be null, has of it already. New
    /// blocks' filters are checked now, so that the thread that asks first need not.
    static std::shared_ptr<const Catalog> load(const storage::Transaction& transaction,
                                               storage::Database database,
                                               const std::shared_ptr<const Catalog>& before);
};

}  // namespace ledger::history
