// A ledger that another process writes, or nobody at the moment: the same views and the same feed,
// beside the writer, whom nothing here holds up. Invariant: what was acknowledged before refresh()
// was called is in every view taken afterwards; nothing that is not durable is in any; no file is
// changed but LMDB's lock files, in which readers stand.
#pragma once

#include "ledger/history/feed.hpp"
#include "ledger/history/view.hpp"
#include "ledger/stats.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace spdlog {
class logger;
}

namespace ledger {

/// How a reader is opened. Memory is touched only as it fills.
struct ReaderOptions {
    /// Records of one part of the tail that is kept in memory: best the writer's
    /// Options::segment_records. 1,024..1,048,576.
    std::size_t segment_records = std::size_t{1} << 18;
    /// Records after those that the writer has sealed, which are kept in memory, some 300 bytes
    /// each; where the journal goes on for longer, the ledger is refused until it was open for
    /// writing. A writer leaves at most segment_records times tail_segments_max of its Options.
    std::uint64_t tail_records_max = std::uint64_t{1} << 21;
    /// Views that are older let go of what they pinned, also those that nobody asks, and every
    /// query of them throws UsageError, as may one that is in the middle then: a view that was
    /// forgotten must not make the ledger's files grow for ever. A view that is asked notices by
    /// itself, the others at the next refresh(), view(), stats(), or Feed::next, also while that
    /// waits. Views `at` an earlier position are as old as the one they come from; feeds pin
    /// nothing for long. Zero: never.
    std::chrono::nanoseconds view_age_max = std::chrono::minutes{10};
    /// Address space for each of the two files: at least the writer's.
    std::size_t map_bytes = std::size_t{1} << 40;
    /// As Options::readers_max; the process that opens the files first decides.
    unsigned readers_max = 126;
    /// Receives what the reader has to say; null: silence. The library never prints.
    std::shared_ptr<spdlog::logger> logger;
};

/// Reads one ledger. All functions may be called from any thread; views and feeds must be gone
/// before it is. A process opens a ledger once, as a Reader that its threads share or as a Ledger,
/// and any number of different ones. After a fork the child must not use it (UsageError); it may
/// destroy it.
class Reader {
public:
    /// Opens the ledger and takes over everything durable: the state that was saved last, and what
    /// the journal has after it. Throws StorageError where there is no ledger, or where its
    /// checkpoint is missing, damaged or too far behind (opening it for writing makes that good),
    /// FormatError, CorruptionError, UsageError where this process has it open already.
    static Reader open(const std::filesystem::path& directory, const ReaderOptions& options = {});

    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    /// Makes everything visible that was acknowledged before the call: costs what is new, and of a
    /// segment that the writer has sealed a part at a time. Views that are there stay as they are
    /// until they expire (ReaderOptions::view_age_max). Throws as open() does, and UsageError where
    /// the files were replaced by those of another ledger or the reader has to be opened again;
    /// what was visible before stays so.
    void refresh();
    /// Of what the last refresh() saw, or a feed since; or open(). Not for longer than
    /// ReaderOptions::view_age_max.
    View view() const;
    /// As Ledger::follow. The feed refreshes the reader by itself. It waits by looking at the
    /// journal, at first every 200 microseconds, then ever less often, at last every 5
    /// milliseconds.
    Feed follow(Position after, FeedContent content = FeedContent::entries) const;

    Stats stats() const;

private:
    struct Impl;
    explicit Reader(std::unique_ptr<Impl> impl) noexcept;
    void leave_if_forked() noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
