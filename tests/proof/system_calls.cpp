// See system_calls.hpp. The definitions here take the place of glibc's in this program and in all
// libraries that it loads.
#include "proof/system_calls.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>
#include <vector>

namespace ledger::proof {

namespace {

constexpr std::size_t files_max = 1024;

/// What is known of an open file. Those not below the root have no path.
struct OpenFile {
    std::string path;
    bool is_durable = false;
};

/// Made at the first use and never destroyed: calls come before main and after it.
struct Watch {
    std::mutex mutex;  ///< of the random bytes
    std::atomic<Watcher*> watcher = nullptr;
    std::string root;
    std::array<OpenFile, files_max> files;
    std::array<std::atomic<bool>, files_max> is_known{};
    std::uint64_t random = 0;
};

std::atomic<bool> is_used = false;
thread_local bool is_inside = false;

Watch& watch() {
    static auto* made = new Watch;
    return *made;
}

bool is_watched() { return is_used.load(std::memory_order_acquire) && !is_inside; }

bool is_below_root(std::string_view path) { return path.starts_with(watch().root); }

/// Lets the watcher look, with what it does itself unwatched.
class Turn {
public:
    Turn() { is_inside = true; }
    ~Turn() { is_inside = false; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Verdict before(const SystemCall& call) { return watch().watcher.load()->before(call); }
    void after(const SystemCall& call) {
        const int kept = errno;
        watch().watcher.load()->after(call);
        errno = kept;
    }
};

const OpenFile* known(int file) {
    if (!is_watched() || file < 0 || static_cast<std::size_t>(file) >= files_max) return nullptr;
    const auto at = static_cast<std::size_t>(file);
    return watch().is_known[at].load(std::memory_order_acquire) ? &watch().files[at] : nullptr;
}

void learn(int file, std::string_view path, int flags) {
    if (file < 0 || static_cast<std::size_t>(file) >= files_max) return;
    const auto at = static_cast<std::size_t>(file);
    watch().files[at] = {std::string(path), (flags & O_DSYNC) != 0};
    watch().is_known[at].store(true, std::memory_order_release);
}

/// One call of the watched kind: refused, or done by `act` and told.
template <class Result, class Act>
Result watched(const SystemCall& call, const Act& act) {
    Turn turn;
    const Verdict verdict = turn.before(call);
    if (verdict.failure != 0) {
        errno = verdict.failure;
        return static_cast<Result>(-1);
    }
    const auto result = static_cast<Result>(act());
    if (result >= 0) turn.after(call);
    return result;
}

std::string path_at(int directory, const char* name) {
    if (name[0] == '/' || directory == AT_FDCWD) return name;
    std::array<char, PATH_MAX> text{};
    const std::string link = "/proc/self/fd/" + std::to_string(directory);
    const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
    return std::string(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0) + "/" + name;
}

int open_at(int directory, const char* name, int flags, mode_t mode) {
    const auto act = [&] { return ::syscall(SYS_openat, directory, name, flags, mode); };
    if (!is_watched()) return static_cast<int>(act());
    const std::string path = path_at(directory, name);
    if (!is_below_root(path)) return static_cast<int>(act());
    struct stat found {};
    const bool is_new =
        (flags & O_CREAT) != 0 && ::syscall(SYS_newfstatat, AT_FDCWD, path.c_str(), &found, 0) != 0;
    // The file systems in memory may allow it, and the room ahead would be written by a thread.
    if ((flags & O_DIRECT) != 0) {
        errno = EINVAL;
        return -1;
    }
    SystemCall call{Call::open, path};
    call.is_new = is_new;
    const int file = watched<int>(call, act);
    if (file >= 0) learn(file, path, flags);
    return file;
}

std::uint64_t total_size(std::span<const iovec> pieces) {
    std::uint64_t sum = 0;
    for (const iovec& piece : pieces) sum += piece.iov_len;
    return sum;
}

/// The first bytes of the pieces.
std::vector<iovec> first_of(std::span<const iovec> pieces, std::uint64_t size) {
    std::vector<iovec> some;
    for (const iovec& piece : pieces) {
        const std::uint64_t length = std::min<std::uint64_t>(piece.iov_len, size);
        if (length == 0) break;
        some.push_back({piece.iov_base, length});
        size -= length;
    }
    return some;
}

/// At the offset, or where the file stands if there is none.
ssize_t write_pieces(int file, std::span<const iovec> pieces, const off_t* offset) {
    const auto count = static_cast<int>(pieces.size());
    const OpenFile* const found = known(file);
    if (found == nullptr) {
        return offset == nullptr ? ::syscall(SYS_writev, file, pieces.data(), count)
                                 : ::syscall(SYS_pwritev, file, pieces.data(), count, *offset, 0);
    }
    Turn turn;
    SystemCall call{Call::write, found->path};
    const off_t at = offset == nullptr ? ::lseek(file, 0, SEEK_CUR) : *offset;
    call.offset = static_cast<std::uint64_t>(at);
    call.size = total_size(pieces);
    call.pieces = pieces;
    call.is_durable = found->is_durable;
    const Verdict verdict = turn.before(call);
    if (verdict.failure != 0) {
        errno = verdict.failure;
        return -1;
    }
    const std::vector<iovec> some = first_of(pieces, verdict.size_max);
    const ssize_t written =
        ::syscall(SYS_pwritev, file, some.data(), static_cast<int>(some.size()), at, 0);
    if (written < 0) return written;
    if (offset == nullptr) ::lseek(file, at + written, SEEK_SET);
    const std::vector<iovec> done = first_of(some, static_cast<std::uint64_t>(written));
    call.pieces = done;
    call.size = static_cast<std::uint64_t>(written);
    turn.after(call);
    return written;
}

int sync_file_of(int file, long number) {
    const OpenFile* const found = known(file);
    const auto act = [&] { return ::syscall(number, file); };
    if (found == nullptr) return static_cast<int>(act());
    struct stat status {};
    ::fstat(file, &status);
    SystemCall call{Call::sync, found->path};
    call.is_directory = S_ISDIR(status.st_mode);
    return watched<int>(call, act);
}

int remove_at(int directory, const char* name, int flags) {
    const auto act = [&] { return ::syscall(SYS_unlinkat, directory, name, flags); };
    if (!is_watched()) return static_cast<int>(act());
    const std::string path = path_at(directory, name);
    if (!is_below_root(path)) return static_cast<int>(act());
    return watched<int>({Call::remove, path}, act);
}

/// The same in each run, where the watcher wants that.
bool give_random(void* buffer, std::size_t size) {
    if (!is_watched() || !watch().watcher.load()->is_repeatable()) return false;
    const std::lock_guard lock(watch().mutex);
    auto* bytes = static_cast<unsigned char*>(buffer);
    for (std::size_t i = 0; i < size; ++i) {
        watch().random = watch().random * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = static_cast<unsigned char>(watch().random >> 56);
    }
    return true;
}

}  // namespace

Watching::Watching(Watcher& watcher, std::string root) {
    watch().root = std::move(root);
    watch().random = 1;
    watch().watcher.store(&watcher);
    is_used.store(true, std::memory_order_release);
}

Watching::~Watching() {
    is_used.store(false, std::memory_order_release);
    watch().watcher.store(nullptr);
    for (auto& one : watch().is_known) one.store(false, std::memory_order_relaxed);
}

}  // namespace ledger::proof

namespace proof = ledger::proof;

extern "C" {

int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return proof::open_at(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return proof::open_at(directory, path, flags, mode);
}

int close(int file) {
    if (proof::is_used.load(std::memory_order_acquire) && file >= 0 &&
        static_cast<std::size_t>(file) < proof::files_max) {
        proof::watch().is_known[static_cast<std::size_t>(file)].store(false);
    }
    return static_cast<int>(::syscall(SYS_close, file));
}

ssize_t write(int file, const void* bytes, size_t size) {
    if (proof::known(file) == nullptr) return ::syscall(SYS_write, file, bytes, size);
    const iovec piece{const_cast<void*>(bytes), size};
    return proof::write_pieces(file, {&piece, 1}, nullptr);
}

ssize_t writev(int file, const iovec* pieces, int count) {
    return proof::write_pieces(file, {pieces, static_cast<std::size_t>(count)}, nullptr);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
    if (proof::known(file) == nullptr) return ::syscall(SYS_pwrite64, file, bytes, size, offset);
    const iovec piece{const_cast<void*>(bytes), size};
    return proof::write_pieces(file, {&piece, 1}, &offset);
}

int fsync(int file) { return proof::sync_file_of(file, SYS_fsync); }
int fdatasync(int file) { return proof::sync_file_of(file, SYS_fdatasync); }

int ftruncate(int file, off_t length) noexcept {
    const auto* const found = proof::known(file);
    const auto act = [&] { return ::syscall(SYS_ftruncate, file, length); };
    if (found == nullptr) return static_cast<int>(act());
    proof::SystemCall call{proof::Call::truncate, found->path};
    call.offset = static_cast<std::uint64_t>(length);
    return proof::watched<int>(call, act);
}

int fallocate(int file, int mode, off_t offset, off_t length) {
    const auto* const found = proof::known(file);
    const auto act = [&] { return ::syscall(SYS_fallocate, file, mode, offset, length); };
    if (found == nullptr) return static_cast<int>(act());
    proof::SystemCall call{proof::Call::allocate, found->path};
    call.offset = static_cast<std::uint64_t>(offset + length);
    return proof::watched<int>(call, act);
}

void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) noexcept {
    const auto act = [&] {
        return ::syscall(SYS_mmap, address, size, protection, flags, file, offset);
    };
    const auto* const found = proof::known(file);
    if (found == nullptr) return reinterpret_cast<void*>(act());
    return reinterpret_cast<void*>(
        proof::watched<std::intptr_t>({proof::Call::map, found->path}, act));
}

int mkdir(const char* path, mode_t mode) noexcept {
    const auto act = [&] { return ::syscall(SYS_mkdir, path, mode); };
    if (!proof::is_watched() || !proof::is_below_root(path)) return static_cast<int>(act());
    return proof::watched<int>({proof::Call::make_directory, path}, act);
}

int rename(const char* from, const char* to) noexcept {
    const auto act = [&] { return ::syscall(SYS_rename, from, to); };
    if (!proof::is_watched() || !proof::is_below_root(from)) return static_cast<int>(act());
    proof::SystemCall call{proof::Call::rename, from};
    call.to = to;
    return proof::watched<int>(call, act);
}

int unlink(const char* path) noexcept { return proof::remove_at(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char* name, int flags) noexcept {
    return proof::remove_at(directory, name, flags);
}
int rmdir(const char* path) noexcept { return proof::remove_at(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char* path) noexcept {
    const int removed = proof::remove_at(AT_FDCWD, path, 0);
    return removed != 0 && errno == EISDIR ? proof::remove_at(AT_FDCWD, path, AT_REMOVEDIR)
                                           : removed;
}

ssize_t getrandom(void* buffer, size_t size, unsigned flags) {
    if (proof::give_random(buffer, size)) return static_cast<ssize_t>(size);
    return ::syscall(SYS_getrandom, buffer, size, flags);
}

int getentropy(void* buffer, size_t size) {
    return ::getrandom(buffer, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}

/// Where the wall clock must be the same in each run, it stands still: ids are made of it.
int clock_gettime(clockid_t clock, timespec* now) noexcept {
    if (clock == CLOCK_REALTIME && proof::is_watched() &&
        proof::watch().watcher.load()->is_repeatable()) {
        *now = {1'795'000'000, 0};
        return 0;
    }
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
}

}  // extern "C"
