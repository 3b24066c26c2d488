// A named table of an environment, as a small value. Invariant: a handle keeps its kind of key, so
// integer keys never meet a table of byte keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ledger::storage {

/// Stored bytes. Lifetime: until the transaction that gave them ends, or (write transactions) until
/// its next change of any table.
using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

enum class KeyKind : std::uint8_t {
    integer,  ///< 64-bit unsigned, ordered by value
    bytes,    ///< 1..511 bytes, ordered as unsigned bytes, shorter first
};

/// What an environment is asked to open or create.
struct DatabaseName {
    std::string name;
    KeyKind keys = KeyKind::integer;
};

/// A handle; valid as long as its environment, in every transaction begun after it was opened.
class Database {
public:
    constexpr Database() = default;
    constexpr Database(unsigned handle, KeyKind keys) noexcept : handle_(handle), keys_(keys) {}

    constexpr unsigned handle() const noexcept { return handle_; }
    constexpr KeyKind keys() const noexcept { return keys_; }
    friend constexpr bool operator==(Database, Database) = default;

private:
    unsigned handle_ = 0;
    KeyKind keys_ = KeyKind::integer;
};

}  // namespace ledger::storage
