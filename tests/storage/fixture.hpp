// A temporary directory, small environments, small file systems, and child processes for the tests
// of storage.
#pragma once

#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/transaction.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

namespace ledger::storage {

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Runs `body` in a forked child and returns its exit status: what the body returns, 100 where it
/// throws, or 200 and the signal where one killed it.
template <class Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 100;
        try {
            status = body();
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "child: %s\n", failure.what());
        }
        ::_exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

/// What the call throws, as text: "<type>: <message>" is not needed, the type is asked for.
template <class Exception, class Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const Exception& failure) {
        return failure.what();
    }
    ADD_FAILURE() << "nothing of the expected type was thrown";
    return {};
}

class StorageTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "ledger-storage-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override {
        if (is_mounted_) ::umount2(directory_.c_str(), MNT_DETACH);
        remove_tree(directory_);
    }

    /// Puts a file system of this size over the directory; false where the user may not.
    bool mount_small(const char* size) {
        const std::string options = std::string("size=") + size;
        is_mounted_ = ::mount("ledger-test", directory_.c_str(), "tmpfs", 0, options.c_str()) == 0;
        return is_mounted_;
    }
    bool remount_read_only() {
        return ::mount("ledger-test", directory_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY,
                       nullptr) == 0;
    }

    static EnvironmentOptions small_options() {
        EnvironmentOptions options;
        options.map_size = std::size_t{64} << 20;
        options.databases = {{"numbers", KeyKind::integer}, {"names", KeyKind::bytes}};
        return options;
    }
    std::filesystem::path file() const { return directory_ / "test.mdb"; }
    void create() const {
        create_environment(file(), small_options(), [](Environment&, WriteTransaction&) {});
    }

    std::filesystem::path directory_;
    bool is_mounted_ = false;
};

}  // namespace ledger::storage
