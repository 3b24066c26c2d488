// ledgerd: owns a ledger and serves it until it is told to stop, or the ledger has to be opened
// anew. Invariant: it exits with 0 only after everything that was acknowledged is durable and the
// ledger is closed.
#include "ledgerd/configuration.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>

namespace {

using ledger::ledgerd::Configuration;

constexpr const char* usage =
    "usage: ledgerd [--check] FILE\n"
    "Serves the ledger that the configuration FILE names, until SIGTERM or SIGINT.\n"
    "--check only reads the file. Exit: 0 done, 1 failed (start it again), 2 the file or the\n"
    "arguments are wrong.\n";

std::shared_ptr<spdlog::logger> make_logger(const Configuration& configuration) {
    auto logger = std::make_shared<spdlog::logger>(
        "ledgerd", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    logger->set_level(spdlog::level::from_str(configuration.log_level));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
    logger->flush_on(spdlog::level::info);
    return logger;
}

/// The signals that end it, kept for sigwait: blocked before any thread is there.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file too large is an error of the write
    return signals;
}

/// To the service manager that started it (sd_notify(3)), if one did.
void notify(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un to{};
    if (path == nullptr || std::strlen(path) >= sizeof to.sun_path) return;
    to.sun_family = AF_UNIX;
    std::strcpy(to.sun_path, path);
    if (path[0] == '@') to.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&to), size);
    ::close(socket);
}

/// Whether the ledger would go on; false: it has to be opened anew.
bool serve(Configuration configuration) {
    const sigset_t signals = block_signals();
    const auto logger = make_logger(configuration);
    configuration.options.logger = logger;
    configuration.server.logger = logger;
    ledger::Ledger books =
        configuration.create
            ? ledger::Ledger::open_or_create(configuration.directory, configuration.options)
            : ledger::Ledger::open(configuration.directory, configuration.options);
    std::atomic<bool> poisoned = false;
    configuration.server.on_poisoned = [&] {
        poisoned = true;
        ::kill(::getpid(), SIGTERM);
    };
    ledger::rpc::Server server(books, configuration.server);
    logger->info("serves {} at position {}", configuration.directory.string(),
                 books.view().position().value);
    notify("READY=1");
    int signal = 0;
    sigwait(&signals, &signal);
    notify("STOPPING=1");
    if (!poisoned) logger->info("signal {}: stops", signal);
    server.stop();
    books.close();
    logger->info("closed");
    return !poisoned;
}

}  // namespace

int main(int count, char** arguments) {
    const bool check_only = count == 3 && std::string_view(arguments[1]) == "--check";
    if (count != 2 && !check_only) {
        std::fputs(usage, stderr);
        return 2;
    }
    Configuration configuration;
    try {
        configuration = ledger::ledgerd::load_configuration(arguments[count - 1]);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledgerd: %s\n", failure.what());
        return 2;
    }
    if (check_only) return 0;
    try {
        if (!serve(std::move(configuration))) return 1;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledgerd: %s\n", failure.what());
        return 1;
    }
    return 0;
}
