// To be preloaded into a program (LD_PRELOAD): its syncs of data fail while the file that
// FAILING_SYNC names is there.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

extern "C" int fdatasync(int file) {
    const char* sign = std::getenv("FAILING_SYNC");
    if (sign != nullptr && ::access(sign, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    static auto* const real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
    return real(file);
}
