// Running ledgerd. Invariant: when the object is gone, so is the process.
#pragma once

#include "ledger/client.hpp"
#include "support/small_ledger.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ledger::test {

/// Writes a configuration for a ledger in `home`, served at its socket to the user of this process.
std::filesystem::path write_configuration(const std::filesystem::path& home);

class Daemon {
public:
    explicit Daemon(const std::vector<std::string>& arguments,
                    const std::filesystem::path& output = "/dev/null");
    /// By SIGKILL, where it still runs.
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void signal(int number) const;
    /// For its end; the status as waitpid has it.
    int wait();

private:
    pid_t process_ = -1;
};

/// As soon as it serves. Throws where it does not within ten seconds.
Client connect_when_ready(const std::filesystem::path& home);

}  // namespace ledger::test
