// An owned file descriptor. Invariant: closed exactly once; never inherited through exec.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <filesystem>
#include <utility>

namespace ledger::storage::detail {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    /// Opens with O_CLOEXEC; check is_open (errno says why not).
    Descriptor(const std::filesystem::path& path, int flags, unsigned mode = 0) noexcept
        : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    bool is_open() const noexcept { return number_ >= 0; }
    int number() const noexcept { return number_; }
    /// Gives the descriptor to the caller.
    int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_ = -1;
};

}  // namespace ledger::storage::detail
