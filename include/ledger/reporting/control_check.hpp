// The control check (总分核对): do control accounts, reserves and parents have what their details
// add up to? Relations (勾稽关系) and parents are evaluated anew from the accounts' own histories,
// at any point of either axis. Invariant: a difference is found whatever the state machine
// believed; memory is bounded by relations and parents.
#pragma once

#include "ledger/history/view.hpp"

#include <cstdint>
#include <vector>

namespace ledger {

/// What an account has at the end of a range, on its normal side.
Wide natural_balance(const AccountMovement& movement);

/// A term of a relation and what it comes to at the end of the range.
struct TermValue {
    RelationTerm term;
    std::uint64_t accounts = 0;  ///< that it covers
    Wide sum;                    ///< of their balances, each on its own normal side
    Wide value() const;          ///< coefficient · sum; throws OverflowError
};

/// A relation at one point: what is on its left, the terms above zero, should equal its right, the
/// others. The reserve equation (备付金勾稽), customers' money = reserve deposits, is one of them.
struct RelationValue {
    DefineRelation relation;
    std::vector<TermValue> terms;
    Wide left;
    Wide right;
    Wide difference() const { return left - right; }
    bool holds() const { return left == right; }
};

/// At the end of the range. A relation that was defined later, or is kept at day close only, need
/// not hold at any point before.
RelationValue relation_value(const View& view, const DefineRelation& relation,
                             const MovementRange& range);

/// The accounts that a term covers, with what moved on them, in pages.
Page<AccountMovement> accounts_of_term(const View& view, const RelationTerm& term,
                                       const MovementRange& range, const PageRequest& page = {});

/// A parent and the sum of its children, open and closed ones, on their normal sides.
struct ParentValue {
    AccountId parent;
    std::uint64_t children = 0;
    Wide own;
    Wide of_children;
    Wide difference() const { return own - of_children; }
    bool holds() const { return own == of_children; }
};

struct ControlCheck {
    std::vector<RelationValue> relations;  ///< those with a term in the book, by number
    std::vector<ParentValue> parents;      ///< all of the book, by id
    bool holds() const;
};

ControlCheck control_check(const View& view, BookId book, const MovementRange& range);

}  // namespace ledger
