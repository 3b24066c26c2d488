// Where sealed rows go. Invariant: the blocks of a run stay in order and apart, whether a run grows
// at its end (ids that rise with time), at its beginning (ids that fall) or begins with these rows.
#include "key_store.hpp"

#include "ledger/core/assert.hpp"

#include <algorithm>

namespace ledger::history::sealed {
namespace {

/// A run that takes rows[begin, end) at one of its ends.
struct Home {
    std::size_t run = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    bool at_front = false;
    bool found() const noexcept { return begin != end; }
};

/// Ids that rise with time come in order but for a few: clients overlap where one seal ends, and
/// some come late. So a run may take the rows beyond its end when that is nearly all of them, and
/// the rest goes elsewhere. Of several runs the one that reaches farthest.
Home choose_home(const std::vector<RunRecord>& runs, std::span<const KeyRow> rows) {
    const std::size_t enough = rows.size() - rows.size() / 8;
    Home after;
    Home before;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const RunRecord& run = runs[i];
        if (run.role != Role::idle) continue;
        const auto beyond = static_cast<std::size_t>(
            std::partition_point(rows.begin(), rows.end(),
                                 [&](const KeyRow& row) { return row.key() <= run.greatest; }) -
            rows.begin());
        if (rows.size() - beyond >= enough &&
            (!after.found() || runs[after.run].greatest < run.greatest)) {
            after = {i, beyond, rows.size(), false};
        }
        const auto below = static_cast<std::size_t>(
            std::partition_point(rows.begin(), rows.end(),
                                 [&](const KeyRow& row) { return row.key() < run.least; }) -
            rows.begin());
        if (below >= enough && (!before.found() || run.least < runs[before.run].least)) {
            before = {i, 0, below, true};
        }
    }
    return after.found() ? after : before;
}

/// How many blocks at the end of `records` (or the beginning) are written anew together with
/// `incoming` rows: small ones, and none that is much bigger than what joins it, so that a row is
/// written anew only a logarithm of times.
std::size_t blocks_to_absorb(std::span<const BlockRecord> records, std::size_t incoming,
                             bool at_front) {
    std::size_t count = 0;
    std::size_t absorbed = 0;
    while (count < records.size()) {
        const BlockRecord& next = records[at_front ? count : records.size() - 1 - count];
        if (next.rows >= block_rows_max / 2 || next.rows / 4 > incoming + absorbed ||
            absorbed + next.rows > block_rows_max) {
            break;
        }
        absorbed += next.rows;
        ++count;
    }
    return count;
}

void take_rows(KeyStore& store, std::span<const BlockRecord> records, std::vector<KeyRow>& into) {
    into.clear();
    for (const BlockRecord& record : records) {
        store.check(record);
        const auto rows = rows_of(store.block(record), record.lines, record.rows);
        into.insert(into.end(), rows.begin(), rows.end());
    }
    for (const BlockRecord& record : records) store.erase(record.id);
}

void extend(KeyStore& store, RunRecord& run, std::span<const KeyRow> rows, bool at_front,
            Workspace& workspace) {
    std::vector<BlockRecord> records;
    if (!run.shelves.empty()) {
        const auto edge = at_front ? run.shelves.begin() : run.shelves.end() - 1;
        records = store.shelf(*edge);
        store.erase(*edge);
        run.shelves.erase(edge);
    }
    const std::size_t absorb = blocks_to_absorb(records, rows.size(), at_front);
    const std::size_t keep = records.size() - absorb;
    const std::span all(records);
    take_rows(store, at_front ? all.first(absorb) : all.last(absorb), workspace.absorbed);

    BlockBuilder builder(store, workspace.block);
    if (!at_front) builder.add(workspace.absorbed);
    builder.add(rows);
    if (at_front) builder.add(workspace.absorbed);
    builder.flush();

    std::vector<BlockRecord> after = builder.records();
    const auto kept = at_front ? all.last(keep) : all.first(keep);
    after.insert(at_front ? after.end() : after.begin(), kept.begin(), kept.end());
    const auto shelves = store.put_shelves(after);
    run.shelves.insert(at_front ? run.shelves.begin() : run.shelves.end(), shelves.begin(),
                       shelves.end());
    run.least = run.rows == 0 ? rows.front().key() : std::min(run.least, rows.front().key());
    run.greatest = std::max(run.greatest, rows.back().key());
    run.rows += rows.size();
    run.blocks = run.blocks - absorb + builder.records().size();
}

}  // namespace

void seal_rows(KeyStore& store, std::span<const KeyRow> rows, Workspace& workspace) {
    if (rows.empty()) return;
    std::vector<RunRecord>& runs = store.manifest().runs;
    const Home home = choose_home(runs, rows);
    if (!home.found()) {
        runs.emplace_back();
        runs.back().id = store.take_number();
        extend(store, runs.back(), rows, false, workspace);
        return;
    }
    extend(store, runs[home.run], rows.subspan(home.begin, home.end - home.begin), home.at_front,
           workspace);
    seal_rows(store, rows.first(home.begin), workspace);  // at most one row in eight is left
    seal_rows(store, rows.subspan(home.end), workspace);
}

}  // namespace ledger::history::sealed
