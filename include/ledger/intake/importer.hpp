// Imports of delimited files into a ledger. Invariants: every row of the file ends as exactly one
// of posted, already posted, passed over by a rule, or rejected with its place and reason; a row is
// never posted twice, however often and from wherever the import is started, because its id follows
// from the row; memory does not grow with the file.
#pragma once

#include "ledger/intake/mapping.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ledger::intake {

/// rows = posted + already_posted + skipped + rejected.
struct ImportCounts {
    std::uint64_t rows = 0;
    std::uint64_t posted = 0;
    std::uint64_t already_posted = 0;
    std::uint64_t skipped = 0;  ///< a rule or a zero amount says that they are no vouchers
    std::uint64_t rejected = 0;
    std::uint64_t accounts_opened = 0;
    friend bool operator==(const ImportCounts&, const ImportCounts&) = default;
};

struct ImportProgress {
    ImportCounts counts;
    std::uint64_t bytes_done = 0;
    std::uint64_t file_bytes = 0;
};

struct ImportOptions {
    std::filesystem::path rejects;  ///< empty: the data file's name and ".rejects.csv"
    /// Goes on where the progress file (the rejects file's name and ".progress") says that the last
    /// run came to; without one, from the start.
    bool resume = false;
    std::size_t batch_rows = 4096;      ///< rows acknowledged together; 1..8190
    std::size_t batches_in_flight = 3;  ///< posted and not acknowledged yet; 1..16
    /// How often the progress file is written, at most; zero: after each batch. Costs two syncs.
    std::chrono::milliseconds progress_interval{1000};
    /// Told after each acknowledged batch, in the thread that imports. False: stop there, to be
    /// resumed.
    std::function<bool(const ImportProgress&)> on_progress;
};

struct RejectedRow {
    std::uint64_t line = 0;
    std::size_t column = 0;  ///< from 1; 0: none in particular
    std::string reason;
};

struct ImportReport {
    ImportCounts counts;    ///< of the whole file, what was done before a resume included
    bool finished = false;  ///< false: on_progress stopped it
    bool resumed = false;   ///< it began where an earlier run had come to
    std::filesystem::path rejects;
    std::filesystem::path progress;
    std::vector<RejectedRow> first_rejected;  ///< of this run, at most 10
};

/// One mapping, any number of files. Uses the ledger from the calling thread; others may post
/// meanwhile.
class Importer {
public:
    /// The ledger must outlive it. Throws InvalidArgument for options outside their ranges.
    Importer(Ledger& ledger, Mapping mapping, ImportOptions options = {});

    /// Checks files and progress, defines what the mapping defines, then imports the file and
    /// returns when all of it is durable.
    ///
    /// The rejects file is made anew, except when resuming: CSV with the columns file, line,
    /// column, reason, text; also a business refusal is in it, with outcome and explanation. An
    /// import that is finished without rejects leaves none.
    ///
    /// Throws InvalidArgument where the mapping does not fit the file (missing column), the ledger
    /// (other definitions) or, when resuming, the progress file; StorageError where a file cannot
    /// be read or written; StorageFull and PoisonedError as Ledger does; UnavailableError where the
    /// ledger's queue stays full for a minute or its clock runs ahead. What was acknowledged is
    /// safe: import again with `resume`.
    ImportReport run(const std::filesystem::path& file);

private:
    Ledger& ledger_;
    Mapping mapping_;
    ImportOptions options_;
};

}  // namespace ledger::intake
