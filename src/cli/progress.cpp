// Painting of progress.
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <future>

namespace ledger::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds repaint_after{100};
constexpr std::uint64_t bar_width = 30;

}  // namespace

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)),
      total_(total),
      unit_(std::move(unit)),
      is_seen_(isatty(STDERR_FILENO) == 1),
      begun_(Clock::now()),
      painted_(begun_) {}

Progress::~Progress() { clear(); }

void Progress::at(std::uint64_t done) {
    if (!is_seen_) return;
    const auto now = Clock::now();
    if (now - painted_ < repaint_after) return;
    painted_ = now;
    paint(done);
}

void Progress::clear() {
    if (is_painted_) std::fputs("\r\033[K", stderr);
    is_painted_ = false;
}

void Progress::paint(std::uint64_t done) {
    const double seconds = std::chrono::duration<double>(painted_ - begun_).count();
    std::string bar;
    if (total_ != 0) {
        const std::uint64_t filled = done >= total_ ? bar_width : done * bar_width / total_;
        bar = fmt::format("[{}{}] {:3}%  ", std::string(filled, '#'),
                          std::string(bar_width - filled, ' '),
                          done >= total_ ? 100 : done * 100 / total_);
    }
    const std::string line =
        fmt::format("\r\033[K{}  {}{} {}  {:.0f} s", label_, bar, grouped(done), unit_, seconds);
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
    is_painted_ = true;
}

void run_with_progress(Progress& progress, const std::function<void()>& work,
                       const std::function<std::uint64_t()>& measure) {
    if (isatty(STDERR_FILENO) != 1) return work();
    std::future<void> done = std::async(std::launch::async, work);
    while (done.wait_for(repaint_after) != std::future_status::ready) progress.at(measure());
    progress.clear();
    done.get();
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

std::string readable_bytes(std::uint64_t bytes) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace ledger::cli
