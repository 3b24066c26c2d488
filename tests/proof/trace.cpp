// See trace.hpp.
#include "proof/trace.hpp"

#include <cstring>

namespace ledger::proof {

Recorder::Recorder(std::string home, Wanted wanted)
    : home_(std::move(home)), wanted_(std::move(wanted)), watching_(*this, home_) {}

void Recorder::mark(std::uint64_t value) {
    const std::lock_guard lock(mutex_);
    Event event;
    event.value = value;
    trace_.events.push_back(std::move(event));
}

/// Below the home; empty where nobody wants it.
std::string Recorder::local(std::string_view path) const {
    if (path.size() <= home_.size()) return {};
    std::string rest(path.substr(home_.size() + 1));
    return wanted_(rest) ? rest : std::string{};
}

Entry Recorder::entry(const std::string& path) const {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {0, path};
    return {find(path.substr(0, slash)), path.substr(slash + 1)};
}

Node Recorder::find(const std::string& path) const {
    const auto found = entries_.find(entry(path));
    return found == entries_.end() ? no_node : found->second;
}

void Recorder::give(const std::string& path, bool is_directory) {
    Event event;
    event.kind = EventKind::entries;
    event.node = static_cast<Node>(trace_.is_directory.size());
    event.given = entry(path);
    trace_.is_directory.push_back(is_directory);
    entries_[event.given] = event.node;
    trace_.events.push_back(std::move(event));
}

void Recorder::rename(const SystemCall& call) {
    const std::string from = local(call.path);
    const std::string to = local(call.to);
    if (from.empty() || to.empty()) return;
    Event event;
    event.kind = EventKind::entries;
    event.node = find(from);
    event.taken = entry(from);
    event.given = entry(to);
    entries_.erase(event.taken);
    entries_[event.given] = event.node;
    trace_.events.push_back(std::move(event));
}

void Recorder::write(const SystemCall& call, Node file) {
    Event event;
    event.kind = EventKind::write;
    event.node = file;
    event.offset = call.offset;
    event.is_durable = call.is_durable;
    event.bytes.resize(call.size);
    std::size_t filled = 0;
    for (const iovec& piece : call.pieces) {
        std::memcpy(event.bytes.data() + filled, piece.iov_base, piece.iov_len);
        filled += piece.iov_len;
    }
    trace_.events.push_back(std::move(event));
}

void Recorder::after(const SystemCall& call) {
    const std::lock_guard lock(mutex_);
    if (call.call == Call::rename) return rename(call);
    const bool is_home = call.path == home_;
    const std::string path = is_home ? std::string{} : local(call.path);
    if (path.empty() && !is_home) return;
    Event event;
    event.node = is_home ? 0 : find(path);
    switch (call.call) {
        case Call::open:
            if (call.is_new) give(path, false);
            return;
        case Call::make_directory: return give(path, true);
        case Call::write: return write(call, event.node);
        case Call::sync:
            event.kind = call.is_directory ? EventKind::sync_directory : EventKind::sync_file;
            break;
        case Call::truncate:
        case Call::allocate:
            event.kind = EventKind::length;
            event.offset = call.offset;
            break;
        case Call::remove:
            event.kind = EventKind::entries;
            event.taken = entry(path);
            event.node = no_node;
            entries_.erase(event.taken);
            break;
        case Call::rename:
        case Call::map: return;
    }
    trace_.events.push_back(std::move(event));
}

}  // namespace ledger::proof
