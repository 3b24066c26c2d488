// Counts the pages of a ledger's files that a query reads, by code that shares nothing with the
// engine: it finds where this process has the files mapped, takes the right to read them away, and
// notes each page at its first fault. Invariant: a page of the files that is read while one of
// these lives, by whichever thread, is counted once in each mapping.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace ledger::test {

/// One at a time in a process, between threads that do not map or unmap files meanwhile. What the
/// kernel reads for a system call (a write from a mapped page) would fail, not be counted; queries
/// make no such call.
class TouchedPages {
public:
    /// Watches the journal and the checkpoint in `directory`, which this process has open. Throws
    /// std::runtime_error where it has not, or where the machine does not let it.
    explicit TouchedPages(const std::filesystem::path& directory);
    /// The files can be read as before.
    ~TouchedPages();
    TouchedPages(const TouchedPages&) = delete;
    TouchedPages& operator=(const TouchedPages&) = delete;

    /// Pages that were read since the construction, as large as the machine has them.
    std::uint64_t journal() const;
    std::uint64_t checkpoint() const;

private:
    struct Watch;
    explicit TouchedPages(std::unique_ptr<Watch> watch);
    std::unique_ptr<Watch> watch_;
};

}  // namespace ledger::test
