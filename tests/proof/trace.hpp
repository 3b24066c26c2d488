// A recorded run: every change of files and directories in the order in which it was asked for, and
// what made it durable. Invariant: nothing about a file's content is guessed: bytes are copied when
// they are written.
#pragma once

#include "proof/system_calls.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ledger::proof {

/// A file or directory, by the order of making; 0 is the directory in which the run took place.
using Node = std::uint32_t;
inline constexpr Node no_node = UINT32_MAX;

/// A name in a directory.
using Entry = std::pair<Node, std::string>;

enum class EventKind : std::uint8_t {
    write,           ///< bytes to a file
    length,          ///< a file is cut or lengthened
    entries,         ///< a name is given, taken, or moved: one step of the file system
    sync_file,       ///< what was written to this file is durable
    sync_directory,  ///< what was done to the names in this directory is durable
    mark,            ///< the caller was told something
};

struct Event {
    EventKind kind = EventKind::mark;
    Node node = no_node;       ///< of the file, directory, or what the new name leads to
    std::uint64_t offset = 0;  ///< of write; of length, the new one
    std::vector<std::byte> bytes;
    bool is_durable = false;   ///< of write: durable when it returned
    Entry taken{no_node, {}};  ///< a name that leads nowhere afterwards
    Entry given{no_node, {}};  ///< a name that leads to `node` afterwards
    std::uint64_t value = 0;   ///< of mark
};

struct Trace {
    std::vector<Event> events;
    std::vector<bool> is_directory{true};  ///< by node
};

/// Records what is done to the files and directories that `wanted` picks by their paths below
/// `home`, while it lives. Their parents are the home or picked, too.
class Recorder final : private Watcher {
public:
    using Wanted = std::function<bool(const std::string& path)>;
    Recorder(std::string home, Wanted wanted);
    /// The caller was told: everything up to this value is durable.
    void mark(std::uint64_t value);
    /// As far as it went. No other thread may be writing.
    Trace trace() const { return trace_; }

private:
    void after(const SystemCall& call) override;
    bool is_repeatable() const override { return true; }
    void write(const SystemCall& call, Node file);
    void rename(const SystemCall& call);
    void give(const std::string& path, bool is_directory);
    std::string local(std::string_view path) const;
    Node find(const std::string& path) const;
    Entry entry(const std::string& path) const;

    std::mutex mutex_;
    std::string home_;
    Wanted wanted_;
    Trace trace_;
    std::map<Entry, Node> entries_;  ///< as they are now
    Watching watching_;
};

}  // namespace ledger::proof
