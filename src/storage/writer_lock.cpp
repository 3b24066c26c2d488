// The writer's lock over F_OFD_SETLK, and the text that names its holder.
#include "ledger/storage/writer_lock.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/time.hpp"
#include "storage/descriptor.hpp"
#include "storage/errors.hpp"
#include "storage/process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

namespace ledger::storage {

namespace fs = std::filesystem;

namespace {

int set_lock(int file, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return ::fcntl(file, F_OFD_SETLK, &lock);
}

std::string describe_self() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const Instant since{std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
    return "process " + std::to_string(::getpid()) + " on host " + host.data() + " since " +
           to_string(since) + "\n";
}

/// The holder writes its text a moment after it has the lock.
std::string holder_of(int file) {
    for (int tries = 0; tries < 50; ++tries) {
        std::array<char, 512> text{};
        const ssize_t size = ::pread(file, text.data(), text.size(), 0);
        const std::string found(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        const std::size_t end = found.find('\n');
        if (end != std::string::npos) return found.substr(0, end);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return "another process";
}

}  // namespace

WriterLock::WriterLock(const fs::path& path) {
    detail::Descriptor file(path, O_RDWR | O_CREAT, 0666);
    if (!file.is_open()) detail::throw_error(errno, "open the lock file", path);
    if (set_lock(file.number(), F_WRLCK) != 0) {
        const int code = errno;
        if (code != EAGAIN && code != EACCES) detail::throw_error(code, "lock", path);
        throw LockedError("cannot lock " + path.string() + ": " + holder_of(file.number()) +
                          " is writing to this ledger; stop it first");
    }
    const std::string self = describe_self();
    // The text is for people; the lock holds without it, so a full disk is no failure here.
    if (::ftruncate(file.number(), 0) == 0) {
        [[maybe_unused]] const ssize_t written =
            ::pwrite(file.number(), self.data(), self.size(), 0);
    }
    detail::close_in_child(file.number());
    file_ = file.release();
    fork_generation_ = detail::fork_generation();
}

bool WriterLock::is_held(const fs::path& path) {
    const detail::Descriptor file(path, O_RDONLY);
    if (!file.is_open()) {
        if (errno == ENOENT) return false;
        detail::throw_error(errno, "open the lock file", path);
    }
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(file.number(), F_OFD_GETLK, &lock) != 0) detail::throw_error(errno, "ask", path);
    return lock.l_type != F_UNLCK;
}

WriterLock::~WriterLock() {
    if (fork_generation_ != detail::fork_generation()) return;
    detail::forget_in_child(file_);
    // Nobody is named who is gone; only a killed holder's text is met by the next one.
    [[maybe_unused]] const int truncated = ::ftruncate(file_, 0);
    set_lock(file_, F_UNLCK);
    ::close(file_);
}

}  // namespace ledger::storage
