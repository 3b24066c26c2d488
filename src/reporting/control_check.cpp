// See control_check.hpp.
#include "ledger/reporting/control_check.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/wide.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger {

namespace {

constexpr std::size_t accounts_a_page = 4096;

bool is_in(const View& view, const RelationTerm& term, BookId book) {
    if (!term.group.empty()) return term.book == book;
    const auto account = view.account(term.account);
    return account && account->book == book;
}

std::vector<ParentValue> parents_of(const View& view, BookId book, const MovementRange& range) {
    std::map<AccountId, ParentValue> found;
    PageRequest page{accounts_a_page, false, {}};
    do {
        const Page<ChartMovement> some = view.chart_movements("", book, range, page);
        for (const ChartMovement& one : some.items) {
            if (!one.parent) continue;
            ParentValue& parent = found[one.parent];
            ++parent.children;
            parent.of_children += natural_balance(one.movement);
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
    std::vector<ParentValue> parents;
    for (auto& [id, parent] : found) {
        parent.parent = id;
        if (const auto own = view.movement(id, range)) parent.own = natural_balance(*own);
        parents.push_back(parent);
    }
    return parents;
}

}  // namespace

Wide natural_balance(const AccountMovement& movement) {
    const Wide net = Wide(movement.through.debits) - Wide(movement.through.credits);
    return movement.normal_side == Side::debit ? net : -net;
}

Wide TermValue::value() const { return Wide::product(to_amount(sum).minor, term.coefficient); }

Page<AccountMovement> accounts_of_term(const View& view, const RelationTerm& term,
                                       const MovementRange& range, const PageRequest& page) {
    Page<AccountMovement> found;
    if (term.group.empty()) {
        if (const auto one = view.movement(term.account, range)) found.items.push_back(*one);
        return found;
    }
    Page<ChartMovement> some = view.chart_movements(term.group + ".", term.book, range, page);
    found.cursor = std::move(some.cursor);
    for (const ChartMovement& one : some.items) {
        if (one.movement.currency == term.currency) found.items.push_back(one.movement);
    }
    return found;
}

RelationValue relation_value(const View& view, const DefineRelation& relation,
                             const MovementRange& range) {
    RelationValue found{relation, {}, {}, {}};
    for (const RelationTerm& term : relation.terms) {
        TermValue& value = found.terms.emplace_back(TermValue{term, 0, {}});
        PageRequest page{accounts_a_page, false, {}};
        do {
            const Page<AccountMovement> some = accounts_of_term(view, term, range, page);
            for (const AccountMovement& movement : some.items) {
                ++value.accounts;
                value.sum += natural_balance(movement);
            }
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
        (term.coefficient > 0 ? found.left : found.right) += value.value();
    }
    found.right = -found.right;
    return found;
}

bool ControlCheck::holds() const {
    return std::ranges::all_of(relations, &RelationValue::holds) &&
           std::ranges::all_of(parents, &ParentValue::holds);
}

ControlCheck control_check(const View& view, BookId book, const MovementRange& range) {
    ControlCheck check;
    for (const DefineRelation& relation : view.relations()) {
        const bool concerns = std::ranges::any_of(
            relation.terms, [&](const RelationTerm& term) { return is_in(view, term, book); });
        if (concerns) check.relations.push_back(relation_value(view, relation, range));
    }
    std::ranges::sort(check.relations, {},
                      [](const RelationValue& one) { return one.relation.number; });
    check.parents = parents_of(view, book, range);
    return check;
}

}  // namespace ledger
