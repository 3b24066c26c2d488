// See child.hpp. The child tells its parent by memory they share: what it has said is there even when a damaged
// page kills it.
#include "ledger/storage/child.hpp"

#include "ledger/core/error.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace ledger::storage {

namespace {

/// What the child writes and the parent reads.
struct Word {
    ChildEnd::Kind kind = ChildEnd::Kind::died;
    std::array<char, 2048> problem{};
};

/// A damaged file makes LMDB print and abort: neither is news to anybody but the parent.
void silence() {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) ::dup2(null, STDERR_FILENO);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void run(const std::function<void()>& work, Word& word) {
    silence();
    const auto end = [&](ChildEnd::Kind kind, const char* problem) {
        std::strncpy(word.problem.data(), problem, word.problem.size() - 1);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        word.kind = kind;
    };
    try {
        work();
        end(ChildEnd::Kind::done, "");
    } catch (const CorruptionError& damage) {
        end(ChildEnd::Kind::damage, damage.what());
    } catch (const FormatError& damage) {
        end(ChildEnd::Kind::damage, damage.what());
    } catch (const std::exception& failure) {
        end(ChildEnd::Kind::failure, failure.what());
    }
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

void* detail::map_shared(std::size_t bytes) {
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw StorageError(std::string("no memory to share with a child process: ") +
                           std::strerror(errno) + "; free memory and try again");
    }
    return memory;
}

void detail::unmap_shared(void* memory, std::size_t bytes) noexcept { ::munmap(memory, bytes); }

ChildEnd run_in_child(const std::function<void()>& work) {
    const Shared<Word> word;
    const pid_t child = ::fork();
    if (child < 0) {
        throw StorageError(std::string("no child process can be made: ") + std::strerror(errno) +
                           "; raise the limit of processes");
    }
    if (child == 0) run(work, *word);
    int status = 0;
    // ECHILD: the host ignores SIGCHLD or reaped the child; it has ended, which is all that matters.
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (word->kind == ChildEnd::Kind::died) return {word->kind, death_of(status)};
    return {word->kind, word->problem.data()};
}

}  // namespace ledger::storage
