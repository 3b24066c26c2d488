// What this process asks of the kernel about files below one directory, seen before it happens and
// after. The program defines the calls itself (open, pwrite, fsync, rename and so on), so that the
// engine, LMDB and the standard library all come through here, as they would through a preloaded
// library. Invariant: without a watcher every call goes straight to the kernel.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ledger::proof {

enum class Call : std::uint8_t {
    open,
    write,
    sync,
    truncate,
    allocate,  ///< fallocate: the file's length and its blocks
    make_directory,
    rename,
    remove,
    map,  ///< mmap of a file
};

/// One call. Paths are absolute and as they were when the file was opened.
struct SystemCall {
    Call call;
    std::string_view path;
    std::string_view to = {};  ///< of rename
    std::uint64_t offset = 0;  ///< of write; of truncate and allocate the file's length afterwards
    std::uint64_t size = 0;    ///< of write
    std::span<const iovec> pieces = {};  ///< of write
    bool is_durable = false;             ///< of write: the file is open with O_DSYNC
    bool is_directory = false;           ///< of sync
    bool is_new = false;                 ///< of open: it makes the file
};

/// What to do with a call.
struct Verdict {
    int failure = 0;                      ///< the call fails with this errno, and nothing is done
    std::uint64_t size_max = UINT64_MAX;  ///< of write: no more bytes than these are written
};

/// Called by whichever thread makes the call, perhaps by several at once. What a watcher itself
/// asks of the kernel is not watched.
class Watcher {
public:
    virtual ~Watcher() = default;
    virtual Verdict before(const SystemCall&) { return {}; }
    /// Of a call that did what it should.
    virtual void after(const SystemCall&) {}
    /// Whether random bytes and the wall clock are the same in each run.
    virtual bool is_repeatable() const { return false; }
};

/// Shows the watcher every call about what lies below `root` while it lives. One at a time; files
/// below `root` must be opened while it lives, too, and no other thread may be about them when it
/// begins or ends.
class Watching {
public:
    Watching(Watcher& watcher, std::string root);
    ~Watching();
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;
};

}  // namespace ledger::proof
