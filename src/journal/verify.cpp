// Verification in a forked child, which tells its parent by memory they share: what it has found is
// there even when a damaged page kills it.
#include "ledger/core/error.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/storage/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>

namespace ledger::journal {

namespace fs = std::filesystem;

namespace {

/// What the child writes and the parent reads.
struct Progress {
    std::uint64_t batches = 0;
    Head head;
    bool is_finished = false;
    bool is_damaged = false;
    bool has_failed = false;  // for a reason that says nothing about the journal
    std::array<char, 1024> problem{};
};

class SharedProgress {
public:
    SharedProgress() {
        void* memory = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw StorageError(std::string("cannot verify: no shared memory: ") +
                               std::strerror(errno) + "; free memory and try again");
        }
        progress_ = new (memory) Progress;
    }
    ~SharedProgress() { ::munmap(progress_, sizeof(Progress)); }
    SharedProgress(const SharedProgress&) = delete;
    SharedProgress& operator=(const SharedProgress&) = delete;
    Progress& operator*() const noexcept { return *progress_; }
    Progress* operator->() const noexcept { return progress_; }

private:
    Progress* progress_;
};

void walk(const fs::path& directory, Progress& progress) {
    LmdbStoreOptions options;
    options.read_only = true;
    const auto store = LmdbStore::open(directory, options);
    const Head end = store->head();
    if (end.position == 0) return;
    const Position first = store->reader()->first_position();
    Scan scan(*store, first, Check::checksum, end.position);
    while (const auto batch = scan.next()) {
        const BatchHeader& header = batch->header;
        progress.head = {header.last_position(), header.chain, header.instant};
        ++progress.batches;
    }
}

/// A damaged file makes LMDB print and abort: neither is news to anybody but the parent.
void silence() {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) ::dup2(null, STDERR_FILENO);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void run_child(const fs::path& directory, Progress& progress) {
    silence();
    const auto note = [&](const std::exception& failure) {
        std::strncpy(progress.problem.data(), failure.what(), progress.problem.size() - 1);
    };
    try {
        walk(directory, progress);
    } catch (const CorruptionError& damage) {
        progress.is_damaged = true;
        note(damage);
    } catch (const FormatError& damage) {
        progress.is_damaged = true;
        note(damage);
    } catch (const std::exception& failure) {
        progress.has_failed = true;
        note(failure);
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    progress.is_finished = true;
    ::_exit(0);
}

/// How the child ended, where it did not finish.
std::string death_of(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    return "exit status " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : status);
}

}  // namespace

Verification verify(const fs::path& directory) {
    storage::length_of(directory / journal_file_name);  // a missing journal is no damage
    const SharedProgress progress;
    const pid_t child = ::fork();
    if (child < 0) {
        throw StorageError(std::string("cannot verify: no child process: ") + std::strerror(errno) +
                           "; raise the limit of processes");
    }
    if (child == 0) run_child(directory, *progress);
    int status = 0;
    // ECHILD: the host ignores SIGCHLD or reaped the child; it has ended, which is all that
    // matters.
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (progress->has_failed) throw StorageError(progress->problem.data());
    Verification result;
    result.batches = progress->batches;
    result.head = progress->head;
    if (!progress->is_finished) {
        result.status = Verification::Status::crashed;
        result.problem = (directory / journal_file_name).string() +
                         ": reading it killed the checking process by " + death_of(status) +
                         " after position " + std::to_string(result.head.position) +
                         ": pages are damaged; restore a backup";
    } else if (progress->is_damaged) {
        result.status = Verification::Status::damaged;
        result.problem = progress->problem.data();
    }
    return result;
}

}  // namespace ledger::journal
