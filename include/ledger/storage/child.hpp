// Work in a forked child process: what may kill its process, such as reading a damaged LMDB file. Invariant: whatever
// becomes of the child, the parent learns it and goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace ledger::storage {

/// How work in a child process ended.
struct ChildEnd {
    enum class Kind : std::uint8_t {
        done,
        damage,   ///< it threw CorruptionError or FormatError
        failure,  ///< it threw something else, which says nothing of the files
        died,
    };
    Kind kind = Kind::died;
    std::string
        problem;  ///< of damage and failure: what was thrown (its first 2,047 bytes); of died: what killed it
};

/// Forks, runs `work` in the child and waits for its end. The child starts without the parent's other threads and
/// environments, prints nothing and leaves no core file; what it changes in memory that is not a Shared is lost.
/// Throws StorageError where no child can be made.
ChildEnd run_in_child(const std::function<void()>& work);

namespace detail {
/// Zeroed memory that processes forked from now on share with this one.
void* map_shared(std::size_t bytes);
void unmap_shared(void* memory, std::size_t bytes) noexcept;
}  // namespace detail

/// A value that children made after it share with their parent: what a child has written is there even when it is
/// killed. Not synchronised.
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
