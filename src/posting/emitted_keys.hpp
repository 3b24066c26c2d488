// The keys that an open group, or one record, has emitted, found by hash once there are many.
// Invariant: covers exactly the keys [first, end of the last find or cut), and each table and key
// leads to its newest one there.
#pragma once

#include "ledger/posting/effects.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace ledger::posting {

class EmittedKeys {
public:
    using Keys = std::vector<KeyFact>;

    /// Of what emits its keys from this index on.
    void begin(std::size_t first) noexcept {
        first_ = first;
        if (!newest_.empty()) newest_.clear();  // which costs what it once held
        before_.clear();
    }

    /// The newest position under the key among them, or none.
    Position find(const Keys& keys, KeyTable table, u128 key) {
        if (keys.size() - first_ <= few) {
            for (std::size_t i = keys.size(); i > first_; --i) {
                const KeyFact& fact = keys[i - 1];
                if (fact.table == table && fact.key == key) return fact.position;
            }
            return {};
        }
        for (std::size_t i = first_ + before_.size(); i < keys.size(); ++i) {
            std::size_t& newest = newest_[{keys[i].key, keys[i].table}];
            before_.push_back(newest);
            newest = i + 1;
        }
        const auto found = newest_.find({key, table});
        return found == newest_.end() || found->second == 0 ? Position{}
                                                            : keys[found->second - 1].position;
    }

    /// Fills `page` with the newest positions under the key among them, newest first; returns how
    /// many.
    std::size_t newest_first(const Keys& keys, KeyTable table, u128 key, std::span<Position> page) {
        std::size_t filled = 0;
        if (!find(keys, table, key)) return filled;
        if (keys.size() - first_ <= few) {
            for (std::size_t i = keys.size(); i > first_ && filled < page.size(); --i) {
                const KeyFact& fact = keys[i - 1];
                if (fact.table == table && fact.key == key) page[filled++] = fact.position;
            }
            return filled;
        }
        for (std::size_t at = newest_.at({key, table}); at != 0 && filled < page.size();
             at = before_[at - 1 - first_]) {
            page[filled++] = keys[at - 1].position;
        }
        return filled;
    }

    /// The keys from `end` on are about to be taken back.
    void cut(const Keys& keys, std::size_t end) {
        while (first_ + before_.size() > end && !before_.empty()) {
            const KeyFact& fact = keys[first_ + before_.size() - 1];
            newest_[{fact.key, fact.table}] = before_.back();
            before_.pop_back();
        }
    }

private:
    static constexpr std::size_t few = 64;  // read through faster than hashed
    struct Name {
        u128 key;
        KeyTable table;
        friend bool operator==(const Name&, const Name&) = default;
    };
    struct Hash {
        std::size_t operator()(const Name& name) const noexcept {
            const u128 mixed = (name.key ^ name.key >> 64) * 0x9E3779B97F4A7C15u;
            return static_cast<std::size_t>(mixed >> 32) + static_cast<std::size_t>(name.table);
        }
    };

    std::size_t first_ = 0;
    std::unordered_map<Name, std::size_t, Hash> newest_;  // 1 + index; 0: none left
    std::vector<std::size_t> before_;  // of each key: 1 + index of the one before under its name
};

}  // namespace ledger::posting
