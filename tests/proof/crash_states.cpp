// See crash_states.hpp.
#include "proof/crash_states.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ledger::proof {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::size_t sector_bytes = 512;

std::uint64_t hash_of(const void* bytes, std::size_t size, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, size, seed);
}

/// Zeros count for nothing, so that a file may be longer at no cost.
std::uint64_t hash_of_sector(const std::byte* bytes, std::size_t size, std::uint64_t number) {
    const bool is_empty =
        std::all_of(bytes, bytes + size, [](std::byte b) { return b == std::byte{}; });
    return is_empty ? 0 : hash_of(bytes, size, number);
}

bool concerns_directory(const Event& event, Node directory) {
    return event.kind == EventKind::entries &&
           (event.given.first == directory ||
            (event.given.first == no_node && event.taken.first == directory));
}

void apply_entries(std::map<Entry, Node>& entries, const Event& event) {
    if (event.taken.first != no_node) entries.erase(event.taken);
    if (event.given.first != no_node) entries[event.given] = event.node;
}

/// A file of the disk with some changes over it, as far as its hash goes.
class ChangedFile {
public:
    ChangedFile(const std::vector<std::byte>& base, const HashedFile& hashed)
        : base_(base), hashed_(hashed), length_(base.size()) {}

    void set_length(std::uint64_t length) {
        const std::uint64_t first = (length + sector_bytes - 1) / sector_bytes;
        for (std::uint64_t i = first; i < hashed_.sectors.size(); ++i) {
            if (hashed_.sectors[i] != 0) (void)sector(i);
        }
        for (auto at = sectors_.lower_bound(first); at != sectors_.end(); ++at) {
            at->second.fill(std::byte{});
        }
        length_ = length;
    }
    void write(std::uint64_t offset, std::span<const std::byte> bytes) {
        length_ = std::max(length_, offset + bytes.size());
        while (!bytes.empty()) {
            const std::uint64_t at = offset % sector_bytes;
            const std::size_t size = std::min<std::size_t>(sector_bytes - at, bytes.size());
            std::memcpy(sector(offset / sector_bytes).data() + at, bytes.data(), size);
            bytes = bytes.subspan(size);
            offset += size;
        }
    }
    std::uint64_t length() const { return length_; }
    std::uint64_t sum() const {
        std::uint64_t sum = hashed_.sum;
        for (const auto& [number, bytes] : sectors_) {
            if (number < hashed_.sectors.size()) sum -= hashed_.sectors[number];
            sum += hash_of_sector(bytes.data(), bytes.size(), number);
        }
        return sum;
    }

private:
    using Sector = std::array<std::byte, sector_bytes>;

    Sector& sector(std::uint64_t number) {
        const auto [found, is_new] = sectors_.try_emplace(number);
        if (!is_new) return found->second;
        found->second.fill(std::byte{});
        const std::uint64_t from = number * sector_bytes;
        if (from < base_.size()) {
            std::memcpy(found->second.data(), &base_[from],
                        std::min<std::size_t>(sector_bytes, base_.size() - from));
        }
        return found->second;
    }

    const std::vector<std::byte>& base_;
    const HashedFile& hashed_;
    std::uint64_t length_;
    std::map<std::uint64_t, Sector> sectors_;
};

}  // namespace

void apply_to(std::vector<std::byte>& file, const Event& event) {
    if (event.kind == EventKind::length) return file.resize(event.offset);
    file.resize(std::max<std::size_t>(file.size(), event.offset + event.bytes.size()));
    std::copy(event.bytes.begin(), event.bytes.end(),
              file.begin() + static_cast<std::ptrdiff_t>(event.offset));
}

CrashStates::CrashStates(const Trace& trace, std::uint64_t seed, const Sampling& sampling)
    : trace_(trace), sampling_(sampling), random_(seed) {
    disk_.files.resize(trace.is_directory.size());
    hashed_.resize(trace.is_directory.size());
}

// ---- the disk

void CrashStates::rehash(Node file, std::uint64_t from, std::uint64_t to) {
    HashedFile& hashed = hashed_[file];
    const std::vector<std::byte>& bytes = disk_.files[file];
    const std::size_t sectors = (bytes.size() + sector_bytes - 1) / sector_bytes;
    for (std::size_t i = sectors; i < hashed.sectors.size(); ++i) hashed.sum -= hashed.sectors[i];
    hashed.sectors.resize(sectors);
    for (std::size_t i = from / sector_bytes; i < sectors && i * sector_bytes < to; ++i) {
        const std::size_t at = i * sector_bytes;
        hashed.sum -= hashed.sectors[i];
        hashed.sectors[i] =
            hash_of_sector(&bytes[at], std::min<std::size_t>(sector_bytes, bytes.size() - at), i);
        hashed.sum += hashed.sectors[i];
    }
}

std::uint64_t CrashStates::filled(Node file) const {
    const std::vector<std::uint64_t>& sectors = hashed_[file].sectors;
    const auto last = std::find_if(sectors.rbegin(), sectors.rend(),
                                   [](std::uint64_t hash) { return hash != 0; });
    const auto end = static_cast<std::uint64_t>(sectors.rend() - last) * sector_bytes;
    return std::min<std::uint64_t>(end, disk_.files[file].size());
}

void CrashStates::settle(const Event& event) {
    made_durable_.push_back(&event);
    if (event.kind == EventKind::entries) {
        apply_entries(disk_.entries, event);
        durable_listing_ = listing({});
        return;
    }
    const std::uint64_t before = disk_.files[event.node].size();
    apply_to(disk_.files[event.node], event);
    rehash(event.node, std::min(before, event.offset), event.offset + event.bytes.size());
}

bool CrashStates::is_moment(const Event& event) const {
    const bool is_sync =
        event.kind == EventKind::sync_file || event.kind == EventKind::sync_directory;
    return event.is_durable || (is_sync && !pending_.empty());
}

void CrashStates::pass() {
    const Event& event = trace_.events[at_++];
    const auto settle_where = [&](const auto& is_meant) {
        for (const Event* one : pending_) {
            if (is_meant(*one)) settle(*one);
        }
        std::erase_if(pending_, [&](const Event* one) { return is_meant(*one); });
    };
    switch (event.kind) {
        case EventKind::mark:
            is_told_ = true;
            told_ = event.value;
            break;
        case EventKind::sync_file:
            settle_where([&](const Event& one) {
                return one.kind != EventKind::entries && one.node == event.node;
            });
            break;
        case EventKind::sync_directory:
            settle_where([&](const Event& one) { return concerns_directory(one, event.node); });
            break;
        case EventKind::write:
        case EventKind::length:
        case EventKind::entries:
            // A durable write is pending since the moment before it.
            if (event.is_durable) {
                settle_where([&](const Event& one) { return &one == &event; });
            } else {
                pending_.push_back(&event);
            }
            break;
    }
}

bool CrashStates::next() {
    made_durable_.clear();
    if (is_at_end_) return false;
    if (is_begun_) pass();
    is_begun_ = true;
    while (at_ < trace_.events.size() && !is_moment(trace_.events[at_])) pass();
    is_at_end_ = at_ == trace_.events.size();
    if (!is_at_end_ && trace_.events[at_].is_durable) pending_.push_back(&trace_.events[at_]);
    pages_ = units_of(page_bytes);
    sectors_ = units_of(sector_bytes);
    return true;
}

// ---- the states of a moment

std::vector<Unit> CrashStates::units_of(std::uint64_t piece_bytes) const {
    std::vector<Unit> units;
    for (const Event* event : pending_) {
        if (event->kind != EventKind::write) {
            units.push_back({event, 0, {}});
            continue;
        }
        const std::span<const std::byte> bytes = event->bytes;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::uint64_t offset = event->offset + at;
            const std::size_t size =
                std::min<std::size_t>(piece_bytes - offset % piece_bytes, bytes.size() - at);
            units.push_back({event, offset, bytes.subspan(at, size)});
            at += size;
        }
    }
    return units;
}

void CrashStates::add(const std::vector<Unit>& units, const std::vector<bool>& kept,
                      std::vector<CrashState>& into) const {
    CrashState& state = into.emplace_back();
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (kept[i]) state.kept.push_back(&units[i]);
    }
    hash(state);
}

/// All subsets where they are few; else the regular ones, thinned out where they are many, and some
/// by lot.
void CrashStates::choose(const std::vector<Unit>& units, std::vector<CrashState>& into) {
    const std::size_t count = units.size();
    std::vector<bool> kept(count);
    if (count <= sampling_.whole_units_max) {
        for (std::size_t subset = 0; subset < std::size_t{1} << count; ++subset) {
            for (std::size_t i = 0; i < count; ++i) kept[i] = (subset >> i & 1) != 0;
            add(units, kept, into);
        }
        return;
    }
    const std::size_t stride = 1 + count / sampling_.regular_max;
    for (std::size_t i = random_() % stride; i <= count; i += stride) {
        for (std::size_t j = 0; j < count; ++j) kept[j] = j < i;
        add(units, kept, into);
        if (i == count) break;
        for (const bool alone : {true, false}) {
            for (std::size_t j = 0; j < count; ++j) kept[j] = (j == i) == alone;
            add(units, kept, into);
        }
    }
    for (const bool all : {false, true}) add(units, std::vector<bool>(count, all), into);
    for (std::size_t lot = 0; lot < sampling_.random_subsets; ++lot) {
        const std::uint64_t share = 1 + random_() % 15;
        for (std::size_t i = 0; i < count; ++i) kept[i] = random_() % 16 < share;
        add(units, kept, into);
    }
}

std::vector<CrashState> CrashStates::states() {
    std::vector<CrashState> made;
    choose(pages_, made);
    if (sectors_.size() != pages_.size()) choose(sectors_, made);
    return made;
}

Listing CrashStates::listing(std::span<const Unit* const> kept) const {
    std::map<Entry, Node> entries = disk_.entries;
    for (const Unit* unit : kept) {
        if (unit->event->kind == EventKind::entries) apply_entries(entries, *unit->event);
    }
    Listing found;
    const auto visit = [&](const auto& self, Node directory, const std::string& prefix) -> void {
        for (auto at = entries.lower_bound({directory, ""});
             at != entries.end() && at->first.first == directory; ++at) {
            const std::string path = prefix + at->first.second;
            const bool is_directory = trace_.is_directory[at->second];
            found[path] = is_directory ? no_node : at->second;
            if (is_directory) self(self, at->second, path + "/");
        }
    };
    visit(visit, 0, "");
    return found;
}

void CrashStates::hash(CrashState& state) const {
    std::map<Node, ChangedFile> files;
    bool are_names_changed = false;
    for (const Unit* unit : state.kept) {
        const Event& event = *unit->event;
        if (event.kind == EventKind::entries) {
            are_names_changed = true;
            continue;
        }
        ChangedFile& file =
            files.try_emplace(event.node, disk_.files[event.node], hashed_[event.node])
                .first->second;
        if (event.kind == EventKind::length) {
            file.set_length(event.offset);
        } else {
            file.write(unit->offset, unit->bytes);
        }
    }
    const Listing changed_listing = are_names_changed ? listing(state.kept) : Listing{};
    for (const auto& [path, node] : are_names_changed ? changed_listing : durable_listing_) {
        std::array<std::uint64_t, 2> parts{};
        if (node != no_node) {
            const auto found = files.find(node);
            parts = found != files.end()
                        ? std::array{found->second.sum(), found->second.length()}
                        : std::array{hashed_[node].sum, std::uint64_t{disk_.files[node].size()}};
        }
        const std::uint64_t one =
            hash_of(parts.data(), sizeof parts, hash_of(path.data(), path.size(), 0));
        state.content ^= one;
        if (path.starts_with("backup/")) state.backup ^= one;
    }
}

}  // namespace ledger::proof
