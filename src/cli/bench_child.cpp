// Fork, pipe, kill.
#include "cli/bench_child.hpp"

#include "ledger/core/error.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace ledger::cli::bench {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw StorageError(what + ": " + std::strerror(errno));
}

void write_all(int descriptor, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t wrote = write(descriptor, text.data() + done, text.size() - done);
        if (wrote < 0 && errno != EINTR) _exit(1);
        if (wrote > 0) done += static_cast<std::size_t>(wrote);
    }
}

/// Never returns; the parent's SIGKILL ends it.
[[noreturn]] void be_child(int pipe_end, const std::function<Json()>& work) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Json report;
    try {
        report["result"] = work();
    } catch (const InvalidArgument& error) {
        report = {{"invalid", error.what()}};
    } catch (const CorruptionError& error) {
        report = {{"corrupt", error.what()}};
    } catch (const StorageError& error) {
        report = {{"storage", error.what()}};
    } catch (const std::exception& error) {
        report = {{"error", error.what()}};
    }
    write_all(pipe_end, report.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    for (;;) pause();
}

std::string read_line(int descriptor) {
    std::string text;
    char buffer[4096];
    while (text.empty() || text.back() != '\n') {
        const ssize_t got = read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

Json unpack(const std::string& text, int status) {
    if (text.empty() || text.back() != '\n') {
        throw std::runtime_error("the child process ended by itself (wait status " +
                                 std::to_string(status) + ") before it reported");
    }
    Json report = Json::parse(text);
    if (report.contains("invalid")) throw InvalidArgument(report["invalid"].get<std::string>());
    if (report.contains("corrupt")) throw CorruptionError(report["corrupt"].get<std::string>());
    if (report.contains("storage")) throw StorageError(report["storage"].get<std::string>());
    if (report.contains("error")) throw std::runtime_error(report["error"].get<std::string>());
    return report["result"];
}

}  // namespace

Json run_in_killed_child(const std::function<Json()>& work) {
    int ends[2];
    if (pipe(ends) != 0) fail("cannot make a pipe");
    std::cout.flush();
    std::cerr.flush();
    const pid_t child = fork();
    if (child < 0) fail("cannot fork");
    if (child == 0) {
        close(ends[0]);
        be_child(ends[1], work);
    }
    close(ends[1]);
    const std::string text = read_line(ends[0]);
    close(ends[0]);
    kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return unpack(text, status);
}

}  // namespace ledger::cli::bench
