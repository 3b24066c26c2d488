// Deep verification: a copy of the ledger, its journal replayed, its checkpoint compared with that.
#include "impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/history/verify.hpp"
#include "ledger/storage/child.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"

#include <optional>
#include <string>

namespace ledger {

namespace {

namespace fs = std::filesystem;

/// Checkpoint first, then journal, each in one snapshot: the pair fits.
void copy_files(const fs::path& directory, const fs::path& to) {
    if (fs::exists(directory / history::checkpoint_file_name)) {
        storage::EnvironmentOptions options;
        options.read_only = true;
        storage::Environment(directory / history::checkpoint_file_name, options)
            .copy_to(to / history::checkpoint_file_name);
    }
    journal::LmdbStoreOptions options;
    options.read_only = true;
    journal::LmdbStore::open(directory, options)->backup(to);
}

void compare_copy(const fs::path& copy) {
    journal::LmdbStoreOptions options;
    options.read_only = true;
    const auto store = journal::LmdbStore::open(copy, options);
    history::verify_by_replay(copy, *store);
}

/// Not in the child: OpenSSL takes locks.
std::optional<std::string> compare_proofs(const fs::path& copy) {
    journal::LmdbStoreOptions options;
    options.read_only = true;
    const auto store = journal::LmdbStore::open(copy, options);
    auto broken = engine::verify_anchors(*store);
    if (!broken) broken = engine::verify_digests(*store);
    if (broken) broken = store->place() + ": " + *broken + "; restore a backup";
    return broken;
}

/// What was found in the copy is so in the ledger.
std::string of_original(std::string text, const std::string& copy, const std::string& original) {
    for (std::size_t at = 0; (at = text.find(copy, at)) != std::string::npos;) {
        text.replace(at, copy.size(), original);
        at += original.size();
    }
    return text;
}

}  // namespace

/// In a child process: this one may hold the ledger open, and LMDB must not open a file twice in
/// one process; what is damaged may end the child, not the caller. Costs the room of a copy beside
/// the ledger.
void verify_deep(const fs::path& directory, VerifyReport& report) {
    const storage::StagingDirectory staging(directory);
    std::optional<std::string> damage =
        storage::find_damage("replaying " + directory.string(), [&] {
            copy_files(directory, staging.path());
            compare_copy(staging.path());
        });
    if (!damage) damage = compare_proofs(staging.path());
    if (!damage) return;
    report.ok = false;
    report.problem = of_original(*damage, staging.path().string(), directory.string());
}

}  // namespace ledger
