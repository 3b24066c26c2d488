// Extending by fallocate at once, and by direct writes of zeros in steps. The zeros bypass the page
// cache: dirty pages of them would be written by the next commit's sync.
#include "ledger/storage/room_ahead.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"
#include "storage/descriptor.hpp"
#include "storage/errors.hpp"
#include "storage/process.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <string>

namespace ledger::storage {

namespace {

constexpr std::uint64_t alignment = 4096;

constexpr std::uint64_t aligned_up(std::uint64_t value) noexcept {
    return (value + alignment - 1) / alignment * alignment;
}

/// Read-only pages of zeros: all of them are the kernel's one zero page.
class Zeros {
public:
    Zeros()
        : bytes_(::mmap(nullptr, RoomAhead::step_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                        0)) {}
    ~Zeros() {
        if (bytes_ != MAP_FAILED) ::munmap(bytes_, RoomAhead::step_bytes);
    }
    Zeros(const Zeros&) = delete;
    Zeros& operator=(const Zeros&) = delete;
    const void* bytes() const noexcept { return bytes_ == MAP_FAILED ? nullptr : bytes_; }

private:
    void* bytes_;
};

std::uint64_t file_length_max() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : ~std::uint64_t{0};
}

bool is_same_file(int a, int b) {
    struct stat of_a {};
    struct stat of_b {};
    return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

}  // namespace

/// The environment's file under descriptors of our own. LMDB locks its lock file only, so these may
/// be closed.
struct RoomAhead::File {
    explicit File(const std::filesystem::path& path)
        : locked(path, O_RDWR), direct(path, O_RDWR | O_DIRECT) {
        if (!locked.is_open()) detail::throw_error(errno, "open", path);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        if (::fcntl(locked.number(), F_OFD_SETLK, &lock) != 0) {
            if (errno != EAGAIN && errno != EACCES) detail::throw_error(errno, "lock", path);
            throw LockedError("cannot open " + path.string() +
                              " for writing: another process is writing to it; stop it first");
        }
        detail::close_in_child(locked.number());
    }
    ~File() { detail::forget_in_child(locked.number()); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool can_write_zeros() const {
        return direct.is_open() && zeros.bytes() != nullptr &&
               is_same_file(locked.number(), direct.number());
    }

    detail::Descriptor locked;
    detail::Descriptor direct;
    Zeros zeros;
};

RoomAhead::RoomAhead(Environment& environment, const RoomPolicy& policy)
    : environment_(environment),
      policy_(policy),
      file_(std::make_unique<File>(environment.path())),
      frontier_(environment.used_bytes() + environment.preallocated()),
      target_(aligned_up(policy.first)),
      writes_zeros_(policy.writes_zeros && policy.first > 0 && file_->can_write_zeros()) {
    policy_.max = aligned_up(std::max(policy.first, policy.max));
}

RoomAhead::~RoomAhead() {
    // A forked child has closed the locked descriptor already.
    if (environment_.is_forked()) [[maybe_unused]]
        const int closed = file_->locked.release();
}

std::uint64_t RoomAhead::ahead() const {
    const std::uint64_t used = environment_.used_bytes();
    const std::uint64_t frontier = frontier_.load(std::memory_order_acquire);
    return frontier > used ? frontier - used : 0;
}

bool RoomAhead::is_wanted() const {
    return writes_zeros() && ahead() < target_.load(std::memory_order_relaxed) / 2;
}

/// Free bytes of the disk and those the file has beyond its used size: they are ours to use.
std::uint64_t RoomAhead::free_with_ahead() const {
    return disk_free(environment_.path()) + environment_.preallocated();
}

/// Why there is no room for so many bytes; empty where there is.
std::string RoomAhead::shortage(std::uint64_t bytes) const {
    const std::uint64_t used = environment_.used_bytes();
    const std::uint64_t map_bytes = environment_.stat().map_bytes;
    if (used + bytes > map_bytes) {
        return environment_.path().string() + " has reached its map size of " +
               std::to_string(map_bytes) + " bytes; reopen with a larger one";
    }
    // Beyond this limit the kernel kills the process.
    if (used + bytes > file_length_max()) {
        return environment_.path().string() + " has reached the process's file size limit of " +
               std::to_string(file_length_max()) + " bytes; raise it (ulimit -f)";
    }
    const std::uint64_t free = free_with_ahead();
    if (free < policy_.disk_reserve + bytes) {
        return "cannot write to " + environment_.path().string() + ": " + std::to_string(free) +
               " bytes are free on its disk, " + std::to_string(policy_.disk_reserve) +
               " are kept in reserve; free space, or lower the reserve";
    }
    return {};
}

void RoomAhead::require(std::uint64_t bytes) {
    const std::string problem = shortage(bytes);
    if (!problem.empty()) throw StorageFull(problem);
    const std::uint64_t used = environment_.used_bytes();
    if (used + bytes <= frontier_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(frontier_moves_);
    extend(used, bytes);
}

/// Whether the file now reaches so far beyond its used size, and could without touching the
/// reserve.
bool RoomAhead::can_extend(std::uint64_t used, std::uint64_t bytes) {
    const bool is_affordable =
        free_with_ahead() >= policy_.disk_reserve + bytes && used + bytes <= file_length_max();
    return is_affordable && environment_.preallocate(bytes) >= bytes;
}

/// Moves the frontier at once, as far as is needed now: the zeros are late, or not to be had.
void RoomAhead::extend(std::uint64_t used, std::uint64_t bytes) {
    if (used + bytes <= frontier_.load(std::memory_order_relaxed)) return;
    std::uint64_t end = aligned_up(used + bytes);
    if (policy_.first > 0 && end > round_end_ && !writes_zeros()) {
        const std::uint64_t target = target_.load(std::memory_order_relaxed);
        const std::uint64_t growth = std::max(end - used, target);
        if (can_extend(used, growth)) {
            end = used + growth;
            target_.store(std::min(target * 2, policy_.max), std::memory_order_relaxed);
        }
    }
    frontier_.store(end, std::memory_order_release);
}

/// Allocates the room that the next zeros are written into, so that the steps do not change the
/// file's size.
bool RoomAhead::begin_round(std::uint64_t used) {
    const std::uint64_t target = std::min(target_.load(std::memory_order_relaxed) * 2, policy_.max);
    if (!can_extend(used, target)) return false;
    target_.store(target, std::memory_order_relaxed);
    round_end_ = aligned_up(used + target);
    return true;
}

bool RoomAhead::step() {
    std::unique_lock lock(frontier_moves_);
    const std::uint64_t used = environment_.used_bytes();
    const std::uint64_t frontier =
        aligned_up(std::max(frontier_.load(std::memory_order_relaxed), used));
    if (frontier >= round_end_ && (!is_wanted() || !begin_round(used))) return false;
    if (frontier < round_end_) {
        const std::uint64_t size = std::min(step_bytes, round_end_ - frontier);
        const ssize_t written = ::pwrite(file_->direct.number(), file_->zeros.bytes(), size,
                                         static_cast<off_t>(frontier));
        if (written != static_cast<ssize_t>(size)) {
            // Not possible here, or the disk is full or failing: commits will tell what matters.
            writes_zeros_.store(false, std::memory_order_relaxed);
            return false;
        }
        frontier_.store(frontier + size, std::memory_order_release);
        if (frontier + size < round_end_) return true;
    }
    lock.unlock();
    // The file system's journal now takes the changes of the whole round, not one commit of ours
    // each.
    ::fdatasync(file_->direct.number());
    return is_wanted();
}

}  // namespace ledger::storage
