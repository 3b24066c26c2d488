// Another process for one test, and what it tells. Invariant: when the object is gone, so is the
// process.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace ledger::test {

/// A fork of this process, which must have no other thread and no ledger open: then the child may
/// do whatever a process of its own could. It tells values of a fixed size, in order, and ends with
/// its body.
template <class Told>
class OtherProcess {
    static_assert(std::is_trivially_copyable_v<Told>);

public:
    using Tell = std::function<void(const Told&)>;

    /// `body` runs in the child; one that throws ends with code 4, one that returns with 0.
    explicit OtherProcess(const std::function<void(const Tell&)>& body) {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("fork failed");
        if (process_ == 0) {
            ::close(ends[0]);
            run(body, ends[1]);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }
    ~OtherProcess() {
        kill();
        if (process_ > 0) (void)wait();
        ::close(pipe_);
    }
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;

    /// What it tells next, waited for; none: it has ended.
    std::optional<Told> next() {
        Told told;
        const bool is_whole = ::read(pipe_, &told, sizeof told) == ssize_t{sizeof told};
        return is_whole ? std::optional{told} : std::nullopt;
    }
    /// By SIGKILL. What it had told by then is still to be read.
    void kill() {
        if (process_ > 0) ::kill(process_, SIGKILL);
    }
    /// For its end, and returns its status, as waitpid has it.
    int wait() {
        int status = 0;
        if (::waitpid(std::exchange(process_, -1), &status, 0) < 0) {
            throw std::runtime_error("waitpid failed");
        }
        return status;
    }

private:
    [[noreturn]] static void run(const std::function<void(const Tell&)>& body, int pipe) {
        try {
            body([pipe](const Told& told) {
                if (::write(pipe, &told, sizeof told) != ssize_t{sizeof told}) ::_exit(3);
            });
            ::_exit(0);
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "the other process failed: %s\n", failure.what());
        }
        ::_exit(4);
    }

    pid_t process_ = -1;
    int pipe_ = -1;
};

inline bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

}  // namespace ledger::test
