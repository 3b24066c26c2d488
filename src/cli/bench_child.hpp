// Work in a child process that ends by SIGKILL, as a crash would end it. Invariant: what the child
// reports arrives before it is killed; nothing of it is closed or flushed in good order.
#pragma once

#include "cli/json_output.hpp"

#include <functional>

namespace ledger::cli::bench {

/// Forks, runs `work` in the child, and kills the child with SIGKILL once it has reported. What
/// `work` throws is thrown here again: StorageError and its kin, InvalidArgument, else
/// std::runtime_error. Call it before this process has threads or an open ledger.
Json run_in_killed_child(const std::function<Json()>& work);

}  // namespace ledger::cli::bench
