// See child.hpp. The child tells its parent by memory they share: what it has said is there even
// when a damaged page kills it.
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
#include <cstdint>
#include <cstring>

namespace ledger::storage {

namespace {

enum class End : std::uint8_t { sound, damage, failure, died };

/// What the child writes and the parent reads.
struct Word {
    End end = End::died;
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
    const auto tell = [&](End end, const char* problem) {
        std::strncpy(word.problem.data(), problem, word.problem.size() - 1);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        word.end = end;
    };
    try {
        work();
        tell(End::sound, "");
    } catch (const CorruptionError& damage) {
        tell(End::damage, damage.what());
    } catch (const FormatError& damage) {
        tell(End::damage, damage.what());
    } catch (const std::exception& failure) {
        tell(End::failure, failure.what());
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

std::optional<std::string> find_damage(const std::string& doing,
                                       const std::function<void()>& work) {
    const Shared<Word> word;
    const pid_t child = ::fork();
    if (child < 0) {
        throw StorageError(std::string("no child process can be made: ") + std::strerror(errno) +
                           "; raise the limit of processes");
    }
    if (child == 0) run(work, *word);
    int status = 0;
    // ECHILD: the host ignores SIGCHLD or reaped the child; it has ended, which is all that
    // matters.
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    switch (word->end) {
        case End::sound: return std::nullopt;
        case End::damage: return word->problem.data();
        case End::failure:
            throw StorageError("cannot verify: " + std::string(word->problem.data()));
        case End::died: break;
    }
    return doing + " ended the checking process by " + death_of(status) +
           "; rebuild the file if it was derived, or restore a backup";
}

}  // namespace ledger::storage
