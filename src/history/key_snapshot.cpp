// Queries of sealed keys. Invariant: a filter or row is believed only after its checksum was, once
// for as long as the block is known.
#include "key_catalog.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ledger::history {
namespace {

using sealed::BlockInfo;
using sealed::KeyRun;
using sealed::Table;

/// Checks blocks as they are touched.
class Checker {
public:
    Checker(const storage::Transaction& transaction, KeyTable table)
        : transaction_(transaction), table_(table) {}

    void head(const BlockInfo& block) const {
        if (!block.has(BlockInfo::head_checked)) [[unlikely]]
            check_head(block);
    }
    void rows(const BlockInfo& block) const {
        if (!block.has(BlockInfo::rows_checked)) [[unlikely]]
            check_rows(block);
    }
    sealed::Place place(const BlockInfo& block) const {
        return {transaction_.environment().path().string(), table_,
                sealed::header_of(block.data).id};
    }

    void check_head(const BlockInfo& block) const {
        sealed::check_head(block.data, block.lines, place(block));
        if (static_cast<std::uint32_t>(place(block).id) != block.number) {
            sealed::corrupt(place(block), "another block is where its shelf looks for it");
        }
        block.checked.fetch_or(BlockInfo::head_checked, std::memory_order_release);
    }

private:
    void check_rows(const BlockInfo& block) const {
        head(block);
        sealed::check_rows(block.data, place(block));
        block.checked.fetch_or(BlockInfo::rows_checked, std::memory_order_release);
    }

    const storage::Transaction& transaction_;
    KeyTable table_;
};

/// A place between the rows of a run.
class RunPlace {
public:
    RunPlace(const KeyRun& run, const Checker& checker) : run_(&run), checker_(&checker) {}

    /// Goes before the first row that is not below `target`.
    void seek(const KeyRow& target);
    /// The row after the place, or null; the row before it, or null.
    const KeyRow* after();
    const KeyRow* before();
    void step_forward() noexcept { ++row_; }
    void step_back() noexcept { --row_; }

private:
    const BlockInfo& block() const noexcept { return run_->shelves[shelf_]->block(block_); }
    KeyRow first_row(std::size_t shelf, std::size_t block) const;
    bool next_block();
    bool previous_block();

    const KeyRun* run_;
    const Checker* checker_;
    std::size_t shelf_ = 0;
    std::size_t block_ = 0;
    std::size_t row_ = 0;
};

KeyRow RunPlace::first_row(std::size_t shelf, std::size_t block) const {
    const BlockInfo& info = run_->shelves[shelf]->block(block);
    checker_->rows(info);
    return info.rows().front();
}

void RunPlace::seek(const KeyRow& target) {
    // The last block whose first row is at or below the target; blocks that begin with the same key
    // are told apart by the row itself.
    const u128 key = target.key();
    const auto is_above = [&](std::size_t shelf, std::size_t block) {
        const u128 least = run_->shelves[shelf]->least(block);
        return least > key || (least == key && target < first_row(shelf, block));
    };
    std::size_t begin = 0;
    std::size_t end = run_->shelves.size();
    while (end - begin > 1) {
        const std::size_t middle = begin + (end - begin) / 2;
        (is_above(middle, 0) ? end : begin) = middle;
    }
    shelf_ = begin;
    begin = shelf_ == 0 ? run_->record.skip : 0;
    end = run_->shelves[shelf_]->size();
    while (end - begin > 1) {
        const std::size_t middle = begin + (end - begin) / 2;
        (is_above(shelf_, middle) ? end : begin) = middle;
    }
    block_ = begin;
    checker_->rows(block());
    row_ = sealed::lower_bound(block().rows(), target);
}

bool RunPlace::next_block() {
    if (block_ + 1 < run_->shelves[shelf_]->size()) {
        ++block_;
    } else if (shelf_ + 1 < run_->shelves.size()) {
        ++shelf_;
        block_ = 0;
    } else {
        return false;
    }
    checker_->rows(block());
    row_ = 0;
    return true;
}

bool RunPlace::previous_block() {
    if (block_ > (shelf_ == 0 ? run_->record.skip : 0)) {
        --block_;
    } else if (shelf_ > 0) {
        --shelf_;
        block_ = run_->shelves[shelf_]->size() - 1;
    } else {
        return false;
    }
    checker_->rows(block());
    row_ = block().rows().size();
    return true;
}

const KeyRow* RunPlace::after() {
    if (row_ == block().rows().size() && !next_block()) return nullptr;
    return &block().rows()[row_];
}

const KeyRow* RunPlace::before() {
    if (row_ == 0 && !previous_block()) return nullptr;
    return &block().rows()[row_ - 1];
}

/// Whether the run may have the key, by the filter of the block where its rows end.
bool may_have(const KeyRun& run, u128 key, std::uint64_t hash, const Checker& checker) {
    const BlockInfo& block = run.locate(key);
    checker.head(block);
    return sealed::may_hold(sealed::line_of(block.data, block.lines, hash), hash);
}

/// Places in every run that may have the key, each before its first row at or above `target`.
std::vector<RunPlace> places_of(const Table& table, const KeyRow& target, const Checker& checker) {
    std::vector<RunPlace> places;
    const u128 key = target.key();
    const std::uint64_t hash = mix(key);
    table.for_each_candidate(key, [&](const KeyRun& run) {
        if (!may_have(run, key, hash, checker)) return;
        places.emplace_back(run, checker).seek(target);
    });
    return places;
}

}  // namespace

KeyIndex::Snapshot::Snapshot(std::shared_ptr<const storage::ReadTransaction> transaction,
                             std::shared_ptr<const Catalog> catalog) noexcept
    : transaction_(std::move(transaction)), catalog_(std::move(catalog)) {}

KeyIndex::Snapshot::~Snapshot() = default;

void KeyIndex::Snapshot::prefetch(KeyTable table, u128 key) const noexcept {
    const std::uint64_t hash = mix(key);
    catalog_->table(table).for_each_candidate(key, [&](const KeyRun& run) {
        const BlockInfo& block = run.locate(key);
        __builtin_prefetch(sealed::line_of(block.data, block.lines, hash));
    });
}

Position KeyIndex::Snapshot::find(KeyTable table, u128 key) const {
    const Checker checker(*transaction_, table);
    const std::uint64_t hash = mix(key);
    Position newest;
    catalog_->table(table).for_each_candidate(key, [&](const KeyRun& run) {
        const BlockInfo& block = run.locate(key);
        checker.head(block);
        if (!sealed::may_hold(sealed::line_of(block.data, block.lines, hash), hash)) [[likely]] {
            return;
        }
        checker.rows(block);
        const auto rows = block.rows();
        const std::size_t end = sealed::lower_bound(rows, {key, Position{UINT64_MAX}});
        if (end != 0 && rows[end - 1].key() == key) {
            newest = std::max(newest, rows[end - 1].position());
        }
    });
    return newest;
}

std::size_t KeyIndex::Snapshot::newest_first(KeyTable table, u128 key, Position limit,
                                             std::span<Position> page) const {
    const Checker checker(*transaction_, table);
    if (limit.value == UINT64_MAX) --limit.value;  // no row has it
    auto places = places_of(catalog_->table(table), {key, limit + 1}, checker);
    std::size_t filled = 0;
    while (filled < page.size()) {
        Position newest;
        for (RunPlace& place : places) {
            const KeyRow* row = place.before();
            if (row != nullptr && row->key() == key) newest = std::max(newest, row->position());
        }
        if (!newest) break;
        page[filled++] = newest;
        for (RunPlace& place : places) {  // an unfinished merge has some rows twice
            const KeyRow* row = place.before();
            if (row != nullptr && *row == KeyRow(key, newest)) place.step_back();
        }
    }
    return filled;
}

std::size_t KeyIndex::Snapshot::oldest_first(KeyTable table, u128 key, Position from,
                                             std::span<Position> page) const {
    const Checker checker(*transaction_, table);
    auto places = places_of(catalog_->table(table), {key, from}, checker);
    std::size_t filled = 0;
    while (filled < page.size()) {
        Position oldest{UINT64_MAX};
        for (RunPlace& place : places) {
            const KeyRow* row = place.after();
            if (row != nullptr && row->key() == key) oldest = std::min(oldest, row->position());
        }
        if (oldest.value == UINT64_MAX) break;
        page[filled++] = oldest;
        for (RunPlace& place : places) {
            const KeyRow* row = place.after();
            if (row != nullptr && *row == KeyRow(key, oldest)) place.step_forward();
        }
    }
    return filled;
}

std::size_t KeyIndex::Snapshot::rows_from(KeyTable table, KeyRow from,
                                          std::span<KeyRow> page) const {
    const Checker checker(*transaction_, table);
    std::vector<RunPlace> places;
    for (const KeyRun& run : catalog_->table(table).runs) {
        if (run.record.greatest < from.key()) continue;
        places.emplace_back(run, checker).seek(from);
    }
    std::size_t filled = 0;
    while (filled < page.size()) {
        const KeyRow* least = nullptr;
        for (RunPlace& place : places) {
            const KeyRow* row = place.after();
            if (row != nullptr && (least == nullptr || *row < *least)) least = row;
        }
        if (least == nullptr) break;
        page[filled++] = *least;
        const KeyRow taken = *least;
        for (RunPlace& place : places) {
            const KeyRow* row = place.after();
            if (row != nullptr && *row == taken) place.step_forward();
        }
    }
    return filled;
}

KeyTableFacts KeyIndex::Snapshot::facts(KeyTable table) const {
    KeyTableFacts facts;
    for (const KeyRun& run : catalog_->table(table).runs) {
        facts.rows += run.record.rows;
        facts.runs += 1;
        facts.blocks += run.record.blocks;
        facts.merging += run.record.role != sealed::Role::idle;
    }
    return facts;
}

namespace {

/// Reads one run from end to end. Gives how many rows it has.
std::uint64_t verify_run(const KeyRun& run, const Checker& checker) {
    std::uint64_t count = 0;
    KeyRow last;  // below all rows
    u128 least = run.record.least;
    for (std::size_t s = 0; s < run.shelves.size(); ++s) {
        for (std::size_t b = s == 0 ? run.record.skip : 0; b < run.shelves[s]->size(); ++b) {
            const BlockInfo& block = run.shelves[s]->block(b);
            const sealed::Place place = checker.place(block);
            checker.check_head(block);
            sealed::check_rows(block.data, place);
            const auto rows = block.rows();
            if (rows.front().key() != run.shelves[s]->least(b) || rows.front().key() < least) {
                sealed::corrupt(place, "its least key is not the one its shelf says");
            }
            for (const KeyRow& row : rows) {
                if (!(last < row)) sealed::corrupt(place, "its rows are out of order");
                const std::uint64_t hash = mix(row.key());
                if (!sealed::may_hold(sealed::line_of(block.data, block.lines, hash), hash)) {
                    sealed::corrupt(place, "its filter misses a key");
                }
                last = row;
            }
            count += rows.size();
            least = 0;
        }
    }
    if (last.key() != run.record.greatest) {
        sealed::corrupt(checker.place(run.shelves.back()->block(0)),
                        "its run does not end with the key the manifest says");
    }
    return count;
}

}  // namespace

void KeyIndex::Snapshot::verify() const {
    for (int i = 0; i < posting::key_tables; ++i) {
        const auto table = static_cast<KeyTable>(i);
        const Checker checker(*transaction_, table);
        for (const KeyRun& run : catalog_->table(table).runs) {
            const std::uint64_t count = verify_run(run, checker);
            // Of an input, rows that the output has taken over are still there.
            const bool holds = run.record.role == sealed::Role::input ? count >= run.record.rows
                                                                      : count == run.record.rows;
            if (!holds) {
                sealed::corrupt({transaction_->environment().path().string(), table,
                                 sealed::manifest_key(table)},
                                "it counts other rows than its run has");
            }
        }
    }
}

}  // namespace ledger::history
