// Saved states in the checkpoint. Invariant: the state that the meta row names is whole: its blocks
// lie in one of two slots each, new ones are written to the slot that is not current, and the slots
// are switched in the same transaction as the meta row; so a state of any size can be written in
// many transactions.
#pragma once

#include "ledger/history/generation.hpp"
#include "ledger/storage/transaction.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace ledger::history {

class StateStore {
public:
    static storage::DatabaseName database_name() { return {"state", storage::KeyKind::integer}; }

    explicit StateStore(storage::Database database) noexcept : database_(database) {}
    /// Reads the current slots. Not while an image is being written.
    void load(const storage::Transaction& transaction);

    /// Writes blocks of the image from `next` on, until about `budget` bytes; advances `next`. The
    /// last part of an image must be followed by finish() in its last transaction.
    void write(storage::WriteTransaction& transaction, const StateImage& image, std::size_t& next,
               std::size_t budget);
    /// Makes the written blocks the current ones.
    void finish(storage::WriteTransaction& transaction, const StateImage& image);
    /// finish() was committed (true), or the image was not written to its end (false).
    void finished(bool committed);

    /// Gives the current state to load().
    class Source final : public posting::StateSource {
    public:
        Source(const StateStore& store, const storage::Transaction& transaction)
            : store_(store), transaction_(transaction) {}
        std::uint32_t blocks(std::uint32_t table) override;
        std::span<const std::byte> block(std::uint32_t table, std::uint32_t index) override;

    private:
        const StateStore& store_;
        const storage::Transaction& transaction_;
    };

private:
    using Slots =
        std::map<std::uint32_t, std::vector<std::uint8_t>>;  // table -> current slot of each block
    static std::uint64_t key(std::uint32_t table, std::uint32_t index, std::uint8_t slot) noexcept {
        return static_cast<std::uint64_t>(table) << 33 | static_cast<std::uint64_t>(index) << 1 |
               slot;
    }
    static std::uint64_t slots_key(std::uint32_t table) noexcept {
        return std::uint64_t{1} << 63 | table;
    }

    storage::Database database_;
    Slots current_;
    Slots next_;
};

}  // namespace ledger::history
