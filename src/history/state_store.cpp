// See state_store.hpp. A stored block ends with the XXH3-64 of the rest.
#include "history/state_store.hpp"

#include "ledger/core/error.hpp"

#include <xxhash.h>

#include <cstring>
#include <string>

namespace ledger::history {

StateStore::StateStore(const storage::Transaction& transaction, storage::Database database)
    : database_(database) {
    for (std::uint32_t table = 0;; ++table) {
        const auto slots = transaction.get(database_, slots_key(table));
        if (!slots) break;
        auto& list = current_[table];
        list.resize(slots->size());
        std::memcpy(list.data(), slots->data(), slots->size());
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
        const auto bytes = image.bytes_of(block);
        const storage::MutableBytes room = transaction.reserve(
            database_, key(block.table, block.index, slot), bytes.size() + sizeof(std::uint64_t));
        std::memcpy(room.data(), bytes.data(), bytes.size());
        const std::uint64_t sum = XXH3_64bits(bytes.data(), bytes.size());
        std::memcpy(room.data() + bytes.size(), &sum, sizeof sum);
        written += room.size();
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
        transaction.put(database_, slots_key(table), std::as_bytes(std::span{stored}));
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
    const std::uint8_t slot = store_.current_.at(table)[index];
    const auto value = transaction_.get(store_.database_, key(table, index, slot));
    const std::string place = "state block " + std::to_string(table) + "/" + std::to_string(index) +
                              " of " + transaction_.environment().path().string();
    if (!value || value->size() < sizeof(std::uint64_t)) {
        throw CorruptionError(place + " is missing; delete the checkpoint file, it is made anew");
    }
    const auto bytes = value->first(value->size() - sizeof(std::uint64_t));
    std::uint64_t sum = 0;
    std::memcpy(&sum, bytes.data() + bytes.size(), sizeof sum);
    if (sum != XXH3_64bits(bytes.data(), bytes.size())) {
        throw CorruptionError(place +
                              " fails its checksum; delete the checkpoint file, it is made anew");
    }
    return bytes;
}

}  // namespace ledger::history
