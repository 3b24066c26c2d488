// Identity, groups, dispatch and the undo log of the state machine.
#include "machine_impl.hpp"

#include "core/mutant.hpp"

#include "ledger/core/prefetch.hpp"
#include "ledger/model/shape.hpp"

namespace ledger::posting {

namespace {

// Stages of look_ahead, in records: a stage must have arrived from memory before the next one needs
// it.
constexpr std::size_t slots_ahead = 24;
constexpr std::size_t accounts_ahead = 16;
constexpr std::size_t handles_ahead = 8;
constexpr std::size_t looked_at_lines = 8;

/// The outcome for an id that other content holds already, by the kind of the posted record.
Outcome conflict_of(RecordKind kind) noexcept {
    switch (kind) {
        case RecordKind::define_currency: return Outcome::currency_exists;
        case RecordKind::define_book: return Outcome::book_exists;
        case RecordKind::define_group: return Outcome::group_exists;
        case RecordKind::open_account: return Outcome::account_exists;
        case RecordKind::define_relation: return Outcome::relation_exists;
        case RecordKind::cut_day:
        case RecordKind::close_day: return Outcome::day_closed;
        default: return Outcome::id_conflict;
    }
}

/// Kinds whose records are few and listed as a whole.
bool is_listed(RecordKind kind) noexcept {
    return kind == RecordKind::define_currency || kind == RecordKind::define_book ||
           kind == RecordKind::define_group || kind == RecordKind::define_relation ||
           kind == RecordKind::anchor || kind == RecordKind::snapshot;
}

bool has_no_id(RecordKind kind) noexcept {
    return kind == RecordKind::time_passed || kind == RecordKind::anchor;
}

}  // namespace

// ---- identity

AccountHandle Machine::Impl::find_account(AccountId id) const noexcept {
    const AccountHandle found = index.find(id);
    if (found || group_handles.empty()) return found;
    const auto opened = group_handles.find(id);
    return opened == group_handles.end() ? AccountHandle{} : AccountHandle{opened->second};
}

AccountId Machine::Impl::id_of(std::uint32_t handle) const noexcept {
    const std::uint32_t indexed = index.size();
    return handle < indexed ? index.id_of({handle}) : group_accounts[handle - indexed].first;
}

/// The lines of a record that look_ahead is after; none beyond the batch.
std::span<BatchLine> Machine::Impl::lines_ahead(Batch& batch, std::size_t at) noexcept {
    if (at >= batch.size() || batch.records[at].line_count > looked_at_lines) return {};
    return batch.lines_of(batch.records[at]);
}

void Machine::Impl::look_at_slots(Batch& batch, std::size_t at) {
    if (at < batch.size()) past.prefetch(KeyTable::record, batch.records[at].id.value);
    for (const BatchLine& line : lines_ahead(batch, at)) {
        if (!line.handle) index.prefetch(line.account);
    }
}

void Machine::Impl::look_at_accounts(Batch& batch, std::size_t at) noexcept {
    for (const BatchLine& line : lines_ahead(batch, at)) {
        const AccountHandle handle = line.handle ? line.handle : index.guess(line.account);
        // A record read back may name an account that its batch opens.
        const bool is_there = handle && handle.index < state.accounts.size();
        if (is_there) prefetch_line_to_write(&account(handle));
    }
}

void Machine::Impl::look_up_handles(Batch& batch, std::size_t at) noexcept {
    for (BatchLine& line : lines_ahead(batch, at)) {
        if (!line.handle) line.handle = index.find(line.account);
    }
}

Position Machine::Impl::find(KeyTable table, u128 key) {
    if (group_open()) {
        if (const Position found = group_keys.find(group_effects->keys, table, key)) return found;
    }
    return past.find(table, key);
}

std::pair<const Batch*, std::size_t> Machine::Impl::read(Position at) {
    if (group_open() && at >= group_first) {
        const auto member =
            std::lower_bound(group_members.begin(), group_members.end(), at,
                             [](const auto& one, Position wanted) { return one.first < wanted; });
        if (member != group_members.end() && member->first == at) return member->second;
    }
    if (at != target_position) {
        target_position = {};
        past.read(at, target);
        target_position = at;
        old_facts += 1 + target.lines.size() / 64;
    }
    return {&target, 0};
}

void Machine::Impl::resolve_lines(Batch& batch, const BatchRecord& record) {
    for (BatchLine& line : batch.lines_of(record)) {
        if (!line.handle) line.handle = find_account(line.account);
    }
}

Result Machine::Impl::repeated(Batch& batch, std::size_t at, Position first) {
    const BatchRecord& record = batch.records[at];
    resolve_lines(batch, record);
    const auto [journaled, where] = read(first);
    const BatchRecord& original = journaled->records[where];
    const bool same = original.kind == record.kind && same_content(batch, at, *journaled, where);
    Result result = refuse(same ? Outcome::already_posted : conflict_of(record.kind));
    result.position = first;
    if (!same) return result;
    result.number = original.kind == RecordKind::voucher ? original.number : 0;
    result.book_date = original.book_date;
    const bool in_group = group_open() && first >= group_first;
    if (!in_group) ++old_facts;
    result.instant = in_group ? instant : past.instant_of(first);
    return result;
}

Result Machine::Impl::accept(const BatchRecord& record) const noexcept {
    Result result;
    result.position = position;
    result.number = record.kind == RecordKind::voucher ? record.number : 0;
    result.instant = instant;
    result.book_date = record.book_date;
    return result;
}

Result Machine::Impl::judge(Batch& batch, std::size_t at) {
    const BatchRecord& record = batch.records[at];
    if (!replaying && !has_no_id(record.kind)) {
        if (!record.id) return refuse(Outcome::id_missing);
        const Position first = find(KeyTable::record, record.id.value);
        if (first && !LEDGER_MUTANT(duplicate_check_skipped)) return repeated(batch, at, first);
        std::uint16_t line = Result::no_line;
        const Outcome shape = check_shape(batch, at, line);
        if (shape != Outcome::accepted) return refuse(shape, line);
    }
    const Result result = judge_new(batch, at);
    if (result.outcome != Outcome::accepted) return result;
    const BatchRecord& accepted = batch.records[at];
    if (accepted.id) emit_key(KeyTable::record, accepted.id.value);
    if (accepted.order) emit_key(KeyTable::order, accepted.order.value);
    if (is_listed(accepted.kind)) {
        emit_key(KeyTable::definition, static_cast<std::uint8_t>(accepted.kind));
    }
    if (group_open()) group_members.emplace_back(position, std::pair{group_batch, at});
    return accept(accepted);
}

Result Machine::Impl::judge_new(Batch& batch, std::size_t at) {
    switch (batch.records[at].kind) {
        case RecordKind::voucher: return judge_voucher(batch, at);
        case RecordKind::define_currency:
        case RecordKind::define_book:
        case RecordKind::define_group:
        case RecordKind::cut_day:
        case RecordKind::close_day: return judge_define(batch, at);
        case RecordKind::define_relation: return judge_define_relation(batch, at);
        case RecordKind::open_account: return judge_open_account(batch, at);
        case RecordKind::set_limits:
        case RecordKind::set_freeze:
        case RecordKind::set_attributes:
        case RecordKind::set_buffering:
        case RecordKind::close_account: return judge_account_change(batch, at);
        case RecordKind::place_hold: return judge_place_hold(batch, at);
        case RecordKind::release_hold: return judge_release_hold(batch, at);
        case RecordKind::time_passed: pass_time(); return {};
        case RecordKind::register_entry:
        case RecordKind::anchor:
        case RecordKind::certificate:
        case RecordKind::snapshot: return {};
        case RecordKind::none: break;
    }
    return refuse(Outcome::value_out_of_range);
}

Result Machine::Impl::post(Batch& batch, std::size_t at, Position where, Instant when,
                           Effects& into) {
    position = where;
    instant = when;
    effects = &into;
    first_key = into.keys.size();
    keys_looked_for = false;
    return judge(batch, at);
}

void Machine::Impl::emit(EntryKind kind, std::uint32_t handle, std::uint16_t line,
                         std::uint8_t flags, Date book_date) {
    const Account& of = state.accounts[handle];
    Entry& entry = effects->entries.emplace_back();
    entry.position = position;
    entry.account = {handle};
    entry.line = line;
    entry.kind = kind;
    entry.flags = flags;
    entry.book_date_days = LEDGER_MUTANT(backdated_by_posting_day) && book_date
                               ? utc_date(instant).days
                               : book_date.days;
    entry.debits = of.debits;
    entry.credits = of.credits;
    const i128 buffered = of.buffer == 0 ? i128{0} : state.buffers[of.buffer - 1].amount;
    if (of.held == 0 && buffered == 0) return;
    const bool credit = of.has(account_flag::credit_normal);
    effects->reserved.push_back(
        {of.held, credit ? i128{0} : buffered, credit ? buffered : i128{0}});
    entry.reserved = static_cast<std::uint32_t>(effects->reserved.size());
}

void Machine::Impl::emit_key_once(KeyTable table, u128 key) {
    if (!keys_looked_for) record_keys.begin(first_key);
    keys_looked_for = true;
    if (!record_keys.find(effects->keys, table, key)) emit_key(table, key);
}

// ---- undo

Machine::Impl::Mark Machine::Impl::mark() const noexcept {
    return {undo_accounts.size(), undo_terms.size(),     undo_buffers.size(), undo_holds.size(),
            undo_items.size(),    undo_relations.size(), undo_rare.size()};
}

void Machine::Impl::roll_back_to(const Mark& to) noexcept {
    while (undo_accounts.size() > to.accounts) {
        state.accounts[undo_accounts.back().first] = undo_accounts.back().second;
        undo_accounts.pop_back();
    }
    while (undo_terms.size() > to.terms) {
        state.terms[undo_terms.back().first] = undo_terms.back().second;
        undo_terms.pop_back();
    }
    while (undo_buffers.size() > to.buffers) {
        state.buffers[undo_buffers.back().first] = undo_buffers.back().second;
        undo_buffers.pop_back();
    }
    while (undo_holds.size() > to.holds) {
        const auto& [old, existed] = undo_holds.back();
        if (Hold* now = state.holds.find(old.key); now == nullptr) {
            if (existed) state.holds.insert(old);
        } else if (existed) {
            *now = old;
        } else {
            state.holds.erase(old.key);
        }
        undo_holds.pop_back();
    }
    while (undo_items.size() > to.items) {
        const auto& [old, existed] = undo_items.back();
        if (Item* now = state.items.find(old.key); now == nullptr) {
            if (existed) state.items.insert(old);
        } else if (existed) {
            *now = old;
        } else {
            state.items.erase(old.key);
        }
        undo_items.pop_back();
    }
    while (undo_relations.size() > to.relations) {
        state.relations[undo_relations.back().first].value = undo_relations.back().second;
        undo_relations.pop_back();
    }
    while (undo_rare.size() > to.rare) {
        undo_rare.back()();
        undo_rare.pop_back();
    }
}

void Machine::Impl::forget_undo() noexcept {
    undo_accounts.clear();
    undo_terms.clear();
    undo_buffers.clear();
    undo_holds.clear();
    undo_items.clear();
    undo_relations.clear();
    undo_rare.clear();
}

// ---- the public face

Machine::Machine(Past& past, const Capacity& capacity)
    : impl_(std::make_unique<Impl>(past, capacity)) {}
Machine::~Machine() = default;

Result Machine::post(Batch& batch, std::size_t index, Position position, Instant instant,
                     Effects& effects) {
    return impl_->post(batch, index, position, instant, effects);
}

void Machine::apply(Batch& batch, std::size_t index, Position position, Instant instant,
                    Effects& effects) {
    impl_->replaying = true;
    const Result result = impl_->post(batch, index, position, instant, effects);
    impl_->replaying = false;
    LEDGER_ASSERT(result.outcome == Outcome::accepted);
    impl_->tidy_queues();  // nobody asks for next_due between records applied again
}

void Machine::begin_group(const Batch& batch, Effects& effects, Position first) {
    Impl& m = *impl_;
    if (!m.group_open()) {
        m.group_effects = &effects;
        m.group_first = first;
        m.group_keys.begin(effects.keys.size());
    }
    LEDGER_ASSERT(m.group_effects == &effects);
    m.group_batch = &batch;
    m.groups_open.push_back({m.mark(), effects.entries.size(), effects.reserved.size(),
                             effects.keys.size(), m.group_accounts.size(), m.group_members.size()});
}

void Machine::commit_group() noexcept {
    Impl& m = *impl_;
    LEDGER_ASSERT(m.group_open());
    m.groups_open.pop_back();
    if (m.group_open()) return;
    for (const auto& [id, handle] : m.group_accounts) {
        LEDGER_ASSERT(handle == m.index.size());
        m.index.insert(id, facts_of(m.state.accounts[handle]));
    }
    m.group_accounts.clear();
    m.group_handles.clear();
    m.group_members.clear();
    m.forget_undo();
}

void Machine::roll_back_group() noexcept {
    Impl& m = *impl_;
    LEDGER_ASSERT(m.group_open());
    const Impl::OpenGroup group = m.groups_open.back();
    m.groups_open.pop_back();
    if (!LEDGER_MUTANT(undo_log_not_applied)) m.roll_back_to(group.mark);
    m.group_effects->entries.resize(group.entries);
    m.group_effects->reserved.resize(group.reserved);
    m.group_keys.cut(m.group_effects->keys, group.keys);
    m.group_effects->keys.resize(group.keys);
    while (m.group_accounts.size() > group.accounts) {
        m.group_handles.erase(m.group_accounts.back().first);
        m.group_accounts.pop_back();
    }
    m.group_members.resize(group.members);
    if (!m.group_open()) m.forget_undo();
}

void Machine::look_ahead(Batch& batch, std::size_t index) {
    if (index == 0) {
        for (std::size_t i = 0; i < slots_ahead; ++i) impl_->look_at_slots(batch, i);
        for (std::size_t i = 0; i < accounts_ahead; ++i) impl_->look_at_accounts(batch, i);
        for (std::size_t i = 0; i < handles_ahead; ++i) impl_->look_up_handles(batch, i);
    }
    impl_->look_at_slots(batch, index + slots_ahead);
    impl_->look_at_accounts(batch, index + accounts_ahead);
    impl_->look_up_handles(batch, index + handles_ahead);
}

std::uint64_t Machine::old_facts_asked() const noexcept { return impl_->old_facts; }
std::optional<Instant> Machine::next_due() noexcept { return impl_->next_due(); }
const State& Machine::state() const noexcept { return impl_->state; }
const AccountIndex& Machine::accounts() const noexcept { return impl_->index; }
void Machine::save(StateSink& sink, bool only_changed) { impl_->save(sink, only_changed); }
void Machine::load(StateSource& source) {
    auto loaded = std::make_unique<Impl>(impl_->past, impl_->capacity);
    loaded->load(source);
    impl_ = std::move(loaded);
}

}  // namespace ledger::posting
