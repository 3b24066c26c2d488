// The key index: the sealing thread's calls, and what hands snapshots out. Invariant: nothing is
// kept in memory between two calls that a dropped transaction could make untrue.
#include "ledger/history/key_index.hpp"

#include "key_catalog.hpp"
#include "key_sort.hpp"
#include "key_store.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <utility>

namespace ledger::history {

struct KeyIndex::Impl {
    storage::Database database;
    sealed::Workspace workspace;

    std::mutex mutex;
    std::shared_ptr<const Snapshot::Catalog> newest;  // under the mutex
};

std::vector<storage::DatabaseName> KeyIndex::databases() {
    return {{sealed::database_name, storage::KeyKind::integer}};
}

KeyIndex::KeyIndex(const storage::Environment& environment) : impl_(std::make_unique<Impl>()) {
    impl_->database = environment.database(sealed::database_name);
}

KeyIndex::~KeyIndex() = default;

std::shared_ptr<const KeyIndex::Snapshot> KeyIndex::snapshot(
    std::shared_ptr<const storage::ReadTransaction> transaction) const {
    std::shared_ptr<const Snapshot::Catalog> catalog;
    {
        const std::lock_guard lock(impl_->mutex);
        catalog = impl_->newest;
    }
    const sealed::Root root = sealed::read_root(*transaction, impl_->database);
    if (!catalog || catalog->root.version != root.version) {
        catalog = Snapshot::Catalog::load(*transaction, impl_->database, catalog);
        const std::lock_guard lock(impl_->mutex);
        if (!impl_->newest || impl_->newest->root.version < root.version) impl_->newest = catalog;
    }
    return std::shared_ptr<const Snapshot>(
        new Snapshot(std::move(transaction), std::move(catalog)));
}

std::uint64_t KeyIndex::version(const storage::Transaction& transaction) const {
    return sealed::read_root(transaction, impl_->database).version;
}

void KeyIndex::seal(storage::WriteTransaction& transaction, KeyTable table,
                    std::span<KeyRow> rows) {
    LEDGER_ASSERT(rows.size() <= seal_rows_max);
    if (rows.empty()) return;
    const auto sorted = sealed::sort_rows(rows, impl_->workspace.sorting);
    sealed::KeyStore store(transaction, impl_->database, table);
    sealed::seal_rows(store, sorted, impl_->workspace);
    store.save();
}

namespace {

struct Due {
    KeyTable table{};
    unsigned level = 0;
};

/// The smallest merge of all tables: small ones are cheap and keep the number of runs low.
std::optional<Due> find_due(const storage::Transaction& transaction, storage::Database database) {
    std::optional<Due> due;
    const sealed::Root root = sealed::read_root(transaction, database);
    for (int i = 0; i < posting::key_tables; ++i) {
        const auto table = static_cast<KeyTable>(i);
        const auto level =
            sealed::due_level(sealed::read_manifest(transaction, database, table, root));
        if (level && (!due || *level < due->level)) due = Due{table, *level};
    }
    return due;
}

}  // namespace

bool KeyIndex::step(storage::WriteTransaction& transaction, std::size_t budget) {
    std::size_t used = 0;
    auto due = find_due(transaction, impl_->database);
    while (due && used < budget) {
        sealed::KeyStore store(transaction, impl_->database, due->table);
        used += sealed::merge_some(store, due->level, budget - used, impl_->workspace);
        store.save();
        due = find_due(transaction, impl_->database);
    }
    return due.has_value();
}

bool KeyIndex::has_work(const storage::Transaction& transaction) const {
    return find_due(transaction, impl_->database).has_value();
}

}  // namespace ledger::history
