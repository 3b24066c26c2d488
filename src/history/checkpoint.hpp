// The checkpoint file as a whole: its meta row and the parts that live in it. Invariant: the meta
// row's chain value is the journal's at `sealed_through`, so a checkpoint of another past is
// recognised before it is believed.
#pragma once

#include "history/state_store.hpp"

#include "ledger/core/error.hpp"
#include "ledger/history/history.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <cstddef>
#include <limits>
#include <type_traits>

namespace ledger::history {

/// Stored under the key "meta"; little-endian.
struct CheckpointMeta {
    static constexpr std::uint32_t version_now = 3;  ///< 3: areas of inner summaries reach on
    std::uint32_t version = version_now;
    std::uint32_t reserved = 0;
    std::uint64_t keys_version = 0;  ///< of the key index when it was sealed; merges raise it
    u128 ledger = 0;
    std::uint64_t sealed_through = 0;
    std::uint64_t state_through = 0;
    u128 chain = 0;              ///< of the journal at sealed_through
    std::uint64_t checksum = 0;  ///< XXH3-64 of the bytes before
    std::uint64_t padding = 0;
};
static_assert(offsetof(CheckpointMeta, ledger) == 16 && sizeof(CheckpointMeta) == 80 &&
              std::is_trivially_copyable_v<CheckpointMeta>);

struct Checkpoint {
    /// Opens an existing file. Throws where it is none, or not whole.
    Checkpoint(const std::filesystem::path& file, const storage::EnvironmentOptions& options);
    /// Takes over what the snapshot says of everything here: all of it on opening; in a process
    /// that only reads, at every refresh, what is new since then, but of segments no more than of
    /// so many runs of accounts: then the segments come after `meta` until a later call has read
    /// the rest. Throws CorruptionError.
    void load(const std::shared_ptr<const storage::ReadTransaction>& transaction,
              std::size_t runs_max = std::numeric_limits<std::size_t>::max());
    /// The saved state, which stands for `meta.state_through`, of the snapshot that was loaded.
    void load_state(const storage::ReadTransaction& transaction, posting::Machine& machine) const;
    /// Why it is not of this journal; empty: it is. Throws CorruptionError where it is ahead of the
    /// journal.
    std::string doubt(const journal::Store& store) const;
    static void create(const std::filesystem::path& file,
                       const storage::EnvironmentOptions& options, u128 ledger);
    static storage::EnvironmentOptions environment_options(std::size_t map_bytes,
                                                           unsigned readers_max);

    void put_meta(storage::WriteTransaction& transaction, const CheckpointMeta& changed) const;
    std::shared_ptr<const storage::ReadTransaction> read() {
        return std::make_shared<const storage::ReadTransaction>(environment);
    }

    storage::Environment environment;
    storage::Database meta_table;
    CheckpointMeta meta;
    std::unique_ptr<Segments> segments;
    std::unique_ptr<SegmentWriter> segment_writer;
    KeyIndex keys;
    StateStore states;
    std::vector<KeyRow> rows;  // scratch of seal
};

/// What `read` returns. What it finds damaged, or of another version, is the checkpoint's: thrown
/// as CheckpointError.
template <class Read>
auto as_damage(const Read& read) {
    try {
        return read();
    } catch (const CheckpointError&) {
        throw;
    } catch (const CorruptionError& failure) {
        throw CheckpointError(failure.what());
    } catch (const FormatError& failure) {
        throw CheckpointError(failure.what());
    }
}

}  // namespace ledger::history
