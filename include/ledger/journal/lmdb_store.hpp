// The journal in one local LMDB file, `journal.mdb` of a ledger's directory. Invariants: an append
// is one LMDB transaction in default sync mode, so it is durable when it returns; an error of a
// commit poisons the store; StorageFull is found before the append and leaves it alive.
#pragma once

#include "ledger/journal/store.hpp"
#include "ledger/storage/environment.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ledger::journal {

/// Version of the journal file that this library writes, and the newest it reads.
inline constexpr std::uint32_t journal_format_version = 1;
inline constexpr const char* journal_file_name = "journal.mdb";

struct LmdbStoreOptions {
    std::size_t map_size = std::size_t{1} << 40;  ///< upper bound of the file; address space only
    unsigned readers_max = 512;
    bool read_only = false;
    /// Appends are refused with StorageFull when they would leave less than this free on the disk.
    std::uint64_t disk_reserve_bytes = std::uint64_t{64} << 20;
    /// The file is kept allocated ahead of its use, by `ahead_bytes_first` at first, then by twice
    /// as much each time up to `ahead_bytes_max`. Zero for the first: never.
    std::uint64_t ahead_bytes_first = std::uint64_t{1} << 20;
    std::uint64_t ahead_bytes_max = std::uint64_t{256} << 20;
    /// A thread of the store writes zeros into the blocks ahead: commits into blocks that were
    /// written before are several times faster while others use the disk. The journal's bytes are
    /// written twice then.
    bool writes_zeros_ahead = true;
};

/// What verify found.
struct Verification {
    std::optional<std::string>
        damage;  ///< which check failed, where, and what to do; nothing: sound
    std::uint64_t batches = 0;
    Head head;  ///< of the last batch found sound
};

class LmdbStore final : public Store {
public:
    /// Creates `directory`/journal.mdb, crash-safely; the directory exists. `options_blob` is kept
    /// as given. Throws StorageError where a journal exists.
    static void create(const std::filesystem::path& directory, const Identity& identity,
                       std::span<const std::byte> options_blob);
    /// Opens `directory`/journal.mdb. Throws StorageError (missing), FormatError (no journal, or
    /// written by a newer version), CorruptionError (its last batch is damaged), UsageError (open
    /// in this process).
    static std::unique_ptr<LmdbStore> open(const std::filesystem::path& directory,
                                           const LmdbStoreOptions& options);
    ~LmdbStore() override;

    const Identity& identity() const noexcept override;
    std::string place() const override;
    bool is_in_place() const noexcept override;
    Head head() const override;
    std::unique_ptr<Reader> reader() const override;
    Head wait_head(Position position, std::chrono::nanoseconds timeout) const override;
    Resolution resolve(Position first_position, Chain batch) const override;
    bool has_room(std::uint64_t payload_bytes) const override;

    Epoch acquire() override;
    AppendResult append(Epoch epoch, const NewBatch& batch,
                        std::span<const std::span<const std::byte>> pieces) override;
    void trim(Epoch epoch, Position before) override;

    /// The bytes given to create.
    std::span<const std::byte> options_blob() const noexcept;
    /// True after an append of unknown outcome: nothing can be appended any more.
    bool is_poisoned() const noexcept;
    /// Bytes of the file in use.
    std::uint64_t used_bytes() const;
    /// Who reads the file, in all processes.
    std::vector<storage::ReaderSlot> readers() const;
    /// Frees what dead readers pin; returns how many there were. Call every few seconds or minutes.
    int reader_check();

    /// Copies the journal, hot, to `directory`/journal.mdb, which must not exist. Any thread.
    void backup(const std::filesystem::path& directory) const;

private:
    class Impl;
    explicit LmdbStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Walks the whole journal of `directory` and checks every checksum, the chain, and that nothing is
/// missing, in a forked child, because a damaged LMDB file can kill the process that reads it.
/// Works beside a writer in this or another process. Throws StorageError only where no child can be
/// made.
Verification verify(const std::filesystem::path& directory);

}  // namespace ledger::journal
