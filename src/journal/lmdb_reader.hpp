// A pinned snapshot of a journal file. Invariant: what it gives out lies in the mapping of its own
// read transaction and stays valid until that ends.
#pragma once

#include "journal/checked_batches.hpp"
#include "journal/lmdb_file.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ledger::journal::detail {

class LmdbReader final : public Reader {
public:
    /// Environment, tables and what was checked must outlive it.
    LmdbReader(storage::Environment& environment, const JournalTables& tables,
               CheckedBatches& checked);

    Head head() override;
    Position first_position() override;
    std::optional<BatchView> find(Position position, Check check) override;
    std::optional<BatchView> find_instant(Instant instant, Check check) override;
    void refresh() override;
    void release() noexcept override;

private:
    storage::Cursor& cursor();
    BatchView at_cursor(Check check);

    const JournalTables& tables_;
    CheckedBatches& checked_;
    std::string place_;
    storage::ReadTransaction transaction_;
    std::optional<storage::Cursor> cursor_;
    // The batch found last, for the next question about it, and how well it was checked.
    std::optional<BatchView> found_;
    Check found_check_ = Check::header;
};

}  // namespace ledger::journal::detail
