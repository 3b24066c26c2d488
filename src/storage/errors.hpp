// The one place where a code of LMDB or of the operating system becomes an exception. Invariant:
// every message names the operation, the file, the reason and the remedy.
#pragma once

#include <filesystem>
#include <string_view>

namespace ledger::storage::detail {

/// What was tried when a code came back, for the message: "cannot <operation> <path>".
/// Throws the exception that the code (an MDB_ code, or a positive errno) stands for.
[[noreturn]] void throw_error(int code, std::string_view operation,
                              const std::filesystem::path& path);

/// Does nothing for 0 (MDB_SUCCESS), else as throw_error.
inline void check(int code, std::string_view operation, const std::filesystem::path& path) {
    if (code != 0) [[unlikely]] {
        throw_error(code, operation, path);
    }
}

}  // namespace ledger::storage::detail
