// Loading of catalogs. Invariant: a shelf is taken over by its number alone, because a number's
// content never changes; a block's marks are taken over where number and address show that it is
// the same block.
#include "key_catalog.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/environment.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace ledger::history::sealed {

std::size_t Shelf::locate(u128 key) const noexcept {
    const std::size_t last = least_.size() - 1;
    if (key >= least_[last]) return last;
    // A guess from even spread, then a few steps, then halving.
    const auto distance = static_cast<std::uint64_t>((key - least_[0]) >> shift_);
    std::size_t at = std::min<std::size_t>(distance * scale_ >> 32, last);
    for (int steps = 0; steps < 4; ++steps) {
        if (least_[at] > key) {
            --at;
        } else if (least_[at + 1] <= key) {
            ++at;
        } else {
            return at;
        }
    }
    const auto above = std::upper_bound(least_.begin(), least_.end(), key);
    return static_cast<std::size_t>(above - least_.begin()) - 1;
}

void Shelf::set(std::size_t index, const BlockRecord& record, const std::byte* data) {
    least_[index] = record.least();
    blocks_[index].data = data;
    blocks_[index].number = static_cast<std::uint32_t>(record.id);
    blocks_[index].lines = static_cast<std::uint16_t>(record.lines);
}

void Shelf::finish() noexcept {
    const u128 width = least_.back() - least_.front();
    const std::uint64_t high = high_word(width);
    shift_ = high != 0 ? 96 - std::countl_zero(high)
                       : std::max(0, 32 - std::countl_zero(low_word(width)));
    const auto whole = static_cast<std::uint64_t>(width >> shift_);
    scale_ = whole == 0 ? 0 : ((least_.size() - 1) << 32) / whole;
}

std::size_t KeyRun::shelf_of(u128 key) const noexcept {
    std::size_t begin = 0;
    std::size_t end = shelves.size();
    while (end - begin > 1) {
        const std::size_t middle = begin + (end - begin) / 2;
        (shelves[middle]->least(0) <= key ? begin : end) = middle;
    }
    return begin;
}

namespace {

using Shelves = std::vector<std::shared_ptr<const Shelf>>;

/// Loads one table's runs.
class TableLoader {
public:
    TableLoader(const storage::Transaction& transaction, storage::Database database, KeyTable table,
                const Table* before, std::uint64_t known_numbers);
    std::shared_ptr<const Table> load(Manifest&& manifest);

private:
    Shelves load_run(const RunRecord& run);
    std::shared_ptr<const Shelf> load_shelf(std::uint64_t id, std::size_t first,
                                            const Shelves& replaced);
    Place place(std::uint64_t id) const {
        return {transaction_.environment().path().string(), table_, id};
    }

    const storage::Transaction& transaction_;
    storage::Database database_;
    KeyTable table_;
    const Table* before_;
    std::uint64_t known_numbers_;  // smaller numbers existed when `before` was loaded
    Shelves known_;                // of `before`, by number
};

TableLoader::TableLoader(const storage::Transaction& transaction, storage::Database database,
                         KeyTable table, const Table* before, std::uint64_t known_numbers)
    : transaction_(transaction),
      database_(database),
      table_(table),
      before_(before),
      known_numbers_(known_numbers) {
    if (before == nullptr) return;
    for (const KeyRun& run : before->runs) {
        known_.insert(known_.end(), run.shelves.begin(), run.shelves.end());
    }
    std::sort(known_.begin(), known_.end(),
              [](const auto& a, const auto& b) { return a->id() < b->id(); });
}

std::shared_ptr<const Table> TableLoader::load(Manifest&& manifest) {
    auto table = std::make_shared<Table>();
    table->changed = manifest.changed;
    for (RunRecord& record : manifest.runs) {
        if (record.shelves.empty()) corrupt(place(manifest_key(table_)), "it has a run of nothing");
        table->bounds.push_back({record.least, record.greatest});
        KeyRun& run = table->runs.emplace_back();
        run.shelves = load_run(record);
        run.record = std::move(record);
        run.record.shelves = {};
        if (run.record.skip >= run.shelves.front()->size()) {
            corrupt(place(manifest_key(table_)), "it gives up a whole shelf");
        }
    }
    return table;
}

Shelves TableLoader::load_run(const RunRecord& run) {
    Shelves replaced;  // the run's shelves that `before` had and this one has not
    if (before_ != nullptr) {
        std::vector<std::uint64_t> kept = run.shelves;
        std::sort(kept.begin(), kept.end());
        for (const KeyRun& old : before_->runs) {
            if (old.record.id != run.id) continue;
            std::copy_if(old.shelves.begin(), old.shelves.end(), std::back_inserter(replaced),
                         [&](const auto& shelf) {
                             return !std::binary_search(kept.begin(), kept.end(), shelf->id());
                         });
        }
    }
    Shelves shelves;
    shelves.reserve(run.shelves.size());
    for (const std::uint64_t id : run.shelves) {
        const std::size_t first = shelves.empty() ? run.skip : 0;
        const auto at = std::lower_bound(
            known_.begin(), known_.end(), id,
            [](const auto& shelf, std::uint64_t number) { return shelf->id() < number; });
        // A catalog of a later snapshot may lack blocks that this one still has.
        const bool is_known = at != known_.end() && (*at)->id() == id && (*at)->first() <= first;
        shelves.push_back(is_known ? *at : load_shelf(id, first, replaced));
    }
    return shelves;
}

std::shared_ptr<const Shelf> TableLoader::load_shelf(std::uint64_t id, std::size_t first,
                                                     const Shelves& replaced) {
    const std::vector<BlockRecord> records = read_shelf(transaction_, database_, table_, id);
    auto shelf = std::make_shared<Shelf>(id, records.size(), first);
    for (std::size_t i = 0; i < records.size(); ++i) {
        const BlockRecord& record = records[i];
        const std::byte* data =
            i < first ? nullptr : find_block(transaction_, database_, table_, record);
        shelf->set(i, record, data);
        const BlockInfo& block = shelf->block(i);
        if (data == nullptr) continue;
        if (record.id >= known_numbers_) {
            if (before_ == nullptr) continue;  // all are new: checked when touched first
            check_head(data, record.lines, place(record.id));
            block.checked = BlockInfo::head_checked;
            continue;
        }
        for (const auto& old : replaced) {
            if (old->least(0) > record.least()) continue;
            const BlockInfo& same = old->block(old->locate(record.least()));
            if (same.data == data) block.checked = same.checked.load();
        }
    }
    shelf->finish();
    return shelf;
}

}  // namespace
}  // namespace ledger::history::sealed

namespace ledger::history {

std::shared_ptr<const KeyIndex::Snapshot::Catalog> KeyIndex::Snapshot::Catalog::load(
    const storage::Transaction& transaction, storage::Database database,
    const std::shared_ptr<const Catalog>& before) {
    auto catalog = std::make_shared<Catalog>();
    catalog->root = sealed::read_root(transaction, database);
    for (int i = 0; i < posting::key_tables; ++i) {
        const auto table = static_cast<KeyTable>(i);
        const auto old = before ? before->tables[static_cast<std::size_t>(i)] : nullptr;
        auto manifest = sealed::read_manifest(transaction, database, table, catalog->root);
        if (old && old->changed == manifest.changed) {
            catalog->tables.push_back(old);
            continue;
        }
        sealed::TableLoader loader(transaction, database, table, old.get(),
                                   before ? before->root.next_number : 0);
        catalog->tables.push_back(loader.load(std::move(manifest)));
    }
    return catalog;
}

}  // namespace ledger::history
