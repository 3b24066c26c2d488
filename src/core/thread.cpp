// A new thread begins with the signal mask of the one that starts it.
#include "ledger/core/thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <string>
#include <utility>

namespace ledger {

namespace {

/// While it lives, this thread takes no signals but the exempted ones.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t blocked;
        ::sigfillset(&blocked);
        for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF}) {
            ::sigdelset(&blocked, own);
        }
        ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

}  // namespace

std::thread start_thread(const char* name, std::function<void()> body) {
    const SignalsBlocked blocked;
    return std::thread([name = std::string(name), body = std::move(body)] {
        ::pthread_setname_np(::pthread_self(), name.c_str());
        body();
    });
}

}  // namespace ledger
