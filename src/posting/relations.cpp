// Relations (勾稽关系): linear equations kept as one running value each; accounts know which they
// are in.
#include "machine_impl.hpp"

namespace ledger::posting {

namespace {

/// `sum` += coefficient * amount; false where the sum leaves 128 bits.
bool add_product(i128& sum, std::int64_t coefficient, i128 amount) noexcept {
    const Wide exact = Wide{sum} + Wide::product(coefficient, amount);
    if (!exact.fits_amount()) return false;
    sum = to_amount(exact).minor;
    return true;
}

}  // namespace

bool Machine::Impl::covers(const GroupTerm& term, std::uint32_t handle) const noexcept {
    const Account& of = state.accounts[handle];
    if (of.book != term.book || of.currency != term.currency) return false;
    for (std::uint32_t group = state.terms[handle].group; group != 0;
         group = state.groups[group - 1].parent) {
        if (group - 1 == term.group) return true;
    }
    return false;
}

std::uint32_t Machine::Impl::membership_list(const std::vector<Membership>& list) {
    const auto [found, inserted] = state.membership_index.try_emplace(
        list, static_cast<std::uint32_t>(state.membership_lists.size() + 1));
    if (inserted) {
        state.membership_lists.push_back(list);
        on_undo([this] {
            state.membership_index.erase(state.membership_lists.back());
            state.membership_lists.pop_back();
        });
    }
    return found->second;
}

void Machine::Impl::enrol(std::uint32_t handle, Membership membership) {
    Account& of = touch(handle);
    std::vector<Membership> list;
    if (of.memberships != 0) list = state.membership_lists[of.memberships - 1];
    const auto known = std::find_if(list.begin(), list.end(), [&](const Membership& other) {
        return other.relation == membership.relation;
    });
    if (known != list.end()) {
        known->coefficient += membership.coefficient;
    } else {
        list.push_back(membership);
    }
    of.memberships = membership_list(list);
    of.flags |= account_flag::related;
}

bool Machine::Impl::add_to_relations(const Account& of, i128 natural_delta) {
    for (const Membership& membership : state.membership_lists[of.memberships - 1]) {
        Relation& relation = state.relations[membership.relation];
        if (logging()) undo_relations.emplace_back(membership.relation, relation.value);
        if (!add_product(relation.value, membership.coefficient, natural_delta)) return false;
        if (std::find(changed_relations.begin(), changed_relations.end(), membership.relation) ==
            changed_relations.end()) {
            changed_relations.push_back(membership.relation);
        }
    }
    return true;
}

Result Machine::Impl::judge_define_relation(Batch& batch, std::size_t at) {
    const DefineRelation& value = *batch.detail<DefineRelation>(batch.records[at]);
    const auto by_group = [](const RelationTerm& term) { return !term.account; };
    std::vector<std::uint16_t> currencies(value.terms.size(), 0);
    for (std::size_t i = 0; i < value.terms.size(); ++i) {
        if (by_group(value.terms[i]) && find_book(value.terms[i].book) == nullptr) {
            return refuse(Outcome::book_unknown, i);
        }
    }
    for (std::size_t i = 0; i < value.terms.size(); ++i) {
        if (by_group(value.terms[i]) && !find_currency(value.terms[i].currency, currencies[i])) {
            return refuse(Outcome::currency_unknown, i);
        }
    }
    for (std::size_t i = 0; i < value.terms.size(); ++i) {
        if (!by_group(value.terms[i]) && !find_account(value.terms[i].account)) {
            return refuse(Outcome::account_unknown, i);
        }
    }
    for (std::size_t i = 0; i < value.terms.size(); ++i) {
        if (by_group(value.terms[i]) && !state.group_codes.contains(value.terms[i].group)) {
            return refuse(Outcome::group_unknown, i);
        }
    }

    Relation relation;
    relation.number = value.number;
    relation.at_day_close = value.at_day_close;
    const auto number = static_cast<std::uint32_t>(state.relations.size());
    std::vector<std::pair<std::uint32_t, Membership>> members;
    for (std::size_t i = 0; i < value.terms.size(); ++i) {
        const RelationTerm& term = value.terms[i];
        if (!by_group(term)) {
            members.push_back({find_account(term.account).index, {number, term.coefficient}});
            relation.books.push_back(account(find_account(term.account)).book);
            continue;
        }
        const GroupTerm group{state.group_codes.find(term.group)->second, term.book, currencies[i],
                              term.coefficient};
        relation.group_terms.push_back(group);
        relation.books.push_back(term.book);
        for (std::uint32_t handle = 0; handle < state.accounts.size(); ++handle) {
            if (covers(group, handle)) members.push_back({handle, {number, term.coefficient}});
        }
    }
    Wide sum;
    for (const auto& [handle, membership] : members) {
        sum += Wide::product(membership.coefficient, natural(account(handle)));
    }
    if (!sum.fits_amount()) return refuse(Outcome::overflow);
    relation.value = to_amount(sum).minor;
    if (relation.value != 0 && !relation.at_day_close) {
        return refuse(Outcome::relation_broken, Result::no_line, value.number);
    }
    state.relations.push_back(std::move(relation));
    on_undo([this] { state.relations.pop_back(); });
    for (const auto& [handle, membership] : members) enrol(handle, membership);
    return {};
}

}  // namespace ledger::posting
