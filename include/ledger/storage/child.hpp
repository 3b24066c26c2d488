// Work in a forked child process: what may kill its process, such as reading a damaged LMDB file.
// Invariant: whatever becomes of the child, the parent learns it and goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace ledger::storage {

/// Forks, runs `work` in the child, waits for its end and gives what damage it found: what
/// CorruptionError or FormatError said (its first 2,047 bytes), or, where it killed the child,
/// "`doing` ended the checking process by signal ..." with a remedy. Throws StorageError where no
/// child can be made, and with what `work` threw else.
///
/// The child starts without the parent's other threads and environments, prints nothing and leaves
/// no core file; what it changes in memory that is not a Shared is lost. A lock that another thread
/// held at the fork stays locked in it for ever: `work` may open environments, but must neither log
/// nor call OpenSSL. It takes memory, so the process's allocator must stand a fork beside busy
/// threads, as those of glibc, jemalloc and tcmalloc do, and AddressSanitizer's of GCC 12 does not.
std::optional<std::string> find_damage(const std::string& doing, const std::function<void()>& work);

namespace detail {
/// Zeroed memory that processes forked from now on share with this one.
void* map_shared(std::size_t bytes);
void unmap_shared(void* memory, std::size_t bytes) noexcept;
}  // namespace detail

/// A value that children made after it share with their parent: what a child has written is there
/// even when it is killed. Not synchronised.
template <class T>
class Shared {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    /// Throws StorageError where there is no memory.
    Shared() : value_(std::construct_at(static_cast<T*>(detail::map_shared(sizeof(T))))) {}
    ~Shared() { detail::unmap_shared(value_, sizeof(T)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }

private:
    T* value_;
};

}  // namespace ledger::storage
