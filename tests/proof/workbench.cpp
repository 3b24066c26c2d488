// See workbench.hpp.
#include "proof/workbench.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace ledger::proof {

namespace fs = std::filesystem;

namespace {

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(std::string("the workbench can't ") + what);
}

constexpr std::uint64_t to_the_end = UINT64_MAX;

/// Made anew by whoever opens the ledger next; they are no part of a state.
bool is_lock_file(std::string_view path) { return path.ends_with("lock"); }

fs::path made(const fs::path& directory) {
    fs::create_directories(directory);
    return directory;
}

void put(int file, std::uint64_t offset, std::span<const std::byte> bytes) {
    const ssize_t size = static_cast<ssize_t>(bytes.size());
    require(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)) == size,
            "write");
}

void set_length(int file, std::uint64_t length) {
    require(::ftruncate(file, static_cast<off_t>(length)) == 0, "set a length");
}

}  // namespace

Workbench::Workbench(const fs::path& home)
    : root_(made(home / "bench")),
      work_(made(root_ / "work")),
      pool_(made(root_ / "pool")),
      watching_(*this, work_.string()) {}

Workbench::~Workbench() {
    for (const int file : pool_files_) ::close(file);
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

int Workbench::pool_file(Node node) {
    if (node >= pool_files_.size()) pool_files_.resize(node + 1, -1);
    if (pool_files_[node] < 0) {
        const fs::path path = pool_ / std::to_string(node);
        pool_files_[node] = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        require(pool_files_[node] >= 0, "make a file");
    }
    return pool_files_[node];
}

void Workbench::touch(Node node, std::uint64_t from, std::uint64_t to) {
    touched_[node].emplace_back(from, to);
}

void Workbench::follow(const CrashStates& states) {
    for (const Event* event : states.made_durable()) {
        if (event->kind == EventKind::entries) continue;
        const std::uint64_t length = states.disk().files[event->node].size();
        touch(event->node, std::min(event->offset, length), event->offset + event->bytes.size());
    }
}

void Workbench::forget() {
    is_linked_ = false;
    fresh_.clear();
}

/// Gives every file the bytes that the disk has.
void Workbench::restore(const CrashStates& states) {
    for (const auto& [path, node] : linked_) {
        if (node != no_node && fresh_.insert(node).second) touch(node, 0, to_the_end);
    }
    for (const auto& [node, ranges] : touched_) {
        const std::span<const std::byte> bytes = states.disk().files[node];
        const int file = pool_file(node);
        // The room ahead of a file's use is left as a hole: filling it would cost the most.
        const std::uint64_t filled = states.filled(node);
        const bool is_cut = std::any_of(ranges.begin(), ranges.end(), [](const Range& range) {
            return range.second == to_the_end;
        });
        if (is_cut) set_length(file, std::min<std::uint64_t>(filled, bytes.size()));
        set_length(file, bytes.size());
        for (const auto& [from, to] : ranges) {
            const std::uint64_t end = std::min(to, to == to_the_end ? filled : bytes.size());
            if (from < end) put(file, from, bytes.subspan(from, end - from));
        }
    }
    touched_.clear();
}

void Workbench::link(const CrashStates& states, const CrashState& state) {
    const bool are_names_kept =
        std::any_of(state.kept.begin(), state.kept.end(),
                    [](const Unit* unit) { return unit->event->kind == EventKind::entries; });
    Listing wanted = states.listing(are_names_kept ? state.kept : std::vector<const Unit*>{});
    if (is_linked_ && wanted == linked_) return;
    for (const auto& entry : fs::directory_iterator(work_)) fs::remove_all(entry.path());
    for (const auto& [path, node] : wanted) {
        if (node == no_node) {
            fs::create_directory(work_ / path);
        } else {
            (void)pool_file(node);
            fs::create_hard_link(pool_ / std::to_string(node), work_ / path);
        }
    }
    linked_ = std::move(wanted);
    is_linked_ = true;
}

void Workbench::make(const CrashStates& states, const CrashState& state) {
    link(states, state);
    restore(states);
    is_linked_ = true;  // whatever was done just now
    for (const Unit* unit : state.kept) {
        const Event& event = *unit->event;
        if (event.kind == EventKind::entries) continue;
        const int file = pool_file(event.node);
        if (event.kind == EventKind::length) {
            const std::uint64_t before = states.disk().files[event.node].size();
            touch(event.node, std::min(before, event.offset), to_the_end);
            set_length(file, event.offset);
        } else {
            touch(event.node, unit->offset, unit->offset + unit->bytes.size());
            put(file, unit->offset, unit->bytes);
        }
    }
}

void Workbench::after(const SystemCall& call) {
    if (is_lock_file(call.path)) return;
    const std::lock_guard lock(mutex_);
    const bool is_of_file =
        call.call == Call::write || call.call == Call::truncate || call.call == Call::allocate;
    if (!is_of_file) {
        const bool is_of_name = call.call == Call::rename || call.call == Call::remove ||
                                call.call == Call::make_directory ||
                                (call.call == Call::open && call.is_new);
        if (is_of_name) is_linked_ = false;
        return;
    }
    if (call.path.size() <= work_.native().size()) return;
    const auto found = linked_.find(std::string(call.path.substr(work_.native().size() + 1)));
    if (found == linked_.end() || found->second == no_node) return;
    const std::uint64_t end = call.call == Call::write ? call.offset + call.size : to_the_end;
    touch(found->second, call.offset, end);
}

}  // namespace ledger::proof
