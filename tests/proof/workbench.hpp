// Puts crash states on a real file system and takes them away again, at the cost of what differs.
// Invariant: what is found under `directory()` after make() is the state, whatever was done there
// before.
#pragma once

#include "proof/crash_states.hpp"

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ledger::proof {

/// One thread only; a fork may go on with a copy of it, if the other one waits meanwhile.
class Workbench final : private Watcher {
public:
    /// In a directory that it makes below `home` and removes.
    explicit Workbench(const std::filesystem::path& home);
    ~Workbench() override;

    /// Where the home of the recorded run is now.
    std::filesystem::path directory() const { return work_; }
    /// Takes over what became durable.
    void follow(const CrashStates& states);
    /// Makes the state. What is done to the files afterwards is noted, and undone by the next call.
    void make(const CrashStates& states, const CrashState& state);
    /// After another process worked here: nothing is known of the files.
    void forget();

private:
    using Range = std::pair<std::uint64_t, std::uint64_t>;

    void after(const SystemCall& call) override;
    int pool_file(Node node);
    void restore(const CrashStates& states);
    void link(const CrashStates& states, const CrashState& state);
    void touch(Node node, std::uint64_t from, std::uint64_t to);

    std::mutex mutex_;  ///< of what is noted
    std::filesystem::path root_;
    std::filesystem::path work_;
    std::filesystem::path pool_;  ///< the files by node; the work directory has links to them
    std::vector<int> pool_files_;
    Listing linked_;
    bool is_linked_ = false;  ///< the work directory has these names and no others that matter
    std::map<Node, std::vector<Range>> touched_;
    std::set<Node> fresh_;  ///< files of whose bytes all is known but for what was touched
    Watching watching_;
};

}  // namespace ledger::proof
