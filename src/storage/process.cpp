// The process-wide register of open environments and locks, kept right over fork by pthread_atfork.
#include "storage/process.hpp"

#include "ledger/core/error.hpp"

#include <pthread.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace ledger::storage::detail {

namespace {

class Process {
public:
    /// Lives to the end of the process: destructors of globals may still close environments.
    static Process& instance() {
        static auto* process = new Process;
        return *process;
    }

    std::mutex mutex;
    std::set<std::pair<std::uint64_t, std::uint64_t>> files;
    std::vector<int> descriptors;
    std::atomic<std::uint64_t> generation{1};

private:
    Process() { pthread_atfork(before_fork, in_parent, in_child); }

    static void before_fork() { instance().mutex.lock(); }
    static void in_parent() { instance().mutex.unlock(); }
    static void in_child() {
        Process& process = instance();
        process.generation.fetch_add(1, std::memory_order_relaxed);
        process.files.clear();
        for (const int descriptor : process.descriptors) ::close(descriptor);
        process.descriptors.clear();
        process.mutex.unlock();
    }
};

}  // namespace

std::uint64_t fork_generation() noexcept {
    return Process::instance().generation.load(std::memory_order_relaxed);
}

void register_file(std::uint64_t device, std::uint64_t inode, const std::filesystem::path& path) {
    Process& process = Process::instance();
    const std::lock_guard lock(process.mutex);
    if (!process.files.emplace(device, inode).second) {
        throw UsageError("cannot open " + path.string() +
                         ": it is open already in this process; share that object instead");
    }
}

void unregister_file(std::uint64_t device, std::uint64_t inode) noexcept {
    Process& process = Process::instance();
    const std::lock_guard lock(process.mutex);
    process.files.erase({device, inode});
}

bool has_file(std::uint64_t device, std::uint64_t inode) noexcept {
    Process& process = Process::instance();
    const std::lock_guard lock(process.mutex);
    return process.files.contains({device, inode});
}

void close_in_child(int descriptor) {
    Process& process = Process::instance();
    const std::lock_guard lock(process.mutex);
    process.descriptors.push_back(descriptor);
}

void forget_in_child(int descriptor) noexcept {
    Process& process = Process::instance();
    const std::lock_guard lock(process.mutex);
    std::erase(process.descriptors, descriptor);
}

}  // namespace ledger::storage::detail
