// A line on stderr that says how far long work has come. Invariant: nothing is printed where stderr
// is no terminal, and the line is gone when the work is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ledger::cli {

/// Paints at most ten times a second. Use from one thread.
class Progress {
public:
    /// `total` 0: how much there is, is not known.
    Progress(std::string label, std::uint64_t total, std::string unit);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void at(std::uint64_t done);
    /// Removes the line.
    void clear();

private:
    void paint(std::uint64_t done);

    std::string label_;
    std::uint64_t total_;
    std::string unit_;
    bool is_seen_;
    bool is_painted_ = false;
    std::chrono::steady_clock::time_point begun_;
    std::chrono::steady_clock::time_point painted_;
};

/// Runs `work` in a thread of its own and paints what `measure` says meanwhile; throws what it
/// threw. Where nobody looks, it just runs `work`.
void run_with_progress(Progress& progress, const std::function<void()>& work,
                       const std::function<std::uint64_t()>& measure);

/// "1,234,567".
std::string grouped(std::uint64_t number);
/// "12.3 MiB".
std::string readable_bytes(std::uint64_t bytes);

}  // namespace ledger::cli
