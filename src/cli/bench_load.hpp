// The measured part of a bench run: set-up, load, queries. Invariant: the clock runs from the first
// post to the last acknowledgement, or, where that is later, to the moment when the checkpoint is
// at most one segment behind.
#pragma once

#include "cli/bench_plan.hpp"
#include "cli/json_output.hpp"

#include "ledger/engine/options.hpp"

namespace ledger::cli::bench {

/// Makes the ledger in the plan's directory, opens the accounts (not timed), runs the load and the
/// queries, and reports all figures. Leaves the ledger open: the caller's process is killed.
Json run_load(const Plan& plan, const Options& options);

/// Anonymous memory of this process (RssAnon of /proc/self/status), in bytes.
std::uint64_t anonymous_memory();

}  // namespace ledger::cli::bench
