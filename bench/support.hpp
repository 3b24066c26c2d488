// What the benchmarks share: a directory that goes away, the processor time of a thread.
#pragma once

#include "ledger/storage/files.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace ledger::bench {

/// A new directory under the current one, so that the disk that is measured is chosen by `cd`.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::current_path() / "ledger-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
        path_ = name;
    }
    ~TemporaryDirectory() { storage::remove_tree(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// Processor time of the calling thread: other programs on the machine do not blur it.
inline double thread_cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace ledger::bench
