// The run whose crashes are tried: a ledger is made, a random history is posted to it step by step,
// and in between it is sealed, merged, closed, opened, rebuilt and backed up. Invariant: the same
// seed gives the same trace, byte for byte, with every kind of record in it (an anchor in one of
// four seeds only); the run itself agrees with the naive model.
#pragma once

#include "proof/expectations.hpp"
#include "proof/trace.hpp"

#include <cstdint>
#include <filesystem>

namespace ledger::proof {

struct RecordedRun {
    Trace trace;
    Expectations expected;
};

/// In `home`, an empty directory: the ledger in `books` and its backup, while there is one, in
/// `backup`. Marks are acknowledged positions; the first one, 0, says that the ledger was made.
/// Throws oracle::Disagreement.
RecordedRun record_run(std::uint64_t seed, int steps, const std::filesystem::path& home);

}  // namespace ledger::proof
