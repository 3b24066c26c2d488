// Deep verification: the journal replayed beside the ledger, its balances compared with what views answer.
#include "impl.hpp"

#include "ledger/storage/files.hpp"

#include <cstdlib>

namespace ledger {

/// Opens a hot copy of the ledger twice: as it stands, and with a checkpoint made anew from the journal; every
/// account's balance, the sums and the head must agree. Costs the room of two copies beside the ledger.
void verify_deep(const std::filesystem::path& directory, VerifyReport& report) {
    storage::StagingDirectory staging(directory);
    const std::filesystem::path as_is = staging.path() / "as-is";
    const std::filesystem::path anew = staging.path() / "anew";
    for (const auto& copy : {as_is, anew}) {
        std::filesystem::create_directory(copy);
        if (copy == as_is && std::filesystem::exists(directory / history::checkpoint_file_name)) {
            std::filesystem::copy_file(directory / history::checkpoint_file_name,
                                       copy / history::checkpoint_file_name);
        }
        std::filesystem::copy_file(directory / journal::journal_file_name,
                                   copy / journal::journal_file_name);
    }
    if (const auto broken = engine::verify_anchors(*journal::LmdbStore::open(anew, {}))) {
        report.ok = false;
        report.problem = *broken + " in " + (directory / journal::journal_file_name).string() +
                         "; restore a backup";
        return;
    }
    const Ledger left = Ledger::open(as_is);
    const Ledger right = Ledger::open(anew);
    const View one = left.view();
    const View two = right.view();
    const auto differs = [&](const std::string& what) {
        report.ok = false;
        report.problem = what + " differs between " +
                         (directory / history::checkpoint_file_name).string() +
                         " and a replay of the journal; rebuild the checkpoint";
    };
    if (one.position() != two.position()) return differs("the head");
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
