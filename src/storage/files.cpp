// Durable file operations over the system calls.
#include "ledger/storage/files.hpp"

#include "storage/descriptor.hpp"
#include "storage/errors.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace ledger::storage {

namespace fs = std::filesystem;

namespace {

fs::path parent_of(const fs::path& path) {
    const fs::path parent = (path.has_filename() ? path : path.parent_path()).parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

void sync_descriptor(const detail::Descriptor& file, const fs::path& path) {
    if (::fsync(file.number()) != 0) detail::throw_error(errno, "sync", path);
}

void sync_path(const fs::path& path, int flags) {
    const detail::Descriptor file(path, flags);
    if (!file.is_open()) detail::throw_error(errno, "open", path);
    sync_descriptor(file, path);
}

void write_all(const detail::Descriptor& file, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(file.number(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) detail::throw_error(errno, "write", path);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string staging_prefix(const fs::path& target) {
    return target.filename().string() + ".creating-";
}

std::string random_name() {
    std::uint64_t number = 0;
    if (::getentropy(&number, sizeof number) != 0) {
        number = static_cast<std::uint64_t>(::getpid());
    }
    std::string name;
    for (int digit = 0; digit < 10; ++digit, number /= 26) {
        name += static_cast<char>('a' + number % 26);
    }
    return name;
}

}  // namespace

void create_directory_durably(const fs::path& directory) {
    if (::mkdir(directory.c_str(), 0777) != 0) {
        const int code = errno;
        std::error_code ignored;
        if (code == EEXIST && fs::is_directory(directory, ignored)) return;
        detail::throw_error(code, "create the directory", directory);
    }
    sync_directory(parent_of(directory));
}

void rename_durably(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        detail::throw_error(errno, "rename " + from.string() + " to", to);
    }
    sync_directory(parent_of(to));
    if (parent_of(from) != parent_of(to)) sync_directory(parent_of(from));
}

void replace_file_durably(const fs::path& file, std::string_view content) {
    fs::path made = file;
    made += ".new";
    {
        const detail::Descriptor written(made, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (!written.is_open()) detail::throw_error(errno, "create", made);
        write_all(written, content, made);
        sync_descriptor(written, made);
    }
    rename_durably(made, file);
}

void sync_file(const fs::path& file) { sync_path(file, O_RDONLY); }

void sync_directory(const fs::path& directory) { sync_path(directory, O_RDONLY | O_DIRECTORY); }

void remove_tree(const fs::path& path) {
    std::error_code failure;
    fs::remove_all(path, failure);
    if (failure) detail::throw_error(failure.value(), "remove", path);
}

std::uint64_t disk_free(const fs::path& path) {
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0) {
        detail::throw_error(errno, "measure the free space of", path);
    }
    return std::uint64_t{found.f_bavail} * found.f_frsize;
}

std::uint64_t length_of(const fs::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) detail::throw_error(errno, "measure", file);
    return static_cast<std::uint64_t>(found.st_size);
}

void remove_abandoned(const fs::path& target) {
    const std::string prefix = staging_prefix(target);
    std::error_code failure;
    for (fs::directory_iterator at(parent_of(target), failure), end; !failure && at != end;
         at.increment(failure)) {
        if (!at->path().filename().string().starts_with(prefix)) continue;
        const detail::Descriptor directory(at->path(), O_RDONLY | O_DIRECTORY);
        // Its maker lives while the lock is held.
        if (!directory.is_open() || ::flock(directory.number(), LOCK_EX | LOCK_NB) != 0) continue;
        std::error_code ignored;
        fs::remove_all(at->path(), ignored);
    }
}

StagingDirectory::StagingDirectory(const fs::path& target) {
    const fs::path parent = parent_of(target);
    const std::string prefix = staging_prefix(target);
    remove_abandoned(target);
    for (;;) {
        // Not mkdtemp: what is renamed to its place must have the permissions of any new directory.
        const fs::path name = parent / (prefix + random_name());
        if (::mkdir(name.c_str(), 0777) != 0) {
            if (errno == EEXIST) continue;
            detail::throw_error(errno, "create a directory in", parent);
        }
        detail::Descriptor lock(name, O_RDONLY | O_DIRECTORY);
        if (lock.is_open() && ::flock(lock.number(), LOCK_SH | LOCK_NB) == 0) {
            path_ = name;
            lock_ = lock.release();
            return;
        }
        // Another process took it for abandoned between the two calls, and removes it.
    }
}

StagingDirectory::~StagingDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    ::close(lock_);
}

}  // namespace ledger::storage
