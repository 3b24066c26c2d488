// Merging of runs in bounded steps. Invariants: a step ends where the output's last block ends, so
// the manifest says all there is to know of an unfinished merge; each row is at any commit in an
// input or in the output (rows of a block that is half taken over are in both, and queries count a
// row once); a block is given up only when all its rows are in the output.
#include "key_store.hpp"

#include "ledger/core/assert.hpp"

#include <algorithm>
#include <array>

namespace ledger::history::sealed {
namespace {

constexpr std::size_t runs_to_merge = 4;  // of one level make a merge due
constexpr std::size_t inputs_max = 8;     // more of them wait for the next merge
constexpr std::size_t move_cost = 64;     // rows of budget that a block takes which is not copied
constexpr std::size_t big_enough = block_rows_max / 2;  // for a block to stay as it is

struct Input {
    std::size_t run = 0;  // index in the manifest
    std::vector<BlockRecord> records;
    std::size_t block = 0;
    const KeyRow* at = nullptr;  // in the rows of that block
    const KeyRow* end = nullptr;
    std::size_t offset = 0;  // of `at`, while the address may change
    bool live = false;

    const BlockRecord& record() const noexcept { return records[block]; }
};

/// Where an input is read, and the row there in registers' reach.
struct Head {
    u128 key = ~u128{0};
    std::uint64_t position = UINT64_MAX;
    const KeyRow* at = nullptr;
    const KeyRow* end = nullptr;

    Head() = default;  // above every row
    Head(const KeyRow* first, const KeyRow* last) : at(first), end(last) { load(); }
    void load() noexcept {
        key = at->key();
        position = at->position_value;
    }
    /// Without branches: which input comes next can't be predicted.
    bool is_below(const Head& other) const noexcept {
        return static_cast<int>(key < other.key) |
               (static_cast<int>(key == other.key) & static_cast<int>(position < other.position));
    }
};

/// Merges the first `count` heads' rows, through a tournament of `leaves` places, until `out_end`
/// is reached or one of them ends. A row that equals the one before it, `last` to begin with, is
/// left out. Returns the end of what was written.
template <unsigned leaves>
KeyRow* merge_rows(std::array<Head, inputs_max>& heads, std::size_t count, KeyRow* out,
                   KeyRow* const out_end, KeyRow& last) {
    static_assert(leaves <= inputs_max);
    for (std::size_t i = count; i < leaves; ++i) heads[i] = Head();
    std::array<std::uint32_t, 2 * leaves> winner;
    const auto play = [&](unsigned node) {
        const std::uint32_t left = winner[2 * node];
        const std::uint32_t right = winner[2 * node + 1];
        winner[node] = heads[right].is_below(heads[left]) ? right : left;
    };
    for (unsigned i = 0; i < leaves; ++i) winner[leaves + i] = i;
    for (unsigned node = leaves - 1; node >= 1; --node) play(node);
    while (out != out_end) {
        const std::uint32_t least = winner[1];
        Head& head = heads[least];
        const KeyRow row(head.key, {head.position});
        *out = row;
        out += row == last ? 0 : 1;
        last = row;
        if (++head.at == head.end) break;
        head.load();
        for (unsigned node = (leaves + least) / 2; node >= 1; node /= 2) play(node);
    }
    return out;
}

KeyRow* copy_rows(Head& head, KeyRow* out, KeyRow* const out_end, KeyRow& last) {
    if (*head.at == last) ++head.at;
    const auto count = std::min(head.end - head.at, out_end - out);
    out = std::copy_n(head.at, count, out);
    head.at += count;
    if (count != 0) last = out[-1];
    return out;
}

class Merge {
public:
    Merge(KeyStore& store, unsigned level, Workspace& workspace);
    std::size_t run(std::size_t budget);
    /// Writes back what the inputs have left and the output has won.
    void finish();

private:
    void begin();
    void open(Input& input);
    void advance(Input& input, std::size_t skipped_rows, bool moved);
    bool step_block();
    Input* least_live();
    bool can_move(const Input& candidate) const;
    void flush();
    void fill();
    RunRecord& run_of(const Input& input) { return store_->manifest().runs[input.run]; }

    KeyStore* store_;
    unsigned level_;
    Workspace* workspace_;
    BlockBuilder builder_;
    std::vector<Input> inputs_;
    std::size_t output_ = 0;
    std::vector<std::uint64_t> given_up_;
    KeyRow
        last_;  // the newest row of the output; position 0, as no row has it, while there is none
    std::size_t used_ = 0;
    std::uint64_t rows_won_ = 0;
};

Merge::Merge(KeyStore& store, unsigned level, Workspace& workspace)
    : store_(&store), level_(level), workspace_(&workspace), builder_(store, workspace.block) {
    auto& runs = store.manifest().runs;
    const auto belongs = [&](const RunRecord& run, Role role) {
        return run.role == role && run.level == level;
    };
    if (std::none_of(runs.begin(), runs.end(),
                     [&](const RunRecord& run) { return belongs(run, Role::output); })) {
        begin();
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (belongs(runs[i], Role::output)) output_ = i;
        if (belongs(runs[i], Role::input)) inputs_.emplace_back().run = i;
    }
    if (!runs[output_].shelves.empty()) {
        const BlockRecord newest = store.shelf(runs[output_].shelves.back()).back();
        store.check(newest);
        last_ = rows_of(store.block(newest), newest.lines, newest.rows).back();
    }
    for (Input& input : inputs_) {
        const RunRecord& run = run_of(input);
        input.records = store.shelf(run.shelves.front());
        input.block = run.skip;
        input.live = true;
        open(input);
        const std::span rows(input.at, input.end);
        std::size_t done = lower_bound(rows, last_);
        if (done < rows.size() && rows[done] == last_) ++done;
        input.at += done;
        input.offset = done;
        if (input.at == input.end) advance(input, 0, false);
    }
}

void Merge::begin() {
    auto& runs = store_->manifest().runs;
    std::size_t count = 0;
    for (RunRecord& run : runs) {
        if (run.role != Role::idle || level_of(run.rows) != level_ || count == inputs_max) continue;
        run.role = Role::input;
        run.level = static_cast<std::uint8_t>(level_);
        ++count;
    }
    LEDGER_ASSERT(count >= 2);
    RunRecord output;
    output.id = store_->take_number();
    output.role = Role::output;
    output.level = static_cast<std::uint8_t>(level_);
    runs.push_back(std::move(output));
}

/// Finds the rows of the input's current block, from `offset` on, after checking them once.
void Merge::open(Input& input) {
    const BlockRecord& record = input.record();
    auto& checked = workspace_->checked;
    if (std::find(checked.begin(), checked.end(), record.id) == checked.end()) {
        store_->check(record);
        checked[workspace_->next_checked++ % checked.size()] = record.id;
    }
    const auto rows = rows_of(store_->block(record), record.lines, record.rows);
    input.at = rows.data() + input.offset;
    input.end = rows.data() + rows.size();
}

/// The input's block is done with: goes on to its next one.
void Merge::advance(Input& input, std::size_t skipped_rows, bool moved) {
    RunRecord& run = run_of(input);
    run.rows -= skipped_rows;
    if (!moved) given_up_.push_back(input.record().id);
    --run.blocks;
    input.offset = 0;
    if (++input.block == input.records.size()) {
        given_up_.push_back(run.shelves.front());
        run.shelves.erase(run.shelves.begin());
        input.live = !run.shelves.empty();
        if (!input.live) return;
        input.records = store_->shelf(run.shelves.front());
        input.block = 0;
    }
    open(input);
}

Input* Merge::least_live() {
    Input* least = nullptr;
    for (Input& input : inputs_) {
        if (input.live && (least == nullptr || *input.at < *least->at)) least = &input;
    }
    return least;
}

/// Whether the block ahead can change hands: untouched, big, apart from all other inputs, and not
/// leaving a small block before it.
bool Merge::can_move(const Input& candidate) const {
    if (candidate.offset != 0 || candidate.record().rows < big_enough) return false;
    if (builder_.pending() != 0 && builder_.pending() < big_enough) return false;
    const u128 greatest = candidate.record().greatest();
    return std::all_of(inputs_.begin(), inputs_.end(), [&](const Input& other) {
        return &other == &candidate || !other.live || greatest < other.at->key();
    });
}

void Merge::flush() {
    builder_.flush();
    // A change of the store: what was read from it may lie elsewhere now.
    for (Input& input : inputs_) {
        if (input.live) open(input);
    }
}

/// Merges rows into the pending block until it is full or an input's block is done with.
void Merge::fill() {
    std::array<Input*, inputs_max> live;
    std::array<Head, inputs_max> heads;
    std::size_t count = 0;
    for (Input& input : inputs_) {
        if (!input.live) continue;
        heads[count] = Head(input.at, input.end);
        live[count++] = &input;
    }
    KeyRow* const out_end = builder_.tail() + builder_.room();
    KeyRow* const out = count == 1   ? copy_rows(heads[0], builder_.tail(), out_end, last_)
                        : count == 2 ? merge_rows<2>(heads, count, builder_.tail(), out_end, last_)
                        : count <= 4 ? merge_rows<4>(heads, count, builder_.tail(), out_end, last_)
                                     : merge_rows<8>(heads, count, builder_.tail(), out_end, last_);
    for (std::size_t i = 0; i < count; ++i) {  // a step may end here: leave none of what was taken
        if (heads[i].at != heads[i].end && *heads[i].at == last_) ++heads[i].at;
    }
    const auto won = static_cast<std::size_t>(out - builder_.tail());
    builder_.commit_rows(won);
    rows_won_ += won;
    used_ += won;
    for (std::size_t i = 0; i < count; ++i) {
        Input& input = *live[i];
        const auto taken = static_cast<std::size_t>(heads[i].at - input.at);
        run_of(input).rows -= taken;
        input.at = heads[i].at;
        input.offset += taken;
    }
    if (builder_.room() == 0) flush();
    for (std::size_t i = 0; i < count; ++i) {
        if (live[i]->at == live[i]->end) advance(*live[i], 0, false);
    }
}

std::size_t Merge::run(std::size_t budget) {
    while (Input* least = least_live()) {
        if (used_ >= budget && builder_.pending() == 0) break;
        if (!can_move(*least)) {
            fill();
            continue;
        }
        if (builder_.pending() != 0) flush();
        const BlockRecord record = least->record();
        builder_.add_block(record);
        last_ = least->end[-1];
        rows_won_ += record.rows;
        used_ += move_cost;
        advance(*least, record.rows, true);
    }
    builder_.flush();
    return used_;
}

void Merge::finish() {
    auto& runs = store_->manifest().runs;
    RunRecord& output = runs[output_];
    if (!builder_.records().empty()) {
        std::vector<BlockRecord> records;
        if (!output.shelves.empty()) {
            records = store_->shelf(output.shelves.back());
            given_up_.push_back(output.shelves.back());
            output.shelves.pop_back();
        }
        if (output.rows == 0) output.least = builder_.records().front().least();
        output.greatest = builder_.records().back().greatest();
        output.rows += rows_won_;
        output.blocks += builder_.records().size();
        records.insert(records.end(), builder_.records().begin(), builder_.records().end());
        const auto shelves = store_->put_shelves(records);
        output.shelves.insert(output.shelves.end(), shelves.begin(), shelves.end());
    }
    for (const std::uint64_t number : given_up_) store_->erase(number);
    bool done = true;
    for (const Input& input : inputs_) {
        if (!input.live) continue;
        done = false;
        runs[input.run].skip = static_cast<std::uint32_t>(input.block);
        runs[input.run].least = input.record().least();
    }
    if (done) output.role = Role::idle;
    std::erase_if(runs, [](const RunRecord& run) { return run.shelves.empty(); });
}

}  // namespace

std::optional<unsigned> due_level(const Manifest& manifest) noexcept {
    constexpr unsigned levels = 32;
    std::array<std::size_t, levels> idle{};
    std::optional<unsigned> due;
    const auto consider = [&](unsigned level) { due = due ? std::min(*due, level) : level; };
    for (const RunRecord& run : manifest.runs) {
        if (run.role == Role::output) consider(run.level);
        if (run.role == Role::idle && ++idle[level_of(run.rows)] == runs_to_merge) {
            consider(level_of(run.rows));
        }
    }
    return due;
}

std::size_t merge_some(KeyStore& store, unsigned level, std::size_t budget, Workspace& workspace) {
    Merge merge(store, level, workspace);
    const std::size_t used = merge.run(std::max<std::size_t>(budget, 1));
    merge.finish();
    return std::max<std::size_t>(used, move_cost);
}

}  // namespace ledger::history::sealed
