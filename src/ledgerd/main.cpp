// ledgerd: owns a ledger and serves it until it is told to stop. Invariant: it exits with 0 only
// after everything that was acknowledged is durable and the ledger is closed.
#include "ledgerd/configuration.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>

namespace {

using ledger::ledgerd::Configuration;

constexpr const char* usage =
    "usage: ledgerd [--check] FILE\n"
    "Serves the ledger that the configuration FILE names, until SIGTERM or SIGINT.\n"
    "--check only reads the file. Exit: 0 done, 1 failed, 2 the file or the arguments are wrong.\n";

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
    return signals;
}

void serve(Configuration configuration) {
    const sigset_t signals = block_signals();
    const auto logger = make_logger(configuration);
    configuration.options.logger = logger;
    configuration.server.logger = logger;
    ledger::Ledger books =
        configuration.create
            ? ledger::Ledger::open_or_create(configuration.directory, configuration.options)
            : ledger::Ledger::open(configuration.directory, configuration.options);
    ledger::rpc::Server server(books, configuration.server);
    logger->info("serves {} at position {}", configuration.directory.string(),
                 books.view().position().value);
    int signal = 0;
    sigwait(&signals, &signal);
    logger->info("signal {}: stops", signal);
    server.stop();
    books.close();
    logger->info("closed");
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
        serve(std::move(configuration));
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledgerd: %s\n", failure.what());
        return 1;
    }
    return 0;
}
