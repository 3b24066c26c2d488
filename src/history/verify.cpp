// See verify.hpp. The replay goes segment by segment: what the records of one leave behind is
// sorted as sealing sorts it and compared with what is stored, then forgotten.
#include "ledger/history/verify.hpp"

#include "history/checkpoint.hpp"
#include "history/entry_order.hpp"
#include "history/no_past.hpp"
#include "history/segments_impl.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/history/replay.hpp"
#include "ledger/posting/machine.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ledger::history {

namespace {

using posting::KeyFact;

/// Of a key table, for messages.
std::string name_of(KeyTable table) {
    static constexpr std::array<const char*, posting::key_tables> names = {"record ids",
                                                                           "orders",
                                                                           "reversals",
                                                                           "holds",
                                                                           "items",
                                                                           "accounts",
                                                                           "codes",
                                                                           "holds of accounts",
                                                                           "items of accounts",
                                                                           "corrections",
                                                                           "definitions",
                                                                           "voucher numbers",
                                                                           "days concerned",
                                                                           "late vouchers"};
    return names.at(static_cast<std::size_t>(table));
}

/// The journal applied from its first record on, by a machine of its own.
class WholeReplay {
public:
    explicit WholeReplay(const journal::Store& store)
        : replay_(store, machine, {}), end_{store.head().position} {}

    /// Applies the next batch; its effects come after those of batches before. None at the end.
    std::optional<BatchSpan> next() { return replay_.next(effects, end_); }

    std::string name_of(AccountHandle account) const {
        return account.index < machine.accounts().size()
                   ? "account " + to_string(machine.accounts().id_of(account))
                   : "account number " + std::to_string(account.index) + ", which nobody opened,";
    }

private:
    NoPast past_;

public:
    posting::Machine machine{past_};
    posting::Effects effects;

private:
    Replay replay_;
    Position end_;
};

/// Takes a state that is saved, and compares it with a stored one block by block.
class StateComparison final : public posting::StateSink {
public:
    StateComparison(posting::StateSource& stored, std::string place)
        : stored_(stored), place_(std::move(place)) {}

    void block(std::uint32_t table, std::uint32_t index,
               std::span<const std::byte> bytes) override {
        const bool exists = index < stored_.blocks(table);
        const auto found = exists ? stored_.block(table, index) : std::span<const std::byte>{};
        if (!exists || !std::equal(found.begin(), found.end(), bytes.begin(), bytes.end())) {
            differs(table, index);
        }
    }
    void end_table(std::uint32_t table, std::uint32_t blocks) override {
        if (stored_.blocks(table) != blocks) differs(table, blocks);
    }

private:
    [[noreturn]] void differs(std::uint32_t table, std::uint32_t index) const {
        static constexpr std::array<const char*, 4> names = {
            "balances and status of accounts", "account ids",
            "books, currencies, chart, relations, buffers, open holds and open items",
            "limits and parents of accounts"};
        throw CorruptionError(place_ + ": the saved state (" + names.at(table) + ", block " +
                              std::to_string(index) +
                              ") differs from a replay of the journal; rebuild the checkpoint");
    }

    posting::StateSource& stored_;
    std::string place_;
};

/// A checkpoint against a replay.
class Comparison {
public:
    Comparison(Checkpoint& checkpoint, WholeReplay& replay)
        : checkpoint_(checkpoint),
          segments_(*checkpoint.segments),
          replay_(replay),
          transaction_(checkpoint.read()),
          keys_(checkpoint.keys.snapshot(transaction_)),
          reader_(segments_.impl(), *transaction_) {}

    /// Everything, up to the end of the last segment.
    void run();

private:
    [[noreturn]] void differs(const std::string& what) const {
        throw CorruptionError(checkpoint_.environment.path().string() + ": " + what +
                              ", unlike a replay of the journal; rebuild the checkpoint");
    }
    void replay_segment(const SegmentFacts& facts);
    void compare_batch(const BatchSpan& batch, const SegmentFacts& facts);
    void compare_entries(const SegmentFacts& facts);
    void compare_run(const Run& run, std::size_t& at);
    void compare_keys();
    void count_keys() const;
    void compare_heads() const;
    void compare_state() const;
    posting::Reserved stored_reserved_of(const posting::Entry& entry) const noexcept {
        return entry.reserved == 0 ? posting::Reserved{}
                                   : replay_.effects.reserved[entry.reserved - 1];
    }

    Checkpoint& checkpoint_;
    const Segments& segments_;
    WholeReplay& replay_;
    std::shared_ptr<const storage::ReadTransaction> transaction_;
    std::shared_ptr<const KeyIndex::Snapshot> keys_;
    RunReader reader_;
    EntryOrder order_;
    std::vector<RunAddress> newest_;                         // of each account, by handle
    std::array<std::uint64_t, posting::key_tables> rows_{};  // that the replay gave
    Position state_compared_;
};

void Comparison::run() {
    keys_->verify();
    Position end;
    for (std::uint32_t number = 1; number <= segments_.last_segment(); ++number) {
        segments_.verify(*transaction_, number);
        const SegmentFacts facts = segments_.facts(number);
        if (facts.first != end + 1) {
            differs("segment " + std::to_string(number) + " begins at position " +
                    std::to_string(facts.first.value) + " after the end at " +
                    std::to_string(end.value));
        }
        replay_segment(facts);
        compare_entries(facts);
        compare_keys();
        end = facts.last;
    }
    count_keys();
    compare_heads();
    if (state_compared_.value != checkpoint_.meta.state_through) {
        differs("the saved state stands for position " +
                std::to_string(checkpoint_.meta.state_through) + ", where no batch ends");
    }
}

void Comparison::replay_segment(const SegmentFacts& facts) {
    replay_.effects.clear();
    for (Position last; last < facts.last;) {
        const auto batch = replay_.next();
        if (!batch || batch->last > facts.last) {
            differs("segment " + std::to_string(facts.number) + " ends at position " +
                    std::to_string(facts.last.value) + ", where no batch ends");
        }
        compare_batch(*batch, facts);
        last = batch->last;
    }
}

void Comparison::compare_batch(const BatchSpan& batch, const SegmentFacts& facts) {
    for (const Position at : {batch.first, batch.last}) {
        if (segments_.instant_of(*transaction_, at) == batch.instant) continue;
        differs("segment " + std::to_string(facts.number) +
                " has another posting instant for position " + std::to_string(at.value));
    }
    if (batch.last.value == checkpoint_.meta.state_through) {
        compare_state();
        state_compared_ = batch.last;
    }
}

void Comparison::compare_entries(const SegmentFacts& facts) {
    const auto& entries = replay_.effects.entries;
    order_.sort(entries);
    std::size_t at = 0;
    reader_.each_run(facts.number, [&](const Run& run) { compare_run(run, at); });
    if (at == order_.size()) return;
    differs("segment " + std::to_string(facts.number) + " has no entries of " +
            replay_.name_of({order_.account(at)}));
}

/// `at` is the account's first entry in the order of accounts, and then the next account's.
void Comparison::compare_run(const Run& run, std::size_t& at) {
    const AccountHandle account{run.head.account};
    const auto place = [&] {
        return "segment " + std::to_string(run.address.segment) + ", " + replay_.name_of(account);
    };
    const auto is_here = [&] { return at < order_.size() && order_.account(at) == account.index; };
    if (!is_here()) {
        differs(place() + " has entries there, or another account before it has none");
    }
    reader_.visit(run, 0, run.count(), [&](const EntryState& stored) {
        if (!is_here()) differs(place() + " has an entry too many");
        const posting::Entry& entry = replay_.effects.entries[order_.index(at++)];
        const posting::Reserved kept = stored_reserved_of(entry);
        const Date date = format::has_date(entry.kind) ? Date{entry.book_date_days} : Date::none();
        const bool same = stored.position == entry.position && stored.line == entry.line &&
                          stored.kind == entry.kind && stored.flags == entry.flags &&
                          stored.date == date &&
                          stored.totals == posting::Totals{entry.debits, entry.credits} &&
                          stored.reserved == posting::reserved_of(entry.kind, kept) &&
                          stored.folded == posting::folded_of(entry.kind, kept);
        if (!same) {
            differs(place() + " has another entry at position " +
                    std::to_string(entry.position.value));
        }
    });
    if (is_here()) differs(place() + " lacks entries");
    if (newest_.size() <= account.index) newest_.resize(account.index + std::size_t{1});
    newest_[account.index] = run.address;
}

/// A record that names a key twice has it once.
void Comparison::compare_keys() {
    auto& facts = replay_.effects.keys;
    const auto order = [](const KeyFact& fact) {
        return std::tuple(fact.table, fact.key, fact.position);
    };
    std::sort(facts.begin(), facts.end(),
              [&](const KeyFact& one, const KeyFact& other) { return order(one) < order(other); });
    const auto end = std::unique(
        facts.begin(), facts.end(),
        [&](const KeyFact& one, const KeyFact& other) { return order(one) == order(other); });
    for (auto fact = facts.begin(); fact != end; ++fact) {
        Position found[1];
        const bool is_there =
            keys_->oldest_first(fact->table, fact->key, fact->position, found) == 1 &&
            found[0] == fact->position;
        if (!is_there) {
            differs("the index of " + name_of(fact->table) +
                    " lacks a key of the record at position " +
                    std::to_string(fact->position.value));
        }
        ++rows_[static_cast<std::size_t>(fact->table)];
    }
}

/// All that the replay gave are there, so as many are none too many.
void Comparison::count_keys() const {
    std::vector<KeyRow> page(4096);
    for (int number = 0; number < posting::key_tables; ++number) {
        const auto table = static_cast<KeyTable>(number);
        std::uint64_t count = 0;
        for (KeyRow from{0, Position{0}};;) {
            const std::size_t filled = keys_->rows_from(table, from, page);
            count += filled;
            if (filled < page.size()) break;
            from = page.back();
            ++from.position_value;
        }
        if (count == rows_[static_cast<std::size_t>(number)]) continue;
        differs("the index of " + name_of(table) + " has " + std::to_string(count) +
                " rows instead of " + std::to_string(rows_[static_cast<std::size_t>(number)]));
    }
}

void Comparison::compare_heads() const {
    for (std::uint32_t handle = 0; handle < replay_.machine.accounts().size(); ++handle) {
        const RunAddress newest = handle < newest_.size() ? newest_[handle] : RunAddress{};
        if (segments_.head({handle}) == newest) continue;
        differs("the newest entries of " + replay_.name_of({handle}) +
                " are looked for in segment " + std::to_string(segments_.head({handle}).segment) +
                " instead of segment " + std::to_string(newest.segment));
    }
}

void Comparison::compare_state() const {
    StateStore::Source stored(checkpoint_.states, *transaction_);
    StateComparison comparison(stored, checkpoint_.environment.path().string());
    replay_.machine.save(comparison);
}

/// Debits = credits in each book and currency.
void require_balance(const posting::State& state, const std::string& place) {
    std::map<std::pair<BookId, std::uint16_t>, std::pair<Wide, Wide>> sums;
    for (std::size_t handle = 0; handle < state.accounts.size(); ++handle) {
        const posting::Account& account = state.accounts[handle];
        auto& [debits, credits] = sums[{account.book, account.currency}];
        debits += Wide{account.debits};
        credits += Wide{account.credits};
    }
    for (const auto& [key, sum] : sums) {
        if (sum.first == sum.second) continue;
        throw CorruptionError(place + ": debits and credits of book " +
                              std::to_string(key.first.number) + " in " +
                              std::string(state.currencies[key.second].code.text()) +
                              " differ: " + to_string(sum.first) + " and " + to_string(sum.second) +
                              "; restore a backup");
    }
}

}  // namespace

void verify_by_replay(const std::filesystem::path& directory, const journal::Store& store) {
    WholeReplay replay(store);
    if (const auto file = directory / checkpoint_file_name; std::filesystem::exists(file)) {
        const HistoryOptions sizes;
        Checkpoint checkpoint(file,
                              Checkpoint::environment_options(sizes.map_bytes, sizes.readers_max));
        if (const std::string doubt = checkpoint.doubt(store); !doubt.empty()) {
            throw CorruptionError(file.string() + ": " + doubt + "; rebuild the checkpoint");
        }
        Comparison(checkpoint, replay).run();
    }
    do {
        replay.effects.clear();
    } while (replay.next());
    require_balance(replay.machine.state(), store.place());
}

}  // namespace ledger::history
