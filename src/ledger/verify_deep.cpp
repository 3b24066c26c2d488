// Deep verification: the journal replayed beside the ledger, its balances compared with what views answer.
#include "impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace ledger {

namespace {

namespace fs = std::filesystem;

/// Checkpoint first, then journal, each in one snapshot: the pair opens.
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

/// Copies a ledger beside its writer, in a child: this process may hold it open, and LMDB must not open a file
/// twice in one process; a damaged page may fault the child, not the caller. Returns what went wrong, if anything.
std::string copy_hot(const fs::path& directory, const fs::path& to) {
    int ends[2];
    if (::pipe(ends) != 0) throw StorageError("cannot verify: no pipe; close files and try again");
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        throw StorageError("cannot verify: no child process; raise the limit of processes");
    }
    if (child == 0) {
        int status = 0;
        try {
            copy_files(directory, to);
        } catch (const std::exception& failure) {
            const std::string_view text = failure.what();
            status =
                ::write(ends[1], text.data(), std::min<std::size_t>(text.size(), 1024)) > 0 ? 1 : 2;
        }
        ::_exit(status);
    }
    ::close(ends[1]);
    std::array<char, 1024> text{};
    ssize_t size = 0;
    while ((size = ::read(ends[0], text.data(), text.size())) < 0 && errno == EINTR) {
    }
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (size > 0) return std::string(text.data(), static_cast<std::size_t>(size));
    if (WIFSIGNALED(status)) return "copying " + directory.string() + " was ended by a signal";
    return {};
}

}  // namespace

/// Copies the ledger hot and opens the copy twice: as it stands, and with a checkpoint made anew from the journal;
/// every account's balance and the sums must agree. Costs the room of two copies beside the ledger.
void verify_deep(const std::filesystem::path& directory, VerifyReport& report) {
    storage::StagingDirectory staging(directory);
    const fs::path as_is = staging.path() / "as-is";
    const fs::path anew = staging.path() / "anew";
    fs::create_directory(as_is);
    fs::create_directory(anew);
    if (const std::string failure = copy_hot(directory, as_is); !failure.empty()) {
        report.ok = false;
        report.problem = failure + "; rebuild the checkpoint, or restore a backup";
        return;
    }
    fs::copy_file(as_is / journal::journal_file_name, anew / journal::journal_file_name);
    if (const auto broken = engine::verify_anchors(*journal::LmdbStore::open(anew, {}))) {
        report.ok = false;
        report.problem = *broken + " in " + (directory / journal::journal_file_name).string() +
                         "; restore a backup";
        return;
    }
    const Ledger left = Ledger::open(as_is);
    const Ledger right = Ledger::open(anew);
    // As of the end of the copied journal: each copy may have journaled holds that expired since.
    const Position through = std::min(left.view().position(), right.view().position());
    const View one = left.view().at(through);
    const View two = right.view().at(through);
    const auto differs = [&](const std::string& what) {
        report.ok = false;
        report.problem = what + " differs between " +
                         (directory / history::checkpoint_file_name).string() +
                         " and a replay of the journal; rebuild the checkpoint";
    };
    PageRequest page{1000, false, {}};
    do {
        const Page<AccountInfo> some = two.accounts("", page);
        for (const AccountInfo& account : some.items) {
            if (one.balance(account.id) != two.balance(account.id)) {
                return differs("the balance of account " + to_string(account.id));
            }
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
    for (const TrialSum& sum : two.trial_sums()) {
        if (sum.balanced) continue;
        report.ok = false;
        report.problem = "debits and credits of book " + std::to_string(sum.book.number) + " in " +
                         std::string(sum.currency.text()) + " differ: " + sum.debits + " and " +
                         sum.credits;
        return;
    }
}

}  // namespace ledger
