// Backup, restore, rebuild and verify.
#include "impl.hpp"

#include "core/mutant.hpp"
#include "ledger/storage/child.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/page_check.hpp"

namespace ledger {

namespace {

void require_absent(const std::filesystem::path& directory, const char* what) {
    if (!std::filesystem::exists(directory)) return;
    throw UsageError(std::string(what) + " " + directory.string() +
                     " exists already; choose a directory that does not exist");
}

/// In a child process, because this one may hold the file open.
void verify_pages(const std::filesystem::path& file, VerifyReport& report) {
    if (!report.ok || !std::filesystem::exists(file)) return;
    const auto damage = storage::find_damage("reading " + file.string(),
                                             [&] { storage::check_pages_beside_writer(file); });
    if (!damage) return;
    report.ok = false;
    report.problem = *damage;
}

}  // namespace

/// The checkpoint first: the journal copied after it is at least as new, so the pair opens.
void Ledger::backup(const std::filesystem::path& directory) const {
    impl_->check_usable();
    require_absent(directory, "the backup");
    storage::StagingDirectory staging(directory);
    if (LEDGER_MUTANT(swapped_environments)) impl_->store->backup(staging.path());
    impl_->history->copy_checkpoint_to(staging.path() / history::checkpoint_file_name);
    if (!LEDGER_MUTANT(swapped_environments)) impl_->store->backup(staging.path());
    storage::rename_durably(staging.path(), directory);
}

void Ledger::restore(const std::filesystem::path& backup, const std::filesystem::path& directory) {
    require_absent(directory, "the ledger");
    if (!std::filesystem::exists(backup / journal::journal_file_name)) {
        throw FormatError(backup.string() + " holds no backup: " + journal::journal_file_name +
                          " is missing; check the path");
    }
    storage::StagingDirectory staging(directory);
    for (const char* name : {journal::journal_file_name, history::checkpoint_file_name}) {
        if (!std::filesystem::exists(backup / name)) continue;
        std::filesystem::copy_file(backup / name, staging.path() / name);
        storage::sync_file(staging.path() / name);
    }
    storage::sync_directory(staging.path());
    storage::rename_durably(staging.path(), directory);
}

void Ledger::rebuild(const std::filesystem::path& directory, const Options& options) {
    require_ledger(directory);
    {
        const storage::WriterLock lock(directory / lock_file_name);
        journal::LmdbStoreOptions reading;
        reading.read_only = true;
        journal::LmdbStore::open(directory,
                                 reading);  // throws where there is nothing to rebuild from
        history::discard_checkpoint(directory);
        storage::sync_directory(directory);
    }
    Ledger ledger = open(directory, options);
    ledger.seal();
    ledger.close();
}

VerifyReport Ledger::verify(const std::filesystem::path& directory, bool deep) {
    require_ledger(directory);
    VerifyReport report;
    const journal::Verification found = journal::verify(directory);
    report.ok = !found.damage;
    report.verified_through = {found.head.position};
    report.problem = found.damage.value_or("");
    // What the journal's batches don't show: a page that is taken for free would be written over by
    // the next append.
    verify_pages(directory / journal::journal_file_name, report);
    verify_pages(directory / history::checkpoint_file_name, report);
    if (report.ok && deep) verify_deep(directory, report);
    return report;
}

}  // namespace ledger
