// Accounts: opening with its place in chart, parents and relations; limits, freezes, attributes,
// closing.
#include "machine_impl.hpp"

namespace ledger::posting {

namespace {

std::string_view parent_code(std::string_view code) noexcept {
    const std::size_t dot = code.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : code.substr(0, dot);
}

void set_limits_of(Account& of, AccountTerms& terms, const Limits& limits) noexcept {
    of.flags &=
        static_cast<std::uint16_t>(~(account_flag::has_minimum | account_flag::has_maximum));
    terms.minimum = limits.minimum ? limits.minimum->minor : i128{0};
    terms.maximum = limits.maximum ? limits.maximum->minor : i128{0};
    if (limits.minimum) of.flags |= account_flag::has_minimum;
    if (limits.maximum) of.flags |= account_flag::has_maximum;
}

}  // namespace

Result Machine::Impl::judge_open_account(Batch& batch, std::size_t at) {
    BatchRecord& record = batch.records[at];
    const OpenAccount& value = *batch.detail<OpenAccount>(record);
    if (find_book(value.book) == nullptr) return refuse(Outcome::book_unknown);
    std::uint16_t currency = 0;
    if (!find_currency(value.currency, currency)) return refuse(Outcome::currency_unknown);
    const AccountHandle parent = value.parent ? find_account(value.parent) : AccountHandle{};
    if (value.parent && !parent) return refuse(Outcome::account_unknown);
    std::uint32_t group = 0;
    if (const std::string_view above = parent_code(value.code); !above.empty()) {
        const auto found = state.group_codes.find(above);
        if (found == state.group_codes.end()) return refuse(Outcome::group_unknown);
        group = found->second + 1;
    }
    if (state.group_codes.contains(value.code)) return refuse(Outcome::code_is_group);
    if (group != 0 && state.groups[group - 1].kind != value.kind)
        return refuse(Outcome::kind_mismatch);
    if (parent) {
        const Account& above = account(parent);
        if (above.book != value.book || above.currency != currency || terms(parent).parent != 0) {
            return refuse(Outcome::parent_mismatch);
        }
    }
    if (state.accounts.size() >= capacity.accounts ||
        (value.transit && state.transit.size() >= capacity.transit_accounts)) {
        return refuse(Outcome::too_many_definitions);
    }
    if (parent && account(parent).has(account_flag::closed)) {
        return refuse(Outcome::account_closed);
    }
    if (!may_buffer(nullptr, value.buffering)) return refuse(Outcome::too_many_buffered);
    if (parent && terms(parent).own_relation == 0 && natural(account(parent)) != 0) {
        return refuse(Outcome::relation_broken);
    }
    open(record, value, currency, group, parent);
    return {};
}

void Machine::Impl::open(BatchRecord& record, const OpenAccount& value, std::uint16_t currency,
                         std::uint32_t group, AccountHandle parent) {
    const auto handle = static_cast<std::uint32_t>(state.accounts.size());
    LEDGER_ASSERT(!replaying || record.number == handle);
    record.number = handle;
    Account made;
    made.book = value.book;
    made.currency = currency;
    made.kind = value.kind;
    AccountTerms made_terms;
    made_terms.group = group;
    made_terms.parent = parent ? parent.index + 1 : 0;
    if (value.normal_side.value_or(normal_side_of(value.kind)) == Side::credit) {
        made.flags |= account_flag::credit_normal;
    }
    if (value.open_items) made.flags |= account_flag::open_items;
    if (value.transit) {
        made.flags |= account_flag::transit;
        state.transit.emplace(handle, DatedNet{});
        on_undo([this, handle] { state.transit.erase(handle); });
    }
    set_limits_of(made, made_terms, value.limits);
    state.accounts.push_back(made);
    state.terms.push_back(made_terms);
    on_undo([this] {
        state.accounts.pop_back();
        state.terms.pop_back();
    });
    changed_accounts.add(handle);
    changed_terms.add(handle);
    if (group_open()) {
        group_accounts.emplace_back(value.id, handle);
        group_handles.emplace(value.id, handle);
    } else {
        index.insert(value.id, facts_of(made));
    }
    if (value.buffering) set_buffering(handle, value.buffering);
    for (std::uint32_t i = 0; i < state.relations.size() && group != 0; ++i) {
        for (const GroupTerm& term : state.relations[i].group_terms) {
            if (covers(term, handle)) enrol(handle, {i, term.coefficient});
        }
    }
    if (parent) {
        AccountTerms& above = touch_terms(parent.index);
        if (above.own_relation == 0) {
            state.relations.emplace_back();
            on_undo([this] { state.relations.pop_back(); });
            above.own_relation = static_cast<std::uint32_t>(state.relations.size());
            enrol(parent.index, {above.own_relation - 1, -1});
        }
        ++above.open_children;
        enrol(handle, {above.own_relation - 1, 1});
    }
    emit(EntryKind::opened, handle);
    emit_key(KeyTable::account, value.id.value);
    emit_key(KeyTable::code, code_key(value.code));
    emit_key(KeyTable::definition, id_from_text("account-code:" + value.code));
}

bool Machine::Impl::may_close(std::uint32_t handle) const noexcept {
    const Account& of = state.accounts[handle];
    const AccountTerms& rest = state.terms[handle];
    const bool buffer_empty = of.buffer == 0 || state.buffers[of.buffer - 1].count == 0;
    const bool dates_zero =
        !of.has(account_flag::transit) || state.transit.find(handle)->second.empty();
    return natural(of) == 0 && of.held == 0 && buffer_empty && rest.items == 0 &&
           rest.open_children == 0 && dates_zero;
}

void Machine::Impl::close(std::uint32_t handle) {
    Account& of = touch(handle);
    count_buffered(of.has(account_flag::buffered), false);
    of.flags |= account_flag::closed;
    if (of.has(account_flag::transit)) {
        on_undo([this, handle] { state.transit.emplace(handle, DatedNet{}); });
        state.transit.erase(handle);
    }
    const std::uint32_t parent = state.terms[handle].parent;
    if (parent != 0) --touch_terms(parent - 1).open_children;
}

Result Machine::Impl::judge_account_change(Batch& batch, std::size_t at) {
    const BatchRecord& record = batch.records[at];
    const AccountId id = std::visit(
        [](const auto& detail) {
            if constexpr (requires { AccountId{detail.account}; }) {
                return AccountId{detail.account};
            } else {
                return AccountId{};
            }
        },
        batch.details[record.detail]);
    const AccountHandle handle = find_account(id);
    if (!handle) return refuse(Outcome::account_unknown);
    if (account(handle).has(account_flag::closed)) return refuse(Outcome::account_closed);
    EntryKind kind = EntryKind::attributes;
    if (const auto* limits = batch.detail<SetLimits>(record)) {
        set_limits_of(touch(handle.index), touch_terms(handle.index), limits->limits);
        kind = EntryKind::limits;
    } else if (const auto* freeze = batch.detail<SetFreeze>(record)) {
        Account& of = touch(handle.index);
        of.flags &= static_cast<std::uint16_t>(
            ~(account_flag::refuses_inflow | account_flag::refuses_outflow));
        const bool all = freeze->freeze == Freeze::all;
        if (all || freeze->freeze == Freeze::outflow_only) of.flags |= account_flag::refuses_inflow;
        if (all || freeze->freeze == Freeze::inflow_only) of.flags |= account_flag::refuses_outflow;
        kind = EntryKind::freeze;
    } else if (const auto* buffering = batch.detail<SetBuffering>(record)) {
        if (!may_buffer(&account(handle), buffering->buffering)) {
            return refuse(Outcome::too_many_buffered);
        }
        set_buffering(handle.index, buffering->buffering);
        kind = EntryKind::buffering;
    } else if (record.kind == RecordKind::close_account) {
        if (!may_close(handle.index)) return refuse(Outcome::not_zero);
        close(handle.index);
        kind = EntryKind::closed;
    }
    emit(kind, handle.index);
    emit_key(KeyTable::account, id.value);
    return {};
}

}  // namespace ledger::posting
