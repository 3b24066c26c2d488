// Verification in a child process, which tells its parent by memory they share how far it came: that is there even
// when a damaged page kills it.
#include "ledger/core/error.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/storage/child.hpp"
#include "ledger/storage/files.hpp"

#include <string>

namespace ledger::journal {

namespace fs = std::filesystem;

namespace {

/// What the child writes and the parent reads.
struct Progress {
    std::uint64_t batches = 0;
    Head head;
};

void walk(const fs::path& directory, Progress& progress) {
    LmdbStoreOptions options;
    options.read_only = true;
    const auto store = LmdbStore::open(directory, options);
    const Head end = store->head();
    if (end.position == 0) return;
    const Position first = store->reader()->first_position();
    Scan scan(*store, first, Check::checksum, end.position);
    while (const auto batch = scan.next()) {
        const BatchHeader& header = batch->header;
        progress.head = {header.last_position(), header.chain, header.instant};
        ++progress.batches;
    }
}

}  // namespace

Verification verify(const fs::path& directory) {
    storage::length_of(directory / journal_file_name);  // a missing journal is no damage
    const storage::Shared<Progress> progress;
    const storage::ChildEnd end = storage::run_in_child([&] { walk(directory, *progress); });
    using Kind = storage::ChildEnd::Kind;
    if (end.kind == Kind::failure) throw StorageError(end.problem);
    Verification result;
    result.batches = progress->batches;
    result.head = progress->head;
    if (end.kind == Kind::died) {
        result.status = Verification::Status::crashed;
        result.problem = (directory / journal_file_name).string() +
                         ": reading it killed the checking process by " + end.problem +
                         " after position " + std::to_string(result.head.position) +
                         ": pages are damaged; restore a backup";
    } else if (end.kind == Kind::damage) {
        result.status = Verification::Status::damaged;
        result.problem = end.problem;
    }
    return result;
}

}  // namespace ledger::journal
