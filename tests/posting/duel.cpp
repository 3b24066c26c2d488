// See duel.hpp.
#include "duel.hpp"

#include "support/naive_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <tuple>

namespace ledger::oracle {

using posting::Effects;
using posting::Entry;
using posting::KeyTable;
using posting::Machine;

namespace {

std::string describe(const EntryFact& fact) {
    std::ostringstream out;
    out << to_string(fact.kind) << " account " << fact.account << " line " << fact.line << ' '
        << to_string(fact.side) << ' ' << to_string(fact.ink) << (fact.buffered ? " buffered" : "")
        << " date " << (fact.book_date ? to_string(fact.book_date) : "none") << " debits "
        << fact.after.debits << " credits " << fact.after.credits << " held " << fact.after.held
        << " buffered " << fact.after.buffered_debits << '/' << fact.after.buffered_credits
        << " folded " << fact.folded << " from " << fact.folded_first.value << " to "
        << fact.folded_last.value;
    return out.str();
}

/// The machine's entry as a fact, for comparison as text.
std::string describe(const Entry& entry, const Effects& effects) {
    EntryFact fact;
    fact.account = entry.account.index;
    fact.line = entry.line;
    fact.kind = entry.kind;
    fact.side = (entry.flags & posting::entry_flag::credit) != 0 ? Side::credit : Side::debit;
    fact.ink = (entry.flags & posting::entry_flag::red) != 0 ? Ink::red : Ink::black;
    fact.buffered = (entry.flags & posting::entry_flag::buffered) != 0;
    const bool dated = entry.kind == EntryKind::line || entry.kind == EntryKind::fold;
    if (dated) fact.book_date = Date{entry.book_date_days};
    fact.after.debits = big(entry.debits);
    fact.after.credits = big(entry.credits);
    if (entry.reserved != 0) {
        const posting::Reserved& stored = effects.reserved.at(entry.reserved - 1);
        const posting::Reserved reserved = posting::reserved_of(entry.kind, stored);
        const posting::Folded folded = posting::folded_of(entry.kind, stored);
        fact.folded = folded.lines;
        fact.folded_first = folded.first;
        fact.folded_last = folded.last;
        fact.after.held = big(reserved.held);
        fact.after.buffered_debits = big(reserved.buffered_debits);
        fact.after.buffered_credits = big(reserved.buffered_credits);
    }
    return describe(fact);
}

const LineDetail& detail_of(const Batch& batch, const BatchLine& line) {
    static const LineDetail none;
    const LineDetail* detail = batch.detail(line);
    return detail == nullptr ? none : *detail;
}

Detail detail_of(const Batch& batch, const BatchRecord& record) {
    if (record.detail != no_detail) return batch.details[record.detail];
    return record.kind == RecordKind::voucher ? Detail{VoucherDetail{}} : Detail{};
}

/// The first part in which two resolved records differ.
std::string difference(const Batch& a, const Batch& b) {
    const BatchRecord& x = a.records.at(0);
    const BatchRecord& y = b.records.at(0);
    if (x.kind != y.kind) return "kind";
    if (x.id != y.id) return "id";
    if (x.order != y.order) return "order";
    if (x.number != y.number) return "number";
    if (x.book_date != y.book_date) return "book date";
    if (x.code != y.code) return "code";
    if (x.book != y.book) return "book";
    if (x.flags != y.flags)
        return "flags " + std::to_string(x.flags) + " and " + std::to_string(y.flags);
    if (x.line_count != y.line_count) return "line count";
    if (detail_of(a, x) != detail_of(b, y)) return "detail";
    for (std::uint16_t i = 0; i < x.line_count; ++i) {
        const BatchLine& m = a.lines_of(x)[i];
        const BatchLine& n = b.lines_of(y)[i];
        const bool same = m.handle == n.handle && m.amount == n.amount && m.side == n.side &&
                          m.ink == n.ink && detail_of(a, m) == detail_of(b, n);
        if (!same) return "line " + std::to_string(i);
    }
    return {};
}

u128 code_key(const std::string& code) {
    u128 key = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        key = key << 8 | (i < code.size() ? static_cast<unsigned char>(code[i]) : 0u);
    }
    return key;
}

/// The first key, in order, that is in one of the two lists only.
std::string compare_key_lists(const std::vector<posting::KeyFact>& posted,
                              const std::vector<posting::KeyFact>& replayed) {
    std::set<std::tuple<Position, KeyTable, u128>> only_posted;
    for (const posting::KeyFact& key : posted)
        only_posted.insert({key.position, key.table, key.key});
    auto only_replayed = only_posted;
    only_replayed.clear();
    for (const posting::KeyFact& key : replayed) {
        const std::tuple<Position, KeyTable, u128> fact{key.position, key.table, key.key};
        if (only_posted.erase(fact) == 0) only_replayed.insert(fact);
    }
    const auto& rest = only_posted.empty() ? only_replayed : only_posted;
    if (rest.empty()) return posted.size() == replayed.size() ? "" : "a key is given twice";
    const auto& [position, table, key] = *rest.begin();
    return std::string(only_posted.empty() ? "a new" : "a lost") + " key " + id_to_string(key) +
           " of table " + std::to_string(static_cast<int>(table)) + " at position " +
           std::to_string(position.value);
}

using Keys = std::set<std::pair<KeyTable, u128>>;

/// Those of a voucher that is late for the days first..last, by halving the stretch of 2^level days
/// that begins at `at`, days being counted from date_min.
void add_late_keys(BookId book, int first, int last, int level, int at, Keys& keys) {
    const int size = 1 << level;
    if (last < at || at + size <= first) return;
    if (first <= at && at + size - 1 <= last) {
        const auto number = static_cast<u128>(at / size);
        keys.insert({KeyTable::late,
                     ((u128{book.number} * 256 + static_cast<u128>(level)) << 32) + number});
        return;
    }
    add_late_keys(book, first, last, level - 1, at, keys);
    add_late_keys(book, first, last, level - 1, at + size / 2, keys);
}

void add_voucher_keys(const NaiveLedger& naive, const RecordFact& fact, Keys& keys) {
    const BatchRecord& record = fact.record();
    if (const auto* detail = fact.stored.detail<VoucherDetail>(record)) {
        if (detail->reverses) keys.insert({KeyTable::reversed_by, detail->reverses.value});
        if (detail->replaces) keys.insert({KeyTable::replaced_by, detail->replaces.value});
        if (detail->concerns) {
            const auto days = static_cast<std::uint32_t>(detail->concerns.days + (1LL << 31));
            keys.insert({KeyTable::concerns, u128{record.book.number} << 32 | days});
            add_late_keys(record.book, detail->concerns.days - date_min.days,
                          record.book_date.days - 1 - date_min.days, 22, 0, keys);
        }
        for (const Capture& capture : detail->captures)
            keys.insert({KeyTable::hold, capture.hold.value});
    }
    for (const AccountFact& account : naive.accounts()) {
        for (const ItemFact& item : account.items) {
            const bool opened = item.opened == fact.position;
            const bool changed =
                std::any_of(item.changes.begin(), item.changes.end(),
                            [&](const ChangeFact& one) { return one.position == fact.position; });
            if (opened) keys.insert({KeyTable::account_item, account.handle});
            if (opened || changed) keys.insert({KeyTable::item, item.id.value});
        }
    }
}

void add_time_keys(const NaiveLedger& naive, const RecordFact& fact, Keys& keys) {
    for (const AccountFact& account : naive.accounts()) {
        for (const HoldFact& hold : account.holds) {
            for (const ChangeFact& change : hold.changes) {
                if (change.position == fact.position) keys.insert({KeyTable::hold, hold.id.value});
            }
        }
    }
}

/// The keys under which a record must be found; the tables `definition` (of codes) and `number`
/// apart.
Keys expected_keys(const NaiveLedger& naive, const RecordFact& fact) {
    const BatchRecord& record = fact.record();
    const Batch& batch = fact.stored;
    Keys keys;
    if (record.id) keys.insert({KeyTable::record, record.id.value});
    if (record.order) keys.insert({KeyTable::order, record.order.value});
    switch (record.kind) {
        case RecordKind::voucher: add_voucher_keys(naive, fact, keys); break;
        case RecordKind::time_passed: add_time_keys(naive, fact, keys); break;
        case RecordKind::define_currency:
        case RecordKind::define_book:
        case RecordKind::define_group:
        case RecordKind::define_relation:
        case RecordKind::anchor:
        case RecordKind::snapshot:
            keys.insert({KeyTable::definition, static_cast<u128>(record.kind)});
            break;
        case RecordKind::cut_day:
        case RecordKind::close_day:
            keys.insert({KeyTable::definition,
                         u128{record.book.number} * 256 + static_cast<u128>(record.kind)});
            break;
        case RecordKind::place_hold: {
            const auto& hold = *batch.detail<PlaceHold>(record);
            keys.insert({KeyTable::hold, record.id.value});
            keys.insert({KeyTable::account_hold, naive.find_account(hold.account)->handle});
            break;
        }
        case RecordKind::release_hold:
            keys.insert({KeyTable::hold, batch.detail<ReleaseHold>(record)->hold.value});
            break;
        case RecordKind::open_account: {
            const auto& account = *batch.detail<OpenAccount>(record);
            keys.insert({KeyTable::account, account.id.value});
            keys.insert({KeyTable::code, code_key(account.code)});
            break;
        }
        default: break;
    }
    const auto of_account = [&](const auto* setting) {
        if (setting != nullptr) keys.insert({KeyTable::account, setting->account.value});
    };
    of_account(batch.detail<SetLimits>(record));
    of_account(batch.detail<SetFreeze>(record));
    of_account(batch.detail<SetAttributes>(record));
    of_account(batch.detail<SetBuffering>(record));
    of_account(batch.detail<CloseAccount>(record));
    return keys;
}

}  // namespace

// Saved state
// --------------------------------------------------------------------------------------

void SavedState::block(std::uint32_t table, std::uint32_t index, std::span<const std::byte> bytes) {
    tables_[table][index].assign(bytes.begin(), bytes.end());
}

void SavedState::end_table(std::uint32_t table, std::uint32_t blocks) {
    auto& kept = tables_[table];
    kept.erase(kept.lower_bound(blocks), kept.end());
}

std::uint32_t SavedState::blocks(std::uint32_t table) {
    return static_cast<std::uint32_t>(tables_[table].size());
}

std::span<const std::byte> SavedState::block(std::uint32_t table, std::uint32_t index) {
    return tables_.at(table).at(index);
}

std::string SavedState::first_difference(const SavedState& other) const {
    for (const auto& [table, blocks] : tables_) {
        const auto found = other.tables_.find(table);
        const std::string where = "saved states differ in table " + std::to_string(table);
        if (found == other.tables_.end() || found->second.size() != blocks.size()) {
            return where + " by the number of blocks";
        }
        for (const auto& [index, bytes] : blocks) {
            const auto& others = found->second.at(index);
            if (others == bytes) continue;
            const auto at = std::mismatch(bytes.begin(), bytes.end(), others.begin(), others.end());
            return where + " block " + std::to_string(index) + " byte " +
                   std::to_string(at.first - bytes.begin()) + " of " +
                   std::to_string(bytes.size()) + " and " + std::to_string(others.size());
        }
    }
    return tables_.size() == other.tables_.size() ? "" : "one saved state lacks a table";
}

// Posting
// ------------------------------------------------------------------------------------------

void Duel::remember(const Batch& batch, std::size_t index, Instant instant) {
    past_.add_record(batch, index, instant);
}

void Duel::post_time(Instant instant) {
    Batch batch;
    batch.add_time_passed();
    const Position position = past_.last_position() + 1;
    const Result result = machine_->post(batch, 0, position, instant, effects_);
    if (result.outcome != Outcome::accepted)
        complaint_ = "time_passed was refused: " + describe(result);
    remember(batch, 0, instant);
    past_.add_effects(effects_, entries_seen_, keys_seen_);
    entries_seen_ = effects_.entries.size();
    keys_seen_ = effects_.keys.size();
}

void Duel::post_group(Batch& batch, std::size_t first, std::size_t last, Instant instant,
                      std::vector<Result>& results) {
    const Position before = past_.last_position();
    const bool is_group = last - first > 1;
    const std::size_t reserved_before = effects_.reserved.size();
    Position position = before;
    std::vector<std::size_t> accepted;
    if (is_group) machine_->begin_group(batch, effects_, before + 1);
    for (std::size_t i = first; i < last; ++i) {
        const Result result = machine_->post(batch, i, position + 1, instant, effects_);
        results.push_back(result);
        if (result.outcome == Outcome::accepted) {
            position = position + 1;
            accepted.push_back(i);
        }
        if (is_success(result.outcome)) continue;
        if (is_group) machine_->roll_back_group();
        const bool clean = effects_.entries.size() == entries_seen_ &&
                           effects_.keys.size() == keys_seen_ &&
                           effects_.reserved.size() == reserved_before;
        if (!clean) complaint_ = "a refusal left effects behind";
        Result failed;
        failed.outcome = Outcome::group_failed;
        results.resize(first);
        results.resize(last, failed);
        results[i] = result;
        return;
    }
    if (is_group) machine_->commit_group();
    for (const std::size_t index : accepted) remember(batch, index, instant);
    past_.add_effects(effects_, entries_seen_, keys_seen_);
    entries_seen_ = effects_.entries.size();
    keys_seen_ = effects_.keys.size();
}

std::vector<Result> Duel::post_to_machine(Batch& batch, Instant instant) {
    for (auto due = machine_->next_due(); due && *due <= instant; due = machine_->next_due()) {
        post_time(instant);
        if (!complaint_.empty()) return {};
    }
    std::vector<Result> results;
    for (std::size_t first = 0; first < batch.size();) {
        std::size_t last = first + 1;
        while (last < batch.size() && batch.records[last - 1].has(record_flag::linked)) ++last;
        post_group(batch, first, last, instant, results);
        first = last;
    }
    return results;
}

std::string Duel::post(const Step& step) {
    const Position before = naive_.last_position();
    step_keys_ = effects_.keys.size();
    const auto expected = naive_.post_batch(step.batch, step.instant);
    Batch batch = step.batch;
    const auto results = post_to_machine(batch, step.instant);
    if (!complaint_.empty()) return complaint_;
    if (auto difference = compare_results(step.batch, results, expected); !difference.empty()) {
        return difference;
    }
    if (auto difference = compare_effects(before); !difference.empty()) return difference;
    return compare_state();
}

// Comparing
// ----------------------------------------------------------------------------------------

std::string Duel::compare_results(const Batch& batch, const std::vector<Result>& machine,
                                  const std::vector<Result>& naive) const {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < naive.size(); ++i) {
        if (machine.at(i) == naive[i]) continue;
        if (!first) first = i;
        // Of a group, the record on which they disagree says more than those that failed with it.
        const bool is_cause = machine[i].outcome != Outcome::group_failed &&
                              naive[i].outcome != Outcome::group_failed;
        if (is_cause || i + 1 == naive.size()) {
            first = is_cause ? i : *first;
            break;
        }
    }
    if (!first) {
        const bool same = past_.last_position() == naive_.last_position();
        return same ? "" : "another number of records was accepted";
    }
    return "record " + std::to_string(*first) + ":\n  machine " + describe(machine[*first]) +
           "\n  naive   " + describe(naive[*first]) + "\n  of " +
           describe(naive_, batch, batch.records[*first]);
}

std::string Duel::compare_effects(Position after) const {
    for (Position position = after + 1; position <= naive_.last_position();
         position = position + 1) {
        const RecordFact& fact = naive_.record_at(position);
        std::string found = difference(past_.record_at(position), fact.stored);
        if (!found.empty()) found = "resolved record differs in its " + found;
        if (found.empty()) found = compare_entries(position);
        if (found.empty()) found = compare_keys(position);
        if (found.empty()) continue;
        return "position " + std::to_string(position.value) + " (" +
               std::string(to_string(fact.record().kind)) + "): " + found;
    }
    return compare_numbers(after);
}

std::string Duel::compare_entries(Position position) const {
    std::map<std::uint64_t, std::string> expected;
    for (const AccountFact& account : naive_.accounts()) {
        for (auto entry = account.entries.rbegin(); entry != account.entries.rend(); ++entry) {
            if (entry->position < position) break;
            if (entry->position == position) expected[entry->order] = describe(*entry);
        }
    }
    const auto& entries = effects_.entries;
    auto at = std::partition_point(entries.begin(), entries.end(),
                                   [&](const Entry& entry) { return entry.position < position; });
    for (const auto& [order, text] : expected) {
        const bool there = at != entries.end() && at->position == position;
        const std::string machine = there ? describe(*at, effects_) : "nothing";
        if (machine != text) return "entry\n  machine " + machine + "\n  naive   " + text;
        ++at;
    }
    if (at != entries.end() && at->position == position) {
        return "an entry too many: " + describe(*at, effects_);
    }
    return {};
}

std::string Duel::compare_keys(Position position) const {
    const RecordFact& fact = naive_.record_at(position);
    Keys expected = expected_keys(naive_, fact);
    Keys found;
    std::size_t code_definitions = 0;
    for (std::size_t i = step_keys_; i < effects_.keys.size(); ++i) {
        const posting::KeyFact& key = effects_.keys[i];
        if (key.position != position || key.table == KeyTable::number) continue;
        const bool of_code =
            key.table == KeyTable::definition && fact.record().kind == RecordKind::open_account;
        if (of_code) {
            ++code_definitions;
        } else {
            found.insert({key.table, key.key});
        }
    }
    for (const auto& [table, key] : expected) {
        if (!found.contains({table, key})) {
            return "key " + id_to_string(key) + " of table " +
                   std::to_string(static_cast<int>(table)) + " is missing";
        }
    }
    for (const auto& [table, key] : found) {
        if (!expected.contains({table, key})) {
            return "key " + id_to_string(key) + " of table " +
                   std::to_string(static_cast<int>(table)) + " is wrong";
        }
    }
    if (fact.record().kind != RecordKind::open_account) return {};
    if (code_definitions != 1) return "definition key of the code";
    return {};
}

/// The first voucher of each book and date in a batch has a number key, and every number key is
/// true.
std::string Duel::compare_numbers(Position after) const {
    std::set<std::pair<Position, u128>> keys;
    for (std::size_t i = step_keys_; i < effects_.keys.size(); ++i) {
        const posting::KeyFact& key = effects_.keys[i];
        if (key.table == KeyTable::number && key.position > after)
            keys.insert({key.position, key.key});
    }
    std::set<std::pair<BookId, Date>> seen;
    for (Position position = after + 1; position <= naive_.last_position();
         position = position + 1) {
        const BatchRecord& record = naive_.record_at(position).record();
        if (record.kind != RecordKind::voucher) continue;
        const auto key = posting::number_key(record.book, record.book_date, record.number);
        const bool has_key = keys.erase({position, key}) != 0;
        if (seen.insert({record.book, record.book_date}).second && !has_key) {
            return "number key missing at position " + std::to_string(position.value);
        }
    }
    return keys.empty() ? "" : "a number key that is no voucher's";
}

std::string Duel::compare_state() const {
    const auto due = machine_->next_due();
    const auto expected = naive_.next_due();
    if (due != expected) {
        const auto text = [](std::optional<Instant> at) { return at ? to_string(*at) : "none"; };
        return "next due: machine " + text(due) + ", naive " + text(expected);
    }
    for (const AccountFact& account : naive_.accounts()) {
        if (machine_->accounts().find(account.opened.id).index != account.handle)
            return "account index";
    }
    if (machine_->accounts().size() != naive_.accounts().size()) return "account index size";
    return {};
}

// Saving and replaying
// -----------------------------------------------------------------------------

std::string Duel::save_and_load() {
    SavedState whole;
    machine_->save(checkpoint_, true);
    machine_->save(whole);
    if (whole != checkpoint_) return "save of changes only: " + whole.first_difference(checkpoint_);
    auto loaded = std::make_unique<Machine>(past_, capacity_);
    loaded->load(whole);
    SavedState again;
    loaded->save(again);
    if (again != whole) return "loaded: " + whole.first_difference(again);
    machine_ = std::move(loaded);
    return compare_state();
}

std::string Duel::replay() const {
    NoPast no_past;
    Machine machine(no_past, capacity_);
    Effects effects;
    for (Position position{1}; position <= past_.last_position(); position = position + 1) {
        Batch batch;
        batch.add_copy(past_.record_at(position), 0);
        const Instant instant = naive_.record_at(position).instant;
        machine.apply(batch, 0, position, instant, effects);
    }
    if (no_past.was_asked()) return "apply asked the past";
    if (effects.entries.size() != effects_.entries.size()) return "replay: number of entries";
    for (std::size_t i = 0; i < effects.entries.size(); ++i) {
        if (effects.entries[i].position != effects_.entries[i].position ||
            describe(effects.entries[i], effects) != describe(effects_.entries[i], effects_)) {
            return "replay: entry " + describe(effects.entries[i], effects);
        }
    }
    if (auto difference = compare_key_lists(effects_.keys, effects.keys); !difference.empty()) {
        return "replay: " + difference;
    }
    SavedState posted;
    SavedState replayed;
    machine_->save(posted);
    machine.save(replayed);
    return posted.first_difference(replayed);
}

}  // namespace ledger::oracle
