// The key index as it is stored: values of one table `keys`, and the manifests over them.
// Invariants: a block or shelf is written once under a number that no committed value had before,
// and never rewritten; only manifests and the root change. So whoever knows a number knows the
// content.
//
//     key 0            root: version, next number, at which version each manifest changed
//     key 1 + table    manifest of the table
//     key 256 and on   blocks and shelves
#pragma once

#include "key_block.hpp"

#include "ledger/storage/database.hpp"
#include "ledger/storage/transaction.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ledger::history::sealed {

inline constexpr const char* database_name = "keys";
inline constexpr std::uint64_t first_number = 256;
inline constexpr std::uint64_t root_key = 0;
constexpr std::uint64_t manifest_key(KeyTable table) noexcept {
    return 1 + static_cast<std::uint64_t>(table);
}

/// What a run is doing in an unfinished merge.
enum class Role : std::uint8_t { idle = 0, input = 1, output = 2 };

struct RunRecord {
    std::uint64_t id = 0;
    /// Rows of an input that the output has taken over are not counted.
    std::uint64_t rows = 0;
    std::uint64_t blocks = 0;
    u128 least = 0;
    u128 greatest = 0;
    Role role = Role::idle;
    /// Of an input or output: the level that is being merged; tells which belong together.
    std::uint8_t level = 0;
    /// Blocks at the beginning of the first shelf that are gone. Only inputs have any.
    std::uint32_t skip = 0;
    std::vector<std::uint64_t> shelves;
};

/// The level of an idle run: runs of one level have about the same size, four make one of the next.
unsigned level_of(std::uint64_t rows) noexcept;

struct Manifest {
    std::uint64_t changed = 0;  ///< the index's version that wrote it
    std::vector<RunRecord> runs;
};

/// Names its manifests, so that none can be lost or exchanged unseen: the empty one of a table that
/// has no keys is told from one that is gone.
struct Root {
    std::uint64_t version = 0;
    std::uint64_t next_number = first_number;
    std::array<std::uint64_t, posting::key_tables> changed{};  ///< Manifest::changed, 0: none
};

Root read_root(const storage::Transaction& transaction, storage::Database database);
/// The manifest that the root names: an empty one where the table has none yet.
Manifest read_manifest(const storage::Transaction& transaction, storage::Database database,
                       KeyTable table, const Root& root);
std::vector<BlockRecord> read_shelf(const storage::Transaction& transaction,
                                    storage::Database database, KeyTable table, std::uint64_t id);
/// The first byte of the block, whose length is checked and nothing else.
const std::byte* find_block(const storage::Transaction& transaction, storage::Database database,
                            KeyTable table, const BlockRecord& record);

/// One call of seal or step: the changes of one table's runs within a write transaction. save()
/// writes manifest and root; without it the transaction must be dropped.
class KeyStore {
public:
    KeyStore(storage::WriteTransaction& transaction, storage::Database database, KeyTable table);

    Manifest& manifest() noexcept { return manifest_; }
    KeyTable table() const noexcept { return table_; }
    std::uint64_t take_number() noexcept { return root_.next_number++; }
    std::uint64_t version() const noexcept { return root_.version + 1; }

    BlockRecord put_block(std::span<const KeyRow> rows);
    /// Valid until the next change of the store; checksums are the caller's business.
    const std::byte* block(const BlockRecord& record) const;
    void erase(std::uint64_t number);
    std::vector<BlockRecord> shelf(std::uint64_t number) const;
    /// Writes records as one or more shelves.
    std::vector<std::uint64_t> put_shelves(std::span<const BlockRecord> records);
    /// Checks header, filter and rows of a block.
    void check(const BlockRecord& record) const;
    void save();

private:
    storage::WriteTransaction* transaction_;
    storage::Database database_;
    KeyTable table_;
    std::size_t page_bytes_;
    Root root_;
    Manifest manifest_;
};

/// Collects rows in ascending order into blocks: full ones, and a last one with what is left.
class BlockBuilder {
public:
    /// `buffer` is used again from builder to builder; its content is forgotten.
    BlockBuilder(KeyStore& store, std::vector<KeyRow>& buffer);

    /// Rows after all that were added; not in the memory of a block, which a flush may move.
    void add(std::span<const KeyRow> rows);
    /// A block that changes hands as it is; nothing may be pending.
    void add_block(const BlockRecord& record) { records_.push_back(record); }
    /// Writes what is pending as a block.
    void flush();

    /// Where the next rows go: at most `room()` of them, then commit_rows(count).
    KeyRow* tail() noexcept { return buffer_->data() + pending_; }
    std::size_t room() const noexcept { return block_rows_max - pending_; }
    void commit_rows(std::size_t count) noexcept { pending_ += count; }
    std::size_t pending() const noexcept { return pending_; }
    const std::vector<BlockRecord>& records() const noexcept { return records_; }

private:
    KeyStore* store_;
    std::vector<KeyRow>* buffer_;
    std::size_t pending_ = 0;
    std::vector<BlockRecord> records_;
};

/// Memory that is used again from call to call.
struct Workspace {
    std::vector<KeyRow> block;     ///< of a BlockBuilder
    std::vector<KeyRow> absorbed;  ///< rows of small blocks that are written anew
    std::vector<KeyRow> sorting;
    /// Blocks whose checksums held, newest at `next`: a step reads on in blocks that the step
    /// before read.
    std::array<std::uint64_t, 64> checked{};
    std::size_t next_checked = 0;
};

/// Adds sorted rows to the table: to an end of a run they lie beyond, or as a run of their own.
void seal_rows(KeyStore& store, std::span<const KeyRow> rows, Workspace& workspace);

/// The lowest level of the table that has a merge under way or due.
std::optional<unsigned> due_level(const Manifest& manifest) noexcept;
/// Goes on with the merge at this level, which is due; returns how much of the budget it took.
std::size_t merge_some(KeyStore& store, unsigned level, std::size_t budget, Workspace& workspace);

}  // namespace ledger::history::sealed
