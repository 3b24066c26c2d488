// See state_store.hpp. A stored value ends with the XXH3-64 of the rest, seeded with its key.
#include "history/state_store.hpp"

#include "ledger/core/error.hpp"

#include <xxhash.h>

#include <cstring>
#include <optional>
#include <string>

namespace ledger::history {

namespace {

using Checksum = std::uint64_t;

Checksum checksum_of(std::uint64_t key, storage::Bytes bytes) noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), key);
}

/// The value without its checksum.
storage::Bytes checked(std::uint64_t key, const std::optional<storage::Bytes>& value,
                       const std::string& place) {
    if (!value || value->size() < sizeof(Checksum)) {
        throw CheckpointError(place + " is missing; rebuild the checkpoint");
    }
    const storage::Bytes bytes = value->first(value->size() - sizeof(Checksum));
    Checksum stored = 0;
    std::memcpy(&stored, bytes.data() + bytes.size(), sizeof stored);
    if (stored != checksum_of(key, bytes)) {
        throw CheckpointError(place + " fails its checksum; rebuild the checkpoint");
    }
    return bytes;
}

/// Stores bytes with their checksum; returns the bytes taken.
std::size_t put_checked(storage::WriteTransaction& transaction, storage::Database database,
                        std::uint64_t key, storage::Bytes bytes) {
    const storage::MutableBytes room =
        transaction.reserve(database, key, bytes.size() + sizeof(Checksum));
    const Checksum sum = checksum_of(key, bytes);
    std::memcpy(room.data(), bytes.data(), bytes.size());
    std::memcpy(room.data() + bytes.size(), &sum, sizeof sum);
    return room.size();
}

}  // namespace

void StateStore::load(const storage::Transaction& transaction) {
    current_.clear();
    for (std::uint32_t table = 0;; ++table) {
        const std::uint64_t key = slots_key(table);
        const auto stored = transaction.get(database_, key);
        if (!stored) break;
        const storage::Bytes slots =
            checked(key, stored,
                    "the list of state blocks of table " + std::to_string(table) + " in " +
                        transaction.environment().path().string());
        auto& list = current_[table];
        list.resize(slots.size());
        std::memcpy(list.data(), slots.data(), slots.size());
        for (std::uint8_t& slot : list) slot &= 1;
    }
    next_ = current_;
}

void StateStore::write(storage::WriteTransaction& transaction, const StateImage& image,
                       std::size_t& next, std::size_t budget) {
    std::size_t written = 0;
    for (; next < image.blocks().size() && written < budget; ++next) {
        const StateImage::Block& block = image.blocks()[next];
        auto& slots = next_[block.table];
        if (slots.size() <= block.index) slots.resize(block.index + std::size_t{1}, 0);
        const auto& current = current_[block.table];
        const bool exists = block.index < current.size();
        const auto slot = static_cast<std::uint8_t>(exists ? current[block.index] ^ 1 : 0);
        slots[block.index] = slot;
        written +=
            put_checked(transaction, database_, key(block.table, block.index, slot), block.bytes);
    }
}

void StateStore::finish(storage::WriteTransaction& transaction, const StateImage& image) {
    for (const auto& [table, blocks] : image.tables()) {
        auto& slots = next_[table];
        for (std::uint32_t gone = blocks; gone < slots.size(); ++gone) {
            transaction.erase(database_, key(table, gone, 0));
            transaction.erase(database_, key(table, gone, 1));
        }
        slots.resize(blocks, 0);
        std::vector<std::uint8_t> stored = slots;
        for (std::uint8_t& slot : stored) slot |= 2;
        put_checked(transaction, database_, slots_key(table), std::as_bytes(std::span{stored}));
    }
}

void StateStore::finished(bool committed) {
    if (committed) {
        current_ = next_;
    } else {
        next_ = current_;
    }
}

std::uint32_t StateStore::Source::blocks(std::uint32_t table) {
    const auto found = store_.current_.find(table);
    return found == store_.current_.end() ? 0 : static_cast<std::uint32_t>(found->second.size());
}

std::span<const std::byte> StateStore::Source::block(std::uint32_t table, std::uint32_t index) {
    const std::uint64_t at = key(table, index, store_.current_.at(table)[index]);
    return checked(at, transaction_.get(store_.database_, at),
                   "state block " + std::to_string(table) + "/" + std::to_string(index) + " of " +
                       transaction_.environment().path().string());
}

}  // namespace ledger::history
