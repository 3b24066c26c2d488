// Raw append and fdatasync.
#include "cli/bench_yardstick.hpp"

#include "ledger/core/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

namespace ledger::cli::bench {

namespace {

/// A file that goes away with it.
class ScratchFile {
public:
    explicit ScratchFile(std::filesystem::path path) : path_(std::move(path)) {
        descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor_ < 0) fail("cannot make", errno);
    }
    ~ScratchFile() {
        close(descriptor_);
        unlink(path_.c_str());
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    void preallocate(std::uint64_t bytes) {
        const int error = posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
        if (error != 0) fail("cannot preallocate", error);
    }
    void write_at(const std::vector<unsigned char>& piece, std::size_t length, std::uint64_t at) {
        for (std::size_t done = 0; done < length;) {
            const ssize_t wrote = pwrite(descriptor_, piece.data() + done, length - done,
                                         static_cast<off_t>(at + done));
            if (wrote < 0 && errno != EINTR) fail("cannot write", errno);
            if (wrote > 0) done += static_cast<std::size_t>(wrote);
        }
    }
    void sync() {
        if (fdatasync(descriptor_) != 0) fail("cannot sync", errno);
    }

private:
    [[noreturn]] void fail(const char* what, int error) const {
        throw StorageError(std::string(what) + " the yardstick's file " + path_.string() + ": " +
                           std::strerror(error) + "; make room, or give --yardstick-seconds 0");
    }
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace

Yardstick append_and_sync(const std::filesystem::path& directory, std::uint64_t bytes,
                          std::uint64_t piece_bytes, bool preallocated, double seconds_max) {
    using Clock = std::chrono::steady_clock;
    piece_bytes = std::max<std::uint64_t>(1, std::min(piece_bytes, bytes));
    std::vector<unsigned char> piece(static_cast<std::size_t>(piece_bytes));
    for (std::size_t i = 0; i < piece.size(); ++i) {
        piece[i] = static_cast<unsigned char>(i * 0x9E3779B1u >> 13);
    }
    ScratchFile file(directory / (".yardstick." + std::to_string(getpid())));
    if (preallocated && bytes != 0) file.preallocate(bytes);
    file.sync();
    Yardstick result;
    const auto begin = Clock::now();
    while (result.bytes < bytes && result.seconds < seconds_max) {
        const std::uint64_t length = std::min(piece_bytes, bytes - result.bytes);
        file.write_at(piece, static_cast<std::size_t>(length), result.bytes);
        file.sync();
        result.bytes += length;
        ++result.syncs;
        result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    return result;
}

}  // namespace ledger::cli::bench
