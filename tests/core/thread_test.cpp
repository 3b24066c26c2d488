// Threads of the engine: named, and left alone by signals.
#include "ledger/core/thread.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace ledger {
namespace {

TEST(StartThread, HasItsNameAndTakesNoSignals) {
    std::string name;
    sigset_t mask;
    start_thread("ledger-test", [&] {
        std::array<char, 16> text{};
        ::pthread_getname_np(::pthread_self(), text.data(), text.size());
        name = text.data();
        ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    }).join();
    EXPECT_EQ(name, "ledger-test");
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGXFSZ, SIGPIPE, SIGCHLD, SIGUSR1}) {
        EXPECT_EQ(::sigismember(&mask, signal), 1) << signal;
    }
    for (const int signal : {SIGSEGV, SIGBUS, SIGPROF}) {
        EXPECT_EQ(::sigismember(&mask, signal), 0) << signal;
    }
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    EXPECT_EQ(::sigismember(&mask, SIGTERM), 0) << "the caller's mask is as before";
}

TEST(StartThread, AWriteBeyondTheFileSizeLimitIsAnError) {
    const int file = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) GTEST_SKIP() << "no temporary files in /tmp";
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit tight{4096, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    int error = 0;
    start_thread("ledger-test", [&] {
        if (::pwrite(file, "x", 1, 8192) < 0) error = errno;
    }).join();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    ::close(file);
    EXPECT_EQ(error, EFBIG);
}

}  // namespace
}  // namespace ledger
