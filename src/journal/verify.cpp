// Verification in a child process, which tells its parent by memory they share how far it came:
// that is there even when a damaged page kills it.
#include "journal/lmdb_file.hpp"
#include "ledger/core/error.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/storage/child.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/writer_lock.hpp"

#include <utility>

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
    const fs::path file = directory / journal_file_name;
    storage::length_of(file);  // a missing journal is no damage
    const storage::Shared<Progress> progress;
    auto damage = storage::find_damage("reading " + file.string(), [&] {
        walk(directory, *progress);
        // A writer changes the heads, and looked at them when it began.
        if (!storage::WriterLock::is_held(file)) detail::check_heads(file);
    });
    return {std::move(damage), progress->batches, progress->head};
}

}  // namespace ledger::journal
