// See daemon.hpp.
#include "daemon.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace ledger::test {

std::filesystem::path write_configuration(const std::filesystem::path& home) {
    const std::filesystem::path file = home / "ledgerd.json";
    std::ofstream(file) << "{ // paths are relative to this file\n"
                           "  \"directory\": \"books\", \"create\": true,\n"
                           "  \"segment_records\": 1024, \"unix_socket\": \"socket\",\n"
                           "  \"principals\": [{\"name\": \"root\", \"role\": \"operator\",\n"
                           "                    \"user_id\": "
                        << ::getuid() << "}]}\n";
    return file;
}

Daemon::Daemon(const std::vector<std::string>& arguments, const std::filesystem::path& output) {
    std::vector<char*> words{const_cast<char*>(LEDGER_DAEMON)};
    for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("fork failed");
    if (process_ != 0) return;
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(words[0], words.data());
    ::_exit(127);
}

Daemon::~Daemon() {
    if (process_ <= 0) return;
    signal(SIGKILL);
    (void)wait();
}

void Daemon::signal(int number) const { ::kill(process_, number); }

int Daemon::wait() {
    int status = 0;
    if (::waitpid(std::exchange(process_, -1), &status, 0) < 0) {
        throw std::runtime_error("waitpid failed");
    }
    return status;
}

Client connect_when_ready(const std::filesystem::path& home) {
    std::optional<Client> client;
    const bool is_ready = becomes_true([&] {
        try {
            client.emplace(Client::connect("unix:" + (home / "socket").string()));
        } catch (const ConnectionError&) {
            return false;
        }
        return true;
    });
    if (!is_ready) throw std::runtime_error("ledgerd does not serve");
    return std::move(*client);
}

}  // namespace ledger::test
